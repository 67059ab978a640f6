"""Vignettes: one person a row of a CSV file, told in few facts, with the answer that the law gives.

`person_of` is the one way from such facts to the rows that the evaluators read; the cases of packs go it too.
tests/vignettes/vignette-facts.md says what each key means, and what its absence does.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from clear_record.errors import InputRefused
from clear_record.law.told import RECORD, SUBJECT, Told, as_given, read_day
from clear_record.law.told_rows import columns_of_person, records_with_others, row_of
from clear_record.law.vocabulary import FACTS

COLUMNS = (
    "id",
    "jurisdiction",
    "rule",
    "as_of",
    "facts_json",
    "expected_decision",
    "expected_remedy",
    "confidence",
)
TARGET = "target"
_PENDING = "pending_charge"


@dataclass(frozen=True, slots=True)
class Person:
    """A person's rows, the charge to decide, and the kinds of records that were loaded."""

    rows: tuple[Mapping[str, Any], ...]
    charge_id: str
    covered: frozenset[str]


@dataclass(frozen=True, slots=True)
class Vignette:
    """A row of a file of vignettes."""

    id: str
    rule: str
    as_of: date
    person: Person
    expected_outcome: str
    expected_remedy: str
    confidence: str


def read_vignettes(path: Path) -> list[Vignette]:
    """The vignettes of a CSV file. Raises InputRefused with line, key and what was expected."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputRefused(f"[{path}] cannot be read as a CSV file in UTF-8") from error
    if not rows or (lacking := [name for name in COLUMNS if rows[0].get(name) is None]):
        raise InputRefused(
            f"[{path}] is no file of vignettes: it lacks {', '.join(lacking) if rows else 'rows'}"
        )
    return [_vignette(row, f"{path}: vignette [{row['id']}]") for row in rows]


def _vignette(row: Mapping[str, str], place: str) -> Vignette:
    try:
        facts = json.loads(row["facts_json"])
    except json.JSONDecodeError as error:
        raise InputRefused(f"{place}: facts_json is not JSON") from error
    as_of = read_day(row["as_of"], place, "as_of").earliest
    if as_of is None or not isinstance(facts, dict):
        raise InputRefused(f"{place}: a day in as_of and an object in facts_json were expected")
    return Vignette(
        id=row["id"],
        rule=row["rule"],
        as_of=as_of,
        person=person_of(facts, row["jurisdiction"], as_of, place),
        expected_outcome=row["expected_decision"],
        expected_remedy=row["expected_remedy"],
        confidence=row["confidence"],
    )


def person_of(facts: Mapping[str, Any], state: str, as_of: date, place: str) -> Person:
    """The rows of a person told as `subject`, `target` and `history`; `place` stands in messages.

    Every source is taken as loaded, but for pending charges, which say so. Raises InputRefused for an unknown key or value.
    """
    told = Told(facts, dict.fromkeys(("subject", TARGET, "history"), as_given), place)
    subject = Told(told.get("subject"), SUBJECT, f"{place}: subject")
    target = Told(told.get(TARGET), RECORD, f"{place}: {TARGET}")
    history = [
        Told(each, RECORD, f"{place}: history {position}")
        for position, each in enumerate(told.get("history") or [], 1)
    ]
    charge_id = target.get("id") or TARGET
    records = [(charge_id, target)]
    records += [
        (each.get("id") or f"{charge_id}-{position}", each)
        for position, each in enumerate(history, 1)
        if each.get("kind") != "registration"
    ]
    of_person = columns_of_person(subject, history, as_of)
    rows = tuple(
        {**row_of(id, record, state, as_of), **of_person} for id, record in records_with_others(records)
    )
    return Person(rows, charge_id, _covered(subject))


def _covered(subject: Told) -> frozenset[str]:
    kinds = {"charge", "disposition", "sentence", "supervision", "registration"}
    kinds |= {str(fact.coverage) for fact in FACTS}
    is_loaded = subject.get("pending_source") == "loaded" or subject.get("pending_charges") is not None
    return frozenset(kinds if is_loaded else kinds - {_PENDING})
