"""Both evaluators on whatever the law language allows: random packs and people, and the small ones on which they once differed."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from random import SystemRandom
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clear_record.decide.assignment import Assignment
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import MOST_COMBINATIONS, pack_of
from tests.agreement import compared, compared_at_random
from tests.small_laws import AS_OF, OPEN_LAW, charge, offense, small_law

pytestmark = pytest.mark.spark

PACKS, PEOPLE = 50, 200
OUTCOMES = {"eligible", "not_yet", "not_eligible", "needs_review", None}


def test_both_evaluators_agree_on_fifty_random_packs_and_two_hundred_people_each(spark: SparkSession) -> None:
    seed = SystemRandom().randrange(2**32)
    found = list(compared_at_random(spark, PACKS, PEOPLE, seed))
    differing = [
        f"{each.pack.name} {each.charge_id}: {each.says}" for one in found for each in one.differences
    ]
    again = f"scripts/compare_evaluators --packs {PACKS} --people {PEOPLE} --seed {seed}"
    assert differing == [], f"repeat it with {again}"
    assert {outcome for each in found for outcome in each.outcomes} == OUTCOMES


def differences(
    spark: SparkSession, pack: Pack, *rows: dict[str, Any], offices: Sequence[Assignment] = ()
) -> list[str]:
    found = compared(spark, offices or [Assignment(pack)], [(list(rows), AS_OF)])
    return [f"{each.charge_id}: {each.says}" for each in found.differences]


def criteria_of(*tests: str) -> dict[str, dict[str, str]]:
    return {f"criterion_{at}": {"test": test} for at, test in enumerate(tests)}


def test_a_flag_is_asked_whether_it_is_absent(spark: SparkSession) -> None:
    pack = small_law(criteria_of("fact.knew is null"))
    rows = [charge(str(absent), fact_knew_is_absent=absent) for absent in (True, False, None)]
    assert differences(spark, pack, *rows) == []


def test_a_day_outside_of_the_calendar_is_its_first_or_last(spark: SparkSession) -> None:
    pack = small_law(
        criteria_of(
            "years_after(charge.offense_on, 9000) > as_of",
            "days_after(charge.offense_on, 9000000) > as_of",
            "years_after(charge.offense_on, 9000) = years_after(charge.offense_on, 9001)",
            "years_before(charge.offense_on, 3000) = years_before(charge.offense_on, 3001)",
            "days_after(charge.offense_on, 9000000) = days_after(charge.offense_on, 9000001)",
            "years_after(charge.offense_on, fact.plants) < date '2050-01-01'",
            "days_after(charge.offense_on, fact.plants) < date '2050-01-01'",
            "charge.charged_on < as_of",
        )
    )
    row = charge(offense_on=date(2010, 1, 1), charged_on=date.max, fact_plants=2147483647.0)
    assert differences(spark, pack, row) == []


def test_a_wait_ends_with_the_calendar_at_the_latest(spark: SparkSession) -> None:
    wait = {"from": "charge.convicted_on", "years": "fact.sentence_years"}
    pack = small_law(
        {"has_waited": {"wait": wait}}, [{"otherwise": "true", "requires": ["has_waited"], "gives": "seal"}]
    )
    assert differences(spark, pack, charge(convicted_on=date(2010, 1, 1), fact_sentence_years=9999.0)) == []


def test_a_band_of_the_latest_of_days_that_never_were_leaves_all_its_parts_open(spark: SparkSession) -> None:
    days = {"of": "later_of(charge.set_aside_on, subject.deceased_on)", "from": ["2016-11-09"]}
    earliest = {"of": "earlier_of(charge.set_aside_on, subject.deceased_on)", "from": ["2016-11-09"]}
    pack = small_law(bands={"later": days, "earlier": earliest})
    rows = [charge("none"), charge("one", set_aside_on=date(2010, 1, 1))]
    assert differences(spark, pack, *rows) == []


def test_a_band_has_as_many_parts_as_a_long_has_bits(spark: SparkSession) -> None:
    plants = {"of": "fact.plants", "up_to": [str(cut) for cut in range(1, MOST_COMBINATIONS)]}
    remedies = [
        {"when": f"plants > {MOST_COMBINATIONS - 1}", "gives": "none"},
        {"when": "plants <= 1", "gives": "none"},
        {"otherwise": "true", "gives": "seal"},
    ]
    pack = small_law(remedies=remedies, bands={"plants": plants})
    rows = [charge(str(number), fact_plants=number) for number in (1.0, 2.0, 63.0, 64.0, 1000.0, None)]
    assert differences(spark, pack, *rows) == []


def numbers(*values: Mapping[str, str]) -> dict[str, Any]:
    return {"limit": {"says": "s", "values": [{"cite": "c", "evidence": "C", **each} for each in values]}}


def test_an_offices_own_choice_is_not_checked_again_when_the_laws_changes(spark: SparkSession) -> None:
    law = small_law(
        criteria_of("fact.plants < parameters.limit"),
        parameters=numbers({"is": "1"}, {"from": "2021-01-01", "is": "2"}),
    )
    chosen = pack_of({**law.texts, "options": json.dumps({"limit": "3"})})
    offices = [Assignment(law), Assignment(chosen, ("LOS ANGELES",), takes_unreadable=False)]
    rows = [charge(county, county=county) for county in ("LOS ANGELES", "YOLO")]
    assert differences(spark, law, *rows, offices=offices) == []


def after_others_release(day: str) -> Pack:
    """A pack that asks whether another conviction's day, moved on by what the charge's side says, has come."""
    recent = {"any": "convictions", "within": "anywhere", "where": f"as_of < {day}"}
    return small_law(
        {"is_not_recent": {"test": "not history.recent"}},
        [{"otherwise": "true", "requires": ["is_not_recent"], "gives": "seal"}],
        history={"recent": recent},
        parameters=numbers({"is": "3"}),
    )


OFFENDED_ON = date(2017, 11, 1)
RELEASED = [
    charge("A", county="YOLO", fact_discharged_on=date(2019, 5, 1)),
    charge("B", county="LOS ANGELES", fact_discharged_on=date(2018, 5, 1)),
    charge("C", county=None),
]


def test_the_next_day_of_another_record_is_counted_with_the_number_of_the_charges_office(
    spark: SparkSession,
) -> None:
    law = after_others_release("years_after(other.fact.discharged_on, parameters.limit)")
    chosen = pack_of({**law.texts, "options": json.dumps({"limit": "10"})})
    offices = [Assignment(law), Assignment(chosen, ("LOS ANGELES",), takes_unreadable=False)]
    assert differences(spark, law, *RELEASED, offices=offices) == []


def test_the_next_day_of_another_record_is_that_of_the_sources_of_the_charges_state(
    spark: SparkSession,
) -> None:
    day = "case when subject.is_registrant then other.offense_on else other.fact.discharged_on end"
    loaded = {"fact_is_registrant_is_absent": True, "covered": ("fact:is_registrant",)}
    rows = [{**each, "offense_earliest": OFFENDED_ON, "offense_latest": OFFENDED_ON} for each in RELEASED[:2]]
    pack = after_others_release(f"years_after({day}, parameters.limit)")
    assert differences(spark, pack, rows[0], {**rows[1], **loaded, "state": "NV"}) == []


def test_a_charge_out_of_scope_is_no_grant_though_its_record_contradicts_itself(spark: SparkSession) -> None:
    granted_first = {"any": "grants", "first_by": "convicted_on", "where": "true", "within": "anywhere"}
    pack = small_law(
        {"is_first": {"test": "not history.granted_first"}},
        [{"otherwise": "true", "requires": ["is_first"], "gives": "seal"}],
        scope="charge.kind = 'conviction'",
        bands={"offense_on": {"of": "charge.offense_on", "from": ["2008-01-01"]}},
        history={"granted_first": granted_first},
    )
    turned = {"offense_earliest": date(2011, 1, 1), "offense_latest": date(2005, 1, 1)}
    arrest = charge("A", kind="arrest", convicted_on=date(2005, 1, 1), **turned)
    later = charge("B", convicted_on=date(2011, 1, 1), offense_on=date(2011, 1, 1))
    assert differences(spark, pack, arrest, later) == []


def test_a_day_beside_as_of_turns_on_a_criterion(spark: SparkSession) -> None:
    day = "case when record_is_complete then charge.offense_on else charge.convicted_on end"
    pack = small_law(criteria_of(f"{day} <= as_of"))
    assert differences(spark, pack, charge(offense_on=date(2030, 1, 1))) == []


def test_what_the_law_leaves_open_is_presumed_by_neither(spark: SparkSession) -> None:
    question = {"where": "other.offense in offenses.open_law", "within": "anywhere", "includes_this": "true"}
    case = "case when charge.offense in offenses.open_law then {} else {} end"
    tests = (
        "history.last < date '2000-01-01'",
        "history.last is null",
        "later_of(charge.offense_on, history.first) < date '2010-06-01'",
        "years_after(charge.offense_on, history.others) < date '2010-06-01'",
        f"age_at({case.format('charge.offense_on', 'charge.convicted_on')}) + 0 < 18",
        f"years_after(charge.offense_on, {case.format('20', '5')}) <= as_of",
    )
    asked: list[dict[str, Any]] = [
        *({"test": test} for test in tests),
        {"wait": {"from": "history.last", "years": "1"}},
        {"wait": {"from": "charge.convicted_on", "years": "history.others"}},
    ]
    pack = small_law(
        {f"criterion_{at}": {**each, "on_unknown": "presume_true"} for at, each in enumerate(asked)},
        offenses=OPEN_LAW,
        history={
            "last": {"latest": "charges", "of": "other.convicted_on", **question},
            "first": {"earliest": "charges", "of": "other.convicted_on", **question},
            "others": {"count": "charges", **question},
        },
    )
    days = {"offense_on": date(2010, 1, 1), "birth_on": date(1992, 1, 1)}
    rows = [
        charge("A", convicted_on=date(2010, 1, 1), **days, **offense("11358")),
        charge("B", convicted_on=date(2010, 2, 1), **days, **offense("11357")),
        charge("C", **days),
    ]
    assert differences(spark, pack, *rows) == []


def test_nobody_waits_for_nothing_or_for_a_day_that_the_law_leaves_open(spark: SparkSession) -> None:
    def wait(years: str) -> dict[str, dict[str, str]]:
        return {"wait": {"from": "charge.convicted_on", "years": years}}

    pack = small_law(
        {
            "has_waited": wait("15"),
            "has_waited_longer": wait("20"),
            "may_have_waited": {**wait("1"), "unsettled": "charge.sentence_has_jail"},
        },
        [
            {"when": "charge.grade = 'F'", "requires": ["has_waited_longer"], "gives": "none"},
            {"when": "charge.grade = 'M'", "requires": ["has_waited_longer"], "gives": "no_change"},
            {"when": "charge.grade = 'I'", "requires": ["may_have_waited", "has_waited"], "gives": "none"},
            {"otherwise": "true", "requires": ["has_waited", "may_have_waited"], "gives": "seal"},
        ],
    )
    rows = [
        charge(f"{grade} {jail}", grade=grade, sentence_has_jail=jail, convicted_on=date(2010, 1, 1))
        for grade in ("F", "M", "I", "W", None)
        for jail in (True, False, None)
    ]
    assert differences(spark, pack, *rows) == []


def test_a_case_that_is_not_known_may_be_that_of_another_charge(spark: SparkSession) -> None:
    question = {"where": "other.sentence_has_jail", "within": "anywhere", "includes_this": "true"}
    pack = small_law(
        criteria_of(
            *(f"history.cases {operator} {number}" for operator in ("<", "=") for number in (1, 2, 3))
        ),
        history={"cases": {"count": "charges", "distinct": "case_id", **question}},
    )
    # By the persons' names: their charges count if they have jail, and may count if that is not known.
    people: dict[str, list[dict[str, Any]]] = {
        f"{certain} and perhaps {perhaps}": [
            *[{"case_id": case, "sentence_has_jail": True} for case in certain],
            *[{"case_id": case} for case in perhaps],
        ]
        for certain in ((), (None,), (None, None), ("X",), ("X", None), ("X", "X", "Y"), ("X", "Y", None))
        for perhaps in (("X",), (None,), ("X", "Z", None, None))
    }
    crowd = [
        ([charge(f"{name} {at}", subject_id=name, **each) for at, each in enumerate(charges)], AS_OF)
        for name, charges in people.items()
    ]
    assert compared(spark, [Assignment(pack)], crowd).differences == []
