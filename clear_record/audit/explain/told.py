"""What is told of one decision: the parts of its story, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clear_record.audit.explain.conditions import Condition
from clear_record.audit.explain.supposing import Supposed


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that was looked at: what it is called, the value in words, who says so, and the records that it rests on."""

    name: str
    value: str
    cite: str | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldCriterion:
    """A criterion as it came out: its letter in the trace and what that means, its law, and what it saw.

    `notes` say what follows from the letter, and when a wait ends.
    """

    number: int
    id: str
    letter: str
    holds: str
    says: str
    cite: str
    evidence: str
    seen: tuple[Seen, ...]
    notes: tuple[str, ...]
    conditions: tuple[tuple[str, Condition], ...]


@dataclass(frozen=True, slots=True)
class ToldRow:
    """A row of the table of remedies: what it gives, whether its result is possible, and whether it gave the decision's."""

    number: int
    gives: str
    is_possible: bool
    gave: bool
    when: Condition
    requires: tuple[Seen, ...]
    reason: str | None
    alternative: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that was needed and is unknown, and the decision for each value that it can have."""

    name: str
    says: str
    recorded: str
    values: tuple[Supposed, ...]

    def changes(self, outcome: str, remedy: str) -> bool:
        """Whether a value of it gives another decision."""
        return any((each.outcome, each.remedy) != (outcome, remedy) for each in self.values)


@dataclass(frozen=True, slots=True)
class ToldDecision:
    """One charge under one pack. `outcome` is `out_of_scope` where the pack does not decide it.

    `decision` is what is told here, in the columns of the table, `kept` what the lake keeps of the run, and `differences` say where
    they are not the same.
    """

    pack: str
    title: str
    layer: str
    status: str
    cite: str
    fingerprint: str
    in_force: str | None
    outcome: str
    remedy: str
    reason: str | None
    alternative: str | None
    days: tuple[str, ...]
    scope: tuple[str, str, Condition]
    criteria: tuple[ToldCriterion, ...]
    rows: tuple[ToldRow, ...]
    missing: tuple[Missing, ...]
    if_complete: Supposed | None
    witnesses: tuple[Seen, ...]
    decision: Mapping[str, Any] | None
    kept: Mapping[str, Any] | None
    differences: tuple[str, ...]


def in_words(outcome: str, remedy: str) -> str:
    """An outcome and its remedy as people say them: `eligible: seal`, `not yet`, `at least resentence`."""
    said = outcome.replace("_", " ")
    if remedy == "none":
        return said
    return f"{said}: {remedy.replace('at_least:', 'at least ')}"
