"""One reading of a rule pack on every row: what history answers, the criteria, and the results that are possible.

A pack is read once, and twice where it has caps: the reading with caps aside tells which charges use them up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import history, rechecks, remedies
from clear_record.decide.carried import fields_of, value_of
from clear_record.decide.criteria import Criteria
from clear_record.decide.evaluate import Names, truth, value
from clear_record.decide.values import Code, Truth, one_of
from clear_record.law.pack import Pack, Question, Row

Step = tuple[str, Column]


@dataclass(frozen=True)
class Reading:
    """The Columns of a pack read on a row; `names` say what its names stand for there.

    `prefix` begins the names of its steps, and `is_asked` says of which rows it is read (of others history is not asked).
    `found` is the step in which the candidates for questions of grants stand, and `aside` the reading that found them, whose other
    answers hold here too.
    """

    pack: Pack
    names: Names
    prefix: str
    is_asked: Column
    found: str | None = None
    aside: "Reading | None" = None

    def name(self, step: str) -> str:
        """The name of a step."""
        return f"{self.prefix}{step}"

    def column(self, step: str) -> Column:
        """The struct of a step."""
        return F.col(self.name(step))

    def structs(self, *steps: tuple[str, Iterator[Column]]) -> Iterator[Step]:
        """Name and struct of each step that has fields."""
        for name, fields in steps:
            made = list(fields)
            if made:
                yield self.name(name), F.struct(*made)

    # ---- all rows of the person

    def candidates(self) -> Iterator[Step]:
        """Windows over the person: the records that each question can rest on, and the next day on which one changes."""
        for name, question in self._own_questions.items():
            if question.kind != "grants":
                yield self.name(f"candidates_{name}"), history.candidates(question, self.names)
        if self._record_days:
            next_day = rechecks.first_after(self.names.as_of, self._record_days)
            yield self.name("next_day"), history.over_person(F.min(next_day))

    @cached_property
    def _own_questions(self) -> dict[str, Question]:
        """The questions that the reading before this one did not answer."""
        answered = {} if self.aside is None else self.aside.pack.questions
        return {name: each for name, each in self.pack.questions.items() if name not in answered}

    @cached_property
    def _record_days(self) -> list[Column]:
        return list(rechecks.record_days(self.pack, self.names))

    # ---- steps, one after the other

    def steps(self) -> Iterator[Step]:
        """Name and Column of each step, up to the results that are possible."""
        yield from self.structs(("records", self._records()), ("history", self._answers()))
        for name, fields in self.criteria.steps():
            yield name, F.struct(*fields)
        yield from self.structs(("masks", self._masks()), ("possible", self._possible()))

    def _records(self) -> Iterator[Column]:
        for name, question in self._own_questions.items():
            if question.kind == "grants":
                assert self.found is not None
                found = F.col(self.found)[name]
            else:
                found = self.column(f"candidates_{name}")
            asked = F.when(self.is_asked, found)
            yield history.records_that_count(question, asked, self.names).alias(name)

    def _answers(self) -> Iterator[Column]:
        for name, question in self.pack.questions.items():
            if name not in self._own_questions:
                assert self.aside is not None
                yield from self.aside.answers_again(question)
                continue
            found = history.answer(question, self.column("records")[name])
            yield from fields_of(name, found.value)
            if found.witnesses is not None:
                yield found.witnesses.alias(f"{name}__witnesses")

    def answers_again(self, question: Question) -> Iterator[Column]:
        """The fields of an answer, for a later reading."""
        answers = self.column("history")
        yield from fields_of(question.name, value_of(answers, question.name, question.type))
        if question.has_witnesses:
            witnesses = f"{question.name}__witnesses"
            yield answers[witnesses].alias(witnesses)

    @cached_property
    def with_history(self) -> Names:
        """The names, with the answers of history."""
        answers = {
            f"history.{name}": value_of(self.column("history"), name, question.type)
            for name, question in self.pack.questions.items()
        }
        return replace(self.names, known=answers)

    @cached_property
    def criteria(self) -> Criteria:
        return Criteria(self.pack, self.with_history, self.prefix)

    @cached_property
    def scope(self) -> Truth:
        return truth(self.pack.scope, self.names)

    @cached_property
    def bands(self) -> dict[str, remedies.BandColumns]:
        columns = {}
        for name, band in self.pack.bands.items():
            of = value(band.of, self.with_history)
            applies = None if band.applies is None else truth(band.applies, self.with_history)
            absent = None if isinstance(of, Truth) else of.absent
            parts = remedies.open_parts(band, of.value if isinstance(of, Code) else of)
            columns[name] = remedies.BandColumns(parts, remedies.closed_of(applies, absent))
        return columns

    def _masks(self) -> Iterator[Column]:
        """The combinations that are left open, and where each row's `when` may be true and false."""
        combinations = remedies.Combinations(self.pack.bands)
        yield combinations.left_open(self.bands).alias("left_open")
        for position, row in enumerate(self.pack.rows):
            masks = remedies.masks_of(
                row.when, lambda term: truth(term, self.criteria.names), combinations, self.bands
            )
            yield masks.true.alias(f"true_{position}")
            yield masks.false.alias(f"false_{position}")
            yield self._results_of(row).alias(f"results_{position}")

    def _possible(self) -> Iterator[Column]:
        """The mask of the results that are possible, which rows are left open, and what the possible ones require."""
        step, positions = self.column("masks"), range(len(self.pack.rows))
        whens = [remedies.Masks(step[f"true_{at}"], step[f"false_{at}"]) for at in positions]
        is_possible, is_open = remedies.read_rows(whens, step["left_open"])
        results = [F.when(is_possible[at], step[f"results_{at}"]).otherwise(F.lit(0)) for at in positions]
        yield reduce(Column.bitwiseOR, results).cast("bigint").alias("results")
        yield from (each.alias(f"given_{at}") for at, each in enumerate(results))
        yield from (is_open[at].alias(f"open_{at}") for at in positions)
        if self.has_waits:
            for criterion in self.pack.criteria:
                rows = [
                    is_possible[at]
                    for at, row in enumerate(self.pack.rows)
                    if criterion.id in row.requires and not row.gives_nothing
                ]
                yield one_of(rows).alias(f"{criterion.id}__required")

    @property
    def has_waits(self) -> bool:
        return any(criterion.wait is not None for criterion in self.pack.criteria)

    @cached_property
    def results(self) -> remedies.Results:
        return remedies.Results(self.pack.ladder)

    def _results_of(self, row: Row) -> Column:
        """The mask of the results that a row can have, over what it requires."""
        of_time = {each.id for each in self.pack.criteria if each.when_false == "not_yet"}
        # Nobody waits for nothing.
        of_time = set() if row.gives_nothing else of_time
        lasting = [self.criteria.held(id) for id in row.requires if id not in of_time]
        passing = [self.criteria.held(id) for id in row.requires if id in of_time]
        # A scope that is unknown, and a law that is still to come, count as one more requirement each.
        lasting.append(self.scope.value)
        begins_on = self.pack.in_force.begins_on
        if begins_on is not None and row.gives in self.pack.ladder:
            passing.append(self.names.as_of >= F.lit(begins_on))
        return self.results.of_row(self._given(row), lasting, passing)

    def _given(self, row: Row) -> Column:
        given = self.results.bit(row.gives)
        if row.if_serving is None:
            return given
        assert self.pack.serving is not None
        serving = truth(self.pack.serving, self.with_history).value
        instead = self.results.bit(row.if_serving)
        return F.when(serving, instead).when(~serving, given).otherwise(given.bitwiseOR(instead))

    # ---- what was found

    @property
    def is_complete(self) -> Column:
        """Whether the person's record could be believed, whatever the rest says."""
        return self.criteria.letter(self.pack.criteria[0]) == "T"

    @property
    def possible(self) -> Column:
        """The mask of the results that are possible."""
        return self.column("possible")["results"]

    def deciding_row(self) -> Column:
        """The row of remedies (from 1) that gave the result: of several the last, at which reading stopped; null for several results."""
        deciding = self.results.deciding(self.possible)
        row = F.lit(None).cast("int")
        for at in range(len(self.pack.rows)):
            gives_it = self.column("possible")[f"given_{at}"].bitwiseAND(deciding) != 0
            row = F.when(gives_it, at + 1).otherwise(row)
        return row

    def gives_relief(self) -> Column:
        """Whether relief is certain (T), out of the question (F), or may be given (U)."""
        gives = self.results.gives_relief(self.possible)
        is_out_of_scope = F.coalesce(~self.scope.value, F.lit(False))
        return F.when(is_out_of_scope, False).when(gives & self.is_complete, True).when(~gives, False)

    def changing_days(self) -> Iterator[Column]:
        """The days on which a comparison with as_of or an event changes."""
        yield from rechecks.own_days(self.pack, self.criteria.names)
        for criterion in self.pack.criteria:
            if criterion.wait is not None:
                day = self.criteria.waited_until(criterion)
                yield from (day.low, day.high)
        if self._record_days:
            yield self.column("next_day")
