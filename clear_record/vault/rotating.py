"""Carries a vault to a new one, under the ids of a longer ring. Rotation of the id key alone does so."""

from collections.abc import Mapping
from typing import Any

from clear_record.ingest.ids import rekeyed
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.tables import CHARGE_IDENTITY, IDENTITY, VAULT_READ, VAULT_TABLES


def carry_identities(before: Lake, after: Lake, key: IdKey, story: Mapping[str, Any]) -> None:
    """Append all rows of a vault to a new one, once: identities under their ids of `key`, and who read them as it was noted."""
    after.create(VAULT_TABLES)
    write_id = f"rotation/{key.fingerprint}"
    for table in (IDENTITY, CHARGE_IDENTITY):
        rows = rekeyed(before.read(table.name), table, key.last, ())
        after.append(table.name, rows, write_id=write_id, story=story)
    if before.exists(VAULT_READ.name):
        after.append(VAULT_READ.name, before.read(VAULT_READ.name), write_id=write_id, story=story)
