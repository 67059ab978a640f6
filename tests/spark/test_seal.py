"""What sealing asks of tables one by one: who is gone with a charge, which settlements an old version had, whose salt stays."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.lake_writes import append, next_position
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.lake import Lake, TableVersion
from clear_record.salts import add_salts, add_salts_of_charges
from clear_record.seal.going import people_gone
from clear_record.seal.seal import seal
from clear_record.spark import small_table
from clear_record.tables import DECISION_TABLES, RECORD_TABLES, SALT, SETTLEMENT, TABLES

pytestmark = pytest.mark.spark

WHERE_FROM = {"delivery_id": "d", "file": 1, "line": 1}
DAY = date(2021, 2, 3)


def rows_of(lake: Lake, name: str, *rows: Mapping[str, Any]) -> Any:
    ddl = ", ".join(f"{column.name} {column.type}" for column in TABLES[name].columns)
    return small_table(
        lake.spark, [[row.get(each) for each in TABLES[name].column_names] for row in rows], ddl
    )


@pytest.fixture(scope="module")
def people(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """P has the charges A and B, Q and S have one each (C, D); S and Q are one person."""
    lake = Lake(spark, str(tmp_path_factory.mktemp("seal") / "lake"))
    lake.create((*RECORD_TABLES, *DECISION_TABLES, SALT))
    charge = {**WHERE_FROM, "cycle_id": "c", "kind": "conviction"}
    link = {
        **WHERE_FROM,
        "subject_id": "Q",
        "linked_subject_id": "S",
        "kind": "merge",
        "linked_from": date(2000, 1, 1),
    }
    delivery = {
        "delivery_id": WHERE_FROM["delivery_id"], "position": 1, "source": "s", "files": [], "control_totals": {}, "received_on": DAY,
        "outputs": [], "row_sha256": "s", **{f"rows_{each}_count": 0 for each in ("read", "accepted", "collapsed", "rejected")},
    }  # fmt: skip
    for name, rows in (
        ("delivery", [delivery]),
        (
            "charge",
            [
                {**charge, "charge_id": id, "subject_id": whose}
                for id, whose in zip("ABCD", "PPQS", strict=True)
            ],
        ),
        ("subject_link", [link]),
        ("subject", [{**WHERE_FROM, "subject_id": each} for each in "PQS"]),
        ("salt", [{"subject_id": each, "salt": each} for each in "PQS"]),
    ):
        lake.append(name, rows_of(lake, name, *rows), write_id=name, story={"job": "test"})
    return lake


def salts(lake: Lake) -> dict[tuple[str, str | None], str]:
    return {(row["subject_id"], row["charge_id"]): row["salt"] for row in lake.read("salt").collect()}


def test_a_person_is_gone_with_the_last_charge_under_any_id(people: Lake) -> None:
    assert people_gone(people, ["A", "C"], DAY) == []
    assert people_gone(people, ["C", "D"], DAY) == ["Q", "S"]
    assert people_gone(people, ["A", "B"], DAY) == ["P"]
    # Before the merge they were two people.
    assert people_gone(people, ["C"], date(1999, 1, 1)) == ["Q"]


def test_the_first_salt_of_a_person_stays(people: Lake) -> None:
    before = salts(people)
    new = {"subject": rows_of(people, "subject", *({**WHERE_FROM, "subject_id": each} for each in "PX"))}
    add_salts(people, new, b"1" * 32, {"job": "test"})
    first = salts(people)
    add_salts(people, new, b"2" * 32, {"job": "test"})
    assert salts(people) == first
    assert first.keys() - before.keys() == {("X", None)}
    assert all(first[each] == before[each] for each in before)


def test_an_old_version_has_the_settlements_of_its_positions_that_are_left(people: Lake) -> None:
    root = str(people.root)

    def settle(charge_id: str, value: str) -> TableVersion:
        files = LakeFiles(root)
        there = files.all_rows("settlement") if files.has("settlement") else []
        position = next_position(files, SETTLEMENT, there)
        row: dict[str, Any] = dict.fromkeys(SETTLEMENT.column_names) | {
            "settlement_id": f"{charge_id}{value}", "charge_id": charge_id, "subject_id": "P", "name": "cannabis_g", "value": value,
            "reference": "page 3", "settled_by": "A. Attorney", "settled_on": DAY, "run_id": "r", "position": position,
        }  # fmt: skip
        append(files, SETTLEMENT, [row], write_id=f"settlement/{position}", story={"job": "test"})
        return people.version("settlement")

    versions = [settle("A", "1"), settle("B", "2"), settle("A", "3"), settle("B", "4")]
    sealed = seal(people, ["B"], "PC 851.8", "A. Clerk", DAY)
    assert sealed.rows_by_table == {"charge": 1, "settlement": 2}
    expected = [["1"], ["1"], ["1", "3"], ["1", "3"]]
    assert [_values(people.read("settlement", at).collect()) for at in versions] == expected
    files = LakeFiles(root)
    assert [_values(dicts(files.rows("settlement", at.version))) for at in versions] == expected
    assert "B2" not in "".join(file.read_bytes().decode("latin-1") for file in Path(root).rglob("*.parquet"))
    # The position of one that is gone is not used again.
    settle("A", "5")
    assert max(row["position"] for row in people.read("settlement").collect()) == 5


def _values(rows: list[Row] | list[dict[str, Any]]) -> list[str]:
    return sorted(row["value"] for row in rows)


def test_a_charge_that_comes_to_a_person_with_a_sealed_one_gets_a_salt_of_its_own(people: Lake) -> None:
    assert {charge for whose, charge in salts(people) if whose == "P"} == {"", "A"}
    decisions = [
        {
            "run_id": "r",
            "pack": "p",
            "charge_id": id,
            "subject_id": whose,
            "outcome": "eligible",
            "remedy": "seal",
            "trace": "T",
        }
        for id, whose in (("A", "P"), ("E", "P"), ("C", "Q"))
    ]
    add_salts_of_charges(
        people, {"decision": rows_of(people, "decision", *decisions)}, b"1" * 32, {"job": "test"}
    )
    assert {charge for whose, charge in salts(people) if whose == "P"} == {"", "A", "E"}
    assert {charge for whose, charge in salts(people) if whose == "Q"} == {None}
