"""What is gathered: the facts that packs ask for, of charges and of persons, and what it means where no row tells of one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from clear_record.decide.assignment import Assignment
from clear_record.decide.compiler import decisions
from clear_record.decide.gather import gather, gather_from
from clear_record.decide.links import Links
from clear_record.lake import Lake
from clear_record.law.pack_reader import load_pack
from clear_record.law.person import COLUMNS, MOST_CHARGES
from clear_record.law.vocabulary import FACTS, VOCABULARY
from clear_record.records import Records
from clear_record.tables import TABLES
from tests.lakes import write_rows
from tests.nights import Nights
from tests.strategies import CALIFORNIA

AT_ANY_TIME = (date.min, None)
ABSENT = (None, None)
PACKS = Path(__file__).parent.parent / "packs"

pytestmark = pytest.mark.spark


def table(spark: SparkSession, name: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    contract = TABLES[name]
    types = ", ".join(f"{column.name} {column.type}" for column in contract.columns)
    return spark.createDataFrame(
        [tuple(row.get(column) for column in contract.column_names) for row in rows], types
    )


def gathered(
    spark: SparkSession,
    facts: Sequence[tuple[str, str | None, str, str | None]],
    names: Sequence[str],
    covered: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, dict[str, Any]]:
    """The rows of two people, by charge: A has charges A1 and A2, B has B1. A fact is (person, charge, name, value)."""
    charges = [("A", "A1", "CA"), ("A", "A2", "NV"), ("B", "B1", "CA")]
    rows = [dict(zip(("subject_id", "charge_id", "name", "value"), each, strict=True)) for each in facts]
    tables = {
        "charge": table(
            spark,
            "charge",
            [dict(zip(("subject_id", "charge_id", "state"), each, strict=True)) for each in charges],
        ),
        "subject": table(spark, "subject", [{"subject_id": "A"}, {"subject_id": "B"}]),
        **{name: table(spark, name, []) for name in ("registration", "reject")},
        **({"fact": table(spark, "fact", rows)} if rows else {}),
    }
    entries = [VOCABULARY[name] for name in names]
    return {row["charge_id"]: row.asDict() for row in gather(tables, entries, covered or {}).collect()}


def ways_down(plan: Any) -> Iterator[tuple[str, ...]]:
    """The names of the nodes of a physical plan, from its top down to each scan."""
    if plan.nodeName().startswith("AdaptiveSparkPlan"):
        yield from ways_down(plan.initialPlan())
        return
    name, children = str(plan.nodeName()), plan.children()
    if not children.size():
        yield (name,)
    for at in range(children.size()):
        yield from ((name, *way) for way in ways_down(children.apply(at)))


@pytest.mark.parametrize("is_grown", [False, True])
def test_of_three_packs_each_row_is_exchanged_once_and_sorted_once_and_no_python(
    spark: SparkSession, tmp_path: Path, is_grown: bool
) -> None:
    """In a lake that was delivered once, and in one with rows that were withdrawn, links and settled facts, of which Spark does not
    believe that they are few."""
    packs = [
        load_pack(PACKS / name)
        for name in ("us_zz/second_chance", "us_zz/lifetime_cap", "us_zz/older_offenses")
    ]
    facts = [fact for fact in FACTS if any(fact in {name.entry for name in pack.names} for pack in packs)]
    assert {fact.is_of_person for fact in facts} == {True, False}
    nights = Nights(tmp_path / "lake", [CALIFORNIA], 60, seed=1, first_day=date(2024, 3, 1), facts=facts)
    for _ in range(4 if is_grown else 1):
        nights.pass_night(1)
    records = Records(Lake(spark, str(tmp_path / "lake")))
    links = Links.of(records, nights.day)
    tables = {
        name: records.read(name).count() for name in ("fact", "withdrawal", "subject_link", "settlement")
    }
    assert [count > 0 for count in tables.values()] == [True, is_grown, is_grown, is_grown]
    threshold = spark.conf.get("spark.sql.autoBroadcastJoinThreshold")
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    try:
        gathered = gather_from(records, packs, links)
        decided = decisions(gathered, [Assignment(pack) for pack in packs], nights.day, with_rechecks=True)
        ways = [Counter(way) for way in ways_down(decided._jdf.queryExecution().executedPlan())]
    finally:
        spark.conf.set("spark.sql.autoBroadcastJoinThreshold", str(threshold))
    # Settled facts are few, and put together first.
    of_records = [
        way
        for way in ways
        if not any(("Broadcast" in name and "Exchange" in name) or "Aggregate" in name for name in way)
    ]
    assert {way["Exchange"] for way in of_records} == {1}
    # A second sort is of what was withdrawn, and of the rows that may have been.
    assert {way["Sort"] for way in of_records} == ({1, 2} if is_grown else {1})
    nodes = {name for way in ways for name in way}
    assert [name for name in nodes if "Python" in name or "Arrow" in name or "Pandas" in name] == []


def said(row: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    return tuple(row[column] for column in VOCABULARY[name].columns)


def test_a_fact_of_a_person_stands_on_each_charge_and_one_of_a_charge_on_that(spark: SparkSession) -> None:
    names = [
        "subject.is_registrant",
        "subject.granted_felony_set_asides",
        "fact.sentenced_on",
        "fact.substance",
    ]
    rows = gathered(
        spark,
        [
            ("A", None, "is_registrant", "true"),
            ("A", None, "granted_felony_set_asides", "2"),
            ("A", "A2", "sentenced_on", "2015-05-01"),
            ("B", "B1", "sentenced_on", "2015-05-01..2015-06-01"),
            ("B", "B1", "substance", "marijuana"),
            ("B", "B1", "plants", "9"),
        ],
        names,
    )
    assert [said(rows[id], names[0]) for id in ("A1", "A2", "B1")] == [
        (True, False),
        (True, False),
        (None, None),
    ]
    assert [said(rows[id], names[1]) for id in ("A1", "A2", "B1")] == [
        (2.0, False),
        (2.0, False),
        (None, None),
    ]
    assert [said(rows[id], names[2]) for id in ("A1", "A2", "B1")] == [
        (None, None),
        (date(2015, 5, 1), date(2015, 5, 1)),
        (date(2015, 5, 1), date(2015, 6, 1)),
    ]
    assert [said(rows[id], names[3]) for id in ("A1", "B1")] == [(None,), ("marijuana",)]


def test_an_event_is_absent_where_its_source_was_loaded_and_unknown_elsewhere(spark: SparkSession) -> None:
    name = "fact.released_on"
    rows = gathered(spark, [("B", "B1", "released_on", "2010-01-01")], [name], {"fact:released_on": ["CA"]})
    assert {id: said(row, name) for id, row in rows.items()} == {
        "A1": ABSENT,
        "A2": AT_ANY_TIME,
        "B1": (date(2010, 1, 1), date(2010, 1, 1)),
    }


def test_an_event_that_is_recorded_as_unknown_or_twice_may_have_been_at_any_time(spark: SparkSession) -> None:
    name = "fact.discharged_on"
    recorded = [
        ("A", "A1", "discharged_on", None),
        ("A", "A2", "discharged_on", "..2012-01-31"),
        ("B", "B1", "discharged_on", "2010-01-01"),
        ("B", "B1", "discharged_on", "2011-01-01"),
    ]
    rows = gathered(spark, recorded, [name], {"fact:discharged_on": ["CA", "NV"]})
    assert {id: said(row, name) for id, row in rows.items()} == {
        "A1": AT_ANY_TIME,
        "A2": (None, date(2012, 1, 31)),
        "B1": AT_ANY_TIME,
    }


def test_that_nothing_is_pending_says_only_a_loaded_source_of_pending_charges(spark: SparkSession) -> None:
    name = "subject.has_pending_charge"
    for recorded in ([], [("B", None, "has_pending_charge", "true")]):
        rows = gathered(spark, recorded, [name], {"pending_charge": ["CA"]})
        assert (said(rows["A1"], name), said(rows["A2"], name)) == ((None, True), (None, None))
        assert said(rows["B1"], name) == ((True, False) if recorded else (None, True))
        assert (rows["A1"]["covered"], rows["A2"]["covered"]) == (["pending_charge"], [])


def test_every_fact_has_its_columns_and_no_other_is_gathered(spark: SparkSession) -> None:
    recorded = [("A", "A1", "conduct", "sale"), ("A", None, "is_registrant", "false")]
    every = gathered(spark, recorded, [fact.name for fact in FACTS])
    assert set(COLUMNS) <= set(every["A1"])
    asked = gathered(spark, recorded, ["fact.conduct"])
    assert {column for column in asked["A1"] if column.startswith("fact_")} == {"fact_conduct"}
    assert {column for column in gathered(spark, recorded, [])["A1"] if column.startswith("fact_")} == set()


def test_a_person_with_more_charges_than_one_can_have_is_held_and_another_is_not(spark: SparkSession) -> None:
    people = {"many": MOST_CHARGES + 1, "few": MOST_CHARGES}
    charges = [
        {"subject_id": person, "charge_id": f"{person}-{number}"}
        for person, count in people.items()
        for number in range(count)
    ]
    tables = {
        "charge": table(spark, "charge", charges),
        # Rows of other tables are not counted.
        "subject": table(spark, "subject", [{"subject_id": person} for person in people]),
        **{name: table(spark, name, []) for name in ("registration", "reject")},
    }
    found = gather(tables, [], {}).groupBy("subject_id", "is_held", "is_crowded").count().collect()
    assert {tuple(row) for row in found} == {
        ("many", True, True, people["many"]),
        ("few", False, False, people["few"]),
    }


def test_what_is_withdrawn_is_of_the_id_that_it_was_told_of(spark: SparkSession, tmp_path: Path) -> None:
    """A and B are one person since; a birth day of B and a hold of A are withdrawn, and those of the other stand."""
    told = {"delivery_id": "d1"}
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = {
        "charge": [{"subject_id": id, "charge_id": f"{id}1", "state": "CA", **told} for id in "AB"],
        "subject": [
            {"subject_id": id, "birth_earliest": day, "birth_latest": day, **told}
            for id, day in (("A", "1970-05-01"), ("B", "1980-05-01"))
        ],
        "reject": [{"subject_id": id, "code": "Q010", **told} for id in "AB"],
        "subject_link": [{"subject_id": "A", "linked_subject_id": "B", "kind": "merge", "linked_from": "2020-01-01", **told}],
        "withdrawal": [
            {"table_name": name, "subject_id": id, "record_id": id, "withdrawn_delivery_id": "d1", "delivery_id": "d2"}
            for name, id in (("subject", "B"), ("reject", "A"))
        ],
        "delivery": [{"delivery_id": id, "row_sha256": id} for id in ("d1", "d2")],
        **{name: [] for name in ("registration", "fact", "coverage", "settlement")},
    }  # fmt: skip
    for name, rows in tables.items():
        write_rows(tmp_path / "lake", name, rows)
    pack = load_pack(PACKS / "us_zz/second_chance")

    def gathered_now() -> list[Row]:
        records = Records(Lake(spark, str(tmp_path / "lake")))
        return gather_from(records, [pack], Links.of(records, date(2024, 1, 1))).collect()

    born = date(1970, 5, 1)
    assert {
        (row["charge_id"], row["subject_id"], row["birth_earliest"], row["birth_latest"], row["is_held"])
        for row in gathered_now()
    } == {(charge_id, "A", born, born, True) for charge_id in ("A1", "B1")}
    # Nothing is left of the hold once B's goes, too.
    last = {
        "table_name": "reject",
        "subject_id": "B",
        "record_id": "B",
        "withdrawn_delivery_id": "d1",
        "delivery_id": "d2",
    }
    write_rows(tmp_path / "lake", "withdrawal", [last])
    assert [row["is_held"] for row in gathered_now()] == [False, False]
