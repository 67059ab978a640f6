"""The views over decisions, on rows made for the purpose: what stands, what each letter and bit is called."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot.expressions import DataType

from clear_record.audit.views import Engine, delta_sources, script
from clear_record.tables import CRITERION, DECISION, RUN, Table

AS_OF = date(2025, 6, 1)
PACK = "us_zz/law"


def applied(
    fingerprint: str = "f", counties: Sequence[str] = (), takes_unreadable: bool = True
) -> dict[str, Any]:
    return {
        "pack": PACK, "fingerprint": fingerprint, "status": "draft", "layer": "statute",
        "counties": list(counties), "takes_unreadable": takes_unreadable,
    }  # fmt: skip


def run(position: int, *packs: dict[str, Any], builds_on: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "run_id": f"run{position}",
        "position": position,
        "kind": "incremental" if builds_on else "full",
        "builds_on": list(builds_on),
        "as_of": AS_OF,
        "packs": list(packs),
    }


def decided(position: int, charge: str, county: str | None = "OAK", **columns: Any) -> dict[str, Any]:
    return {
        "run_id": f"run{position}", "pack": PACK, "charge_id": charge, "subject_id": f"person of {charge}",
        "county": county, "outcome": "eligible", "remedy": "seal", "trace": "T", **columns,
    }  # fmt: skip


def says(part: str, position: int, id: str, fingerprint: str = "f") -> dict[str, Any]:
    return {"pack": PACK, "fingerprint": fingerprint, "part": part, "position": position, "id": id}


def lake(
    runs: list[dict[str, Any]], decisions: list[dict[str, Any]], sentences: Sequence[dict[str, Any]] = ()
) -> duckdb.DuckDBPyConnection:
    """The views over these rows."""
    connection = duckdb.connect()
    rows = ((RUN, runs), (DECISION, decisions), (CRITERION, sentences))
    for table, given in rows:
        _fill(connection, table, given)
    for statement in script(Engine.DUCKDB, {table.name: f"rows_of_{table.name}" for table, _ in rows}):
        connection.execute(statement)
    return connection


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    types = [
        sqlglot.parse_one(each.type, into=DataType, read="spark").sql("duckdb") for each in table.columns
    ]
    columns = ", ".join(f"{name} {type}" for name, type in zip(table.column_names, types, strict=True))
    connection.execute(f"CREATE TABLE rows_of_{table.name} ({columns})")
    values = ", ".join("?" for _ in types)
    for row in rows:
        cells = [row.get(name) for name in table.column_names]
        connection.execute(f"INSERT INTO rows_of_{table.name} VALUES ({values})", cells)


def current(runs: list[dict[str, Any]], decisions: list[dict[str, Any]]) -> set[tuple[str, str]]:
    found = lake(runs, decisions).sql("SELECT charge_id, run_id FROM current_decision").fetchall()
    assert len(found) == len(set(found))
    return {(charge, run_id) for charge, run_id in found}


def test_the_latest_run_of_the_chain_has_the_last_word() -> None:
    runs = [run(1, applied()), run(2, applied())]
    assert current(runs, [decided(1, "a"), decided(2, "a")]) == {("a", "run2")}


def test_a_decision_that_a_later_full_run_does_not_repeat_stands_no_longer() -> None:
    runs = [run(1, applied()), run(2, applied())]
    assert current(runs, [decided(1, "a"), decided(1, "b"), decided(2, "b")]) == {("b", "run2")}


@pytest.mark.parametrize(
    ("county", "counties", "takes_unreadable", "stands"),
    [
        ("OAK", ["ELM"], True, True),
        ("OAK", ["ELM", "OAK"], False, False),
        ("OAK", [], False, False),
        (None, ["OAK"], False, True),
        (None, ["OAK"], True, False),
    ],
)
def test_a_full_run_speaks_for_its_own_counties_only(
    county: str | None, counties: list[str], takes_unreadable: bool, stands: bool
) -> None:
    runs = [run(1, applied()), run(2, applied(counties=counties, takes_unreadable=takes_unreadable))]
    assert current(runs, [decided(1, "a", county)]) == ({("a", "run1")} if stands else set())


def test_of_a_charge_whose_county_was_corrected_the_later_decision_stands() -> None:
    runs = [run(1, applied(counties=["OAK"])), run(2, applied(counties=["ELM"]))]
    assert current(runs, [decided(1, "a", "OAK"), decided(2, "a", "ELM")]) == {("a", "run2")}


def nights() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A full run and two that build on it: b is decided anew twice, c is out of scope, then in it again, d only out of scope."""
    runs = [
        run(1, applied()),
        run(2, applied(), builds_on=["run1"]),
        run(3, applied(), builds_on=["run2", "run1"]),
    ]
    gone = {"outcome": "out_of_scope", "remedy": "none", "trace": ""}
    decisions = [*[decided(1, charge) for charge in "abcd"], decided(2, "b"), decided(3, "b", remedy="none"),
                 decided(2, "c", **gone), decided(2, "d", **gone), decided(3, "c")]  # fmt: skip
    return runs, decisions


def test_in_an_incremental_run_stands_what_it_wrote_and_else_what_it_builds_on() -> None:
    found = lake(*nights()).sql("SELECT run_id, charge_id, decided_in FROM decision_of_run").fetchall()
    assert sorted(found) == [
        *[("run1", charge, "run1") for charge in "abcd"],
        *[("run2", "a", "run1"), ("run2", "b", "run2")],
        *[("run3", "a", "run1"), ("run3", "b", "run3"), ("run3", "c", "run3")],
    ]


def test_the_last_incremental_run_has_the_last_word_for_all_charges() -> None:
    assert current(*nights()) == {("a", "run3"), ("b", "run3"), ("c", "run3")}


def test_a_run_for_another_pack_leaves_what_stands() -> None:
    runs = [run(1, applied()), run(2, {**applied(), "pack": "us_zz/other"})]
    assert current(runs, [decided(1, "a")]) == {("a", "run1")}


def test_a_decision_of_no_committed_run_is_not_seen() -> None:
    connection = lake([run(1, applied())], [decided(1, "a"), decided(2, "a"), decided(2, "b")])
    assert connection.sql("SELECT run_id, charge_id FROM decision").fetchall() == [("run1", "a")]


def test_each_letter_and_each_bit_has_its_name() -> None:
    sentences = [says("criterion", position, f"c{position}") for position in range(6)]
    sentences += [says("fact", bit, f"fact.{bit}") for bit in (0, 1, 40, 62)]
    connection = lake(
        [run(1, applied())], [decided(1, "a", trace="TFUtf-", missing=1 + (1 << 40) + (1 << 62))], sentences
    )
    columns = "part, position, id, letter, word"
    found = connection.sql(f"SELECT {columns} FROM decision_in_english ORDER BY part, position").fetchall()
    assert found == [
        ("criterion", 0, "c0", "T", "true"),
        ("criterion", 1, "c1", "F", "false"),
        ("criterion", 2, "c2", "U", "unknown"),
        ("criterion", 3, "c3", "t", "unknown, taken as true"),
        ("criterion", 4, "c4", "f", "unknown, taken as false"),
        ("criterion", 5, "c5", "-", "does not apply"),
        ("fact", 0, "fact.0", None, "missing"),
        ("fact", 40, "fact.40", None, "missing"),
        ("fact", 62, "fact.62", None, "missing"),
    ]


def test_sentences_that_were_kept_twice_are_told_once() -> None:
    sentences = [says("criterion", 0, "c"), says("criterion", 0, "c"), says("fact", 0, "fact.x")]
    connection = lake([run(1, applied())], [decided(1, "a")], sentences)
    assert connection.sql("SELECT id FROM decision_in_english").fetchall() == [("c",)]


def test_a_decision_is_told_by_the_text_of_its_county_office() -> None:
    offices = [applied("of_elm", ["ELM"]), applied("of_oak", ["OAK"])]
    sentences = [says("criterion", 0, fingerprint, fingerprint) for fingerprint in ("of_elm", "of_oak")]
    decisions = [decided(1, "a", "OAK"), decided(1, "b", "ELM"), decided(1, "c", None)]
    connection = lake([run(1, *offices)], decisions, sentences)
    told = connection.sql("SELECT charge_id, id FROM decision_in_english ORDER BY charge_id").fetchall()
    assert told == [("a", "of_oak"), ("b", "of_elm"), ("c", "of_elm")]


def test_each_witness_has_a_row() -> None:
    connection = lake([run(1, applied())], [decided(1, "a", witnesses=["x", "y"]), decided(1, "b")])
    found = connection.sql(
        "SELECT charge_id, witness_id FROM decision_witness ORDER BY witness_id"
    ).fetchall()
    assert found == [("a", "x"), ("a", "y")]


def test_the_root_of_a_lake_is_quoted_in_the_words_of_each_engine() -> None:
    assert delta_sources(Engine.DUCKDB_DELTA, "/o'clock/")["run"] == "delta_scan('/o''clock/run')"
    assert delta_sources(Engine.SPARK, "s3a://a`b")["run"] == "delta.`s3a://a``b/run`"
