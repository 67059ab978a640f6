"""What a vignette or a case tells: its keys checked, its values converted. tests/vignettes/vignette-facts.md says what each means."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from math import isfinite
from typing import Any, NamedTuple

from clear_record.errors import InputRefused
from clear_record.law.dates import DateInterval
from clear_record.law.vocabulary import FACTS, Type

# What a key says that is given as null, or in a case as this word.
_UNKNOWN = "unknown"
_UNITS = ("g", "oz", "lb")
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(G|OZ|LB)S?\.?", re.IGNORECASE)
_DAY = re.compile(r"(?P<year>[0-9]{4})(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?")

OPEN = DateInterval()
# Absent or not, and when: all is open.
AT_ANY_TIME = DateInterval(date.min, None)

Reader = Callable[[Any, str, str], Any]


class Told:
    """What is told of a subject or a record: its keys checked, its values converted."""

    def __init__(self, given: Any, keys: Mapping[str, Reader], place: str) -> None:
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

    def like(self, keys: Iterable[str], **other: Any) -> "Told":
        """Another record of which the same is told under these keys, and what is given here (values, not texts)."""
        told = Told({}, {}, self.place)
        told.given = {**{key: self.given[key] for key in keys if key in self.given}, **other}
        return told

    def get(self, key: str) -> Any:
        """The value; None where it is not recorded."""
        return self.given.get(key)

    def is_null(self, key: str) -> bool:
        """Whether the key is told, and its value not recorded."""
        return key in self.given and self.given[key] is None

    def date(self, key: str) -> DateInterval:
        """The date of an attribute."""
        return self.given.get(key) or OPEN

    def event(self, key: str) -> DateInterval:
        """The date of an event, which is absent if its key is, and may have been at any time if that is not recorded."""
        return AT_ANY_TIME if self.is_null(key) else self.date(key)

    def happened(self, key: str, between: DateInterval) -> DateInterval:
        """An event of which is only told whether it happened."""
        if self.is_null(key):
            return AT_ANY_TIME
        return between if self.get(key) else OPEN


class Quantity(NamedTuple):
    """A measurement as it was told: an amount and its unit (g, oz, lb)."""

    amount: float
    unit: str


# ---- values


def as_given(value: Any, place: str, key: str) -> Any:
    """The value as it stands, for a key whose value is read elsewhere."""
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
    refused = InputRefused(f"{place}: [{key}] is not a number")
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise refused from error
    if not isfinite(number):
        raise refused
    return number


def read_day(value: Any, place: str, key: str) -> DateInterval:
    """A day, a month, a year, or two of them with `..` between. Raises InputRefused for anything else."""
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


def _quantity(value: Any, place: str, key: str) -> Quantity | None:
    """A quantity as printed; None where it cannot be read."""
    found = _QUANTITY.fullmatch(_text(value, place, key).strip())
    return None if found is None else Quantity(float(found[1]), found[2].lower())


def _quantity_in(unit: str) -> Reader:
    return lambda value, place, key: Quantity(_number(value, place, key), unit)


def _source(value: Any, place: str, key: str) -> str:
    if value not in ("loaded", "not_loaded"):
        raise InputRefused(f"{place}: [{key}] is neither loaded nor not_loaded")
    return str(value)


def _listed(value: Any, place: str, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputRefused(f"{place}: [{key}] is not a list")
    return value


def _texts(value: Any, place: str, key: str) -> list[str]:
    return [_text(each, place, key) for each in _listed(value, place, key)]


def _sentence(value: Any, place: str, key: str) -> list[Told]:
    parts = value if isinstance(value, list) else [value]
    return [Told(part, _SENTENCE_PART, f"{place}: {key}") for part in parts]


def _counts(value: Any, place: str, key: str) -> list[Told]:
    return [Told(count, _COUNT, f"{place}: {key}") for count in _listed(value, place, key)]


# ---- keys

# The names of facts that have another key; all others have their own.
KEY_OF_FACT = {
    "concentrate_g": "conc_g",
    "victim_rights_crime": "vra",
    "proceedings_initiated": "proceedings",
    "final_disposition_on": "final_disposition_date",
    "last_activity_on": "last_activity",
    "sentenced_on": "sentence_date",
    "released_on": "release_date",
    "supervision_released_on": "release_supervision_date",
    "discharged_on": "discharge_date",
    "relief_granted": "relieved",
    "relief_requested_on": "request_form",
    "relief_prohibited_on": "prohibition_order",
    "has_pending_charge": "pending_charges",
    "is_registrant": "registrant",
    "is_supervised": "supervision_active",
}
# What is told by another measurement.
_DERIVED = ("cannabis_g", "cannabis_oz")
_OF_TYPE: Mapping[Type, Reader] = {
    Type.DATE: read_day,
    Type.BOOLEAN: _truth,
    Type.NUMBER: _number,
    Type.CODE: _text,
}


def _keys_of_facts(*, of_person: bool) -> dict[str, Reader]:
    return {
        KEY_OF_FACT.get(fact.short_name, fact.short_name): _OF_TYPE[fact.type]
        for fact in FACTS
        if fact.is_of_person == of_person and fact.short_name not in _DERIVED
    }


SUBJECT: Mapping[str, Reader] = {
    **_keys_of_facts(of_person=True),
    "dob": read_day,
    "deceased": _truth,
    "pending_source": _source,
    # Only in cases of packs:
    "deceased_date": read_day,
    "registered_date": read_day,
    "is_held": _truth,
}
_COUNT: Mapping[str, Reader] = dict.fromkeys(("section_raw", "level", "outcome"), _text)
_SENTENCE_PART: Mapping[str, Reader] = {
    "type": _text,
    **dict.fromkeys(("days", "months"), _number),
    **dict.fromkeys(("complete", "revoked"), _truth),
    "complete_date": read_day,
}
RECORD: Mapping[str, Reader] = {
    **_keys_of_facts(of_person=False),
    **dict.fromkeys(("id", "kind", "state", "section_raw", "comment", "level", "disposition", "case"), _text),
    **dict.fromkeys(("offense_date", "arrest_date", "charge_date", "conviction_date"), read_day),
    **dict.fromkeys(("event_date", "sentence_end", "reduced_17b"), read_day),
    **dict.fromkeys(("sentence_complete", "case_only_cannabis", "registration"), _truth),
    **{f"qty_{unit}": _quantity_in(unit) for unit in _UNITS},
    "qty_raw": _quantity,
    "undisposed_counts": _number,
    "sentence": _sentence,
    "case_counts": _counts,
    "same_arrest": _texts,
    # Only in cases of packs. `offense` is one that was certainly read, written as in a list of offenses.
    **dict.fromkeys(("offense", "county", "cycle"), _text),
    **dict.fromkeys(("set_aside_date", "dismissed_date"), read_day),
    "is_understood": _truth,
}
