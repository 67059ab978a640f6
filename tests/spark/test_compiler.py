"""The compiler against the reference evaluator: the same answers, witnesses and days included."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from clear_record.configuration import conf_folders
from clear_record.decide.assignment import Assignment
from clear_record.decide.cases import engine_on
from clear_record.decide.compiler import decisions
from clear_record.law import pack_tests
from clear_record.law.cases import read_cases
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack, pack_of
from clear_record.law.person import COLUMNS
from clear_record.law.reference import decide_person
from clear_record.law.vignettes import read_vignettes
from tests.strategies import CALIFORNIA, INVENTED_STATE, World, random_people

TESTS = Path(__file__).resolve().parents[1]
SHIPPED = find_packs(conf_folders())
INVENTED = find_packs([TESTS])
SCHEMA = ", ".join(f"{name} {ddl}" for name, ddl in COLUMNS.items()) + ", covered array<string>, as_of date"

pytestmark = pytest.mark.spark


def packs_of(folders: dict[str, Path]) -> list[Pack]:
    return [load_pack(folder, packs=folders) for folder in folders.values()]


def differences(
    spark: SparkSession, packs: Sequence[Pack], world: World, people_count: int, seed: int
) -> list[str]:
    """Every field of every decision on which the two evaluators differ, and every decision that only one makes."""
    people = random_people(people_count, seed, world)
    rows: list[tuple[Any, ...]] = [
        (*[row.get(name) for name in COLUMNS], [], as_of) for person, as_of in people for row in person
    ]
    frame = spark.createDataFrame(rows, SCHEMA)
    compiled = {
        (row["pack"], row["charge_id"]): row
        for row in decisions(frame, [Assignment(pack) for pack in packs], F.col("as_of")).collect()
    }
    found = []
    for pack in packs:
        for person, as_of in people:
            for charge_id, expected in decide_person(pack, person, as_of).items():
                row = compiled.pop((pack.name, charge_id), None)
                if row is None:
                    found.append(f"{pack.name} {charge_id}: only the reference decides it")
                    continue
                for name in (
                    "outcome",
                    "remedy",
                    "remedy_row",
                    "eligible_on",
                    "recheck_on",
                    "trace",
                    "missing",
                    "witnesses",
                ):
                    value = tuple(row[name]) if isinstance(row[name], list) else row[name]
                    if value != getattr(expected, name):
                        found.append(f"{pack.name} {charge_id} {name}: {getattr(expected, name)} != {value}")
    return found + [f"{pack} {charge_id}: only the compiler decides it" for pack, charge_id in compiled]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_evaluators_agree_on_two_thousand_random_people_of_california(
    spark: SparkSession, seed: int
) -> None:
    assert differences(spark, packs_of(SHIPPED), CALIFORNIA, 2000, seed) == []


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_evaluators_agree_on_a_law_with_waits(spark: SparkSession, seed: int) -> None:
    assert differences(spark, packs_of(INVENTED), INVENTED_STATE, 1000, seed) == []


def test_both_evaluators_agree_on_questions_about_days(spark: SparkSession) -> None:
    pack = pack_of({"pack.yaml": (TESTS / "packs" / "dismissals.yaml").read_text()})
    assert differences(spark, [pack], CALIFORNIA, 600, seed=3) == []


def test_the_vignettes_pass_on_spark(spark: SparkSession) -> None:
    vignettes = read_vignettes(TESTS / "vignettes" / "vignettes.csv")
    cases, _ = pack_tests.cases_of(vignettes, packs_of(SHIPPED))
    assert len(cases) == 30
    tested = pack_tests.run(cases, engine_on(spark))
    assert [(each.id, each.differences) for each in tested if not each.has_passed] == []


def test_the_cases_of_all_packs_pass_on_spark(spark: SparkSession) -> None:
    cases = [case for folder in (*SHIPPED.values(), *INVENTED.values()) for case in read_cases(folder)]
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
