"""What a rule pack says, read and checked: the law as data, ready for either evaluator.

`clear_record.law.pack_reader` makes a `Pack` from its files; docs/law-language.md says what each part means.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal as OneOf

from clear_record.law.expressions import BandCuts, Expression, Literal, Name, Not, names_in
from clear_record.law.offenses import OffenseEntry
from clear_record.law.vocabulary import Entry, Type

Value = bool | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """[from, until): the days on which a law, a list entry or a number holds; None is open."""

    begins_on: date | None = None
    ends_on: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.begins_on is None or self.begins_on <= day) and (
            self.ends_on is None or day < self.ends_on
        )

    @property
    def days(self) -> Iterator[date]:
        """The days on which it changes."""
        return (day for day in (self.begins_on, self.ends_on) if day is not None)


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value of a parameter, when it holds, and what says so."""

    value: Value
    period: Period
    cite: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, switch, code or set of codes that the law sets by date or an office chooses."""

    name: str
    says: str
    type: Type
    values: tuple[DatedValue, ...]

    def on(self, day: date) -> Value | None:
        """The value of a day; None where there is none."""
        return next((each.value for each in self.values if each.period.holds_on(day)), None)


@dataclass(frozen=True, slots=True)
class ListedOffense:
    """An entry of an offense list: which offenses (also as written), when, and whether its match is certain."""

    entry: OffenseEntry
    is_certain: bool
    period: Period
    statute: str
    says: str | None


@dataclass(frozen=True, slots=True)
class OffenseList:
    """A list of statutes by date."""

    name: str
    says: str
    cite: str
    evidence: str
    entries: tuple[ListedOffense, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to the rest of the person's record.

    `of` is the day that `latest` and `earliest` ask for; `distinct` the column by whose values `count` counts;
    `first_by` the day of a charge by which `grants` come one after the other; `witnesses_count` how many records prove the answer.
    """

    name: str
    ask: OneOf["any", "all", "count", "latest", "earliest"]
    kind: OneOf["convictions", "charges", "arrests", "grants"]
    where: Expression
    within: OneOf["same_case", "same_cycle", "same_county", "state", "anywhere"]
    of: Expression | None = None
    first_by: Entry | None = None
    distinct: str = "charge_id"
    includes_this: bool = False
    witnesses_count: int = 1

    @property
    def type(self) -> Type:
        return {"any": Type.BOOLEAN, "all": Type.BOOLEAN, "count": Type.NUMBER}.get(self.ask, Type.DATE)

    @property
    def sought(self) -> Expression:
        """What makes a row count: that `where` holds, or for `all` that it does not."""
        return Not(self.where) if self.ask == "all" else self.where

    @property
    def has_witnesses(self) -> bool:
        """Whether single records prove the answer."""
        return self.ask in ("any", "all", "count")


@dataclass(frozen=True, slots=True)
class Band:
    """A number, date, code or boolean, cut into parts."""

    name: str
    of: Expression
    cuts: BandCuts
    applies: Expression | None = None

    @property
    def parts_count(self) -> int:
        return self.cuts.parts_count


@dataclass(frozen=True, slots=True)
class Wait:
    """Years, months or days that pass from a day, and start again at an event."""

    starts_on: Expression
    length: Expression
    unit: OneOf["years", "months", "days"]
    restarts_on: Name | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A named predicate; it has either a `test` or a `wait`."""

    id: str
    says: str
    cite: str
    evidence: str
    test: Expression | None = None
    wait: Wait | None = None
    applies: Expression | None = None
    unsettled: Expression | None = None
    on_unknown: OneOf["review", "presume_true", "no_indication", "fail"] = "review"
    covered_by: str | None = None
    when_false: OneOf["not_eligible", "not_yet"] = "not_eligible"

    @property
    def expressions(self) -> Iterator[Expression]:
        """All that it asks, in the order in which it is written."""
        given = (self.applies, self.test, self.unsettled)
        yield from (each for each in given if each is not None)
        if self.wait is not None:
            waited = (self.wait.starts_on, self.wait.length, self.wait.restarts_on)
            yield from (each for each in waited if each is not None)

    def asks(self, questions: Collection[str]) -> bool:
        """Whether its test asks one of these history questions."""
        return self.test is not None and any(
            name.scope == "history" and name.name in questions for name in names_in(self.test)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of remedies.

    `reason` is the text that offices know, parameters filled in; `alternative` names other relief that may be open.
    """

    when: Expression
    requires: tuple[str, ...]
    gives: str
    if_serving: str | None = None
    reason: str | None = None
    alternative: str | None = None

    @property
    def gives_nothing(self) -> bool:
        """Whether nobody can be waiting for what it gives."""
        return self.gives in ("none", "no_change")


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack.

    `facts` are the names of records and history questions whose lack `missing` tells, in the order of its bits. `retired` are ids
    of criteria that it had once, `lenders` the packs from which it takes lists, by the lists' names. `texts` are the files that it
    was read from, with the office's choices as `options`; `fingerprint` is their hash.
    """

    name: str
    aliases: tuple[str, ...]
    title: str
    layer: OneOf["statute", "policy"]
    status: OneOf["draft", "reviewed"]
    in_force: Period
    cite: str
    evidence: str
    scope: Expression
    scope_says: str
    scope_cite: str
    serving: Expression | None
    questions: Mapping[str, Question]
    bands: Mapping[str, Band]
    criteria: tuple[Criterion, ...]
    retired: tuple[str, ...]
    ladder: tuple[str, ...]
    rows: tuple[Row, ...]
    parameters: Mapping[str, Parameter]
    lists: Mapping[str, OffenseList]
    lenders: Mapping[str, str]
    facts: tuple[str, ...]
    texts: Mapping[str, str]
    fingerprint: str

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def expressions(self) -> Iterator[Expression]:
        """All expressions but those of history questions, in the order in which their facts are numbered."""
        yield self.scope
        if self.serving is not None:
            yield self.serving
        for band in self.bands.values():
            yield from (band.of,) if band.applies is None else (band.of, band.applies)
        for criterion in self.criteria:
            yield from criterion.expressions
        for row in self.rows:
            yield row.when

    @property
    def names(self) -> tuple[Name, ...]:
        """Every name that the pack uses, those inside of history questions too."""
        return _names_of(self)

    @property
    def asked_of_history(self) -> Iterator[Expression]:
        for question in self.questions.values():
            yield question.where
            if question.of is not None:
                yield question.of

    @property
    def changing_days(self) -> tuple[date, ...]:
        """The days on which the law itself, a parameter or an entry of a list changes, in order."""
        return _changing_days_of(self)

    @property
    def questions_of_grants(self) -> frozenset[str]:
        """The questions that ask which others of the person's charges this pack gives relief to first."""
        return frozenset(name for name, each in self.questions.items() if each.kind == "grants")

    @property
    def caps(self) -> tuple[Criterion, ...]:
        """The criteria that ask for grants."""
        return tuple(each for each in self.criteria if each.asks(self.questions_of_grants))

    @property
    def with_caps_aside(self) -> "Pack":
        """The pack by which grants are found: every cap holds where it applies."""
        return _with_caps_aside(self)


# Every decision asks a pack for these.
@lru_cache(maxsize=128)
def _names_of(pack: Pack) -> tuple[Name, ...]:
    expressions = (*pack.expressions, *pack.asked_of_history)
    return tuple(name for expression in expressions for name in names_in(expression))


@lru_cache(maxsize=128)
def _changing_days_of(pack: Pack) -> tuple[date, ...]:
    periods = [pack.in_force]
    periods += [value.period for parameter in pack.parameters.values() for value in parameter.values]
    periods += [listed.period for each in pack.lists.values() for listed in each.entries]
    return tuple(sorted({day for period in periods for day in period.days}))


@lru_cache(maxsize=128)
def _with_caps_aside(pack: Pack) -> Pack:
    caps = pack.caps
    return replace(
        pack,
        questions={name: each for name, each in pack.questions.items() if each.kind != "grants"},
        criteria=tuple(replace(each, test=Literal(True)) if each in caps else each for each in pack.criteria),
        fingerprint=f"{pack.fingerprint} with caps aside",
    )


def facts_in(expressions: Iterator[Expression] | tuple[Expression, ...]) -> tuple[str, ...]:
    """The names of records and history questions in expressions, in order of first appearance.

    They are the names whose lack `missing` can tell: `charge.x`, `subject.x`, `fact.x` and `history.x`.
    """
    names = (
        f"{name.scope}.{name.name}"
        for expression in expressions
        for name in names_in(expression)
        if name.scope in ("charge", "subject", "fact", "history")
    )
    return tuple(dict.fromkeys(names))
