"""Values that can be unknown, in plain Python: the algebra of docs/law-language.md for the reference evaluator.

`clear_record.decide.values` is the same algebra over Spark Columns.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clear_record.law.dates import age_on, days_after, months_after


@dataclass(frozen=True, slots=True)
class Truth:
    """T, F or U (None), and whether a U is open law, which no `on_unknown` may replace."""

    value: bool | None
    open_law: bool = False


@dataclass(frozen=True, slots=True)
class Interval:
    """A date or a number between two ends, None where open; `absent` says whether an event did not happen (None: unknown).

    `open_law` says whether it may be another one by what the law may mean.
    """

    low: Any
    high: Any
    absent: bool | None = False
    open_law: bool = False

    @property
    def is_exact(self) -> bool:
        """Whether it is certainly one day or one number."""
        return self.absent is False and self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Code:
    """A text from a set of codes, or the id of a record; None is unknown."""

    value: str | None
    absent: bool | None = False


Value = Truth | Interval | Code
TRUE, FALSE, UNKNOWN = Truth(True), Truth(False), Truth(None)


def conjunction(terms: Iterable[Truth]) -> Truth:
    """Kleene's and; terms after one that is F are not asked for."""
    unknown = []
    for term in terms:
        if term.value is False:
            return FALSE
        if term.value is None:
            unknown.append(term)
    return _open_if_one_is(unknown) if unknown else TRUE


def disjunction(terms: Iterable[Truth]) -> Truth:
    """Kleene's or; terms after one that is T are not asked for."""
    return negation(conjunction(negation(term) for term in terms))


def negation(term: Truth) -> Truth:
    """Kleene's not."""
    return term if term.value is None else Truth(not term.value)


def _open_if_one_is(operands: Sequence[Truth | Interval]) -> Truth:
    return Truth(None, _is_open_law(operands))


def _is_open_law(operands: Iterable[Truth | Interval]) -> bool:
    return any(operand.open_law for operand in operands)


def is_absent(event: Interval) -> Truth:
    """Whether an event did not happen; U is open law where the event is."""
    return Truth(event.absent, event.absent is None and event.open_law)


def _if_present(truth: Truth, *operands: Interval | Code) -> Truth:
    """A comparison with an absent operand is F; with one of unknown absence F stays F, and all else is U."""
    presence = [Truth(None if each.absent is None else not each.absent) for each in operands]
    return conjunction([*presence, truth])


def compare(operator: str, left: Interval, right: Interval) -> Truth:
    """T if it holds for every pair of values that the intervals leave open, F if for none, else U."""
    if operator in (">", ">="):
        return compare({">": "<", ">=": "<="}[operator], right, left)
    present = _compare_present("=" if operator == "<>" else operator, left, right)
    compared = _if_present(negation(present) if operator == "<>" else present, left, right)
    return _open_if_one_is([left, right]) if compared.value is None else compared


def _compare_present(operator: str, left: Interval, right: Interval) -> Truth:
    is_disjoint = _is_less(left.high, right.low) or _is_less(right.high, left.low)
    ends = (left.low, left.high, right.low, right.high)
    holds, never = {
        "<": (_is_less(left.high, right.low), _is_at_most(right.high, left.low)),
        "<=": (_is_at_most(left.high, right.low), _is_less(right.high, left.low)),
        "=": (None not in ends and len(set(ends)) == 1, is_disjoint),
    }[operator]
    return Truth(holds) if holds or never else UNKNOWN


def _is_less(one: Any, other: Any) -> bool:
    return one is not None and other is not None and bool(one < other)


def _is_at_most(one: Any, other: Any) -> bool:
    return one is not None and other is not None and bool(one <= other)


def compare_truths(operator: str, left: Truth, right: Truth) -> Truth:
    """`=` or `<>` of two booleans."""
    if left.value is None or right.value is None:
        return _open_if_one_is([left, right])
    return Truth((left.value == right.value) == (operator == "="))


def compare_codes(operator: str, left: Code, right: Code) -> Truth:
    """`=` or `<>` of two codes; U where one is unknown."""
    if left.value is None or right.value is None:
        return _if_present(UNKNOWN, left, right)
    return _if_present(Truth((left.value == right.value) == (operator == "=")), left, right)


def is_one_of(item: Code, options: Collection[str] | None) -> Truth:
    """Membership in a list of codes: F in an empty one, U for an unknown code or where no list is in force."""
    if options is not None and len(options) == 0:
        return FALSE
    if options is None or item.value is None:
        return _if_present(UNKNOWN, item)
    return _if_present(Truth(item.value in options), item)


def event_is_absent(earliest: date | None, latest: date | None, as_of: date) -> bool | None:
    """Whether an event had not happened by `as_of`; None where `as_of` divides its days."""
    if (earliest is None and latest is None) or (earliest is not None and earliest > as_of):
        return True
    return False if latest is not None and latest <= as_of else None


def plus(left: Interval, right: Interval) -> Interval:
    """The sum of two numbers, end by end; one that is absent adds nothing."""
    one, two = _summand(left), _summand(right)
    open_law = _is_open_law([left, right])
    return Interval(_sum(one.low, two.low), _sum(one.high, two.high), open_law=open_law)


def minus(left: Interval, right: Interval) -> Interval:
    """The difference of two numbers: the least is the least of the one minus the most of the other."""
    one, two = _summand(left), _summand(right)
    open_law = _is_open_law([left, right])
    return Interval(_sum(one.low, two.high, -1), _sum(one.high, two.low, -1), open_law=open_law)


def _summand(number: Interval) -> Interval:
    if number.absent is False:
        return number
    if number.absent:
        return Interval(0.0, 0.0)
    low, high = number.low, number.high
    return Interval(None if low is None else min(low, 0.0), None if high is None else max(high, 0.0))


def _sum(one: float | None, other: float | None, sign: int = 1) -> float | None:
    return None if one is None or other is None else one + sign * other


def shifted(function: str, day: Interval, count: Interval) -> Interval:
    """years_after, years_before, months_after or days_after of a date, end by end; `count` is taken in whole months or days."""
    factor, shift = _SHIFTS[function]
    least, most = (count.low, count.high) if factor > 0 else (count.high, count.low)
    low, high = _shift(shift, day.low, least, factor), _shift(shift, day.high, most, factor)
    return Interval(low, high, day.absent, _is_open_law([day, count]))


_SHIFTS: dict[str, tuple[int, Callable[[date, int], date]]] = {
    "years_after": (12, months_after),
    "years_before": (-12, months_after),
    "months_after": (1, months_after),
    "days_after": (1, days_after),
}


def _shift(
    shift: Callable[[date, int], date], day: date | None, count: float | None, factor: int
) -> date | None:
    if day is None or count is None:
        return None
    try:
        return shift(day, int(count * factor))
    except (ValueError, OverflowError):
        # Outside of the calendar: as far away as it goes.
        return date.max if count * factor > 0 else date.min


def age_between(birth: Interval, day: Interval) -> Interval:
    """The ages that a person can have: from that of the latest birth on the earliest day on."""
    open_law = _is_open_law([birth, day])
    return Interval(_age(birth.high, day.low), _age(birth.low, day.high), day.absent, open_law)


def _age(birth: date | None, day: date | None) -> float | None:
    return None if birth is None or day is None else float(age_on(birth, day))


def latest_of(days: Sequence[Interval]) -> Interval:
    """The latest of several days; skips what is known to be absent, and is absent if all are."""
    return _extreme_of(days, max, "low")


def earliest_of(days: Sequence[Interval]) -> Interval:
    """The earliest of several days; skips what is known to be absent, and is absent if all are."""
    return _extreme_of(days, min, "high")


def _extreme_of(days: Sequence[Interval], extreme: Callable[[list[date]], date], near: str) -> Interval:
    """`near` is the end that a day of unknown absence cannot move: of the latest the earlier one."""
    if len(days) == 1:
        return days[0]
    far = "high" if near == "low" else "low"
    certain = [day for day in days if day.absent is False]
    possible = [day for day in days if day.absent is not True]
    if certain:
        near_end = extreme_of_known(extreme, [getattr(day, near) for day in certain])
    else:
        # Any of them may be the only one: the end lies as far out as the farthest of them.
        near_end = extreme_unless_open(
            min if extreme is max else max, [getattr(day, near) for day in possible]
        )
    far_end = extreme_unless_open(extreme, [getattr(day, far) for day in possible])
    absent = False if certain else None if possible else True
    low, high = (near_end, far_end) if near == "low" else (far_end, near_end)
    return Interval(low, high, absent, _is_open_law(days))


def first_that_holds(cases: Sequence[tuple[Truth, Interval]], otherwise: Interval) -> Interval:
    """What a `case` may be: one that is F is passed over, and reading stops at one that is T."""
    possible: list[Interval] = []
    unknown: list[Truth] = []
    for condition, value in cases:
        if condition.value is not False:
            possible.append(value)
        if condition.value is None:
            unknown.append(condition)
        if condition.value is True:
            break
    else:
        possible.append(otherwise)
    absences = {each.absent for each in possible}
    return Interval(
        extreme_unless_open(min, [each.low for each in possible]),
        extreme_unless_open(max, [each.high for each in possible]),
        absences.pop() if len(absences) == 1 else None,
        open_law=_is_open_law([*possible, *unknown]),
    )


def extreme_of_known(extreme: Callable[[list[date]], date], ends: Sequence[date | None]) -> date | None:
    """The extreme of the ends that are not open; None if all are."""
    known = [end for end in ends if end is not None]
    return extreme(known) if known else None


def extreme_unless_open(extreme: Callable[[list[date]], date], ends: Sequence[date | None]) -> date | None:
    """The extreme of the ends; None if one of them is open."""
    return None if None in ends else extreme_of_known(extreme, ends)
