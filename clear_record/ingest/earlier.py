"""What earlier deliveries said of the same: it is not added twice, and where it said something else neither is believed. What was
sealed is not added again, whatever is said of it now.

Changes of a record are not supported yet (docs/decisions/second-delivery.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.roots_in_spark import row_digest
from clear_record.tables import TABLES

_PROVENANCE = ("delivery_id", "file", "line")
_RECEIVED = "_received_on"
SEALED = "sealed"
"""The standing of a charge that a seal took out of the lake."""
# What a charge says stands in these tables.
_OF_CHARGE = ("charge", "disposition", "sentence", "supervision")


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


def standings(lake: Lake, rows: Callable[[str], DataFrame], received_on: date) -> DataFrame:
    """charge_id and standing of the charges of a delivery (`rows` of a record table, received on a day): new, known (the same
    stands in the lake), conflict (other content does) or sealed."""
    new = _contents({name: _said(name, rows(name), F.lit(received_on)) for name in _OF_CHARGE})
    old = _contents({name: _said_earlier(lake, name) for name in _OF_CHARGE}).withColumnRenamed(
        "content", "old_content"
    )
    standing = (
        F.when(F.col("old_content").isNull(), "new")
        .when(F.col("content") == F.col("old_content"), "known")
        .otherwise("conflict")
    )
    found = new.join(old, "charge_id", "left").withColumn("standing", standing)
    marks = sealed_marks(lake)
    if marks is not None:
        is_sealed = F.col("mark").isNotNull()
        found = found.join(F.broadcast(marks), F.sha2("charge_id", 256) == F.col("mark"), "left").withColumn(
            "standing", F.when(is_sealed, SEALED).otherwise(F.col("standing"))
        )
    return found.select("charge_id", "standing")


def sealed_marks(lake: Lake) -> DataFrame | None:
    """mark (SHA-256 of the charge_id) of the charges that were sealed; None where nothing ever was."""
    if not lake.exists("seal"):
        return None
    return lake.read("seal").select(F.explode("marks").alias("mark")).distinct()


def unknown_to(lake: Lake, name: str, rows: DataFrame, received_on: date, charges: DataFrame) -> DataFrame:
    """The rows of a table that the lake does not have with the same content, and of which nothing was sealed (see `without_sealed`)."""
    known = _said_earlier(lake, name).select("content")
    new = _said(name, rows, F.lit(received_on)).join(known, "content", "left_anti")
    return without_sealed(lake, new, charges).select(*TABLES[name].column_names)


def without_sealed(lake: Lake, rows: DataFrame, charges: DataFrame) -> DataFrame:
    """The rows without those of a sealed charge, and of a person of whom the delivery has a sealed charge, and neither it nor the lake
    another one: `charges` has subject_id, charge_id and standing of the charges of the delivery."""
    marks = sealed_marks(lake)
    if marks is None:
        return rows
    is_sealed = F.col("standing") == SEALED
    others = charges.where(~is_sealed).select("subject_id")
    others = others.unionByName(lake.records("charge").select("subject_id"))
    gone = charges.where(is_sealed).select("subject_id").join(others, "subject_id", "left_anti")
    left = rows.join(gone.distinct(), "subject_id", "left_anti")
    if "charge_id" not in rows.columns:
        return left
    return left.join(F.broadcast(marks), F.sha2("charge_id", 256) == F.col("mark"), "left_anti")


def _said_earlier(lake: Lake, name: str) -> DataFrame:
    received = lake.read("delivery").select("delivery_id", F.col("received_on").alias(_RECEIVED))
    return _said(name, lake.records(name).join(F.broadcast(received), "delivery_id"), F.col(_RECEIVED))


def _said(name: str, rows: DataFrame, received_on: Column) -> DataFrame:
    """The rows of a table with `content`: the hash of what each says, wherever it came from."""
    table = TABLES[name]
    columns = tuple(column for column in table.columns if column.name not in _PROVENANCE)
    # A day that is bounded by nothing but the delivery's own moves with each delivery: it is no content.
    fixed = {}
    for latest in (column.name for column in columns if column.name.endswith("_latest")):
        is_exact = F.col(latest).eqNullSafe(F.col(latest.replace("_latest", "_earliest")))
        fixed[latest] = F.when((F.col(latest) != received_on) | is_exact, F.col(latest))
    content = row_digest(replace(table, columns=columns))
    hashes = (
        rows.withColumns({f"_{name}": F.col(name) for name in fixed})
        .withColumns(fixed)
        .withColumn("content", content)
    )
    return hashes.withColumns({name: F.col(f"_{name}") for name in fixed}).drop(
        *[f"_{name}" for name in fixed]
    )


def _contents(tables: Mapping[str, DataFrame]) -> DataFrame:
    """charge_id and content (hash) of what the tables say of each charge."""
    rows = [said.select("charge_id", "content") for said in tables.values()]
    return (
        reduce(DataFrame.unionByName, rows)
        .groupBy("charge_id")
        .agg(F.sha2(F.concat_ws("", F.sort_array(F.collect_list("content"))), 256).alias("content"))
    )
