"""The story of decisions as paragraphs for a terminal."""

from collections.abc import Iterator, Sequence

from clear_record.audit.explain.story import Story, ToldCharge
from clear_record.audit.explain.supposing import Supposed
from clear_record.audit.explain.told import Seen, ToldCriterion, ToldDecision, ToldRow, in_words
from clear_record.authoring.show import Line

COMPARE = "clear-record verify --recompute decides the whole run again"


def story_in_lines(story: Story) -> Iterator[Line]:
    """The whole story, a charge after the other."""
    yield Line(
        f"Run {story.run_id}, as of {story.as_of}: what it knew of this person, and what it decided.",
        is_heading=True,
    )
    yield from (Line(each, indent=2, hangs=2) for each in story.person)
    for charge in story.charges:
        yield from _charge(charge)
    if story.others:
        yield from _title("Other records of the person")
        yield from (Line(each, "- ", 2) for each in story.others)


def _title(text: str) -> Iterator[Line]:
    yield Line()
    yield Line(text, is_heading=True)


def _charge(charge: ToldCharge) -> Iterator[Line]:
    yield from _title(_capital(charge.says))
    yield Line(charge.charge_id, "Id: ", 2)
    yield from _seen(charge.recorded, 2)
    for label, names in (
        ("Not recorded: ", charge.not_recorded),
        ("No, or none on record: ", charge.none_of),
    ):
        if names:
            yield Line(f"{'; '.join(names)}.", label, 2, hangs=2)
    yield Line(charge.came_with, "Came with: ", 2, hangs=2)
    for decision in charge.decisions:
        yield from _decision(decision)
    if charge.not_asked:
        yield Line()
        yield Line(f"{'; '.join(charge.not_asked)}.", "Packs of other counties, not asked: ", 0, hangs=2)


def _decision(told: ToldDecision) -> Iterator[Line]:
    yield from _title(f"{told.pack}: {told.title}")
    yield Line(f"{_capital(answer(told))}.", "Decision: ", 2, is_heading=True)
    for text in (*told.differences,):
        yield Line(f"{text}; {COMPARE}.", "FOUND: ", 2, is_heading=True)
    for label, text in notes(told):
        yield Line(text, label, 2, hangs=2)
    yield from _scope(told)
    if told.criteria:
        yield from _part("Criteria, in the order of the law")
        for criterion in told.criteria:
            yield from _criterion(criterion)
        yield from _part("Remedies, in their order: the rows whose result is possible")
        for row in told.rows:
            if row.is_possible:
                yield from _row(row)
    if told.witnesses:
        yield from _part("Records that the answer rests on")
        yield from (Line(each.value, "- ", 4) for each in told.witnesses)
    yield from _changes(told)


def answer(told: ToldDecision) -> str:
    """The decision in a few words."""
    return (
        "out of scope: this law does not speak of the charge"
        if told.outcome == "out_of_scope"
        else in_words(told.outcome, told.remedy)
    )


def notes(told: ToldDecision) -> Iterator[tuple[str, str]]:
    """What is to be said beside a decision, each with its label."""
    if told.reason:
        yield "Reason given: ", f"“{told.reason}”"
    if told.alternative:
        yield "Other relief that may be open: ", told.alternative
    yield from (("", each) for each in told.days)
    if told.in_force:
        yield "", told.in_force
    yield "Law: ", f"{told.cite}; {told.layer}; {told.status}"


def _part(text: str) -> Iterator[Line]:
    yield Line()
    yield Line(f"{text}:", indent=2, is_heading=True)


def _scope(told: ToldDecision) -> Iterator[Line]:
    says, cite, scope = told.scope
    yield Line(f"{says} ({cite})", "Scope: ", 2, hangs=2)
    if told.outcome == "out_of_scope" or scope.holds == "unknown":
        for each in scope.terms or (scope,):
            yield Line(f"{each.says}: {each.holds}", "- ", 4)


def _criterion(told: ToldCriterion) -> Iterator[Line]:
    yield Line(f"{told.id}: {told.holds}", f"{told.number:>4}. [{told.letter}] ", is_heading=True)
    yield Line(told.says, indent=6)
    yield Line(f"{told.cite} [{told.evidence}]", "Source: ", 6, hangs=2)
    yield from (Line(each, indent=6, hangs=2) for each in told.notes)
    if told.letter != "-":
        yield from _seen(told.seen, 6)


def _seen(seen: Sequence[Seen], indent: int) -> Iterator[Line]:
    for each in seen:
        source = f" ({each.cite})" if each.cite else ""
        between = " " if each.name.endswith("?") else ": "
        yield Line(f"{_capital(each.name)}{between}{each.value}{source}", indent=indent, hangs=2)
        yield from (Line(record, "- ", indent + 2) for record in each.records)


def _row(row: ToldRow) -> Iterator[Line]:
    gave = "; this row decided" if row.gave else ""
    yield Line(f"{row.gives}{gave}.", f"{row.number:>4}. Gives: ", hangs=6)
    if row.requires:
        required = "; ".join(f"{each.name}: {each.value}" for each in row.requires)
        yield Line(f"{required}.", "Requires: ", 6, hangs=2)
    if row.reason and not row.gave:
        yield Line(f"“{row.reason}”", "Reason given: ", 6, hangs=2)


def _changes(told: ToldDecision) -> Iterator[Line]:
    """What is missing, and what each value of it would change."""
    if told.if_complete is not None:
        yield from _part("Were every row believed and understood, the rest of the record as it is")
        yield Line(would_be(told.if_complete), indent=4, hangs=2)
    if told.missing:
        yield from _part("What is missing, and what each value of it would change")
    for each in told.missing:
        yield Line(f"{_capital(each.says)}: {each.recorded}", indent=4, hangs=2)
        if not each.changes(told.outcome, told.remedy):
            yield Line("No value of it alone changes the decision.", "- ", 6)
            continue
        yield from (Line(would_be(value), f"{value.values}: ", 6, hangs=2) for value in each.values)


def would_be(value: Supposed) -> str:
    """What would be decided, and what would still be missing."""
    if value.outcome == "out_of_scope":
        return "out of scope"
    still = "; ".join(value.missing)
    return f"{in_words(value.outcome, value.remedy)}{f' (still missing: {still})' if still else ''}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
