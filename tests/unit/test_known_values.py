"""The algebra of unknown values: Kleene's logic, intervals, absence and open law."""

import operator
from collections.abc import Callable
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clear_record.law import known_values as values
from clear_record.law.known_values import Code, Interval, Truth

T, F, U, OPEN = Truth(True), Truth(False), Truth(None), Truth(None, open_law=True)
ALL = [T, F, U, OPEN]


def day(text: str) -> Interval:
    return Interval(date.fromisoformat(text), date.fromisoformat(text))


def test_and_is_false_before_unknown_before_true() -> None:
    assert values.conjunction([T, T]) == T
    assert values.conjunction([T, U, F]) == F
    assert values.conjunction([T, U]) == U
    assert values.conjunction([]) == T


def test_or_is_true_before_unknown_before_false() -> None:
    assert values.disjunction([F, U, T]) == T
    assert values.disjunction([F, U]) == U
    assert values.disjunction([]) == F


@pytest.mark.parametrize(("one", "other"), list(product(ALL, ALL)))
def test_the_order_of_terms_does_not_matter(one: Truth, other: Truth) -> None:
    assert values.conjunction([one, other]) == values.conjunction([other, one])
    assert values.disjunction([one, other]) == values.disjunction([other, one])


def test_open_law_stays_where_the_answer_is_unknown_and_only_there() -> None:
    assert values.conjunction([T, U, OPEN]) == OPEN
    assert values.conjunction([F, OPEN]) == F
    assert values.disjunction([T, OPEN]) == T
    assert values.negation(OPEN) == OPEN
    assert values.compare("<", Interval(1.0, 3.0, open_law=True), Interval(2.0, 2.0)) == OPEN
    assert values.compare("<", Interval(1.0, 1.0, open_law=True), Interval(2.0, 2.0)) == T
    assert values.compare_truths("=", T, OPEN) == OPEN
    perhaps = Interval(1.0, 1.0, absent=None, open_law=True)
    assert values.is_absent(perhaps) == OPEN
    assert values.compare("<", perhaps, Interval(2.0, 2.0)) == OPEN
    assert values.compare(">", perhaps, Interval(2.0, 2.0)) == F


def test_a_day_or_number_is_open_law_if_a_part_of_it_is() -> None:
    exact = day("2010-01-01")
    either = Interval(date(2009, 1, 1), date(2010, 1, 1), open_law=True)
    one, one_or_two = Interval(1.0, 1.0), Interval(1.0, 2.0, open_law=True)
    found = [
        values.shifted("years_after", either, one),
        values.shifted("years_after", exact, one_or_two),
        values.age_between(exact, either),
        values.latest_of([exact, either]),
        values.earliest_of([exact, either]),
        values.plus(one, one_or_two),
        values.minus(one_or_two, one),
    ]
    assert all(each.open_law for each in found)
    assert not values.shifted("years_after", exact, one).open_law
    assert not values.latest_of([exact, exact]).open_law


OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
INTERVALS = st.tuples(st.integers(0, 4), st.integers(0, 4)).map(lambda ends: (min(ends), max(ends)))


@given(INTERVALS, INTERVALS, st.sampled_from(sorted(OPERATORS)))
def test_a_comparison_holds_for_every_pair_for_none_or_is_unknown(
    left: tuple[int, int], right: tuple[int, int], sign: str
) -> None:
    holds = OPERATORS[sign]
    found = {holds(a, b) for a in range(left[0], left[1] + 1) for b in range(right[0], right[1] + 1)}
    expected = found.pop() if len(found) == 1 else None
    assert values.compare(sign, Interval(*left), Interval(*right)).value is expected


def test_an_open_end_reaches_further_than_any_day() -> None:
    until_2005 = Interval(None, date(2005, 1, 1))
    assert values.compare("<", until_2005, day("2005-01-02")) == T
    assert values.compare("<", until_2005, day("2005-01-01")) == U
    assert values.compare(">", until_2005, day("2005-01-01")) == F
    assert values.compare("=", Interval(None, None), day("2005-01-01")) == U


def test_a_comparison_with_what_is_absent_is_false() -> None:
    absent = Interval(date(2005, 1, 1), date(2005, 1, 1), absent=True)
    assert values.compare("<", absent, day("2010-01-01")) == F
    assert values.compare("<>", absent, day("2010-01-01")) == F
    assert values.compare_codes("<>", Code("a", absent=True), Code("b")) == F
    assert values.is_one_of(Code("a", absent=True), ["a"]) == F


def test_a_comparison_with_what_may_be_absent_is_false_or_unknown() -> None:
    perhaps = Interval(date(2005, 1, 1), date(2005, 1, 1), absent=None)
    assert values.compare("<", perhaps, day("2010-01-01")) == U
    assert values.compare(">", perhaps, day("2010-01-01")) == F
    assert values.compare_codes("=", Code("a", absent=None), Code("a")) == U
    assert values.compare_codes("=", Code("a", absent=None), Code("b")) == F


def test_membership_in_an_empty_list_is_false_even_of_an_unknown_code() -> None:
    assert values.is_one_of(Code(None), []) == F
    assert values.is_one_of(Code(None), ["a"]) == U
    assert values.is_one_of(Code("a"), ["a", "b"]) == T
    assert values.is_one_of(Code("c"), ["a", "b"]) == F
    assert values.is_one_of(Code("a"), None) == U


@pytest.mark.parametrize(
    ("earliest", "latest", "expected"),
    [
        (None, None, True),
        (date(2020, 7, 2), None, True),
        (date(2020, 7, 2), date(2020, 7, 3), True),
        (date(2020, 7, 1), date(2020, 7, 1), False),
        (None, date(2020, 7, 1), False),
        (date(2020, 7, 1), date(2020, 7, 2), None),
        (date(2020, 7, 1), None, None),
        (None, date(2020, 7, 2), None),
    ],
)
def test_an_event_has_happened_not_happened_or_may_have(
    earliest: date | None, latest: date | None, expected: bool | None
) -> None:
    assert values.event_is_absent(earliest, latest, date(2020, 7, 1)) is expected


def test_a_shift_moves_both_ends_and_keeps_open_ones() -> None:
    leap_day = Interval(date(2004, 2, 29), None)
    assert values.shifted("years_after", leap_day, Interval(1.0, 1.0)) == Interval(date(2005, 3, 1), None)
    assert values.shifted("days_after", leap_day, Interval(1.0, 2.0)) == Interval(date(2004, 3, 1), None)
    both = Interval(date(2004, 1, 31), date(2004, 1, 31))
    assert values.shifted("months_after", both, Interval(1.0, 1.0)) == day("2004-03-01")
    assert values.shifted("years_before", both, Interval(1.0, 2.0)) == Interval(
        date(2002, 1, 31), date(2003, 1, 31)
    )


def test_a_day_outside_of_the_calendar_is_its_first_or_last() -> None:
    far = day("9990-01-01")
    assert values.shifted("years_after", far, Interval(10.0, 10.0)).high == date.max
    assert values.shifted("years_before", day("0005-01-01"), Interval(10.0, 10.0)).low == date.min


def test_an_age_lies_between_that_of_the_latest_and_of_the_earliest_birth() -> None:
    birth = Interval(date(1985, 6, 15), date(1985, 6, 16))
    assert values.age_between(birth, day("2006-06-15")) == Interval(20.0, 21.0)
    assert values.age_between(Interval(None, date(1985, 6, 16)), day("2006-06-16")) == Interval(21.0, None)


def test_the_later_of_days_passes_over_what_is_absent() -> None:
    absent = Interval(date(2030, 1, 1), date(2030, 1, 1), absent=True)
    assert values.latest_of([day("2005-01-01"), absent]) == day("2005-01-01")
    assert values.earliest_of([day("2005-01-01"), absent]) == day("2005-01-01")
    assert values.latest_of([absent, absent]).absent is True


def test_what_may_be_absent_widens_the_later_of_days() -> None:
    perhaps = Interval(date(2010, 1, 1), date(2010, 1, 1), absent=None)
    assert values.latest_of([day("2005-01-01"), perhaps]) == Interval(date(2005, 1, 1), date(2010, 1, 1))
    assert values.earliest_of([day("2015-01-01"), perhaps]) == Interval(date(2010, 1, 1), date(2015, 1, 1))
    assert values.latest_of([perhaps, perhaps]).absent is None


def test_an_open_end_opens_the_later_of_days() -> None:
    since_2010 = Interval(date(2010, 1, 1), None)
    assert values.latest_of([day("2005-01-01"), since_2010]) == Interval(date(2010, 1, 1), None)
    assert values.earliest_of([day("2005-01-01"), since_2010]) == day("2005-01-01")


def test_numbers_are_added_end_by_end() -> None:
    assert values.plus(Interval(1.0, 2.0), Interval(10.0, None)) == Interval(11.0, None)
    assert values.minus(Interval(1.0, 2.0), Interval(10.0, 20.0)) == Interval(-19.0, -8.0)
    assert values.plus(Interval(None, None, absent=True), Interval(1.0, 1.0)) == Interval(1.0, 1.0)
    assert values.minus(Interval(5.0, 5.0), Interval(2.0, 3.0, absent=None)) == Interval(2.0, 5.0)
    assert values.plus(Interval(None, 2.0, absent=None), Interval(1.0, 1.0)) == Interval(None, 3.0)
