"""What reviewers write without Spark, as Spark reads it: settled facts are input of the next run, and marks open the gate of publish."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.review.review import review
from clear_record.audit.review.sample import Plan, draw, keep
from clear_record.audit.review.settle import settle
from clear_record.audit.review.sheet import FILLED_IN, SHOWN, sheet_rows
from clear_record.audit.verify.contract import check_contracts
from clear_record.audit.verify.findings import Audited
from clear_record.decide.assignment import Assignment
from clear_record.decide.gather import gather
from clear_record.decide.run import Run, decide
from clear_record.errors import InputRefused, NeedsOverride
from clear_record.lake import Lake
from clear_record.law.vocabulary import VOCABULARY
from clear_record.publish.gate import check_gate
from clear_record.runs import Gate
from clear_record.spark import small_table
from clear_record.tables import RECORD_TABLES, SALT, TABLES
from tests.audit_lake import law

pytestmark = pytest.mark.spark

DAY = date(2026, 11, 20)
MARK = FILLED_IN[0]
WHERE_FROM = {"delivery_id": "d", "file": 1, "line": 1}


def rows_of(spark: SparkSession, name: str, *rows: Mapping[str, Any]) -> DataFrame:
    contract = TABLES[name]
    ddl = ", ".join(f"{column.name} {column.type}" for column in contract.columns)
    return small_table(spark, [[row.get(each) for each in contract.column_names] for row in rows], ddl)


@pytest.fixture
def records(lake: Lake) -> Lake:
    """Two charges of one person; of A no quantity is recorded, of B 40 g."""
    lake.create((*RECORD_TABLES, SALT))
    charge = {
        "subject_id": "P",
        "cycle_id": "c",
        "kind": "conviction",
        "state": "ZZ",
        "county": "ASH",
        "grade": "F",
    }
    fact = {
        "fact_id": "f",
        "subject_id": "P",
        "charge_id": "B",
        "name": "cannabis_g",
        "value": "40",
        "source": "s",
    }
    delivery: dict[str, Any] = {
        "delivery_id": "d", "position": 1, "source": "s", "files": [], "control_totals": {}, "received_on": date(2020, 1, 1), "outputs": [],
        "row_sha256": "s", **{f"rows_{each}_count": 0 for each in ("read", "accepted", "collapsed", "rejected")},
    }  # fmt: skip
    for name, rows in (
        ("charge", [{**charge, **WHERE_FROM, "charge_id": each, "is_understood": True} for each in "AB"]),
        ("subject", [{**WHERE_FROM, "subject_id": "P"}]),
        ("fact", [{**fact, **WHERE_FROM}]),
        ("salt", [{"subject_id": "P", "salt": "s"}]),
        ("delivery", [delivery]),
    ):
        lake.append(name, rows_of(lake.spark, name, *rows), write_id=name, story={"job": "test"})
    return lake


def decided(lake: Lake) -> tuple[Run, dict[str, tuple[str, str]]]:
    """A run, and outcome and remedy of its charges."""
    run = decide(lake, [Assignment(law())], date(2020, 7, 1))
    decisions = lake.read("decision").where(f"run_id = '{run.run_id}'").collect()
    return run, {row["charge_id"]: (row["outcome"], row["remedy"]) for row in decisions}


def settled(lake: Lake, value: str) -> None:
    path = Path(lake.root).with_name("settled.csv")
    path.write_text(f"charge_id,name,value,unit,reference\nA,fact.cannabis_g,{value},g,page 3\n")
    settle(LakeFiles(lake.root), path, "A. Attorney", DAY, run_id=first_run(lake))


def first_run(lake: Lake) -> str:
    return str(lake.read("run").where("position = 1").first()["run_id"])  # type: ignore[index]


def test_the_law_decides_by_a_settled_fact_in_the_next_run(records: Lake) -> None:
    first, before = decided(records)
    assert before == {"A": ("needs_review", "none"), "B": ("not_eligible", "no_change")}
    assert not decided(records)[0].is_new
    settled(records, "20")
    second, after = decided(records)
    assert second.run_id != first.run_id
    assert after == {"A": ("eligible", "seal"), "B": ("not_eligible", "no_change")}
    settled(records, "30")
    assert decided(records)[1]["A"] == ("not_eligible", "no_change")
    versions = [
        {each["table_name"]: each["version"] for each in row["inputs"]}["settlement"]
        for row in records.read("run").orderBy("position").collect()
    ]
    assert versions == [0, 1, 2]
    of_first = records.read("decision").where(f"run_id = '{first.run_id}' AND charge_id = 'A'").collect()
    assert [row["outcome"] for row in of_first] == ["needs_review"]
    audited = Audited()
    check_contracts(LakeFiles(records.root), audited)
    assert not audited.findings


def test_a_settlement_stands_in_place_of_what_is_recorded(spark: SparkSession) -> None:
    charge = {"subject_id": "P", "state": "ZZ"}

    def fact(charge_id: str | None, name: str, value: str | None, **more: Any) -> dict[str, Any]:
        return {"subject_id": "P", "charge_id": charge_id, "name": name, "value": value, **more}

    tables = {
        "charge": rows_of(spark, "charge", *[{**charge, "charge_id": each} for each in "ABC"]),
        "subject": rows_of(spark, "subject", {"subject_id": "P"}),
        **{name: rows_of(spark, name) for name in ("registration", "reject")},
        "fact": rows_of(
            spark,
            "fact",
            fact("A", "plants", "9"),
            fact("B", "plants", "9"),
            fact("B", "buyer_age", "17"),
            fact(None, "is_registrant", "true"),
        ),
        "settlement": rows_of(
            spark,
            "settlement",
            fact("A", "plants", "4", position=2),
            fact("A", "plants", "5", position=1),
            fact("B", "buyer_age", None, position=1),
            fact("C", "diversion_completed_on", None, position=1),
        ),
    }
    names = ("fact.plants", "fact.buyer_age", "fact.diversion_completed_on", "subject.is_registrant")
    found = {
        row["charge_id"]: row for row in gather(tables, [VOCABULARY[name] for name in names], {}).collect()
    }
    said = {
        charge_id: [tuple(row[column] for column in VOCABULARY[name].columns) for name in names]
        for charge_id, row in found.items()
    }
    at_any_time = (date.min, None)
    assert said == {
        "A": [(4.0,), (None, None), at_any_time, (True, False)],
        "B": [(9.0,), (None, True), at_any_time, (True, False)],
        "C": [(None,), (None, None), (None, None), (True, False)],
    }
    alone = {name: rows for name, rows in tables.items() if name != "fact"}
    (plants,) = [
        row["fact_plants"]
        for row in gather(alone, [VOCABULARY["fact.plants"]], {}).collect()
        if row["charge_id"] == "A"
    ]
    assert plants == 4.0


def test_the_gate_opens_when_a_sample_was_found_right(records: Lake, tmp_path: Path) -> None:
    run, _ = decided(records)
    gate = Gate(sample_error_at_most=0.4)
    with pytest.raises(NeedsOverride, match=r"and no sample was reviewed: clear-record sample .* --size 8 "):
        check_gate(records, "latest", gate)
    files = LakeFiles(records.root)
    drawn = draw(files, Plan(run.run_id, 1, size=8))
    keep(files, drawn)
    for mark in ("wrong", "right"):
        sheet = tmp_path / f"{mark}.csv"
        lines = [{**row, MARK: mark} for row in sheet_rows(files, drawn)]
        with sheet.open("w", newline="") as file:
            writer = csv.DictWriter(file, [*SHOWN, *FILLED_IN])
            writer.writeheader()
            writer.writerows(lines)
        review(files, sheet, "A. Attorney", DAY)
        if mark == "wrong":
            with pytest.raises(NeedsOverride, match=r"the reviewed sample allows 100.00%: mark what is open"):
                check_gate(records, run.run_id, gate)
    check_gate(records, run.run_id, gate)
    with pytest.raises(InputRefused, match=r"the gate names pack \[us_zz/smell\]"):
        check_gate(records, run.run_id, Gate(sample_error_at_most=0.4, packs=("us_zz/smell",)))
