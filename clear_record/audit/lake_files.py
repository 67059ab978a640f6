"""A lake as its files: Delta's logs read by delta-rs, rows by DuckDB. No Spark, no JVM, no network.

An auditor needs the `audit` extra only, and a lake on a disk: the real one, mounted, or a copy.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from sqlglot.expressions import DataType

from clear_record.audit.rows_in_duckdb import dicts, relation
from clear_record.errors import InputRefused, NotReproducible, files_gone
from clear_record.lake_names import is_folder
from clear_record.seals import BY_POSITION, SEALING, is_purged
from clear_record.tables import OUT_OF_SCOPE, TABLES, Table

_LOG = "_delta_log"


class LakeFiles:
    """The tables under one folder, by the names of `clear_record.tables`, as delta-rs and DuckDB see them."""

    kind, known_by = "lake", "run"

    def __init__(self, root: str) -> None:
        """Raises InputRefused where `root` is no folder of this machine, or holds no run table."""
        if not is_folder(root):
            raise InputRefused(
                f"[{root}] is not a folder: an audit reads a {self.kind} on a disk, mounted or copied (of a catalog's schema, its location)"
            )
        self.root = Path(root)
        if not self.has(self.known_by):
            raise InputRefused(f"there is no {self.kind} in [{root}]: no table [{self.known_by}] is there")
        self.duckdb = duckdb.connect()

    def has(self, name: str) -> bool:
        return (self.root / name / _LOG).is_dir()

    def table(self, name: str, version: int | None = None) -> DeltaTable:
        """A table's log, at its newest version or at `version`.

        Raises NotReproducible where the table or the version is gone, or the log cannot be read.
        """
        path = str(self.root / name)
        try:
            return DeltaTable(path) if version is None else DeltaTable(path, version=version)
        except TableNotFoundError as error:
            raise NotReproducible(f"there is no table [{name}] in the lake [{self.root}]") from error
        except DeltaError as error:
            at = "" if version is None else f" at version {version}"
            raise NotReproducible(
                f"the log of table [{name}] cannot be read{at}: a part of it is gone"
            ) from error

    def rows(
        self, name: str, version: int | None = None, run_ids: Sequence[str] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """The rows of a table in the columns of its contract, at a version if one is given, of some runs of `decision` if they are given.

        DuckDB reads them when they are asked for, within `reading`.
        """
        columns = ", ".join(TABLES[name].column_names)
        source = self.source(name, version, run_ids)
        with self.reading(name):
            return self.duckdb.sql(f"SELECT {columns} FROM {source}")

    def decisions(self, run: Mapping[str, Any], version: int | None = None) -> duckdb.DuckDBPyRelation:
        """The decisions that stand in a run: of each charge and pack its own row, else that of the last of the runs that it builds on."""
        runs = [run["run_id"], *run["builds_on"]]
        standing = self.rows("decision", version, runs[-1:])
        if len(runs) > 1:
            places = [{"run_id": id, "place": place} for place, id in enumerate(runs)]
            named = relation(self.duckdb, places, {"run_id": "VARCHAR", "place": "INTEGER"})
            later = self.rows("decision", version, runs[:-1]).join(named, "run_id")
            is_newest = "row_number() OVER (PARTITION BY pack, charge_id ORDER BY place) = 1"
            newest = later.query("later", f"SELECT * EXCLUDE (place) FROM later QUALIFY {is_newest}")
            assert newest is not None
            same = "full_run.pack = newest.pack AND full_run.charge_id = newest.charge_id"
            untouched = standing.set_alias("full_run").join(newest.set_alias("newest"), same, how="anti")
            standing = untouched.union(newest)
        return standing.filter(f"outcome <> '{OUT_OF_SCOPE}'")

    def source(self, name: str, version: int | None = None, run_ids: Sequence[str] | None = None) -> str:
        """What DuckDB reads the rows of a table FROM; where a seal took rows of the version away, those that are left of it.

        Raises NotReproducible where a file of the version is gone.
        """
        if version is not None and is_purged(self.seals, name, version):
            return self._left_of(name, version, run_ids)
        partitions = None if run_ids is None else [("run_id", "in", list(run_ids))]
        table = self.table(name, version)
        files = table.file_uris(file_pruning_predicate=partitions)
        if not files:
            return _no_rows(TABLES[name])
        if not all(Path(file).exists() for file in files):
            raise files_gone(f"version {table.version()} of table [{name}]")
        listed = ", ".join("'{}'".format(file.replace("'", "''")) for file in files)
        # A run id may look like a number; ids are text.
        return f"read_parquet([{listed}], hive_partitioning = true, hive_types_autocast = false)"

    def _left_of(self, name: str, version: int, run_ids: Sequence[str] | None) -> str:
        """The rows of the newest version, for one whose files a seal took away.

        Nothing but seals takes rows out, and rows that came later are told by what commits them: a delivery, a run, or the position of
        a settlement, whose write stands in the log of the version.
        """
        newest = self.source(name, run_ids=run_ids)
        if name != BY_POSITION:
            return newest
        log = self.table(name, version)
        with self.reading(name):
            positions = [
                row[0] for row in self.duckdb.sql(f"SELECT DISTINCT position FROM {newest}").fetchall()
            ]
        there = [f"{each}" for each in positions if log.transaction_version(f"{name}/{each}") is not None]
        return f"(SELECT * FROM {newest} WHERE position IN ({', '.join(there) or 'NULL'}))"

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Raises NotReproducible where a file of table `name` is gone or is no Parquet file any more."""
        try:
            yield
        except duckdb.Error as error:
            raise NotReproducible(
                f"files of table [{name}] are gone or cannot be read as the contract says"
            ) from error

    def all_rows(self, name: str, version: int | None = None) -> list[dict[str, Any]]:
        """The rows of a small table, nested rows and maps as dictionaries."""
        with self.reading(name):
            return dicts(self.rows(name, version))

    def missing_files(self, name: str, version: int) -> int:
        """How many files of a version are not there any more, or of the newest one where a seal took rows of the version away."""
        readable = None if is_purged(self.seals, name, version) else version
        return sum(not Path(file).exists() for file in self.table(name, readable).file_uris())

    @cached_property
    def seals(self) -> list[dict[str, Any]]:
        """The rows of `seal` in the order of their chain; none where nothing was ever sealed."""
        rows = self.all_rows("seal") if self.has("seal") else []
        return sorted(rows, key=lambda row: (row["position"], row["seal_id"]))

    @cached_property
    def salts(self) -> duckdb.DuckDBPyRelation:
        """The rows of `salt`, for roots of rows about people."""
        return self.rows("salt")

    @property
    def is_being_sealed(self) -> bool:
        """Whether charges are being sealed, or a seal stopped half way."""
        return (self.root / SEALING).exists()

    @cached_property
    def runs(self) -> list[dict[str, Any]]:
        """The rows of `run` in the order of the chain."""
        return sorted(self.all_rows("run"), key=lambda row: (row["position"], row["run_id"]))

    def run(self, run_id: str) -> dict[str, Any]:
        """The row of a run; `latest` is the last of the chain. Raises InputRefused where there is none."""
        if run_id == "latest" and self.runs:
            return self.runs[-1]
        for row in self.runs:
            if row["run_id"] == run_id:
                return row
        raise InputRefused(f"there is no run [{run_id}] in the lake [{self.root}]")


def _no_rows(contract: Table) -> str:
    columns = [
        f'NULL::{sqlglot.parse_one(each.type, into=DataType, read="spark").sql("duckdb")} AS "{each.name}"'
        for each in contract.columns
    ]
    return f"(SELECT {', '.join(columns)} WHERE false)"
