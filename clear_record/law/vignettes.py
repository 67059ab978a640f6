"""Vignettes: one person a row of a CSV file, told in few facts, with the answer that the law gives.

`person_of` is the one way from such facts to the rows that the evaluators read; the cases of packs go it too.
tests/vignettes/vignette-facts.md says what each key means, and what its absence does.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from clear_record.errors import InputRefused
from clear_record.law.dates import DateInterval
from clear_record.law.offenses import Offense, parse_california, parse_entry
from clear_record.law.person import blank_row
from clear_record.law.vocabulary import FACTS, Absence

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

GRAMS = {"g": 1.0, "oz": 28.3495, "lb": 453.592}
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(G|OZ|LB)S?\.?", re.IGNORECASE)
_DAY = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")
# What a key says that is given as null, or in a case as this word.
_UNKNOWN = "unknown"
_READERS: Mapping[str, Callable[[str | None], Offense | None]] = {"CA": parse_california}
_OPEN = DateInterval()


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
    as_of = _day(row["as_of"], place, "as_of").earliest
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
    told = _Told(facts, dict.fromkeys(("subject", TARGET, "history"), _as_given), place)
    subject = _Told(told.get("subject"), _SUBJECT, f"{place}: subject")
    target = _Told(told.get(TARGET), _RECORD, f"{place}: {TARGET}")
    history = [
        _Told(each, _RECORD, f"{place}: history {position}")
        for position, each in enumerate(told.get("history") or [], 1)
    ]
    of_person = _of_person(subject, history, as_of)
    charge_id = target.get("id") or TARGET
    records = [(charge_id, target)]
    records += [
        (each.get("id") or f"{charge_id}-{position}", each)
        for position, each in enumerate(history, 1)
        if each.get("kind") != "registration"
    ]
    rows = tuple({**_row(id, record, state, as_of), **of_person} for id, record in records)
    return Person(rows, charge_id, _covered(subject))


class _Told:
    """What is told of a subject or a record: its keys checked, its values converted."""

    def __init__(self, given: Any, keys: Mapping[str, Callable[[Any, str, str], Any]], place: str) -> None:
        given = {} if given is None else given
        if not isinstance(given, Mapping):
            raise InputRefused(f"{place}: keys and their values were expected")
        for key in given:
            if key not in keys:
                nearest = get_close_matches(str(key), keys, n=1, cutoff=0.5)
                hint = f"; did you mean [{nearest[0]}]?" if nearest else ""
                raise InputRefused(f"{place}: [{key}] is not a known key{hint}")
        self.place = place
        self.given = {
            key: None if value is None or value == _UNKNOWN else keys[key](value, place, key)
            for key, value in given.items()
        }

    def get(self, key: str) -> Any:
        """The value; None where it is not recorded."""
        return self.given.get(key)

    def date(self, key: str) -> DateInterval:
        """The date of an attribute."""
        return self.given.get(key) or _OPEN

    def event(self, key: str) -> DateInterval:
        """The date of an event, which is absent if its key is, and may have been at any time if that is not recorded."""
        return self.given.get(key) or (_AT_ANY_TIME if key in self.given else _OPEN)

    def happened(self, key: str, between: DateInterval) -> DateInterval:
        """An event of which is only told whether it happened."""
        return _OPEN if self.given.get(key, False) is False else between if self.given[key] else _AT_ANY_TIME


# Absent or not, and when: all is open.
_AT_ANY_TIME = DateInterval(date.min, None)


# ---- values


def _as_given(value: Any, place: str, key: str) -> Any:
    del place, key
    return value


def _text(value: Any, place: str, key: str) -> str:
    if not isinstance(value, str):
        raise InputRefused(f"{place}: [{key}] is not a text")
    return value


def _truth(value: Any, place: str, key: str) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise InputRefused(f"{place}: [{key}] is neither true nor false")


def _number(value: Any, place: str, key: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise InputRefused(f"{place}: [{key}] is not a number") from error


def _day(value: Any, place: str, key: str) -> DateInterval:
    """A day, a month, a year, or two of them with `..` between."""
    first, _, last = value.partition("..") if isinstance(value, str) else ("", "", "")
    try:
        return DateInterval(_printed(first).earliest, _printed(last or first).latest)
    except ValueError as error:
        raise InputRefused(f"{place}: [{key}] is no date: write it as 2016-11-09, 2016-11 or 2016") from error


def _printed(text: str) -> DateInterval:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    if month is None:
        return DateInterval.of_year(year)
    return DateInterval.of_month(year, month) if day is None else DateInterval.of_day(date(year, month, day))


def _quantity(value: Any, place: str, key: str) -> float | None:
    """Grams of a printed quantity; None where it cannot be read. The measurement is converted, never the limit."""
    found = _QUANTITY.fullmatch(_text(value, place, key).strip())
    return None if found is None else float(found[1]) * GRAMS[found[2].lower()]


def _sentence(value: Any, place: str, key: str) -> list[_Told]:
    parts = value if isinstance(value, list) else [value]
    return [_Told(part, _SENTENCE_PART, f"{place}: {key}") for part in parts]


def _counts(value: Any, place: str, key: str) -> list[_Told]:
    return [
        _Told(count, dict.fromkeys(("section_raw", "level", "outcome"), _text), f"{place}: {key}")
        for count in value
    ]


# Keys of tests/vignettes/vignette-facts.md. Those that no name of the vocabulary stands for yet are read and left.
_SUBJECT: Mapping[str, Callable[[Any, str, str], Any]] = {
    "dob": _day,
    "deceased": _truth,
    "registrant": _truth,
    "pending_charges": _truth,
    "pending_source": _text,
    "supervision_active": _truth,
    "granted_felony_set_asides": _number,
    # Only in cases of packs:
    "deceased_date": _day,
    "registered_date": _day,
    "is_held": _truth,
}
_SENTENCE_PART: Mapping[str, Callable[[Any, str, str], Any]] = {
    "type": _text,
    "days": _number,
    "months": _number,
    "complete": _truth,
    "revoked": _truth,
    "complete_date": _day,
}
_RECORD: Mapping[str, Callable[[Any, str, str], Any]] = {
    **dict.fromkeys(
        ("id", "kind", "state", "section_raw", "comment", "level", "charge_outcome", "disposition"), _text
    ),
    **dict.fromkeys(("conduct", "substance", "env_violation", "case", "relieved"), _text),
    **dict.fromkeys(("offense_date", "arrest_date", "charge_date", "conviction_date", "sentence_date"), _day),
    **dict.fromkeys(
        ("release_date", "release_supervision_date", "discharge_date", "final_disposition_date"), _day
    ),
    **dict.fromkeys(
        ("last_activity", "event_date", "sentence_end", "prohibition_order", "reduced_17b"), _day
    ),
    "request_form": _day,
    **dict.fromkeys(
        ("proceedings", "sentence_complete", "restitution_ordered", "restitution_paid", "fines_paid"), _truth
    ),
    **dict.fromkeys(
        ("knew", "knew_minor", "case_only_cannabis", "active_warrant", "family_violence", "vra"), _truth
    ),
    "registration": _truth,
    **dict.fromkeys(
        ("qty_g", "qty_oz", "qty_lb", "conc_g", "plants", "sentence_years", "undisposed_counts"), _number
    ),
    **dict.fromkeys(
        ("buyer_age", "recipient_age", "used_person_age", "max_penalty_days", "max_penalty_years"), _number
    ),
    "qty_raw": _quantity,
    "sentence": _sentence,
    "case_counts": _counts,
    "same_arrest": _as_given,
    # Only in cases of packs. `offense` is one that was certainly read, written as in a list of offenses.
    "offense": _text,
    "county": _text,
    "cycle": _text,
    "set_aside_date": _day,
    "dismissed_date": _day,
    "is_linked": _truth,
}


# ---- rows


def _of_person(subject: _Told, history: Sequence[_Told], as_of: date) -> dict[str, Any]:
    until_now = DateInterval(None, as_of)
    registered = [subject.event("registered_date"), subject.happened("registrant", until_now)]
    registered += [each.event("event_date") for each in history if each.get("kind") == "registration"]
    registered += [each.happened("registration", each.date("conviction_date")) for each in history]
    deceased = subject.event("deceased_date")
    return {
        **_ends("birth", subject.date("dob")),
        **_ends("deceased", deceased if deceased != _OPEN else subject.happened("deceased", until_now)),
        **_ends("registered", _first_of([each for each in registered if each != _OPEN])),
        "is_held": bool(subject.get("is_held")),
    }


def _first_of(events: Sequence[DateInterval]) -> DateInterval:
    if not events:
        return _OPEN
    earliest = [event.earliest for event in events]
    latest = [event.latest for event in events if event.latest is not None]
    return DateInterval(
        None if None in earliest else min(day for day in earliest if day is not None),
        min(latest, default=None),
    )


def _row(id: str, record: _Told, state: str, as_of: date) -> dict[str, Any]:
    until_now = DateInterval(None, as_of)
    kind = record.get("kind") or "conviction"
    state = record.get("state") or state
    convicted = record.date("conviction_date")
    if convicted == _OPEN and kind in ("conviction", "adjudication"):
        convicted = until_now
    disposed = record.event("final_disposition_date")
    relieved = record.event("set_aside_date")
    reduced = record.event("reduced_17b")
    return {
        **blank_row(),
        "subject_id": "person",
        "charge_id": id,
        "case_id": record.get("case") or id,
        "cycle_id": record.get("cycle") or id,
        "kind": kind,
        "state": state,
        "county": record.get("county"),
        **_offense(record, state),
        "grade": record.get("level"),
        "grade_is_in_conflict": False,
        "grade_raw": record.get("level"),
        "grade_after": None if reduced == _OPEN else "M",
        **_ends("offense", _offense_date(record, convicted)),
        "offense_date_is_derived": record.get("offense_date") is None,
        **_ends("arrest", record.date("arrest_date")),
        **_ends("charged", record.date("charge_date")),
        **_ends("convicted", convicted),
        **_ends("disposed", convicted if disposed == _OPEN else disposed),
        **_ends("dismissed", _dismissed(record, until_now)),
        **_ends("set_aside", until_now if record.get("relieved") and relieved == _OPEN else relieved),
        "set_aside_under": record.get("relieved"),
        **_ends("reduced", reduced),
        **_sentenced(record, as_of),
        "is_linked": record.get("is_linked") is not False,
        **dict(_facts(record)),
    }


def _offense(record: _Told, state: str) -> dict[str, Any]:
    printed = record.get("section_raw")
    if record.get("offense") is not None:
        entry = parse_entry(record.get("offense"))
        offense: Offense | None = Offense(
            entry.code, entry.first, entry.subdivisions, entry.attempts, entry.conspiracies, "", readable=True
        )
    elif state in _READERS:
        offense = _READERS[state](printed)
    else:
        offense = None
    if offense is None:
        return {"offense_is_readable": False, "offense_raw": printed}
    return {
        "offense_code": offense.code,
        "offense_section": offense.section,
        "offense_subdivisions": offense.subdivisions,
        "offense_attempt": offense.attempt,
        "offense_conspiracy": offense.conspiracy,
        "offense_is_readable": offense.readable,
        "offense_raw": printed,
    }


def _offense_date(record: _Told, convicted: DateInterval) -> DateInterval:
    """An offense came before its arrest, its charge and its conviction."""
    offense = record.date("offense_date")
    if offense.latest is not None:
        return offense
    later = [record.date("arrest_date").latest, record.date("charge_date").latest, convicted.latest]
    return DateInterval(None, min((day for day in later if day is not None), default=None))


def _dismissed(record: _Told, until_now: DateInterval) -> DateInterval:
    if record.get("charge_outcome") in ("dismissed", "acquitted"):
        disposed = record.date("final_disposition_date")
        return until_now if disposed == _OPEN else disposed
    return record.event("dismissed_date")


def _sentenced(record: _Told, as_of: date) -> dict[str, Any]:
    parts: list[_Told] = record.get("sentence") or []
    kinds = {part.get("type") for part in parts}
    ends = record.date("sentence_end")
    if ends == _OPEN and record.get("sentence_complete"):
        ends = DateInterval(None, as_of)
    elif ends == _OPEN and len(parts) == 1:
        (part,) = parts
        ends = part.date("complete_date")
        if ends == _OPEN and part.get("complete"):
            ends = DateInterval(None, as_of)
    convicted = record.date("conviction_date")
    revoked = [part.happened("revoked", DateInterval(convicted.earliest, as_of)) for part in parts]
    return {
        **_ends("sentence_ends", ends),
        **{
            f"sentence_has_{kind}": kind in kinds if parts else None
            for kind in ("prison", "jail", "probation")
        },
        "sentence_parts_count": len(parts) or None,
        **_ends("supervision_revoked", _first_of([each for each in revoked if each != _OPEN])),
    }


def _facts(record: _Told) -> Iterator[tuple[str, Any]]:
    """The facts of a charge; of an event or a flag an absent key is none, in a loaded source."""
    quantities = [("qty_raw", 1.0), *((f"qty_{unit}", grams) for unit, grams in GRAMS.items())]
    printed = [record.get(key) * grams for key, grams in quantities if record.get(key) is not None]
    told = {"cannabis_g": printed[-1] if printed else None, "concentrate_g": record.get("conc_g")}
    for fact in FACTS:
        yield fact.columns[0], told.get(fact.short_name, record.get(fact.short_name))
        if fact.absence is Absence.NONE:
            is_told = fact.short_name in record.given
            yield (
                fact.columns[1],
                (None if record.get(fact.short_name) is None else False) if is_told else True,
            )


def _covered(subject: _Told) -> frozenset[str]:
    kinds = {
        "charge",
        "disposition",
        "sentence",
        "supervision",
        "registration",
        *(fact.coverage for fact in FACTS),
    }
    is_loaded = subject.get("pending_source") == "loaded" or subject.get("pending_charges") is not None
    return frozenset(kinds | ({"pending_charge"} if is_loaded else set()))


def _ends(name: str, interval: DateInterval) -> dict[str, date | None]:
    return {f"{name}_earliest": interval.earliest, f"{name}_latest": interval.latest}
