"""A look at delivered lines: the shape of each file, and where its blocks begin; what is not of the source is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.ingest.cells import Flaw, has_flaw
from clear_record.ingest.source import Layout


@dataclass(frozen=True, slots=True)
class FileShape:
    """What was seen in a file. Rows are records without the header; lines are counted from 1."""

    file: int
    uri: str
    rows_count: int
    has_header: bool
    has_quoted_newlines: bool


class Block(NamedTuple):
    """A block of a file: its offset, the number of its first line, and the least id and the number of its lines."""

    file: int
    block: int
    first_line: int
    least_id: int
    lines_count: int


def looks_of(cells: DataFrame, uris: Sequence[str]) -> list[Row]:
    """What the lines of each block say together, by file and block: counts of lines, rows and flaws, and headers.

    `cells` are those of `cells.cells_of`. Raises InputRefused for a file that cannot be unpacked.
    """
    is_row, is_header = ~has_flaw(Flaw.BLANK), has_flaw(Flaw.HEADER)
    counted = (Flaw.MALFORMED, Flaw.TORN, Flaw.OPEN_QUOTE, Flaw.UNDECODABLE, Flaw.NUL)
    looks = cells.groupBy("file", "block").agg(
        F.count("*").alias("lines_count"),
        F.min("id").alias("least_id"),
        F.count_if(is_row).alias("rows_count"),
        *[F.count_if(has_flaw(flaw)).alias(f"{str(flaw.name).lower()}_count") for flaw in counted],
        F.min(F.when(is_header, F.col("id"))).alias("header_id"),
        F.collect_set("header").alias("headers"),
    )
    return sorted(_collect(looks, uris), key=lambda look: (look["file"], look["block"]))


def blocks_of(looks: Sequence[Row]) -> list[Block]:
    """The blocks of `looks_of`, with the numbers of their first lines."""
    blocks, next_lines = [], dict[int, int]()
    for look in looks:
        first_line = next_lines.get(look["file"], 1)
        blocks.append(Block(look["file"], look["block"], first_line, look["least_id"], look["lines_count"]))
        next_lines[look["file"]] = first_line + look["lines_count"]
    return blocks


def _collect(looks: DataFrame, uris: Sequence[str]) -> list[Row]:
    try:
        return looks.collect()
    except (Py4JJavaError, PySparkException) as error:
        said = str(error)
        if any(
            sign in said
            for sign in ("EOFException", "ZipException", "incorrect header check", "Unexpected end of")
        ):
            packed = [name_of(uri) for uri in uris if uri in said] or [
                name_of(uri) for uri in uris if uri.endswith(".gz")
            ]
            raise InputRefused(
                f"file [{', '.join(packed)}] is cut off or not gzip; ask for it again"
            ) from error
        raise


def shape_of(
    source: Layout, file: int, uri: str, looks: Sequence[Row], has_quoted_newlines: bool
) -> FileShape:
    """The shape of a file. Raises InputRefused where it is not the source's."""
    name = name_of(uri)

    def total(column: str) -> int:
        return sum(look[column] for look in looks)

    if source.is_utf8 and total("undecodable_count"):
        raise InputRefused(
            f"file [{name}] is not {source.encoding}, as source [{source.name}] declares; convert it or declare its encoding"
        )
    for header in {header for look in looks for header in look["headers"]}:
        _check_header(source, name, header)
    has_header = any(look["block"] == 0 and look["header_id"] == look["least_id"] for look in looks)
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


def _check_header(source: Layout, file: str, header: str) -> None:
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


def name_of(uri: str) -> str:
    """The name of a file, as messages have it."""
    return uri.rpartition("/")[2]
