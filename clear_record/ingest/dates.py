"""Printed dates and calendar periods as Spark Columns: the same readings as `clear_record.law.dates`."""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.law.dates import DateKind

# The last day that other readers of the tables can hold.
_LAST_YEAR = 9999
_KINDS = tuple(DateKind)


def date_digits(text: Column) -> Column:
    """The eight digits of a trimmed date as printed (null where the field says nothing) as a number; null if it has others."""
    return F.when(text.rlike("^[0-9]{8}$"), text.cast("int"))


def is_kind(number: Column, *kinds: DateKind) -> Column:
    """Whether a number of `date_kind` is one of the kinds."""
    return number.isin([_KINDS.index(kind) for kind in kinds])


def date_kind(text: Column, digits: Column, sentinels: Sequence[str]) -> Column:
    """How a date is read, as a number (`is_kind`): the readings of `DateInterval.parse_yyyymmdd`, in its order.

    `digits` are those of `date_digits`. A number, since texts would be compared for each of many dates in each of many rows.
    """
    month, day = _month(digits), digits % 100
    kinds = [
        (text.isNull() | (digits == 0), DateKind.OPEN),
        (digits.isNull(), DateKind.UNREADABLE),
        (digits.isin([int(sentinel) for sentinel in sentinels]), DateKind.SENTINEL),
        (digits < 10000, DateKind.UNREADABLE),
        (digits % 10000 == 0, DateKind.YEAR),
        ((month < 1) | (month > 12), DateKind.UNREADABLE),
        (day == 0, DateKind.MONTH),
        ((day > 28) & (day > F.dayofmonth(F.last_day(_first_of_month(digits)))), DateKind.DEFECT),
        (F.lit(True), DateKind.EXACT),
    ]
    return F.coalesce(*[F.when(holds, _KINDS.index(kind)) for holds, kind in kinds])


def date_ends(digits: Column, kind: Column) -> tuple[Column, Column]:
    """The earliest and the latest day of a date of `date_digits` and `date_kind`; null where open."""
    first, year = _first_of_month(digits), _divided(digits, 10000)
    is_in_month = is_kind(kind, DateKind.MONTH, DateKind.DEFECT)
    is_exact, is_year = is_kind(kind, DateKind.EXACT), is_kind(kind, DateKind.YEAR)
    day = F.date_add(first, digits % 100 - 1)
    return (
        F.when(is_exact, day).when(is_in_month, first).when(is_year, F.make_date(year, F.lit(1), F.lit(1))),
        F.when(is_exact, day)
        .when(is_in_month, F.last_day(first))
        .when(is_year, F.make_date(year, F.lit(12), F.lit(31))),
    )


def _first_of_month(digits: Column) -> Column:
    return F.make_date(_divided(digits, 10000), _month(digits), F.lit(1))


def _month(digits: Column) -> Column:
    return _divided(digits, 100) % 100


def _divided(number: Column, by: int) -> Column:
    """Whole division of a number that is not negative."""
    return ((number - number % by) / by).cast("int")


def months_after(day: Column, months: Column) -> Column:
    """The same day of the month so many months after (negative: before), else the first of the next month.

    So the anniversary of 29 February in a common year is 1 March, where Spark's add_months gives 28 February. Both stages count
    by it.
    """
    clamped = F.add_months(day, months.cast("int"))
    # Each column is written as seldom as can be: a plan holds an expression as often as it is written.
    return F.date_add(clamped, (F.dayofmonth(clamped) < F.dayofmonth(day)).cast("int"))


def period_after(day: Column, months: Column, days: Column) -> Column:
    """The day so many months, then days, after; null beyond the year 9999, which is open."""
    is_near = (F.year(day) + months / 12 + days / 365) < _LAST_YEAR - 1
    return F.when(is_near, F.date_add(months_after(day, months), days))
