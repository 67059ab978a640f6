"""A state's own tables through the whole flow, by the commands that people run: invented, ingested, decided by an invented state's law,
and published by name from the vault."""

import csv
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.audit.vault_reads import VaultFiles
from clear_record.keys import beside, kept_id_key
from clear_record.lake import Lake, newest_by_api
from clear_record.publish.county_lists import OUTCOMES
from clear_record.records import Records
from scripts.benches.floor import by_hand, differing
from scripts.benches.times import write_many_times
from tests.flow.commands import command
from tests.flow.conftest import CONF, DAYS, PACKS, Statewide, decide, reported
from tests.lakes import write_rows
from tests.leaks import events_logged, forms_of, leaks_in, said_in

pytestmark = pytest.mark.spark

READER = "A. Clerk"


def test_every_charge_in_scope_is_decided(statewide: Statewide) -> None:
    lake, report = statewide.lake, statewide.reports[0]
    decided = sum(each["charges_count"] for each in report["outcomes"])
    left_out = sum(each["charges_count"] for each in report["out_of_scope"])
    assert decided == lake.read("decision").where(F.col("run_id") == report["run_id"]).count()
    assert decided + left_out == len(PACKS) * Records(lake).rows("charge").count()
    assert "eligible" in {each["outcome"] for each in report["outcomes"]}


def test_charges_lie_by_person(statewide: Statewide) -> None:
    lies = "SELECT subject_id, filename FROM read_parquet(?, filename = true)"
    files = str(statewide.folder / "lake" / "charge" / "*.parquet")
    with duckdb.connect() as connection:
        rows = connection.execute(lies, [files]).fetchall()
    by_file: dict[str, list[str]] = {}
    for subject_id, file in rows:
        by_file.setdefault(file, []).append(subject_id)
    assert len(by_file) > 1
    assert all(each == sorted(each) for each in by_file.values())
    assert sum(len(set(each)) for each in by_file.values()) == len({id for id, _ in rows})


def test_the_law_by_hand_in_duckdb_has_the_same_outcomes(statewide: Statewide, tmp_path: Path) -> None:
    lake = LakeFiles(str(statewide.folder / "lake"))
    for run in lake.runs:
        out = tmp_path / f"{run['run_id']}.parquet"
        by_hand(lake, run["as_of"], out)
        assert differing(lake, run["run_id"], out) == 0
        outcomes = lake.duckdb.sql(f"SELECT DISTINCT outcome FROM read_parquet('{out}')").fetchall()
        assert {outcome for (outcome,) in outcomes} == {"eligible", "not_yet", "not_eligible", "needs_review"}


def test_the_same_records_twice_are_decided_twice(
    spark: SparkSession, statewide: Statewide, tmp_path: Path
) -> None:
    report, twice = statewide.reports[0], Lake(spark, str(tmp_path / "lake"))
    write_many_times(statewide.lake, twice, 2)
    code, said = decide(twice.root, "--as-of", DAYS[0])
    assert code == 0, said
    found = reported(said)
    for counts in ("outcomes", "out_of_scope"):
        doubled = [
            {name: 2 * value if name.endswith("_count") else value for name, value in each.items()}
            for each in report[counts]
        ]
        assert found[counts] == doubled


def test_who_is_held_or_incomplete_gets_nothing_from_a_program(statewide: Statewide) -> None:
    held = {row["subject_id"] for row in Records(statewide.lake).rows("reject").collect()}
    assert held
    decided = statewide.lake.read("decision").collect()
    assert {row["outcome"] for row in decided if row["subject_id"] in held} == {"needs_review"}


# Published by name


def publish(statewide: Statewide, out: Path, *options: str) -> tuple[int, str]:
    run_id = statewide.reports[0]["run_id"]
    return command(
        "publish", "--run", run_id, "--lake", str(statewide.folder / "lake"), "--out", str(out), "--conf", str(CONF), *options,
    )  # fmt: skip


@dataclass(frozen=True)
class Lists:
    """Lists that were published, what the command said, and what Spark logged of it."""

    out: Path
    said: str
    events: Path

    def rows(self, outcome: str) -> dict[str, list[dict[str, str]]]:
        """The rows of a list by the folder of its county."""
        found = {}
        for path in sorted(self.out.glob(f"*/{outcome}.csv")):
            with path.open(newline="") as opened:
                found[path.parent.name] = list(csv.DictReader(opened))
        return found


@pytest.fixture(scope="module")
def lists(spark: SparkSession, statewide: Statewide) -> Lists:
    out = statewide.folder / "lists"
    with events_logged(spark, statewide.folder / "events-of-publish") as events:
        code, said = publish(statewide, out, "--by", READER, "--json")
    assert code == 0, said
    return Lists(out, said, events)


def delivered(statewide: Statewide, table: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        return dicts(connection.read_parquet(f"{statewide.folder}/in/{table}/*.parquet"))


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_county_has_its_decisions_on_the_list_of_their_outcome(
    statewide: Statewide, lists: Lists, outcome: str
) -> None:
    expected: dict[str, set[tuple[str, str]]] = {}
    for row in (
        statewide.lake.read("decision").where(F.col("run_id") == statewide.reports[0]["run_id"]).collect()
    ):
        if row["outcome"] == outcome:
            county = (row["county"] or "unknown_county").lower()
            expected.setdefault(county, set()).add((row["charge_id"], row["pack"]))
    listed = {
        county: [(row["charge_id"], row["pack"]) for row in rows]
        for county, rows in lists.rows(outcome).items()
    }
    assert {county: set(rows) for county, rows in listed.items()} == expected
    assert all(len(rows) == len(set(rows)) for rows in listed.values())
    assert expected


def test_a_row_names_the_person_the_case_and_the_charge_as_delivered(
    statewide: Statewide, lists: Lists
) -> None:
    people = {row["PERSON_NO"]: row for row in delivered(statewide, "people")}
    charges = {row["CHARGE_NO"]: row for row in delivered(statewide, "charges")}
    rows = [row for outcome in OUTCOMES for of_county in lists.rows(outcome).values() for row in of_county]
    exact = 0
    for row in rows:
        charge = charges[row["charge_key"]]
        assert (row["person_number"], row["case_number"], row["offense"]) == (
            charge["PERSON_NO"], charge["CASE_NO"], charge["STATUTE"],
        )  # fmt: skip
        person = people.get(row["person_number"])
        assert (row["name"], row["ssn"]) == (
            ("", "") if person is None else (person["FULL_NAME"], person["SSN"])
        )
        exact += person is not None and row["birth_on"] == str(person["DATE_OF_BIRTH"])
    assert exact > 0.9 * len(rows)
    eligible = [row for of_county in lists.rows("eligible").values() for row in of_county]
    assert {row["remedy"] for row in eligible} <= {
        "dismiss seal", "seal", "redesignate infraction", "at least redesignate infraction", "redesignate misdemeanor",
    }  # fmt: skip
    assert {row["pack_status"] for row in rows} <= {"draft", "reviewed"}


def test_a_list_says_what_is_waited_for_and_what_is_not_known(lists: Lists) -> None:
    not_yet = [row for of_county in lists.rows("not_yet").values() for row in of_county]
    assert any(re.fullmatch(r"\d{4}-\d{2}-\d{2}", row["eligible_on"]) for row in not_yet)
    assert all(row["open_criteria"] or row["reason"] for row in not_yet)
    review = [row for of_county in lists.rows("needs_review").values() for row in of_county]
    assert "A row about the person could not be read" in {row["reason"] for row in review}
    assert any(row["reason"].startswith("Not known: ") for row in review)
    assert all(row["open_criteria"] or row["reason"] for row in review)


def test_the_same_run_is_published_in_the_same_bytes(
    statewide: Statewide, lists: Lists, tmp_path: Path
) -> None:
    code, said = publish(statewide, tmp_path / "again", "--json")
    assert code == 0, said
    names = sorted(str(path.relative_to(lists.out)) for path in lists.out.rglob("*") if path.is_file())
    assert names == sorted(
        str(path.relative_to(tmp_path / "again"))
        for path in (tmp_path / "again").rglob("*")
        if path.is_file()
    )
    assert [
        name for name in names if (lists.out / name).read_bytes() != (tmp_path / "again" / name).read_bytes()
    ] == []


def test_who_read_the_vault_is_noted_and_told(statewide: Statewide, lists: Lists) -> None:
    code, said = command("vault-reads", "--vault", str(statewide.folder / "lake.vault"), "--json")
    assert code == 0, said
    first = json.loads(said)["reads"][0]
    assert (first["read_by"], first["run_id"]) == (READER, statewide.reports[0]["run_id"])
    assert str(lists.out) in first["purpose"]
    rows = [row for outcome in OUTCOMES for of_county in lists.rows(outcome).values() for row in of_county]
    assert first["charges_count"] == len({row["charge_id"] for row in rows})
    assert first["subjects_count"] == len({row["person_number"] for row in rows})
    code, said = command("vault-reads", "--vault", str(statewide.folder / "lake.vault"))
    assert (code, READER in said) == (0, True)


def test_a_vault_that_is_gone_or_of_other_people_is_one_error(statewide: Statewide, tmp_path: Path) -> None:
    code, said = publish(statewide, tmp_path / "out", "--vault", str(tmp_path / "nowhere"))
    assert (code, said.count("\n")) == (4, 1)
    assert "there is no vault in" in said
    # The same deliveries under another id key.
    other = tmp_path / "other.vault"
    shutil.copytree(statewide.folder / "lake.vault", other)
    shutil.rmtree(other / "identity")
    people = VaultFiles(str(statewide.folder / "lake.vault")).all_rows("identity")
    write_rows(other, "identity", [{**row, "subject_id": row["subject_id"][::-1]} for row in people])
    code, said = publish(statewide, tmp_path / "out", "--vault", str(other))
    assert (code, said.count("\n")) == (4, 1), said
    assert "it is not the vault of this lake" in said
    assert not (tmp_path / "out").exists()


# I8: no value of a person anywhere but in the vault and in the lists


def secrets_of(statewide: Statewide) -> set[str]:
    """Last names, social security numbers, and the numbers of people, charges and cases."""
    people, charges = delivered(statewide, "people"), delivered(statewide, "charges")
    secrets = {row["FULL_NAME"].partition(",")[0] for row in people}
    secrets |= {row[column] for row in people for column in ("SSN", "PERSON_NO")}
    return secrets | {
        row[column] for row in charges for column in ("CHARGE_NO", "CASE_NO", "ARREST_NO", "PERSON_NO")
    }


def test_no_name_and_no_number_is_in_the_lake_or_was_logged_or_said(
    statewide: Statewide, lists: Lists
) -> None:
    secrets = secrets_of(statewide)
    assert len(secrets) > 1000
    assert any(each.startswith("ZZCANARY") for each in secrets)
    assert leaks_in(statewide.folder / "lake", secrets) == []
    for events in (statewide.events, lists.events):
        assert any(
            "physicalPlanDescription" in path.read_text() for path in events.rglob("*") if path.is_file()
        )
        assert leaks_in(events, secrets) == []
    assert said_in(statewide.said + lists.said + (lists.out / "summary.json").read_text(), secrets) == []


def test_the_vault_and_the_lists_hold_them_and_the_logs_of_the_vault_do_not(
    statewide: Statewide, lists: Lists
) -> None:
    secrets, vault = secrets_of(statewide), statewide.folder / "lake.vault"
    assert {path.partition("/")[0] for path in leaks_in(vault, secrets)} == {"identity", "charge_identity"}
    for log in vault.rglob("_delta_log"):
        assert leaks_in(log, secrets) == []
    held = {name for name in secrets if name.startswith("ZZCANARY")}
    people = "".join(path.read_text() for path in lists.out.rglob("*.csv"))
    assert said_in(people, held)
    assert (vault.stat().st_mode & 0o777) == 0o700


def test_no_plan_and_no_event_holds_the_key(statewide: Statewide, lists: Lists) -> None:
    forms = list(forms_of(kept_id_key(beside(str(statewide.folder / "lake")))))
    for events in (statewide.events, lists.events):
        for path in events.rglob("*"):
            if path.is_file():
                logged = path.read_text().lower()
                assert [form for form in forms if form in logged] == []


def test_deltas_public_api_tells_the_same_version_as_its_own_classes(statewide: Statewide) -> None:
    lake = statewide.lake
    newest = lake.version("run")
    assert newest_by_api(lake.table("run")) == (newest.table_id, newest.version)
