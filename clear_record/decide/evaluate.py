"""Expressions of the law language as values of Spark Columns.

A `Names` says what the names of an expression stand for: columns of the charge, of another record of the same person,
parameters, history questions, earlier criteria. Nothing here is given text: a tree of the law language comes in, and
Columns come out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.offense_lists import is_listed
from clear_record.decide.values import Code, Interval, Truth
from clear_record.law.expressions import (
    And,
    Arithmetic,
    Call,
    Compare,
    Expression,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Or,
)
from clear_record.law.pack import OffenseList
from clear_record.law.vocabulary import VOCABULARY, Absence

Value = Truth | Interval | Code
Row = Callable[[str], Column]


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of an expression stand for on a row.

    `charge` and `other` give a column of the charge decided and of another record of the person; `parameters` a Column
    (an array for a list of codes); `lists` the offense lists; `known` what was computed before: `history.<question>`,
    and criteria by their id.
    """

    as_of: Column
    charge: Row | None
    other: Row | None
    parameters: Callable[[str], Column]
    lists: Mapping[str, OffenseList]
    known: Mapping[str, Value] = field(default_factory=dict)


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
            absent = value(item, names).absent  # type: ignore[union-attr]
            return Truth(F.lit(False) if absent is None else absent)
    found = value(node, names)
    assert isinstance(found, Truth), f"{node} is not a boolean"
    return found


def value(node: Expression, names: Names) -> Value:
    """Any expression but an offense, which only stands in a list or before a dot."""
    match node:
        case Literal(value=literal):
            return _literal(literal)
        case Name():
            return _named(node, names)
        case Call(function=function, arguments=arguments):
            return _call(function, arguments, names)
        case Arithmetic(operator=operator, left=left, right=right):
            return _sum(operator, _interval(left, names), _interval(right, names))
    return truth(node, names)


def _literal(literal: Any) -> Value:
    if isinstance(literal, bool):
        return Truth(F.lit(literal))
    if isinstance(literal, str):
        return Code(F.lit(literal))
    column = F.lit(float(literal)) if isinstance(literal, int | float) else F.lit(literal)
    return Interval(column, column)


def _interval(node: Expression, names: Names) -> Interval:
    found = value(node, names)
    assert isinstance(found, Interval), f"{node} is neither a date nor a number"
    return found


def _comparison(operator: str, left: Expression, right: Expression, names: Names) -> Truth:
    one, other = value(left, names), value(right, names)
    if isinstance(one, Interval) and isinstance(other, Interval):
        return values.compare(operator, one, other)
    if isinstance(one, Truth) and isinstance(other, Truth):
        equal = one.value == other.value
        return Truth(equal if operator == "=" else ~equal, values.any_of([one.open_law, other.open_law]))
    assert isinstance(one, Code) and isinstance(other, Code)
    return values.compare_codes(operator, one, other)


def _membership(item: Expression, options: Name | tuple[Literal, ...], names: Names) -> Truth:
    if isinstance(options, Name) and options.scope == "offenses":
        assert isinstance(item, Name)
        return is_listed(_column_of(item, names), item.entry.columns, names.lists[options.name], names.as_of)
    if isinstance(options, Name):
        codes = names.parameters(options.name)
    else:
        codes = F.array(*[F.lit(option.value) for option in options])
    found = value(item, names)
    assert isinstance(found, Code)
    return values.is_one_of(found, codes)
