"""A pack as numbered English, for those who do not read YAML: what it asks, of whom, by which authority, and what follows."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import prod

from clear_record.authoring.in_english import Clause, English, parts_in_words, period_in_words, shown, unit_of
from clear_record.law.expressions import Literal
from clear_record.law.pack import Criterion, ListedOffense, OffenseList, Pack, Parameter, Period, Row
from clear_record.law.pack_reader import MOST_COMBINATIONS
from clear_record.law.vocabulary import Type

LAYERS = {"statute": "statute: what the law gives", "policy": "policy: what an office chose to do"}
STATUS = {
    "draft": "draft: no lawyer has signed every clause off",
    "reviewed": "reviewed: a lawyer signed every clause off",
}
ON_UNKNOWN = {
    "presume_true": "it is presumed to hold",
    "no_indication": "it is taken to hold where records of [{}] were loaded; else it stays unknown",
    "fail": "it counts as not met: who asks must prove it",
}
GIVES = {
    "none": "nothing (none)",
    "no_change": "nothing changes (no_change)",
    "review": "a person looks at the record (review)",
    "refer": "it goes to another body (refer)",
}
# A blank at which no line ends: a code and its section stand together.
_KEPT = "\u00a0"
# Longer conditions, and those with conditions inside, are read better one below the other.
_ONE_LINE = 140


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph, set in by so many columns: its text stands behind its label, and its other lines hang below that, or
    `hangs` columns below its beginning."""

    text: str = ""
    label: str = ""
    indent: int = 0
    hangs: int | None = None
    is_heading: bool = False

    def wrapped(self, width: int) -> str:
        """The paragraph in lines of at most `width` columns."""
        lead = " " * self.indent + self.label
        below = len(lead) if self.hangs is None else self.indent + self.hangs
        wrapped = textwrap.fill(
            self.text,
            max(width, below + 30),
            initial_indent=lead,
            subsequent_indent=" " * below,
            break_long_words=False,
            break_on_hyphens=False,
        )
        return wrapped.replace(_KEPT, " ") or lead.rstrip()


def pack_in_english(pack: Pack, as_of: date | None = None) -> list[Line]:
    """The lines of a pack. With `as_of` parameters and lists are those of that day, else they are told by date."""
    return list(_Told(pack, as_of).lines())


class _Told:
    def __init__(self, pack: Pack, as_of: date | None) -> None:
        self.pack, self.as_of = pack, as_of
        self.english = English(pack, as_of)

    def lines(self) -> Iterator[Line]:
        yield from self.head()
        parts: list[tuple[str, Iterator[Line]]] = [("Scope: which charges are decided", self.scope())]
        if self.pack.questions:
            parts.append(("Questions to the rest of the record", self.questions()))
        if self.pack.bands:
            parts.append(("Bands: what is cut into parts", self.bands()))
        parts.append(("Criteria", self.criteria()))
        parts.append(("Remedies", self.remedies()))
        if self.pack.parameters:
            parts.append(("Parameters", self.parameters()))
        if self.pack.lists:
            parts.append(("Offense lists", self.lists()))
        for number, (title, lines) in enumerate(parts, 1):
            yield Line()
            yield Line(title, f"{number}. ", is_heading=True)
            yield from lines
        yield Line()
        yield Line(
            "S and a number = read in that source; code = read in the public source of an earlier system; K = background "
            "knowledge, to be verified; C = a convention of this project.",
            "[evidence] ",
        )
        yield Line("is a parameter: its values stand in their own section.", "{parameter} ")

    def head(self) -> Iterator[Line]:
        pack = self.pack
        yield Line(f"{pack.name}: {pack.title}", is_heading=True)
        facts = [
            ("Layer", LAYERS[pack.layer]),
            ("Status", STATUS[pack.status]),
            ("In force", period_in_words(pack.in_force) or "at all times"),
            ("Authority", f"{pack.cite} [{pack.evidence}]"),
        ]
        if pack.aliases:
            facts.append(("Also called", ", ".join(pack.aliases)))
        if pack.retired:
            facts.append(("Retired ids", ", ".join(pack.retired)))
        if self.as_of is not None:
            holds = "" if pack.in_force.holds_on(self.as_of) else " (the law is not in force on that day)"
            facts.append(("As of", f"{self.as_of}{holds}"))
        for label, text in facts:
            yield Line(text, f"{label:<13}", 2)

    def scope(self) -> Iterator[Line]:
        yield Line(self.pack.scope_says, indent=3)
        yield Line(self.pack.scope_cite, "Source: ", 3)
        yield from _condition("A charge is in scope where", self.english.clause(self.pack.scope), 3)
        if self.pack.serving is not None:
            serving = self.english.clause(self.pack.serving)
            yield from _condition("The person still serves the sentence where", serving, 3)

    def questions(self) -> Iterator[Line]:
        for number, question in enumerate(self.pack.questions.values(), 1):
            yield from _item(number, question.name)
            where = English(self.pack, self.as_of, in_question=True).clause(question.where)
            asked = self.english.question(question)
            if where.text == "always":
                yield Line(f"{asked}?", indent=7)
            else:
                joint = "that" if question.ask == "all" else "where"
                yield from _condition(f"{asked} {joint}", where, 7, ends="?")

    def bands(self) -> Iterator[Line]:
        combinations = prod(band.parts_count for band in self.pack.bands.values())
        yield Line(
            f"{combinations} combinations, of which at most {MOST_COMBINATIONS} are allowed.", indent=3
        )
        for number, band in enumerate(self.pack.bands.values(), 1):
            yield from _item(number, band.name)
            is_boolean = band.cuts.type is Type.BOOLEAN
            of = self.english.clause(band.of).in_one_line if is_boolean else self.english.words(band.of)
            parts = parts_in_words(band.cuts, unit_of(band.of))
            yield Line(f"{_capital(of)}: {'; '.join(parts)}.", indent=7, hangs=2)
            if band.applies is not None:
                yield from _condition("Asked only where", self.english.clause(band.applies), 7)

    def criteria(self) -> Iterator[Line]:
        yield Line(
            "Each is true, false or unknown. What is not recorded stays unknown, and what a remedy requires and is false bars "
            "it, unless it is said otherwise.",
            indent=3,
        )
        for number, criterion in enumerate(self.pack.criteria, 1):
            yield from _item(number, criterion.id)
            yield Line(criterion.says, indent=7)
            yield Line(f"{criterion.cite} [{criterion.evidence}]", "Source: ", 7)
            yield from self.conditions(criterion)
            if criterion.on_unknown != "review":
                unknown = ON_UNKNOWN[criterion.on_unknown].format(criterion.covered_by)
                yield Line(f"If it is not known, {unknown}.", indent=7, hangs=2)
            if criterion.when_false == "not_yet":
                yield Line("While it is false, the answer is “not yet”.", indent=7, hangs=2)

    def conditions(self, criterion: Criterion) -> Iterator[Line]:
        if criterion.applies is not None:
            yield from _condition("Asked only where", self.english.clause(criterion.applies), 7)
        if criterion.test == Literal(True):
            yield Line(
                "Holds" + (", unless the law is open." if criterion.unsettled else " always."), indent=7
            )
        elif criterion.test is not None:
            yield from _condition("Holds where", self.english.clause(criterion.test), 7)
        if criterion.wait is not None:
            yield Line(f"Holds from {self.english.wait(criterion.wait)}.", indent=7, hangs=2)
        if criterion.unsettled is not None:
            yield from _condition("The law is open where", self.english.clause(criterion.unsettled), 7)

    def remedies(self) -> Iterator[Line]:
        yield Line(f"From the least to the best: {', '.join(self.pack.ladder)}.", indent=3, hangs=2)
        yield Line(
            "The rows are read in order, and the first whose condition holds gives the result.", indent=3
        )
        for number, row in enumerate(self.pack.rows, 1):
            yield from self.row(number, row, is_last=number == len(self.pack.rows))

    def row(self, number: int, row: Row, is_last: bool) -> Iterator[Line]:
        gives = GIVES.get(row.gives, row.gives)
        if row.if_serving is not None:
            gives += f"; to one who still serves, {row.if_serving}"
        label = f"{number:>5}. "
        if is_last:
            yield Line(f"{gives}.", f"{label}Otherwise: ")
        else:
            yield from _condition("Where", self.english.clause(row.when), 7, label=label)
            yield Line(f"{gives}.", "Gives: ", 7)
        if row.requires:
            required = "; ".join(self.english.criterion(id) for id in row.requires)
            yield Line(f"Requires: {required}.", indent=7, hangs=2)
        if row.reason is not None:
            yield Line(f"“{row.reason}”", "Reason given: ", 7)
        if row.alternative is not None:
            yield Line(row.alternative, "Other relief that may be open: ", 7)

    def parameters(self) -> Iterator[Line]:
        for number, parameter in enumerate(self.pack.parameters.values(), 1):
            yield from _item(number, parameter.name)
            yield Line(parameter.says, indent=7)
            yield from values_in_english(parameter, self.as_of)

    def lists(self) -> Iterator[Line]:
        yield Line("A match with a possible entry alone leaves it open.", indent=3)
        for number, listed in enumerate(self.pack.lists.values(), 1):
            yield from _item(number, listed.name)
            yield Line(listed.says, indent=7)
            lender = self.pack.lenders.get(listed.name)
            lent = "" if lender is None else f"; the list of {lender}"
            yield Line(f"{listed.cite} [{listed.evidence}]{lent}", "Source: ", 7)
            yield from self.entries(listed)

    def entries(self, listed: OffenseList) -> Iterator[Line]:
        held = [each for each in listed.entries if self.as_of is None or each.period.holds_on(self.as_of)]
        alike: dict[tuple[bool, str, Period], list[str]] = {}
        for each in held:
            statute = each.statute.replace(" ", _KEPT)
            said = f"{statute} ({each.says})" if each.says else statute
            alike.setdefault((each.is_certain, reach_of(each), each.period), []).append(said)
        for (is_certain, reach, period), statutes in alike.items():
            kind = "Certain" if is_certain else "Possible"
            when = period_in_words(period)
            yield Line(
                f"{kind}{reach}{f', {when}' if when else ''}: {'; '.join(statutes)}.", indent=7, hangs=2
            )
        if not held:
            yield Line("No entry" + ("." if self.as_of is None else " holds on that day."), indent=7)


def values_in_english(parameter: Parameter, as_of: date | None = None) -> Iterator[Line]:
    """The values of a parameter by date, or the one of a day."""
    values = [each for each in parameter.values if as_of is None or each.period.holds_on(as_of)]
    for each in values:
        when = period_in_words(each.period)
        yield Line(
            f"{shown(each.value)} ({each.cite} [{each.evidence}])", f"{_capital(when) or 'Always'}: ", 7
        )
    if not values:
        yield Line("No value holds on that day.", indent=7)


def reach_of(listed: ListedOffense) -> str:
    """Whether an entry reaches attempts and conspiracies, where its statute does not say it."""
    reaches = {"attempts": listed.entry.attempts, "conspiracies": listed.entry.conspiracies}
    named = [
        name for name, is_reached in reaches.items() if is_reached and not listed.statute.startswith(name[:7])
    ]
    return f" (with {' and '.join(named)})" if named else ""


def _item(number: int, name: str) -> Iterator[Line]:
    yield Line(name, f"{number:>5}. ")


def _condition(head: str, clause: Clause, indent: int, label: str = "", ends: str = ".") -> Iterator[Line]:
    """A condition behind its head in one line, or its terms below it; a label stands in the room of the indent."""
    line = clause.in_one_line
    is_short = not clause.terms or (not clause.is_nested and len(line) <= _ONE_LINE)
    text = f"{head} {f'{line}{ends}' if is_short else _heading(clause)}"
    yield Line(text, label, indent - len(label), hangs=len(label) + 2)
    if not is_short:
        yield from _terms(clause.terms, indent + 2)


def _terms(terms: Sequence[Clause], indent: int) -> Iterator[Line]:
    for term in terms:
        if not term.terms:
            yield Line(term.text, "- ", indent)
        else:
            yield Line(_heading(term), "- ", indent)
            yield from _terms(term.terms, indent + 2)


def _heading(clause: Clause) -> str:
    return "all of these hold:" if clause.joined == "and" else "at least one of these holds:"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
