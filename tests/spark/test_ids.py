"""Ids under a key: what a plan, which logs and events print, does not tell."""

import base64
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from clear_record.ingest.ids import _pads, keyed, with_key, without_key
from clear_record.keys import id_key

pytestmark = pytest.mark.spark


def test_the_key_stands_in_no_plan(spark: SparkSession, tmp_path: Path) -> None:
    key = id_key(str(tmp_path / "lake"))
    rows = without_key(
        with_key(spark.range(3).select(F.col("id").cast("string")), key).withColumn(
            "keyed", keyed(F.col("id"))
        )
    )
    assert len({row["keyed"] for row in rows.collect()}) == 3
    executed = rows._jdf.queryExecution()
    plans = executed.toString() + executed.executedPlan().toString()
    assert "keyed" in plans
    for pad in _pads(key.secret):
        for printed in (pad.hex(), base64.b64encode(pad).decode()):
            assert printed[:24].lower() not in plans.lower()
