"""Writes how a delivery names its people and charges into the vault. Ingest alone does so."""

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.errors import ClearRecordError
from clear_record.lake import Lake
from clear_record.tables import TABLES, VAULT_TABLES

# Of the columns of identities those that say nothing about how the person or the charge is named.
_NAMELESS = ("subject_id", "charge_id", "delivery_id")


def keep_identities(
    vault: Lake, delivery_id: str, identities: Mapping[str, DataFrame], story: Mapping[str, Any]
) -> None:
    """Append the rows of `identity` and `charge_identity` that a delivery brings, once, and look whether they are there.

    They count as soon as the delivery has its row in the lake's `delivery`. `story` is what the tables' histories tell of it. Raises
    Busy where another job writes.
    """
    vault.create(VAULT_TABLES)
    for name, rows in identities.items():
        vault.append(name, rows, write_id=delivery_id, story=story)
        there = vault.read(name).where(F.col("delivery_id") == delivery_id)
        lost = rows.join(there, list(TABLES[name].key), "left_anti").count()
        if lost:
            # An append is skipped where a stopped ingest has made it already: under another key it named others.
            raise ClearRecordError(
                f"{lost} rows of table [{name}] are not in the vault [{vault.root}]: an ingest of this delivery that was stopped wrote "
                "it under another id key; name that one with --id-key"
            )


def said_anew(
    vault: Lake, identities: Mapping[str, DataFrame], deliveries: DataFrame
) -> dict[str, DataFrame]:
    """Of these rows, by table, those that say something else than `deliveries` (delivery_id, received_on) say together, of each part the
    newest that has it (see `reading.read_identities`): a whole state that is delivered again is not kept again.
    """
    return {name: _said_anew(vault, name, rows, deliveries) for name, rows in identities.items()}


def _said_anew(vault: Lake, name: str, rows: DataFrame, deliveries: DataFrame) -> DataFrame:
    if not vault.exists(name):
        return rows
    id = TABLES[name].key[0]
    before = vault.read(name).join(F.broadcast(deliveries), "delivery_id")
    newest = F.max(F.struct("received_on", "delivery_id", "value"))["value"].alias("value")
    known = before.select(id, "received_on", "delivery_id", _said(name)).groupBy(id, "part").agg(newest)
    new = rows.select(id, _said(name)).join(known, [id, "part", "value"], "left_anti")
    return rows.join(new.select(id).distinct(), id, "left_semi").select(*rows.columns)


def _said(name: str) -> Column:
    """part and value of all that a row says, one row each; nothing of what is null."""
    columns = [each.name for each in TABLES[name].columns if each.name not in (*_NAMELESS, "parts")]
    own = F.create_map(*[each for name in columns for each in (F.lit(f"column:{name}"), F.col(name))])
    said = F.map_filter(F.map_concat(own, "parts"), lambda _, value: value.isNotNull())
    return F.explode(said).alias("part", "value")
