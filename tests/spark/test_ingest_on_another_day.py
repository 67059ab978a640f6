"""What is delivered again on a later day is known: days that only the delivery bounds move with it, and say nothing new."""

import csv
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from clear_record.ingest.delivery import Delivered, ingest
from clear_record.keys import id_key
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.synth.statewide import generate
from tests.tables_sources import source_of

pytestmark = pytest.mark.spark

# The first before some sentences have run out, the last after all of them.
DAYS = (date(2025, 6, 1), date(2065, 6, 1))
COURTS = Path(__file__).resolve().parents[1] / "sources" / "us_pa_courts"


def rename_somebody(people: Path, name: str) -> None:
    """Another delivery, of which no record is another."""
    with people.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0]["FULL_NAME"] = name
    with people.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def state(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, list[Delivered]]:
    """A state that marks all sentences complete, and delivers the same records on several days."""
    folder = tmp_path_factory.mktemp("days")
    generate(spark, 300, 4, folder / "in")
    # They are changed by hand.
    for checksums in (folder / "in").rglob("*.crc"):
        checksums.unlink()
    (sentences,) = (folder / "in" / "sentences").glob("*.csv")
    (people,) = (folder / "in" / "people").glob("*.csv")
    text = sentences.read_text()
    assert "ACTIVE" in text
    sentences.write_text(text.replace("ACTIVE", "COMPLETE"))
    lake, key = Lake(spark, str(folder / "lake")), id_key(str(folder / "lake"))
    delivered = []
    for day in DAYS:
        rename_somebody(people, f"Testperson {day:%Y}")
        delivered.append(ingest(lake, source_of("us_zz_statewide"), [str(folder / "in")], key, day))
    return lake, delivered


def test_the_same_records_on_a_later_day_correct_and_withdraw_nothing(
    state: tuple[Lake, list[Delivered]],
) -> None:
    lake, delivered = state
    assert [each.is_new for each in delivered] == [True] * 2
    for again in delivered[1:]:
        totals = again.row["control_totals"]
        # What was rejected is rejected anew.
        corrected = {name for name in totals if name.startswith(("corrected:", "gone:"))}
        assert corrected <= {"corrected:reject"}
        assert totals["charge"] == totals["sentence"] == totals["disposition"] == 0
    assert lake.read("withdrawal").where("table_name <> 'reject'").isEmpty()


def test_a_sentence_that_is_complete_too_early_ended_on_any_day_since_it_began(
    state: tuple[Lake, list[Delivered]],
) -> None:
    lake, (first, *_) = state
    charges = Records(lake).rows("charge").where("sentence_is_complete AND convicted_latest IS NOT NULL")
    early = charges.where(F.col("sentence_ends_latest") == first.row["received_on"])
    assert not early.where("sentence_ends_earliest = sentence_ends_latest").count()
    assert early.where("sentence_ends_earliest <= convicted_latest").count() >= 5
    # Of one that has run out it is taken that it ran as it was to.
    others = charges.where("sentence_ends_latest < '2025-06-01' AND sentence_has_jail")
    assert others.where("sentence_ends_earliest > convicted_latest").count() >= 5


def test_the_end_of_a_sentence_that_is_counted_from_the_delivery_is_no_contradiction(
    spark: SparkSession, tmp_path: Path
) -> None:
    folder = Path(copytree(COURTS, tmp_path / "in"))
    charges, sentences = folder / "DOCKET_CHARGES.csv", folder / "SENTENCE_PARTS.csv"
    (undated,) = (
        line.split("|") for line in charges.read_text("iso-8859-1").splitlines() if line.startswith("10005|")
    )
    assert undated[-1] == ""
    with sentences.open("a") as file:
        file.write("|".join((*undated[:3], "1", "COUNTY CONFINEMENT", "12", "", "")) + "\n")
    lake, key = Lake(spark, str(tmp_path / "lake")), id_key(str(tmp_path / "lake"))
    ingest(lake, source_of("us_pa_courts"), [str(folder)], key, date(2020, 1, 15))
    before = Records(lake).rows("charge").count()
    with charges.open("a") as file:
        file.write(
            "10001|CP-51-CR-0000099-2012|1|51|18 3929|RETAIL THEFT|M1|05/01/2012|05/02/2012|GUILTY|11/09/2012\n"
        )
    ingest(lake, source_of("us_pa_courts"), [str(folder)], key, date(2020, 2, 15))
    rejected = Records(lake).rows("reject").where("code = 'Q030'")
    assert rejected.isEmpty()
    assert Records(lake).rows("charge").count() == before + 1
