"""The smallest packs and charges, to which a test adds only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from clear_record.law.pack import Pack
from clear_record.law.pack_reader import pack_of
from clear_record.law.person import blank_row
from tests.random_packs import as_yaml

_SAID = {"says": "s", "cite": "c", "evidence": "C"}
_UNKNOWN_OFFENSES = {
    "says": "s",
    "cite": "c",
    "evidence": "C",
    "possible": ["HS 11358"],
}

ALWAYS: Sequence[Mapping[str, Any]] = ({"otherwise": "true", "gives": "seal"},)
OPEN_LAW = {"open_law": _UNKNOWN_OFFENSES}
"""A list of HS 11358, of which it is open whether the law means it."""


def small_law(
    criteria: Mapping[str, Mapping[str, Any]] | None = None,
    remedies: Sequence[Mapping[str, Any]] = ALWAYS,
    parameters: Mapping[str, Any] | None = None,
    offenses: Mapping[str, Any] | None = None,
    scope: str = "true",
    first: Mapping[str, str] | None = None,
    **parts: Any,
) -> Pack:
    """A pack that gives `seal` to all in scope, with these criteria by id; `parts` stand in pack.yaml, `first` in its first criterion."""
    given = {each for row in remedies for each in (row["gives"], row.get("if_serving"))}
    asked = {"record_is_complete": first or {"test": "true"}, **(criteria or {})}
    content = {
        "pack": "us_zz/small",
        "title": "A small law",
        "layer": "statute",
        "status": "draft",
        "in_force": {"from": "1990-01-01"},
        "authority": {"cite": "c", "evidence": "C"},
        "scope": {"says": "s", "cite": "c", "test": scope},
        "criteria": [{"id": id, **_SAID, **each} for id, each in asked.items()],
        "ladder": [each for each in ("seal",) if each in given],
        "remedies": list(remedies),
    }
    files = {"pack": content | parts, "parameters": parameters, "offenses": offenses}
    return pack_of({f"{name}.yaml": as_yaml(each) for name, each in files.items() if each is not None})


def charge(charge_id: str = "A", **columns: Any) -> dict[str, Any]:
    """A conviction of one person, with `covered`; a column that ends in `_on` is a day, for both of its ends."""
    row = {
        **blank_row(),
        "subject_id": "P",
        "charge_id": charge_id,
        "case_id": "case",
        "cycle_id": "cycle",
        "kind": "conviction",
        "state": "CA",
        "county": "YOLO",
        "is_understood": True,
        "is_held": False,
        "covered": (),
    }
    for name, value in columns.items():
        ends = [f"{name.removesuffix('_on')}_{end}" for end in ("earliest", "latest")]
        changed = dict.fromkeys(ends, value) if name.endswith("_on") else {name: value}
        assert changed.keys() <= row.keys(), name
        row |= changed
    return row


def offense(section: str) -> dict[str, Any]:
    """The columns of an offense of the Health and Safety Code that was read with certainty."""
    return {
        "offense_code": "HS",
        "offense_section": section,
        "offense_subdivisions": "",
        "offense_attempt": False,
        "offense_conspiracy": False,
        "offense_is_readable": True,
    }


AS_OF = date(2020, 7, 1)
