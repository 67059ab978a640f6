"""The compiler: rule packs to one Spark plan that decides every charge of a person at once.

It computes what `clear_record.law.reference` computes, for a whole table: docs/law-language.md says what. `as_of` is a Column, so that
cases of different days can run in one job. The plan goes in steps, and a step is one struct column a pack: the answers of history,
the criteria, the table of remedies, the decision.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, reduce
from itertools import zip_longest

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from clear_record.decide import history, rechecks, remedies
from clear_record.decide.assignment import Assignment
from clear_record.decide.carried import fields_of, value_of
from clear_record.decide.criteria import Criteria
from clear_record.decide.evaluate import Names, truth, value
from clear_record.decide.grounds import Grounds
from clear_record.decide.offense_lists import Memberships
from clear_record.decide.offices import Offices
from clear_record.decide.values import Code, Truth, one_of
from clear_record.law.pack import Pack, Row

_IDS = ("charge_id", "case_id", "subject_id", "county")


def decisions(
    charges: DataFrame,
    assignments: Sequence[Assignment],
    as_of: date | Column,
    out_of_scope: Observation | None = None,
) -> DataFrame:
    """The decisions of packs on gathered charges (see `gather`): the columns of `decision` but run_id.

    `as_of` is the day of the decision, the same for all rows of a person. `out_of_scope` observes for each pack how many charges
    it did not decide, by reason, as `<pack>|<reason>`. Rows of a person must all be there, in scope or not.
    """
    day = F.lit(as_of) if isinstance(as_of, date) else as_of
    memberships = Memberships()
    packs = [
        _CompiledPack(offices, day, memberships, f"_{position}_")
        for position, offices in enumerate(Offices.of(assignments))
    ]
    # Columns are made before any is added, because making them tells which memberships of lists are asked for.
    candidates = {name: column for pack in packs for name, column in pack.candidates()}
    is_decided = {pack.is_decided_name: pack.decides() for pack in packs}
    counts = [count for pack in packs for count in pack.left_out()]
    steps = [dict(each for each in step if each) for step in zip_longest(*[pack.steps() for pack in packs])]
    frame = charges.withColumns(dict(memberships.columns())).withColumns(candidates).withColumns(is_decided)
    if out_of_scope is not None:
        frame = frame.observe(out_of_scope, *counts)
    frame = frame.where(one_of([F.col(name) for name in is_decided]))
    for step in steps:
        frame = frame.withColumns(step)
    return frame.select(F.inline(F.array_compact(F.array(*[F.col(pack.decision_name) for pack in packs]))))


@dataclass(frozen=True)
class _CompiledPack:
    """The Columns of one pack, with the choices of each office that uses it; `prefix` begins the names of its own."""

    offices: Offices
    as_of: Column
    memberships: Memberships
    prefix: str

    @property
    def pack(self) -> Pack:
        return self.offices.pack

    def _name(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _column(self, name: str) -> Column:
        return F.col(self._name(name))

    @property
    def is_decided_name(self) -> str:
        return self._name("is_decided")

    @property
    def decision_name(self) -> str:
        return self._name("decision")

    @cached_property
    def _names(self) -> Names:
        """The names of the pack on a charge; what an office set for itself comes with the charge's county."""
        begins_on = self.pack.in_force.begins_on
        law_of = self.as_of if begins_on is None else F.greatest(self.as_of, F.lit(begins_on))
        return Names(
            as_of=self.as_of,
            charge=F.col,
            other=None,
            parameters=lambda name: self.offices.parameter(name, law_of),
            listed=lambda offense, name: self.memberships.column_name(
                offense, self.pack.lists[name], law_of, begins_on
            ),
            varying=self.offices.varying,
        )

    # ---- all rows of the person

    def candidates(self) -> Iterator[tuple[str, Column]]:
        """Windows over the person: the records that each question can rest on, and the next day on which one changes."""
        for name, question in self.pack.questions.items():
            yield self._name(f"candidates_{name}"), history.candidates(question, self._names)
        if self._record_days:
            next_day = rechecks.first_after(self.as_of, self._record_days)
            yield self._name("next_day"), history.over_person(F.min(next_day))

    @cached_property
    def _record_days(self) -> list[Column]:
        return list(rechecks.record_days(self.pack, self._names))

    def decides(self) -> Column:
        """Whether the pack decides the charge: its county is asked for, the law has not ended, the scope is not F."""
        return self._is_asked & self._is_law & self._may_be_in_scope

    def left_out(self) -> Iterator[Column]:
        """Counts of the charges that the pack does not decide, by reason."""
        reasons = {
            "another county": ~self._is_asked,
            "the law has ended": self._is_asked & ~self._is_law,
            "not in scope": self._is_asked & self._is_law & ~self._may_be_in_scope,
        }
        for reason, holds in reasons.items():
            yield F.count_if(holds).alias(f"{self.pack.name}|{reason}")

    @cached_property
    def _scope(self) -> Truth:
        return truth(self.pack.scope, self._names)

    @cached_property
    def _is_asked(self) -> Column:
        return self.offices.takes(F.col("county"))

    @cached_property
    def _is_law(self) -> Column:
        ends_on = self.pack.in_force.ends_on
        return F.lit(True) if ends_on is None else self.as_of < F.lit(ends_on)

    @cached_property
    def _may_be_in_scope(self) -> Column:
        return F.coalesce(self._scope.value, F.lit(True))

    # ---- steps, for the rows that it decides

    def steps(self) -> Iterator[tuple[str, Column]]:
        """Name and Column of each step.

        Only the last is null where the pack does not decide the row: within a condition Spark would compute an expression anew
        wherever it stands, and without candidates the other steps are cheap.
        """
        for name, fields in (
            ("records", self._records()),
            ("history", self._answers()),
            *((name, iter(fields)) for name, fields in self._criteria.steps()),
            ("masks", self._masks()),
            ("possible", self._possible()),
            ("outcome", self._outcome()),
            ("decision", self._decision()),
        ):
            made = list(fields)
            if made:
                step = F.struct(*made)
                is_last = name == "decision"
                yield (
                    name if name.startswith(self.prefix) else self._name(name),
                    F.when(F.col(self.is_decided_name), step) if is_last else step,
                )

    def _records(self) -> Iterator[Column]:
        for name, question in self.pack.questions.items():
            asked = F.when(F.col(self.is_decided_name), self._column(f"candidates_{name}"))
            found = history.records_that_count(question, asked, self._names)
            yield found.alias(name)

    def _answers(self) -> Iterator[Column]:
        for name, question in self.pack.questions.items():
            found = history.answer(question, self._column("records")[name])
            yield from fields_of(name, found.value)
            if found.witnesses is not None:
                yield found.witnesses.alias(f"{name}__witnesses")

    @cached_property
    def _with_history(self) -> Names:
        answers = {
            f"history.{name}": value_of(self._column("history"), name, question.type)
            for name, question in self.pack.questions.items()
        }
        return replace(self._names, known=answers)

    @cached_property
    def _criteria(self) -> Criteria:
        return Criteria(self.pack, self._with_history, self.prefix)

    @cached_property
    def _bands(self) -> dict[str, remedies.BandColumns]:
        columns = {}
        for name, band in self.pack.bands.items():
            of = value(band.of, self._with_history)
            applies = None if band.applies is None else truth(band.applies, self._with_history)
            absent = None if isinstance(of, Truth) else of.absent
            parts = remedies.open_parts(band, of.value if isinstance(of, Code) else of)
            columns[name] = remedies.BandColumns(parts, remedies.closed_of(applies, absent))
        return columns

    def _masks(self) -> Iterator[Column]:
        """The combinations that are left open, and where each row's `when` may be true and false."""
        combinations = remedies.Combinations(self.pack.bands)
        yield combinations.left_open(self._bands).alias("left_open")
        for position, row in enumerate(self.pack.rows):
            masks = remedies.masks_of(
                row.when, lambda term: truth(term, self._criteria.names), combinations, self._bands
            )
            yield masks.true.alias(f"true_{position}")
            yield masks.false.alias(f"false_{position}")
            yield self._results_of(row).alias(f"results_{position}")

    def _possible(self) -> Iterator[Column]:
        """The mask of the results that are possible, which rows are left open, and what the possible ones require."""
        step, positions = self._column("masks"), range(len(self.pack.rows))
        whens = [remedies.Masks(step[f"true_{at}"], step[f"false_{at}"]) for at in positions]
        is_possible, is_open = remedies.read_rows(whens, step["left_open"])
        results = [F.when(is_possible[at], step[f"results_{at}"]).otherwise(F.lit(0)) for at in positions]
        yield reduce(Column.bitwiseOR, results).cast("bigint").alias("results")
        yield from (is_open[at].alias(f"open_{at}") for at in positions)
        if self._has_waits:
            for criterion in self.pack.criteria:
                rows = [is_possible[at] for at in positions if criterion.id in self.pack.rows[at].requires]
                yield one_of(rows).alias(f"{criterion.id}__required")

    @property
    def _has_waits(self) -> bool:
        return any(criterion.wait is not None for criterion in self.pack.criteria)

    @cached_property
    def _results(self) -> remedies.Results:
        return remedies.Results(self.pack.ladder)

    def _results_of(self, row: Row) -> Column:
        """The mask of the results that a row can have, over what it requires."""
        criteria = {each.id: each for each in self.pack.criteria}
        lasting = [
            self._criteria.held(id) for id in row.requires if criteria[id].when_false == "not_eligible"
        ]
        passing = [self._criteria.held(id) for id in row.requires if criteria[id].when_false == "not_yet"]
        # A scope that is unknown, and a law that is still to come, count as one more requirement each.
        lasting.append(self._scope.value)
        begins_on = self.pack.in_force.begins_on
        if begins_on is not None and row.gives in self.pack.ladder:
            passing.append(self.as_of >= F.lit(begins_on))
        return self._results.of_row(self._given(row), lasting, passing)

    def _given(self, row: Row) -> Column:
        given = self._results.bit(row.gives)
        if row.if_serving is None:
            return given
        assert self.pack.serving is not None
        serving = truth(self.pack.serving, self._with_history).value
        instead = self._results.bit(row.if_serving)
        return F.when(serving, instead).when(~serving, given).otherwise(given.bitwiseOR(instead))

    # ---- the decision

    def _outcome(self) -> Iterator[Column]:
        possible = self._column("possible")["results"]
        is_complete = self._criteria.letter(self.pack.criteria[0]) == "T"
        yield F.when(is_complete, self._results.outcome(possible)).otherwise("needs_review").alias("outcome")
        yield F.when(is_complete, self._results.remedy(possible)).otherwise("none").alias("remedy")

    def _decision(self) -> Iterator[Column]:
        outcome, remedy = self._column("outcome")["outcome"], self._column("outcome")["remedy"]
        open_rows = [self._column("possible")[f"open_{at}"] for at in range(len(self.pack.rows))]
        grounds = Grounds(self._criteria, self._bands, self._scope, open_rows)
        yield F.lit(self.pack.name).alias("pack")
        yield from (F.col(name) for name in _IDS)
        yield outcome.alias("outcome")
        yield remedy.alias("remedy")
        yield self._eligible_on(outcome).alias("eligible_on")
        yield self._recheck_on().alias("recheck_on")
        yield F.concat(*[self._criteria.letter(each) for each in self.pack.criteria]).alias("trace")
        is_open = (outcome == "needs_review") | remedy.startswith("at_least:")
        yield F.when(is_open, grounds.missing()).alias("missing")
        yield F.when(outcome != "eligible", grounds.witnesses(self._column("history"))).alias("witnesses")

    def _eligible_on(self, outcome: Column) -> Column:
        """The latest day of the waits that possible rows require; null where one is open, or it rests on an event."""
        if not self._has_waits:
            return F.lit(None).cast("date")
        days, open_ones = [], []
        for criterion in self.pack.criteria:
            letter = self._criteria.letter(criterion)
            is_required = self._column("possible")[f"{criterion.id}__required"] & (letter != "-")
            if criterion.wait is None:
                open_ones.append(is_required & ~letter.isin("T", "t"))
                continue
            day = self._criteria.waited_until(criterion)
            assert day.absent is not None
            days.append(F.when(is_required, day.low))
            open_ones.append(is_required & ~F.coalesce((day.low == day.high) & ~day.absent, F.lit(False)))
        latest = F.greatest(*days) if len(days) > 1 else days[0]
        begins_on = self.pack.in_force.begins_on
        if begins_on is not None:
            # Before a law begins, nothing is given by it.
            latest = F.when(
                latest.isNotNull() & (self.as_of < F.lit(begins_on)), F.greatest(latest, F.lit(begins_on))
            ).otherwise(latest)
        return F.when(outcome.isin("eligible", "not_yet") & ~one_of(open_ones), latest)

    def _recheck_on(self) -> Column:
        """The first day after as_of on which a comparison with it, an event or the law itself changes."""
        days = list(rechecks.own_days(self.pack, self._with_history))
        for criterion in self.pack.criteria:
            if criterion.wait is not None:
                day = self._criteria.waited_until(criterion)
                days += [day.low, day.high]
        if self._record_days:
            days.append(self._column("next_day"))
        days += [F.lit(day) for day in self.pack.changing_days]
        return rechecks.first_after(self.as_of, days) if days else F.lit(None).cast("date")
