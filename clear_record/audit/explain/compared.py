"""What a pack compares a name of the record with: codes, lists of offenses, days and numbers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from clear_record.law.expressions import (
    AS_OF,
    Call,
    Compare,
    Expression,
    In,
    Literal,
    Name,
    names_in,
    type_of,
    walk,
)
from clear_record.law.pack import Pack
from clear_record.law.vocabulary import Type


def codes_compared(pack: Pack, name: Name, day: date) -> list[str]:
    """The values that a pack compares a code with, on a day."""
    found: list[str] = []
    for expression in (*pack.expressions, *pack.asked_of_history):
        for node in walk(expression):
            match node:
                case Compare(left=Name() as left, right=Literal(value=str() as code)) if (
                    left.entry is name.entry
                ):
                    found.append(code)
                case In(item=Name() as item, options=tuple() as options) if item.entry is name.entry:
                    found += [str(each.value) for each in options]
                case In(item=Name() as item, options=Name(scope="parameters", name=parameter)) if (
                    item.entry is name.entry
                ):
                    codes = pack.parameters[parameter].on(day)
                    found += codes if isinstance(codes, tuple) else ()
    for band in pack.bands.values():
        if band.of == name:
            found += band.cuts.values
    return list(dict.fromkeys(found))


def lists_asked(pack: Pack, name: Name) -> list[str]:
    """The offense lists that a pack asks for this charge's offense."""
    return list(
        dict.fromkeys(
            node.options.name
            for expression in (*pack.expressions, *pack.asked_of_history)
            for node in walk(expression)
            if isinstance(node, In) and node.item == name and isinstance(node.options, Name)
        )
    )


def comparisons(pack: Pack, name: Name) -> Iterator[Compare]:
    """The comparisons of days or numbers that ask for a name, those that bands and waits make among them, each of them one that turns
    once as the name grows: an equality is two of them.
    """
    nodes = [*_compared(pack.expressions, name), *_of_bands(pack, name), *_of_waits(pack, name)]
    return _turning_once(nodes)


def comparisons_of_history(pack: Pack, name: Name) -> Iterator[Compare]:
    """The same of the questions to the rest of the record, where the name may be that of another record."""
    return _turning_once(list(_compared(pack.asked_of_history, name)))


def _compared(expressions: Iterator[Expression], name: Name) -> Iterator[Compare]:
    for expression in expressions:
        for node in walk(expression):
            is_ordered = isinstance(node, Compare) and type_of(node.left) in (Type.DATE, Type.NUMBER)
            if isinstance(node, Compare) and is_ordered and _asks(node, name):
                yield node


def _of_bands(pack: Pack, name: Name) -> Iterator[Compare]:
    for band in pack.bands.values():
        if _asks(band.of, name):
            operator = "<" if band.cuts.cut_is_above else "<="
            yield from (Compare(operator, band.of, Literal(cut)) for cut in band.cuts.cuts)


def _of_waits(pack: Pack, name: Name) -> Iterator[Compare]:
    for wait in (each.wait for each in pack.criteria if each.wait is not None):
        for day in (wait.starts_on, wait.restarts_on):
            if day is not None and _asks(day, name):
                yield Compare("<=", Call(f"{wait.unit}_after", (day, wait.length)), AS_OF)


def _asks(node: Expression, name: Name) -> bool:
    """Whether an expression asks for a name, of this charge or of another record."""
    return any(
        each.entry is name.entry if each.entry is not None else each == name for each in names_in(node)
    )


def _turning_once(nodes: list[Compare]) -> Iterator[Compare]:
    for node in dict.fromkeys(nodes):
        if node.operator in ("=", "<>"):
            yield replace(node, operator="<=")
            yield replace(node, operator=">=")
        else:
            yield node
