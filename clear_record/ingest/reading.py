"""Delivered files as rows that know their line: what an auditor opens the file with.

A first pass (`inspect`) counts lines by block of file and looks at the shape; with its small result each line of the second
pass gets its number without a sort. Only files in which a quoted field holds a newline are put in order by line.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.ingest.columns import let
from clear_record.ingest.source import Source

_BOM = "\ufeff"
# Stands for a delimiter within quotes; no believable row has it.
_QUOTED_DELIMITER = "\u0001"
# What no person types: controls but for blanks, marks of text direction, and characters without width.
_UNPRINTABLE = "[\\x00-\\x08\\x0E-\\x1F\\x7F-\\x9F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF]"
# Blanks that are trimmed as the plain one is.
_ODD_BLANKS = "\t\v\f\u00a0"
_GLOB = re.compile(r"([\\*?\[\]{}])")
_BLOCK = "file int, block bigint, first_line bigint, least_id bigint, lines_count bigint"


@dataclass(frozen=True, slots=True)
class FileShape:
    """What the first pass saw in a file. Rows are records without the header; lines are counted from 1."""

    file: int
    uri: str
    rows_count: int
    has_header: bool
    has_quoted_newlines: bool


@dataclass(frozen=True, slots=True)
class Inspection:
    """The files' shapes, the place of each of their blocks, and the texts that were asked for."""

    files: tuple[FileShape, ...]
    blocks: tuple[tuple[int, int, int, int, int], ...]
    texts: Mapping[str, frozenset[Any]]

    @property
    def rows_count(self) -> int:
        return sum(file.rows_count for file in self.files)


def numbered_rows(spark: SparkSession, source: Source, uris: Sequence[str]) -> DataFrame:
    """The rows of the files, without headers and blank lines.

    Gives file (int, position in `uris` from 1), line (bigint, of the row's beginning, from 1, header and quoted newlines
    counted), text (the row as delivered) and fields (array<string>, as delivered, without their quotes). Raises InputRefused
    as `inspect` does.
    """
    rows = cut_rows(spark, source, uris, inspect(spark, source, uris))
    return rows.withColumn("fields", F.transform(fields_of(source, F.col("text"), F.lit(True)), restored))


def cut_rows(spark: SparkSession, source: Source, uris: Sequence[str], inspection: Inspection) -> DataFrame:
    """File, line and text of the rows, as `numbered_rows` gives them, after an inspection of the same files."""
    plain = [file.file for file in inspection.files if not file.has_quoted_newlines]
    quoted = [file.file for file in inspection.files if file.has_quoted_newlines]
    headers = [file.file for file in inspection.files if file.has_header]
    blocks = F.broadcast(spark.createDataFrame(list(inspection.blocks), _BLOCK))
    lines = _numbered(_lines(spark, source, uris), blocks)
    parts = []
    if plain:
        parts.append(lines.where(F.col("file").isin(plain)) if quoted else lines)
    if quoted:
        parts.append(_joined(lines.where(F.col("file").isin(quoted))))
    rows = parts[0] if len(parts) == 1 else parts[0].unionByName(parts[1])
    is_header = (F.col("line") == 1) & F.col("file").isin(headers) if headers else F.lit(False)
    return rows.where(~is_header & ~_is_blank(F.col("text")))


def inspect(
    spark: SparkSession, source: Source, uris: Sequence[str], texts: Mapping[str, Column] | None = None
) -> Inspection:
    """Looks at every line once, and refuses files that are not of the source's layout.

    `texts` are values of `fields` whose distinct ones are wanted, by name. Raises InputRefused for a file that
    cannot be unpacked, is not of the source's encoding, has another header or (too often) another number of fields, has a
    quote that is not closed, or fewer rows than the source's minimum.
    """
    wanted = dict(texts or {})
    lines = _lines(spark, source, uris)
    found = _collect(_looked_at(lines, source, wanted), uris)
    by_file: dict[int, list[Any]] = {position: [] for position in range(1, len(uris) + 1)}
    for row in sorted(found, key=lambda each: (each["file"], each["block"])):
        by_file[row["file"]].append(row)
    blocks = [block for rows in by_file.values() for block in _blocks(rows)]
    quoted = [file for file, rows in by_file.items() if sum(row["opening_count"] for row in rows)]
    if quoted:
        numbered = _numbered(lines, F.broadcast(spark.createDataFrame(blocks, _BLOCK)))
        numbered = numbered.where(F.col("file").isin(quoted))
        _refuse_open_quotes(numbered, uris)
        records = _joined(numbered).select("file", F.lit(0).alias("block"), F.col("line").alias("id"), "text")
        again = _collect(_looked_at(records, source, wanted), uris)
        for file in quoted:
            by_file[file] = [row for row in again if row["file"] == file]
    shapes = tuple(
        _shape(source, file, uris[file - 1], rows, file in quoted) for file, rows in by_file.items()
    )
    distinct = {
        name: frozenset(text for rows in by_file.values() for row in rows for text in row[name])
        for name in wanted
    }
    return Inspection(shapes, tuple(blocks), distinct)


# --- lines and records -------------------------------------------------------------------------------------


def _lines(spark: SparkSession, source: Source, uris: Sequence[str]) -> DataFrame:
    """Every line: file, block (offset of its block), id (ascending in a block) and text without its end and a BOM."""
    reader = spark.read.option("lineSep", "\n").option("recursiveFileLookup", "true")
    if not _is_utf8(source):
        reader = reader.option("encoding", source.encoding)
    scanned = reader.text([_plain_name(spark, uri) for uri in uris]).select(
        F.col("_metadata.file_path").alias("uri"),
        F.col("_metadata.file_block_start").alias("block"),
        F.monotonically_increasing_id().alias("id"),
        F.col("value").alias("text"),
    )
    text = F.col("text")
    text = F.when((F.col("block") == 0) & text.startswith(_BOM), F.substr(text, F.lit(2))).otherwise(text)
    text = F.when(text.endswith("\r"), F.rtrim(text, F.lit("\r"))).otherwise(text)
    names = spark.createDataFrame(list(enumerate(uris, start=1)), "file int, uri string")
    return scanned.join(F.broadcast(names), "uri").select("file", "block", "id", text.alias("text"))


def _plain_name(spark: SparkSession, uri: str) -> str:
    """A URI as Spark takes it: unescaped, and with no glob in it."""
    jvm = spark._jvm
    assert jvm is not None
    return _GLOB.sub(r"\\\1", str(jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(uri)).toString()))


def _numbered(lines: DataFrame, blocks: DataFrame) -> DataFrame:
    """The lines with their number in the file."""
    offset = F.col("id") - F.col("least_id")
    # The second pass must cut the files as the first one did: where it does not, no number is right.
    is_as_seen = (offset >= 0) & (offset < F.col("lines_count"))
    line = F.when(is_as_seen, F.col("first_line") + offset).otherwise(
        F.raise_error(F.lit("the files were cut into other blocks than before")).cast("bigint")
    )
    return lines.join(blocks, ["file", "block"]).select("file", line.alias("line"), "text")


def _blocks(rows: Sequence[Any]) -> list[tuple[int, int, int, int, int]]:
    blocks, first_line = [], 1
    for row in rows:
        blocks.append((row["file"], row["block"], first_line, row["least_id"], row["lines_count"]))
        first_line += row["lines_count"]
    return blocks


def _is_inside_quotes() -> Column:
    """Whether an odd number of quotes stands before the line in its file."""
    before = Window.partitionBy("file").orderBy("line").rowsBetween(Window.unboundedPreceding, -1)
    return F.coalesce(F.sum(_quotes(F.col("text"))).over(before), F.lit(0)) % 2 == 1


def _joined(lines: DataFrame) -> DataFrame:
    """Lines put together to records: a line within quotes belongs to the record before it. Sorts each file by line."""
    by_line = Window.partitionBy("file").orderBy("line")
    starts = lines.withColumn("start", F.when(~_is_inside_quotes(), F.col("line")))
    starts = starts.withColumn("start", F.last("start", ignorenulls=True).over(by_line))
    pieces = F.sort_array(F.collect_list(F.struct("line", "text")))
    text = F.array_join(F.transform(pieces, lambda piece: piece["text"]), "\n")
    return starts.groupBy("file", F.col("start").alias("line")).agg(text.alias("text"))


def _quotes(text: Column) -> Column:
    return F.when(
        text.contains('"'), F.length(text) - F.length(F.replace(text, F.lit('"'), F.lit("")))
    ).otherwise(0)


def restored(text: Column) -> Column:
    """A field of `fields_of` with the delimiters that stood in its quotes."""
    return F.replace(text, F.lit(_QUOTED_DELIMITER), F.lit(","))


def fields_of(source: Source, text: Column, is_plain: Column) -> Column:
    """The fields of a row; those in quotes (RFC 4180) without them, and with a mark for each delimiter in them.

    Tabs and no-break spaces of rows that are not `is_plain` become plain blanks, so that they are trimmed as such.

    Cut at its quotes, every second piece of a row is quoted, and an empty one between two of them is a doubled quote.
    """
    delimiter, mark = F.lit(source.delimiter), F.lit(_QUOTED_DELIMITER)

    def is_quoted(position: Column) -> Column:
        return position.bitwiseAND(1) == 1

    def with_doubled_quotes(pieces: Column) -> Column:
        return F.transform(
            pieces,
            lambda piece, position: (
                F.when(is_quoted(position), F.replace(piece, delimiter, mark))
                .when((piece == "") & (position > 0) & (position < F.size(pieces) - 1), F.lit('"'))
                .otherwise(piece)
            ),
        )

    pieces = F.split(text, '"', -1)
    quoted = F.when(text.contains('""'), let(pieces, with_doubled_quotes)).otherwise(
        F.transform(
            pieces,
            lambda piece, position: F.when(is_quoted(position), F.replace(piece, delimiter, mark)).otherwise(
                piece
            ),
        )
    )
    whole = F.when(_has_opening_quote(source, text), F.array_join(quoted, "")).otherwise(text)
    whole = F.when(is_plain, whole).otherwise(F.translate(whole, _ODD_BLANKS, " " * len(_ODD_BLANKS)))
    return F.split(whole, re.escape(source.delimiter), -1)


def _has_opening_quote(source: Source, text: Column) -> Column:
    return text.contains(f'{source.delimiter}"') | text.startswith('"')


def _is_left_open(source: Source, text: Column) -> Column:
    """Whether a line begins or ends within a quoted field. A quote in the middle of a plain field opens nothing."""
    opens = text.rlike(f'(?:^|{re.escape(source.delimiter)})"[^"]*+(?:""[^"]*+)*+$')
    return (_quotes(text) % 2 == 1) & (opens | ~_has_opening_quote(source, text))


def is_plain(text: Column) -> Column:
    """Whether a row is printable ASCII throughout, as nearly all are: the quick answer to what else it may hold."""
    return text.rlike("^[ -~]*+$")


def is_unprintable(text: Column) -> Column:
    """Whether a row holds a character that no person types."""
    return text.rlike(_UNPRINTABLE)


def _is_blank(text: Column) -> Column:
    return F.trim(text) == ""


def _is_utf8(source: Source) -> bool:
    return source.encoding.lower().replace("_", "-") in ("utf-8", "utf8")


# --- the first pass ----------------------------------------------------------------------------------------


def _looked_at(lines: DataFrame, source: Source, texts: Mapping[str, Column]) -> DataFrame:
    text = F.col("text")
    starts_as_header = F.upper(F.substring(text, 1, len(source.header) + 2)).rlike(
        f'^"?{re.escape(source.header.upper())}\\b'
    )
    # A header whose first column was moved or renamed still names the person's.
    subject = source.roles.subject
    is_header = (F.col("block") == 0) & (
        starts_as_header | text.contains(subject.upper()) | text.contains(subject.lower())
    )
    looked_at = (
        lines.withColumn("is_plain", is_plain(text))
        .withColumns(
            {
                "fields": fields_of(source, text, F.col("is_plain")),
                "is_header": is_header,
                "is_row": ~_is_blank(text),
            }
        )
        .withColumn("is_malformed", F.col("is_row") & (F.size("fields") != len(source.columns)))
        # Within an aggregate they would be computed without generated code.
        .withColumns(dict(texts))
    )
    is_row, is_header, is_malformed = F.col("is_row"), F.col("is_header"), F.col("is_malformed")
    return looked_at.groupBy("file", "block").agg(
        F.count("*").alias("lines_count"),
        F.min("id").alias("least_id"),
        F.count_if(is_row).alias("rows_count"),
        F.count_if(is_malformed).alias("malformed_count"),
        F.count_if(is_malformed & text.contains("\n")).alias("torn_count"),
        F.count_if(is_malformed & _is_left_open(source, text)).alias("opening_count"),
        F.count_if(~F.col("is_plain") & ~F.is_valid_utf8(text)).alias("undecodable_count"),
        F.count_if(~F.col("is_plain") & text.contains("\0")).alias("nul_count"),
        F.min(F.when(is_header, F.col("id"))).alias("header_id"),
        F.collect_set(F.when(is_header, text)).alias("headers"),
        *[F.collect_set(name).alias(name) for name in texts],
    )


def _collect(looked_at: DataFrame, uris: Sequence[str]) -> list[Any]:
    try:
        return looked_at.collect()
    except (Py4JJavaError, PySparkException) as error:
        said = str(error)
        if any(
            sign in said
            for sign in ("EOFException", "ZipException", "incorrect header check", "Unexpected end of")
        ):
            packed = [_name(uri) for uri in uris if uri in said] or [
                _name(uri) for uri in uris if uri.endswith(".gz")
            ]
            raise InputRefused(
                f"file [{', '.join(packed)}] is cut off or not gzip; ask for it again"
            ) from error
        raise


def _refuse_open_quotes(numbered: DataFrame, uris: Sequence[str]) -> None:
    open_files = (
        numbered.groupBy("file")
        .agg((F.sum(_quotes(F.col("text"))) % 2).alias("odd"))
        .where("odd = 1")
        .collect()
    )
    for row in open_files:
        raise InputRefused(
            f"file [{_name(uris[row['file'] - 1])}] has a quote that is not closed; it cannot be cut into rows"
        )


def _shape(source: Source, file: int, uri: str, rows: Sequence[Any], has_quoted_newlines: bool) -> FileShape:
    """The shape of a file. Raises InputRefused where it is not the source's."""
    name = _name(uri)

    def total(column: str) -> int:
        return sum(row[column] for row in rows)

    if _is_utf8(source) and total("undecodable_count"):
        raise InputRefused(
            f"file [{name}] is not {source.encoding}, as source [{source.name}] declares; convert it or declare its encoding"
        )
    for header in {header for row in rows for header in row["headers"]}:
        _check_header(source, name, header)
    has_header = any(row["block"] == 0 and row["header_id"] == row["least_id"] for row in rows)
    rows_count = total("rows_count") - has_header
    if rows_count < source.minimum_rows:
        raise InputRefused(
            f"file [{name}] has {rows_count} rows; source [{source.name}] expects {source.minimum_rows} or more"
        )
    if total("torn_count"):
        raise InputRefused(f"file [{name}] has a quote that is not closed; it cannot be cut into rows")
    expected = len(source.columns)
    if total("malformed_count") > source.malformed_share * rows_count:
        raise InputRefused(
            f"file [{name}] has {total('malformed_count')} of {rows_count} rows without {expected} fields; "
            f"it is not of source [{source.name}]"
        )
    if total("nul_count") > source.malformed_share * rows_count:
        raise InputRefused(f"file [{name}] is not {source.encoding}: many of its rows hold NUL characters")
    return FileShape(file, uri, rows_count, has_header, has_quoted_newlines)


def _check_header(source: Source, file: str, header: str) -> None:
    names = [name.strip().strip('"').strip().upper() for name in header.split(source.delimiter)]
    expected = [name.upper() for name in source.columns]
    if names == expected:
        return
    extra, missing = [n for n in names if n not in expected], [n for n in expected if n not in names]
    said = [
        f"{word} {', '.join(which[:5])}" for word, which in (("extra", extra), ("missing", missing)) if which
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    said += [f"twice {', '.join(twice[:5])}"] if twice else []
    raise InputRefused(
        f"the header of file [{file}] is not that of source [{source.name}]: {'; '.join(said) or 'its columns are in another order'}"
    )


def _name(uri: str) -> str:
    return uri.rpartition("/")[2]
