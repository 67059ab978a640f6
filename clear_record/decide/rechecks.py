"""The days on which a decision can change though the records do not: comparisons with as_of, and events to come."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.evaluate import Names, interval
from clear_record.decide.values import Interval, open_high
from clear_record.law.expressions import Expression, Name, asks_other, compared_with_as_of, names_in
from clear_record.law.pack import Pack
from clear_record.law.vocabulary import VOCABULARY, Type


def first_after(as_of: Column, days: Sequence[Column]) -> Column:
    """The first of the days that lies after as_of; where none does, the day beyond all others."""
    never = open_high(Type.DATE)
    return F.least(never, *[F.when(day > as_of, day).otherwise(never) for day in days])


def own_days(pack: Pack, names: Names) -> Iterator[Column]:
    """The days of the charge itself, its facts and its person, wherever the pack asks for them."""
    yield from _own_compared_days([*pack.expressions, *pack.asked_of_history], names)
    events = {
        node.entry.name: node
        for node in pack.names
        if node.entry is not None and node.entry.is_event and node.scope in ("charge", "subject", "fact")
    }
    for event in events.values():
        yield from _ends(event, names)


def scope_days(pack: Pack, names: Names) -> Iterator[Column]:
    """The days on which a charge can come into the pack's scope or leave it."""
    yield from _own_compared_days([pack.scope], names)
    for name in names_in(pack.scope):
        if name.entry is not None and name.entry.is_event:
            yield from _ends(name, names)


def record_days(pack: Pack, names: Names) -> Iterator[Column]:
    """The days that each record of the person has alone, in the pack's questions: to be taken over all of them."""
    own = replace(names, other=F.col, charge=None)
    for operator, day in _compared_with_as_of(pack.asked_of_history):
        if asks_other(day) and not names.asks_charge(day):
            yield from _days_of(operator, interval(day, own))
    events = {
        node.name: node
        for node in pack.names
        if node.entry is not None and node.entry.is_event and node.scope == "other"
    }
    if any(question.kind == "convictions" for question in pack.questions.values()):
        entry = VOCABULARY["charge.convicted_on"]
        events[entry.short_name] = Name("other", entry.short_name, entry.type, entry)
    for question in pack.questions.values():
        if question.first_by is not None and question.first_by.is_event:
            entry = question.first_by
            events[entry.short_name] = Name("other", entry.short_name, entry.type, entry)
    for event in events.values():
        yield from _ends(event, own)


def related_days(pack: Pack, names: Names) -> "RelatedDays | None":
    """The days of other records on which the charge's side has a say: what its office chose, or whether a fact of the person is absent."""
    compared = [
        (operator, day)
        for operator, day in _compared_with_as_of(pack.asked_of_history)
        if asks_other(day) and names.asks_charge(day)
    ]
    return RelatedDays(names, compared) if compared else None


@dataclass(frozen=True, slots=True)
class RelatedDays:
    """Days of other records, in comparisons with as_of, each as the charge's side takes it."""

    names: Names
    compared: Sequence[tuple[str, Expression]]

    def record(self) -> Column:
        """What each of the person's records brings, as a struct."""
        return F.struct(*sorted(self.names.columns_of_other(day for _, day in self.compared)))

    def next_day(self, records: Column) -> Column:
        """The first of the days after as_of, over an array of `record`."""
        never = open_high(Type.DATE)
        return F.coalesce(F.array_min(F.transform(records, self._next_of)), never)

    def _next_of(self, other: Column) -> Column:
        names = replace(self.names, other=other.getField)
        days = [each for operator, day in self.compared for each in _days_of(operator, interval(day, names))]
        return first_after(names.as_of, days)


def _own_compared_days(expressions: Iterable[Expression], names: Names) -> Iterator[Column]:
    """The days on which comparisons of the charge's side with as_of change; none asks for the charge's days and another's at once."""
    for operator, day in _compared_with_as_of(expressions):
        if not asks_other(day):
            yield from _days_of(operator, interval(day, names))


def _compared_with_as_of(expressions: Iterable[Expression]) -> Iterator[tuple[str, Expression]]:
    for expression in expressions:
        yield from compared_with_as_of(expression)


def _days_of(operator: str, day: Interval) -> Iterator[Column]:
    """The days on which a comparison with as_of changes: at the ends of the other side, or on the day after them."""
    if operator not in ("<", ">="):
        yield from (day.low, day.high)
    if operator not in ("<=", ">"):
        yield from (_next(day.low), _next(day.high))


def _next(day: Column) -> Column:
    """The day after; none after the last of the calendar."""
    never = open_high(Type.DATE)
    return F.when(day < F.lit(date.max), F.date_add(day, 1)).otherwise(never)


def _ends(event: Name, names: Names) -> Iterator[Column]:
    found = interval(event, names)
    yield from (found.low, found.high)
