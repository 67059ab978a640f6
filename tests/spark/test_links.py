"""Which person ids are one person on a day, and which may be: `subject_link` as a state's merges, splits and open conflicts say."""

from collections.abc import Sequence
from datetime import date

import pytest
from pyspark.sql import SparkSession

from clear_record.decide.links import as_one_person, in_conflict, persons
from clear_record.spark import small_table
from clear_record.tables import SUBJECT_LINK

pytestmark = pytest.mark.spark

Link = tuple[str, str, str, str | None, str | None]
DDL = ", ".join(f"{each.name} {each.type}" for each in SUBJECT_LINK.columns)
LINKS: Sequence[Link] = (
    ("A", "B", "merge", "2020-01-01", None),
    ("B", "C", "merge", "2021-01-01", None),
    # The state took back, on a day, what it had said.
    ("D", "E", "merge", "2020-01-01", None),
    ("D", "E", "split", "2021-06-01", None),
    ("F", "G", "merge", "2020-01-01", "2021-06-01"),
    ("H", "I", "conflict", "2020-01-01", "2022-01-01"),
    ("J", "K", "unknown", None, None),
    # Of two things said on one day the careful one holds; in whatever order the pair is written.
    ("L", "M", "merge", "2020-01-01", None),
    ("M", "L", "conflict", "2020-01-01", None),
)  # fmt: skip


def links(spark: SparkSession):  # type: ignore[no-untyped-def]
    rows = [(*link, "d", 1, at) for at, link in enumerate(LINKS)]
    return small_table(spark, rows, DDL)


def one_person(spark: SparkSession, day: str) -> dict[str, str]:
    found = persons(links(spark), date.fromisoformat(day)).collect()
    return {row["subject_id"]: row["person_id"] for row in found}


def test_a_merged_person_is_one_person_from_that_day(spark: SparkSession) -> None:
    assert one_person(spark, "2019-12-31") == {}
    assert one_person(spark, "2020-01-01") == {"B": "A", "E": "D", "G": "F"}


def test_links_of_links_are_one_person_and_the_id_that_stays_names_it(spark: SparkSession) -> None:
    assert one_person(spark, "2021-01-01") == {"B": "A", "C": "A", "E": "D", "G": "F"}


def test_a_person_who_was_split_is_two_again_from_that_day(spark: SparkSession) -> None:
    assert one_person(spark, "2021-05-31")["E"] == "D"
    assert one_person(spark, "2021-06-01") == {"B": "A", "C": "A"}


@pytest.mark.parametrize(
    ("day", "held"),
    [("2019-12-31", "JK"), ("2020-01-01", "HIJKLM"), ("2021-12-31", "HIJKLM"), ("2022-01-01", "JKLM")],
)
def test_an_open_conflict_holds_both(spark: SparkSession, day: str, held: str) -> None:
    found = in_conflict(links(spark), date.fromisoformat(day)).collect()
    assert sorted(row["subject_id"] for row in found) == list(held)


def test_all_rows_of_a_merged_person_come_under_one_id(spark: SparkSession) -> None:
    people = persons(links(spark), date(2021, 1, 1))
    rows = small_table(spark, [(id, id.lower()) for id in "ABCXE"], "subject_id string, charge_id string")
    found = {row["charge_id"]: row["subject_id"] for row in as_one_person(rows, people).collect()}
    assert found == {"a": "A", "b": "A", "c": "A", "x": "X", "e": "D"}
