"""Dates as Spark Columns say the same as the law's own reading of them."""

from datetime import date

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from clear_record.ingest.dates import date_digits, date_ends, date_kind, months_after
from clear_record.law import dates
from clear_record.law.dates import SENTINELS, DateInterval, DateKind

pytestmark = pytest.mark.spark

PRINTED = [
    None, "00000000", "19000101", "99990101", "19870208", "20000229", "19000229", "19870230", "20050199", "20050600",
    "20050000", "20051301", "20050001", "00000101", "00001231", "0000", "1987-2-8", "870208", "19870208 APPROX", "UNKNOWN",
    "+1987020", "\uff11\uff1987020\uff18", "00010101", "99991231",
]  # fmt: skip


def test_printed_dates_are_read_as_the_law_reads_them(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(text,) for text in PRINTED], "text string")
    rows = rows.withColumn("digits", date_digits(F.col("text")))
    rows = rows.withColumn("kind", date_kind(F.col("text"), F.col("digits"), sorted(SENTINELS)))
    earliest, latest = date_ends(F.col("digits"), F.col("kind"))
    for text, kind, first, last in rows.select("text", "kind", earliest, latest).collect():
        reading = DateInterval.parse_yyyymmdd(text)
        assert (list(DateKind)[kind], first, last) == (
            reading.kind,
            reading.interval.earliest,
            reading.interval.latest,
        ), text


def test_a_day_that_a_month_does_not_have_is_the_first_of_the_next(spark: SparkSession) -> None:
    shifts = [
        (day, months)
        for day in (date(2004, 2, 29), date(2003, 1, 31), date(2003, 12, 31), date(2001, 7, 15))
        for months in (-37, -36, -12, -1, 0, 1, 2, 12, 13, 48)
    ]
    rows = spark.createDataFrame(shifts, "day date, months int")
    found = rows.select("day", "months", months_after(F.col("day"), F.col("months"))).collect()
    assert [after for *_, after in found] == [dates.months_after(day, months) for day, months, _ in found]
