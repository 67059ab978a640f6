"""The story of decisions as one page of HTML that stands alone: no script, no network, light or dark as the reader has it, and for paper.

It is built as a tree of elements, so that every text of a record is escaped.
"""

from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from clear_record.audit.explain.conditions import Condition
from clear_record.audit.explain.story import Story, ToldCharge
from clear_record.audit.explain.story_lines import COMPARE, answer, notes, would_be
from clear_record.audit.explain.told import Missing, Seen, ToldCriterion, ToldDecision, ToldRow

Element = ElementTree.Element
Content = Element | str

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2127; --dim: #5b6570; --page: #fff; --line: #d5dae0; --true: #1a6b3c;
  --false: #a3261f; --unknown: #8a5a00; --box: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --dim: #9aa5b1; --page: #14181c; --line: #39424c; --true: #6fcf97;
  --false: #ff8a80; --unknown: #f2b84b; --box: #1d2329; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 50rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.3rem; margin-top: 2.5rem; border-top: 2px solid var(--line);
  padding-top: 1rem; } h3 { font-size: 1.15rem; margin-top: 2rem; } h4 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0;
  border-bottom: 1px solid var(--line); } th { font-weight: 400; color: var(--dim); width: 45%; }
.answer { background: var(--box); border-left: .3rem solid var(--dim); padding: .75rem 1rem; } .answer strong { font-size: 1.15rem; }
.found { color: var(--false); font-weight: 600; } .dim { color: var(--dim); font-size: .9rem; }
.criterion { margin: 1rem 0; padding-left: 1rem; border-left: .3rem solid var(--line); break-inside: avoid; }
.criterion p { margin: .25rem 0; } .id { font-family: ui-monospace, monospace; font-size: .9rem; overflow-wrap: anywhere; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
.true { color: var(--true); } .false { color: var(--false); } .unknown { color: var(--unknown); }
.criterion.true, .answer.eligible { border-color: var(--true); } .criterion.false, .answer.not_eligible { border-color: var(--false); }
.criterion.unknown, .answer.needs_review, .answer.not_yet { border-color: var(--unknown); }
.true, .false, .unknown { font-weight: 600; } .criterion { font-weight: 400; } div.true, div.false, div.unknown { color: inherit; font-weight: 400; }
@media print { body { font-size: 10.5pt; margin: 0; max-width: none; } section + section > h2 { break-before: page; }
  h2, h3, h4, th { break-after: avoid; } tr { break-inside: avoid; } }
"""
_STANDING = {"T": "true", "t": "true", "F": "false", "f": "false", "U": "unknown"}


def story_page(story: Story) -> str:
    """The whole page."""
    title = f"Run {story.run_id}, as of {story.as_of}"
    page = _e(
        "html",
        _e(
            "head",
            _e("meta", charset="utf-8"),
            _e("meta", name="viewport", content="width=device-width, initial-scale=1"),
            _e("title", title),
            _e("style", _STYLE),
        ),
        _e(
            "body",
            _e("h1", "What a run knew of a person, and what it decided"),
            _e("p", title, class_="id"),
            *(_e("p", each) for each in story.person),
            *(_charge(each) for each in story.charges),
            *_listed("h2", "Other records of the person", story.others),
        ),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{ElementTree.tostring(page, encoding='unicode', method='html')}\n"


def _e(tag: str, *content: Content, class_: str | None = None, **attributes: str) -> Element:
    """An element with its texts and elements in order."""
    made = Element(tag, {**attributes, **({"class": class_} if class_ else {})})
    for each in content:
        if isinstance(each, Element):
            made.append(each)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + each
        else:
            made.text = (made.text or "") + each
    return made


def _listed(tag: str, title: str, texts: Sequence[str]) -> Iterator[Element]:
    if texts:
        yield _e(tag, title)
        yield _e("ul", *(_e("li", each) for each in texts))


def _charge(charge: ToldCharge) -> Element:
    none_of = (("Not recorded", charge.not_recorded), ("No, or none on record", charge.none_of))
    return _e(
        "section",
        _e("h2", charge.says[:1].upper(), charge.says[1:]),
        _e("p", charge.charge_id, class_="id"),
        _e("h4", "The record as the run read it"),
        _table(charge.recorded),
        *(_e("p", f"{label}: {'; '.join(names)}.", class_="dim") for label, names in none_of if names),
        _e("p", f"Came with {charge.came_with}", class_="dim"),
        *(_decision(each) for each in charge.decisions),
        *_listed("h3", "Packs of other counties, not asked", charge.not_asked),
    )


def _table(seen: Iterable[Seen]) -> Element:
    return _e("table", *(_e("tr", _e("th", each.name), _e("td", *_value(each))) for each in seen))


def _value(seen: Seen) -> Iterator[Content]:
    yield seen.value
    if seen.cite:
        yield _e("span", f" ({seen.cite})", class_="dim")
    if seen.records:
        yield _e("ul", *(_e("li", each) for each in seen.records))


def _decision(told: ToldDecision) -> Element:
    says, cite, scope = told.scope
    return _e(
        "section",
        _e("h3", told.title, " ", _e("span", told.pack, class_="id")),
        _e(
            "div",
            _e("strong", answer(told)),
            *(_e("p", f"{each}; {COMPARE}.", class_="found") for each in told.differences),
            *(_e("p", f"{label}{text}") for label, text in notes(told)),
            class_=f"answer {told.outcome}",
        ),
        _e("h4", "Scope: which charges this law speaks of"),
        _e("p", says, " ", _e("span", cite, class_="dim")),
        _e("ul", _condition(scope)),
        *_told("Criteria, in the order of the law", map(_criterion, told.criteria)),
        *_told("Remedies: the first row whose condition holds gives the result", map(_row, told.rows)),
        *_listed("h4", "Records that the answer rests on", [each.value for each in told.witnesses]),
        *_completed(told),
        *_told("What is missing, and what each value of it would change", [*_missing(told)]),
    )


def _told(title: str, parts: Iterable[Element]) -> Iterator[Element]:
    found = list(parts)
    if found:
        yield _e("h4", title)
        yield from found


def _condition(told: Condition, head: str = "") -> Element:
    """A condition and, below it, its terms."""
    below = [_e("ul", *map(_condition, told.terms))] if told.terms else []
    return _e("li", f"{head}{told.says}: ", _e("span", told.holds, class_=told.holds), *below)


def _criterion(told: ToldCriterion) -> Element:
    standing = _STANDING.get(told.letter, "")
    return _e(
        "div",
        _e(
            "p",
            f"{told.number}. ",
            _e("strong", told.says),
            " ",
            _e("span", f"[{told.letter}] {told.holds}", class_=standing or "dim"),
        ),
        _e("p", _e("span", told.id, class_="id"), f" · {told.cite} [{told.evidence}]", class_="dim"),
        *(_e("p", each) for each in told.notes),
        _table(told.seen),
        _e("ul", *(_condition(tree, f"{head} ") for head, tree in told.conditions)),
        class_=f"criterion {standing}",
    )


def _row(told: ToldRow) -> Element:
    standing = "this row decided" if told.gave else "its result is possible" if told.is_possible else ""
    return _e(
        "div",
        _e("p", f"{told.number}. ", _e("strong", told.gives), f" {standing}"),
        _e("ul", _condition(told.when, "Where ")),
        *_listed("p", "Requires:", [f"{each.name}: {each.value}" for each in told.requires]),
        *(_e("p", f"Reason given: “{told.reason}”", class_="dim") for _ in [told.reason] if told.reason),
        *(
            _e("p", f"Other relief that may be open: {told.alternative}", class_="dim")
            for _ in [told.alternative]
            if told.alternative
        ),
        class_=f"criterion {'true' if told.gave else 'unknown' if told.is_possible else ''}",
    )


def _completed(told: ToldDecision) -> Iterator[Element]:
    if told.if_complete is not None:
        yield _e("h4", "Were every row believed and understood, the rest of the record as it is")
        yield _e("p", would_be(told.if_complete))


def _missing(told: ToldDecision) -> Iterator[Element]:
    for each in told.missing:
        yield _e("p", _e("strong", each.says), f": {each.recorded}")
        yield _values(told, each)


def _values(told: ToldDecision, missing: Missing) -> Element:
    if not missing.changes(told.outcome, told.remedy):
        return _e("p", "No value of it alone changes the decision.", class_="dim")
    return _e(
        "table",
        *(_e("tr", _e("th", each.values), _e("td", would_be(each))) for each in missing.values),
    )
