"""Takes out of the vault how deliveries name charges that are sealed, and people of whom no charge is left. Sealing alone does so."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyspark.sql import functions as F

from clear_record.lake import Lake
from clear_record.seal.going import Going
from clear_record.seal.removal import files_with, remove
from clear_record.tables import CHARGE_IDENTITY, IDENTITY

_TABLES = (CHARGE_IDENTITY, IDENTITY)


def take_identities_out(vault: Lake, going: Going, story: Mapping[str, Any]) -> None:
    """Take the rows of the charges and people in `going` out of a vault, and purge the files that held them: after those of its lake.
    Raises Busy where another job writes."""
    left_behind = _people_of_no_charge(vault, going)
    going = replace(going, lake=vault, people=(*going.people, *left_behind))
    for table in (each for each in _TABLES if vault.exists(each.name)):
        remove(vault, table, going.rows(table), story)
        for file in files_with(vault, table, {name: going.ids(name, table) for name in going.columns(table)}):
            vault.files.delete(file)


def _people_of_no_charge(vault: Lake, going: Going) -> list[str]:
    """The people whose charges the vault names among those that go, and of whom the lake has none any more: a vault that is named later
    than its lake was sealed tells alone who they were."""
    named = vault.read(CHARGE_IDENTITY.name).join(
        F.broadcast(going.ids("charge_id")), "charge_id", "left_semi"
    )
    left = going.lake.read("charge").select("subject_id")
    people = named.select("subject_id").join(left, "subject_id", "left_anti").distinct()
    return sorted(row["subject_id"] for row in people.collect())
