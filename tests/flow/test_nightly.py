"""Nights of a state that delivers changed people: ingest, an incremental run, and all that reads it, as commands.

The lake is a schema of Spark's own catalog. What needs no Spark reads it as the folder that is the schema's location.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.decide.assignment import Assignment
from clear_record.decide.committed import standing_decisions
from clear_record.decide.run import decide as decide_in
from clear_record.errors import InputRefused
from clear_record.lake import Lake
from clear_record.tables import RUN, SAMPLE, SEAL
from scripts.benches.changes import write_changes
from tests.flow.commands import command
from tests.flow.conftest import CONF
from tests.flow.sealed_lake import DAYS, ROWS, SealedLake, law

pytestmark = pytest.mark.spark

PACK = "us_zz/second_chance"
LAKE = "catalog:spark_catalog.nights"
SOURCE = ("--source", "us_zz_statewide", "--conf", str(CONF))


@dataclass(frozen=True)
class Nights:
    """A folder with a lake, and what the commands reported: the first delivery and full run, the second delivery and incremental run."""

    folder: Path
    delivered: Mapping[str, Any]
    full: Mapping[str, Any]
    changed: Mapping[str, Any]
    incremental: Mapping[str, Any]

    def run(self, *arguments: str) -> tuple[int, str]:
        return command(*arguments, "--lake", str(self.folder / "lake"))

    @property
    def files(self) -> LakeFiles:
        return LakeFiles(str(self.folder / "lake"))


def answer_of(*arguments: str) -> dict[str, Any]:
    code, said = command(*arguments, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(said[said.index("{") :])
    return found


def decide(day: str, *options: str) -> dict[str, Any]:
    return answer_of("decide", "--pack", PACK, "--as-of", day, "--lake", LAKE, *SOURCE, *options)  # fmt: skip


def ingest(folder: Path, tables: str, day: str) -> dict[str, Any]:
    key = ("--id-key", str(folder / "key"))
    return answer_of("ingest", "--input", str(folder / tables), "--lake", LAKE, *key, "--received-on", day, *SOURCE)  # fmt: skip


def lengthen_sentences(file: Path) -> None:
    """What a court may correct, and what moves the days of waits."""
    with duckdb.connect() as connection:
        connection.sql(f"SELECT * REPLACE (2 * LENGTH AS LENGTH) FROM '{file}'").create("sentences")
        connection.table("sentences").write_parquet(str(file))


@pytest.fixture(scope="module")
def nights(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    folder = tmp_path_factory.mktemp("nights")
    (folder / "key").write_text("ab" * 32 + "\n")
    (folder / "key").chmod(0o600)
    spark.sql(f"CREATE SCHEMA nights LOCATION '{folder / 'lake'}'")
    code, said = command(
        "synth", "statewide", "--convictions", "400", "--seed", "4", "--format", "parquet", "--out", str(folder / "in")
    )  # fmt: skip
    assert code == 0, said
    delivered = ingest(folder, "in", "2024-03-01")
    full = decide("2024-03-02", "--incremental")
    write_changes(folder / "in", folder / "changed", 0.3, night=1)
    lengthen_sentences(folder / "changed" / "sentences" / "part.parquet")
    changed = ingest(folder, "changed", "2024-06-01")
    yield Nights(folder, delivered, full, changed, decide("2024-06-02", "--incremental"))
    spark.sql("DROP SCHEMA nights CASCADE")


def test_the_first_night_decides_everything_and_says_why(nights: Nights) -> None:
    assert (nights.full["kind"], nights.full["why_full"]) == ("full", "no run was committed before")


def test_a_delivery_of_changed_people_counts_what_it_corrects_and_withdraws(nights: Nights) -> None:
    totals = nights.changed["control_totals"]
    assert totals["corrected:charge"] > 5
    assert totals["gone:charge"] > 0
    assert nights.changed["rows_collapsed_count"] > 50
    read = sum(nights.changed[f"rows_{word}_count"] for word in ("accepted", "collapsed", "rejected"))
    assert nights.changed["rows_read_count"] == read


def test_an_incremental_run_writes_what_differs_and_counts_what_stands(nights: Nights) -> None:
    run = nights.incremental
    assert (run["kind"], run["builds_on"], run["why_full"]) == ("incremental", [nights.full["run_id"]], None)
    assert 0 < run["rows_written"] < nights.full["rows_written"] / 2
    files = nights.files
    assert sum(each["charges_count"] for each in run["outcomes"]) == len(
        files.decisions(files.run(run["run_id"]))
    )


def test_the_same_night_again_writes_nothing(nights: Nights) -> None:
    again = decide("2024-06-02", "--incremental")
    assert (again["run_id"], again["committed"]) == (nights.incremental["run_id"], False)


def test_verify_finds_nothing_and_decides_the_same_again(nights: Nights) -> None:
    code, said = nights.run("verify", "--records")
    assert code == 0, said
    code, said = nights.run("verify", "--run", nights.incremental["run_id"], "--recompute")
    assert code == 0, said


def test_explain_tells_of_a_decision_that_stands_in_the_run_before(nights: Nights) -> None:
    files = nights.files
    standing = files.decisions(files.run(nights.incremental["run_id"]))
    kept = dict(
        zip(
            standing.columns,
            standing.filter(f"run_id = '{nights.full['run_id']}'").limit(1).fetchall()[0],
            strict=True,
        )
    )
    code, said = nights.run("explain", kept["charge_id"], "--run", nights.incremental["run_id"], "--json")
    assert code == 0, said
    told = json.loads(said)
    (charge,) = told["charges"]
    (decision,) = charge["decisions"]
    assert (told["differs"], charge["charge_id"]) == (False, kept["charge_id"])
    assert decision["decision"] == decision["kept"]
    assert decision["kept"]["outcome"] == kept["outcome"]


def test_sample_draws_decisions_that_stand_in_the_run_before(nights: Nights) -> None:
    files, run_id = nights.files, nights.incremental["run_id"]
    code, said = nights.run(
        "sample",
        "--run",
        run_id,
        "--seed",
        "1",
        "--per-stratum",
        "9",
        "--out",
        str(nights.folder / "sheet.csv"),
    )
    assert code == 0, said
    drawn = {row["charge_id"] for row in dicts(files.rows("sample"))}
    standing = dicts(files.decisions(files.run(run_id)))
    of_before = {row["charge_id"] for row in standing if row["run_id"] == nights.full["run_id"]}
    assert drawn & of_before


def test_diff_gives_the_records_as_the_cause(nights: Nights) -> None:
    before, after = nights.full["run_id"], nights.incremental["run_id"]
    code, said = nights.run("diff", before, after, "--json")
    assert code == 0, said
    changes = json.loads(said[said.index("{") :])["changes"]
    assert {"records"} <= {cause for each in changes for cause in each["causes"]} <= {"records", "as_of"}


def lists(nights: Nights, run_id: str, out: str) -> dict[str, str]:
    code, said = command(
        "publish", "--run", run_id, "--out", str(nights.folder / out), "--by", "A. Clerk", "--lake", LAKE, *SOURCE[2:]
    )  # fmt: skip
    assert code == 0, said
    root = nights.folder / out
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.csv"))}


def test_the_lists_of_an_incremental_run_are_those_of_a_full_one(nights: Nights) -> None:
    full = decide("2024-06-02")
    assert full["kind"] == "full"
    assert (full["outcomes"], full["out_of_scope"]) == (
        nights.incremental["outcomes"],
        nights.incremental["out_of_scope"],
    )
    found = lists(nights, nights.incremental["run_id"], "of_incremental")
    assert len(found) > 5
    assert found == lists(nights, full["run_id"], "of_full")


def test_maintain_puts_files_together_and_every_run_stays_readable(nights: Nights) -> None:
    folder = nights.folder / "kept"
    for name in ("lake", "lake.vault"):
        shutil.copytree(nights.folder / name, nights.folder / name.replace("lake", "kept"))
    code, said = command("maintain", "--lake", str(folder), "--json")
    assert code == 0, said
    tables = {each["table"]: each for each in json.loads(said[said.index("{") :])["tables"]}
    for table in ("charge", "charge_identity"):
        assert tables[table]["files_before"] > tables[table]["files_after"] == 1
    code, said = command("verify", "--lake", str(folder), "--records")
    assert code == 0, said
    code, said = command(
        "verify", "--lake", str(folder), "--run", nights.incremental["run_id"], "--recompute"
    )
    assert code == 0, said


def test_the_tables_have_names_in_the_catalog(spark: SparkSession, nights: Nights) -> None:
    assert {"charge", "decision", "run"} <= {each.name for each in spark.catalog.listTables("nights")}
    first = spark.table("nights.run").orderBy("position").first()
    assert first is not None
    assert first["run_id"] == nights.full["run_id"]


def test_what_loses_its_name_or_never_had_one_counts_and_is_named_by_the_next_job(
    spark: SparkSession, tmp_path: Path
) -> None:
    spark.sql(f"CREATE SCHEMA unnamed LOCATION '{tmp_path}'")
    by_name, by_path = Lake(spark, "catalog:unnamed"), Lake(spark, str(tmp_path))
    assert by_name.root == by_path.root
    by_name.create([SEAL])
    # As a command without Spark would make it.
    by_path.create([SAMPLE])
    spark.sql("DROP TABLE unnamed.seal")
    assert (by_name.exists("seal"), by_name.exists("sample"), by_name.exists("run")) == (True, True, False)
    by_name.create([RUN])
    assert {each.name for each in spark.catalog.listTables("unnamed")} == {"seal", "sample", "run"}
    assert spark.table("unnamed.sample").columns == list(SAMPLE.column_names)


def test_a_schema_that_is_not_there_is_refused(spark: SparkSession) -> None:
    with pytest.raises(InputRefused, match=r"there is no schema \[spark_catalog\.nowhere\]: make it with"):
        Lake(spark, "catalog:nowhere")


def test_what_was_decided_before_a_seal_does_not_stand_again(spark: SparkSession, tmp_path: Path) -> None:
    world = SealedLake(Lake(spark, str(tmp_path / "lake")), tmp_path)
    world.ingest("a.dat", [ROWS[1]], date(2019, 1, 15))
    world.decide(DAYS[0])
    world.ingest("b.dat", ROWS[:2], date(2019, 2, 15))
    run = decide_in(world.lake, [Assignment(law())], DAYS[0], incremental=True)
    assert run.row["kind"] == "incremental"
    murder, other = world.charge("187(A) PC"), world.charge("11359 HS")
    code, said = world.seal(murder)
    assert code == 0, said
    standing = dicts(world.files.decisions(world.files.run(run.run_id)))
    assert other not in {row["charge_id"] for row in standing}
    assert not standing_decisions(world.lake, run.row).where(f"charge_id = '{other}'").count()
    code, report = world.verify()
    assert code == 0, report
