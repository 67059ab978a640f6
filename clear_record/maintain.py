"""maintain: put the small files of many nights together. No version is lost: what a run read stays readable, and nothing is vacuumed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as TextTable

from clear_record.errors import InputRefused
from clear_record.lake import Lake, plain_error
from clear_record.tables import TABLES

# What is large enough stays as it is: a nightly call must not write the whole state anew.
_SIZES = {
    "spark.databricks.delta.optimize.minFileSize": str(32 << 20),
    "spark.databricks.delta.optimize.maxFileSize": str(128 << 20),
}


@dataclass(frozen=True, slots=True)
class TableFiles:
    """How many files the newest version of a table has, before and after, and how many bytes after."""

    table: str
    files_before: int
    files_after: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class Maintained:
    """The tables of a lake and its vault as they were left."""

    tables: Sequence[TableFiles]

    def as_dict(self) -> dict[str, Any]:
        return {"tables": [asdict(each) for each in self.tables]}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = TextTable(box=None, pad_edge=False)
        table.add_column("table")
        for heading in ("files before", "files after", "MB"):
            table.add_column(heading, justify="right")
        for each in self.tables:
            table.add_row(
                each.table,
                f"{each.files_before:,}",
                f"{each.files_after:,}",
                f"{each.bytes_after / 1e6:,.1f}",
            )
        yield table
        yield "Files that earlier versions name are still there, for the runs that read them."


def maintain(lake: Lake, vault: Lake | None = None) -> Maintained:
    """Put small files of each table of a lake, and of its vault, together.

    Raises InputRefused where there is no lake, and Busy where another job changes a table.
    """
    lake.check_no_seal_under_way()
    tables = _tables_of(lake)
    if not tables:
        raise InputRefused(f"there is no lake in [{lake.root}]")
    if vault is not None:
        tables += _tables_of(vault)
    with _sizes(lake.spark):
        compacted = [_compacted(place, name) for place, name in tables]
    # What began meanwhile could not take values out of files that were being written.
    lake.check_no_seal_under_way()
    return Maintained(compacted)


def _tables_of(place: Lake) -> list[tuple[Lake, str]]:
    return [(place, name) for name in TABLES if place.exists(name)]


def _compacted(lake: Lake, name: str) -> TableFiles:
    table = lake.table(name)
    before = _detail(table)
    try:
        table.optimize().executeCompaction()
    except (Py4JJavaError, PySparkException) as error:
        raise plain_error(error, name) from error
    after = _detail(table)
    return TableFiles(name, before["numFiles"], after["numFiles"], after["sizeInBytes"])


def _detail(table: DeltaTable) -> Mapping[str, Any]:
    return table.detail().select("numFiles", "sizeInBytes").collect()[0].asDict()


@contextmanager
def _sizes(spark: SparkSession) -> Iterator[None]:
    kept = {name: spark.conf.get(name, None) for name in _SIZES}
    for name, size in _SIZES.items():
        spark.conf.set(name, size)
    try:
        yield
    finally:
        for name, before in kept.items():
            if before is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, before)
