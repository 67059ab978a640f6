"""A delivery of whole people corrects and withdraws: changes for the people whom it names, a snapshot for everybody of its source."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clear_record.configuration import conf_folders, find_source
from clear_record.errors import InputRefused, NeedsOverride
from clear_record.ingest import beside
from clear_record.ingest.delivery import Delivered, ingest
from clear_record.ingest.source import Source, read_source
from clear_record.ingest.whole_people import WholePeople
from clear_record.keys import id_key
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.spark import small_table
from tests.spark.extracts import arrest, court, row, write

pytestmark = pytest.mark.spark

ADDING = read_source(find_source("us_ca_doj", conf_folders()))
CHANGES = ADDING.model_copy(update={"deliveries": "changes", "gone_share": 1.0})
SNAPSHOT = ADDING.model_copy(update={"deliveries": "snapshot", "gone_share": 1.0})

JAIL: dict[str, Any] = {"SENT_LOC_DESCR": "JAIL", "SENT_LENGTH": "30", "SENT_TIME_CODE": "D"}
DUTY = row(
    "P01", "4", 103, 1, 1, STP_TYPE_DESCR="REGISTRATION", STP_EVENT_DATE="19990101", OFFENSE_DESCR="290 PC"
)
FIRST = [
    court("P01", "1", "20010301", "11359 HS", **JAIL),
    arrest("P01", "2", "20030401", "459 PC", cycle=104),
    DUTY,
    court("P02", "5", "20010301", "11359 HS"),
    court("P03", "6", "20010301", "11358 HS"),
    # A row that cannot be believed holds P04.
    court("P04", "7", "2001-3-1", "11358 HS"),
    court("P04", "8", "20020301", "11357(A) HS", cycle=105),
]
# P01: the sentence is another one, the arrest is gone, the duty as it was. P04: now readable. P05: new. P02 and P03 are not named.
SECOND = [
    court("P01", "11", "20010301", "11359 HS", **{**JAIL, "SENT_LENGTH": "90"}),
    {**DUTY, "RECORD_ID": "14"},
    court("P04", "17", "20010301", "11358 HS"),
    {**FIRST[6], "RECORD_ID": "18"},
    court("P05", "19", "20010301", "11359 HS"),
]


class World:
    """A lake, and the deliveries that were brought into it."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.lake, self.folder = Lake(spark, str(folder / "lake")), folder
        self.key = id_key(self.lake.root)

    def bring(
        self, source: Source, name: str, rows: list[dict[str, str]], day: date, **allowed: object
    ) -> Delivered:
        files = [str(write(self.folder / name, rows))]
        return ingest(self.lake, source, files, self.key, day, **allowed)  # type: ignore[arg-type]

    def said(self) -> list[tuple[str, ...]]:
        """Offense section and kind of the charges that count, with the length of their sentences."""
        rows = Records(self.lake)
        sentences = rows.rows("sentence").select("charge_id", "length")
        charges = rows.rows("charge").join(sentences, "charge_id", "left")
        return sorted(
            (row["offense_section"], row["kind"], str(row["length"] or ""))
            for row in charges.select("offense_section", "kind", "length").collect()
        )

    def count(self, table: str) -> int:
        return Records(self.lake).rows(table).count()


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(spark, tmp_path_factory.mktemp("whole"))
    world.bring(ADDING, "a.dat", FIRST, date(2020, 1, 15))
    return world


@pytest.fixture(scope="module")
def changed(world: World) -> Delivered:
    assert world.count("reject") == 1
    return world.bring(CHANGES, "b.dat", SECOND, date(2020, 2, 15))


def test_changes_correct_and_withdraw_for_the_people_whom_they_name(world: World, changed: Delivered) -> None:
    assert world.said() == [
        ("11357", "conviction", ""), ("11358", "conviction", ""), ("11358", "conviction", ""),
        ("11359", "conviction", ""), ("11359", "conviction", ""), ("11359", "conviction", "90"),
    ]  # fmt: skip
    totals = changed.row["control_totals"]
    assert {name: totals[name] for name in totals if name.startswith(("corrected", "gone"))} == {
        "corrected:charge": 1, "gone:charge": 1, "corrected:reject": 1,
    }  # fmt: skip


def test_what_is_said_again_is_not_written_again(world: World, changed: Delivered) -> None:
    of_second = f"delivery_id = '{changed.delivery_id}'"
    # The corrected charge of P01, the one of P04 that is readable now, the one of P05.
    assert Records(world.lake).rows("charge").where(of_second).count() == 3
    assert (world.count("registration"), world.count("reject")) == (1, 0)
    row = changed.row
    assert (row["rows_accepted_count"], row["rows_collapsed_count"], row["rows_rejected_count"]) == (4, 1, 0)


def test_the_history_of_each_row_is_kept(world: World, changed: Delivered) -> None:
    assert world.lake.read("charge").count() == 5 + 3
    withdrawn = world.lake.read("withdrawal").where("table_name = 'charge'").collect()
    assert {row["delivery_id"] for row in withdrawn} == {changed.delivery_id}
    assert {row["withdrawn_delivery_id"] for row in withdrawn}.isdisjoint({changed.delivery_id})


@pytest.mark.usefixtures("changed")
def test_a_snapshot_withdraws_who_is_not_there_and_needs_a_name_for_too_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # P02, P03 and P04 are gone; what is said of P01 is what it was at first.
    last = [FIRST[0], DUTY, SECOND[-1]]
    day = date(2020, 3, 15)
    careful = SNAPSHOT.model_copy(update={"gone_share": 0.5})
    monkeypatch.setattr(beside, "_FEW", 0)
    with pytest.raises(
        NeedsOverride, match=r"4 of 6 charge records .* accept it with --allow-gone 4 --by NAME"
    ):
        world.bring(careful, "c.dat", last, day)
    with pytest.raises(InputRefused, match="--by NAME"):
        world.bring(careful, "c.dat", last, day, allow_gone=4)
    assert world.count("charge") == 6
    brought = world.bring(careful, "c.dat", last, day, allow_gone=4, by="A. Clerk")
    assert brought.row["overrides"] == ["--allow-gone 4, 7 used, by A. Clerk"]
    assert world.said() == [("11359", "conviction", ""), ("11359", "conviction", "30")]
    assert (world.count("subject"), world.count("registration")) == (2, 1)


def test_what_was_corrected_can_be_put_back_and_not_by_an_older_delivery(
    spark: SparkSession, tmp_path: Path
) -> None:
    world = World(spark, tmp_path)
    before, after = FIRST[:1], SECOND[:1]
    first = world.bring(CHANGES, "a.dat", before, date(2020, 1, 15))
    world.bring(CHANGES, "b.dat", after, date(2020, 2, 15))
    assert world.said() == [("11359", "conviction", "90")]
    with pytest.raises(InputRefused, match="it would correct newer records by older ones"):
        world.bring(CHANGES, "a.dat", before, date(2020, 2, 14))
    back = world.bring(CHANGES, "a.dat", before, date(2020, 3, 15))
    assert (back.is_new, world.said()) == (True, [("11359", "conviction", "30")])
    assert back.delivery_id != first.delivery_id
    assert [back.row["position"], first.row["position"]] == [3, 1]
    assert not world.bring(CHANGES, "a.dat", before, date(2020, 3, 16)).is_new


def test_of_a_person_with_a_rejected_row_nothing_is_gone(spark: SparkSession, tmp_path: Path) -> None:
    world = World(spark, tmp_path)
    world.bring(ADDING, "a.dat", FIRST[:1], date(2020, 1, 15))
    world.bring(CHANGES, "b.dat", [court("P01", "11", "2001-3-1", "11359 HS")], date(2020, 2, 15))
    assert (world.said(), world.count("reject")) == ([("11359", "conviction", "30")], 1)


def test_a_delivery_whose_sentences_are_missing_is_held(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(spark, tmp_path)
    world.bring(CHANGES, "a.dat", FIRST[:1], date(2020, 1, 15))
    monkeypatch.setattr(beside, "_FEW", 0)
    careful, without = (
        CHANGES.model_copy(update={"gone_share": 0.5}),
        [court("P01", "9", "20010301", "11359 HS")],
    )
    with pytest.raises(NeedsOverride, match="1 of 1 sentence records"):
        world.bring(careful, "b.dat", without, date(2020, 2, 15))
    # A row that could not be read may be the one that is missed: the person is held for it, and nothing is gone.
    unreadable = court("P01", "10", "2001-3-1", "11358 HS", cycle=109)
    world.bring(careful, "c.dat", [*without, unreadable], date(2020, 2, 15))
    assert world.count("reject") == 1
    world.bring(careful, "d.dat", FIRST[:1], date(2020, 3, 15))
    assert world.said() == [("11359", "conviction", "30")]
    world.bring(careful, "e.dat", without, date(2020, 4, 15), allow_gone=1, by="A. Clerk")
    assert world.said() == [("11359", "conviction", "")]


def test_what_is_gone_of_a_charge_and_by_itself_is_added_up(
    spark: SparkSession,
) -> None:
    def standing(table_name: str, standing: str, before: int, now: int) -> tuple[object, ...]:
        return (table_name, standing, "somebody", False, *[0, 0, now], *[0, 0, before])

    columns = "table_name string, standing string, old_subject_id string, is_doubted boolean"
    kinds = ("disposition", "sentence", "supervision")
    counts = ", ".join(f"{name} int" for name in (*kinds, *[f"{kind}_before" for kind in kinds]))
    standings = small_table(
        spark,
        [
            standing("charge", "corrected", 3, 1),
            # More than before takes nothing away from what others lost, and a charge that is gone is counted as a charge.
            standing("charge", "known", 1, 2),
            standing("charge", "gone", 9, 0),
            standing("supervision", "gone", 0, 0),
            standing("supervision", "known", 0, 0),
        ],
        f"{columns}, {counts}",
    )
    found = WholePeople(Lake(spark, "unused"), "d", standings, standings).gone()
    assert found == {
        "charge": (1, 3),
        "disposition": (0, 0),
        "sentence": (0, 0),
        "supervision": (1 + 2, 2 + 4),
    }
