"""A delivery of a state's own tables: found, identified by what it holds, read, and counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F

from clear_record.ingest.beside import beside_earlier
from clear_record.ingest.earlier import SEALED, Beside, Gone, without_sealed
from clear_record.ingest.files import content_id
from clear_record.ingest.reader import Opened, Totals
from clear_record.ingest.tables import identities
from clear_record.ingest.tables.finding import FoundTable, find_tables
from clear_record.ingest.tables.folding import Fold
from clear_record.ingest.tables.judging import judged
from clear_record.ingest.tables.reading import Reading, ReadTable, read_table
from clear_record.ingest.tables.records import ROW_BY_ROW, WRITTEN, TableRecords
from clear_record.ingest.tables.source import CONFLICTS, TableName, TablesSource
from clear_record.ingest.tables.typing import coded_roles
from clear_record.ingest.texts import read_offenses
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.spark import Keep
from clear_record.tables import TABLES

_BYTES_A_PARTITION = 128 << 20
# Of these a later delivery may say more, and adds it.
_ADDED = ("subject", "registration", "fact", "subject_link")
_REJECT_COLUMNS = TABLES["reject"].column_names
# Where one of these is known already, so are the rows that it came from.
_OF_CHARGES = ("disposition", "sentence", "supervision")


@dataclass
class TablesDelivery:
    """Tables that were found; see `reader.Opened`. Of files the content is known at once, of other tables they are read for it."""

    spark: SparkSession
    source: TablesSource
    found: Sequence[FoundTable]
    reading: Reading
    content_id: str
    tables: Sequence[ReadTable] | None = None

    def read(self, delivery_id: str) -> "TablesRead":
        source, reading = self.source, self.reading
        tables = self.tables or _read_all(self.spark, self.found, reading)
        rows = {table.found.holds: judged(table.rows, table.found.holds) for table in tables}
        charges = next(table.rows for table in tables if table.found.holds == "charges")
        offenses = read_offenses(self.spark, _offense_texts(charges), source.statutes)
        fold = Fold(source, rows, offenses, reading.received_on, reading.keep)
        # What is kept says how it is spread and sorted only once it is there: until then each join would spread it again.
        fold.bases.count()
        records = TableRecords(
            fold,
            delivery_id,
            {holds: Observation(f"rows_of_{holds}") for holds in rows},
            Observation("conflicts"),
        )
        return TablesRead(tables, records, reading.keep(records.reject))


def open_tables(
    spark: SparkSession,
    source: TablesSource,
    inputs: Sequence[str],
    key: IdKey,
    received_on: date,
    keep: Keep,
) -> Opened:
    """The tables of a source in `inputs`: folders, or a database. Raises InputRefused for tables that are not the source's."""
    found = find_tables(spark, source, inputs)
    fewest = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    largest = max(table.bytes for table in found)
    reading = Reading(source, key, received_on, max(fewest, -(-largest // _BYTES_A_PARTITION)), keep)
    if all(table.files for table in found):
        hashes = [file.sha256 for table in found for file in table.files]
        return TablesDelivery(spark, source, found, reading, content_id(source.name, hashes))
    tables = _read_all(spark, found, reading)
    hashes = [sha256 for table in tables for sha256 in table.content_sha256]
    return TablesDelivery(spark, source, found, reading, content_id(source.name, hashes), tables)


def _read_all(spark: SparkSession, found: Sequence[FoundTable], reading: Reading) -> list[ReadTable]:
    return [read_table(spark, table, reading) for table in found]


def _offense_texts(charges: DataFrame) -> set[tuple[str, bool]]:
    """The different offense texts of the charges: they are read once, on the driver."""
    roles = [name for name in ("offense", "charged_offense") if name in charges.columns]
    sets = charges.groupBy(F.spark_partition_id()).agg(*[F.collect_set(name).alias(name) for name in roles])
    return {(text, False) for row in sets.collect() for name in roles for text in row[name]}


@dataclass(frozen=True)
class TablesRead:
    """The records of a state's own tables; see `reader.RecordRows`.

    Beside earlier deliveries `beside` says what becomes of it, and `new` holds what is added of `_ADDED`.
    """

    _tables: Sequence[ReadTable]
    records: TableRecords
    _rejects: DataFrame
    _lake: Lake | None = None
    _beside: Beside | None = None
    _new: Mapping[str, DataFrame] | None = None

    @property
    def rows_read_count(self) -> int:
        return sum(table.rows_count for table in self._tables)

    def unreadable_count(self) -> int:
        return self._rejects.where(F.col("subject_id").isNull()).count()

    def beside(self, lake: Lake, keep: Keep) -> "TablesRead":
        records, fold = self.records, self.records.fold
        tables = {name: records.rows(name) for name in WRITTEN if name != "reject"}
        tables["reject"] = self._rejects
        beside = beside_earlier(lake, fold.source, records.delivery_id, tables, fold.received_on)
        rows = {name: records.rows(name) for name in _ADDED}
        rows["supervision"] = records.rows("supervision").where(F.col("charge_id").isNull())
        new = {name: keep(beside.added(name, each)) for name, each in rows.items()}
        return replace(self, _lake=lake, _beside=beside, _new=new)

    def tables(self) -> Mapping[str, DataFrame]:
        records = self.records
        tables = {table: records.rows(table) for table in WRITTEN if table != "reject"}
        rejects = self._rejects.select(*_REJECT_COLUMNS)
        if self._beside is None or self._new is None:
            return {**tables, "reject": rejects}
        is_new = self._beside.charges.where(F.col("standing") == "new").select("charge_id")
        of_charges = {
            name: tables[name].join(is_new, "charge_id", "left_semi") for name in ("charge", *_OF_CHARGES)
        }
        of_charges["supervision"] = of_charges["supervision"].unionByName(self._new["supervision"])
        ordered = {name: rows.select(*tables[name].columns) for name, rows in of_charges.items()}
        added = {name: self._new[name] for name in _ADDED}
        withdrawals = self._beside.withdrawals
        withdrawn = {} if withdrawals is None else {"withdrawal": withdrawals}
        return {**tables, **ordered, **added, **withdrawn, "reject": rejects.unionByName(self._conflicts())}

    def _conflicts(self) -> DataFrame:
        """Rejected: the charges of which an earlier delivery said something else."""
        assert self._beside is not None
        found = self._beside.charges.where(F.col("standing") == "conflict").select("charge_id")
        rows = self.records.rows("charge").join(found, "charge_id", "left_semi")
        return rows.withColumns({"code": F.lit("Q030"), "field": F.lit(None).cast("string")}).select(
            *_REJECT_COLUMNS
        )

    def gone(self) -> Mapping[str, Gone]:
        return {} if self._beside is None else self._beside.gone()

    def totals(self) -> Totals:
        by_table = self._by_table.values()
        return Totals(*(sum(each[at] for each in by_table) for at in range(3)))

    @cached_property
    def _by_table(self) -> dict[TableName, Totals]:
        """What became of the rows of each table. Of what the lake has already, or was sealed, the rows collapse."""
        seen = self.records.seen
        totals = {
            holds: Totals(*((seen[holds].get[name] or 0) for name in ("accepted", "collapsed", "rejected")))
            for holds in self.records.fold.judged
        }
        if self._beside is None or self._new is None:
            return totals
        charges = self._beside.charges
        counts = {row["standing"]: row["count"] for row in charges.groupBy("standing").count().collect()}
        known_count = counts.get("known", 0) + counts.get(SEALED, 0)
        totals["charges"] = _known(totals["charges"], known_count, counts.get("conflict", 0))
        known = charges.where(F.col("standing").isin("known", SEALED)).select("charge_id")
        for name, holds in ROW_BY_ROW.items():
            if holds not in totals:
                continue
            rows = self.records.rows(name)
            if name in _OF_CHARGES:
                known_count = rows.join(known, "charge_id", "left_semi").count()
                if name == "supervision":
                    known_count += rows.where(F.col("charge_id").isNull()).count() - self._new[name].count()
            else:
                known_count = rows.count() - self._new[name].count()
            totals[holds] = _known(totals[holds], known_count)
        rows_of = self.records.fold.people.select("subject_id", "rows_count")
        new_people = self._new["subject"].select("subject_id").join(rows_of, "subject_id")
        new_count = new_people.agg(F.sum("rows_count").alias("count")).collect()[0]["count"] or 0
        totals["people"] = _known(totals["people"], totals["people"].accepted - new_count)
        return totals

    def identities(self) -> Mapping[str, DataFrame]:
        described = self.records.fold.source.tables
        people, charges = (
            next(table.rows for table in self._tables if table.found.holds == holds)
            for holds in ("people", "charges")
        )
        id = self.records.delivery_id
        named = {
            "identity": identities.of_people(described.people, people, charges, id),
            "charge_identity": identities.of_charges(described.charges, charges, id),
        }
        if self._lake is None or self._beside is None:
            return named
        return {
            name: without_sealed(self._lake, rows, self._beside.charges).select(*rows.columns)
            for name, rows in named.items()
        }

    def files(self) -> list[Row]:
        return [file for table in self._tables for file in table.files]

    def control_totals(self) -> Mapping[str, int]:
        records, source = self.records, self.records.fold.source
        totals: dict[str, int] = {}
        described = dict(source.tables.described())
        by_table = self._by_table
        for table in self._tables:
            holds, name = table.found.holds, table.found.table.name
            totals[f"rows_read:{name}"] = table.rows_count
            totals |= {f"rows_{word}:{name}": count for word, count in by_table[holds]._asdict().items()}
            seen = records.seen[holds].get
            for role in coded_roles(described[holds]):
                totals[f"unknown_codes:{name}.{described[holds].column_of(role)}"] = (
                    seen[f"unknown:{role}"] or 0
                )
        observed = {**records.conflicts.get, "birth_dates": records.births_count()}
        without_charge = sum(records.seen[holds].get["without_charge"] or 0 for holds in records.fold.judged)
        conflicts = {**observed, "without_charge": without_charge}
        totals |= {f"conflicts:{kind}": conflicts[kind] or 0 for kind in CONFLICTS if source.can_have(kind)}
        if self._beside is not None and self._lake is not None and self._lake.exists("seal"):
            totals["sealed_charges"] = self._beside.charges.where(F.col("standing") == SEALED).count()
        sentinels = sum(records.seen[holds].get["sentinels"] or 0 for holds in records.fold.judged)
        return {
            **totals,
            "dates_unknown_by_sentinel": sentinels,
            "charges_incomplete": observed["charges_incomplete"] or 0,
        }


def _known(totals: Totals, known: int, conflicts: int = 0) -> Totals:
    """The totals of a table of whose accepted rows some are known already, and some contradict what is known."""
    return Totals(totals.accepted - known - conflicts, totals.collapsed + known, totals.rejected + conflicts)
