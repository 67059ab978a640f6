"""Values that can be unknown, as Spark Columns: the algebra of docs/law-language.md.

Nothing here but a code is ever null, which keeps the code that Spark generates a fraction as long. A truth is two booleans, whether it is certain
and whether it is possible, so that `and`, `or` and `not` are those of booleans, each alone. A date or a number lies between two ends;
an open one is a value beyond all others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import inf

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.law.vocabulary import Type

# Beyond the calendar, whose years are 1 to 9999: in days from 1970.
_BEYOND = 10_000_000


@dataclass(frozen=True, slots=True)
class Truth:
    """T (certain), U (possible, not certain) or F; `open_law` whether a U is one that no `on_unknown` may replace (None: never)."""

    certain: Column
    possible: Column
    open_law: Column | None = None

    @property
    def is_unknown(self) -> Column:
        return self.possible & ~self.certain

    def only_where(self, condition: Column) -> "Truth":
        """The same where a condition holds, and F elsewhere, where it is not computed."""
        open_law = None if self.open_law is None else condition & self.open_law
        return Truth(condition & self.certain, condition & self.possible, open_law)

    def unknown_where(self, condition: Column) -> "Truth":
        """The same, and U where a condition holds, by no open law."""
        return replace(self.only_where(~condition), possible=condition | self.possible)


@dataclass(frozen=True, slots=True)
class Interval:
    """A date or a number between two ends; `absent`: an event that did not happen, a thing that is not there (None: cannot be);
    `open_law`: it may be another one by what the law may mean.
    """

    low: Column
    high: Column
    type: Type
    absent: Truth | None = None
    open_law: Column | None = None

    @property
    def is_exact(self) -> Column:
        return self.low == self.high

    @property
    def open_low(self) -> Column:
        return open_low(self.type)

    @property
    def open_high(self) -> Column:
        return open_high(self.type)

    def only_where(self, condition: Column) -> "Interval":
        """The same where a condition holds, and unknown elsewhere, where it is not computed."""
        return Interval(
            F.when(condition, self.low).otherwise(self.open_low),
            F.when(condition, self.high).otherwise(self.open_high),
            self.type,
            None if self.absent is None else self.absent.only_where(condition),
            None if self.open_law is None else condition & self.open_law,
        )

    def unknown_where(self, condition: Column) -> "Interval":
        """The same, and unknown where a condition holds, by no open law, also whether it is absent."""
        absent = None if self.absent is None else self.absent.unknown_where(condition)
        return replace(self.only_where(~condition), absent=absent)


@dataclass(frozen=True, slots=True)
class Code:
    """A text from a set of codes, or the id of a record; null is unknown."""

    value: Column
    absent: Truth | None = None


def open_low(type: Type) -> Column:
    """The lower end of what is not bounded below."""
    return F.date_from_unix_date(F.lit(-_BEYOND)) if type is Type.DATE else F.lit(-inf)


def open_high(type: Type) -> Column:
    """The upper end of what is not bounded above."""
    return F.date_from_unix_date(F.lit(_BEYOND)) if type is Type.DATE else F.lit(inf)


def interval_of(low: Column, high: Column, type: Type) -> Interval:
    """The interval of two columns that are null where open."""
    return Interval(F.coalesce(low, open_low(type)), F.coalesce(high, open_high(type)), type)


def known(condition: Column) -> Truth:
    """A condition that is never null."""
    return Truth(condition, condition)


def recorded(condition: Column) -> Truth:
    """A condition that is null where it is unknown."""
    return Truth(F.coalesce(condition, F.lit(False)), F.coalesce(condition, F.lit(True)))


def all_of(conditions: Sequence[Column]) -> Column:
    """AND over conditions, of which there may be none."""
    return reduce(Column.__and__, conditions) if conditions else F.lit(True)


def one_of(conditions: Sequence[Column]) -> Column:
    """OR over conditions, of which there may be none."""
    return reduce(Column.__or__, conditions) if conditions else F.lit(False)


def any_of(conditions: Sequence[Column | None]) -> Column | None:
    """OR over the conditions that there are."""
    given = [condition for condition in conditions if condition is not None]
    return reduce(Column.__or__, given) if given else None


def or_false(condition: Column | None) -> Column:
    """A condition that there may not be: then it is F."""
    return F.lit(False) if condition is None else condition


def with_open_law(truth: Truth, operands: Sequence[Column | None]) -> Truth:
    """A truth that is open law, where it is U, if one of its operands is."""
    mark = any_of(operands)
    return Truth(truth.certain, truth.possible, None if mark is None else truth.is_unknown & mark)


def is_absent(event: Interval) -> Truth:
    """Whether an event did not happen; U is open law where the event is."""
    if event.absent is None:
        return known(F.lit(False))
    return with_open_law(event.absent, [event.open_law])


def conjunction(terms: Sequence[Truth]) -> Truth:
    """Kleene's `and`."""
    truth = Truth(all_of([term.certain for term in terms]), all_of([term.possible for term in terms]))
    return with_open_law(truth, [term.open_law for term in terms])


def disjunction(terms: Sequence[Truth]) -> Truth:
    """Kleene's `or`."""
    truth = Truth(one_of([term.certain for term in terms]), one_of([term.possible for term in terms]))
    return with_open_law(truth, [term.open_law for term in terms])


def negation(term: Truth) -> Truth:
    """Kleene's `not`."""
    return Truth(~term.possible, ~term.certain, term.open_law)


def same_truth(one: Truth, other: Truth) -> Truth:
    """Kleene's "both or neither"."""
    alike = (one.certain & other.certain) | ~(one.possible | other.possible)
    unlike = (one.certain & ~other.possible) | (other.certain & ~one.possible)
    return with_open_law(Truth(alike, ~unlike), [one.open_law, other.open_law])


def _present(truth: Truth, absent: Sequence[Truth | None]) -> Truth:
    """A comparison with an absent operand is F; with one of unknown absence F stays F and all else is U."""
    return conjunction([truth, *[negation(each) for each in absent if each is not None]])


def compare(operator: str, left: Interval, right: Interval) -> Truth:
    """T if it holds for every pair of values that the intervals leave open, F if for none, else U."""
    return with_open_law(
        _present(_compared(operator, left, right), [left.absent, right.absent]),
        [left.open_law, right.open_law],
    )


def _compared(operator: str, left: Interval, right: Interval) -> Truth:
    match operator:
        case "<":
            return _held(left.high < right.low, left.low >= right.high)
        case "<=":
            return _held(left.high <= right.low, left.low > right.high)
        case ">":
            return _compared("<", right, left)
        case ">=":
            return _compared("<=", right, left)
    is_same = left.is_exact & right.is_exact & (left.low == right.low)
    is_disjoint = (left.high < right.low) | (left.low > right.high)
    return _held(is_same, is_disjoint) if operator == "=" else _held(is_disjoint, is_same)


def _held(certain: Column, never: Column) -> Truth:
    # Of contradictory ends both can hold; then it is certain.
    return Truth(certain, certain | ~never)


def compare_codes(operator: str, left: Code, right: Code) -> Truth:
    """`=` or `<>` of two codes; U if one is not known."""
    equal = recorded(left.value == right.value)
    return _present(equal if operator == "=" else negation(equal), [left.absent, right.absent])


def is_one_of(item: Code, options: Column | Sequence[str]) -> Truth:
    """Membership of a code in a list, or in an array of codes; U for an unknown code, F for an empty list."""
    if isinstance(options, Column):
        found = F.when(F.size(options) == 0, False).otherwise(F.array_contains(options, item.value))
    else:
        found = item.value.isin(list(options))
    return _present(recorded(found), [item.absent])


def event_of(low: Column, high: Column, as_of: Column) -> Interval:
    """The day of an event between two ends that are null where open, and whether it had not happened by `as_of`."""
    return replace(interval_of(low, high, Type.DATE), absent=event_is_absent(low, high, as_of))


def event_is_absent(low: Column, high: Column, as_of: Column) -> Truth:
    """Whether an event between two ends, null where open, had not happened by `as_of`: of which both are open never did; U where
    `as_of` divides its days.
    """
    day = interval_of(low, high, Type.DATE)
    none = (day.low == day.open_low) & (day.high == day.open_high)
    return _held(none | (day.low > as_of), day.high <= as_of)


def age_on(birth: Column, day: Column) -> Column:
    """Full years on `day`; age N begins on the birthday, and on 1 March for who was born on 29 February."""
    before_birthday = F.month(day) * 100 + F.dayofmonth(day) < F.month(birth) * 100 + F.dayofmonth(birth)
    return (F.year(day) - F.year(birth) - before_birthday.cast("int")).cast("double")


def age(birth: Interval, day: Interval) -> Interval:
    """The age of a person on a day; it has the absence of the day."""
    low = F.when(
        (birth.high < birth.open_high) & (day.low > day.open_low), age_on(birth.high, day.low)
    ).otherwise(open_low(Type.NUMBER))
    high = F.when(
        (birth.low > birth.open_low) & (day.high < day.open_high), age_on(birth.low, day.high)
    ).otherwise(open_high(Type.NUMBER))
    return Interval(low, high, Type.NUMBER, day.absent, day.open_law)


def latest_of(days: Sequence[Interval]) -> Interval:
    """The latest of several days; skips what is known to be absent, and is absent if all are.

    A day of unknown absence may raise the later end, but it is not certain that it counts.
    """
    return _outermost(days, is_latest=True)


def earliest_of(days: Sequence[Interval]) -> Interval:
    """The earliest of several days; skips what is known to be absent, and is absent if all are."""
    return _outermost(days, is_latest=False)


def _outermost(days: Sequence[Interval], *, is_latest: bool) -> Interval:
    """The latest or the earliest: of its ends the far one is that which a day that may count can move outwards."""
    if len(days) == 1:
        return days[0]
    counts, may_count = _standing(days)
    lows, highs, type = [day.low for day in days], [day.high for day in days], days[0].type
    outer, inner = (F.greatest, F.least) if is_latest else (F.least, F.greatest)
    nears, fars = (lows, highs) if is_latest else (highs, lows)
    ends = open_low(type), open_high(type)
    near_open, far_open = ends if is_latest else (ends[1], ends[0])
    near = (
        F.when(one_of(counts), _extreme(outer, counts, nears, near_open))
        .when(one_of(may_count), _extreme(inner, may_count, nears, far_open))
        .otherwise(near_open)
    )
    far = F.when(one_of(may_count), _extreme(outer, may_count, fars, near_open)).otherwise(far_open)
    low, high = (near, far) if is_latest else (far, near)
    return Interval(low, high, type, _all_absent(days, counts, may_count), _open_law_of(days))


def _open_law_of(operands: Sequence[Interval]) -> Column | None:
    return any_of([operand.open_law for operand in operands])


def _standing(days: Sequence[Interval]) -> tuple[list[Column], list[Column]]:
    """For each day whether it counts for certain, and whether it may."""
    counts = [F.lit(True) if day.absent is None else ~day.absent.possible for day in days]
    may_count = [F.lit(True) if day.absent is None else ~day.absent.certain for day in days]
    return counts, may_count


def _extreme(
    extreme: Callable[..., Column], counts: Sequence[Column], ends: Sequence[Column], nothing: Column
) -> Column:
    """The extreme of the ends that count; `nothing`, which is none, stands for the others."""
    return extreme(*[F.when(each, end).otherwise(nothing) for each, end in zip(counts, ends, strict=True)])


def _all_absent(
    days: Sequence[Interval], counts: Sequence[Column], may_count: Sequence[Column]
) -> Truth | None:
    if any(day.absent is None for day in days):
        return None
    return Truth(~one_of(may_count), ~one_of(counts))


def first_that_holds(cases: Sequence[tuple[Truth, Interval]], otherwise: Interval | None) -> Interval:
    """What a `case` may be: one that is F is passed over, and reading stops at one that is T; no `otherwise` is unknown."""
    reached, possible = F.lit(True), []
    marks: list[Column | None] = []
    for condition, value in cases:
        possible.append((reached & condition.possible, value))
        if condition.open_law is not None:
            marks.append(reached & condition.open_law)
        reached &= ~condition.certain
    type = cases[0][1].type
    if otherwise is None:
        possible.append((reached, Interval(open_low(type), open_high(type), type)))
    else:
        possible.append((reached, otherwise))
    may_be = [is_it for is_it, _ in possible]
    low = _extreme(F.least, may_be, [each.low for _, each in possible], open_high(type))
    high = _extreme(F.greatest, may_be, [each.high for _, each in possible], open_low(type))
    marks += [None if each.open_law is None else is_it & each.open_law for is_it, each in possible]
    return Interval(low, high, type, _absence_of_possible(possible), any_of(marks))


def _absence_of_possible(possible: Sequence[tuple[Column, Interval]]) -> Truth | None:
    """Absent or not where all that is possible is; U where they differ."""
    if all(each.absent is None for _, each in possible):
        return None
    certain, may_be = [], []
    for is_it, each in possible:
        certain.append(~is_it if each.absent is None else ~is_it | each.absent.certain)
        if each.absent is not None:
            may_be.append(is_it & each.absent.possible)
    return Truth(all_of(certain), one_of(may_be))


def as_summand(number: Interval) -> Interval:
    """A number in a sum: one that is absent adds nothing, and one of unknown absence its value or nothing."""
    if number.absent is None:
        return number
    zero = F.lit(0.0)
    low, high = (
        F.when(number.absent.certain, zero).when(number.absent.possible, may_be).otherwise(end)
        for end, may_be in (
            (number.low, F.least(number.low, zero)),
            (number.high, F.greatest(number.high, zero)),
        )
    )
    return Interval(low, high, number.type)
