"""What would change: a decision for each value that an unknown fact can have, the rest of the record as it is.

Of a code these are the values that the pack compares it with. Days and numbers are cut where a comparison of the pack turns from
true to false: each comparison turns at most once, or twice through unknown, so that those places are found by halving.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache, partial
from typing import Any

from clear_record.audit.explain.compared import (
    codes_compared,
    comparisons,
    comparisons_of_history,
    lists_asked,
)
from clear_record.audit.explain.scales import Scale, counts, days, quantities
from clear_record.law.expressions import Compare, Name
from clear_record.law.known_values import FALSE, TRUE, Code, Interval, Truth, Value
from clear_record.law.pack import ListedOffense
from clear_record.law.reference import Evaluation, Record
from clear_record.law.vocabulary import Absence, Type

_ANYTHING_ELSE = "anything else"
_NO_SECTION = "0"  # stands on no list


@dataclass(frozen=True, slots=True)
class Supposed:
    """What would be decided, were a fact of these values: outcome and remedy as in `decision` (`out_of_scope`: no decision), and the
    facts that would still be missing. Days and numbers are those from `low` to `high`.
    """

    values: str
    outcome: str
    remedy: str
    missing: tuple[str, ...]
    low: date | float | None = None
    high: date | float | None = None

    @property
    def result(self) -> tuple[str, str, tuple[str, ...]]:
        return self.outcome, self.remedy, self.missing


def supposed(evaluation: Evaluation, name: Name) -> list[Supposed]:
    """The decisions for each value of an unknown fact, those with the same result together."""
    return _Supposing(evaluation, name).decisions()


def supposing_complete(evaluation: Evaluation) -> Supposed:
    """The decision, were every row about the person believed and the charge understood."""
    believed = [{**row, "is_held": False} for row in evaluation.person]
    charge = {**evaluation.charge, "is_held": False, "is_understood": True}
    return _decided(_with_rows(evaluation, believed, charge), "complete")


def fact_of(name: Name) -> str:
    """A name as the pack's `facts` have it."""
    return f"{name.scope}.{name.name}"


def missing_names(evaluation: Evaluation) -> list[Name]:
    """The names of the facts that the decision needed and that are unknown, in the pack's order."""
    mask = evaluation.missing()
    named = {fact_of(name): name for name in evaluation.pack.names if name.scope != "other"}
    return [named[fact] for bit, fact in enumerate(evaluation.pack.facts) if mask >> bit & 1]


def _decided(evaluation: Evaluation, values: str, but: Name | None = None) -> Supposed:
    if not evaluation.is_decided:
        return Supposed(values, "out_of_scope", "none", ())
    decision = evaluation.decision()
    missing = missing_names(evaluation) if decision.missing else []
    still = tuple(fact_of(each) for each in missing if each != but)
    return Supposed(values, decision.outcome, decision.remedy, still)


def _with_rows(evaluation: Evaluation, person: Sequence[Record], charge: Record) -> Evaluation:
    rows = [charge if row["charge_id"] == charge["charge_id"] else row for row in person]
    return Evaluation(evaluation.pack, rows, charge, evaluation.as_of, evaluation.covered)


class _Supposing:
    def __init__(self, evaluation: Evaluation, name: Name) -> None:
        self.evaluation, self.name, self.pack = evaluation, name, evaluation.pack

    def decisions(self) -> list[Supposed]:
        together: list[Supposed] = []
        for one in self.each():
            if together and together[-1].result == one.result and self.name.type in (Type.BOOLEAN, Type.CODE):
                together[-1] = replace(one, values=f"{together[-1].values} or {one.values}")
            else:
                together.append(one)
        return together

    def each(self) -> Iterator[Supposed]:
        match self.name.type:
            case Type.BOOLEAN:
                yield self.decided("yes", TRUE)
                yield self.decided("no", FALSE)
            case Type.OFFENSE:
                yield from self.offenses()
            case Type.CODE:
                codes = codes_compared(self.pack, self.name, self.evaluation.law_of)
                for code in codes:
                    yield self.decided(code or "blank", Code(code))
                yield self.decided(_ANYTHING_ELSE if codes else "any", Code(_ANYTHING_ELSE))
                if self.can_be_absent:
                    yield self.decided("none", Code(None, absent=True))
            case _:
                if self.can_be_absent:
                    yield self.decided("none by that day", Interval(None, None, absent=True))
                yield from self.pieces()

    @property
    def can_be_absent(self) -> bool:
        if self.name.entry is None:
            answer = self.evaluation.named(self.name, None)
            return not isinstance(answer, Truth) and answer.absent is None
        return self.name.entry.absence is Absence.NONE

    def decided(self, words: str, value: Value) -> Supposed:
        return _decided(self.given(value), words, but=self.name)

    # ---- the record with another value

    def given(self, value: Value) -> Evaluation:
        """The same question, this fact known."""
        same = self.evaluation
        if self.name.scope == "history":
            given = _with_rows(same, same.person, same.charge)
            given.answers[self.name.name] = value
            return given
        return self.given_columns(self.columns(value))

    def given_columns(self, columns: Record) -> Evaluation:
        same = self.evaluation
        is_of_person = self.name.entry is not None and self.name.entry.is_of_person
        person = [{**row, **columns} for row in same.person] if is_of_person else same.person
        return _with_rows(same, person, {**same.charge, **columns})

    def columns(self, value: Value) -> dict[str, Any]:
        """The columns of a row that says this."""
        assert self.name.entry is not None
        entry = self.name.entry
        if entry.type is Type.DATE:
            assert isinstance(value, Interval)
            return dict(zip(entry.columns, (value.low, value.high), strict=True))
        is_absent = value == FALSE if isinstance(value, Truth) else value.absent is True
        plain = value.low if isinstance(value, Interval) else value.value
        second = is_absent if entry.absence is Absence.NONE else True
        return dict(zip(entry.columns, (plain, second), strict=False))

    # ---- offenses

    def offenses(self) -> Iterator[Supposed]:
        """One certain entry of each list that the pack asks, of the section that was read if one was; and an offense on none."""
        assert self.name.entry is not None
        columns, row = self.name.entry.columns, self.evaluation.charge
        code, section = (row.get(column) for column in columns[:2])
        for listed_on, entry in self.entries(code, section).items():
            fields = (entry.entry.code, entry.entry.first, entry.entry.subdivisions, False, False, True)
            given = self.given_columns(dict(zip(columns, fields, strict=True)))
            yield _decided(given, f"{listed_on}, as {entry.statute}", but=self.name)
        other = (code, _NO_SECTION, "", False, False, True)
        yield _decided(
            self.given_columns(dict(zip(columns, other, strict=True))), "on none of the lists", but=self.name
        )

    def entries(self, code: str | None, section: str | None) -> dict[str, ListedOffense]:
        found: dict[str, ListedOffense] = {}
        for name in lists_asked(self.pack, self.name):
            for entry in self.pack.lists[name].entries:
                can_be = section in (None, entry.entry.first) and code in (None, entry.entry.code)
                if entry.is_certain and can_be and entry.period.holds_on(self.evaluation.law_of):
                    found.setdefault(f"on the list {name}", entry)
        return found

    # ---- days and numbers

    def pieces(self) -> Iterator[Supposed]:
        """The decisions between the places at which a comparison turns."""
        scale = self.scale
        whole: list[tuple[int, int, Supposed]] = []
        for low, high in scale.pieces(self.truths()):
            one = self.decided("", self.value_of(low, high))
            begins = whole.pop()[0] if whole and whole[-1][2].result == one.result else low
            whole.append((begins, high, one))
        for low, high, one in whole:
            yield replace(one, values=scale.in_words(low, high), low=scale.value(low), high=scale.value(high))

    def value_of(self, low: int, high: int) -> Interval:
        if self.name.type is Type.DATE or self.name.scope == "history":
            return self.scale.interval(low, high)
        # A column holds one number, and all of a piece are alike.
        within = (low + high) // 2
        return self.scale.interval(within, within)

    @cached_property
    def scale(self) -> Scale:
        """What the record leaves open."""
        known, entry = self.evaluation.named(self.name, None), self.name.entry
        assert isinstance(known, Interval)
        if self.name.type is not Type.DATE:
            if entry is not None:
                return quantities(entry.unit)
            # Of a crowded person nothing was counted: it can be all of the records, or none.
            is_counted = known.high is not None
            return counts(known.low, known.high) if is_counted else counts(0, len(self.evaluation.person))
        # What happens after the day of the decision did not happen by then.
        latest = (
            min(known.high or date.max, self.evaluation.as_of) if entry and entry.is_event else known.high
        )
        return days(known.low, latest)

    def truths(self) -> Iterator[Callable[[int], bool | None]]:
        """Of each comparison that the fact takes part in its value, by the fact's."""
        given = lru_cache(maxsize=None)(lambda step: self.given(self.scale.interval(step, step)))
        for node in comparisons(self.pack, self.name):
            yield partial(_truth, given, node, None)
        if self.name.entry is None:
            return
        for node in comparisons_of_history(self.pack, self.name):
            for other in range(len(self.evaluation.person)):
                yield partial(_truth, given, node, other)


def _truth(given: Callable[[int], Evaluation], node: Compare, other: int | None, step: int) -> bool | None:
    """A comparison, a fact given; `other` is the place of another record among the person's."""
    evaluation = given(step)
    return evaluation.truth(node, None if other is None else evaluation.person[other]).value
