"""A delivery that adds: what the lake knows is not added twice, and where the two say different things of a charge neither is believed.

docs/decisions/second-delivery.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
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
from clear_record.tables import TABLES


@dataclass(frozen=True, slots=True)
class Additions:
    """See `earlier.Beside`."""

    lake: Lake
    of_source: Records
    received_on: date
    charges: DataFrame
    withdrawals: None = None

    def added(self, name: str, rows: DataFrame) -> DataFrame:
        # What another source says may be withdrawn with it.
        known = said_in_lake(self.of_source, name).select("content")
        new = said(name, rows, F.lit(self.received_on)).join(known, "content", "left_anti")
        return without_sealed(self.lake, new, self.charges).select(*TABLES[name].column_names)

    def gone(self) -> Mapping[str, Gone]:
        return {}


def additions(lake: Lake, source: str, tables: Mapping[str, DataFrame], received_on: date) -> Additions:
    """What becomes of the rows of a delivery of a source (by record table), received on a day."""
    new = _contents({name: said(name, tables[name], F.lit(received_on)) for name in OF_CHARGE})
    records = Records(lake)
    old = _contents({name: said_in_lake(records, name) for name in OF_CHARGE}).withColumnRenamed(
        "content", "old_content"
    )
    standing = (
        F.when(F.col("old_content").isNull(), "new")
        .when(F.col("content") == F.col("old_content"), "known")
        .otherwise("conflict")
    )
    found = new.join(old.drop("subject_id"), "charge_id", "left").withColumn("standing", standing)
    charges = with_sealed(lake, found).select("charge_id", "subject_id", "standing")
    return Additions(lake, Records.of_source(lake, source), received_on, begun_anew(charges))


def _contents(tables: Mapping[str, DataFrame]) -> DataFrame:
    """charge_id, subject_id and content (hash) of what the tables say of each charge."""
    rows = of_tables(tables, "charge_id", "subject_id", "content")
    return (
        rows.where(F.col("charge_id").isNotNull())
        .groupBy("charge_id")
        .agg(F.max("subject_id").alias("subject_id"), content_of_rows().alias("content"))
    )
