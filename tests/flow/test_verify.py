"""verify finds what was tampered with, and nothing where nothing was: each on a copy of one lake, without Spark but to decide again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest
from deltalake import DeltaTable

from clear_record.roots import commit_sha256
from clear_record.signing import make_signing_key, statement
from clear_record.tables import RUN
from tests.flow.commands import command
from tests.flow.conftest import DAYS, Statewide, decide

pytestmark = pytest.mark.spark

Tamper = Callable[[Path], None]


@pytest.fixture
def lake(statewide: Statewide, tmp_path: Path) -> Path:
    """A copy of the lake: an auditor's, or a forger's."""
    return Path(shutil.copytree(statewide.folder / "lake", tmp_path / "lake"))


def verify(lake: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    code, said = command("verify", "--lake", str(lake), "--json", *options)
    return code, json.loads(said)["findings"] if said.startswith("{") else [{"says": said}]


def files(lake: Path, table: str) -> list[Path]:
    return [Path(file) for file in DeltaTable(str(lake / table)).file_uris()]


def rows_of(file: Path) -> duckdb.DuckDBPyRelation:
    return duckdb.read_parquet(str(file), hive_partitioning=False)


def queried(rows: duckdb.DuckDBPyRelation, query: str) -> duckdb.DuckDBPyRelation:
    """What a query gives of `rows`."""
    found = rows.query("rows", query)
    assert found is not None
    return found


def rewrite(file: Path, query: str) -> None:
    """Put what `query` gives of a Parquet file's `rows` in their place, and take away the checksum that would tell."""
    changed = file.with_suffix(".changed")
    queried(rows_of(file), query).write_parquet(str(changed))
    changed.rename(file)
    file.with_name(f".{file.name}.crc").unlink(missing_ok=True)


def log_files(lake: Path, table: str) -> list[Path]:
    return sorted((lake / table / "_delta_log").glob("*.json"))


def cut_off(lake: Path, table: str) -> None:
    """Take away the newest version, with the checksum that would tell."""
    newest = log_files(lake, table)[-1]
    for file in newest.parent.glob(f"*{newest.stem}*"):
        file.unlink()


def drop_from_log(file: Path, drops: Callable[[dict[str, Any]], bool]) -> None:
    entries = [line for line in file.read_text().splitlines() if not drops(json.loads(line))]
    file.write_text("\n".join(entries) + "\n")
    for checksum in file.parent.glob(f"*{file.stem}*crc"):
        checksum.unlink()


def run_row(lake: Path, position: int) -> tuple[Path, dict[str, Any]]:
    for file in files(lake, "run"):
        rows = rows_of(file)
        row = dict(zip(rows.columns, rows.fetchall()[0], strict=True))
        if row["position"] == position:
            return file, row
    raise AssertionError(position)


def test_nothing_is_found_where_nothing_was_changed(statewide: Statewide) -> None:
    _, said = command("head", "--lake", str(statewide.folder / "lake"), "--json")
    head = json.loads(said)["row_sha256"]
    lake = statewide.folder / "lake"
    assert verify(lake, "--records", "--head", head) == (0, [])
    assert verify(lake, "--run", statewide.reports[0]["run_id"]) == (0, [])


def test_decided_again_every_decision_is_the_same(statewide: Statewide) -> None:
    assert verify(statewide.folder / "lake", "--recompute", "--run", "latest") == (0, [])


# ---- decisions


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(
            "SELECT * REPLACE (CASE WHEN charge_id || pack = (SELECT min(charge_id || pack) FROM rows) THEN 'eligible' ELSE outcome END AS outcome) "
            "FROM rows",
            id="changed",
        ),
        pytest.param(
            "SELECT * FROM rows WHERE charge_id || pack <> (SELECT min(charge_id || pack) FROM rows)",
            id="removed",
        ),
        pytest.param(
            "SELECT * FROM rows UNION ALL SELECT * REPLACE ('ffff' AS charge_id) FROM rows "
            "WHERE charge_id || pack = (SELECT min(charge_id || pack) FROM rows)",
            id="added",
        ),
        pytest.param(
            "SELECT * FROM rows UNION ALL SELECT * FROM rows WHERE charge_id || pack = (SELECT min(charge_id || pack) FROM rows)",
            id="repeated",
        ),
    ],
)
def test_a_row_of_decisions_is_found_with_its_bucket(lake: Path, query: str) -> None:
    file = next(
        each
        for each in files(lake, "decision")
        if queried(rows_of(each), "SELECT * FROM rows WHERE outcome <> 'eligible'").fetchall()
    )
    rewrite(file, query)
    code, findings = verify(lake)
    assert code == 1
    assert {(each["check"], each["table"]) for each in findings} <= {
        ("rows", "decision"),
        ("counts", "decision"),
    }
    (rows,) = [each for each in findings if each["check"] == "rows"]
    assert 1 <= len(rows["buckets"]) <= 2
    assert file.parent.name == f"run_id={rows['of']}"


def test_a_changed_decision_is_found_by_deciding_again(lake: Path) -> None:
    file = files(lake, "decision")[0]
    rewrite(
        file,
        "SELECT * REPLACE (CASE WHEN charge_id || pack = (SELECT min(charge_id || pack) FROM rows) THEN 'none at all' ELSE remedy END AS remedy) FROM rows",
    )
    code, findings = verify(lake, "--recompute", "--run", file.parent.name.removeprefix("run_id="))
    assert code == 1
    (decided,) = [each for each in findings if each["check"] == "decisions"]
    assert "1 decisions are otherwise when decided again (remedy)" in decided["says"]


def test_decisions_of_no_committed_run_are_found(lake: Path) -> None:
    forged = polars.read_parquet(files(lake, "decision")[0]).head(1).with_columns(run_id=polars.lit("00ff"))
    forged.write_delta(str(lake / "decision"), mode="append")
    code, findings = verify(lake)
    assert (code, [(each["check"], each["of"]) for each in findings]) == (1, [("uncommitted", "00ff")])


# ---- logs and files


def test_an_entry_dropped_from_the_log_is_found(lake: Path) -> None:
    commit = log_files(lake, "decision")[-1]
    added = next(line for line in commit.read_text().splitlines() if '"add"' in line)
    dropped = json.loads(added)["add"]["path"]
    drop_from_log(commit, lambda entry: entry.get("add", {}).get("path") == dropped)
    code, findings = verify(lake)
    assert code == 1
    assert ("rows", "decision") in {(each["check"], each["table"]) for each in findings}


def test_a_whole_commit_dropped_from_the_log_is_found(lake: Path) -> None:
    log_files(lake, "decision")[1].unlink()
    code, findings = verify(lake)
    assert code == 1
    assert {each["table"] for each in findings} == {"decision"}


@pytest.mark.parametrize("table", ["decision", "charge"])
def test_a_deleted_newest_version_is_found(lake: Path, table: str) -> None:
    cut_off(lake, table)
    code, findings = verify(lake)
    assert code == 1
    assert ("log", table) in {(each["check"], each["table"]) for each in findings}


def test_files_that_were_removed_are_found(lake: Path) -> None:
    files(lake, "registration")[0].unlink()
    code, findings = verify(lake)
    assert code == 1
    assert {(each["check"], each["table"]) for each in findings} == {("files", "registration")}


def test_a_table_made_anew_is_found(lake: Path) -> None:
    id = str(DeltaTable(str(lake / "subject_link")).metadata().id)
    for file in (lake / "subject_link" / "_delta_log").iterdir():
        if file.suffix == ".crc":
            file.unlink()
        elif file.suffix == ".json":
            file.write_text(file.read_text().replace(id, "00000000-0000-0000-0000-000000000000"))
    code, findings = verify(lake)
    assert code == 1
    assert {(each["check"], each["table"]) for each in findings} == {("files", "subject_link")}


def test_a_property_that_was_taken_away_is_found(lake: Path) -> None:
    DeltaTable(str(lake / "decision")).alter.set_table_properties({"delta.appendOnly": "false"})
    code, findings = verify(lake)
    assert (code, [(each["check"], each["table"]) for each in findings]) == (1, [("properties", "decision")])
    assert "delta.appendOnly" in findings[0]["says"]


# ---- the chain


def test_an_edited_run_is_found(lake: Path) -> None:
    file, _ = run_row(lake, 1)
    rewrite(file, "SELECT * REPLACE (DATE '2001-01-01' AS as_of) FROM rows")
    code, findings = verify(lake)
    assert code == 1
    assert {each["check"] for each in findings} == {"run_row", "signature"}


def test_an_edited_run_with_a_new_hash_breaks_the_chain(lake: Path) -> None:
    file, row = run_row(lake, 1)
    hash = commit_sha256(RUN, {**row, "options": "{}"})
    rewrite(file, f"SELECT * REPLACE ('{{}}' AS options, '{hash}' AS row_sha256) FROM rows")
    code, findings = verify(lake)
    assert code == 1
    assert {each["check"] for each in findings} == {"chain", "signature"}


def test_a_run_that_was_cut_off_is_found_by_the_head_that_was_noted(lake: Path) -> None:
    head = run_row(lake, 2)[1]["row_sha256"]
    cut_off(lake, "run")
    code, findings = verify(lake, "--head", head)
    assert code == 1
    # Its decisions tell, too: they are now of no run.
    assert {each["check"] for each in findings} == {"chain", "uncommitted"}


def test_a_run_taken_out_of_the_middle_is_found(lake: Path) -> None:
    file, _ = run_row(lake, 1)
    for commit in log_files(lake, "run"):
        drop_from_log(commit, lambda entry: entry.get("add", {}).get("path") == file.name)
    code, findings = verify(lake)
    assert code == 1
    assert "chain" in {each["check"] for each in findings}


# ---- signatures


def test_a_signature_holds_for_its_own_key_and_for_no_other(
    lake: Path, statewide: Statewide, tmp_path: Path
) -> None:
    first = statewide.reports[0]["run_id"]
    code, findings = verify(lake, "--public-key", str(statewide.public_key))
    # The second run is not signed: who names a key asks for signatures.
    assert (code, [each["of"] for each in findings]) == (1, [statewide.reports[1]["run_id"]])
    make_signing_key(tmp_path / "other")
    code, findings = verify(lake, "--public-key", str(tmp_path / "other.pub"))
    assert first in {each["of"] for each in findings if "another key" in each["says"]}


def test_another_keys_signature_in_place_of_the_runs_own_is_found(lake: Path, tmp_path: Path) -> None:
    other = make_signing_key(tmp_path / "other")
    envelope = other.sign(statement(run_row(lake, 1)[1])).replace("'", "''")
    rewrite(
        files(lake, "signature")[0],
        f"SELECT * REPLACE ('{other.public_key}' AS public_key, '{envelope}' AS envelope) FROM rows",
    )
    code, findings = verify(lake)
    assert (code, [each["check"] for each in findings]) == (1, ["signature"])


def test_a_signature_that_was_taken_away_is_found_and_can_be_made_again(
    lake: Path, statewide: Statewide
) -> None:
    cut_off(lake, "signature")
    code, findings = verify(lake)
    assert (code, [each["check"] for each in findings]) == (1, ["signature"])
    code, said = decide(str(lake), "--as-of", DAYS[0], "--sign-key", str(statewide.key))
    assert code == 0, said
    assert verify(lake) == (0, [])


def test_a_run_cannot_be_signed_later_by_a_key_that_it_does_not_name(
    lake: Path, statewide: Statewide
) -> None:
    code, said = decide(str(lake), "--as-of", DAYS[1], "--sign-key", str(statewide.key))
    assert code == 2
    assert "was committed without a key" in said


# ---- law and records


def test_another_text_of_a_pack_is_found(lake: Path) -> None:
    rewrite(
        files(lake, "pack")[0],
        "SELECT * REPLACE (map_from_entries(list_transform(map_entries(texts), lambda each: "
        "{'key': each.key, 'value': replace(each.value, 'years', 'months')})) AS texts) FROM rows",
    )
    code, findings = verify(lake)
    assert (code, {(each["check"], each["table"]) for each in findings}) == (1, {("pack", "pack")})


def test_another_sentence_of_a_criterion_is_found(lake: Path) -> None:
    rewrite(files(lake, "criterion")[0], "SELECT * REPLACE ('Anyone at all.' AS says) FROM rows")
    code, findings = verify(lake)
    assert (code, {(each["check"], each["table"]) for each in findings}) == (1, {("pack", "criterion")})


def test_an_edited_delivery_is_found(lake: Path) -> None:
    rewrite(files(lake, "delivery")[0], "SELECT * REPLACE (DATE '2001-01-01' AS received_on) FROM rows")
    code, findings = verify(lake)
    assert (code, {(each["check"], each["table"]) for each in findings}) == (
        1,
        {("delivery_row", "delivery")},
    )


def test_a_changed_record_is_found_where_records_are_read(lake: Path) -> None:
    rewrite(files(lake, "charge")[0], "SELECT * REPLACE ('M' AS grade) FROM rows")
    assert verify(lake) == (0, [])
    code, findings = verify(lake, "--records")
    assert (code, {(each["check"], each["table"]) for each in findings}) == (1, {("rows", "charge")})


# ---- what is no lake


def test_what_cannot_be_read_has_codes_of_its_own(lake: Path, tmp_path: Path) -> None:
    code, findings = verify(tmp_path / "nowhere")
    assert (code, "there is no lake in" in findings[0]["says"]) == (2, True)
    code, findings = verify(lake, "--run", "nothing")
    assert (code, "there is no run [nothing]" in findings[0]["says"]) == (2, True)
    log_files(lake, "run")[1].unlink()
    code, findings = verify(lake)
    assert code == 4
