"""Delivered files as rows that know their line: what an auditor opens the file with.

The files are read and cut once, each line with the block that it stands in and its order there. A look at the result
(`inspection`) refuses what is not of the source and counts the lines of each block, which gives every line its number without
a sort. Only files in which a quoted field holds a newline are read again, and put in order by line.
"""

import re
from collections.abc import Callable, Sequence

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.ingest.cells import Flaw, has_flaw, quotes
from clear_record.ingest.inspection import Block, FileShape, blocks_of, looks_of, name_of, shape_of
from clear_record.ingest.source import Layout
from clear_record.spark import small_table

_BOM = "\ufeff"
_GLOB = re.compile(r"([\\*?\[\]{}])")
_BLOCK = "file int, block bigint, first_line bigint, least_id bigint, lines_count bigint"


def read_rows(
    spark: SparkSession,
    source: Layout,
    uris: Sequence[str],
    cells_of: Callable[[DataFrame], DataFrame],
    keep: Callable[[DataFrame], DataFrame],
) -> tuple[DataFrame, tuple[FileShape, ...]]:
    """The rows of the files as cells, without headers and blank lines; and the files' shapes.

    `cells_of` makes the cells of lines (`lines_of`), spread by person, and keeps what `cells.whole_of` gives. Gives file (int,
    position in `uris` from 1) and line (bigint, of the row's beginning, from 1, header and quoted newlines counted) beside the
    cells. `keep` keeps rows that are read several times. Raises InputRefused for a file that cannot be
    unpacked, is not of the source's encoding, has another header or (too often) another number of fields, has a quote that is
    not closed, or fewer rows than the source's minimum.
    """
    lines = lines_of(spark, source, uris)
    cells = keep(cells_of(lines))
    looks = looks_of(cells, uris)
    blocks = blocks_of(looks)
    numbered = _numbered(cells, spark, blocks)
    quoted = sorted({look["file"] for look in looks if look["open_quote_count"]})
    if quoted:
        again = _numbered(lines.where(F.col("file").isin(quoted)), spark, blocks)
        _refuse_open_quotes(again, uris)
        records = _joined(again).select("file", F.lit(0).alias("block"), F.col("line").alias("id"), "text")
        joined = keep(cells_of(records))
        looks = [look for look in looks if look["file"] not in quoted] + looks_of(joined, uris)
        numbered = numbered.where(~F.col("file").isin(quoted)).unionByName(
            joined.withColumn("line", F.col("id")).drop("block", "id")
        )
    shapes = tuple(
        shape_of(source, file, uri, [look for look in looks if look["file"] == file], file in quoted)
        for file, uri in enumerate(uris, start=1)
    )
    headers = [shape.file for shape in shapes if shape.has_header]
    is_header = (F.col("line") == 1) & F.col("file").isin(headers) if headers else F.lit(False)
    return numbered.where(~is_header & ~has_flaw(Flaw.BLANK)).drop("header"), shapes


# --- lines and records -------------------------------------------------------------------------------------


def lines_of(spark: SparkSession, source: Layout, uris: Sequence[str]) -> DataFrame:
    """Every line: file, block (offset of its block), id (ascending in a block) and text without its end and a BOM."""
    reader = spark.read.option("lineSep", "\n").option("recursiveFileLookup", "true")
    # Spark takes the bytes of a line for UTF-8, whatever it is told.
    value = F.col("value")
    text = value if source.is_utf8 else F.decode(value.cast("binary"), source.encoding)
    scanned = reader.text([plain_name(spark, uri) for uri in uris]).select(
        F.col("_metadata.file_path").alias("uri"),
        F.col("_metadata.file_block_start").alias("block"),
        F.monotonically_increasing_id().alias("id"),
        text.alias("text"),
    )
    text = F.col("text")
    text = F.when((F.col("block") == 0) & text.startswith(_BOM), F.substr(text, F.lit(2))).otherwise(text)
    text = F.when(text.endswith("\r"), F.rtrim(text, F.lit("\r"))).otherwise(text)
    names = small_table(spark, list(enumerate(uris, start=1)), "file int, uri string")
    return scanned.join(F.broadcast(names), "uri").select("file", "block", "id", text.alias("text"))


def plain_name(spark: SparkSession, uri: str) -> str:
    """A URI as Spark takes it: unescaped, and with no glob in it."""
    jvm = spark._jvm
    assert jvm is not None
    return _GLOB.sub(r"\\\1", str(jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(uri)).toString()))


def _numbered(lines: DataFrame, spark: SparkSession, blocks: Sequence[Block]) -> DataFrame:
    """The lines with their number in the file instead of block and id."""
    offset = F.col("id") - F.col("least_id")
    # What was read again must have been cut as before: where it was not, no number is right.
    is_as_seen = (offset >= 0) & (offset < F.col("lines_count"))
    line = F.when(is_as_seen, F.col("first_line") + offset).otherwise(
        F.raise_error(F.lit("the files were cut into other blocks than before")).cast("bigint")
    )
    others = [name for name in lines.columns if name not in ("block", "id")]
    placed = lines.join(F.broadcast(small_table(spark, list(blocks), _BLOCK)), ["file", "block"])
    return placed.select(*others, line.alias("line"))


def _is_inside_quotes() -> Column:
    """Whether an odd number of quotes stands before the line in its file."""
    before = Window.partitionBy("file").orderBy("line").rowsBetween(Window.unboundedPreceding, -1)
    return F.coalesce(F.sum(quotes(F.col("text"))).over(before), F.lit(0)) % 2 == 1


def _joined(lines: DataFrame) -> DataFrame:
    """Lines put together to records: a line within quotes belongs to the record before it. Sorts each file by line."""
    by_line = Window.partitionBy("file").orderBy("line")
    starts = lines.withColumn("start", F.when(~_is_inside_quotes(), F.col("line")))
    starts = starts.withColumn("start", F.last("start", ignorenulls=True).over(by_line))
    pieces = F.sort_array(F.collect_list(F.struct("line", "text")))
    text = F.array_join(F.transform(pieces, lambda piece: piece["text"]), "\n")
    return starts.groupBy("file", F.col("start").alias("line")).agg(text.alias("text"))


def _refuse_open_quotes(numbered: DataFrame, uris: Sequence[str]) -> None:
    open_files = (
        numbered.groupBy("file")
        .agg((F.sum(quotes(F.col("text"))) % 2).alias("odd"))
        .where("odd = 1")
        .collect()
    )
    for row in open_files:
        name = name_of(uris[row["file"] - 1])
        raise InputRefused(f"file [{name}] has a quote that is not closed; it cannot be cut into rows")
