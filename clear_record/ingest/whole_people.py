"""A delivery of whole people: what it says of a person is all that is known now, so that it corrects and withdraws what was said before.

A record (see `withdrawals`) that says the same is known; another content corrects it, and one that is not there any more is gone. Of a person
with a rejected row nothing is gone, and of nobody where a rejected row does not say whose it is: the row may be it.
docs/decisions/deliveries-of-whole-people.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.earlier import (
    OF_CHARGE,
    Gone,
    content_of_rows,
    of_tables,
    said,
    said_in_lake,
    with_sealed,
    without_sealed,
)
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.spark import begun_anew
from clear_record.tables import TABLES, WITHDRAWAL
from clear_record.withdrawals import RECORDS_OF

_HELD_BY = "reject"
# What a charge takes along, beside its own row.
_TAKEN_ALONG = tuple(name for name in OF_CHARGE if name != "charge")
Whose = Literal["changes", "snapshot"]


@dataclass(frozen=True, slots=True)
class WholePeople:
    """See `earlier.Beside`. `standings` has table_name, record_id, subject_id, charge_id and standing of each record: new, corrected, known,
    gone or sealed, with the deliveries (withdrawn_from) whose rows of it count no longer; of a charge how many rows it takes along of
    each kind (sentence) and took along before (sentence_before), and whether a rejected row may be its person's (is_doubted)."""

    lake: Lake
    delivery_id: str
    standings: DataFrame
    rejects: DataFrame

    @property
    def charges(self) -> DataFrame:
        is_added = F.col("standing").isin("new", "corrected")
        return self.standings.where((F.col("table_name") == "charge") & (F.col("standing") != "gone")).select(
            "charge_id", "subject_id", F.when(is_added, "new").otherwise(F.col("standing")).alias("standing")
        )

    @property
    def withdrawals(self) -> DataFrame:
        said_no_more = self.standings.where(F.col("standing").isin("corrected", "gone")).select(
            F.col("old_subject_id").alias("subject_id"),
            "charge_id",
            "table_name",
            "record_id",
            F.explode("withdrawn_from").alias("withdrawn_delivery_id"),
            F.col("standing").alias("kind"),
        )
        # Whatever was rejected of a person is said anew, or rejected anew.
        rejected = self.rejects.select(
            "subject_id",
            F.lit(None).cast("string").alias("charge_id"),
            F.lit(_HELD_BY).alias("table_name"),
            F.col("subject_id").alias("record_id"),
            F.col("delivery_id").alias("withdrawn_delivery_id"),
            F.lit("corrected").alias("kind"),
        )
        rows = said_no_more.unionByName(rejected.distinct())
        return rows.withColumn("delivery_id", F.lit(self.delivery_id)).select(*WITHDRAWAL.column_names)

    def gone(self) -> Mapping[str, Gone]:
        """Of the rows that a charge takes along those are gone that a charge, which is still there, has no more: a table may be empty."""
        is_there = F.col("standing").isin("known", "corrected") & ~F.col("is_doubted")
        counts = [
            F.count_if(F.col("standing") == "gone").alias("gone"),
            F.count_if(F.col("old_subject_id").isNotNull()).alias("before"),
        ]
        for name in _TAKEN_ALONG:
            before = F.when(is_there, F.col(f"{name}_before")).otherwise(0)
            fewer = F.when(is_there, F.col(f"{name}_before") - F.col(name)).otherwise(0)
            counts += [
                F.sum(F.greatest(fewer, F.lit(0))).alias(f"{name}_gone"),
                F.sum(before).alias(f"{name}_before"),
            ]
        rows = {row["table_name"]: row for row in self.standings.groupBy("table_name").agg(*counts).collect()}
        found = {name: Gone(row["gone"], row["before"]) for name, row in rows.items()}
        if "charge" in rows:
            for name in _TAKEN_ALONG:
                # Supervision also stands by itself, without a charge.
                alone = found.get(name, Gone(0, 0))
                along = Gone(rows["charge"][f"{name}_gone"], rows["charge"][f"{name}_before"])
                found[name] = Gone(alone.gone + along.gone, alone.before + along.before)
        return found

    def added(self, name: str, rows: DataFrame) -> DataFrame:
        names, _ = RECORDS_OF[name]
        is_added = F.col("standing").isin("new", "corrected") & F.col("table_name").isin(*names)
        added = self.standings.where(is_added).select("table_name", "record_id")
        known_by = rows.withColumns(_known_by(name))
        new = known_by.join(added, ["table_name", "record_id"], "left_semi")
        return without_sealed(self.lake, new, self.charges).select(*TABLES[name].column_names)


def whole_people(
    lake: Lake,
    source: str,
    whose: Whose,
    delivery_id: str,
    tables: Mapping[str, DataFrame],
    received_on: date,
) -> WholePeople:
    """What becomes of the rows of a delivery (by record table, `reject` among them), received on a day, beside those of its source:
    `changes` has the people of whom something changed, `snapshot` everybody."""
    records = Records.of_source(lake, source)
    rejects = tables[_HELD_BY].select("subject_id").distinct()
    doubted = rejects.where(F.col("subject_id").isNotNull())
    # A row that does not say whose it is may be anybody's.
    is_anybody_doubted = not rejects.where(F.col("subject_id").isNull()).isEmpty()
    names = [name for name in tables if name in RECORDS_OF and name != _HELD_BY]
    new = {name: said(name, tables[name], F.lit(received_on)) for name in names}
    old = {name: said_in_lake(records, name) for name in names}
    rejected = records.rows(_HELD_BY).where(F.col("subject_id").isNotNull())
    if whose == "changes":
        named = begun_anew(new["subject"].select("subject_id").unionByName(doubted).distinct())
        old = {name: each.join(named, "subject_id", "left_semi") for name, each in old.items()}
        rejected = rejected.join(named, "subject_id", "left_semi")
    standings = (
        _standings(_records(new), _records(old))
        .join(doubted.withColumn("is_doubted", F.lit(True)), "subject_id", "left")
        .withColumn("is_doubted", F.coalesce("is_doubted", F.lit(is_anybody_doubted)))
    )
    is_kept = (F.col("standing") == "gone") & F.col("is_doubted")
    judged = begun_anew(with_sealed(lake, standings.where(~is_kept)))
    return WholePeople(lake, delivery_id, judged, rejected)


def _records(tables: Mapping[str, DataFrame]) -> DataFrame:
    """table_name, record_id, subject_id, charge_id, content and the deliveries of each record that rows (see `said`) tell of, and of a
    charge how many rows of each kind it takes along."""
    known_by = {
        name: rows.withColumns(
            {
                **_known_by(name),
                "of_table": F.lit(name),
                "charge_id": F.col("charge_id")
                if "charge_id" in rows.columns
                else F.lit(None).cast("string"),
            }
        )
        for name, rows in tables.items()
    }
    every = of_tables(
        known_by, "table_name", "record_id", "of_table", "subject_id", "charge_id", "content", "delivery_id"
    )
    return every.groupBy("table_name", "record_id").agg(
        F.max("subject_id").alias("subject_id"),
        F.max("charge_id").alias("charge_id"),
        content_of_rows().alias("content"),
        F.collect_set("delivery_id").alias("deliveries"),
        *[F.count_if(F.col("of_table") == name).alias(name) for name in _TAKEN_ALONG],
    )


def _known_by(name: str) -> dict[str, Column]:
    """The columns table_name and record_id of a table's rows."""
    names, columns = RECORDS_OF[name]
    table_name = F.lit(names[-1])
    if len(names) > 1:
        table_name = F.when(F.col(columns[0]).isNotNull(), names[0]).otherwise(table_name)
    return {"table_name": table_name, "record_id": F.coalesce(*columns)}


def _standings(new: DataFrame, old: DataFrame) -> DataFrame:
    before = old.select(
        "table_name",
        "record_id",
        *[F.col(name).alias(f"old_{name}") for name in ("subject_id", "charge_id", "content")],
        F.col("deliveries").alias("withdrawn_from"),
        *[F.col(name).alias(f"{name}_before") for name in _TAKEN_ALONG],
    )
    standing = (
        F.when(F.col("old_content").isNull(), "new")
        .when(F.col("content").isNull(), "gone")
        .when(F.col("content") == F.col("old_content"), "known")
        .otherwise("corrected")
    )
    return new.join(before, ["table_name", "record_id"], "full").select(
        "table_name",
        "record_id",
        F.coalesce("subject_id", "old_subject_id").alias("subject_id"),
        "old_subject_id",
        F.coalesce("charge_id", "old_charge_id").alias("charge_id"),
        "withdrawn_from",
        standing.alias("standing"),
        *_TAKEN_ALONG,
        *[f"{name}_before" for name in _TAKEN_ALONG],
    )
