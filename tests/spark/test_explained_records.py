"""explain sees of each person what decide gathers: the same rows, column by column, at the same versions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.records import RunRecords
from clear_record.decide.gather import gather_from
from clear_record.decide.links import Links
from clear_record.lake import Lake, TableVersion
from clear_record.law.pack import Pack
from clear_record.law.vocabulary import FACTS, Entry, Type
from clear_record.records import Records
from clear_record.tables import SUBJECT_LINK
from clear_record.withdrawals import RECORDS_OF
from tests.lakes import write_rows
from tests.small_laws import small_law

pytestmark = pytest.mark.spark

AS_OF = date(2022, 6, 1)
PEOPLE = [f"{number:032x}" for number in range(40)]
STATES = ("CA", "ZZ", "NV", None)
VALUES: Mapping[Type, Sequence[str | None]] = {
    Type.BOOLEAN: ("true", "false", None),
    Type.NUMBER: ("0", "3", "28.5", None),
    Type.CODE: ("sale", "", "1203.4", None),
    Type.DATE: ("2016-11-09", "2001-01-01..2001-12-31", "..2012-01-31", "2012-01-31..", None),
}
Rows = dict[str, list[dict[str, Any]]]
POSITIONS = count(1)


def records(random: Random) -> Rows:
    """Records of people, made to hold all that can be told of a person twice, not at all, or against itself."""
    choose = random.choice

    def came() -> dict[str, Any]:
        # What came with a delivery that was not committed does not count.
        return {
            "delivery_id": choose(("one", "one", "two", "half way")),
            "file": 1,
            "line": random.randrange(9),
        }

    def ends(name: str) -> dict[str, date | None]:
        low = choose((None, date(1970, 1, 1) + timedelta(random.randrange(19000))))
        high = choose((None, low, low and low + timedelta(random.randrange(40))))
        return {f"{name}_earliest": low, f"{name}_latest": high}

    charges = [
        {"charge_id": f"{random.getrandbits(128):032x}", "subject_id": choose(PEOPLE), "case_id": choose(("x", None)),
         "cycle_id": choose("yz"), "kind": choose(("conviction", "arrest")), "state": choose(STATES), "county": choose(("ELM", None)),
         "offense_section": choose(("11357", None)), "offense_is_readable": choose((True, False, None)), "grade": choose("FM"),
         "sentence_parts_count": choose((2, None)), **ends("offense"), **ends("convicted"), **ends("sentence_ends"), **came()}
        for _ in range(100)
    ]  # fmt: skip
    found: Rows = {
        "charge": charges,
        "subject": [
            {"subject_id": id, **ends("birth"), **ends("deceased"), **came()} for id in choose_many(random, 60)
        ],
        "registration": [
            {"registration_id": f"r{id}", "subject_id": id, "kind": choose(("sex_offender", "narcotics", None)),
             **ends("registered_from"), **came()}
            for id in choose_many(random, 25)
        ],
        "reject": [{"subject_id": choose((id, None)), "code": "Q010", **came()} for id in choose_many(random, 8)],
        "fact": [
            _fact(choose, fact, choose(charges)) | {"fact_id": f"{random.getrandbits(64):x}"} | came()
            for fact in FACTS for _ in range(15)
        ],
        "settlement": [_settlement(choose, fact, choose(charges)) for fact in FACTS if not fact.is_of_person for _ in range(12)],
        "subject_link": [each | came() for each in _links(choose)],
        "coverage": [
            {"record_kind": choose((choose(FACTS).coverage, "charge", "registration")),
             "jurisdiction": choose(("CA", "ZZ", "NV", "ZZ/ELM")), "delivery_id": choose(("one", "two", "half way"))}
            for _ in range(40)
        ],
    }  # fmt: skip
    return {**found, "withdrawal": [each for _ in range(60) for each in _withdrawn(random, found)]}


def _withdrawn(random: Random, found: Rows) -> Iterable[dict[str, Any]]:
    """A record that was withdrawn, or was by a delivery that was not committed, or of which another delivery's rows count still."""
    name, (_, columns) = random.choice(list(RECORDS_OF.items()))
    if name not in found:
        return
    row = random.choice(found[name])
    yield {
        "delivery_id": random.choice(("two", "two", "half way")),
        "subject_id": row["subject_id"],
        "table_name": "charge" if name in ("disposition", "sentence") else name,
        "record_id": row[columns[0]],
        "withdrawn_delivery_id": random.choice((row["delivery_id"], row["delivery_id"], "one")),
        "kind": "gone",
    }


def choose_many(random: Random, count: int) -> list[str]:
    return [random.choice(PEOPLE) for _ in range(count)]


def _fact(choose: Callable[[Any], Any], fact: Entry, charge: Mapping[str, Any]) -> dict[str, Any]:
    of_charge = {"charge_id": choose((charge["charge_id"], None))} if fact.is_of_person else charge
    return {"name": fact.short_name, "value": choose(VALUES[fact.type]), "subject_id": charge["subject_id"],
            "charge_id": of_charge["charge_id"]}  # fmt: skip


def _settlement(choose: Callable[[Any], Any], fact: Entry, charge: Mapping[str, Any]) -> dict[str, Any]:
    """What a reviewer found: a value, or that there was none; of one fact of a charge something else each time."""
    return {"name": fact.short_name, "value": choose(VALUES[fact.type]), "subject_id": charge["subject_id"],
            "charge_id": charge["charge_id"], "position": next(POSITIONS)}  # fmt: skip


def _links(choose: Callable[[Any], Any]) -> Iterable[dict[str, Any]]:
    """Links, each of another key."""
    links = [_link(choose) for _ in range(60)]
    return {tuple(map(each.get, SUBJECT_LINK.key)): each for each in links}.values()


def _link(choose: Callable[[Any], Any]) -> dict[str, Any]:
    # A few pairs, so that of one pair several things are said, and that pairs meet.
    at = choose(range(16))
    one, other = choose(((at, at + 1), (at + 1, at)))
    return {
        "subject_id": PEOPLE[one],
        "linked_subject_id": PEOPLE[other],
        "kind": choose((*["merge"] * 7, "split", "conflict", "unknown")),
        "linked_from": choose((None, "2015-01-01", "2020-01-01", "2020-01-01", "2023-01-01")),
        "linked_until": choose((None, "2021-01-01", "2030-01-01")),
    }


@pytest.fixture(scope="module")
def pack() -> Pack:
    """A pack that asks for a fact of each kind: of charges and of people, with and without a meaning of its absence."""
    tests = (
        "fact.knew_minor", "fact.restitution_paid", "subject.is_registrant", "fact.cannabis_g < 1", "fact.buyer_age < 1",
        "subject.granted_felony_set_asides < 1", "fact.conduct = 'sale'", "fact.relief_granted = '1203.4'",
        "fact.sentenced_on < as_of", "fact.pardoned_on < as_of",
    )  # fmt: skip
    return small_law({f"asks_{at}": {"test": test} for at, test in enumerate(tests)})


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A lake whose tables have grown since, and the versions that a run read."""
    root = tmp_path_factory.mktemp("gathered")
    deliveries = {"delivery": [{"delivery_id": "one"}, {"delivery_id": "two"}]}
    read = []
    for name, rows in {**records(Random(3)), **deliveries}.items():
        table_id, version = write_rows(root, name, rows)
        read.append({"table_name": name, "table_id": table_id, "version": version})
    for name, rows in {**records(Random(4)), "delivery": [{"delivery_id": "half way"}]}.items():
        write_rows(root, name, rows)
    write_rows(root, "run", [{"run_id": "r", "position": 1, "as_of": AS_OF, "inputs": read}])
    return root, read


def test_each_person_is_what_decide_gathers(
    spark: SparkSession,
    pack: Pack,
    inputs: tuple[Path, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in ("decide.gather", "audit.records"):
        monkeypatch.setattr(f"clear_record.{module}.MOST_CHARGES", 4)
    root, read = inputs
    at = {
        each["table_name"]: TableVersion(each["table_name"], each["table_id"], each["version"])
        for each in read
    }
    in_spark = Records(Lake(spark, str(root)), at)
    gathered = gather_from(in_spark, [pack], Links.of(in_spark, AS_OF))
    # What the steps of gathering left behind is no column of a person.
    columns = [name for name in gathered.columns if not name.startswith("_")]
    expected = {row["charge_id"]: row.asDict() for row in gathered.select(*columns).collect()}

    files = LakeFiles(str(root))
    records = RunRecords(files, files.run("r"))
    found: dict[str, dict[str, Any]] = {}
    for id in PEOPLE:
        person = records.person(id, [pack])
        assert all(row["subject_id"] == person.linked.person_id for row in person.rows)
        for row in person.rows:
            # A person's rows are the same by each of the ids.
            assert found.setdefault(row["charge_id"], row) == row
    assert found == expected
    merged = {row["subject_id"] for row in expected.values()}
    assert len(expected) > 50
    for held in ("is_held", "is_crowded"):
        assert 0 < sum(row[held] for row in expected.values()) < len(expected)
    assert len(merged) < len({row["subject_id"] for row in records.rows("charge")})
