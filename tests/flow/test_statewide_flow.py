"""A state's own tables through the whole flow, by the commands that people run: invented, ingested, decided by an invented state's law."""

import pytest
from pyspark.sql import functions as F

from clear_record.lake import newest_by_api
from tests.flow.conftest import PACKS, Statewide

pytestmark = pytest.mark.spark


def test_every_charge_in_scope_is_decided(statewide: Statewide) -> None:
    lake, report = statewide.lake, statewide.reports[0]
    decided = sum(each["charges_count"] for each in report["outcomes"])
    left_out = sum(each["charges_count"] for each in report["out_of_scope"])
    assert decided == lake.read("decision").where(F.col("run_id") == report["run_id"]).count()
    assert decided + left_out == len(PACKS) * lake.records("charge").count()
    assert "eligible" in {each["outcome"] for each in report["outcomes"]}


def test_who_is_held_or_incomplete_gets_nothing_from_a_program(statewide: Statewide) -> None:
    held = {row["subject_id"] for row in statewide.lake.records("reject").collect()}
    assert held
    decided = statewide.lake.read("decision").collect()
    assert {row["outcome"] for row in decided if row["subject_id"] in held} == {"needs_review"}


def test_deltas_public_api_tells_the_same_version_as_its_own_classes(statewide: Statewide) -> None:
    lake = statewide.lake
    newest = lake.version("run")
    assert newest_by_api(lake.spark, lake.path("run")) == (newest.table_id, newest.version)
