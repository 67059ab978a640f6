"""One reading of a rule pack on every row: what history answers, the criteria, and the results that are possible.

A pack is read once, and twice where it has caps: the reading with caps aside tells which charges use them up.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import history, rechecks, remedies
from clear_record.decide.carried import carried, fields_of
from clear_record.decide.criteria import Criteria
from clear_record.decide.evaluate import Names, Value, truth, value
from clear_record.decide.values import Code, Truth, known, one_of
from clear_record.law.pack import Pack, Row

Step = dict[str, Column]


@dataclass(frozen=True)
class Reading:
    """The Columns of a pack read on a row; `names` say what its names stand for there.

    `prefix` begins the names of its columns, `scope` says whether a row is in scope, and `is_asked` of which rows it is read.
    `found` begins the names of the candidates for questions of grants, and `aside` is the reading that found them, whose other
    answers hold here too.
    """

    pack: Pack
    names: Names
    prefix: str
    scope: Truth
    is_asked: Column
    found: str | None = None
    aside: "Reading | None" = None

    def name(self, name: str) -> str:
        """The name of a column of this reading."""
        return f"{self.prefix}{name}"

    def column(self, name: str) -> Column:
        """A column of this reading."""
        return F.col(self.name(name))

    def named(self, columns: Mapping[str, Column]) -> Step:
        """Columns under their names in this reading."""
        return {self.name(name): column for name, column in columns.items()}

    # ---- all rows of the person

    def candidates(self) -> Step:
        """Windows over the person: the records that each question can rest on, and the next day on which one changes, or, where the
        charge's side has a say in it, the records that have such a day."""
        columns = {
            f"candidates_{name}": inquiry.candidates()
            for name, inquiry in self._inquiries.items()
            if inquiry.question.kind != "grants"
        }
        if self._record_days:
            next_day = rechecks.first_after(self.names.as_of, self._record_days)
            columns["next_day"] = history.first_of_person(next_day)
        if self._related_days is not None:
            record = F.when(~history.is_crowded(), self._related_days.record())
            columns["dated"] = history.over_person(F.collect_list(record))
        return self.named(columns)

    @cached_property
    def _inquiries(self) -> dict[str, history.Inquiry]:
        """The questions that the reading before this one did not answer."""
        answered = {} if self.aside is None else self.aside.pack.questions
        return {
            name: history.Inquiry(each, self.names)
            for name, each in self.pack.questions.items()
            if name not in answered
        }

    @cached_property
    def _record_days(self) -> list[Column]:
        return list(rechecks.record_days(self.pack, self.names))

    @cached_property
    def _related_days(self) -> rechecks.RelatedDays | None:
        return rechecks.related_days(self.pack, self.names)

    # ---- steps, one after the other

    def steps(self) -> Iterator[Step]:
        """Names and Columns of each step, up to the results that are possible."""
        yield self.named({**self._sides(), **self._next_related_day()})
        yield self.named(self._may_count())
        yield self.named(self._records())
        yield self.named(self._answers())
        yield {**self.criteria.waits(), **self.named(self._known())}
        yield from self.criteria.steps()
        yield self.named(self._masks())
        yield self.named(self._possible())

    def _sides(self) -> Step:
        """What the charge says alone, for each question, and the candidates of the rows of which history is asked."""
        columns: Step = {}
        for name, inquiry in self._inquiries.items():
            for side, column in inquiry.sides().items():
                # Null elsewhere, where there are no candidates to relate to.
                columns[f"asked_{name}__{side}"] = F.when(self.is_asked, column)
            grants = None if self.found is None else F.col(f"{self.found}{name}")
            found = grants if inquiry.question.kind == "grants" else self.column(f"candidates_{name}")
            assert found is not None
            columns[f"found_{name}"] = F.when(self.is_asked, found).otherwise(F.slice(found, 1, 0))
        return columns

    def _next_related_day(self) -> Step:
        """The next day of another record in which the charge's side has a say."""
        if self._related_days is None:
            return {}
        return {"next_related_day": F.when(self.is_asked, self._related_days.next_day(self.column("dated")))}

    def _side(self, question: str) -> Callable[[str], Column]:
        return lambda side: self.column(f"asked_{question}__{side}")

    def _may_count(self) -> Step:
        return {
            f"may_count_{name}": inquiry.may_count(self.column(f"found_{name}"), self._side(name))
            for name, inquiry in self._inquiries.items()
        }

    def _records(self) -> Step:
        columns: Step = {}
        for name, inquiry in self._inquiries.items():
            may_count, side = self.column(f"may_count_{name}"), self._side(name)
            columns[f"sure_{name}"] = inquiry.sure(may_count, side)
            columns[f"unsure_{name}"] = inquiry.unsure(may_count, side)
        return columns

    @cached_property
    def _answered(self) -> dict[str, history.Answer]:
        """The answers of history, made of the records that count."""
        found = {}
        for name, inquiry in self._inquiries.items():
            sure, unsure = self.column(f"sure_{name}"), self.column(f"unsure_{name}")
            found[name] = inquiry.answer(sure, unsure, inquiry.is_law_open(unsure, self._side(name)))
        return found

    def _answers(self) -> Step:
        columns: Step = {}
        for name, answer in self._answered.items():
            known = answer.value.unknown_where(history.is_crowded())
            columns |= fields_of(f"answer_{name}", known.only_where(self.is_asked))
            if answer.witnesses is not None:
                columns[f"answer_{name}__witnesses"] = F.when(self.is_asked, answer.witnesses)
        return columns

    def answer_of(self, question: str) -> Value:
        """What history answers, out of its columns."""
        if question not in self._inquiries:
            assert self.aside is not None
            return self.aside.answer_of(question)
        return carried(f"answer_{question}", self._answered[question].value, self.column)

    def witnesses_of(self, question: str) -> Column:
        """The ids of the records that an answer rests on; null where none."""
        if question not in self._inquiries:
            assert self.aside is not None
            return self.aside.witnesses_of(question)
        return self.column(f"answer_{question}__witnesses")

    @cached_property
    def with_history(self) -> Names:
        """The names, with the answers of history."""
        return replace(
            self.names, known={f"history.{name}": self.answer_of(name) for name in self.pack.questions}
        )

    @cached_property
    def criteria(self) -> Criteria:
        return Criteria(self.pack, self.with_history, self.name("criterion_"), self.is_asked)

    def _known(self) -> Step:
        """What is known of the bands, and whether the sentence is still served, before the criteria."""
        columns: Step = {}
        for name, band in self._made_bands.items():
            columns[f"band_{name}__open_parts"] = self._where_asked(band.open_parts, F.lit(0).cast("bigint"))
            columns |= fields_of(f"band_{name}", band.closed.only_where(self.is_asked))
        if self._made_serving is not None:
            columns |= fields_of("serving", self._made_serving.only_where(self.is_asked))
        return columns

    def _where_asked(self, column: Column, otherwise: Column) -> Column:
        return F.when(self.is_asked, column).otherwise(otherwise)

    @cached_property
    def _made_bands(self) -> dict[str, remedies.BandColumns]:
        made = {}
        for name, band in self.pack.bands.items():
            of = value(band.of, self.with_history)
            applies = None if band.applies is None else truth(band.applies, self.with_history)
            absent = None if isinstance(of, Truth) else of.absent
            parts = remedies.open_parts(band, of.value if isinstance(of, Code) else of)
            made[name] = remedies.BandColumns(parts, remedies.closed_of(applies, absent))
        return made

    @cached_property
    def _made_serving(self) -> Truth | None:
        return None if self.pack.serving is None else truth(self.pack.serving, self.with_history)

    @cached_property
    def bands(self) -> dict[str, remedies.BandColumns]:
        columns = {}
        for name, band in self._made_bands.items():
            closed = carried(f"band_{name}", band.closed, self.column)
            assert isinstance(closed, Truth)
            columns[name] = remedies.BandColumns(self.column(f"band_{name}__open_parts"), closed)
        return columns

    @cached_property
    def serving(self) -> Truth | None:
        """Whether the sentence is still served; None where the pack does not ask."""
        if self._made_serving is None:
            return None
        found = carried("serving", self._made_serving, self.column)
        assert isinstance(found, Truth)
        return found

    def _masks(self) -> Step:
        """The combinations that are left open, and where each row's `when` may be true and false."""
        combinations = remedies.Combinations(self.pack.bands)
        none = F.lit(0).cast("bigint")
        columns = {"left_open": self._where_asked(combinations.left_open(self.bands), none)}
        for position, row in enumerate(self.pack.rows):
            masks = remedies.masks_of(
                row.when, lambda term: truth(term, self.criteria.names), combinations, self.bands
            )
            columns[f"true_{position}"] = self._where_asked(masks.true, none)
            columns[f"false_{position}"] = self._where_asked(masks.false, none)
            columns[f"results_{position}"] = self._where_asked(self._results_of(row), F.lit(0))
        return columns

    def _possible(self) -> Step:
        """The mask of the results that are possible, which rows are left open, and what the possible ones require."""
        positions = range(len(self.pack.rows))
        whens = [remedies.Masks(self.column(f"true_{at}"), self.column(f"false_{at}")) for at in positions]
        is_possible, is_open = remedies.read_rows(whens, self.column("left_open"))
        results = [
            F.when(is_possible[at], self.column(f"results_{at}")).otherwise(F.lit(0)) for at in positions
        ]
        columns = {"results": reduce(Column.bitwiseOR, results).cast("bigint")}
        columns |= {f"given_{at}": each for at, each in enumerate(results)}
        columns |= {f"open_{at}": each for at, each in enumerate(is_open)}
        if self.has_waits:
            for criterion in self.pack.criteria:
                rows = [
                    is_possible[at]
                    for at, row in enumerate(self.pack.rows)
                    if criterion.id in row.requires and not row.gives_nothing
                ]
                columns[f"required_{criterion.id}"] = one_of(rows)
        return columns

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
        lasting.append(self.scope)
        begins_on = self.pack.in_force.begins_on
        if begins_on is not None and row.gives in self.pack.ladder:
            passing.append(known(self.names.as_of >= F.lit(begins_on)))
        return self.results.of_row(self._given(row), lasting, passing)

    def _given(self, row: Row) -> Column:
        given = self.results.bit(row.gives)
        if row.if_serving is None:
            return given
        serving = self.serving
        assert serving is not None
        instead = self.results.bit(row.if_serving)
        return (
            F.when(serving.certain, instead)
            .when(~serving.possible, given)
            .otherwise(given.bitwiseOR(instead))
        )

    # ---- what was found

    @property
    def is_complete(self) -> Column:
        """Whether the person's record could be believed, whatever the rest says."""
        return self.criteria.is_true(self.pack.criteria[0])

    @property
    def possible(self) -> Column:
        """The mask of the results that are possible."""
        return self.column("results")

    def deciding_row(self) -> Column:
        """The row of remedies (from 1) that gave the result: of several the last, at which reading stopped; null for several results."""
        deciding = self.results.deciding(self.possible)
        row = F.lit(None).cast("int")
        for at in range(len(self.pack.rows)):
            gives_it = self.column(f"given_{at}").bitwiseAND(deciding) != 0
            row = F.when(gives_it, at + 1).otherwise(row)
        return row

    def gives_relief(self) -> Truth:
        """Whether relief is certain (T), out of the question (F), or may be given (U)."""
        gives = self.results.gives_relief(self.possible)
        return Truth(
            self.scope.possible & gives.certain & self.is_complete, self.scope.possible & gives.possible
        )

    def changing_days(self) -> Iterator[Column]:
        """The days on which a comparison with as_of or an event changes."""
        yield from rechecks.own_days(self.pack, self.criteria.names)
        for criterion in self.pack.criteria:
            if criterion.wait is not None:
                day = self.criteria.waited_until(criterion)
                yield from (day.low, day.high)
        if self._record_days:
            yield self.column("next_day")
        if self._related_days is not None:
            yield self.column("next_related_day")
