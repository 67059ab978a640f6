"""The reference evaluator: what a rule pack decides for one charge of a person, in plain Python, to be checked by reading.

It follows docs/law-language.md. `clear_record.decide.compiler` computes the same for a whole table. A person is the list of
gathered rows (`clear_record.law.person`), one a charge; a column that a row lacks is not recorded.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from clear_record.law import known_values as values
from clear_record.law.expressions import (
    AS_OF,
    And,
    Arithmetic,
    BandIs,
    Call,
    Choice,
    Compare,
    Expression,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Or,
    asks_other,
    compared_with_as_of,
    names_in,
)
from clear_record.law.known_values import FALSE, TRUE, UNKNOWN, Code, Interval, Truth, Value
from clear_record.law.offenses import Offense, matches
from clear_record.law.pack import Criterion, OffenseList, Pack, Question, Row, Wait, facts_in
from clear_record.law.vocabulary import VOCABULARY, Absence, Entry, Type

Record = Mapping[str, Any]

_WITHIN = {"same_case": "case_id", "same_cycle": "cycle_id", "same_county": "county", "state": "state"}
_KIND = {"convictions": "conviction", "arrests": "arrest"}


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as the table `decision` has it, and the `reason` and `alternative` of its `remedy_row`.

    `trace` has one letter a criterion, `missing` one bit for each of the pack's `facts`; `witnesses` are ids of charges.
    """

    outcome: str
    remedy: str
    remedy_row: int | None
    eligible_on: date | None
    recheck_on: date | None
    trace: str
    missing: int | None
    witnesses: tuple[str, ...] | None
    reason: str | None
    alternative: str | None


def evaluate(
    pack: Pack, person: Sequence[Record], charge_id: str, as_of: date, covered: Collection[str] = ()
) -> Decision | None:
    """The decision of a charge; None where it is out of the pack's scope, or the law has ended.

    `covered` are the kinds of records that were loaded for the charge's state.
    """
    (charge,) = (row for row in person if row["charge_id"] == charge_id)
    evaluation = Evaluation(pack, person, charge, as_of, frozenset(covered))
    return evaluation.decision() if evaluation.is_decided else None


def scoped_from(
    pack: Pack, person: Sequence[Record], charge_id: str, as_of: date, covered: Collection[str] = ()
) -> date | None:
    """The first day after as_of on which a charge may come into the pack's scope; None where it is in it, the law has ended, or there is none."""
    (charge,) = (row for row in person if row["charge_id"] == charge_id)
    evaluation = Evaluation(pack, person, charge, as_of, frozenset(covered))
    if evaluation.is_decided or not evaluation.is_law:
        return None
    return min((day for day in evaluation.days_of_scope() if day > as_of), default=None)


def decide_person(
    pack: Pack, person: Sequence[Record], as_of: date, covered: Collection[str] = ()
) -> dict[str, Decision]:
    """The decisions of all of a person's charges that the pack decides, by charge_id."""
    decided = {row["charge_id"]: evaluate(pack, person, row["charge_id"], as_of, covered) for row in person}
    return {charge_id: decision for charge_id, decision in decided.items() if decision is not None}


@dataclass(frozen=True, slots=True)
class _Match:
    """A record that counts, or may count, for a question."""

    row: Record
    counts: Truth


@dataclass(frozen=True, slots=True)
class _Found:
    """What a criterion came to: its letter in the trace, its value there, and the day on which a wait ends."""

    letter: str
    truth: Truth
    day: Interval | None = None


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: str
    remedy: str


class Evaluation:
    """One charge under one pack on one day: the values of expressions, and from them the decision."""

    def __init__(
        self, pack: Pack, person: Sequence[Record], charge: Record, as_of: date, covered: frozenset[str]
    ) -> None:
        self.pack, self.person, self.charge, self.as_of, self.covered = pack, person, charge, as_of, covered
        begins_on = pack.in_force.begins_on
        self.is_in_force = begins_on is None or begins_on <= as_of
        # Before a law begins, it is asked what it will give: by its own numbers and lists.
        self.law_of = as_of if begins_on is None else max(as_of, begins_on)

        # In their order: a criterion may ask for those before it.
        self.criteria: dict[str, _Found] = {}

    @cached_property
    def is_decided(self) -> bool:
        """Whether the pack speaks of the charge: the law has not ended, and the scope is not F."""
        return self.is_law and self.scope.value is not False

    @property
    def is_law(self) -> bool:
        """Whether the law has not ended."""
        ends_on = self.pack.in_force.ends_on
        return ends_on is None or self.as_of < ends_on

    @cached_property
    def scope(self) -> Truth:
        return self.truth(self.pack.scope)

    @cached_property
    def matches(self) -> dict[str, list[_Match]]:
        return {name: self.matches_of(question) for name, question in self.pack.questions.items()}

    @property
    def is_crowded(self) -> bool:
        """Whether the person has too many records to relate them (`clear_record.law.person.MOST_CHARGES`): no answer of history is known."""
        return bool(self.charge.get("is_crowded"))

    @cached_property
    def answers(self) -> dict[str, Value]:
        return {name: self.answer(question) for name, question in self.pack.questions.items()}

    @cached_property
    def grants(self) -> "dict[str, Evaluation]":
        """The evaluations of the person's charges with every cap left aside, by charge_id; none where the pack has no caps."""
        if not self.pack.questions_of_grants:
            return {}
        pack = self.pack.with_caps_aside
        found = {
            row["charge_id"]: Evaluation(pack, self.person, row, self.as_of, self.covered)
            for row in self.person
        }
        for evaluation in found.values():
            evaluation.ask_criteria()
        return found

    @cached_property
    def serving(self) -> Truth:
        return FALSE if self.pack.serving is None else self.truth(self.pack.serving)

    # ---- expressions

    def truth(
        self, node: Expression, other: Record | None = None, parts: Mapping[str, int] | None = None
    ) -> Truth:
        """A boolean; `other` is another record in a question, `parts` a combination of bands in a `when`."""
        match node:
            case And(terms=terms):
                return values.conjunction(self.truth(term, other, parts) for term in terms)
            case Or(terms=terms):
                return values.disjunction(self.truth(term, other, parts) for term in terms)
            case Not(term=term):
                return values.negation(self.truth(term, other, parts))
            case BandIs(band=band, parts=inside):
                assert parts is not None, "a band stands in a `when` only"
                return self.band_is(band, parts[band] in inside)
            case Compare(operator=operator, left=left, right=right):
                return _compared(operator, self.value(left, other), self.value(right, other))
            case In(item=item, options=Name(scope="offenses", name=name)):
                return self.is_listed(item, self.pack.lists[name], other)
            case In(item=item, options=options):
                code = self.value(item, other)
                assert isinstance(code, Code)
                return values.is_one_of(code, self.codes(options))
            case IsNull(item=Name() as item):
                return self.absence(item, other)
        found = self.value(node, other)
        assert isinstance(found, Truth), f"{node} is not a boolean"
        return found

    def value(self, node: Expression, other: Record | None = None) -> Value:
        match node:
            case Literal(value=literal):
                return _plain(literal)
            case Arithmetic(operator=operator, left=left, right=right):
                one, two = self.interval(left, other), self.interval(right, other)
                return values.plus(one, two) if operator == "+" else values.minus(one, two)
            case Call(function="age_at", arguments=(day,)):
                birth = self.recorded(VOCABULARY["subject.birth_on"], self.charge)
                assert isinstance(birth, Interval)
                return values.age_between(birth, self.interval(day, other))
            case Call(function="later_of", arguments=days):
                return values.latest_of([self.interval(day, other) for day in days])
            case Call(function="earlier_of", arguments=days):
                return values.earliest_of([self.interval(day, other) for day in days])
            case Call(function=function, arguments=(day, count)):
                return values.shifted(function, self.interval(day, other), self.interval(count, other))
            case Choice(cases=cases, otherwise=otherwise):
                return values.first_that_holds(
                    [(self.truth(when, other), self.interval(then, other)) for when, then in cases],
                    Interval(None, None) if otherwise is None else self.interval(otherwise, other),
                )
            case Name():
                return self.named(node, other)
        return self.truth(node, other)

    def interval(self, node: Expression, other: Record | None = None) -> Interval:
        found = self.value(node, other)
        assert isinstance(found, Interval), f"{node} is neither a date nor a number"
        return found

    def named(self, name: Name, other: Record | None) -> Value:
        if name == AS_OF:
            return Interval(self.as_of, self.as_of)
        if name.scope == "parameters":
            value = self.pack.parameters[name.name].on(self.law_of)
            return _unrecorded(name.type) if value is None else _plain(value)
        if name.scope == "history":
            return self.answers[name.name]
        if name.scope == "criterion":
            return self.criteria[name.name].truth
        assert name.entry is not None
        return self.recorded(name.entry, self.row_of(name, other))

    def row_of(self, name: Name, other: Record | None) -> Record:
        if name.scope != "other":
            return self.charge
        assert other is not None, "another record is asked for where there is none"
        return other

    def recorded(self, entry: Entry, row: Record) -> Value:
        """What a row says of a name of the vocabulary."""
        columns = [row.get(column) for column in entry.columns]
        if entry.type is Type.DATE:
            earliest, latest = columns
            absent = values.event_is_absent(earliest, latest, self.as_of) if entry.is_event else False
            return Interval(earliest, latest, absent)
        value, absent = columns[0], False
        if entry.absence is Absence.NONE:
            absent = columns[1]
        elif len(columns) > 1 and columns[1] is not True:
            # Of an offense that is not certainly read, only code and section are known.
            value = None
        if entry.type is Type.NUMBER:
            # Weights, counts, ages and years: none is below zero.
            return Interval(0.0 if value is None else value, value, absent)
        if entry.type is Type.CODE:
            return Code(value, absent)
        return FALSE if absent else UNKNOWN if absent is None else Truth(value)

    def absence(self, name: Name, other: Record | None) -> Truth:
        if name.entry is not None and name.entry.type is not Type.DATE:
            return Truth(self.row_of(name, other).get(name.entry.columns[1]))
        return values.is_absent(self.interval(name, other))

    def codes(self, options: Name | tuple[Literal, ...]) -> Collection[str] | None:
        if isinstance(options, tuple):
            return [str(each.value) for each in options]
        codes = self.pack.parameters[options.name].on(self.law_of)
        assert codes is None or isinstance(codes, tuple)
        return codes

    def is_listed(self, item: Expression, listed: OffenseList, other: Record | None) -> Truth:
        assert isinstance(item, Name)
        assert item.entry is not None
        row = self.row_of(item, other)
        code, section, subdivisions, attempt, conspiracy, is_readable = map(row.get, item.entry.columns)
        if section is None:
            return UNKNOWN
        offense = Offense(
            code, section, subdivisions or "", bool(attempt), bool(conspiracy), "", is_readable is True
        )
        matching = [
            each.is_certain
            for each in listed.entries
            if each.period.holds_on(self.law_of) and matches(offense, each.entry)
        ]
        if not matching:
            return FALSE
        if not offense.readable:
            return UNKNOWN
        return TRUE if any(matching) else Truth(None, open_law=True)

    # ---- history

    def matches_of(self, question: Question) -> list[_Match]:
        """The records that count or may count: certain ones first, by day of conviction (open last) and id."""
        if self.is_crowded:
            return []
        found = [
            _Match(row, counts)
            for row in self.person
            if question.includes_this or row["charge_id"] != self.charge["charge_id"]
            if (counts := self.counts(question, row)).value is not False
        ]
        return sorted(found, key=_order_of_witnesses)

    def counts(self, question: Question, row: Record) -> Truth:
        terms = [self.truth(question.sought, row)]
        if question.kind in _KIND:
            terms.append(Truth(row["kind"] == _KIND[question.kind]))
        if question.kind == "convictions":
            convicted = self.recorded(VOCABULARY["charge.convicted_on"], row)
            terms.append(values.negation(Truth(convicted.absent)))  # type: ignore[union-attr]
        if question.kind == "grants":
            terms += [self.is_granted(question, row), self.comes_first(question, row)]
        if question.of is not None:
            terms.append(values.negation(Truth(self.interval(question.of, row).absent)))
        if column := _WITHIN.get(question.within):
            same = values.compare_codes("=", Code(row.get(column)), Code(self.charge.get(column)))
            terms.append(same)
        return values.conjunction(terms)

    def is_granted(self, question: Question, row: Record) -> Truth:
        """Whether the pack gives relief to another charge, caps left aside."""
        other = self.grants[row["charge_id"]]
        granted = other.gives_relief
        other_caps = [each for each in self.pack.caps if not each.asks({question.name})]
        may_be_barred = any(
            each.applies is None or other.truth(each.applies).value is not False for each in other_caps
        )
        return UNKNOWN if granted.value and may_be_barred else granted

    @cached_property
    def gives_relief(self) -> Truth:
        if not self.is_decided:
            return FALSE
        outcomes = {result.outcome for result in self.possible_results}
        if outcomes and not outcomes & {"eligible", "needs_review"}:
            return FALSE
        is_complete = self.criteria[self.pack.criteria[0].id].truth.value
        return TRUE if outcomes == {"eligible"} and is_complete else UNKNOWN

    def comes_first(self, question: Question, row: Record) -> Truth:
        """Whether another charge comes before this one, by its day (an absent one last) and id."""
        assert question.first_by is not None
        others, this = (self.recorded(question.first_by, each) for each in (row, self.charge))
        assert isinstance(others, Interval)
        assert isinstance(this, Interval)
        neither = values.conjunction([Truth(others.absent), Truth(this.absent)])
        return values.disjunction(
            [
                values.compare("<", others, this),
                values.conjunction([values.negation(Truth(others.absent)), Truth(this.absent)]),
                values.conjunction(
                    [
                        values.disjunction([values.compare("=", others, this), neither]),
                        Truth(row["charge_id"] < self.charge["charge_id"]),
                    ]
                ),
            ]
        )

    def answer(self, question: Question) -> Value:
        if self.is_crowded:
            is_number = question.ask == "count"
            return (
                UNKNOWN
                if question.ask in ("any", "all")
                else Interval(None, None, absent=False if is_number else None)
            )
        found = self.matches[question.name]
        if question.ask in ("any", "all"):
            is_there_one = values.disjunction([each.counts for each in found])
            return is_there_one if question.ask == "any" else values.negation(is_there_one)
        certain = [each.row for each in found if each.counts.value]
        is_open_law = any(each.counts.open_law for each in found)
        if question.ask == "count":
            least, _ = _distinct(question.distinct, certain)
            _, most = _distinct(question.distinct, [each.row for each in found])
            return Interval(float(least), float(most), open_law=is_open_law)
        assert question.of is not None
        days = [self.interval(question.of, each.row) for each in found]
        day = _extreme(question.ask, [self.interval(question.of, row) for row in certain], days)
        return replace(day, open_law=is_open_law)

    # ---- criteria

    def ask_criteria(self) -> None:
        """Fills `criteria`."""
        for criterion in self.pack.criteria:
            self.criteria[criterion.id] = self.criterion(criterion)

    def criterion(self, criterion: Criterion) -> _Found:
        applies = TRUE if criterion.applies is None else self.truth(criterion.applies)
        test, day = self.test(criterion)
        if applies.value is False:
            return _Found("-", TRUE, day)
        truth = values.disjunction([values.negation(applies), test])
        is_unsettled = criterion.unsettled is not None and self.truth(criterion.unsettled).value is not False
        if is_unsettled:
            truth = Truth(None, open_law=True)
        if day is not None and (is_unsettled or applies.value is None):
            # The day may not be the one that counts.
            day = replace(day, absent=None)
        if truth.value is None and not truth.open_law:
            if criterion.on_unknown == "presume_true" or (
                criterion.on_unknown == "no_indication" and criterion.covered_by in self.covered
            ):
                return _Found("t", TRUE, day)
            if criterion.on_unknown == "fail":
                return _Found("f", FALSE, day)
        return _Found(_letter(truth), truth, day)

    def test(self, criterion: Criterion) -> tuple[Truth, Interval | None]:
        if criterion.wait is None:
            assert criterion.test is not None
            return self.truth(criterion.test), None
        day, starts = self.wait(criterion.wait)
        has_passed = values.compare("<=", day, Interval(self.as_of, self.as_of))
        return (has_passed if starts.absent is False else Truth(None, day.open_law)), day

    def wait(self, wait: Wait) -> tuple[Interval, Interval]:
        """The day on which a wait ends, and the day from which it was counted first."""
        starts = self.interval(wait.starts_on)
        days = [starts] if wait.restarts_on is None else [starts, self.interval(wait.restarts_on)]
        day = values.shifted(f"{wait.unit}_after", values.latest_of(days), self.interval(wait.length))
        return replace(day, absent=False if starts.absent is False else None), starts

    # ---- bands

    def band_is(self, name: str, is_inside: bool) -> Truth:
        return values.conjunction([Truth(is_inside), values.negation(self.is_closed[name])])

    @cached_property
    def is_closed(self) -> dict[str, Truth]:
        """Of each band whether it does not apply, or what it cuts is absent."""
        closed = {}
        for name, band in self.pack.bands.items():
            applies = TRUE if band.applies is None else self.truth(band.applies)
            found = self.value(band.of)
            absent = False if isinstance(found, Truth) else found.absent
            closed[name] = values.disjunction([values.negation(applies), Truth(absent)])
        return closed

    @cached_property
    def open_parts(self) -> dict[str, list[int]]:
        """Of each band the parts in which its value can lie."""
        open_parts = {}
        for name, band in self.pack.bands.items():
            first, last = 0, band.parts_count - 1
            match self.value(band.of):
                case Truth(value=bool() as truth):
                    first = last = 0 if truth else 1
                case Code(value=str() as code):
                    codes = band.cuts.values
                    first = last = codes.index(code) if code in codes else len(codes)
                case Interval(low=low, high=high):
                    first = first if low is None else band.cuts.part_of(low)
                    last = last if high is None else band.cuts.part_of(high)
            open_parts[name] = list(range(first, last + 1))
        return open_parts

    # ---- remedies

    @cached_property
    def reading(self) -> tuple[list[int], list[int]]:
        """The rows (from 0) that are possible in an open combination of bands, and those whose `when` is U in one."""
        possible, unknown = set(), set()
        for combination in product(*self.open_parts.values()):
            parts = dict(zip(self.open_parts, combination, strict=True))
            for at, row in enumerate(self.pack.rows):
                when = self.truth(row.when, parts=parts)
                if when.value is not False:
                    possible.add(at)
                if when.value is None:
                    unknown.add(at)
                if when.value is True:
                    break
        return sorted(possible), sorted(unknown)

    @cached_property
    def possible_results(self) -> dict[_Result, int]:
        """What is possible, and the last row that gives it."""
        possible, _ = self.reading
        return {result: at for at in possible for result in self.results(self.pack.rows[at])}

    def results(self, row: Row) -> Iterator[_Result]:
        """What a row may give: its remedy, a bar, or more time."""
        gives_a_remedy = row.gives in self.pack.ladder
        required = {
            id: (self.criteria[id].truth.value, each.when_false == "not_yet" and not row.gives_nothing)
            for each in self.pack.criteria
            if (id := each.id) in row.requires
        }
        requirements = [*required.values(), (self.scope.value, False)]
        if gives_a_remedy:
            requirements.append((self.is_in_force, True))
        has_bar = any(value is False and not is_of_time for value, is_of_time in requirements)
        if not any(value is False for value, _ in requirements):
            yield from self.granted(row)
        if any(value is not True and not is_of_time for value, is_of_time in requirements):
            yield _Result("not_eligible", "none")
        if any(value is not True and is_of_time for value, is_of_time in requirements) and not has_bar:
            yield _Result("not_yet", "none")

    def granted(self, row: Row) -> Iterator[_Result]:
        if row.gives_nothing:
            yield _Result("not_eligible", row.gives)
        elif row.gives not in self.pack.ladder:
            yield _Result("needs_review", "refer" if row.gives == "refer" else "none")
        elif row.if_serving is None:
            yield _Result("eligible", row.gives)
        else:
            if self.serving.value is not True:
                yield _Result("eligible", row.gives)
            if self.serving.value is not False:
                yield _Result("eligible", row.if_serving)

    def decision(self) -> Decision:
        self.ask_criteria()
        outcome, remedy, at = self.settled(self.possible_results)
        if self.criteria[self.pack.criteria[0].id].truth.value is not True:
            outcome, remedy, at = "needs_review", "none", None
        row = None if at is None else self.pack.rows[at]
        is_open = outcome == "needs_review" or remedy.startswith("at_least:")
        return Decision(
            outcome=outcome,
            remedy=remedy,
            remedy_row=None if at is None else at + 1,
            eligible_on=self.eligible_on() if outcome in ("eligible", "not_yet") else None,
            recheck_on=min((day for day in self.days_to_recheck() if day > self.as_of), default=None),
            trace="".join(found.letter for found in self.criteria.values()),
            missing=(self.missing() or None) if is_open else None,
            witnesses=None if outcome == "eligible" else (self.witnesses() or None),
            reason=None if row is None else row.reason,
            alternative=None if row is None else row.alternative,
        )

    def settled(self, given: Mapping[_Result, int]) -> tuple[str, str, int | None]:
        """Outcome and remedy of the results that are possible, and the row that gave them; with none, a person looks at the record."""
        if not given:
            return "needs_review", "none", None
        if len(given) == 1:
            ((result, at),) = given.items()
            return result.outcome, result.remedy, at
        outcomes = {result.outcome for result in given}
        if outcomes == {"eligible"}:
            lowest = min(given, key=lambda result: self.pack.ladder.index(result.remedy))
            return "eligible", f"at_least:{lowest.remedy}", given[lowest]
        if outcomes & {"eligible", "needs_review"}:
            return "needs_review", "none", None
        return ("not_yet" if "not_yet" in outcomes else "not_eligible"), "none", None

    # ---- what else a decision says

    def eligible_on(self) -> date | None:
        possible = [self.pack.rows[at] for at in self.reading[0]]
        required = {id for row in possible if not row.gives_nothing for id in row.requires}
        days: list[date] = []
        for criterion in self.pack.criteria:
            found = self.criteria[criterion.id]
            if criterion.id not in required or found.letter == "-":
                continue
            if found.day is not None:
                if not found.day.is_exact:
                    return None
                days.append(found.day.low)
            elif found.truth.value is not True:
                return None  # it rests on an event, and nobody knows its day
        if not days:
            return None
        # As of a day before the law begins, law_of is the day on which it does.
        return max([*days, *([] if self.is_in_force else [self.law_of])])

    def days_to_recheck(self) -> Iterator[date]:
        """The days on which this decision can change; under a cap it rests on those of the person's other charges."""
        yield from self.changing_days()
        # Of a crowded person it stays unknown which charges use a cap up.
        for other in () if self.is_crowded else self.grants.values():
            # What is out of scope uses no cap up before that changes.
            yield from other.changing_days() if other.is_decided else other.days_of_scope()

    def days_of_scope(self) -> Iterator[date]:
        """The days on which this charge can come into scope or leave it."""
        yield from self.days_of_comparisons(self.pack.scope)
        for name in names_in(self.pack.scope):
            if name.entry is not None and name.entry.is_event:
                yield from _ends(self.recorded(name.entry, self.charge))

    def changing_days(self) -> Iterator[date]:
        """The days on which something that the decision rests on changes, the records unchanged."""
        yield from self.pack.changing_days
        asked_of_others = list(self.pack.asked_of_history)
        for expression in (*self.pack.expressions, *asked_of_others):
            yield from self.days_of_comparisons(expression)
        for criterion in self.criteria.values():
            if criterion.day is not None:
                yield from _ends(criterion.day)
        events = {
            (name.scope == "other", name.entry)
            for name in self.pack.names
            if name.entry is not None and name.entry.is_event
        }
        for is_of_other, entry in events:
            if not is_of_other:
                yield from _ends(self.recorded(entry, self.charge))
        events_of_others = {entry for is_of_other, entry in events if is_of_other}
        if any(question.kind == "convictions" for question in self.pack.questions.values()):
            events_of_others.add(VOCABULARY["charge.convicted_on"])
        orders = [question.first_by for question in self.pack.questions.values()]
        events_of_others |= {day for day in orders if day is not None and day.is_event}
        # Of a crowded person no answer is known, and none changes.
        for row in () if self.is_crowded else self.person:
            for entry in events_of_others:
                yield from _ends(self.recorded(entry, row))
            for expression in asked_of_others:
                yield from self.days_of_comparisons(expression, row)

    def days_of_comparisons(self, expression: Expression, other: Record | None = None) -> Iterator[date]:
        """The days on which comparisons with as_of change: those that ask for the other record's days, or without one all but those."""
        for operator, day in compared_with_as_of(expression):
            if asks_other(day) != (other is not None):
                continue
            ends = list(_ends(self.interval(day, other)))
            if operator not in ("<", ">="):
                yield from ends
            if operator not in ("<=", ">"):
                yield from (end + timedelta(days=1) for end in ends if end < date.max)

    def missing(self) -> int:
        """The bits of the facts that are unknown where the decision is open."""
        _, unknown_whens = self.reading
        open_in: list[Expression] = []
        if self.scope.value is None:
            open_in.append(self.pack.scope)
        if self.pack.serving is not None and self.serving.value is None:
            open_in.append(self.pack.serving)
        for name, band in self.pack.bands.items():
            closed = self.is_closed[name].value
            if closed is None or (closed is False and len(self.open_parts[name]) > 1):
                open_in += [band.of, *([] if band.applies is None else [band.applies])]
        for criterion in self.pack.criteria:
            if self.criteria[criterion.id].letter in "Utf":
                open_in += criterion.expressions
        open_in += [self.pack.rows[at].when for at in unknown_whens]
        asked = set(facts_in(tuple(open_in)))
        names = {f"{name.scope}.{name.name}": name for expression in open_in for name in names_in(expression)}
        return sum(
            1 << bit
            for bit, fact in enumerate(self.pack.facts)
            if fact in asked and not self.is_known(names[fact])
        )

    def is_known(self, name: Name) -> bool:
        if name.type is Type.OFFENSE:
            assert name.entry is not None
            return self.charge.get(name.entry.columns[-1]) is True
        match self.named(name, None):
            case Interval(absent=True) | Code(absent=True):
                return True
            case Interval() as interval:
                return interval.is_exact
            case Code(value=code, absent=absent):
                return absent is False and code is not None
            case Truth(value=truth):
                return truth is not None

    def witnesses(self) -> tuple[str, ...]:
        """The other records that prove what is F or U, each once."""
        proofs: dict[str, None] = {}
        for criterion in self.pack.criteria:
            if self.criteria[criterion.id].letter not in "FU":
                continue
            for fact in facts_in(tuple(criterion.expressions)):
                question = self.pack.questions.get(fact.removeprefix("history."))
                if question is not None and fact.startswith("history.") and question.has_witnesses:
                    found = self.matches[question.name][: question.witnesses_count]
                    proofs |= dict.fromkeys(each.row["charge_id"] for each in found)
        return tuple(proofs)


def _compared(operator: str, left: Value, right: Value) -> Truth:
    if isinstance(left, Interval) and isinstance(right, Interval):
        return values.compare(operator, left, right)
    if isinstance(left, Truth) and isinstance(right, Truth):
        return values.compare_truths(operator, left, right)
    assert isinstance(left, Code)
    assert isinstance(right, Code)
    return values.compare_codes(operator, left, right)


def _plain(value: bool | float | str | date | tuple[str, ...]) -> Value:
    if isinstance(value, bool):
        return Truth(value)
    assert not isinstance(value, tuple), "a list of codes stands behind `in` only"
    return Code(value) if isinstance(value, str) else Interval(value, value)


def _unrecorded(type: Type) -> Value:
    if type is Type.NUMBER:
        return Interval(None, None)
    return UNKNOWN if type is Type.BOOLEAN else Code(None)


def _letter(truth: Truth) -> str:
    return "U" if truth.value is None else "T" if truth.value else "F"


def _order_of_witnesses(match: _Match) -> tuple[bool, bool, date, str]:
    convicted_on = match.row.get("convicted_earliest")
    return (
        match.counts.value is not True,
        convicted_on is None,
        convicted_on or date.min,
        match.row["charge_id"],
    )


def _distinct(column: str, rows: Sequence[Record]) -> tuple[int, int]:
    """The least and the most values that rows can have: one that is not known may be that of another row, or of none."""
    known = {row[column] for row in rows if row.get(column) is not None}
    unknown = sum(row.get(column) is None for row in rows)
    return max(len(known), min(unknown, 1)), len(known) + unknown


def _extreme(ask: str, certain: Sequence[Interval], possible: Sequence[Interval]) -> Interval:
    """The latest or earliest of the days of records; one that only may count can only widen the interval."""
    absent = False if certain else None if possible else True
    if ask == "latest":
        return Interval(
            values.extreme_of_known(max, [day.low for day in certain]),
            values.extreme_unless_open(max, [day.high for day in possible]),
            absent,
        )
    return Interval(
        values.extreme_unless_open(min, [day.low for day in possible]),
        values.extreme_of_known(min, [day.high for day in certain]),
        absent,
    )


def _ends(value: Value) -> Iterator[date]:
    assert isinstance(value, Interval)
    yield from (end for end in (value.low, value.high) if end is not None)
