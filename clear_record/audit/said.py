"""Values of records in plain words: a day that is not known to the day is an interval, and what is not recorded is said to be unknown."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from clear_record.law.known_values import Code, Interval, Truth, Value
from clear_record.law.vocabulary import Type

_UNKNOWN = "unknown"


def value_in_words(value: Value, type: Type, unit: str | None = None) -> str:
    """A value of an expression: `yes`, `28.5 g`, `in June 2005`, `F`, `unknown`."""
    match value:
        case Truth(value=truth):
            return _UNKNOWN if truth is None else "yes" if truth else "no"
        case Code(value=code, absent=absent):
            return "none" if absent else _UNKNOWN if code is None else code or "blank"
        case Interval() if type is Type.DATE:
            return _event(value)
        case Interval(low=low, high=high, absent=absent):
            return "none" if absent else number_in_words(low, high, unit)


def _event(day: Interval) -> str:
    if day.absent:
        # An event after the day of the decision is recorded, and not yet a fact.
        later = day.low is not None or day.high is not None
        return f"not by that day (recorded: {day_in_words(day.low, day.high)})" if later else "none"
    if day.absent is None:
        at_any_time = day.low in (None, date.min) and day.high is None
        return (
            f"{_UNKNOWN} whether and when" if at_any_time else f"{day_in_words(day.low, day.high)}, if at all"
        )
    return day_in_words(day.low, day.high)


def day_in_words(low: date | None, high: date | None) -> str:
    """The days from `low` to `high`, either open."""
    low = None if low == date.min else low
    high = None if high == date.max else high
    if low is None or high is None:
        if low is not None:
            return f"on or after {low}"
        return _UNKNOWN if high is None else f"on or before {high}"
    if low == high:
        return str(low)
    if (low.month, low.day, high.month, high.day) == (1, 1, 12, 31):
        return f"in {low.year}" if low.year == high.year else f"in {low.year} to {high.year}"
    last_of_month = monthrange(low.year, low.month)[1]
    if low.day == 1 and high == low.replace(day=last_of_month):
        return f"in {low:%B} {low.year}"
    return f"from {low} to {high}"


def number_in_words(low: float | None, high: float | None, unit: str | None = None) -> str:
    """The numbers from `low` to `high`, either open; none is below zero."""
    of = f" {unit}" if unit else ""
    low = None if low == 0 and high != 0 else low
    if low is not None and low == high:
        return f"{low:g}{of}"
    if low is None:
        return _UNKNOWN if high is None else f"at most {high:g}{of}"
    return f"at least {low:g}{of}" if high is None else f"from {low:g} to {high:g}{of}"


def offense_in_words(row: Mapping[str, Any], prefix: str = "offense") -> str:
    """An offense of a row: as it was read, or as printed where it is not certain."""
    code, section, subdivisions, attempt, conspiracy, is_readable, raw = (
        row.get(f"{prefix}_{name}")
        for name in ("code", "section", "subdivisions", "attempt", "conspiracy", "is_readable", "raw")
    )
    if not is_readable:
        return f"not read with certainty, printed “{raw}”" if raw else "not recorded"
    form = "attempted " if attempt else "conspiracy for " if conspiracy else ""
    return f"{form}{code or '(code unknown)'} {section}{subdivisions or ''}"
