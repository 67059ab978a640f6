"""The lake: where the tables live, how they are made, appended to and read at a version.

Delta has no transaction over several tables, so visibility is a matter of rows, not of files: a record row counts if its
`delivery` row is there and no row of `withdrawal` says otherwise, a decision if its `run` row is. `delivery` and `run` are written last.
"""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from delta.tables import DeltaTable
from py4j.java_gateway import JavaPackage
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from clear_record.catalog_names import give_names, location_of
from clear_record.errors import (
    Busy,
    ClearRecordError,
    InputRefused,
    NotReproducible,
    as_files_gone,
    files_gone,
)
from clear_record.hadoop_files import HadoopFiles
from clear_record.lake_names import is_schema, root_of
from clear_record.seals import BY_POSITION, SEALING, is_purged
from clear_record.tables import TABLES, Table

_CONFLICTS = (
    "DELTA_CONCURRENT_APPEND",
    "DELTA_CONCURRENT_TRANSACTION",
    "DELTA_METADATA_CHANGED",
    "DELTA_PROTOCOL_CHANGED",
    "DELTA_CONCURRENT_WRITE",
)


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A table as a job saw it: its name, Delta id (a path that was made anew has another one) and version."""

    name: str
    table_id: str
    version: int


class Lake:
    """The tables under one root, by the names of `clear_record.tables`."""

    def __init__(self, spark: SparkSession, place: str) -> None:
        """`place` is a path, an object-store URI, or `catalog:CATALOG.SCHEMA`, whose location is the root.

        Raises InputRefused where a catalog has no such schema.
        """
        self.spark, self._place = spark, place
        self.root = location_of(spark, place) if is_schema(place) else root_of(place)

    def path(self, name: str) -> str:
        """Where the files of a table are."""
        return f"{self.root}/{name}"

    def table(self, name: str) -> DeltaTable:
        """A table as Delta's own interface has it."""
        return DeltaTable.forPath(self.spark, self.path(name))

    @property
    def files(self) -> HadoopFiles:
        """The files of the root's file system."""
        return HadoopFiles(self.spark)

    def create(self, tables: Iterable[Table]) -> None:
        """Make the tables that are not there yet, ahead of any write, so that writers do not race to do it."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._create, tables))
        if is_schema(self._place):
            # Those of all jobs: what is made without Spark has no name yet.
            give_names(
                self.spark, self._place, [(name, self.path(name)) for name in TABLES if self.exists(name)]
            )

    def _create(self, table: Table) -> None:
        if self.exists(table.name):
            return
        builder = (
            DeltaTable.createIfNotExists(self.spark).location(self.path(table.name)).comment(table.comment)
        )
        for column in table.columns:
            builder = builder.addColumn(
                column.name, column.type, nullable=column.nullable, comment=column.comment
            )
        if table.partitioned_by:
            builder = builder.partitionedBy(*table.partitioned_by)
        for key, setting in table.properties.items():
            builder = builder.property(key, setting)
        builder.execute()

    def exists(self, name: str) -> bool:
        return DeltaTable.isDeltaTable(self.spark, self.path(name))

    def version(self, name: str) -> TableVersion:
        """The newest version of a table. Raises InputRefused where there is no such table."""
        if not self.exists(name):
            raise InputRefused(
                f"there is no table [{name}] in the lake [{self.root}]; run the stage before this one"
            )
        if not self._has_classes_of_delta:
            return TableVersion(name, *newest_by_api(self.table(name)))
        snapshot = self._snapshot(name)
        return TableVersion(name, snapshot.metadata().id(), snapshot.version())

    @cached_property
    def _has_classes_of_delta(self) -> bool:
        """Whether the session has Delta's own classes; on Databricks they have other names, and its public API, which is slower, is asked."""
        jvm = self.spark._jvm
        assert jvm is not None
        return not isinstance(jvm.org.apache.spark.sql.delta.DeltaLog, JavaPackage)

    def _snapshot(self, name: str, version: int | None = None) -> Any:
        """Delta's own view of a table. Asking it in the JVM takes milliseconds; DESCRIBE DETAIL and HISTORY take seconds."""
        jvm = self.spark._jvm
        assert jvm is not None
        nothing = jvm.scala.Option.empty()
        log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(self.spark._jsparkSession, self.path(name))
        if version is None:
            return log.update(False, nothing, nothing)
        return log.getSnapshotAt(version, nothing, nothing, False)

    def versions(self, names: Iterable[str]) -> dict[str, TableVersion]:
        return {name: self.version(name) for name in names}

    def read(self, name: str, at: TableVersion | None = None) -> DataFrame:
        """A table, at a version if one is given; where a seal took rows of that version away, those that are left of it.

        Raises NotReproducible where the version's files are gone, or the path holds another table now.
        """
        reader = self.spark.read.format("delta")
        if at is None:
            return reader.load(self.path(name))
        newest = self.version(name)
        if newest.table_id != at.table_id:
            raise NotReproducible(
                f"table [{name}] was made anew since: it is no longer the one that was read"
            )
        if at.version < newest.version and is_purged(self.seals, name, at.version):
            return self._left_of(name, at.version)
        try:
            rows = reader.option("versionAsOf", at.version).load(self.path(name))
        except PySparkException as error:
            raise files_gone(f"version {at.version} of table [{name}]") from error
        if at.version < newest.version and not self._has_files(rows, name):
            raise files_gone(f"version {at.version} of table [{name}]")
        return rows

    def _has_files(self, rows: DataFrame, name: str) -> bool:
        """Whether the files of an earlier version are there. Only those that the newest names no more can have been vacuumed."""
        earlier = set(rows.inputFiles()) - set(self.read(name).inputFiles())
        return all(self.files.exists(file, is_encoded=True) for file in earlier)

    def _left_of(self, name: str, version: int) -> DataFrame:
        """The rows of the newest version, for one whose files a seal took away.

        Nothing but seals takes rows out, and rows that came later are told by what commits them: a delivery, a run, or the position of
        a settlement, whose write stands in the log of the version.
        """
        rows = self.read(name)
        if name != BY_POSITION:
            return rows
        writes = self.write_ids(name, version)
        positions = [row["position"] for row in rows.select("position").distinct().collect()]
        return rows.where(F.col("position").isin([each for each in positions if f"{name}/{each}" in writes]))

    @property
    def seals(self) -> list[dict[str, Any]]:
        """The rows of `seal` in the order of their chain."""
        if not self.exists("seal"):
            return []
        rows = self.read("seal").orderBy("position").collect()
        return [row.asDict(recursive=True) for row in rows]

    @property
    def sealing(self) -> str:
        """The file that is there while charges are being sealed."""
        return f"{self.root}/{SEALING}"

    def check_no_seal_under_way(self) -> None:
        """Raises Busy where charges are being sealed, or a seal stopped half way: what is read now may be gone before it is committed."""
        if self.files.exists(self.sealing):
            raise Busy(
                f"charges are being sealed in the lake [{self.root}], or a seal stopped half way: the same clear-record seal again completes it"
            )

    def has_written(self, name: str, write_id: str) -> bool:
        """Whether an append with this id was committed: another one would write nothing, and compute nothing."""
        return write_id in self.write_ids(name)

    def write_ids(self, name: str, version: int | None = None) -> frozenset[str]:
        """The ids of all appends that were committed to a table, up to a version if one is given."""
        if not self._has_classes_of_delta:
            return write_ids_by_api(self.table(name), version)
        return frozenset(self._snapshot(name, version).transactions().keys().mkString("\n").splitlines())

    def append(
        self, name: str, rows: DataFrame, *, write_id: str, story: Mapping[str, Any], sequence: int = 1
    ) -> None:
        """Append rows to a table once.

        `write_id` and `sequence` make it idempotent: a second append of the same id with the same or a lower sequence
        writes nothing, whatever the rows, so callers read back and compare. `story` is what DESCRIBE HISTORY tells of it.
        Raises Busy where another writer won.
        """
        contract = TABLES[name]
        _check_schema(contract, rows)
        try:
            (
                rows.write.format("delta")
                .mode("append")
                .option("txnAppId", write_id)
                .option("txnVersion", sequence)
                .option("userMetadata", json.dumps({**story, "write_id": write_id}))
                .save(self.path(name))
            )
        except (Py4JJavaError, PySparkException) as error:
            raise plain_error(error, name) from error


def newest_by_api(table: DeltaTable) -> tuple[str, int]:
    """The id of a Delta table and its newest version, where Delta's own classes have other names (Databricks)."""
    (detail,) = table.detail().select("id").collect()
    (last,) = table.history(1).select("version").collect()
    return detail["id"], last["version"]


def write_ids_by_api(table: DeltaTable, version: int | None = None) -> frozenset[str]:
    """The ids of the appends that a Delta table's history tells of, up to a version."""
    history = table.history().where(F.col("userMetadata").isNotNull())
    if version is not None:
        history = history.where(F.col("version") <= version)
    stories = (json.loads(row["userMetadata"]) for row in history.select("userMetadata").collect())
    return frozenset(story["write_id"] for story in stories if "write_id" in story)


def _check_schema(contract: Table, rows: DataFrame) -> None:
    """Spark would fill a missing column, turn text into numbers and bind by position: only the contract's own may pass."""
    schema = StructType.fromDDL(contract.ddl)
    assert isinstance(schema, StructType)
    expected = [(field.name, field.dataType.simpleString()) for field in schema]
    actual = [(field.name, field.dataType.simpleString()) for field in rows.schema]
    if expected != actual:
        different = sorted(set(expected) ^ set(actual)) or actual
        raise ClearRecordError(f"rows for table [{contract.name}] are not of its contract: {different}")


def plain_error(error: Exception, name: str) -> Exception:
    """An error of ours for what Spark says: its own text can hold the values of rows."""
    text = str(error)
    if any(token in text for token in _CONFLICTS):
        return Busy(f"another job changed table [{name}] at the same time; run this one again")
    if "DELTA_VIOLATE_CONSTRAINT" in text or "DELTA_NOT_NULL_CONSTRAINT_VIOLATED" in text:
        return ClearRecordError(f"rows for table [{name}] break one of its constraints; nothing was written")
    return as_files_gone(error) or error
