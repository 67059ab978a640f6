"""A second delivery adds what is new, passes over what is known, and believes neither side of a contradiction."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from clear_record.configuration import conf_folders, find_source
from clear_record.ingest.delivery import Delivered, ingest
from clear_record.ingest.source import read_source
from clear_record.keys import id_key
from clear_record.lake import Lake
from clear_record.records import Records
from tests.spark.extracts import arrest, court, row, write

pytestmark = pytest.mark.spark

SOURCE = read_source(find_source("us_ca_doj", conf_folders()))
FIRST = [
    court("P01", "1", "20010301", "11359 HS", SENT_LOC_DESCR="JAIL", SENT_LENGTH="30", SENT_TIME_CODE="D"),
    court("P02", "2", "20010301", "11359 HS"),
    # No day is printed: its bound is the delivery's own day, which moves.
    court("P03", "3", "", "11358 HS"),
    # And so is the end of a sentence that is counted from it.
    court("P05", "5", "", "11358 HS", SENT_LOC_DESCR="JAIL", SENT_LENGTH="12", SENT_TIME_CODE="M"),
    row(
        "P01",
        "4",
        103,
        1,
        1,
        STP_TYPE_DESCR="REGISTRATION",
        STP_EVENT_DATE="19990101",
        OFFENSE_DESCR="290 PC",
    ),
]
SECOND = [
    *[{**each, "RECORD_ID": f"9{each['RECORD_ID']}"} for each in (FIRST[0], *FIRST[2:])],
    court("P02", "12", "20010301", "11359 HS", "DISMISSED"),
    arrest("P04", "15", "20020101", "459 PC"),
]


@pytest.fixture(scope="module")
def deliveries(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lake, Delivered, Delivered]:
    folder = tmp_path_factory.mktemp("second")
    lake, key = Lake(spark, str(folder / "lake")), id_key(str(folder / "lake"))
    first = ingest(lake, SOURCE, [str(write(folder / "a.dat", FIRST))], key, date(2020, 1, 15))
    second = ingest(lake, SOURCE, [str(write(folder / "b.dat", SECOND))], key, date(2020, 2, 15))
    return lake, first, second


def _of(deliveries: tuple[Lake, Delivered, Delivered], table: str) -> list[Row]:
    lake, _, second = deliveries
    return Records(lake).rows(table).where(f"delivery_id = '{second.delivery_id}'").collect()


def test_a_second_delivery_adds_what_is_new(deliveries: tuple[Lake, Delivered, Delivered]) -> None:
    assert [(each["kind"], each["offense_section"]) for each in _of(deliveries, "charge")] == [
        ("arrest", "459")
    ]
    assert len(_of(deliveries, "subject")) == 1


def test_what_is_known_collapses_also_where_only_the_delivery_bounds_a_day(
    deliveries: tuple[Lake, Delivered, Delivered],
) -> None:
    assert deliveries[2].row["rows_collapsed_count"] == 3
    assert _of(deliveries, "registration") == []
    assert _of(deliveries, "sentence") == []


def test_a_charge_with_other_content_is_rejected_and_its_person_held(
    deliveries: tuple[Lake, Delivered, Delivered],
) -> None:
    lake, first, _ = deliveries
    (rejected,) = _of(deliveries, "reject")
    assert (rejected["code"], rejected["line"]) == ("Q030", 6)
    (known,) = Records(lake).rows("charge").where(f"subject_id = '{rejected['subject_id']}'").collect()
    assert known["delivery_id"] == first.delivery_id


@pytest.mark.parametrize(
    ("completed_on", "rows_written", "has_classes_of_delta"), [(15, 4, True), (15, 4, False), (16, 8, True)]
)
def test_a_delivery_that_was_stopped_before_its_row_is_completed_by_the_same_call_and_begun_anew_on_another_day(
    lake: Lake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    completed_on: int,
    rows_written: int,
    has_classes_of_delta: bool,
) -> None:
    path, key = write(tmp_path / "a.dat", FIRST), id_key(lake.root)
    append = Lake.append

    def stopped(lake: Lake, name: str, *given: Any, **more: Any) -> None:
        if name == "delivery":
            raise KeyboardInterrupt
        append(lake, name, *given, **more)

    monkeypatch.setattr(Lake, "append", stopped)
    with pytest.raises(KeyboardInterrupt):
        ingest(lake, SOURCE, [str(path)], key, date(2020, 1, 15))
    assert Records(lake).rows("charge").isEmpty()
    monkeypatch.undo()
    # Where Delta's own classes have other names (Databricks), its public API says what was written.
    monkeypatch.setattr(Lake, "_has_classes_of_delta", has_classes_of_delta)
    completed = ingest(lake, SOURCE, [str(path)], key, date(2020, 1, completed_on))
    assert completed.is_new
    assert Records(lake).rows("charge").count() == 4
    assert lake.read("charge").count() == rows_written
    # The conviction without a day is bounded by the day on which the delivery came that counts.
    bounded = Records(lake).rows("charge").where(F.col("convicted_latest") == completed.row["received_on"])
    assert not bounded.isEmpty()


def test_every_row_of_a_second_delivery_is_accounted_for(
    deliveries: tuple[Lake, Delivered, Delivered],
) -> None:
    counts = deliveries[2].row
    assert counts["rows_read_count"] == len(SECOND)
    assert counts["rows_accepted_count"] + counts["rows_collapsed_count"] + counts[
        "rows_rejected_count"
    ] == len(SECOND)
    assert counts["rows_rejected_count"] == 1
