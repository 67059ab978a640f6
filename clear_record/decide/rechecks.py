"""The days on which a decision can change though the records do not: comparisons with as_of, and events to come."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.evaluate import Names, interval
from clear_record.decide.values import open_high
from clear_record.law.expressions import AS_OF, MIRRORED, Compare, Expression, Name, names_in, walk
from clear_record.law.pack import Pack
from clear_record.law.vocabulary import VOCABULARY, Type


def first_after(as_of: Column, days: Sequence[Column]) -> Column:
    """The first of the days that lies after as_of; where none does, the day beyond all others."""
    never = open_high(Type.DATE)
    return F.least(never, *[F.when(day > as_of, day).otherwise(never) for day in days])


def own_days(pack: Pack, names: Names) -> Iterator[Column]:
    """The days of the charge itself, its facts and its person, wherever the pack asks for them."""
    for expression in (*pack.expressions, *pack.asked_of_history):
        yield from _compared_days(expression, names, of_other=False)
    events = {
        node.entry.name: node
        for node in pack.names
        if node.entry is not None and node.entry.is_event and node.scope in ("charge", "subject", "fact")
    }
    for event in events.values():
        yield from _ends(event, names)


def scope_days(pack: Pack, names: Names) -> Iterator[Column]:
    """The days on which a charge can come into the pack's scope or leave it."""
    yield from _compared_days(pack.scope, names, of_other=False)
    for name in names_in(pack.scope):
        if name.entry is not None and name.entry.is_event:
            yield from _ends(name, names)


def record_days(pack: Pack, names: Names) -> Iterator[Column]:
    """The days of each record of the person, in the pack's questions: to be taken over all of them."""
    own = replace(names, other=F.col, charge=None)
    for expression in pack.asked_of_history:
        yield from _compared_days(expression, own, of_other=True)
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


def _compared_days(expression: Expression, names: Names, *, of_other: bool) -> Iterator[Column]:
    """The days on which comparisons with as_of change: at the ends of the other side, or on the day after them.

    Those that ask for the other record's days, or all but those: no comparison with as_of asks for both.
    """
    for node in walk(expression):
        if not isinstance(node, Compare) or AS_OF not in (node.left, node.right):
            continue
        operator, day = (
            (node.operator, node.left) if node.right == AS_OF else (MIRRORED[node.operator], node.right)
        )
        asks_other = any(isinstance(each, Name) and each.scope == "other" for each in walk(day))
        if day == AS_OF or asks_other != of_other:
            continue
        found = interval(day, names)
        if operator in ("<=", ">", "=", "<>"):
            yield from (found.low, found.high)
        if operator in ("<", ">=", "=", "<>"):
            yield from (_next(found.low), _next(found.high))


def _next(day: Column) -> Column:
    """The day after; none after the last of the calendar."""
    never = open_high(Type.DATE)
    return F.when(day < F.lit(date.max), F.date_add(day, 1)).otherwise(never)


def _ends(event: Name, names: Names) -> Iterator[Column]:
    found = interval(event, names)
    yield from (found.low, found.high)
