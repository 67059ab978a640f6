"""Values that can be unknown, as Spark Columns: the algebra of docs/law-language.md.

A truth is a nullable boolean, so that Spark's own AND, OR and NOT are Kleene's. A date or a number is a pair of ends, null
where open. `absent` says whether an event did not happen (nullable boolean; None where it cannot be absent), and `open_law`
whether a null truth is one that no `on_unknown` may replace (None where it never is).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F


@dataclass(frozen=True, slots=True)
class Truth:
    """T, F or U (null), and whether a U is open law."""

    value: Column
    open_law: Column | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """A date or a number between two ends; `open_law`: it may be another one by what the law may mean."""

    low: Column
    high: Column
    absent: Column | None = None
    open_law: Column | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A text from a set of codes, or the id of a record; null is unknown."""

    value: Column
    absent: Column | None = None


def any_of(conditions: Sequence[Column | None]) -> Column | None:
    """OR over the conditions that there are."""
    given = [condition for condition in conditions if condition is not None]
    return reduce(Column.__or__, given) if given else None


def with_open_law(value: Column, operands: Sequence[Column | None]) -> Truth:
    """A truth that is open law, where it is U, if one of its operands is."""
    mark = any_of(operands)
    return Truth(value, None if mark is None else value.isNull() & F.coalesce(mark, F.lit(False)))


def is_absent(event: Interval) -> Truth:
    """Whether an event did not happen; U is open law where the event is."""
    if event.absent is None:
        return Truth(F.lit(False))
    return with_open_law(event.absent, [event.open_law])


def conjunction(terms: Sequence[Truth]) -> Truth:
    """Kleene's `and`."""
    return with_open_law(
        reduce(Column.__and__, [term.value for term in terms]), [term.open_law for term in terms]
    )


def disjunction(terms: Sequence[Truth]) -> Truth:
    """Kleene's `or`."""
    return with_open_law(
        reduce(Column.__or__, [term.value for term in terms]), [term.open_law for term in terms]
    )


def negation(term: Truth) -> Truth:
    """Kleene's `not`."""
    return Truth(~term.value, term.open_law)


def _present(truth: Column, absent: Sequence[Column | None]) -> Column:
    """A comparison with an absent operand is F; with one of unknown absence F stays F and all else is U."""
    return reduce(Column.__and__, [~each for each in absent if each is not None], truth)


def compare(operator: str, left: Interval, right: Interval) -> Truth:
    """T if it holds for every pair of values that the intervals leave open, F if for none, else U."""
    certain, never = {
        "<": (left.high < right.low, left.low >= right.high),
        "<=": (left.high <= right.low, left.low > right.high),
        ">": (left.low > right.high, left.high <= right.low),
        ">=": (left.low >= right.high, left.high < right.low),
        "=": (_is_exact_and_equal(left, right), _is_disjoint(left, right)),
        "<>": (_is_disjoint(left, right), _is_exact_and_equal(left, right)),
    }[operator]
    value = _present(F.when(certain, True).when(never, False), [left.absent, right.absent])
    return with_open_law(value, [left.open_law, right.open_law])


def _is_exact_and_equal(left: Interval, right: Interval) -> Column:
    return (left.low == left.high) & (right.low == right.high) & (left.low == right.low)


def _is_disjoint(left: Interval, right: Interval) -> Column:
    # Each side alone decides where its ends are known; the other may be open (null), which OR passes over.
    return (left.high < right.low) | (left.low > right.high)


def compare_codes(operator: str, left: Code, right: Code) -> Truth:
    """`=` or `<>` of two codes; U if one is not known."""
    equal = left.value == right.value
    value = equal if operator == "=" else ~equal
    return Truth(_present(value, [left.absent, right.absent]))


def is_one_of(item: Code, options: Column) -> Truth:
    """Membership of a code in an array of codes; U for an unknown code, F for an empty list."""
    value = F.when(F.size(options) == 0, False).otherwise(F.array_contains(options, item.value))
    return Truth(_present(value, [item.absent]))


def event_is_absent(low: Column, high: Column, as_of: Column) -> Column:
    """Whether an event had not happened by `as_of`: T, F, or null where `as_of` divides its days."""
    return F.when((low.isNull() & high.isNull()) | (low > as_of), True).when(high <= as_of, False)


def age_on(birth: Column, day: Column) -> Column:
    """Full years on `day`; age N begins on the birthday, and on 1 March for who was born on 29 February."""
    before_birthday = F.month(day) * 100 + F.dayofmonth(day) < F.month(birth) * 100 + F.dayofmonth(birth)
    return (F.year(day) - F.year(birth) - before_birthday.cast("int")).cast("double")


def latest_of(days: Sequence[Interval]) -> Interval:
    """The latest of several days; skips what is known to be absent, and is absent if all are.

    A day of unknown absence may raise the later end, but it is not certain that it counts.
    """
    if len(days) == 1:
        return days[0]
    counts, may_count = _standing(days)
    certain = _fold(F.greatest, [F.when(sure, day.low) for sure, day in zip(counts, days, strict=True)])
    low = F.when(one_of(counts), certain).otherwise(
        _unless_open(F.least, may_count, [day.low for day in days])
    )
    high = _unless_open(F.greatest, may_count, [day.high for day in days])
    return Interval(low, high, _all_absent(days, counts, may_count), _open_law_of(days))


def earliest_of(days: Sequence[Interval]) -> Interval:
    """The earliest of several days; skips what is known to be absent, and is absent if all are."""
    if len(days) == 1:
        return days[0]
    counts, may_count = _standing(days)
    certain = _fold(F.least, [F.when(sure, day.high) for sure, day in zip(counts, days, strict=True)])
    high = F.when(one_of(counts), certain).otherwise(
        _unless_open(F.greatest, may_count, [day.high for day in days])
    )
    low = _unless_open(F.least, may_count, [day.low for day in days])
    return Interval(low, high, _all_absent(days, counts, may_count), _open_law_of(days))


def _open_law_of(operands: Sequence[Interval]) -> Column | None:
    return any_of([operand.open_law for operand in operands])


def _standing(days: Sequence[Interval]) -> tuple[list[Column], list[Column]]:
    """For each day whether it counts for certain, and whether it may."""
    counts = [F.lit(True) if day.absent is None else F.coalesce(~day.absent, F.lit(False)) for day in days]
    may_count = [F.lit(True) if day.absent is None else F.coalesce(~day.absent, F.lit(True)) for day in days]
    return counts, may_count


def _unless_open(
    extreme: Callable[..., Column], may_count: Sequence[Column], ends: Sequence[Column]
) -> Column:
    """The extreme of the ends that may count; open (null) if one of them is open."""
    pairs = list(zip(may_count, ends, strict=True))
    is_open = one_of([may & end.isNull() for may, end in pairs])
    return F.when(~is_open, _fold(extreme, [F.when(may, end) for may, end in pairs]))


def _all_absent(
    days: Sequence[Interval], counts: Sequence[Column], may_count: Sequence[Column]
) -> Column | None:
    if any(day.absent is None for day in days):
        return None
    return F.when(one_of(counts), False).when(~one_of(may_count), True)


def one_of(conditions: Sequence[Column]) -> Column:
    """OR over conditions, of which there may be none."""
    return reduce(Column.__or__, conditions) if conditions else F.lit(False)


def _fold(extreme: Callable[..., Column], columns: Sequence[Column]) -> Column:
    """Spark's greatest and least pass over nulls, and take two columns or more."""
    return extreme(*columns) if len(columns) > 1 else columns[0]


def or_false(condition: Column | None) -> Column:
    """A condition that there may not be: then it is F."""
    return F.lit(False) if condition is None else condition


def first_that_holds(cases: Sequence[tuple[Truth, Interval]], otherwise: Interval | None) -> Interval:
    """What a `case` may be: one that is F is passed over, and reading stops at one that is T; no `otherwise` is unknown."""
    reached, possible = F.lit(True), []
    marks: list[Column | None] = []
    for condition, value in cases:
        may_hold = reached & F.coalesce(condition.value, F.lit(True))
        possible.append((may_hold, value))
        if condition.open_law is not None:
            marks.append(reached & condition.open_law)
        reached &= F.coalesce(~condition.value, F.lit(True))
    if otherwise is not None:
        possible.append((reached, otherwise))
    is_open = F.lit(False) if otherwise is not None else reached
    low = _end_of_possible(F.array_min, [(is_it, each.low) for is_it, each in possible])
    high = _end_of_possible(F.array_max, [(is_it, each.high) for is_it, each in possible])
    marks += [None if each.open_law is None else is_it & each.open_law for is_it, each in possible]
    return Interval(
        F.when(~is_open, low), F.when(~is_open, high), _absence_of_possible(possible, is_open), any_of(marks)
    )


def _end_of_possible(extreme: Callable[[Column], Column], ends: Sequence[tuple[Column, Column]]) -> Column:
    """The least or greatest of the ends that are possible; null (open) where one of them is."""
    one_is_open = one_of([is_possible & end.isNull() for is_possible, end in ends])
    return F.when(~one_is_open, extreme(F.array(*[F.when(is_possible, end) for is_possible, end in ends])))


def _absence_of_possible(possible: Sequence[tuple[Column, Interval]], is_open: Column) -> Column | None:
    """Absent or not where all that is possible is; null where they differ."""
    if all(each.absent is None for _, each in possible):
        return None
    absences = [(is_it, F.lit(False) if each.absent is None else each.absent) for is_it, each in possible]
    none_is = ~one_of([is_it & F.coalesce(absent, F.lit(True)) for is_it, absent in absences])
    all_are = ~one_of([is_it & F.coalesce(~absent, F.lit(True)) for is_it, absent in absences]) & ~is_open
    return F.when(none_is, False).when(all_are, True)


def as_summand(number: Interval) -> Interval:
    """A number in a sum: one that is absent adds nothing, and one of unknown absence its value or nothing."""
    if number.absent is None:
        return number
    zero = F.lit(0.0)
    may_be = {
        "low": F.when(number.low.isNotNull(), F.least(number.low, zero)),
        "high": F.when(number.high.isNotNull(), F.greatest(number.high, zero)),
    }
    low, high = (
        F.when(number.absent, zero).when(~number.absent, end).otherwise(may_be[name])
        for name, end in (("low", number.low), ("high", number.high))
    )
    return Interval(low, high)
