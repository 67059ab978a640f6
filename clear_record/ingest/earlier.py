"""What earlier deliveries said: whether there are any, under which key, and the content of their records, wherever it came from."""

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from typing import NamedTuple, Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.roots_in_spark import row_digest
from clear_record.tables import TABLES

_PROVENANCE = ("delivery_id", "file", "line")
_RECEIVED = "_received_on"
SEALED = "sealed"
"""The standing of a charge that a seal took out of the lake."""
# What a charge says stands in these tables.
OF_CHARGE = ("charge", "disposition", "sentence", "supervision")


class Gone(NamedTuple):
    """How many records are not there any more, and how many there were."""

    gone: int
    before: int


class Beside(Protocol):
    """What becomes of a delivery beside earlier ones: by `additions` or by `whole_people`, as its source delivers."""

    @property
    def charges(self) -> DataFrame:
        """charge_id, subject_id and standing of the charges of the delivery: new (it is added), known, conflict (rejected) or sealed."""

    @property
    def withdrawals(self) -> DataFrame | None:
        """The rows of `withdrawal`; None where nothing is ever withdrawn."""

    def added(self, name: str, rows: DataFrame) -> DataFrame:
        """The rows of a table of people or facts that are added."""

    def gone(self) -> Mapping[str, Gone]:
        """How many records of earlier deliveries this one no longer has, by their kind (table_name of `withdrawal`)."""


def has_earlier(lake: Lake) -> bool:
    """Whether the lake has a delivery."""
    return lake.exists("delivery") and not lake.read("delivery").isEmpty()


def check_key(lake: Lake, key: IdKey) -> None:
    """Refuse a key under which the people of the lake would not be met: InputRefused."""
    if not has_earlier(lake):
        if lake.exists("rotation"):
            raise InputRefused(
                f"rotate-key was stopped before the lake [{lake.root}] was whole: run it again as it was"
            )
        return
    rows = lake.read("delivery").select("id_key").distinct().collect()
    if {row["id_key"] for row in rows} != {key.fingerprint}:
        kept = ", ".join(sorted(str(row["id_key"]) for row in rows))
        raise InputRefused(
            f"the id key [{key.path}] ({key.fingerprint}) is not the one under which the lake keeps people ({kept}): name its file "
            "with --id-key"
        )


def sealed_marks(lake: Lake) -> DataFrame | None:
    """mark (SHA-256 of the charge_id) of the charges that were sealed; None where nothing ever was."""
    if not lake.exists("seal"):
        return None
    return lake.read("seal").select(F.explode("marks").alias("mark")).distinct()


def with_sealed(lake: Lake, standings: DataFrame) -> DataFrame:
    """Rows with charge_id (or null) and standing, which is `sealed` of a charge that was."""
    marks = sealed_marks(lake)
    if marks is None:
        return standings
    found = standings.join(F.broadcast(marks), F.sha2("charge_id", 256) == F.col("mark"), "left")
    is_sealed = F.col("mark").isNotNull()
    return found.withColumn("standing", F.when(is_sealed, SEALED).otherwise(F.col("standing"))).drop("mark")


def without_sealed(lake: Lake, rows: DataFrame, charges: DataFrame) -> DataFrame:
    """The rows without those of a sealed charge, and of a person of whom the delivery has a sealed charge, and neither it nor the lake
    another one: `charges` has subject_id, charge_id and standing of the charges of the delivery."""
    marks = sealed_marks(lake)
    if marks is None:
        return rows
    is_sealed = F.col("standing") == SEALED
    others = charges.where(~is_sealed).select("subject_id")
    others = others.unionByName(Records(lake).rows("charge").select("subject_id"))
    gone = charges.where(is_sealed).select("subject_id").join(others, "subject_id", "left_anti")
    left = rows.join(gone.distinct(), "subject_id", "left_anti")
    if "charge_id" not in rows.columns:
        return left
    return left.join(F.broadcast(marks), F.sha2("charge_id", 256) == F.col("mark"), "left_anti")


def said_in_lake(records: Records, name: str) -> DataFrame:
    """The rows of a table that count, with `content` (see `said`)."""
    received = records.read("delivery").select("delivery_id", F.col("received_on").alias(_RECEIVED))
    return said(name, records.rows(name).join(F.broadcast(received), "delivery_id"), F.col(_RECEIVED))


def said(name: str, rows: DataFrame, received_on: Column) -> DataFrame:
    """The rows of a table with `content`: the hash of what each says, wherever it came from.

    A day that is bounded by nothing but the delivery's own moves with each delivery, and so do the days that are counted from it: they
    are no content.
    """
    table = TABLES[name]
    columns = tuple(column for column in table.columns if column.name not in _PROVENANCE)
    names = [column.name for column in columns]
    latest = [each for each in names if each.endswith("_latest")]
    is_open = {
        each: ~F.col(each).eqNullSafe(F.col(each.replace("_latest", "_earliest"))) & F.col(each).isNotNull()
        for each in latest
    }
    has_moving = reduce(
        Column.__or__, [is_open[each] & (F.col(each) == received_on) for each in latest], F.lit(False)
    )
    fixed = {
        each: F.when(~(F.col("_has_moving") & is_open[each] & (F.col(each) >= received_on)), F.col(each))
        for each in latest
    }
    if "sentence_is_complete" in names:
        # Its parts say how long it was to be.
        by_mark = F.coalesce("sentence_is_complete", F.lit(False))
        fixed |= {
            each: F.when(~by_mark, fixed.get(each, F.col(each)))
            for each in ("sentence_ends_earliest", "sentence_ends_latest")
        }
    content = row_digest(replace(table, columns=columns))
    hashes = (
        rows.withColumns({"_has_moving": has_moving, **{f"_{name}": F.col(name) for name in fixed}})
        .withColumns(fixed)
        .withColumn("content", content)
    )
    restored = {name: F.col(f"_{name}") for name in fixed}
    return hashes.withColumns(restored).drop("_has_moving", *[f"_{name}" for name in fixed])


def content_of_rows() -> Column:
    """Of a group of rows (see `said`) the hash of what all of them say, in whatever order they stand."""
    return F.sha2(F.concat_ws("", F.sort_array(F.collect_list("content"))), 256)


def of_tables(tables: Mapping[str, DataFrame], *columns: str | Column) -> DataFrame:
    """These columns of the rows of all tables."""
    return reduce(DataFrame.unionByName, [rows.select(*columns) for rows in tables.values()])
