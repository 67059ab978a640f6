"""What earlier deliveries said of the same: it is not added twice, and where it said something else neither is believed.

Changes of a record are not supported yet (docs/decisions/second-delivery.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.lake import Lake
from clear_record.roots_in_spark import row_digest
from clear_record.tables import TABLES

_PROVENANCE = ("delivery_id", "file", "line")
_RECEIVED = "_received_on"
# What a charge says stands in these tables.
_OF_CHARGE = ("charge", "disposition", "sentence", "supervision")


def has_earlier(lake: Lake) -> bool:
    """Whether the lake has a delivery."""
    return lake.exists("delivery") and not lake.read("delivery").isEmpty()


def standings(lake: Lake, rows: Callable[[str], DataFrame], received_on: date) -> DataFrame:
    """charge_id and standing of the charges of a delivery (`rows` of a record table, received on a day): new, known (the same
    stands in the lake) or conflict (other content does)."""
    new = _contents({name: _said(name, rows(name), F.lit(received_on)) for name in _OF_CHARGE})
    old = _contents({name: _said_earlier(lake, name) for name in _OF_CHARGE}).withColumnRenamed(
        "content", "old_content"
    )
    standing = (
        F.when(F.col("old_content").isNull(), "new")
        .when(F.col("content") == F.col("old_content"), "known")
        .otherwise("conflict")
    )
    return new.join(old, "charge_id", "left").select("charge_id", standing.alias("standing"))


def unknown_to(lake: Lake, name: str, rows: DataFrame, received_on: date) -> DataFrame:
    """The rows of a table that the lake does not have with the same content."""
    known = _said_earlier(lake, name).select("content")
    return (
        _said(name, rows, F.lit(received_on))
        .join(known, "content", "left_anti")
        .select(*TABLES[name].column_names)
    )


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
