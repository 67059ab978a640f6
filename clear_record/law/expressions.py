"""Expressions of the law language: text, parsed by sqlglot, to a typed tree of our own.

Only what stands here can be said: a name, type or function that is not known is refused, with the place and the nearest
known name. docs/law-language.md says what each expression means.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from math import isfinite
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from clear_record.errors import PackRefused
from clear_record.law.vocabulary import VOCABULARY, Absence, Entry, Type


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: a boolean, a number (float), a text or a date."""

    value: bool | float | str | date


@dataclass(frozen=True, slots=True)
class Name:
    """A name: `scope` is charge, other, subject, fact, history, parameters, offenses, criterion or as_of.

    `entry` is the vocabulary's, for the scopes that are names of records.
    """

    scope: str
    name: str
    type: Type
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of the terms."""

    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the terms or more."""

    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    term: "Expression"


@dataclass(frozen=True, slots=True)
class Compare:
    """`operator` is one of = <> < <= > >=."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class In:
    """Membership of a code in codes (literals or a parameter), or of an offense in an offense list."""

    item: "Expression"
    options: "Name | tuple[Literal, ...]"


@dataclass(frozen=True, slots=True)
class IsNull:
    """Whether an event or flag is absent."""

    item: "Expression"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+` or `-` on numbers."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of dates: years_after, years_before, months_after, days_after, later_of, earlier_of, age_at."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`case when ... then ... else ... end`: the date or number of the first condition that holds; without one that of `otherwise`."""

    cases: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression | None"


@dataclass(frozen=True, slots=True)
class BandIs:
    """In a `when`: the value of a band lies in one of these parts (positions from 0)."""

    band: str
    parts: frozenset[int]


Expression = Literal | Name | And | Or | Not | Compare | In | IsNull | Arithmetic | Call | Choice | BandIs

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SHIFTS = ("years_after", "years_before", "months_after", "days_after")
_FUNCTIONS = (*_SHIFTS, "later_of", "earlier_of", "age_at")


@dataclass(frozen=True, slots=True)
class Known:
    """The names that an expression may use beside the vocabulary, and where it stands (file, line, place).

    `has_other`: inside a question, where `other` is another record of the person. `bands` stand in a `when` only.
    """

    place: str
    has_other: bool = False
    history: Mapping[str, Type] | None = None
    parameters: Mapping[str, Type] | None = None
    lists: frozenset[str] = frozenset()
    criteria: frozenset[str] = frozenset()
    bands: Mapping[str, "BandCuts"] | None = None


@dataclass(frozen=True, slots=True)
class BandCuts:
    """How a band divides its values: at cuts that belong to the upper part (`from`) or the lower (`up_to`), or by code."""

    type: Type
    cuts: tuple[float | date, ...] = ()
    cut_is_above: bool = True
    values: tuple[str, ...] = ()

    @property
    def parts_count(self) -> int:
        if self.type is Type.BOOLEAN:
            return 2
        return len(self.cuts or self.values) + 1

    def part_of(self, value: float | date) -> int:
        """The part in which a number or a day lies."""
        return (bisect_right if self.cut_is_above else bisect_left)(self.cuts, value)


def parse(text: str, known: Known, expected: Type | None = None) -> Expression:
    """The tree of an expression, and its type checked.

    Raises PackRefused with place and expression where it is not of the language, or not of the `expected` type.
    """
    try:
        with_comments = _sql_trees(text)
    except SqlglotError as error:
        raise PackRefused(f"{known.place}: [{text}] cannot be read as an expression") from error
    if len(with_comments) != 1 or with_comments[0] is None:
        raise PackRefused(f"{known.place}: [{text}] is not one expression")
    tree = _Reader(text, known).read(with_comments[0])
    if expected is not None and type_of(tree) is not expected:
        raise PackRefused(f"{known.place}: [{text}] is {_a(type_of(tree))}; {_a(expected)} was expected")
    return tree


@lru_cache(maxsize=4096)
def _sql_trees(text: str) -> tuple[exp.Expr | None, ...]:
    # A pack is read anew for each set of options that its cases name; its expressions are the same.
    return tuple(sqlglot.parse(text))


def type_of(node: Expression) -> Type:
    """The type of an expression's value."""
    match node:
        case Literal(value=bool()):
            return Type.BOOLEAN
        case Literal(value=str()):
            return Type.CODE
        case Literal(value=date()):
            return Type.DATE
        case Literal() | Arithmetic():
            return Type.NUMBER
        case Name(type=type):
            return type
        case Call(function="age_at"):
            return Type.NUMBER
        case Call():
            return Type.DATE
        case Choice(cases=((_, value), *_)):
            return type_of(value)
    return Type.BOOLEAN


def walk(node: Expression) -> Iterator[Expression]:
    """The node and all below it, in the order in which they are written."""
    yield node
    for child in children(node):
        yield from walk(child)


@lru_cache(maxsize=4096)
def names_in(node: Expression) -> tuple[Name, ...]:
    """The names that an expression uses, in the order in which they are written."""
    return tuple(each for each in walk(node) if isinstance(each, Name))


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly below a node; an age is asked of the date of birth, too."""
    match node:
        case And(terms=terms) | Or(terms=terms):
            return terms
        case Not(term=term) | IsNull(item=term):
            return (term,)
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case In(item=item, options=Name() as options):
            return (item, options)
        case In(item=item):
            return (item,)
        case Call(function="age_at", arguments=arguments):
            return (_BIRTH, *arguments)
        case Call(arguments=arguments):
            return arguments
        case Choice(cases=cases, otherwise=otherwise):
            last = () if otherwise is None else (otherwise,)
            return (*(each for case in cases for each in case), *last)
    return ()


AS_OF = Name("as_of", "as_of", Type.DATE)


@lru_cache(maxsize=4096)
def compared_with_as_of(expression: Expression) -> tuple[tuple[str, Expression], ...]:
    """Operator and day of each comparison of a day with as_of, turned so that the day stands left."""
    return tuple(
        (node.operator, node.left) if node.right == AS_OF else (MIRRORED[node.operator], node.right)
        for node in walk(expression)
        if isinstance(node, Compare) and (node.left == AS_OF) != (node.right == AS_OF)
    )


def asks_other(node: Expression) -> bool:
    """Whether an expression asks for another record."""
    return any(name.scope == "other" for name in names_in(node))


class _Reader:
    """Turns one sqlglot tree into ours; every refusal names the place and the expression."""

    def __init__(self, text: str, known: Known) -> None:
        self.text = " ".join(text.split())
        self.known = known

    def refused(self, why: str) -> PackRefused:
        return PackRefused(f"{self.known.place}: {why}, in [{self.text}]")

    def read(self, node: exp.Expr) -> Expression:
        match node:
            case exp.Paren():
                return self.read(node.this)
            case exp.And() | exp.Or():
                terms = tuple(self.truth(each) for each in node.flatten())
                return And(terms) if isinstance(node, exp.And) else Or(terms)
            case exp.Not():
                return Not(self.truth(node.this))
            case exp.In():
                return self.membership(node)
            case exp.Is(expression=exp.Null()):
                return self.is_null(node)
            case exp.Add() | exp.Sub():
                operator = "+" if isinstance(node, exp.Add) else "-"
                return Arithmetic(
                    operator, self.of(Type.NUMBER, node.this), self.of(Type.NUMBER, node.expression)
                )
            case exp.Neg(this=exp.Literal()):
                if node.this.is_string:
                    raise self.refused(f"[{node.sql()}] is not of the language")
                return Literal(-self.number(node.this.this))
            case exp.Boolean():
                return Literal(bool(node.this))
            case exp.Literal():
                return Literal(str(node.this) if node.is_string else self.number(node.this))
            case exp.Cast(this=exp.Literal(is_string=True)) if node.to.this is exp.DataType.Type.DATE:
                return self.date(str(node.this.this))
            case exp.Column():
                return self.name(node)
            case exp.Anonymous():
                return self.call(node)
            case exp.Case(this=None):
                return self.choice(node)
        if type(node) in _COMPARISONS:
            return self.comparison(_COMPARISONS[type(node)], node.this, node.expression)
        raise self.refused(f"[{node.sql()}] is not of the language")

    def number(self, text: str) -> float:
        if not isfinite(number := float(text)):
            raise self.refused(f"[{text}] is too large a number")
        return number

    def of(self, type: Type, node: exp.Expr) -> Expression:
        tree = self.read(node)
        if type_of(tree) is not type:
            raise self.refused(f"[{node.sql()}] is {_a(type_of(tree))} where {_a(type)} is needed")
        return tree

    def truth(self, node: exp.Expr) -> Expression:
        return self.of(Type.BOOLEAN, node)

    def date(self, text: str) -> Literal:
        try:
            return Literal(date.fromisoformat(text))
        except ValueError as error:
            raise self.refused(f"[{text}] is no date: write it as 2016-11-09") from error

    def name(self, node: exp.Column) -> Name | BandIs:
        if any(part.args.get("quoted") for part in node.parts):
            raise self.refused(f"[{node.sql()}] is quoted: names stand bare, texts in single quotes")
        dotted = ".".join(part.name for part in node.parts)
        scope, _, rest = dotted.partition(".")
        if dotted == "as_of":
            return AS_OF
        if scope == "this":
            scope, dotted = "charge", f"charge.{rest}"
        if scope == "other" and self.known.has_other:
            # other.grade and other.fact.plants are charge.grade and fact.plants of the other record.
            entry = VOCABULARY.get(rest if rest.startswith("fact.") else f"charge.{rest}")
            if entry is not None:
                return Name("other", rest, entry.type, entry)
        if dotted in VOCABULARY:
            entry = VOCABULARY[dotted]
            return Name(scope, rest, entry.type, entry)
        if scope in ("history", "parameters"):
            of_scope = (self.known.history if scope == "history" else self.known.parameters) or {}
            if rest in of_scope:
                return Name(scope, rest, of_scope[rest])
        if scope == "offenses" and rest in self.known.lists:
            return Name(scope, rest, Type.OFFENSE)
        if dotted in self.known.criteria:
            return Name("criterion", dotted, Type.BOOLEAN)
        if dotted in (self.known.bands or {}):
            return self.band(dotted, "=", "true")
        raise self.refused(f"unknown name [{dotted}]; the nearest known is [{self._nearest(dotted)}]")

    def _nearest(self, dotted: str) -> str:
        known = [*VOCABULARY, "as_of", *self.known.criteria, *(self.known.bands or {})]
        if self.known.has_other:
            known += [name.replace("charge.", "other.") for name in VOCABULARY if name.startswith("charge.")]
            known += [f"other.{name}" for name in VOCABULARY if name.startswith("fact.")]
        known += [f"history.{name}" for name in self.known.history or {}]
        known += [f"parameters.{name}" for name in self.known.parameters or {}]
        known += [f"offenses.{name}" for name in self.known.lists]
        return get_close_matches(dotted, sorted(known), n=1, cutoff=0.0)[0]

    def call(self, node: exp.Anonymous) -> Call:
        function = str(node.this)
        if function not in _FUNCTIONS:
            nearest = get_close_matches(function, _FUNCTIONS, n=1, cutoff=0.0)[0]
            raise self.refused(f"unknown function [{function}]; the nearest known is [{nearest}]")
        given = node.expressions
        if function in _SHIFTS:
            if len(given) != 2:
                raise self.refused(f"{function} takes a date and a number")
            return Call(function, (self.of(Type.DATE, given[0]), self.of(Type.NUMBER, given[1])))
        if function == "age_at" and len(given) != 1:
            raise self.refused("age_at takes one date")
        if not given:
            raise self.refused(f"{function} takes one date or more")
        return Call(function, tuple(self.of(Type.DATE, each) for each in given))

    def choice(self, node: exp.Case) -> Choice:
        cases = tuple((self.truth(each.this), self.read(each.args["true"])) for each in node.args["ifs"])
        default = node.args.get("default")
        otherwise = None if default is None else self.read(default)
        choice = Choice(cases, otherwise)
        values = [value for _, value in cases] + ([] if otherwise is None else [otherwise])
        types = {type_of(value) for value in values}
        if len(types) != 1 or not types <= {Type.DATE, Type.NUMBER}:
            raise self.refused("the values of a `case` are all dates or all numbers")
        if AS_OF in walk(choice):
            raise self.refused("a `case` chooses by what is on record; compare with as_of outside of it")
        self.refuse_bands_in(choice, "in a `case`")
        return choice

    def membership(self, node: exp.In) -> In:
        item = self.read(node.this)
        if "field" in node.args and node.args["field"] is not None:
            options = self.read(node.args["field"])
            needed = {Type.CODES: Type.CODE, Type.OFFENSE: Type.OFFENSE}.get(type_of(options))
            if (
                not isinstance(options, Name)
                or options.scope not in ("parameters", "offenses")
                or needed is None
            ):
                raise self.refused(
                    "what stands behind `in` is a list of texts, a parameter of codes or an offense list"
                )
            if type_of(item) is not needed or not isinstance(item, Name):
                raise self.refused(
                    f"[{node.this.sql()}] is {_a(type_of(item))}, and the list is of {needed}s"
                )
            return In(item, options)
        literals = tuple(self.read(each) for each in node.expressions)
        if not literals or not all(
            isinstance(each, Literal) and isinstance(each.value, str) for each in literals
        ):
            raise self.refused(
                "what stands behind `in` is a list of texts, a parameter of codes or an offense list"
            )
        if type_of(item) is not Type.CODE:
            raise self.refused(f"[{node.this.sql()}] is {_a(type_of(item))}, and the list is of codes")
        return In(item, tuple(each for each in literals if isinstance(each, Literal)))

    def is_null(self, node: exp.Is) -> IsNull:
        item = self.read(node.this)
        is_day = isinstance(item, Name) and item.scope == "history" and item.type is Type.DATE
        is_event = isinstance(item, Name) and item.entry is not None and item.entry.absence is Absence.NONE
        if not (is_day or is_event):
            raise self.refused(
                f"[{node.this.sql()}] cannot be asked for absence: only an event or a flag can be known to be absent"
            )
        return IsNull(item)

    def comparison(self, operator: str, left: exp.Expr, right: exp.Expr) -> Expression:
        for band, other, turned in ((left, right, operator), (right, left, MIRRORED[operator])):
            if (
                isinstance(band, exp.Column)
                and band.name in (self.known.bands or {})
                and len(band.parts) == 1
            ):
                return self.band(band.name, turned, other)
        one, two = self.read(left), self.read(right)
        if type_of(one) is not type_of(two):
            raise self.refused(f"{_a(type_of(one))} is compared with {_a(type_of(two))}")
        if type_of(one) in (Type.OFFENSE, Type.CODES):
            raise self.refused("an offense is compared by `in` and a list")
        if type_of(one) in (Type.CODE, Type.BOOLEAN) and operator not in ("=", "<>"):
            raise self.refused(f"a {type_of(one)} is compared by = or <> only")
        for side in (one, two):
            self.refuse_bands_in(side, "in a comparison of booleans")
        age_first = _as_birthday(operator, one, two) or _as_birthday(MIRRORED[operator], two, one)
        compared = age_first or Compare(operator, one, two)
        for side in (compared.left, compared.right):
            if side != AS_OF and AS_OF in walk(side):
                raise self.refused("as_of stands alone on one side of a comparison, or in age_at")
        scopes = {node.scope for node in walk(compared) if isinstance(node, Name)}
        if {"as_of", "other"} <= scopes and scopes & {"charge", "fact"}:
            raise self.refused(
                "a comparison with as_of asks for days of this charge or of the other record, not of both"
            )
        return compared

    def refuse_bands_in(self, tree: Expression, where: str) -> None:
        """A `when` is read for each part of a band, and a value is not."""
        for node in walk(tree):
            if isinstance(node, BandIs):
                raise self.refused(
                    f"band [{node.band}] stands {where}; bands are compared at their cuts, and joined by and, or, not alone"
                )

    def band(self, name: str, operator: str, operand: exp.Expr | str) -> BandIs:
        assert self.known.bands is not None
        cuts = self.known.bands[name]
        value: Any = operand if isinstance(operand, str) else self.read(operand)
        if isinstance(value, Literal):
            value = value.value
        parts = _parts(cuts, operator, value)
        if parts is None:
            at = ", ".join(_shown(each) for each in cuts.cuts or cuts.values) or "true, false"
            raise self.refused(f"band [{name}] is compared where it has no cut; it has {at}")
        return BandIs(name, frozenset(parts))


def _a(type: Type) -> str:
    return f"{'an' if type is Type.OFFENSE else 'a'} {type}"


def _shown(cut: float | date | str) -> str:
    return f"{cut:g}" if isinstance(cut, float) else str(cut)


def _parts(cuts: BandCuts, operator: str, value: Any) -> set[int] | None:
    """The parts of a band that a comparison means; None where it is not at a cut."""
    everything = set(range(cuts.parts_count))
    if cuts.type is Type.BOOLEAN:
        inside = {"true": {0}, True: {0}, False: {1}}.get(value)
        if inside is None or operator not in ("=", "<>"):
            return None
        return inside if operator == "=" else everything - inside
    if cuts.type is Type.CODE:
        if value not in cuts.values or operator not in ("=", "<>"):
            return None
        inside = {cuts.values.index(value)}
        return inside if operator == "=" else everything - inside
    if value not in cuts.cuts or operator not in (("<", ">=") if cuts.cut_is_above else ("<=", ">")):
        return None
    below = set(range(cuts.cuts.index(value) + 1))
    return below if operator in ("<", "<=") else everything - below


def _as_birthday(operator: str, age: Expression, years: Expression) -> Compare | None:
    """`age_at(d) >= n` as `years_after(birth, n) <= d`: whoever is n has had the n-th birthday."""
    if not isinstance(age, Call) or age.function != "age_at":
        return None
    (day,) = age.arguments
    if operator in (">", "<="):
        years = Arithmetic("+", years, Literal(1.0))
    elif operator in ("=", "<>"):
        return None
    birthday = Call("years_after", (_BIRTH, years))
    return Compare("<=" if operator in (">=", ">") else ">", birthday, day)


_BIRTH = Name("subject", "birth_on", Type.DATE, VOCABULARY["subject.birth_on"])
