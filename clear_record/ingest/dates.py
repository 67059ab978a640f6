"""Printed dates and calendar periods as Spark Columns: the same readings as `clear_record.law.dates`."""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.law.dates import DateKind

# The last day that other readers of the tables can hold.
_LAST_YEAR = 9999


def read_date(text: Column, sentinels: Sequence[str]) -> Column:
    """A trimmed date as printed (null where the field says nothing): struct of earliest, latest (date) and kind (string).

    The readings are those of `DateInterval.parse_yyyymmdd`, in its order.
    """
    digits = F.when(text.rlike("^[0-9]{8}$"), text.cast("int"))
    year, month, day = F.floor(digits / 10000).cast("int"), F.floor(digits / 100).cast("int") % 100, digits % 100
    is_month = month.between(1, 12)
    kind = (
        F.when(text.isNull() | (text == "00000000"), DateKind.OPEN)
        .when(text.isin(list(sentinels)), DateKind.SENTINEL)
        .when(digits.isNull() | (year == 0), DateKind.UNREADABLE)
        .when((month == 0) & (day == 0), DateKind.YEAR)
        .when(~is_month, DateKind.UNREADABLE)
        .when(day == 0, DateKind.MONTH)
        .when(day > F.dayofmonth(F.last_day(F.make_date(year, month, F.lit(1)))), DateKind.DEFECT)
        .otherwise(DateKind.EXACT)
    )
    return F.struct(digits.alias("digits"), kind.alias("kind"))


def ends_of(reading: Column) -> tuple[Column, Column]:
    """The earliest and the latest day of what `read_date` gave; null where open."""
    digits, kind = reading["digits"], reading["kind"]
    year, month = F.floor(digits / 10000).cast("int"), F.floor(digits / 100).cast("int") % 100
    first_of_month = F.make_date(year, month, F.lit(1))
    is_in_month = kind.isin(DateKind.MONTH, DateKind.DEFECT)
    day = F.date_add(first_of_month, digits % 100 - 1)
    earliest = (
        F.when(kind == DateKind.EXACT, day)
        .when(is_in_month, first_of_month)
        .when(kind == DateKind.YEAR, F.make_date(year, F.lit(1), F.lit(1)))
    )
    latest = (
        F.when(kind == DateKind.EXACT, day)
        .when(is_in_month, F.last_day(first_of_month))
        .when(kind == DateKind.YEAR, F.make_date(year, F.lit(12), F.lit(31)))
    )
    return earliest, latest


def months_after(day: Column, months: Column) -> Column:
    """The same day of the month so many months after (negative: before), else the first of the next month."""
    clamped = F.add_months(day, months)
    return F.when(F.dayofmonth(clamped) < F.dayofmonth(day), F.date_add(clamped, 1)).otherwise(clamped)


def period_after(day: Column, months: Column, days: Column) -> Column:
    """The day so many months, then days, after; null beyond the year 9999, which is open."""
    is_near = (F.year(day) + months / 12 + days / 365) < _LAST_YEAR - 1
    return F.when(is_near, F.date_add(months_after(day, months), days))
