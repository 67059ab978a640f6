"""The compiler against the reference evaluator: the same answers, witnesses and days included."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from clear_record.configuration import conf_folders
from clear_record.decide.assignment import Assignment
from clear_record.decide.cases import engine_on
from clear_record.law import pack_tests
from clear_record.law.cases import read_cases
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack, pack_of
from clear_record.law.vignettes import read_vignettes
from tests.agreement import compared
from tests.strategies import CALIFORNIA, INVENTED_STATE, World, random_people, with_sources

TESTS = Path(__file__).resolve().parents[1]
SHIPPED = find_packs(conf_folders())
INVENTED = find_packs([TESTS])
# Those that hang together: Spark plans a pack's criteria in more than twice the time for twice as many.
OF_CALIFORNIA = (
    [name for name in SHIPPED if name.startswith("us_ca/") and "_relief_" not in name],
    ["us_ca/arrest_relief_851_93", "us_ca/conviction_relief_1203_425"],
)

pytestmark = pytest.mark.spark


def packs_of(folders: dict[str, Path], names: Sequence[str] | None = None) -> list[Pack]:
    return [load_pack(folders[name], packs=folders) for name in names or folders]


def differences(
    spark: SparkSession, packs: Sequence[Pack], world: World, people_count: int, seed: int
) -> list[str]:
    """Every field of every decision on which the two evaluators differ, and every decision that only one makes."""
    choose = Random(seed).choice
    people = [(with_sources(choose, rows), as_of) for rows, as_of in random_people(people_count, seed, world)]
    found = compared(spark, [Assignment(pack) for pack in packs], people)
    return [f"{each.pack.name} {each.charge_id}: {each.says}" for each in found.differences]


@pytest.mark.parametrize("names", OF_CALIFORNIA, ids=("prop64_and_policies", "automatic_relief"))
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_evaluators_agree_on_two_thousand_random_people_of_california(
    spark: SparkSession, names: list[str], seed: int
) -> None:
    assert differences(spark, packs_of(SHIPPED, names), CALIFORNIA, 2000, seed) == []


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_evaluators_agree_on_the_laws_of_the_invented_state(spark: SparkSession, seed: int) -> None:
    assert differences(spark, packs_of(INVENTED), INVENTED_STATE, 1000, seed) == []


def test_both_evaluators_agree_on_questions_about_days(spark: SparkSession) -> None:
    pack = pack_of({"pack.yaml": (TESTS / "packs" / "dismissals.yaml").read_text()})
    assert differences(spark, [pack], CALIFORNIA, 600, seed=3) == []


def test_the_vignettes_and_the_cases_of_all_packs_pass_on_spark(spark: SparkSession) -> None:
    vignettes = read_vignettes(TESTS / "vignettes" / "vignettes.csv")
    cases, _ = pack_tests.cases_of(vignettes, packs_of(SHIPPED))
    assert len(cases) == len(vignettes) == 75
    # All of a pack in one job: its plan costs more than its cases.
    cases += [case for folder in (*SHIPPED.values(), *INVENTED.values()) for case in read_cases(folder)]
    tested = pack_tests.run(cases, engine_on(spark))
    assert [(each.id, each.differences) for each in tested if not each.has_passed] == []


def test_both_evaluators_point_to_the_same_alternative(spark: SparkSession) -> None:
    cases = [
        replace(case, pack=with_alternatives(case.pack))
        for case in read_cases(SHIPPED["us_ca/policy_sacramento_2019"])
    ]
    expected = [each and each.alternative for each in pack_tests.decide_by_reference(cases)]
    assert len(set(expected)) > 2
    assert [each and each.alternative for each in engine_on(spark)(cases)] == expected


def with_alternatives(pack: Pack) -> Pack:
    rows = [replace(row, alternative=f"alternative {number}") for number, row in enumerate(pack.rows)]
    return replace(pack, rows=tuple(rows))
