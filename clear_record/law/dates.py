"""Calendar rules of the law, and legal dates as intervals.

Civil dates of the proleptic Gregorian calendar, without time of day or zone. A day that a shift by years or
months does not find (29 February in a common year, 31 April) is the first day of the next month: a period
never ends early by the accident of a short month, and twelve months are a year. Later days never give earlier
ones.
"""

import calendar
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

# What a field of an extract holds where it says nothing, in upper case, and the blanks around any value.
FILLERS = frozenset({"", "NULL", "X", "#"})
BLANKS = " \t\n\r\f\v\u00a0"
# Days that stand for "not known" in the California extract.
SENTINELS = frozenset({"19000101", "99990101"})

_YYYYMMDD = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def is_blank_or_filler(text: str | None) -> bool:
    """Whether a field says nothing: null, blank or a filler (`NULL`, `x`, `#`), in any case, padded."""
    return text is None or text.strip(BLANKS).upper() in FILLERS


def years_after(day: date, years: int) -> date:
    """The anniversary after (negative: before) that many years; of 29 February in a common year 1 March.

    Raises ValueError where the result lies outside of the years 1 to 9999.
    """
    return months_after(day, 12 * years)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months after (negative: before), else the first of the next month.

    Raises ValueError where the result lies outside of the years 1 to 9999.
    """
    # relativedelta falls back to the last day of a short month, which would end a period a day early.
    clamped = day + relativedelta(months=months)
    return clamped if clamped.day == day.day else clamped + timedelta(days=1)


def days_after(day: date, days: int) -> date:
    """The day so many days after (negative: before); raises OverflowError outside of the years 1 to 9999."""
    return day + timedelta(days=days)


def age_on(birth: date, day: date) -> int:
    """Full years of age on `day`. Age N begins on the N-th birthday; of 29 February in a common year 1 March.

    So `age_on(birth, day) >= n` says the same as `years_after(birth, n) <= day`. Negative before birth.
    """
    is_before_birthday = (day.month, day.day) < (birth.month, birth.day)
    return day.year - birth.year - is_before_birthday


@dataclass(frozen=True, slots=True)
class DateInterval:
    """The days that a date can be, both ends included; None is an open end.

    Raises ValueError where `earliest` lies after `latest`.
    """

    earliest: date | None = None
    latest: date | None = None

    def __post_init__(self) -> None:
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            raise ValueError("an interval of dates ends before it begins")

    @classmethod
    def of_day(cls, day: date) -> "DateInterval":
        return cls(day, day)

    @classmethod
    def of_month(cls, year: int, month: int) -> "DateInterval":
        return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))

    @classmethod
    def of_year(cls, year: int) -> "DateInterval":
        return cls(date(year, 1, 1), date(year, 12, 31))

    @property
    def is_exact(self) -> bool:
        """Whether exactly one day is left."""
        return self.earliest is not None and self.earliest == self.latest

    @staticmethod
    def parse_yyyymmdd(text: str | None, sentinels: Collection[str] = SENTINELS) -> "DateReading":
        """Reads a date as an extract prints it (formats: the California DOJ's criminal-history extract).

        `BLANKS` around the text are dropped; then the first line that holds gives the reading:

        1. null, blank or one of `FILLERS` in any case, or `00000000`: `open`, both ends None
        2. one of `sentinels`: `sentinel`, both ends None
        3. not exactly eight ASCII digits, or year `0000`: `unreadable`, both ends None
        4. `YYYY0000`: `year`, 1 January to 31 December
        5. month `00` or above `12`: `unreadable`
        6. `YYYYMM00`: `month`, its first to its last day
        7. a day that the month does not have (`19870230`, `20050199`): `defect`, its first to its last day
        8. else `exact`, that day twice

        Whether a day is plausible (in the future, before birth) is another question, and not asked here.
        """
        if is_blank_or_filler(text):
            return DateReading(DateKind.OPEN)
        printed = (text or "").strip(BLANKS)
        if printed == "00000000":
            return DateReading(DateKind.OPEN)
        if printed in sentinels:
            return DateReading(DateKind.SENTINEL)
        digits = _YYYYMMDD.fullmatch(printed)
        if digits is None:
            return DateReading(DateKind.UNREADABLE)
        return _read(*(int(part) for part in digits.groups()))


class DateKind(StrEnum):
    """How a printed date was read."""

    OPEN = "open"  # nothing recorded
    EXACT = "exact"  # one day
    YEAR = "year"  # a year
    MONTH = "month"  # a month
    DEFECT = "defect"  # a day that does not exist, read as its month; to be counted
    SENTINEL = "sentinel"  # a day that stands for "not known", read as open; to be counted
    UNREADABLE = "unreadable"  # anything else: the row is to be rejected


@dataclass(frozen=True, slots=True)
class DateReading:
    """What a printed date says: how it was read, and the days that it can be."""

    kind: DateKind
    interval: DateInterval = DateInterval()


def _read(year: int, month: int, day: int) -> DateReading:
    if year == 0:
        return DateReading(DateKind.UNREADABLE)
    if month == day == 0:
        return DateReading(DateKind.YEAR, DateInterval.of_year(year))
    if not 1 <= month <= 12:
        return DateReading(DateKind.UNREADABLE)
    if day == 0:
        return DateReading(DateKind.MONTH, DateInterval.of_month(year, month))
    if day > calendar.monthrange(year, month)[1]:
        return DateReading(DateKind.DEFECT, DateInterval.of_month(year, month))
    return DateReading(DateKind.EXACT, DateInterval.of_day(date(year, month, day)))
