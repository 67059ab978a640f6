"""Facts that a reviewer settles from the file ("the quantity was 20 g, see file"): checked, and kept as input of later runs.

A decision is never edited: it missed a fact, the fact is settled, and the law decides in the next run. A file of settlements is CSV with
the columns charge_id, name (a `fact.` name of the vocabulary), value (`none`: there was none), unit, and reference (where the file says so).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult

from clear_record.audit.assigned import OfficesOf, assignments_of
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.lake_writes import append, next_position
from clear_record.audit.records import RunRecords, is_one_of
from clear_record.audit.review.reasons import missing_facts
from clear_record.audit.review.review import check_name
from clear_record.audit.review.sheet import read_csv
from clear_record.errors import InputRefused
from clear_record.law.told import read_day
from clear_record.law.vocabulary import FACTS, Absence, Entry, Type
from clear_record.settlements import completed
from clear_record.signing import SigningKey
from clear_record.tables import SETTLEMENT

COLUMNS = ("charge_id", "name", "value", "unit", "reference")
LONGEST_TEXT = 500
_NONE = "none"
_OF_CHARGES = {entry.name: entry for entry in FACTS if not entry.is_of_person}


@dataclass(frozen=True, slots=True)
class Settled:
    """What a file settled for decisions of a run: facts written now, and those that were the last word already."""

    run_id: str
    written_count: int
    known_count: int
    key_id: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "run_id": self.run_id,
            "written": self.written_count,
            "known": self.known_count,
            "key_id": self.key_id,
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        facts = "fact" if self.written_count == 1 else "facts"
        known = f" ({self.known_count:,} settled so before)" if self.known_count else ""
        yield f"{self.written_count:,} {facts} settled for decisions of run {self.run_id}{known}"
        if self.written_count:
            yield "The next run of decide reads them, and the law decides."


def settle(
    lake: LakeFiles, path: Path, by: str, on: date, run_id: str = "latest", key: SigningKey | None = None
) -> Settled:
    """Check a file of settlements against a run whose decisions missed these facts, and keep them, signed with `key`.

    Raises InputRefused with row and column; nothing is written then.
    """
    check_name(by)
    run = lake.run(run_id)
    rows, _ = read_csv(path)
    if set(rows[0][1]) != set(COLUMNS):
        raise InputRefused(f"{path}: row 1: the columns are not {', '.join(COLUMNS)}")
    there = lake.all_rows("settlement") if lake.has("settlement") else []
    last = {(row["charge_id"], row["name"]): row for row in sorted(there, key=lambda row: row["position"])}
    charges = _charges(lake, run, {row["charge_id"].strip() for _, row in rows}, last)
    common = {"settled_by": by, "settled_on": on, "run_id": run["run_id"]}
    settled: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in rows:
        said = _checked(row, charges, f"{path}: row {number}")
        if (said["charge_id"], said["name"]) in settled:
            raise InputRefused(f"{path}: row {number}, column name: the fact stands here a second time")
        settled[said["charge_id"], said["name"]] = {**said, **common}
    new = [said for of, said in settled.items() if not _is_known(said, last.get(of), key)]
    if new:
        position = next_position(lake, SETTLEMENT, there)
        story = {"job": "settle", "run_id": run["run_id"], "settlements": len(new)}
        complete = [completed({**said, "position": position}, key) for said in new]
        append(lake, SETTLEMENT, complete, write_id=f"settlement/{position}", story=story)
    return Settled(run["run_id"], len(new), len(settled) - len(new), key.id if key else None)


def _is_known(said: Mapping[str, Any], last: Mapping[str, Any] | None, key: SigningKey | None) -> bool:
    """Whether the last settlement of the fact says the same, under the key if one is given."""
    if last is None or (key is not None and last["key_id"] != key.id):
        return False
    return all(last[name] == value for name, value in said.items())


@dataclass(frozen=True, slots=True)
class _Charge:
    """A charge of a run: its person, and the facts that may be settled: those that decisions missed, or that were settled before."""

    subject_id: str
    facts: frozenset[str]


def _charges(
    lake: LakeFiles, run: Mapping[str, Any], charge_ids: set[str], settled: Iterable[tuple[str, str]]
) -> dict[str, _Charge]:
    """These charges, by their ids; those that the run did not read are not there."""
    packs = {each.name: each.assignments[0].pack for each in OfficesOf.of(assignments_of(lake, run))}
    ids = is_one_of("charge_id", charge_ids)
    people = {row["charge_id"]: row["subject_id"] for row in RunRecords(lake, run).rows("charge", ids)}
    facts: dict[str, set[str]] = {charge_id: set() for charge_id in people}
    with lake.reading("decision"):
        decisions = lake.decisions(run).filter(ids)
        missing = decisions.filter("missing IS NOT NULL").select("charge_id, pack, missing")
        for charge_id, pack, bits in missing.fetchall():
            facts[charge_id] |= set(missing_facts(packs[pack], bits))
    for charge_id, name in settled:
        if charge_id in facts:
            facts[charge_id].add(f"fact.{name}")
    return {id: _Charge(subject_id, frozenset(facts[id])) for id, subject_id in people.items()}


def _checked(row: Mapping[str, str], charges: Mapping[str, _Charge], place: str) -> dict[str, Any]:
    """What a row says, in the columns of `settlement`."""
    charge_id, name, value, unit, reference = (row[column].strip() for column in COLUMNS)
    charge = charges.get(charge_id)
    if charge is None:
        raise InputRefused(f"{place}, column charge_id: the run read no charge [{charge_id}]")
    entry = _OF_CHARGES.get(name)
    if entry is None:
        nearest = get_close_matches(name, _OF_CHARGES, n=1, cutoff=0.0)
        raise InputRefused(
            f"{place}, column name: [{name}] is no fact of a charge; the nearest is [{nearest[0]}]"
        )
    if name not in charge.facts:
        facts = ", ".join(sorted(charge.facts & _OF_CHARGES.keys())) or "no fact"
        raise InputRefused(f"{place}, column name: the decisions of the charge miss {facts}, not [{name}]")
    settled = _value(entry, value, f"{place}, column value")
    expected = "" if settled is None else entry.unit or ""
    if unit != expected:
        raise InputRefused(
            f"{place}, column unit: [{unit}] where "
            + (f"[{expected}] was expected: convert the value" if expected else "there is none")
        )
    if not reference or len(reference) > LONGEST_TEXT:
        raise InputRefused(
            f"{place}, column reference: where the file says so was expected, in up to {LONGEST_TEXT} characters"
        )
    return {
        "charge_id": charge_id,
        "subject_id": charge.subject_id,
        "name": entry.short_name,
        "value": settled,
        "unit": unit or None,
        "reference": reference,
    }


def _value(entry: Entry, value: str, place: str) -> str | None:
    """The value in the form that `fact` has; None where there was none."""
    if value.lower() == _NONE:
        if entry.absence is Absence.NONE:
            return None
        raise InputRefused(f"{place}: [{entry.name}] is of every such charge, and cannot be none")
    match entry.type:
        case Type.NUMBER:
            return _number(value, place)
        case Type.BOOLEAN:
            if value.lower() in ("true", "false"):
                return value.lower()
            raise InputRefused(f"{place}: it is neither true nor false")
        case Type.DATE:
            day = read_day(value, place, entry.name)
            return f"{day.earliest}" if day.is_exact else f"{day.earliest}..{day.latest}"
    if value and len(value) <= LONGEST_TEXT and value.isprintable():
        return value
    raise InputRefused(f"{place}: a code was expected, as the packs write it")


def _number(value: str, place: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise InputRefused(f"{place}: a number was expected, as 20 or 28.5")
    return value
