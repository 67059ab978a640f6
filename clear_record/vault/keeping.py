"""Writes how a delivery names its people and charges into the vault. Ingest alone does so."""

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from clear_record.errors import ClearRecordError
from clear_record.lake import Lake
from clear_record.tables import TABLES, VAULT_TABLES


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
