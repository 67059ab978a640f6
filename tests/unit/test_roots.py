"""Content roots: a plain Python reading of the algorithm against DuckDB's, and what must change a root."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clear_record.audit.roots_in_duckdb import root_of
from clear_record.audit.rows_in_duckdb import relation
from clear_record.errors import NotReproducible
from clear_record.roots import ContentRoot, commit_sha256, content_root, row_salt
from clear_record.tables import BOOLEAN, DATE, INT, STRING, Column, Table

TABLE = Table(
    "invented",
    "Rows of each type that a contract has.",
    (
        Column("name", STRING, "text"),
        Column("items", "array<string>", "texts"),
        Column("day", DATE, "day"),
        Column("number", INT, "number"),
        Column("is_so", BOOLEAN, "truth"),
    ),
    key=("name",),
)
TYPES = {"name": "VARCHAR", "items": "VARCHAR[]", "day": "DATE", "number": "INTEGER", "is_so": "BOOLEAN"}
Row = dict[str, Any]

# JSON, by which the rows get into DuckDB, has no lone surrogates; NUL does not stand in a text of DuckDB's JSON.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
rows = st.fixed_dictionaries(
    {
        "name": st.none() | texts,
        "items": st.none() | st.lists(st.none() | texts, max_size=3),
        "day": st.none() | st.dates(date(1, 1, 1)),
        "number": st.none() | st.integers(-(2**31), 2**31 - 1),
        "is_so": st.none() | st.booleans(),
    }
)


def counted(text: str | None) -> str:
    return "-" if text is None else f"{len(text)}:{text}"


def text_of(row: Row) -> str:
    items = row["items"]
    parts = [
        counted(row["name"]),
        "-" if items is None else f"{len(items)}[{''.join(map(counted, items))}]",
        counted(row["day"] and row["day"].isoformat()),
        counted(None if row["number"] is None else str(row["number"])),
        counted(None if row["is_so"] is None else str(row["is_so"]).lower()),
    ]
    return "".join(parts)


def by_reading(given_rows: list[Row]) -> ContentRoot:
    hashes = sorted(hashlib.sha256(text_of(row).encode()).hexdigest() for row in given_rows)
    leaves = {
        leaf: hashlib.sha256("".join(each for each in hashes if each[:3] == leaf).encode()).hexdigest()
        for leaf in {each[:3] for each in hashes}
    }
    return content_root(TABLE, leaves, len(given_rows))


def by_duckdb(given_rows: list[Row]) -> ContentRoot:
    return root_of(relation(duckdb.connect(), given_rows, TYPES), TABLE)


@settings(deadline=None)  # DuckDB starts with the first
@given(st.lists(rows, max_size=20))
def test_duckdb_finds_the_root_that_the_algorithm_says(given_rows: list[Row]) -> None:
    assert by_duckdb(given_rows) == by_reading(given_rows)


@given(st.lists(rows, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_every_row_does(given_rows: list[Row], chance: Any) -> None:
    root = by_reading(given_rows)
    shuffled = list(given_rows)
    chance.shuffle(shuffled)
    assert by_reading(shuffled) == root
    assert by_reading(given_rows[1:]).root != root.root
    assert by_reading([*given_rows, given_rows[0]]).root != root.root


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": None}, {"name": ""}),
        ({"name": "a", "items": ["b"]}, {"name": "ab", "items": []}),
        ({"items": ["ab"]}, {"items": ["a", "b"]}),
        ({"items": None}, {"items": []}),
        ({"items": [None]}, {"items": ["-"]}),
        ({"number": 1, "is_so": None}, {"number": None, "is_so": True}),
    ],
)
def test_rows_that_look_alike_have_other_texts(one: Row, other: Row) -> None:
    blank = dict.fromkeys(TYPES)
    assert by_duckdb([{**blank, **one}]).root != by_duckdb([{**blank, **other}]).root


def test_a_bucket_tells_where_a_table_differs() -> None:
    blank = dict.fromkeys(TYPES)
    given_rows = [{**blank, "number": number} for number in range(2000)]
    before = by_duckdb(given_rows)
    after = by_duckdb([*given_rows[:-1], {**blank, "number": -1}])
    differing = {name for name in before.buckets if before.buckets[name] != after.buckets[name]}
    assert len(before.buckets) == 256
    assert differing == {
        hashlib.sha256(text_of({**blank, "number": number}).encode()).hexdigest()[:2] for number in (1999, -1)
    }


def test_the_hash_of_a_row_that_commits_is_over_days_and_nested_rows_in_any_order_of_keys() -> None:
    table = Table("commits", "", (Column("day", DATE, ""), Column("nested", STRING, "")), key=("day",))
    row = {"day": date(2025, 1, 2), "nested": [{"b": 1, "a": None}], "row_sha256": "its own"}
    same = {"nested": [{"a": None, "b": 1}], "day": date(2025, 1, 2)}
    expected = hashlib.sha256(b'{"day": "2025-01-02", "nested": [{"a": null, "b": 1}]}').hexdigest()
    assert commit_sha256(table, row) == commit_sha256(table, same) == expected


# ---- rows about people

PEOPLE = Table(
    "invented",
    "Rows about people, some of them of a charge.",
    (
        Column("subject_id", STRING, "person"),
        Column("charge_id", STRING, "charge"),
        Column("says", STRING, "text"),
    ),
    key=("charge_id",),
)
SALT_TYPES = dict.fromkeys(("subject_id", "charge_id", "salt"), "VARCHAR")
OWN: list[Row] = [{"subject_id": each, "charge_id": None, "salt": f"salt of {each}"} for each in ("p", "q")]
OF_PEOPLE: list[Row] = [
    {"subject_id": "p", "charge_id": "c1", "says": "guilty"},
    {"subject_id": "p", "charge_id": "c2", "says": "guilty"},
    {"subject_id": "p", "charge_id": None, "says": "born"},
    {"subject_id": "q", "charge_id": "c3", "says": "guilty"},
    {"subject_id": None, "charge_id": None, "says": "nobody's"},
]


def salted_hash(row: Row) -> str:
    digest = hashlib.sha256("".join(counted(row[name]) for name in PEOPLE.column_names).encode()).hexdigest()
    if row["subject_id"] is None:
        return digest
    of_rows = hashlib.sha256(f"salt of {row['subject_id']}{row['charge_id'] or ''}".encode()).hexdigest()
    return hashlib.sha256((of_rows + digest).encode()).hexdigest()


def people_root(given_rows: list[Row], salts: list[Row], sealed: Sequence[Row] = ()) -> ContentRoot:
    connection = duckdb.connect()
    types = dict.fromkeys(PEOPLE.column_names, "VARCHAR")
    hashes = [{"row_hash": salted_hash(row)} for row in sealed]
    return root_of(
        relation(connection, given_rows, types),
        PEOPLE,
        relation(connection, salts, SALT_TYPES),
        relation(connection, hashes, {"row_hash": "VARCHAR"}) if sealed else None,
    )


def test_the_hash_of_a_row_about_a_person_carries_the_salt_of_the_person_and_the_charge() -> None:
    hashes = sorted(map(salted_hash, OF_PEOPLE))
    leaves = {each[:3]: hashlib.sha256(each.encode()).hexdigest() for each in hashes}
    assert people_root(OF_PEOPLE, OWN) == content_root(PEOPLE, leaves, len(OF_PEOPLE))


def test_salts_of_rows_in_place_of_the_persons_own_give_the_same_root() -> None:
    of_rows = [
        {"subject_id": "p", "charge_id": each, "salt": row_salt("salt of p", each)}
        for each in ("", "c1", "c2")
    ]
    assert people_root(OF_PEOPLE, [*of_rows, OWN[1]]) == people_root(OF_PEOPLE, OWN)


def test_the_hash_of_a_sealed_row_stands_for_it_in_the_root() -> None:
    of_rows = [
        {"subject_id": "p", "charge_id": each, "salt": row_salt("salt of p", each)} for each in ("", "c2")
    ]
    left = [row for row in OF_PEOPLE if row["charge_id"] not in ("c1", "c3")]
    sealed = [row for row in OF_PEOPLE if row not in left]
    assert people_root(left, of_rows, sealed) == people_root(OF_PEOPLE, OWN)


def test_a_root_of_people_without_salts_cannot_be_found() -> None:
    with pytest.raises(NotReproducible, match="people whose salt is gone"):
        people_root(OF_PEOPLE, OWN[:1])
