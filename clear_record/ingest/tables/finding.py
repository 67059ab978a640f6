"""Where each table of a delivery is: in files of a folder, in a Delta table, or in a database."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrameReader, SparkSession

from clear_record.errors import InputRefused
from clear_record.ingest.files import DeliveredFile, find_files, names_in
from clear_record.ingest.tables.source import Format, Table, TableName, TablesSource

_DATABASE = "jdbc:"
_DATABASES = "jdbc:postgresql://"
_USER, _PASSWORD, _PROPERTIES = (
    "CLEAR_RECORD_JDBC_USER",
    "CLEAR_RECORD_JDBC_PASSWORD",
    "CLEAR_RECORD_JDBC_PROPERTIES",
)
_ENDINGS: dict[str, Format] = {".csv": "csv", ".csv.gz": "csv", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table of a delivery: what it holds, its description, its format, the position of its first file, and where it is.

    `files` are those of CSV and Parquet; a Delta table has a `uri` and a `version`, a table of a database a `uri` and `login`.
    """

    holds: TableName
    table: Table
    format: Format
    position: int
    files: tuple[DeliveredFile, ...] = ()
    uri: str = ""
    version: int | None = None
    login: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def find_tables(spark: SparkSession, source: TablesSource, inputs: Sequence[str]) -> list[FoundTable]:
    """The tables of a source in `inputs`: folders that hold them by their names, or one database (`jdbc:postgresql://...`).

    Raises InputRefused for a table that is not there, or there twice, and for what no table is.
    """
    if any(each.startswith(_DATABASE) for each in inputs):
        return _in_database(source, inputs)
    found, position = [], 1
    places = _places(spark, source, inputs)
    for holds, table in source.tables.described():
        if table.name not in places:
            raise InputRefused(
                f"table [{table.name}] of source [{source.name}] is not in [{', '.join(inputs)}]"
            )
        path, format = places[table.name]
        if format not in source.formats:
            raise InputRefused(
                f"table [{table.name}] is {format}; source [{source.name}] takes {', '.join(source.formats)}"
            )
        if format == "delta":
            each = FoundTable(holds, table, format, position, uri=path, version=_version(spark, path))
        else:
            each = FoundTable(holds, table, format, position, tuple(find_files(spark, [path])))
        found.append(each)
        position += max(1, len(each.files))
    return found


def _places(
    spark: SparkSession, source: TablesSource, inputs: Sequence[str]
) -> dict[str, tuple[str, Format]]:
    """Path and format of each table, by its name."""
    names = {table.name for _, table in source.tables.described()}
    places: dict[str, tuple[str, Format]] = {}
    for folder in inputs:
        for entry, inside in names_in(spark, folder).items():
            name = _without_ending(entry)
            if name in source.other_tables:
                continue
            if name not in names:
                raise InputRefused(
                    f"[{entry}] in [{folder}] is no table of source [{source.name}]; "
                    "describe it there, or name it under other_tables with the reason why it is not used"
                )
            if name in places:
                raise InputRefused(
                    f"table [{name}] is there twice: [{places[name][0]}] and [{folder}/{entry}]"
                )
            places[name] = (f"{folder.rstrip('/')}/{entry}", _format(folder, entry, inside))
    return places


def _without_ending(entry: str) -> str:
    ending = next((each for each in sorted(_ENDINGS, key=len, reverse=True) if entry.endswith(each)), "")
    return entry.removesuffix(ending)


def _format(folder: str, entry: str, inside: Sequence[str]) -> Format:
    if "_delta_log" in inside:
        return "delta"
    visible = [name for name in inside if not name.startswith((".", "_"))] or [entry]
    formats = {format for name in visible for ending, format in _ENDINGS.items() if name.endswith(ending)}
    if len(formats) != 1:
        raise InputRefused(
            f"[{entry}] in [{folder}] is neither CSV nor Parquet nor Delta: its files end in .csv, .csv.gz or .parquet"
        )
    return formats.pop()


def _version(spark: SparkSession, path: str) -> int:
    """The newest version of a Delta table, which is then the one that is read."""
    history = DeltaTable.forPath(spark, _absolute(path)).history(1)
    return int(history.collect()[0]["version"])


# --- a database --------------------------------------------------------------------------------------------


def _in_database(source: TablesSource, inputs: Sequence[str]) -> list[FoundTable]:
    if len(inputs) != 1 or not inputs[0].startswith(_DATABASES):
        raise InputRefused(f"a database is the one --input, and begins with {_DATABASES}")
    if "jdbc" not in source.formats:
        raise InputRefused(f"source [{source.name}] takes {', '.join(source.formats)}, and no database")
    (url,) = inputs
    if re.search(r"[?&](user|password)=|@", url, re.IGNORECASE):
        raise InputRefused(
            f"user and password do not belong into --input: set {_USER} and {_PASSWORD}, or {_PROPERTIES} to a file"
        )
    login = _login()
    return [
        FoundTable(holds, table, "jdbc", position, uri=f"{url}#{table.name}", login=login)
        for position, (holds, table) in enumerate(source.tables.described(), start=1)
    ]


def _login() -> dict[str, str]:
    """User and password, from a properties file or the environment."""
    path = os.environ.get(_PROPERTIES)
    if path is None:
        names = {"user": _USER, "password": _PASSWORD}
        return {name: os.environ[variable] for name, variable in names.items() if variable in os.environ}
    try:
        if Path(path).stat().st_mode & 0o077:
            raise InputRefused(
                f"the file [{path}] of {_PROPERTIES} can be read by others: run chmod 600 on it"
            )
        lines = [line.partition("=") for line in Path(path).read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"the file [{path}] of {_PROPERTIES} cannot be read") from error
    return {name.strip(): text.strip() for name, _, text in lines if name.strip() in ("user", "password")}


# --- how it is read ----------------------------------------------------------------------------------------


def reader_of(spark: SparkSession, found: FoundTable, paths: Sequence[str]) -> Any:
    """The table as Spark reads it; of Parquet the files `paths`. CSV is not read here."""
    if found.format == "parquet":
        return spark.read.parquet(*paths)
    if found.format == "delta":
        return spark.read.format("delta").option("versionAsOf", str(found.version)).load(_absolute(found.uri))
    return _database_reader(spark, found).load()


def _absolute(path: str) -> str:
    return path if "://" in path else str(Path(path).absolute())


def _database_reader(spark: SparkSession, found: FoundTable) -> DataFrameReader:
    url, _, name = found.uri.rpartition("#")
    reader = spark.read.format("jdbc").option("url", url).option("dbtable", name)
    reader = reader.option("driver", "org.postgresql.Driver").option("fetchsize", "10000")
    for key, secret in found.login.items():
        reader = reader.option(key, secret)
    if (ranges := found.table.ranges) is not None:
        reader = (
            reader.option("partitionColumn", ranges.column)
            .option("lowerBound", str(ranges.lowest))
            .option("upperBound", str(ranges.highest))
            .option("numPartitions", str(ranges.parts))
        )
    return reader


@contextmanager
def plain_errors(found: FoundTable) -> Iterator[None]:
    """One line for what Spark says of a table that cannot be read: its own text can hold values and secrets."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        name = found.table.name
        if found.format != "jdbc":
            raise InputRefused(
                f"table [{name}] cannot be read as {found.format}; ask for it again"
            ) from error
        text = str(error)
        where = f"table [{name}] of database [{found.uri.rpartition('#')[0]}] cannot be read"
        if "ClassNotFoundException" in text:
            raise InputRefused(
                f"{where}: PostgreSQL's driver is not on the class path; scripts/setup.sh fetches it"
            ) from error
        if "does not exist" in text and "relation" in text:
            raise InputRefused(f"{where}: there is no such table") from error
        raise InputRefused(
            f"{where}: check its address, and user and password in {_USER} and {_PASSWORD} or {_PROPERTIES}"
        ) from error
