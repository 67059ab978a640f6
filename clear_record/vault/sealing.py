"""Takes out of the vault how deliveries name charges that are sealed, and people of whom no charge is left. Sealing alone does so."""

from collections.abc import Mapping
from typing import Any

from clear_record.seal.going import Going
from clear_record.seal.removal import files_with, remove
from clear_record.tables import CHARGE_IDENTITY, IDENTITY

_TABLES = (CHARGE_IDENTITY, IDENTITY)


def take_identities_out(going: Going, story: Mapping[str, Any]) -> None:
    """Take the rows of the vault in `going` (its lake) out, and purge the files that held them. Raises Busy where another job writes."""
    vault = going.lake
    for table in (each for each in _TABLES if vault.exists(each.name)):
        remove(vault, table, going.rows(table), story)
        for file in files_with(vault, table, {name: going.ids(name, table) for name in going.columns(table)}):
            vault.files.delete(file)
