"""Runs the tests of packs: vignettes and cases, on either evaluator.

A test is a `Case`. An engine turns cases into decisions, all at once; `decide_by_reference` is the one without Spark.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from clear_record.law.pack import Pack
from clear_record.law.reference import Decision, evaluate
from clear_record.law.vignettes import Person, Vignette

# What a single question about a charge out of scope is answered.
OUT_OF_SCOPE = ("not_eligible", "none")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a decision must say; only what is given is compared. `trace` is letters by criterion, `missing` names of facts."""

    outcome: str
    remedy: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A test: a person, a charge and a day under a pack, and what the decision must say."""

    id: str
    rule: str
    pack: Pack
    person: Person
    as_of: date
    expected: Expected
    confidence: str = "high"

    @property
    def charge(self) -> Mapping[str, Any]:
        """The row of the charge to decide."""
        return next(row for row in self.person.rows if row["charge_id"] == self.person.charge_id)


@dataclass(frozen=True, slots=True)
class Tested:
    """How a test went; `differences` say in words what differs, empty where it passed."""

    id: str
    rule: str
    expected_decision: str
    expected_remedy: str | None
    decision: str
    remedy: str
    confidence: str
    differences: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        return not self.differences

    @property
    def is_failure(self) -> bool:
        """Whether it failed, and its answer is one to be trusted."""
        return not self.has_passed and self.confidence in ("high", "medium")

    def as_json(self) -> dict[str, Any]:
        """The object that `packs test --json` prints for it."""
        return {
            "id": self.id,
            "rule": self.rule,
            "expected_decision": self.expected_decision,
            "expected_remedy": self.expected_remedy,
            "decision": self.decision,
            "remedy": self.remedy,
            "pass": self.has_passed,
        }


Engine = Callable[[Sequence[Case]], Sequence[Decision | None]]


def decide_by_reference(cases: Sequence[Case]) -> list[Decision | None]:
    """The decisions of the reference evaluator; None where a pack does not decide a charge."""
    return [
        evaluate(case.pack, case.person.rows, case.person.charge_id, case.as_of, case.person.covered)
        for case in cases
    ]


def cases_of(vignettes: Sequence[Vignette], packs: Sequence[Pack]) -> tuple[list[Case], int]:
    """The vignettes whose rule is an alias of one of the packs, and the number of those of other rules."""
    by_alias = {alias: pack for pack in packs for alias in pack.aliases}
    cases = [
        Case(
            id=vignette.id,
            rule=vignette.rule,
            pack=by_alias[vignette.rule],
            person=vignette.person,
            as_of=vignette.as_of,
            expected=Expected(vignette.expected_outcome, vignette.expected_remedy),
            confidence=vignette.confidence,
        )
        for vignette in vignettes
        if vignette.rule in by_alias
    ]
    return cases, len(vignettes) - len(cases)


def run(cases: Sequence[Case], engine: Engine = decide_by_reference) -> list[Tested]:
    """Decides the cases and compares."""
    return [_compared(case, decision) for case, decision in zip(cases, engine(cases), strict=True)]


def _compared(case: Case, decision: Decision | None) -> Tested:
    outcome, remedy = OUT_OF_SCOPE if decision is None else (decision.outcome, decision.remedy)
    return Tested(
        id=case.id,
        rule=case.rule,
        expected_decision=case.expected.outcome,
        expected_remedy=case.expected.remedy,
        decision=outcome,
        remedy=remedy,
        confidence=case.confidence,
        differences=differences(case, decision),
    )


def differences(case: Case, decision: Decision | None) -> tuple[str, ...]:
    """In words where a decision is not what its case expects."""
    return tuple(_differences(case, decision))


def _differences(case: Case, decision: Decision | None) -> Iterator[str]:
    expected = case.expected
    if expected.outcome == "out_of_scope":
        if decision is not None:
            yield f"outcome: expected [out_of_scope], found [{decision.outcome}]"
        return
    found: dict[str, Any] = dict(zip(("outcome", "remedy"), OUT_OF_SCOPE, strict=True))
    if decision is not None:
        found = said_by(case.pack, decision)
    for name, value in {"outcome": expected.outcome, "remedy": expected.remedy, **expected.given}.items():
        if name == "trace":
            letters = found.get(name, {})
            for id, letter in value.items():
                if letters.get(id) != letter:
                    yield f"trace of {id}: expected [{letter}], found [{letters.get(id)}]"
        elif (name != "remedy" or value is not None) and found.get(name) != value:
            yield f"{name}: expected [{_shown(value)}], found [{_shown(found.get(name))}]"


def said_by(pack: Pack, decision: Decision) -> dict[str, Any]:
    """A decision in names: `trace` as letters by criterion, `missing` as names of facts."""
    missing = decision.missing or 0
    return {
        "outcome": decision.outcome,
        "remedy": decision.remedy,
        "eligible_on": decision.eligible_on,
        "recheck_on": decision.recheck_on,
        "missing": [fact for bit, fact in enumerate(pack.facts) if missing >> bit & 1],
        "trace": {each.id: letter for each, letter in zip(pack.criteria, decision.trace, strict=True)},
        "witnesses": list(decision.witnesses or ()),
        "reason": decision.reason,
        "alternative": decision.alternative,
    }


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
