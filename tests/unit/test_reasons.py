"""Why a decision is what it is, in the words of a cell."""

from typing import Any

import pytest

from clear_record.audit.review.reasons import Reason, reason_of
from clear_record.law.pack import Pack
from tests.small_laws import small_law

REMEDIES: list[dict[str, Any]] = [
    {"when": "is_small", "gives": "seal", "requires": ["has_waited", "is_alone"]},
    {"when": "charge.grade = 'F'", "gives": "no_change", "reason": "A felony"},
    {"otherwise": "true", "gives": "none"},
]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return small_law(
        {
            "is_small": {"says": "It is a small amount.", "test": "fact.cannabis_g <= 28.5"},
            "has_waited": {"says": "Five years have passed.", "test": "as_of >= years_after(charge.convicted_on, 5)"},
            "is_alone": {"says": "Nothing is pending.", "test": "not subject.has_pending_charge"},
        },
        REMEDIES,
    )  # fmt: skip


def reason(pack: Pack, outcome: str, trace: str, row: int | None, **more: Any) -> Reason:
    decision = {
        "outcome": outcome,
        "remedy": "none",
        "remedy_row": row,
        "trace": trace,
        "missing": None,
        **more,
    }
    return reason_of(pack, decision)


def test_what_is_given_says_when_and_what_its_criteria_mean(pack: Pack) -> None:
    assert reason(pack, "eligible", "TTTT", 1, remedy="seal") == Reason(
        "row_1", "seal, where criterion is_small holds; is_small: It is a small amount."
    )
    assert reason(pack, "not_eligible", "TFTT", 2) == Reason("row_2", "A felony")
    assert reason(pack, "not_eligible", "TFTT", 3) == Reason("row_3", "none, in all other cases")
    assert reason(pack, "not_eligible", "TFTT", None).name == "several_rows"


def test_what_fails_is_told_of_the_row_that_decided(pack: Pack) -> None:
    assert reason(pack, "not_eligible", "TTFf", 1) == Reason(
        "has_waited", "Does not hold: Five years have passed.; Does not hold: Nothing is pending."
    )
    # The second row requires nothing: what is false has nothing to do with it.
    assert reason(pack, "not_eligible", "TFFT", 2).name == "row_2"


def test_what_is_not_known_is_told_as_facts_or_as_criteria(pack: Pack) -> None:
    missing = 1 << pack.facts.index("fact.cannabis_g")
    assert reason(pack, "needs_review", "TUTT", None, missing=missing) == Reason(
        "not_known", "Not known: quantity of cannabis"
    )
    assert reason(pack, "eligible", "TUTT", None, remedy="at_least:seal", missing=missing).name == "not_known"
    assert reason(pack, "needs_review", "TTUT", None) == Reason(
        "has_waited", "Not known whether: Five years have passed."
    )


def test_a_record_that_is_not_complete_comes_first(pack: Pack) -> None:
    assert reason(pack, "needs_review", "UUFT", None, missing=1).name == "record_is_complete"
