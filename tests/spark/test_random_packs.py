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
from clear_record.law.pack_reader import pack_of
from tests.agreement import compared, compared_at_random
from tests.small_laws import AS_OF, charge, small_law

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
