"""Ids under a ring of keys: the same in Spark and in Python, and what a plan, which logs and events print, does not tell."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from clear_record.configuration import conf_folders, find_source
from clear_record.ingest.extract import ExtractDelivery
from clear_record.ingest.ids import _pads, keyed, line_of, rekeyed, text_of, with_key, without_key
from clear_record.ingest.source import read_source
from clear_record.ingest.tables.delivery import open_tables
from clear_record.ingest.tables.source import TablesSource, read_any_source
from clear_record.keys import IdKey, id_key, longer_id_key
from clear_record.tables import TABLES
from tests.leaks import forms_of
from tests.spark.extracts import arrest, court, row, write

pytestmark = pytest.mark.spark

RECEIVED = date(2020, 1, 15)
COURTS = Path(__file__).resolve().parents[1] / "sources" / "us_pa_courts"


@pytest.fixture
def ring(tmp_path: Path) -> IdKey:
    """A ring of two secrets."""
    return longer_id_key(id_key(str(tmp_path / "lake")), tmp_path / "longer")


def texts(spark: SparkSession) -> DataFrame:
    return spark.range(3).select(F.concat(F.lit("ñ"), F.col("id").cast("string")).alias("text"))


def test_a_text_has_the_same_id_in_spark_and_in_python(spark: SparkSession, ring: IdKey) -> None:
    for key in (ring, ring.last):
        rows = with_key(texts(spark), key).select(
            "text", keyed(F.col("text"), key).alias("id"), line_of(F.col("text"), key).alias("line")
        )
        for each in rows.collect():
            assert each["id"] == key.id_of(each["text"])
            assert each["line"] == int(key.id_of(each["text"], digits=15), 16)
    assert with_key(texts(spark), ring).select(keyed(F.lit(None).cast("string"), ring)).first() == (None,)


def test_texts_that_are_put_together_otherwise_have_another_id(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [("ab", "c"), ("a", "bc"), ("abc", None), ("abc", ""), (None, "abc")], "a string, b string"
    )
    assert rows.select(text_of(F.col("a"), F.col("b"))).distinct().count() == 5


def test_ids_and_lines_become_those_of_the_longer_ring(spark: SparkSession, ring: IdKey) -> None:
    first = IdKey(ring.secrets[:1], ring.path)

    def rejects(key: IdKey) -> DataFrame:
        rows = with_key(texts(spark), key)
        return rows.select(
            F.lit("d").alias("delivery_id"),
            F.explode(F.array(F.lit(1), F.lit(2))).alias("file"),
            F.when(F.col("file") == 2, line_of(F.col("text"), key)).otherwise(7).alias("line"),
            keyed(F.col("text"), key).alias("subject_id"),
            F.lit("Q020").alias("code"),
            F.lit(None).cast("string").alias("field"),
        )

    made = rekeyed(rejects(first), TABLES["reject"], ring.last, [2])
    assert sorted(map(tuple, made.collect()), key=str) == sorted(map(tuple, rejects(ring).collect()), key=str)


# What a plan tells


def told_by(rows: DataFrame) -> str:
    executed = rows._jdf.queryExecution()
    return str(executed.toString() + executed.executedPlan().toString()).lower()


def assert_untold(rows: DataFrame, key: IdKey) -> None:
    plan = told_by(rows)
    assert not [each for each in forms_of(key) if each in plan]


def test_what_a_plan_prints_of_a_key_would_be_seen(spark: SparkSession, ring: IdKey) -> None:
    for held in (*ring.secrets, *_pads(ring)):
        with pytest.raises(AssertionError):
            assert_untold(
                spark.range(1).select(
                    F.sha2(F.concat(F.lit(held), F.col("id").cast("string").cast("binary")), 256)
                ),
                ring,
            )


def test_the_ring_stands_in_no_plan(spark: SparkSession, ring: IdKey) -> None:
    rows = without_key(with_key(texts(spark), ring).withColumn("keyed", keyed(F.col("text"), ring)))
    assert len({each["keyed"] for each in rows.collect()}) == 3
    assert "keyed" in told_by(rows)
    assert_untold(rows, ring)


def test_the_ring_stands_in_no_plan_of_an_extract(spark: SparkSession, ring: IdKey, tmp_path: Path) -> None:
    source = read_source(find_source("us_ca_doj", conf_folders()))
    sentence: dict[str, Any] = {"SENT_LOC_DESCR": "PROBATION", "SENT_LENGTH": "3", "SENT_TIME_CODE": "Y"}
    registration: dict[str, Any] = {
        "STP_TYPE_DESCR": "REGISTRATION",
        "STP_EVENT_DATE": "19990101",
        "OFFENSE_DESCR": "290 PC",
    }
    given = [
        arrest("P1", "1", "20010101", "11359 HS"),
        court("P1", "2", "20010301", "11359 HS", **sentence),
        row("P1", "3", 103, 1, 1, **registration),
    ]
    path = write(tmp_path / "a.dat", given)
    # Nothing is kept, so that each plan is whole.
    records = ExtractDelivery(spark, source, [str(path)], ring, RECEIVED, lambda rows: rows).read("d")
    for table, rows in records.tables().items():
        assert_untold(rows, ring)
        assert table in ("reject", "coverage") or "_pads" in told_by(rows)


def test_the_ring_stands_in_no_plan_of_tables(spark: SparkSession, ring: IdKey) -> None:
    source = read_any_source(find_source("us_pa_courts", conf_folders()))
    assert isinstance(source, TablesSource)
    records = open_tables(spark, source, [str(COURTS)], ring, RECEIVED, lambda rows: rows).read("d")
    for table in ("charge", "subject", "disposition", "sentence", "reject"):
        rows = records.tables()[table]
        assert_untold(rows, ring)
        assert "_pads" in told_by(rows)
