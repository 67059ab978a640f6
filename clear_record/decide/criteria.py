"""The criteria of a pack as Columns: value, letter of the trace, and the day of a wait.

Criteria that ask for others come in a later step, so that each is computed once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.carried import fields_of, value_of
from clear_record.decide.evaluate import Names, Value, interval, shifted, truth
from clear_record.decide.values import Interval, Truth
from clear_record.law.expressions import Name, walk
from clear_record.law.pack import Criterion, Pack, Wait
from clear_record.law.vocabulary import Type


@dataclass(frozen=True)
class Criteria:
    """The criteria of `pack` on a row; `steps` are the struct columns that the fields of each level will stand in."""

    pack: Pack
    with_history: Names
    prefix: str

    @cached_property
    def levels(self) -> list[list[Criterion]]:
        """The criteria by step: one that asks for others comes after them."""
        level: dict[str, int] = {}
        for criterion in self.pack.criteria:
            asked = [
                level[node.name] + 1
                for expression in criterion.expressions
                for node in walk(expression)
                if isinstance(node, Name) and node.scope == "criterion"
            ]
            level[criterion.id] = max(asked, default=0)
        return [
            [each for each in self.pack.criteria if level[each.id] == step]
            for step in range(max(level.values()) + 1)
        ]

    def _step_of(self, criterion: Criterion) -> Column:
        return F.col(next(name for name, level in self._steps if criterion in level))

    @cached_property
    def _steps(self) -> list[tuple[str, list[Criterion]]]:
        return [(f"{self.prefix}criteria_{number}", level) for number, level in enumerate(self.levels)]

    def steps(self) -> Iterator[tuple[str, list[Column]]]:
        """Name and fields of the struct column of each step."""
        for name, level in self._steps:
            yield name, [field for criterion in level for field in self._fields(criterion)]

    @cached_property
    def names(self) -> Names:
        """The names of the pack, its criteria among them, with what `on_unknown` put in place of U."""
        known: Mapping[str, Value] = {
            f"criterion.{each.id}": value_of(self._step_of(each), each.id, Type.BOOLEAN)
            for each in self.pack.criteria
        }
        return replace(self.with_history, known={**self.with_history.known, **known})

    def letter(self, criterion: Criterion) -> Column:
        """T, F or U; t or f where `on_unknown` replaced U; - where the criterion does not apply."""
        return self._step_of(criterion)[f"{criterion.id}__letter"]

    def held(self, criterion_id: str) -> Column:
        """Whether a criterion holds (T, F, U), with what `on_unknown` put in place of U; so it does where it does not apply."""
        return truth(Name("criterion", criterion_id, Type.BOOLEAN), self.names).value

    def waited_until(self, criterion: Criterion) -> Interval:
        """The day on which a wait ends."""
        day = value_of(self._step_of(criterion), f"{criterion.id}__day", Type.DATE)
        assert isinstance(day, Interval)
        return day

    def _fields(self, criterion: Criterion) -> Iterator[Column]:
        condition = None if criterion.applies is None else truth(criterion.applies, self.names)
        applies = F.lit(True) if condition is None else condition.value
        unsettled = None if criterion.unsettled is None else truth(criterion.unsettled, self.names).value
        is_unsettled = None if unsettled is None else F.coalesce(unsettled, F.lit(True))
        if criterion.wait is not None:
            day = _end_of(criterion.wait, self.with_history)
            asked = _has_run(day, self.with_history.as_of)
            # Where it is open whether the wait applies at all, or what it asks, it is open when it ends.
            is_certain = [] if condition is None else [applies]
            is_certain += [] if is_unsettled is None else [~is_unsettled]
            yield from fields_of(f"{criterion.id}__day", _where(is_certain, day))
        else:
            assert criterion.test is not None
            asked = truth(criterion.test, self.names)
        if condition is not None:
            asked = values.disjunction([values.negation(condition), asked])
        if is_unsettled is not None:
            asked = _left_open(asked, F.coalesce(applies, F.lit(True)) & is_unsettled)
        replaced, letter = _settled(criterion, asked)
        yield from fields_of(criterion.id, replaced)
        yield F.when(~applies, "-").otherwise(letter).alias(f"{criterion.id}__letter")


def _where(is_certain: Sequence[Column], day: Interval) -> Interval:
    """A day that is not exact but where all of this is T."""
    if not is_certain:
        return day
    return replace(day, absent=F.when(reduce(Column.__and__, is_certain), values.or_false(day.absent)))


def _end_of(wait: Wait, names: Names) -> Interval:
    """The day on which a wait ends; absent where its start is."""
    starts_on = interval(wait.starts_on, names)
    begins_on = starts_on
    if wait.restarts_on is not None:
        # Only a start that is there is waited from: a restart alone is none.
        restart = interval(wait.restarts_on, names)
        begins_on = replace(values.latest_of([starts_on, restart]), absent=starts_on.absent)
    return shifted(f"{wait.unit}_after", begins_on, interval(wait.length, names))


def _has_run(day: Interval, as_of: Column) -> Truth:
    has_run = values.compare("<=", replace(day, absent=None), Interval(as_of, as_of))
    if day.absent is None:
        return has_run
    return values.with_open_law(F.when(~day.absent, has_run.value), [day.open_law])


def _left_open(asked: Truth, is_unsettled: Column) -> Truth:
    """The law itself is open: U, which nothing replaces."""
    open_law = is_unsettled if asked.open_law is None else is_unsettled | asked.open_law
    return Truth(F.when(~is_unsettled, asked.value), open_law)


def _settled(criterion: Criterion, asked: Truth) -> tuple[Truth, Column]:
    """The value with `on_unknown` in place of U, and its letter; what is open law stays unknown."""
    letter = F.when(asked.value, "T").when(~asked.value, "F")
    if criterion.on_unknown == "review":
        return asked, letter.otherwise("U")
    is_replaced = asked.value.isNull()
    if asked.open_law is not None:
        is_replaced &= ~asked.open_law
    if criterion.on_unknown == "no_indication":
        is_replaced &= F.array_contains(F.col("covered"), criterion.covered_by)
    presumed = criterion.on_unknown != "fail"
    replaced = F.when(is_replaced, F.lit(presumed)).otherwise(asked.value)
    return Truth(replaced, asked.open_law), letter.when(is_replaced, "t" if presumed else "f").otherwise("U")
