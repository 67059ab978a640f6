"""Why a decision is what it is, in short: a name for each reason, by which decisions are put together, and its words.

`explain` tells the whole; this is what fits into a cell.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clear_record.authoring.in_english import English
from clear_record.law.expressions import Literal, names_in
from clear_record.law.pack import Pack, Row
from clear_record.law.words import fact_in_words, in_words


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason: its name, the same for all decisions that have it, and its words."""

    name: str
    words: str


def reason_of(pack: Pack, decision: Mapping[str, Any]) -> Reason:
    """The reason of a decision (outcome, remedy, remedy_row, trace, missing) under the pack that made it."""
    letters = {each.id: letter for each, letter in zip(pack.criteria, decision["trace"], strict=True)}
    says = {each.id: each.says for each in pack.criteria}
    complete = pack.criteria[0].id
    if letters[complete] == "U":
        return Reason(
            complete,
            "A row about the person could not be believed, a step not tied to one count, or more charges than one person can have",
        )
    position = decision["remedy_row"]
    row = None if position is None else pack.rows[position - 1]
    if decision["outcome"] in ("not_eligible", "not_yet"):
        # Where several rows are possible, any of them may be why.
        required = {id for each in ([row] if row else pack.rows) for id in each.requires}
        failing = [id for id, letter in letters.items() if id in required and letter in "Ff"]
        if failing:
            return Reason(failing[0], "; ".join(f"Does not hold: {says[id]}" for id in failing))
    if decision["outcome"] == "needs_review" or decision["remedy"].startswith("at_least:"):
        facts = dict.fromkeys(map(fact_in_words, missing_facts(pack, decision["missing"] or 0)))
        if facts:
            return Reason("not_known", f"Not known: {'; '.join(facts)}")
        unknown = [id for id, letter in letters.items() if letter == "U"]
        if unknown:
            return Reason(unknown[0], "; ".join(f"Not known whether: {says[id]}" for id in unknown))
    if row is None:
        return Reason("several_rows", "Several rows of the remedies are possible, with one result")
    return Reason(f"row_{position}", row.reason or _in_english(pack, row))


def missing_facts(pack: Pack, missing: int) -> Iterator[str]:
    """The names of the facts that a decision missed, from its bits."""
    return (name for bit, name in enumerate(pack.facts) if missing >> bit & 1)


def _in_english(pack: Pack, row: Row) -> str:
    """What a row gives and when, and what the criteria that it names say."""
    if row.when == Literal(True):
        return f"{in_words(row.gives)}, in all other cases"
    when = English(pack, with_numbers=False).clause(row.when).in_one_line
    named = {name.name for name in names_in(row.when) if name.scope == "criterion"}
    says = [f"{each.id}: {each.says}" for each in pack.criteria if each.id in named]
    return "; ".join([f"{in_words(row.gives)}, where {when}", *says])
