"""Expressions of the law language as values of Spark Columns.

A `Names` says what the names of an expression stand for: columns of the charge, of another record of the same person,
parameters, history questions, earlier criteria. Nothing here is given text: a tree of the law language comes in, and
Columns come out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.standings import truth_of
from clear_record.decide.values import Code, Interval, Truth
from clear_record.ingest.dates import months_after
from clear_record.law.expressions import (
    AS_OF,
    And,
    Arithmetic,
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
    names_in,
    walk,
)
from clear_record.law.vocabulary import VOCABULARY, Absence, Entry, Type

_DAYS_OF_CALENDAR, _MONTHS_OF_CALENDAR = 3_700_000, 120_000

Value = Truth | Interval | Code
Row = Callable[[str], Column]


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of an expression stand for on a row.

    `as_of` is the day of the decision; `charge` and `other` give a column of the charge decided and of another record of the
    person; `parameters` a Column (an array for a list of codes), and `varying` says which of them offices set each for itself;
    `listed` names the column that says whether an offense of a row stands in a list; `known` is what was computed before:
    `history.<question>` and `criterion.<id>`.
    """

    as_of: Column
    charge: Row | None
    other: Row | None
    parameters: Callable[[str], Column]
    listed: Callable[[Entry, str], str]
    varying: frozenset[str] = frozenset()
    known: Mapping[str, Value] = field(default_factory=dict)

    def is_of_the_charge(self, name: Name) -> bool:
        """Whether a name is a matter of the charge decided, and not the same for all of the person's records.

        A parameter that offices set each for itself comes with the charge's county, and whether a fact of the person is absent
        is a matter of the sources of the charge's state.
        """
        is_fact_of_person = (
            name.scope == "subject" and name.entry is not None and name.entry.coverage is not None
        )
        is_of_its_office = name.scope == "parameters" and name.name in self.varying
        return name.scope in ("charge", "fact") or is_fact_of_person or is_of_its_office

    def asks_charge(self, node: Expression) -> bool:
        """Whether an expression asks for what is a matter of the charge decided."""
        return any(map(self.is_of_the_charge, names_in(node)))

    def columns_of_other(self, expressions: Iterable[Expression]) -> set[str]:
        """The columns of the other record that expressions ask for."""
        asked: set[str] = set()
        for node in (node for expression in expressions for node in walk(expression)):
            if isinstance(node, In) and isinstance(node.options, Name) and node.options.scope == "offenses":
                assert isinstance(node.item, Name)
                assert node.item.entry is not None
                asked.add(self.listed(node.item.entry, node.options.name))
            elif (
                isinstance(node, Name)
                and node.scope == "other"
                and node.entry is not None
                and node.type is not Type.OFFENSE
            ):
                asked.update(node.entry.columns)
        return asked


def truth(node: Expression, names: Names) -> Truth:
    """A boolean expression as T, F or U."""
    match node:
        case And(terms=terms):
            return values.conjunction([truth(term, names) for term in terms])
        case Or(terms=terms):
            return values.disjunction([truth(term, names) for term in terms])
        case Not(term=term):
            return values.negation(truth(term, names))
        case Compare(operator=operator, left=left, right=right):
            return _comparison(operator, left, right, names)
        case In(item=item, options=options):
            return _membership(item, options, names)
        case IsNull(item=item):
            return _absence(item, names)
    found = value(node, names)
    assert isinstance(found, Truth), f"{node} is not a boolean"
    return found


def _absence(item: Expression, names: Names) -> Truth:
    """Whether an event or a flag is known to be absent; a flag that is a boolean has a column for it."""
    if isinstance(item, Name) and item.entry is not None and item.entry.type is not Type.DATE:
        return values.recorded(_column_of(item, names)(item.entry.columns[1]))
    return values.is_absent(interval(item, names))


def value(node: Expression, names: Names) -> Value:
    """Any expression but an offense, which only stands in a list or before a dot."""
    match node:
        case Literal(value=literal):
            return _literal(literal)
        case Name():
            return _named(node, names)
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, names)
        case Choice(cases=cases, otherwise=otherwise):
            return values.first_that_holds(
                [(truth(when, names), interval(then, names)) for when, then in cases],
                None if otherwise is None else interval(otherwise, names),
            )
        case Arithmetic(operator=operator, left=left, right=right):
            return _sum(operator, interval(left, names), interval(right, names))
    return truth(node, names)


def _literal(literal: Any) -> Value:
    if isinstance(literal, bool):
        return values.known(F.lit(literal))
    if isinstance(literal, str):
        return Code(F.lit(literal))
    if isinstance(literal, date):
        return Interval(F.lit(literal), F.lit(literal), Type.DATE)
    number = F.lit(float(literal))
    return Interval(number, number, Type.NUMBER)


def _comparison(operator: str, left: Expression, right: Expression, names: Names) -> Truth:
    one, other = value(left, names), value(right, names)
    if isinstance(one, Interval) and isinstance(other, Interval):
        return values.compare(operator, one, other)
    if isinstance(one, Truth) and isinstance(other, Truth):
        same = values.same_truth(one, other)
        return same if operator == "=" else values.negation(same)
    assert isinstance(one, Code)
    assert isinstance(other, Code)
    return values.compare_codes(operator, one, other)


def _membership(item: Expression, options: Name | tuple[Literal, ...], names: Names) -> Truth:
    if isinstance(options, Name) and options.scope == "offenses":
        assert isinstance(item, Name)
        assert item.entry is not None
        return truth_of(_column_of(item, names)(names.listed(item.entry, options.name)))
    codes = (
        names.parameters(options.name)
        if isinstance(options, Name)
        else [str(option.value) for option in options]
    )
    found = value(item, names)
    assert isinstance(found, Code)
    return values.is_one_of(found, codes)


def interval(node: Expression, names: Names) -> Interval:
    """A date or a number."""
    found = value(node, names)
    assert isinstance(found, Interval), f"{node} is neither a date nor a number"
    return found


def _column_of(name: Name, names: Names) -> Row:
    row = names.other if name.scope == "other" else names.charge
    if name.scope == "subject":
        # What is known of the person stands on each of the person's rows.
        row = _charge_row(names)
    assert row is not None, f"{name} is asked where there is no such record"
    return row


def _named(name: Name, names: Names) -> Value:
    if name == AS_OF:
        return Interval(names.as_of, names.as_of, Type.DATE)
    if name.scope == "parameters":
        return _of_type(name.type, names.parameters(name.name))
    if name.entry is None:
        return names.known[f"{name.scope}.{name.name}"]
    return _recorded(name.entry, _column_of(name, names), names.as_of)


def _of_type(type: Type, column: Column) -> Value:
    if type is Type.BOOLEAN:
        return values.recorded(column)
    return values.interval_of(column, column, type) if type is Type.NUMBER else Code(column)


def _recorded(entry: Entry, row: Row, as_of: Column) -> Value:
    """What a record says of a name, with its absence where it can be absent."""
    columns = [row(column) for column in entry.columns]
    if entry.type is Type.DATE:
        if entry.is_event:
            return values.event_of(columns[0], columns[1], as_of)
        return values.interval_of(columns[0], columns[1], entry.type)
    if entry.absence is Absence.NONE:
        recorded, absent = columns
        if entry.type is Type.BOOLEAN:
            return values.recorded(F.when(absent, False).when(~absent, recorded))
        is_absent = values.recorded(absent)
        return (
            replace(_quantity(recorded), absent=is_absent)
            if entry.type is Type.NUMBER
            else Code(recorded, is_absent)
        )
    if len(columns) > 1:
        # Of an offense that is not certainly read, only code and section are known.
        return _of_type(entry.type, F.when(columns[1], columns[0]))
    if entry.type is Type.NUMBER:
        return _quantity(columns[0])
    return _of_type(entry.type, columns[0])


def _quantity(number: Column) -> Interval:
    """A number that is on record or not: weights, counts, ages and years are none below zero."""
    zero, most = F.lit(0.0), values.open_high(Type.NUMBER)
    return Interval(F.coalesce(number, zero), F.coalesce(number, most), Type.NUMBER)


def _call(function: str, arguments: tuple[Expression, ...], names: Names) -> Value:
    given = [interval(argument, names) for argument in arguments]
    match function:
        case "later_of":
            return values.latest_of(given)
        case "earlier_of":
            return values.earliest_of(given)
        case "age_at":
            birth = _recorded(VOCABULARY["subject.birth_on"], _charge_row(names), names.as_of)
            assert isinstance(birth, Interval)
            (day,) = given
            return values.age(birth, day)
    day, count = given
    return shifted(function, day, count)


def shifted(function: str, day: Interval, count: Interval) -> Interval:
    """years_after, years_before, months_after or days_after of a date, end by end; it has the absence of the date.

    A day outside of the calendar is its first or last.
    """
    # Only "before" falls as its number grows.
    least, most = (count.high, count.low) if function == "years_before" else (count.low, count.high)
    return Interval(
        F.when(_is_open(least, Type.NUMBER), day.open_low).otherwise(_shift(function, day.low, least)),
        F.when(_is_open(most, Type.NUMBER), day.open_high).otherwise(_shift(function, day.high, most)),
        Type.DATE,
        day.absent,
        values.any_of([day.open_law, count.open_law]),
    )


def _is_open(end: Column, type: Type) -> Column:
    return (end == values.open_low(type)) | (end == values.open_high(type))


def _shift(function: str, day: Column, by: Column) -> Column:
    if function == "days_after":
        moved = F.date_add(day, _within(by, _DAYS_OF_CALENDAR))
    else:
        months = by * {"years_after": 12, "years_before": -12, "months_after": 1}[function]
        moved = months_after(day, _within(months, _MONTHS_OF_CALENDAR))
    # Spark's days go on beyond the years 1 to 9999, and nobody else can read them.
    within = _between(F.lit(date.min.isoformat()).cast("date"), moved, F.lit(date.max))
    return F.when(_is_open(day, Type.DATE), day).otherwise(within)


def _within(number: Column, most: int) -> Column:
    """A number cut off where it can change nothing more: a whole number of any size would not fit."""
    return _between(F.lit(-most), number, F.lit(most)).cast("int")


def _between(least: Column, value: Column, most: Column) -> Column:
    return F.greatest(least, F.least(value, most))


def _charge_row(names: Names) -> Row:
    row = names.charge or names.other
    assert row is not None
    return row


def _sum(operator: str, left: Interval, right: Interval) -> Interval:
    one, two = values.as_summand(left), values.as_summand(right)
    open_law = values.any_of([left.open_law, right.open_law])
    if operator == "+":
        return Interval(one.low + two.low, one.high + two.high, Type.NUMBER, None, open_law)
    return Interval(one.low - two.high, one.high - two.low, Type.NUMBER, None, open_law)
