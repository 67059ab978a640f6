"""What tells that rows were read back as they were computed."""

from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clear_record.roots_in_spark import transfer_check
from clear_record.spark import small_table
from clear_record.tables import DECISION

pytestmark = pytest.mark.spark

DECIDED: dict[str, Any] = {
    "run_id": "r", "pack": "us_zz/law", "charge_id": "c", "case_id": "k", "subject_id": "p", "county": "OAK",
    "outcome": "needs_review", "remedy": "none", "remedy_row": None, "eligible_on": None,
    "recheck_on": date(2024, 7, 1), "trace": "TU", "missing": 3, "witnesses": ["w"],
}  # fmt: skip


def checked(spark: SparkSession, *rows: dict[str, Any]) -> tuple[Any, ...]:
    (found,) = small_table(spark, rows, DECISION.ddl).agg(*transfer_check(DECISION)).collect()
    return tuple(found)


@pytest.mark.parametrize(
    "changed",
    [
        {"outcome": "eligible"},
        {"eligible_on": DECIDED["recheck_on"], "recheck_on": None},
        {"witnesses": []},
        {"witnesses": None},
    ],
)
def test_a_row_of_which_a_value_is_another_or_stands_elsewhere_is_another_row(
    spark: SparkSession, changed: dict[str, Any]
) -> None:
    assert checked(spark, DECIDED) == checked(spark, DECIDED)
    assert checked(spark, DECIDED) != checked(spark, DECIDED | changed)
    both = checked(spark, DECIDED | changed | {"charge_id": "d"}, DECIDED)
    assert both == checked(spark, DECIDED, DECIDED | changed | {"charge_id": "d"})
    assert both != checked(spark, DECIDED, DECIDED)
