"""The compiler: rule packs to one Spark plan that decides every charge of a person at once.

It computes what `clear_record.law.reference` computes, for a whole table: docs/law-language.md says what. `as_of` is a Column, so that
cases of different days can run in one job. The plan goes in steps, each a projection: the answers of history, the criteria, the table
of remedies, the decision.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import zip_longest

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from clear_record.decide import history, rechecks
from clear_record.decide.assignment import Assignment
from clear_record.decide.carried import carried, fields_of
from clear_record.decide.evaluate import Names, truth
from clear_record.decide.grounds import Grounds
from clear_record.decide.offense_lists import Memberships
from clear_record.decide.offices import Offices
from clear_record.decide.reading import Reading, Step
from clear_record.decide.values import Truth, one_of, open_high, open_low
from clear_record.law.pack import Pack
from clear_record.law.vocabulary import Type
from clear_record.tables import OUT_OF_SCOPE

_IDS = ("charge_id", "case_id", "subject_id", "county")

ANOTHER_COUNTY, LAW_ENDED, NOT_IN_SCOPE = "another county", "the law has ended", "not in scope"
"""Why a pack does not decide a charge."""


def decisions(
    charges: DataFrame,
    assignments: Sequence[Assignment],
    as_of: date | Column,
    out_of_scope: Observation | None = None,
    *,
    with_rechecks: bool = False,
) -> DataFrame:
    """The decisions of packs on gathered charges (see `gather`): the columns of `decision` but run_id.

    A charge that is not in a pack's scope has a row only `with_rechecks`, and if it may come into it on a later day: `out_of_scope`,
    with that day in recheck_on. Ask without them rather than filter them out: under a filter Spark writes the plan out for each branch.
    `as_of` is the day of the decision, the same for all rows of a person. `out_of_scope` observes for each pack how many charges it did
    not decide, by reason, as `<pack>|<reason>`. Rows of a person must all be there, in scope or not.
    """
    memberships = Memberships()
    packs = _compiled(assignments, as_of, memberships, with_rechecks=with_rechecks)
    # Columns are made before any is added, because making them tells which memberships of lists are asked for.
    scopes = {name: column for pack in packs for name, column in pack.scopes().items()}
    candidates = {name: column for pack in packs for name, column in pack.candidates().items()}
    is_decided = {pack.is_decided_name: pack.decides() for pack in packs}
    counts = [count for pack in packs for count in pack.left_out()]
    steps = [
        {name: column for each in step for name, column in each.items()}
        for step in zip_longest(*[pack.steps() for pack in packs], fillvalue={})
    ]
    frame = charges.withColumns(dict(memberships.columns())).withColumns(scopes)
    frame = frame.withColumns({**candidates, **is_decided})
    if out_of_scope is not None:
        frame = frame.observe(out_of_scope, *counts)
    frame = frame.where(one_of([pack.is_needed for pack in packs]))
    for step in steps:
        frame = frame.withColumns(step)
    return frame.select(F.inline(F.array_compact(F.array(*[F.col(pack.decision_name) for pack in packs]))))


def _compiled(
    assignments: Sequence[Assignment],
    as_of: date | Column,
    memberships: Memberships,
    *,
    with_rechecks: bool = False,
) -> list["_CompiledPack"]:
    day = F.lit(as_of) if isinstance(as_of, date) else as_of
    return [
        _CompiledPack(offices, day, memberships, f"_{position}_", with_rechecks)
        for position, offices in enumerate(Offices.of(assignments))
    ]


@dataclass(frozen=True)
class _CompiledPack:
    """The Columns of one pack, with the choices of each office that uses it; `prefix` begins the names of its own."""

    offices: Offices
    as_of: Column
    memberships: Memberships
    prefix: str
    with_rechecks: bool

    @property
    def pack(self) -> Pack:
        return self.offices.pack

    @property
    def is_decided_name(self) -> str:
        return f"{self.prefix}is_decided"

    @property
    def decision_name(self) -> str:
        return f"{self.prefix}decision"

    @property
    def _grants_prefix(self) -> str:
        return f"{self.prefix}grants_of_"

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

    @cached_property
    def _reading(self) -> Reading:
        is_decided = F.col(self.is_decided_name)
        return Reading(
            self.pack, self._names, self.prefix, self._scope, is_decided, self._grants_prefix, self._aside
        )

    @cached_property
    def _aside(self) -> Reading | None:
        """The reading with caps aside of all charges of the person that may be in scope: it tells which of them use a cap up."""
        if not self.pack.questions_of_grants:
            return None
        is_asked = self._is_law & self._scope.possible
        return Reading(self.pack.with_caps_aside, self._names, f"{self.prefix}aside_", self._scope, is_asked)

    @property
    def _readings(self) -> list[Reading]:
        return [self._reading] if self._aside is None else [self._aside, self._reading]

    # ---- all rows of the person

    def scopes(self) -> Step:
        """Whether a charge is in scope."""
        return fields_of(self._scope_name, self._made_scope)

    @cached_property
    def _made_scope(self) -> Truth:
        return truth(self.pack.scope, self._names)

    @property
    def _scope_name(self) -> str:
        return f"{self.prefix}scope"

    @cached_property
    def _scope(self) -> Truth:
        found = carried(self._scope_name, self._made_scope, F.col)
        assert isinstance(found, Truth)
        return found

    @cached_property
    def _scope_days(self) -> list[Column]:
        return list(rechecks.scope_days(self.pack, self._names))

    def candidates(self) -> Step:
        """The windows over the person that its readings need, and when a charge that is out of scope may come into it."""
        columns = {
            name: column for reading in self._readings for name, column in reading.candidates().items()
        }
        if (self.with_rechecks or self._aside is not None) and self._scope_days:
            never = open_high(Type.DATE)
            first = rechecks.first_after(self.as_of, self._scope_days)
            if self.with_rechecks:
                columns[self._scoped_from_name] = F.when(self._is_left_out, first).otherwise(never)
            if self._aside is not None:
                # A charge that is out of scope uses no cap up before that changes.
                columns[self._next_scope_name] = history.first_of_person(
                    F.when(self._scope.possible, never).otherwise(first)
                )
        return columns

    def decides(self) -> Column:
        """Whether the pack decides the charge: its county is asked for, the law has not ended, the scope is not F."""
        return self._is_asked & self._is_law & self._scope.possible

    @property
    def is_needed(self) -> Column:
        """Whether a row is needed once the windows are made."""
        is_read = F.col(self.is_decided_name) if self._aside is None else self._aside.is_asked
        return is_read | self._is_rechecked

    @property
    def _is_left_out(self) -> Column:
        """Whether the pack is asked for the charge and the charge is not in its scope."""
        return self._is_asked & self._is_law & ~self._scope.possible

    @property
    def _is_rechecked(self) -> Column:
        """Whether a charge that is out of scope may come into it."""
        return F.col(self._scoped_from_name) < open_high(Type.DATE) if self._has_rechecks else F.lit(False)

    @property
    def _has_rechecks(self) -> bool:
        return self.with_rechecks and bool(self._scope_days)

    def left_out(self) -> Iterator[Column]:
        """Counts of the charges that the pack does not decide, by reason."""
        reasons = {
            ANOTHER_COUNTY: ~self._is_asked,
            LAW_ENDED: self._is_asked & ~self._is_law,
            NOT_IN_SCOPE: self._is_left_out,
        }
        for reason, holds in reasons.items():
            yield F.count_if(holds).alias(f"{self.pack.name}|{reason}")

    @cached_property
    def _is_asked(self) -> Column:
        return self.offices.takes(F.col("county"))

    @cached_property
    def _is_law(self) -> Column:
        ends_on = self.pack.in_force.ends_on
        return F.lit(True) if ends_on is None else self.as_of < F.lit(ends_on)

    # ---- steps, for the rows that it decides

    def steps(self) -> Iterator[Step]:
        """Names and Columns of each step.

        Each column is computed where its reading is asked only: of many charges a law reaches few. Within such a condition Spark
        computes an expression anew wherever it stands, so what many others need has a step of its own.
        """
        if self._aside is not None:
            yield from self._aside.steps()
            first = self._first_after(self._aside.changing_days())
            never = open_high(Type.DATE)
            yield self._aside.named({"recheck_on": F.when(self._aside.is_asked, first).otherwise(never)})
            yield dict(self._grants(self._aside))
        yield from self._reading.steps()
        yield self._reading.named(self._outcome())
        decision = F.when(F.col(self.is_decided_name), F.struct(*self._decision()))
        if self._has_rechecks:
            decision = decision.when(self._is_rechecked, F.struct(*self._recheck()))
        yield {self.decision_name: decision}

    def _grants(self, aside: Reading) -> Iterator[tuple[str, Column]]:
        """Windows over the person: for each question of grants the charges that use a cap up, and when one of them may change."""
        gives_relief = aside.gives_relief()
        for name in sorted(self.pack.questions_of_grants):
            other_caps = {each.id for each in self.pack.caps if not each.asks({name})}
            # Where another cap may bar the grant, it is none for certain.
            is_doubtful = one_of(
                [aside.criteria.applies(each) for each in aside.pack.criteria if each.id in other_caps]
            )
            is_granted = Truth(gives_relief.certain & ~is_doubtful, gives_relief.possible)
            inquiry = history.Inquiry(self.pack.questions[name], self._names)
            yield f"{self._grants_prefix}{name}", inquiry.candidates(is_granted)
        yield self._next_grant_name, history.first_of_person(aside.column("recheck_on"))

    # ---- the decision

    def _outcome(self) -> Step:
        # Nothing is complete where the pack does not decide the row.
        results, possible, is_complete = (
            self._reading.results,
            self._reading.possible,
            self._reading.is_complete,
        )
        return {
            "outcome": F.when(is_complete, results.outcome(possible)).otherwise("needs_review"),
            "remedy": F.when(is_complete, results.remedy(possible)).otherwise("none"),
            "remedy_row": F.when(is_complete, self._reading.deciding_row()),
        }

    def _decision(self) -> Iterator[Column]:
        reading, criteria = self._reading, self._reading.criteria
        outcome, remedy = reading.column("outcome"), reading.column("remedy")
        open_rows = [reading.column(f"open_{at}") for at in range(len(self.pack.rows))]
        grounds = Grounds(criteria, reading.bands, reading.scope, reading.serving, open_rows)
        yield F.lit(self.pack.name).alias("pack")
        yield from (F.col(name) for name in _IDS)
        yield outcome.alias("outcome")
        yield remedy.alias("remedy")
        yield reading.column("remedy_row").alias("remedy_row")
        yield self._eligible_on(outcome).alias("eligible_on")
        yield self._recheck_on().alias("recheck_on")
        yield criteria.trace().alias("trace")
        is_open = (outcome == "needs_review") | remedy.startswith("at_least:")
        yield F.when(is_open, grounds.missing()).alias("missing")
        yield F.when(outcome != "eligible", grounds.witnesses(reading.witnesses_of)).alias("witnesses")

    def _recheck(self) -> Iterator[Column]:
        """The row of a charge that is out of scope and may come into it."""
        yield F.lit(self.pack.name).alias("pack")
        yield from (F.col(name) for name in _IDS)
        yield F.lit(OUT_OF_SCOPE).alias("outcome")
        yield F.lit("none").alias("remedy")
        yield F.lit(None).cast("int").alias("remedy_row")
        yield F.lit(None).cast("date").alias("eligible_on")
        yield F.col(self._scoped_from_name).alias("recheck_on")
        yield F.lit("").alias("trace")
        yield F.lit(None).cast("bigint").alias("missing")
        yield F.lit(None).cast("array<string>").alias("witnesses")

    def _eligible_on(self, outcome: Column) -> Column:
        """The latest day of the waits that possible rows require; null where one is open, or it rests on an event."""
        if not self._reading.has_waits:
            return F.lit(None).cast("date")
        criteria = self._reading.criteria
        none = open_low(Type.DATE)
        days, open_ones = [none], []
        for criterion in self.pack.criteria:
            is_required = self._reading.column(f"required_{criterion.id}") & criteria.applies(criterion)
            if criterion.wait is None:
                held = criteria.held(criterion.id)
                open_ones.append(is_required & ~held.certain)
                continue
            day = criteria.waited_until(criterion)
            is_known = day.is_exact if day.absent is None else day.is_exact & ~day.absent.possible
            days.append(F.when(is_required, day.low).otherwise(none))
            open_ones.append(is_required & ~is_known)
        latest = F.greatest(*days)
        is_told = outcome.isin("eligible", "not_yet") & ~one_of(open_ones) & (latest > none)
        begins_on = self.pack.in_force.begins_on
        if begins_on is not None:
            # Before a law begins, nothing is given by it.
            begun = F.greatest(latest, F.lit(begins_on))
            latest = F.when(self.as_of < F.lit(begins_on), begun).otherwise(latest)
        return F.when(is_told, latest)

    def _recheck_on(self) -> Column:
        """The first day after as_of on which the decision can change, under a cap with any of the person's charges."""
        days = list(self._reading.changing_days())
        if self._aside is not None:
            days.append(F.col(self._next_grant_name))
            if self._scope_days:
                days.append(F.col(self._next_scope_name))
        first = self._first_after(days)
        return F.when(first < open_high(Type.DATE), first)

    @property
    def _next_grant_name(self) -> str:
        return f"{self.prefix}next_grant"

    @property
    def _scoped_from_name(self) -> str:
        return f"{self.prefix}scoped_from"

    @property
    def _next_scope_name(self) -> str:
        return f"{self.prefix}next_scope"

    def _first_after(self, days: Iterable[Column]) -> Column:
        next_change = F.coalesce(self.offices.next_change(self.as_of), open_high(Type.DATE))
        return rechecks.first_after(self.as_of, [*days, next_change])
