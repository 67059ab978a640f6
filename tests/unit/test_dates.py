from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clear_record.law.dates import (
    DateInterval,
    DateKind,
    age_on,
    days_after,
    is_blank_or_filler,
    months_after,
    years_after,
)

days = st.dates(date(1800, 1, 1), date(2200, 12, 31))
years = st.integers(-120, 120)
months = st.integers(-1500, 1500)
OPEN = DateInterval()

# Years, months, days


@pytest.mark.parametrize(
    ("day", "shift", "expected"),
    [
        (date(2010, 5, 3), 10, date(2020, 5, 3)),
        (date(2004, 2, 29), 1, date(2005, 3, 1)),
        (date(2004, 2, 29), 4, date(2008, 2, 29)),
        (date(1896, 2, 29), 4, date(1900, 3, 1)),
        (date(2004, 2, 28), 1, date(2005, 2, 28)),
        (date(2003, 2, 28), 1, date(2004, 2, 28)),
        (date(2004, 2, 29), -1, date(2003, 3, 1)),
        (date(2004, 2, 29), 0, date(2004, 2, 29)),
    ],
)
def test_an_anniversary_is_the_same_day_and_that_of_29_february_1_march_in_a_common_year(
    day: date, shift: int, expected: date
) -> None:
    assert years_after(day, shift) == expected


@pytest.mark.parametrize(
    ("day", "shift", "expected"),
    [
        (date(2005, 1, 28), 1, date(2005, 2, 28)),
        (date(2005, 1, 31), 1, date(2005, 3, 1)),
        (date(2004, 1, 30), 1, date(2004, 3, 1)),
        (date(2004, 3, 31), 1, date(2004, 5, 1)),
        (date(2004, 12, 31), 2, date(2005, 3, 1)),
        (date(2004, 3, 31), -1, date(2004, 3, 1)),
    ],
)
def test_a_day_that_the_month_does_not_have_is_the_first_of_the_next(
    day: date, shift: int, expected: date
) -> None:
    assert months_after(day, shift) == expected


@given(days, years)
def test_an_anniversary_keeps_month_and_day_unless_the_day_does_not_exist(day: date, shift: int) -> None:
    anniversary = years_after(day, shift)
    assert anniversary.year == day.year + shift
    if (anniversary.month, anniversary.day) != (day.month, day.day):
        assert (day.month, day.day, anniversary.month, anniversary.day) == (2, 29, 3, 1)


@given(days, days, years)
def test_years_after_never_turns_two_days_round(one: date, other: date, shift: int) -> None:
    first, second = sorted((one, other))
    assert years_after(first, shift) <= years_after(second, shift)


@given(days, years, years)
def test_more_years_are_later(day: date, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    assert (years_after(day, fewer) < years_after(day, more)) == (fewer < more)


@given(days, days, months)
def test_months_after_never_turns_two_days_round(one: date, other: date, shift: int) -> None:
    first, second = sorted((one, other))
    assert months_after(first, shift) <= months_after(second, shift)


@given(days, years)
def test_twelve_months_are_a_year(day: date, shift: int) -> None:
    assert months_after(day, 12 * shift) == years_after(day, shift)


@given(days, st.integers(-50_000, 50_000))
def test_days_after_counts_days(day: date, shift: int) -> None:
    assert (days_after(day, shift) - day).days == shift


@pytest.mark.parametrize("shift", [9_999, -9_999])
def test_a_year_that_no_calendar_has_is_an_error(shift: int) -> None:
    with pytest.raises(ValueError, match="out of range"):
        years_after(date(2000, 1, 1), shift)


# Age


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1980, 5, 1), date(2001, 4, 30), 20),
        (date(1980, 5, 1), date(2001, 5, 1), 21),
        (date(1980, 2, 29), date(2001, 2, 28), 20),
        (date(1980, 2, 29), date(2001, 3, 1), 21),
        (date(1980, 2, 29), date(2000, 2, 29), 20),
        (date(1980, 5, 1), date(1980, 5, 1), 0),
        (date(1980, 5, 1), date(1980, 4, 30), -1),
    ],
)
def test_an_age_begins_on_the_birthday(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


@given(days, days, years)
def test_a_person_is_n_from_the_nth_anniversary_of_the_birth_on(birth: date, day: date, n: int) -> None:
    assert (age_on(birth, day) >= n) == (years_after(birth, n) <= day)


# Reading a printed date

LAST_OF_JUNE = DateInterval(date(2005, 6, 1), date(2005, 6, 30))


@pytest.mark.parametrize(
    ("text", "kind", "interval"),
    [
        (None, DateKind.OPEN, OPEN),
        ("", DateKind.OPEN, OPEN),
        ("   ", DateKind.OPEN, OPEN),
        ("00000000", DateKind.OPEN, OPEN),
        ("NULL", DateKind.OPEN, OPEN),
        (" x ", DateKind.OPEN, OPEN),
        ("#", DateKind.OPEN, OPEN),
        ("19000101", DateKind.SENTINEL, OPEN),
        ("99990101", DateKind.SENTINEL, OPEN),
        ("20050617", DateKind.EXACT, DateInterval.of_day(date(2005, 6, 17))),
        (" 20050617  ", DateKind.EXACT, DateInterval.of_day(date(2005, 6, 17))),
        ("20040229", DateKind.EXACT, DateInterval.of_day(date(2004, 2, 29))),
        ("20050600", DateKind.MONTH, LAST_OF_JUNE),
        ("20040200", DateKind.MONTH, DateInterval(date(2004, 2, 1), date(2004, 2, 29))),
        ("20050000", DateKind.YEAR, DateInterval(date(2005, 1, 1), date(2005, 12, 31))),
        ("19870230", DateKind.DEFECT, DateInterval(date(1987, 2, 1), date(1987, 2, 28))),
        ("20050631", DateKind.DEFECT, LAST_OF_JUNE),
        ("20050699", DateKind.DEFECT, LAST_OF_JUNE),
        ("19000229", DateKind.DEFECT, DateInterval(date(1900, 2, 1), date(1900, 2, 28))),
        ("20051301", DateKind.UNREADABLE, OPEN),
        ("20050015", DateKind.UNREADABLE, OPEN),
        ("00000615", DateKind.UNREADABLE, OPEN),
        ("870208", DateKind.UNREADABLE, OPEN),
        ("1987-2-8", DateKind.UNREADABLE, OPEN),
        ("1987-02-08", DateKind.UNREADABLE, OPEN),
        ("19870208junk", DateKind.UNREADABLE, OPEN),
        ("19870208 19870209", DateKind.UNREADABLE, OPEN),
        ("1987O208", DateKind.UNREADABLE, OPEN),
        ("१९८७०२०८", DateKind.UNREADABLE, OPEN),
    ],
)
def test_a_printed_date_is_read_as_the_days_that_it_can_be(
    text: str | None, kind: DateKind, interval: DateInterval
) -> None:
    reading = DateInterval.parse_yyyymmdd(text)
    assert (reading.kind, reading.interval) == (kind, interval)


def test_the_sentinels_are_those_of_the_source() -> None:
    assert DateInterval.parse_yyyymmdd("19000101", sentinels=()).kind == DateKind.EXACT
    assert DateInterval.parse_yyyymmdd("18500909", sentinels={"18500909"}).kind == DateKind.SENTINEL


@given(st.dates())
def test_every_day_is_read_back(day: date) -> None:
    reading = DateInterval.parse_yyyymmdd(day.strftime("%Y%m%d").rjust(8, "0"), sentinels=())
    assert (reading.kind, reading.interval) == (DateKind.EXACT, DateInterval(day, day))


@given(st.one_of(st.text(), st.from_regex(r"\s*[0-9]{8}\s*", fullmatch=True)))
def test_no_text_raises_and_only_dated_kinds_have_bounds(text: str) -> None:
    reading = DateInterval.parse_yyyymmdd(text)
    has_bounds = reading.kind in {DateKind.EXACT, DateKind.YEAR, DateKind.MONTH, DateKind.DEFECT}
    assert (reading.interval.earliest is not None, reading.interval.latest is not None) == (
        has_bounds,
        has_bounds,
    )
    assert reading.interval.is_exact == (reading.kind == DateKind.EXACT)


def test_a_date_is_no_filler() -> None:
    assert [is_blank_or_filler(text) for text in (None, "", " ", "null", "X", "#", "20050617")] == [
        True
    ] * 6 + [False]


# Intervals


def test_an_interval_that_ends_before_it_begins_is_an_error() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        DateInterval(date(2005, 1, 2), date(2005, 1, 1))


def test_an_interval_is_exact_only_with_one_day() -> None:
    day = date(2005, 1, 1)
    assert DateInterval.of_day(day).is_exact
    assert not any(each.is_exact for each in (OPEN, DateInterval(day), DateInterval(None, day), LAST_OF_JUNE))
