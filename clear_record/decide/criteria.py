"""The criteria of a pack as Columns: value, letter of the trace, and the day of a wait.

Criteria that ask for others come in a later step, so that each is computed once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.carried import carried, fields_of
from clear_record.decide.evaluate import Names, Value, interval, shifted, truth
from clear_record.decide.values import Interval, Truth
from clear_record.law.expressions import Name, walk
from clear_record.law.pack import Criterion, Pack, Wait
from clear_record.law.vocabulary import Type


@dataclass(frozen=True, slots=True)
class _Made:
    """What is known of a criterion: with what `on_unknown` put in place of U, its letter, and the day on which a wait ends."""

    held: Truth
    letter: Column
    day: Interval | None


@dataclass(frozen=True)
class Criteria:
    """The criteria of `pack` on a row; `prefix` begins the names of their columns."""

    pack: Pack
    with_history: Names
    prefix: str

    @cached_property
    def _levels(self) -> list[list[Criterion]]:
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

    @cached_property
    def _made(self) -> dict[str, _Made]:
        """Each criterion, made of the columns of those before it."""
        made: dict[str, _Made] = {}
        for level in self._levels:
            names = self._knowing(made)
            made |= {each.id: _make(each, names) for each in level}
        return made

    def _knowing(self, made: Mapping[str, _Made]) -> Names:
        known: Mapping[str, Value] = {
            f"criterion.{id}": carried(id, each.held, self._column) for id, each in made.items()
        }
        return replace(self.with_history, known={**self.with_history.known, **known})

    def _column(self, name: str) -> Column:
        return F.col(f"{self.prefix}{name}")

    def steps(self) -> list[dict[str, Column]]:
        """Names and Columns of each step."""
        return [
            {
                f"{self.prefix}{name}": column
                for each in level
                for name, column in _columns_of(each, self._made[each.id]).items()
            }
            for level in self._levels
        ]

    @cached_property
    def names(self) -> Names:
        """The names of the pack, its criteria among them, with what `on_unknown` put in place of U."""
        return self._knowing(self._made)

    def letter(self, criterion: Criterion) -> Column:
        """T, F or U; t or f where `on_unknown` replaced U; - where the criterion does not apply."""
        return self._column(f"{criterion.id}__letter")

    def held(self, criterion_id: str) -> Truth:
        """Whether a criterion holds, with what `on_unknown` put in place of U; so it does where it does not apply."""
        return truth(Name("criterion", criterion_id, Type.BOOLEAN), self.names)

    def waited_until(self, criterion: Criterion) -> Interval:
        """The day on which a wait ends."""
        day = self._made[criterion.id].day
        assert day is not None
        found = carried(f"{criterion.id}__day", day, self._column)
        assert isinstance(found, Interval)
        return found


def _columns_of(criterion: Criterion, made: _Made) -> dict[str, Column]:
    columns = {**fields_of(criterion.id, made.held), f"{criterion.id}__letter": made.letter}
    return columns if made.day is None else {**columns, **fields_of(f"{criterion.id}__day", made.day)}


def _make(criterion: Criterion, names: Names) -> _Made:
    applies = None if criterion.applies is None else truth(criterion.applies, names)
    unsettled = None if criterion.unsettled is None else truth(criterion.unsettled, names).possible
    day = None
    if criterion.wait is not None:
        ends_on = _end_of(criterion.wait, names)
        asked = _has_run(ends_on, names.as_of)
        # Where it is open whether the wait applies at all, or what it asks, it is open when it ends.
        is_certain = [] if applies is None else [applies.certain]
        is_certain += [] if unsettled is None else [~unsettled]
        day = _where(is_certain, ends_on)
    else:
        assert criterion.test is not None
        asked = truth(criterion.test, names)
    if applies is not None:
        asked = values.disjunction([values.negation(applies), asked])
    if unsettled is not None:
        asked = _left_open(asked, unsettled if applies is None else applies.possible & unsettled)
    held, letter = _settled(criterion, asked)
    if applies is not None:
        letter = F.when(~applies.possible, "-").otherwise(letter)
    return _Made(held, letter, day)


def _where(is_certain: Sequence[Column], day: Interval) -> Interval:
    """A day that is not exact but where all of this is T."""
    if not is_certain:
        return day
    absent = values.known(F.lit(False)) if day.absent is None else day.absent
    certain = values.all_of(is_certain)
    return replace(day, absent=Truth(certain & absent.certain, ~certain | absent.possible))


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
    has_run = values.compare("<=", replace(day, absent=None), Interval(as_of, as_of, Type.DATE))
    if day.absent is None:
        return has_run
    # Of a start that may not have been, nothing is known.
    is_there = ~day.absent.possible
    known = Truth(is_there & has_run.certain, ~is_there | has_run.possible)
    return values.with_open_law(known, [day.open_law])


def _left_open(asked: Truth, is_unsettled: Column) -> Truth:
    """The law itself is open: U, which nothing replaces."""
    open_law = is_unsettled if asked.open_law is None else is_unsettled | asked.open_law
    return Truth(~is_unsettled & asked.certain, is_unsettled | asked.possible, open_law)


def _settled(criterion: Criterion, asked: Truth) -> tuple[Truth, Column]:
    """The value with `on_unknown` in place of U, and its letter; what is open law stays unknown."""
    letter = F.when(asked.certain, "T").when(~asked.possible, "F")
    if criterion.on_unknown == "review":
        return asked, letter.otherwise("U")
    is_replaced = asked.is_unknown
    if asked.open_law is not None:
        is_replaced &= ~asked.open_law
    if criterion.on_unknown == "no_indication":
        is_replaced &= F.array_contains(F.col("covered"), criterion.covered_by)
    presumed = criterion.on_unknown != "fail"
    replaced = (
        Truth(asked.certain | is_replaced, asked.possible)
        if presumed
        else Truth(asked.certain, asked.possible & ~is_replaced)
    )
    replaced = replace(replaced, open_law=asked.open_law)
    return replaced, letter.when(is_replaced, "t" if presumed else "f").otherwise("U")
