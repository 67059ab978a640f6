"""The criteria of a pack as Columns: the letter of the trace, which tells the value, and the day of a wait.

Criteria that ask for others come in a later step, so that each is computed once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.carried import carried, fields_of
from clear_record.decide.evaluate import Names, interval, shifted, truth
from clear_record.decide.values import Interval, Truth
from clear_record.law.expressions import Name, walk
from clear_record.law.pack import Criterion, Pack, Wait
from clear_record.law.vocabulary import Type

# Letters as small numbers, in an order in which a comparison tells the value: from U a criterion may hold, from t it does.
_LETTERS = "FfUtT-"
_FALSE, _TAKEN_AS_FALSE, _UNKNOWN, _TAKEN_AS_TRUE, _TRUE, _NOT_ASKED = range(len(_LETTERS))


@dataclass(frozen=True, slots=True)
class _Made:
    """What is made of a criterion: its letter as a number, whether a U is open law (None: it never is), and whether its wait applies for
    certain (None: it always does).
    """

    letter: Column
    open_law: Column | None
    is_asked: Column | None


@dataclass(frozen=True)
class Criteria:
    """The criteria of `pack` on the rows of which they `are_asked`; `prefix` begins the names of their columns."""

    pack: Pack
    with_history: Names
    prefix: str
    are_asked: Column

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
    def _waits(self) -> dict[str, Interval]:
        """The day on which each wait ends."""
        return {
            each.id: _end_of(each.wait, self.with_history)
            for each in self.pack.criteria
            if each.wait is not None
        }

    @cached_property
    def _made(self) -> dict[str, _Made]:
        """Each criterion, made of the columns of those before it."""
        made: dict[str, _Made] = {}
        for level in self._levels:
            names = self._knowing(made)
            made |= {each.id: self._make(each, names) for each in level}
        return made

    def _make(self, criterion: Criterion, names: Names) -> _Made:
        applies = None if criterion.applies is None else truth(criterion.applies, names)
        unsettled = None if criterion.unsettled is None else truth(criterion.unsettled, names).possible
        if criterion.wait is not None:
            asked = _has_run(self._wait(criterion), names.as_of)
        else:
            assert criterion.test is not None
            asked = truth(criterion.test, names)
        if applies is not None:
            asked = values.disjunction([values.negation(applies), asked])
        if unsettled is not None:
            asked = _left_open(asked, unsettled if applies is None else applies.possible & unsettled)
        # Where it is open whether a wait applies at all, or what it asks, it is open when it ends.
        certain = [] if applies is None else [applies.certain]
        certain += [] if unsettled is None else [~unsettled]
        is_asked = values.all_of(certain) if criterion.wait is not None and certain else None
        return _Made(_letter(criterion, asked, applies), asked.open_law, is_asked)

    def _knowing(self, made: Mapping[str, _Made]) -> Names:
        known = {f"criterion.{id}": self._held(id, each) for id, each in made.items()}
        return replace(self.with_history, known={**self.with_history.known, **known})

    def _held(self, id: str, made: _Made) -> Truth:
        letter = self._column(id)
        open_law = None if made.open_law is None else self._column(f"{id}__open_law")
        return Truth(letter >= _TAKEN_AS_TRUE, letter >= _UNKNOWN, open_law)

    def _column(self, name: str) -> Column:
        return F.col(f"{self.prefix}{name}")

    def _wait(self, criterion: Criterion) -> Interval:
        found = carried(f"{criterion.id}__day", self._waits[criterion.id], self._column)
        assert isinstance(found, Interval)
        return found

    def waits(self) -> dict[str, Column]:
        """Names and Columns of the days on which waits end, the step before all others."""
        return {
            f"{self.prefix}{name}": column
            for id, day in self._waits.items()
            for name, column in fields_of(f"{id}__day", day.only_where(self.are_asked)).items()
        }

    def steps(self) -> list[dict[str, Column]]:
        """Names and Columns of each step."""
        return [
            {
                f"{self.prefix}{name}": column
                for each in level
                for name, column in self._columns_of(each.id, self._made[each.id]).items()
            }
            for level in self._levels
        ]

    def _columns_of(self, id: str, made: _Made) -> dict[str, Column]:
        columns = {id: F.when(self.are_asked, made.letter).otherwise(F.lit(_NOT_ASKED))}
        if made.open_law is not None:
            columns[f"{id}__open_law"] = self.are_asked & made.open_law
        if made.is_asked is not None:
            columns[f"{id}__is_asked"] = self.are_asked & made.is_asked
        return columns

    @cached_property
    def names(self) -> Names:
        """The names of the pack, its criteria among them, with what `on_unknown` put in place of U."""
        return self._knowing(self._made)

    def trace(self) -> Column:
        """The letters: T, F or U; t or f where `on_unknown` replaced U; - where a criterion does not apply."""
        return F.concat(
            *[F.substring(F.lit(_LETTERS), self._column(each.id) + 1, 1) for each in self.pack.criteria]
        )

    def held(self, criterion_id: str) -> Truth:
        """Whether a criterion holds, with what `on_unknown` put in place of U; so it does where it does not apply."""
        return self._held(criterion_id, self._made[criterion_id])

    def applies(self, criterion: Criterion) -> Column:
        """Whether a criterion may apply."""
        return self._column(criterion.id) != _NOT_ASKED

    def is_unknown(self, criterion: Criterion) -> Column:
        """Whether a criterion is U, or was before `on_unknown` replaced it."""
        return self._column(criterion.id).isin(_TAKEN_AS_FALSE, _UNKNOWN, _TAKEN_AS_TRUE)

    def is_open_or_false(self, criterion: Criterion) -> Column:
        """Whether a criterion is F or U, nothing being put in its place."""
        return self._column(criterion.id).isin(_FALSE, _UNKNOWN)

    def is_true(self, criterion: Criterion) -> Column:
        """Whether a criterion that applies is T."""
        return self._column(criterion.id) == _TRUE

    def waited_until(self, criterion: Criterion) -> Interval:
        """The day on which a wait ends."""
        day, made = self._wait(criterion), self._made[criterion.id]
        if made.is_asked is None:
            return day
        certain = self._column(f"{criterion.id}__is_asked")
        absent = values.known(F.lit(False)) if day.absent is None else day.absent
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


def _letter(criterion: Criterion, asked: Truth, applies: Truth | None) -> Column:
    """The letter as a number; what is open law stays unknown."""
    may_apply = F.lit(True) if applies is None else applies.possible
    letter = F.when(~may_apply, F.lit(_NOT_ASKED))
    letter = letter.when(asked.certain, F.lit(_TRUE)).when(~asked.possible, F.lit(_FALSE))
    if criterion.on_unknown == "review":
        return letter.otherwise(F.lit(_UNKNOWN))
    if asked.open_law is not None:
        letter = letter.when(asked.open_law, F.lit(_UNKNOWN))
    if criterion.on_unknown == "no_indication":
        letter = letter.when(~F.array_contains(F.col("covered"), criterion.covered_by), F.lit(_UNKNOWN))
    return letter.otherwise(F.lit(_TAKEN_AS_FALSE if criterion.on_unknown == "fail" else _TAKEN_AS_TRUE))
