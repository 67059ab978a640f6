"""What seals say, for every engine: which charges are gone, under what, and which versions of tables can no longer be read as they were."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Seal = Mapping[str, Any]
"""A row of `seal`, nested rows as mappings."""

# A version of these is told from their rows alone: each is committed by a row of `delivery` or `run`. `settlement` has positions.
BY_POSITION = "settlement"
SEALING = "_sealing.json"
"""The file beside the tables that is there while charges are being sealed."""


def mark_of(charge_id: str) -> str:
    """By what a sealed charge is known when it comes again."""
    return hashlib.sha256(charge_id.encode()).hexdigest()


def marked_by(seals: Iterable[Seal]) -> dict[str, Seal]:
    """The seal of each mark."""
    return {mark: seal for seal in seals for mark in seal["marks"]}


def is_purged(seals: Iterable[Seal], table: str, version: int) -> bool:
    """Whether a seal took files of this version of a table away, so that the newest version has all of its rows that are left."""
    return any(
        each["table_name"] == table and version <= each["version"]
        for seal in seals
        for each in seal["tables"]
    )


def unknown_to(run: Mapping[str, Any], seals: Iterable[Seal]) -> list[Seal]:
    """The seals that were put on after a run had read its records."""
    known = {each["seal_id"] for each in run["seals"]}
    return [seal for seal in seals if seal["seal_id"] not in known]


def in_words(seals: Sequence[Seal]) -> str:
    """When and under what was sealed."""
    said = (f"sealed on {seal['sealed_on']} under {seal['under']}" for seal in seals)
    return ", ".join(dict.fromkeys(said))
