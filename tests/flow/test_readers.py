"""Other readers than Spark see what Spark wrote: rows, roots, comments, the tables' history; and say it where files are gone."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.roots_in_duckdb import root_of
from clear_record.errors import NotReproducible, as_files_gone
from clear_record.lake import Lake
from clear_record.tables import DECISION_TABLES, RECORD_TABLES, TABLES, Table
from tests.flow.commands import command
from tests.flow.conftest import DAYS, PACKS, Statewide

pytestmark = pytest.mark.spark

WRITTEN = (*RECORD_TABLES, *DECISION_TABLES)
EVERY_TABLE = pytest.mark.parametrize("table", WRITTEN, ids=lambda table: table.name)


@pytest.fixture(scope="module")
def files(statewide: Statewide) -> LakeFiles:
    return LakeFiles(str(statewide.folder / "lake"))


@pytest.fixture
def copy(statewide: Statewide, tmp_path: Path) -> Path:
    """A lake whose files may be taken away."""
    return Path(shutil.copytree(statewide.folder / "lake", tmp_path / "lake"))


def stories(files: LakeFiles, table: str) -> list[dict[str, Any]]:
    """What the commits that wrote rows tell, the first one first."""
    written = [each for each in files.table(table).history() if each["operation"] == "WRITE"]
    return [json.loads(each["userMetadata"]) for each in reversed(written)]


@EVERY_TABLE
def test_duckdb_polars_and_delta_rs_read_the_rows_that_spark_reads(
    table: Table, files: LakeFiles, statewide: Statewide
) -> None:
    in_duckdb = files.rows(table.name).fetchall()
    in_polars = pl.read_delta(str(files.root / table.name)).select(table.column_names).rows()
    # Maps and lists are no keys of a Counter, their texts are.
    assert Counter(map(repr, in_polars)) == Counter(map(repr, in_duckdb))
    assert DeltaTable(str(files.root / table.name)).count() == len(in_duckdb)
    assert statewide.lake.read(table.name).count() == len(in_duckdb)


def test_the_roots_by_duckdb_are_those_that_spark_committed(files: LakeFiles) -> None:
    committed = [(row, "delivery_id") for row in files.all_rows("delivery")]
    committed += [(row, "run_id") for row in files.all_rows("run")]
    checked = set()
    for row, key in committed:
        for output in row["outputs"]:
            table = TABLES[output["table_name"]]
            rows = files.rows(table.name).filter(f"{key} = '{row[key]}'")
            found = root_of(rows, table, files.salts)
            assert found.output(table) == output
            checked.add(table.name)
    # These tell of rows and hold no root of their own.
    assert checked == {table.name for table in WRITTEN} - {
        "delivery",
        "run",
        "criterion",
        "pack",
        "signature",
        # A first delivery withdraws nothing.
        "withdrawal",
    }


@EVERY_TABLE
def test_the_contract_stands_in_the_table_itself(table: Table, files: LakeFiles) -> None:
    described = files.table(table.name)
    assert described.metadata().description == table.comment
    comments = {field.name: field.metadata.get("comment") for field in described.schema().fields}
    assert comments == {column.name: column.comment for column in table.columns}
    settings = described.metadata().configuration
    assert settings["delta.logRetentionDuration"] == settings["delta.deletedFileRetentionDuration"]
    assert settings["delta.logRetentionDuration"] == "interval 36500 days"


@pytest.mark.parametrize("table", [table.name for table in RECORD_TABLES if table.name != "withdrawal"])
def test_the_history_of_a_record_table_tells_of_its_delivery(table: str, files: LakeFiles) -> None:
    (delivery,) = files.all_rows("delivery")
    counts = {name: delivery[name] for name in delivery if name.startswith("rows_")}
    assert stories(files, table) == [
        {
            "job": "ingest",
            "delivery_id": delivery["delivery_id"],
            "source": "us_zz_statewide",
            "received_on": DAYS[0],
            **counts,
            # The rows of deliveries are numbered.
            "write_id": "delivery" if table == "delivery" else delivery["delivery_id"],
        }
    ]


@pytest.mark.parametrize("table", ["decision", "run"])
def test_the_history_of_a_decision_table_tells_run_law_and_inputs(table: str, files: LakeFiles) -> None:
    told = stories(files, table)
    assert [each["run_id"] for each in told] == [run["run_id"] for run in files.runs]
    for each, run, day in zip(told, files.runs, DAYS, strict=True):
        assert (each["job"], each["as_of"]) == ("decide", day)
        assert each["packs"] == [
            {"pack": used["pack"], "fingerprint": used["fingerprint"]} for used in run["packs"]
        ]
        assert sorted(used["pack"] for used in each["packs"]) == sorted(PACKS)
        assert each["inputs"] == {read["table_name"]: read["version"] for read in run["inputs"]}


def test_the_history_of_the_texts_names_the_run_that_kept_them(files: LakeFiles) -> None:
    for table in ("criterion", "pack"):
        assert [each["run_id"] for each in stories(files, table)] == [files.runs[0]["run_id"]]
    (signed,) = stories(files, "signature")
    assert (signed["run_id"], signed["key_id"]) == (files.runs[0]["run_id"], files.runs[0]["key_id"])


def test_the_change_feed_of_decisions_tells_each_as_added_with_its_run(files: LakeFiles) -> None:
    changes = pl.DataFrame(files.table("decision").load_cdf(starting_version=1).read_all())
    assert changes["_change_type"].unique().to_list() == ["insert"]
    versions = dict(changes.group_by("run_id").agg(pl.col("_commit_version").max()).iter_rows())
    assert versions == {run["run_id"]: run["decision_version"] for run in files.runs}
    assert len(changes) == sum(output["rows_count"] for run in files.runs for output in run["outputs"])


def test_a_version_that_was_vacuumed_cannot_be_read_and_says_so(
    copy: Path, statewide: Statewide, spark: SparkSession
) -> None:
    newest = statewide.lake.version("run")
    table = DeltaTable(str(copy / "run"))
    table.optimize.compact()
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    files, lake = LakeFiles(str(copy)), Lake(spark, str(copy))
    gone = f"not reproducible: files gone: version {newest.version} of table"
    with pytest.raises(NotReproducible, match=gone) as refused:
        files.rows("run", newest.version)
    assert refused.value.exit_code == 4
    with pytest.raises(NotReproducible, match=gone):
        lake.read("run", newest)
    # What is there now is whole.
    assert len(files.runs) == lake.read("run").count() == len(DAYS)


def test_a_file_that_was_deleted_is_missed_by_its_reader_with_exit_code_4(
    copy: Path, spark: SparkSession
) -> None:
    for file in DeltaTable(str(copy / "run")).file_uris():
        Path(file).unlink()
    code, said = command("head", "--lake", str(copy))
    assert code == 4
    assert "not reproducible: files gone: version 2 of table [run]" in said
    # Spark opens files when it reads rows: what it says then is told in the same words.
    with pytest.raises(Py4JJavaError) as failed:
        Lake(spark, str(copy)).read("run").collect()
    gone = as_files_gone(failed.value)
    assert gone is not None
    assert str(gone).startswith("not reproducible: files gone: [file:")
