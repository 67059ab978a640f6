"""The rows of `clear_record.law.person` that a told person has: one for each record, and one for each other count that a key tells.

tests/vignettes/vignette-facts.md says what each key means, and what its absence does.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from clear_record.law.dates import DateInterval
from clear_record.law.offenses import Offense, find_in_comment, is_see_comment, parse_entry, parse_offense
from clear_record.law.person import blank_row
from clear_record.law.told import AT_ANY_TIME, KEY_OF_FACT, OPEN, Quantity, Told
from clear_record.law.vocabulary import FACTS, Absence, Entry, Type

OUNCE_G = 28.349523125
_IN_OUNCES = {"g": 1 / OUNCE_G, "oz": 1.0, "lb": 16.0}
_QUANTITIES = ("qty_raw", "qty_g", "qty_oz", "qty_lb")
_DAYS_OF_YEAR, _MONTHS_OF_YEAR = 365, 12

_CONVICTIONS = ("conviction", "adjudication")
_CONVICTED = ("convicted", "adjudicated")
_UNDISPOSED = ("undisposed", "pending", "none")
_ENDED_OTHERWISE = ("diverted", "released")
# What counts of one case have in common.
_OF_CASE = ("state", "county", "arrest_date", "charge_date")
# Told of a count of which is known only that it is for none of the offenses asked about.
_ANOTHER_OFFENSE = "another_offense"


def columns_of_person(subject: Told, history: Sequence[Told], as_of: date) -> dict[str, Any]:
    """What each row says of the person; a history can tell of a registration."""
    until_now = DateInterval(None, as_of)
    registered = [subject.event("registered_date"), subject.happened("registrant", until_now)]
    registered += [each.event("event_date") for each in history if each.get("kind") == "registration"]
    registered += [each.happened("registration", each.date("conviction_date")) for each in history]
    deceased = subject.event("deceased_date")
    columns = {
        **_ends("birth", subject.date("dob")),
        **_ends("deceased", deceased if deceased != OPEN else subject.happened("deceased", until_now)),
        **_ends("registered", _first_of(registered)),
        "is_held": bool(subject.get("is_held")),
    }
    for fact in FACTS:
        if fact.is_of_person:
            columns |= _columns_of_fact(fact, subject, subject.get(_key(fact)))
    if subject.get("pending_charges") is None:
        # Only the silence of a source that was loaded tells that there is none.
        columns["fact_has_pending_charge_is_absent"] = subject.get("pending_source") == "loaded" or None
    return columns


def records_with_others(records: Sequence[tuple[str, Told]]) -> list[tuple[str, Told]]:
    """The records, by id, and those that their keys tell of: the other counts of a case, the other offenses of an arrest."""
    found = list(records)
    for id, record in records:
        of_case = [each for other, each in found if _case(other, each) == _case(id, record)]
        others = [
            *_other_counts(record, of_case, _case(id, record), _cycle(id, record)),
            *_same_arrest(record, _cycle(id, record)),
        ]
        found += [(f"{id}/{number}", other) for number, other in enumerate(others, 1)]
    return found


def row_of(id: str, record: Told, state: str, as_of: date) -> dict[str, Any]:
    """The row of a record, without its person; `state` is that of a record that says none."""
    until_now = DateInterval(None, as_of)
    kind = record.get("kind") or "conviction"
    state = record.get("state") or state
    convicted = record.date("conviction_date")
    if convicted == OPEN and kind in _CONVICTIONS:
        convicted = until_now
    relieved = record.event("set_aside_date")
    reduced = record.event("reduced_17b")
    dismissed = _dismissed(record, until_now)
    disposed = _first_of([convicted, dismissed, record.event("final_disposition_date")])
    if disposed == OPEN and _outcome(record):
        disposed = until_now
    return {
        **blank_row(),
        "subject_id": "person",
        "charge_id": id,
        "case_id": _case(id, record),
        "cycle_id": _cycle(id, record),
        "kind": kind,
        "state": state,
        "county": record.get("county"),
        **_offense(record, state),
        "grade": record.get("level"),
        "grade_is_in_conflict": False,
        "grade_raw": record.get("level"),
        "grade_after": None if reduced == OPEN else "M",
        **_ends("offense", _offense_date(record, convicted)),
        "offense_date_is_derived": record.get("offense_date") is None,
        **_ends("arrest", record.date("arrest_date")),
        **_ends("charged", record.date("charge_date")),
        **_ends("convicted", convicted),
        **_ends("disposed", disposed),
        **_ends("dismissed", dismissed),
        **_ends("set_aside", until_now if record.get("relieved") and relieved == OPEN else relieved),
        "set_aside_under": record.get("relieved"),
        **_ends("reduced", reduced),
        **_sentenced(record, as_of),
        "is_understood": record.get("is_understood") is not False,
        **_facts(record),
    }


def _case(id: str, record: Told) -> str:
    return str(record.get("case") or id)


def _cycle(id: str, record: Told) -> str:
    return str(record.get("cycle") or id)


# ---- other counts


def _other_counts(record: Told, of_case: Sequence[Told], case: str, cycle: str) -> Iterator[Told]:
    """The counts that the keys of a record tell of beside those `of_case` that are told as records."""
    left = list(record.get("case_counts") or [])
    for each in of_case:
        same = [count for count in left if _is_told_as(each, count)]
        # Of several counts of its section, the one of its grade.
        same.sort(key=lambda count: count.get("level") != each.get("level"))
        if same:
            left.remove(same[0])
    place = {"case": case, "cycle": cycle}
    counts = [
        record.like(
            _OF_CASE, **place, section_raw=count.get("section_raw"), level=count.get("level"),
            **_ended(count, record),
        )
        for count in left
    ]  # fmt: skip
    yield from counts
    if record.is_null("undisposed_counts"):
        yield record.like(_OF_CASE, **place, kind="charge", final_disposition_date=AT_ANY_TIME)
    undisposed = sum(_is_undisposed(each) for each in (*of_case, *counts))
    for _ in range(int(record.get("undisposed_counts") or 0) - undisposed):
        yield record.like(_OF_CASE, **place, kind="charge")
    if "case_only_cannabis" in record.given and not record.get("case_only_cannabis") and not counts:
        is_another = record.get("case_only_cannabis") is False
        yield record.like(
            _OF_CASE, **place, kind="charge", charge_outcome=None, **{_ANOTHER_OFFENSE: is_another},
            final_disposition_date=_disposed_with(record),
        )  # fmt: skip


def _is_told_as(record: Told, count: Told) -> bool:
    printed = record.get("section_raw") or record.get("offense")
    return printed is not None and printed == count.get("section_raw")


def _ended(count: Told, record: Told) -> dict[str, Any]:
    """What is told of how a count ended; a conviction is of the day of the record's own."""
    outcome = count.get("outcome")
    if outcome is None:
        return {
            "kind": "conviction",
            "conviction_date": AT_ANY_TIME,
            "dismissed_date": AT_ANY_TIME,
            "charge_outcome": None,
        }
    if outcome in _CONVICTED:
        is_adjudicated = record.get("kind") == "adjudication" or outcome == "adjudicated"
        return {
            "kind": "adjudication" if is_adjudicated else "conviction",
            "conviction_date": record.get("conviction_date"),
        }
    return {"kind": "charge"} if outcome in _UNDISPOSED else {"kind": "charge", "charge_outcome": outcome}


def _is_undisposed(record: Told) -> bool:
    keys = ("charge_outcome", "dismissed_date", "final_disposition_date")
    return record.get("kind") == "charge" and not any(key in record.given for key in keys)


def _disposed_with(record: Told) -> DateInterval:
    return record.get("final_disposition_date") or record.get("conviction_date") or AT_ANY_TIME


def _same_arrest(record: Told, cycle: str) -> Iterator[Told]:
    """The other offenses of an arrest, each an arrest of its own in the same cycle."""
    for printed in record.get("same_arrest") or []:
        yield record.like(("state", "county", "arrest_date"), kind="arrest", cycle=cycle, section_raw=printed)


# ---- one record


def _offense(record: Told, state: str) -> dict[str, Any]:
    printed = record.get("section_raw")
    if record.get(_ANOTHER_OFFENSE):
        # It stands in no list: no entry of one has an empty code.
        offense: Offense | None = Offense("", "", "", False, False, "", readable=True)
    elif record.get("offense") is not None:
        entry = parse_entry(record.get("offense"))
        offense = Offense(
            entry.code, entry.first, entry.subdivisions, entry.attempts, entry.conspiracies, "", readable=True
        )
    else:
        offense = _printed(printed, record.get("comment"), state)
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


def _printed(printed: str | None, comment: str | None, state: str) -> Offense | None:
    """The offense as printed, or in the comment that California's print points to, if that names exactly one."""
    if state != "CA" or comment is None or not (printed is None or is_see_comment(printed)):
        return parse_offense(printed, state)
    named = find_in_comment(comment)
    return named[0] if len(named) == 1 else None


def _offense_date(record: Told, convicted: DateInterval) -> DateInterval:
    """An offense came before its arrest, its charge and its conviction."""
    offense = record.date("offense_date")
    if offense.latest is not None:
        return offense
    later = [record.date("arrest_date").latest, record.date("charge_date").latest, convicted.latest]
    return DateInterval(None, min((day for day in later if day is not None), default=None))


def _outcome(record: Told) -> str | None:
    """How a charge ended without a conviction; None where it did not, or that is not recorded."""
    said = record.get("charge_outcome") or record.get("disposition")
    return None if said in (*_CONVICTED, *_UNDISPOSED) else said


def _dismissed(record: Told, until_now: DateInterval) -> DateInterval:
    if record.is_null("charge_outcome"):
        return AT_ANY_TIME
    if "dismissed_date" in record.given or _outcome(record) in (None, *_ENDED_OTHERWISE):
        return record.event("dismissed_date")
    return record.get("final_disposition_date") or until_now


def _sentenced(record: Told, as_of: date) -> dict[str, Any]:
    parts: list[Told] = record.get("sentence") or []
    kinds = {part.get("type") for part in parts}
    ends = record.date("sentence_end")
    if ends == OPEN and record.get("sentence_complete") is not None:
        ends = _completed(record.get("sentence_complete"), as_of)
    elif ends == OPEN:
        ends = _end_of(parts, as_of)
    convicted = record.date("conviction_date")
    revoked = [part.happened("revoked", DateInterval(convicted.earliest, as_of)) for part in parts]
    return {
        **_ends("sentence_ends", ends),
        **{
            f"sentence_has_{kind}": True if kind in kinds else None if None in kinds or not parts else False
            for kind in ("prison", "jail", "probation")
        },
        "sentence_parts_count": len(parts) or None,
        **_ends("supervision_ends", _end_of([p for p in parts if p.get("type") == "probation"], as_of)),
        **_ends("supervision_revoked", _first_of(revoked)),
    }


def _completed(is_complete: bool | None, as_of: date) -> DateInterval:
    if is_complete is None:
        return OPEN
    return DateInterval(None, as_of) if is_complete else DateInterval(as_of + timedelta(days=1), None)


def _end_of(parts: Sequence[Told], as_of: date) -> DateInterval:
    """The end of the last of the parts of a sentence."""
    ends = [part.get("complete_date") or _completed(part.get("complete"), as_of) for part in parts]
    latest = [end.latest for end in ends]
    return DateInterval(
        max((end.earliest for end in ends if end.earliest is not None), default=None),
        None if None in latest else max((day for day in latest if day is not None), default=None),
    )


# ---- facts


def _key(fact: Entry) -> str:
    return KEY_OF_FACT.get(fact.short_name, fact.short_name)


def _facts(record: Told) -> dict[str, Any]:
    """The facts of a charge; of an event or a flag an absent key is none, in a loaded source."""
    derived: Mapping[str, Any] = {
        **_quantity(record),
        **_max_penalty(record),
        "sentence_years": _sentence_years(record),
        "charge_outcome": _outcome(record),
    }
    columns: dict[str, Any] = {}
    for fact in FACTS:
        if not fact.is_of_person:
            value = derived.get(fact.short_name, record.get(_key(fact)))
            columns |= _columns_of_fact(fact, record, value)
    return columns


def _columns_of_fact(fact: Entry, told: Told, value: Any) -> dict[str, Any]:
    is_null = told.is_null(_key(fact)) and fact.short_name != "relief_requested_on"
    if fact.type is Type.DATE:
        is_open = is_null and fact.absence is Absence.NONE
        day = AT_ANY_TIME if is_open else value or OPEN
        return dict(zip(fact.columns, (day.earliest, day.latest), strict=True))
    columns = {fact.columns[0]: value}
    if fact.absence is Absence.NONE:
        columns[fact.columns[1]] = None if is_null else value is None
    return columns


def _quantity(record: Told) -> dict[str, float | None]:
    told: list[Quantity] = [record.get(key) for key in _QUANTITIES if record.get(key) is not None]
    if not told:
        return {"cannabis_g": None, "cannabis_oz": None}
    amount, unit = told[-1]
    ounces = amount * _IN_OUNCES[unit]
    return {"cannabis_g": amount if unit == "g" else ounces * OUNCE_G, "cannabis_oz": ounces}


def _max_penalty(record: Told) -> dict[str, float | None]:
    years, days = record.get("max_penalty_years"), record.get("max_penalty_days")
    return {
        "max_penalty_years": years if years is not None or days is None else days / _DAYS_OF_YEAR,
        "max_penalty_days": days if days is not None or years is None else years * _DAYS_OF_YEAR,
    }


def _sentence_years(record: Told) -> float | None:
    """The imposed length of all parts but fines; None where that of one is not recorded."""
    if record.get("sentence_years") is not None:
        return float(record.get("sentence_years"))
    parts = [part for part in record.get("sentence") or [] if part.get("type") != "fine"]
    lengths = [(part.get("months"), part.get("days")) for part in parts]
    if not lengths or (None, None) in lengths:
        return None
    return float(
        sum((months or 0) / _MONTHS_OF_YEAR + (days or 0) / _DAYS_OF_YEAR for months, days in lengths)
    )


# ---- days


def _first_of(events: Sequence[DateInterval]) -> DateInterval:
    """The first of the events that are not absent."""
    happened = [each for each in events if each != OPEN]
    earliest = [event.earliest for event in happened]
    latest = [event.latest for event in happened if event.latest is not None]
    return DateInterval(
        None if None in earliest else min((day for day in earliest if day is not None), default=None),
        min(latest, default=None),
    )


def _ends(name: str, interval: DateInterval) -> dict[str, date | None]:
    return {f"{name}_earliest": interval.earliest, f"{name}_latest": interval.latest}
