"""What was found wrong in the reference evaluator and the reader, each with the smallest pack and person that showed it.

What is not mended yet is marked; the mark goes when it is mended.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

import pytest

from clear_record.errors import InputRefused
from clear_record.law.pack import Pack
from clear_record.law.reference import Decision, evaluate
from tests.invariants import facts_filled_in, form, open_law
from tests.small_laws import AS_OF, OPEN_LAW, charge, offense, small_law

CHOOSE = Random(1).choice


def decided(pack: Pack, *rows: dict[str, Any], as_of: date = AS_OF) -> Decision:
    decision = evaluate(pack, rows, "A", as_of)
    assert decision is not None
    return decision


def requiring(*required: str, gives: str = "seal") -> Sequence[Mapping[str, Any]]:
    return [{"otherwise": "true", "requires": [*required], "gives": gives}]


def asked(name: str, **question: str) -> dict[str, dict[str, str]]:
    return {name: {"where": "true", "within": "anywhere", **question}}


A_YEAR = {"from": "charge.convicted_on", "years": "1"}
LONG_AGO = charge(convicted_on=date(2010, 1, 1))


def test_who_is_not_yet_eligible_is_due_on_a_later_day() -> None:
    law = small_law(
        {"has_waited": {"wait": A_YEAR, "unsettled": "true"}}, requiring("has_waited", gives="none")
    )
    # not_yet as of 2020, and eligible_on 2011-01-01.
    assert [*form(law, [LONG_AGO], AS_OF, CHOOSE)] == []


def test_who_is_due_is_not_denied_when_the_day_has_come() -> None:
    law = small_law(
        {"has_waited": {"wait": {**A_YEAR, "years": "20"}}}, requiring("has_waited", gives="none")
    )
    before = decided(law, LONG_AGO)
    assert (
        before.eligible_on is None or decided(law, LONG_AGO, as_of=before.eligible_on).outcome == "eligible"
    )


def test_nobody_waits_for_what_is_nothing() -> None:
    law = small_law(
        {"has_waited": {"wait": {**A_YEAR, "years": "20"}}}, requiring("has_waited", gives="no_change")
    )
    assert [decided(law, LONG_AGO).outcome, decided(law, LONG_AGO).remedy] == ["not_eligible", "none"]
    waited = decided(law, LONG_AGO, as_of=date(2030, 1, 1))
    assert [waited.outcome, waited.remedy] == ["not_eligible", "no_change"]


def test_who_may_get_something_is_due_when_that_wait_ends_and_not_the_one_for_nothing() -> None:
    law = small_law(
        {
            "has_waited": {"wait": {**A_YEAR, "years": "15"}},
            "has_waited_longer": {"wait": {**A_YEAR, "years": "20"}},
        },
        [
            {"when": "charge.sentence_has_jail", "requires": ["has_waited_longer"], "gives": "none"},
            *requiring("has_waited"),
        ],
    )
    before = decided(law, LONG_AGO)
    assert [before.outcome, before.eligible_on] == ["not_yet", date(2025, 1, 1)]


def on_presumption(test: str, **parts: Any) -> Pack:
    return small_law({"holds": {"test": test, "on_unknown": "presume_true"}}, offenses=OPEN_LAW, **parts)


IS_OPEN = "other.offense in offenses.open_law"
OF_OPEN_LAW = charge(
    offense_on=date(2010, 1, 1),
    convicted_on=date(2010, 1, 1),
    birth_on=date(1990, 1, 1),
    **offense("11358"),
)
LAST = asked("last", latest="charges", of="other.convicted_on", where=IS_OPEN, includes_this="true")


@pytest.mark.parametrize(
    "law",
    [
        on_presumption("history.last < date '2000-01-01'", history=LAST),
        on_presumption(
            "years_after(charge.offense_on, history.others) < date '2010-06-01'",
            history=asked("others", count="charges", where=IS_OPEN, includes_this="true"),
        ),
        on_presumption("history.last is null", history=LAST),
        on_presumption(
            "later_of(charge.offense_on, history.first) < date '2010-01-02'",
            history=asked(
                "first", earliest="charges", of="other.convicted_on", where=IS_OPEN, includes_this="true"
            ),
        ),
        on_presumption(
            "age_at(case when charge.offense in offenses.open_law then date '2000-01-01' else charge.offense_on end) + 0 < 18"
        ),
        on_presumption(
            "years_after(charge.offense_on, case when charge.offense in offenses.open_law then 20 else 5 end) <= as_of"
        ),
    ],
    ids=("latest", "shift_by_a_count", "absence", "later_of_an_earliest", "age", "shift_by_a_case"),
)
def test_what_the_open_law_decides_is_presumed_nowhere(law: Pack) -> None:
    assert decided(law, OF_OPEN_LAW).trace == "TU"
    assert [*open_law(law, [OF_OPEN_LAW], AS_OF, CHOOSE)] == []


def test_a_wait_from_a_day_that_the_open_law_decides_is_presumed_nowhere() -> None:
    wait = {"from": "history.last", "years": "1"}
    law = small_law(
        {"has_waited": {"wait": wait, "on_unknown": "presume_true"}}, offenses=OPEN_LAW, history=LAST
    )
    assert decided(law, OF_OPEN_LAW).trace == "TU"


def test_two_charges_of_which_one_has_no_case_may_be_of_one_case() -> None:
    question = asked("cases", count="charges", distinct="case_id", includes_this="true")
    law = small_law({"is_one": {"test": "history.cases < 2"}}, requiring("is_one"), history=question)
    rows = [charge("A"), charge("B", case_id=None)]
    assert decided(law, *rows).outcome == "needs_review"
    for seed in range(20):
        assert [*facts_filled_in(law, rows, AS_OF, Random(seed).choice)] == []


def decided_or_refused(**law: Any) -> bool:
    """Whether the reader refuses the pack, or the evaluator can decide by it."""
    try:
        pack = small_law(**law)
    except InputRefused:
        return True
    return decided(pack, charge("A"), charge("B")) is not None


BAND = {"bands": {"had_prison": {"of": "charge.sentence_has_prison"}}}


@pytest.mark.parametrize(
    "when", ["(had_prison) = (charge.is_understood)", "case when had_prison then 1 else 2 end = 1"]
)
def test_a_band_stands_in_a_when_wherever_it_is_taken(when: str) -> None:
    rows = [{"when": when, "gives": "seal"}, {"otherwise": "true", "gives": "none"}]
    assert decided_or_refused(remedies=rows, **BAND)


@pytest.mark.parametrize("of", ["charge.offense", "parameters.codes"])
def test_a_band_is_of_a_number_a_date_a_code_or_a_boolean(of: str) -> None:
    codes = {"codes": {"says": "s", "values": [{"is": ["F"], "cite": "c", "evidence": "C"}]}}
    with pytest.raises(InputRefused):
        small_law(bands={"of_it": {"of": of, "from": ["2000-01-01"]}}, parameters=codes)


@pytest.mark.parametrize(
    "wait", [{"from": "as_of", "years": "1"}, {"from": "charge.offense_on", "years": "age_at(as_of)"}]
)
def test_a_wait_asks_nothing_of_today(wait: dict[str, str]) -> None:
    with pytest.raises(InputRefused):
        small_law({"has_waited": {"wait": wait}}, requiring("has_waited"))


@pytest.mark.parametrize("part", ["applies", "unsettled"])
def test_a_question_of_grants_stands_in_no_other_part_though_its_words_are_those_of_a_test(part: str) -> None:
    granted = asked("granted_first", any="grants", first_by="convicted_on")
    criteria = {
        "is_cap": {"test": "history.granted_first"},
        "other": {"test": "true", part: "history.granted_first"},
    }
    assert decided_or_refused(criteria=criteria, history=granted)
