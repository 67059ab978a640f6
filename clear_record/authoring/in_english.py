"""Expressions of the law language in plain English, for those who do not read them.

A `not` is carried inward only where the language's logic allows it (over `and` and `or`); before a comparison it stays a `not`,
because "not after" also holds of what did not happen, and "on or before" does not.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from clear_record.law.expressions import (
    AS_OF,
    And,
    Arithmetic,
    BandCuts,
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
    type_of,
)
from clear_record.law.pack import Band, Pack, Period, Question, Value, Wait
from clear_record.law.vocabulary import VOCABULARY, Entry, Type

_DATES = {
    "<": "before",
    "<=": "on or before",
    ">": "after",
    ">=": "on or after",
    "=": "",
    "<>": "another day than",
}
_NUMBERS = {"<": "under", "<=": "at most", ">": "more than", ">=": "at least", "=": "", "<>": "other than"}
# What the vocabulary explains and does not name.
_NOUNS = {
    "charge.kind": "kind of record",
    "charge.grade_after": "grade after a reduction",
    "charge.set_aside_under": "statute of the set-aside",
    "fact.cannabis_oz": "quantity of cannabis",
    "fact.env_violation": "environmental statute that was broken",
    "fact.charge_outcome": "outcome of the charge",
    "fact.max_penalty_years": "law's maximum in years",
    "fact.max_penalty_days": "law's maximum in days",
    "fact.sentence_years": "length of the whole sentence in years",
    "fact.relief_granted": "relief already granted",
    "subject.granted_felony_set_asides": "number of felony set-asides granted before",
    "subject.granted_misdemeanor_set_asides": "number of misdemeanor set-asides granted before",
}
_SHIFTS = {
    "years_after": ("years", "after"),
    "years_before": ("years", "before"),
    "months_after": ("months", "after"),
    "days_after": ("days", "after"),
}
_DISTINCT = {"charge_id": "", "case_id": "cases with ", "cycle_id": "arrest cycles with "}
_WITHIN = {
    "same_case": "in the same case",
    "same_cycle": "in the same arrest cycle",
    "same_county": "in the same county",
    "state": "in the same state",
    "anywhere": "anywhere",
}


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence in `text`; or several `terms`, of which all must hold (`joined` is "and") or one ("or")."""

    text: str = ""
    joined: str = ""
    terms: tuple["Clause", ...] = ()

    @property
    def in_one_line(self) -> str:
        if not self.terms:
            return self.text
        parts = [f"({each.in_one_line})" if each.terms else each.text for each in self.terms]
        return f" {self.joined} ".join(parts)

    @property
    def is_nested(self) -> bool:
        return any(each.terms for each in self.terms)


@dataclass(frozen=True, slots=True)
class English:
    """The words of a pack; with `as_of` its parameters are followed by their values of that day.

    `in_question`: the expressions are those of a question, where another record stands beside this charge. `with_numbers`: criteria
    and questions are named with their place in the pack.
    """

    pack: Pack
    as_of: date | None = None
    in_question: bool = False
    with_numbers: bool = True

    def clause(self, node: Expression, negated: bool = False) -> Clause:
        """What a boolean says, or its contrary."""
        match node:
            case Not(term=term):
                return self.clause(term, not negated)
            case And(terms=terms) | Or(terms=terms):
                joined = "and" if isinstance(node, And) is not negated else "or"
                return Clause(joined=joined, terms=tuple(self.clause(each, negated) for each in terms))
        return Clause(self._sentence(node, " not" if negated else ""))

    def _sentence(self, node: Expression, no: str) -> str:
        match node:
            case Literal(value=value):
                return "always" if value is not bool(no) else "never"
            case Compare():
                return self._compared(node, no)
            case In(item=item, options=Name(scope="offenses", name=name)):
                return f"{self.words(item)} is{no} on the list {name}"
            case In(item=item, options=Name() as options):
                return f"{self.words(item)} is{no} one of {self.words(options)}"
            case In(item=item, options=tuple() as options):
                listed = [_text(str(each.value)) for each in options]
                return f"{self.words(item)} is{no} {any_of(listed)}"
            case IsNull(item=Name() as item):
                return self._on_record(item, no)
            case BandIs(band=name, parts=parts):
                return self._in_parts(self.pack.bands[name], parts, no)
            case Name(scope="history", name=name):
                return f"{self._question(name)} is answered {'no' if no else 'yes'}"
            case Name(scope="criterion", name=name):
                return f"{self.criterion(name)} {'does not hold' if no else 'holds'}"
            case Name(scope="parameters"):
                return f"{self.words(node)} is {'false' if no else 'true'}"
            case Name(entry=Entry() as entry):
                return self._clause_of(node, entry, no)
        raise AssertionError(f"{node} is not a boolean")

    def _compared(self, node: Compare, no: str) -> str:
        operator, left, right = node.operator, node.left, node.right
        age = self._age(node)
        if age is not None:
            return age if not no else age.replace("the person is ", "the person is not ", 1)
        type = type_of(left)
        if type in (Type.DATE, Type.NUMBER):
            by = (_DATES if type is Type.DATE else _NUMBERS)[operator]
            return " ".join(f"{self.words(left)} is{no} {by} {self.words(right, unit_of(left))}".split())
        is_other = (operator == "<>") is not bool(no)
        if type is Type.BOOLEAN:
            both = f"{self.clause(left).in_one_line}; {self.clause(right).in_one_line}"
            return f"{'exactly one' if is_other else 'both or neither'} of ({both}) holds"
        verb = "are" if isinstance(left, Name) and left.name.endswith("subdivisions") else "is"
        return f"{self.words(left)} {verb} {'not ' if is_other else ''}{self.words(right)}"

    def _age(self, node: Compare) -> str | None:
        """`years_after(birth, n) <= day` is how the language has `age_at(day) >= n`."""
        match node.left:
            case Call(function="years_after", arguments=(Name(scope="subject", name="birth_on"), years)):
                day = self.words(node.right)
            case _:
                return None
        is_reached = node.operator == "<="
        match years:
            case Arithmetic(operator="+", left=whole, right=Literal(value=1.0)):
                age = self.words(whole)
                return f"the person is {f'older than {age}' if is_reached else f'{age} or younger'} on {day}"
        age = self.words(years)
        return f"the person is {f'{age} or older' if is_reached else f'under {age}'} on {day}"

    def clause_or_words(self, node: Expression) -> str:
        """An expression of any type in one line."""
        return self.clause(node).in_one_line if type_of(node) is Type.BOOLEAN else self.words(node)

    def words(self, node: Expression, unit: str = "") -> str:
        """What a date, number, code or offense is called."""
        match node:
            case Literal(value=bool() as value):
                return "true" if value else "false"
            case Literal(value=str() as value):
                return _text(value)
            case Literal(value=value):
                return _plain(value) + (f" {unit}" if unit else "")
            case Arithmetic(operator=operator, left=left, right=right):
                return f"{self.words(left)} {'plus' if operator == '+' else 'less'} {self.words(right)}"
            case Call(function="age_at", arguments=(day,)):
                return f"the person's age on {self.words(day)}"
            case Call(function=("later_of" | "earlier_of") as function, arguments=days):
                which = "latest" if function == "later_of" else "earliest"
                return f"the {which} of ({'; '.join(self.words(day) for day in days)})"
            case Call(function=function, arguments=(day, count)):
                unit, direction = _SHIFTS[function]
                return f"{self._counted(count, unit)} {direction} {self.words(day)}"
            case Choice(cases=cases, otherwise=otherwise):
                said = [
                    f"{self.words(then, unit)} where {self.clause(when).in_one_line}" for when, then in cases
                ]
                last = "unknown" if otherwise is None else self.words(otherwise, unit)
                return f"({'; '.join(said)}; otherwise {last})"
            case Name():
                return self._named(node)
        return self.clause(node).in_one_line

    def length_of(self, wait: Wait) -> str:
        """How long a wait is."""
        return self._counted(wait.length, wait.unit)

    def wait(self, wait: Wait) -> str:
        """From when on a wait has passed."""
        passing = "" if wait.length == Literal(0.0) else f"{self.length_of(wait)} after "
        restarts = (
            ""
            if wait.restarts_on is None
            else f"; the {wait.unit} start again on {self.words(wait.restarts_on)}"
        )
        return f"{passing}{self.words(wait.starts_on)} on{restarts}"

    def _counted(self, count: Expression, unit: str) -> str:
        return f"{self.words(count)} {unit.removesuffix('s') if count == Literal(1.0) else unit}"

    def _named(self, name: Name) -> str:
        if name == AS_OF:
            return "the day of the decision"
        if name.scope == "parameters":
            value = None if self.as_of is None else self.pack.parameters[name.name].on(self.as_of)
            return f"{{{name.name}}}" if value is None else f"{{{name.name}: {shown(value)}}}"
        if name.scope == "history":
            return f"the answer to {self._question(name.name)}"
        if name.entry is None:
            return self.criterion(name.name)
        head, _, field = name.entry.name.rpartition(".")
        if head in VOCABULARY:
            field = "code of law" if field == "code" else field
            return f"the {field} of {self._whose(name)}{_noun(VOCABULARY[head])}"
        return self._whose(name) + _noun(name.entry)

    def _whose(self, name: Name) -> str:
        if name.scope == "other":
            return "the other record's "
        if name.scope == "subject":
            return "the person's "
        return "this charge's " if self.in_question and name.scope == "charge" else "the "

    def _clause_of(self, name: Name, entry: Entry, no: str) -> str:
        head, _, field = entry.name.rpartition(".")
        if field in ("attempt", "conspiracy") and head in VOCABULARY:
            offense = self._whose(name) + _noun(VOCABULARY[head])
            return f"{offense} is{no} {'an attempt' if field == 'attempt' else 'a conspiracy'}"
        of = "of the other record, " if name.scope == "other" else ""
        return f"{of}it is not so that {_sentence_of(entry)}" if no else f"{of}{_sentence_of(entry)}"

    def _on_record(self, name: Name, no: str) -> str:
        if name.entry is None:
            return f"{self._question(name.name)} has {'an' if no else 'no'} answer"
        is_other = name.scope == "other"
        if name.entry.type is Type.BOOLEAN or _is_clause(name.entry):
            of = "of the other record, " if is_other else ""
            return f"{of}it is {'' if no else 'not '}on record that {_sentence_of(name.entry)}"
        noun = _noun(name.entry) if name.entry.type is Type.CODE else _short(name.entry).removeprefix("the ")
        if is_other:
            return f"the other record has {'a' if no else 'no'} {noun}"
        return f"{'' if no else 'no '}{noun} is on record"

    def _question(self, name: str) -> str:
        if not self.with_numbers:
            return f"question {name}"
        return f"question {list(self.pack.questions).index(name) + 1} ({name})"

    def criterion(self, id: str) -> str:
        """A criterion by its number and id."""
        if not self.with_numbers:
            return f"criterion {id}"
        return f"criterion {[each.id for each in self.pack.criteria].index(id) + 1} ({id})"

    # ---- bands and questions

    def _in_parts(self, band: Band, parts: frozenset[int], no: str) -> str:
        names = parts_in_words(band.cuts, unit_of(band.of))
        if band.cuts.type is Type.BOOLEAN:
            return self.clause(band.of, negated=(parts == {1}) is not bool(no)).in_one_line
        if band.cuts.cuts:
            first, last = min(parts), max(parts)
            # What a comparison means is everything below a cut, or everything above one.
            cuts = band.cuts.cuts
            one_cut = replace(band.cuts, cuts=cuts[first - 1 : first] if first else cuts[last : last + 1])
            return (
                f"{self.words(band.of)} is{no} {parts_in_words(one_cut, unit_of(band.of))[1 if first else 0]}"
            )
        return f"{self.words(band.of)} is{no} {any_of([names[each] for each in sorted(parts)])}"

    def question(self, question: Question) -> str:
        """What a question asks, without its `where`."""
        if question.first_by is not None:
            return self._question_of_grants(question, question.first_by)
        kind = question.kind.removesuffix("s")
        many = f"{kind}s" if question.includes_this else f"other {kind}s"
        if question.ask == "any":
            one = f"a{'n' if kind[0] == 'a' else ''} {kind}" if question.includes_this else f"another {kind}"
            asked = f"Is there {one}"
        elif question.ask == "all":
            asked = f"Is it so of {'all' if question.includes_this else 'all other'} {kind}s"
        elif question.ask == "count":
            asked = f"How many {_DISTINCT[question.distinct]}{many} are there"
        else:
            assert question.of is not None
            day = replace(self, in_question=True).words(question.of)
            asked = f"Which is the {question.ask} day, by {day}, of {many}"
        this = " (this one counts, too)" if question.includes_this else ""
        return f"{asked} {_WITHIN[question.within]}{this}"

    def _question_of_grants(self, question: Question, day: Entry) -> str:
        asked = "Is there another charge" if question.ask == "any" else "How many other charges are there"
        order = replace(self, in_question=True).words(Name("other", day.short_name, day.type, day))
        return f"{asked} {_WITHIN[question.within]}, earlier by {order}, that this law gives relief to (caps left aside)"


def parts_in_words(cuts: BandCuts, unit: str = "") -> list[str]:
    """What each part of a band holds, in order."""
    if cuts.type is Type.BOOLEAN:
        return ["true", "false"]
    if cuts.type is Type.CODE:
        return [*map(_text, cuts.values), "anything else"]
    is_date, above = cuts.type is Type.DATE, cuts.cut_is_above
    below = ("before " if above else "on or before ") if is_date else ("under " if above else "at most ")
    over = ("on or after " if above else "after ") if is_date else ("at least " if above else "more than ")
    shown_cuts = [_plain(cut) + (f" {unit}" if unit else "") for cut in cuts.cuts]
    between = [f"{over}{low} and {below}{high}" for low, high in pairwise(shown_cuts)]
    return [below + shown_cuts[0], *between, over + shown_cuts[-1]]


def shown(value: Value) -> str:
    """A value of a parameter as a person reads it."""
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else value


def period_in_words(period: Period) -> str:
    """From which day until before which; empty where it is open at both ends."""
    begins = [f"from {period.begins_on}"] if period.begins_on else []
    ends = [f"until {period.ends_on}"] if period.ends_on else []
    return " ".join(begins + ends)


def _noun(entry: Entry) -> str:
    if entry.name in _NOUNS:
        return _NOUNS[entry.name]
    if entry.type in (Type.CODE, Type.OFFENSE):
        return entry.short_name.removesuffix("_id").replace("_", " ")
    short = _short(entry)
    if entry.type is not Type.DATE or short.startswith(("day ", "date ", "end ")):
        return short
    return f"day on which {short}" if _is_clause(entry) else f"day of {short.removeprefix('the ')}"


def _short(entry: Entry) -> str:
    """What the vocabulary says, without what it explains behind it."""
    return re.split(r"[;,:]", entry.says, maxsplit=1)[0]


def _is_clause(entry: Entry) -> bool:
    """Whether an event is told as what happened (`the conviction was set aside`), and not by its name (`death`)."""
    short = _short(entry)
    is_told = " was completed" in short or short.startswith(("a ", "the person ", "the conviction "))
    return entry.type is Type.DATE and is_told


def _sentence_of(entry: Entry) -> str:
    if entry.type is Type.DATE:
        return _short(entry)
    if entry.says.startswith(("on ", "in ")):
        return f"the person is {entry.says}"
    if entry.says.startswith("knew "):
        return f"the person {entry.says}"
    return f"it is {entry.says}" if entry.says.startswith("a crime ") else entry.says


def unit_of(node: Expression) -> str:
    """The unit of a weight; what is counted, and years, say the names themselves."""
    unit = node.entry.unit if isinstance(node, Name) and node.entry is not None else None
    return unit if unit in ("g", "oz", "lb") else ""


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(value: str) -> str:
    return value or "blank"


def any_of(texts: Sequence[str]) -> str:
    """`a, b or c`."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
