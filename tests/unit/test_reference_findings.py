"""What random packs found and is not mended yet, each with the smallest pack and person that show it.

The mark goes when it is mended, and the switch of that construct, if there is one, with it.
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


@pytest.mark.xfail(
    reason="the day of a wait whose criterion the law leaves open is not the day on which it will hold"
)
def test_who_is_not_yet_eligible_is_due_on_a_later_day() -> None:
    law = small_law(
        {"has_waited": {"wait": A_YEAR, "unsettled": "true"}}, requiring("has_waited", gives="none")
    )
    # not_yet as of 2020, and eligible_on 2011-01-01.
    assert [*form(law, [LONG_AGO], AS_OF, CHOOSE)] == []


@pytest.mark.xfail(
    reason="a row that gives nothing makes who must wait for it not_yet, with a day on which it is nothing"
)
def test_who_is_due_is_not_denied_when_the_day_has_come() -> None:
    law = small_law(
        {"has_waited": {"wait": {**A_YEAR, "years": "20"}}}, requiring("has_waited", gives="none")
    )
    before = decided(law, LONG_AGO)
    assert (
        before.eligible_on is None or decided(law, LONG_AGO, as_of=before.eligible_on).outcome == "eligible"
    )


def on_presumption(test: str, **parts: Any) -> Pack:
    return small_law({"holds": {"test": test, "on_unknown": "presume_true"}}, offenses=OPEN_LAW, **parts)


IS_OPEN = "other.offense in offenses.open_law"
OF_OPEN_LAW = charge(offense_on=date(2010, 1, 1), convicted_on=date(2010, 1, 1), **offense("11358"))


@pytest.mark.xfail(
    reason="the days that latest and earliest find, a shift and an age lose the mark of open law"
)
@pytest.mark.parametrize(
    "law",
    [
        on_presumption(
            "history.last < date '2000-01-01'",
            history=asked(
                "last", latest="charges", of="other.convicted_on", where=IS_OPEN, includes_this="true"
            ),
        ),
        on_presumption(
            "years_after(charge.offense_on, history.others) < date '2010-06-01'",
            history=asked("others", count="charges", where=IS_OPEN, includes_this="true"),
        ),
        on_presumption(
            "years_after(charge.offense_on, case when charge.offense in offenses.open_law then 20 else 5 end) <= as_of"
        ),
    ],
    ids=("latest", "shift_by_a_count", "shift_by_a_case"),
)
def test_what_the_open_law_decides_is_presumed_nowhere(law: Pack) -> None:
    assert decided(law, OF_OPEN_LAW).trace == "TU"
    assert [*open_law(law, [OF_OPEN_LAW], AS_OF, CHOOSE)] == []


@pytest.mark.xfail(
    reason="a case that is not known counts as one of its own, though it may be that of another charge"
)
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


@pytest.mark.xfail(
    reason="a band within a comparison of booleans, or a `case`, is taken and cannot be decided",
    raises=AssertionError,
)
@pytest.mark.parametrize(
    "when", ["(had_prison) = (charge.is_understood)", "case when had_prison then 1 else 2 end = 1"]
)
def test_a_band_stands_in_a_when_wherever_it_is_taken(when: str) -> None:
    rows = [{"when": when, "gives": "seal"}, {"otherwise": "true", "gives": "none"}]
    assert decided_or_refused(remedies=rows, **BAND)


@pytest.mark.xfail(reason="a band of an offense, or of codes, is taken and cannot be decided")
@pytest.mark.parametrize("of", ["charge.offense", "parameters.codes"])
def test_a_band_is_of_a_number_a_date_a_code_or_a_boolean(of: str) -> None:
    codes = {"codes": {"says": "s", "values": [{"is": ["F"], "cite": "c", "evidence": "C"}]}}
    with pytest.raises(InputRefused):
        small_law(bands={"of_it": {"of": of, "from": ["2000-01-01"]}}, parameters=codes)


@pytest.mark.xfail(
    reason="a wait from as_of, or of as long as a person is old today, is taken, and never checked again"
)
@pytest.mark.parametrize(
    "wait", [{"from": "as_of", "years": "1"}, {"from": "charge.offense_on", "years": "age_at(as_of)"}]
)
def test_a_wait_asks_nothing_of_today(wait: dict[str, str]) -> None:
    with pytest.raises(InputRefused):
        small_law({"has_waited": {"wait": wait}}, requiring("has_waited"))


@pytest.mark.xfail(
    reason="a question of grants is taken where the same words stand in a test elsewhere", raises=KeyError
)
@pytest.mark.parametrize("part", ["applies", "unsettled"])
def test_a_question_of_grants_stands_in_no_other_part_though_its_words_are_those_of_a_test(part: str) -> None:
    granted = asked("granted_first", any="grants", first_by="convicted_on")
    criteria = {
        "is_cap": {"test": "history.granted_first"},
        "other": {"test": "true", part: "history.granted_first"},
    }
    assert decided_or_refused(criteria=criteria, history=granted)
