"""What must be gone is gone from every file, and all that is left still verifies, explains and is decided."""

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from pyspark.sql import SparkSession

from clear_record.audit.lake_files import LakeFiles
from clear_record.errors import Busy
from clear_record.lake import Lake
from clear_record.seal import seal as sealing
from clear_record.seals import mark_of
from tests.flow.commands import command
from tests.flow.sealed_lake import AGAIN, DAYS, SECRETS, SealedLake, make
from tests.leaks import traces

pytestmark = pytest.mark.spark

SEALED = ("187(A) PC", "11358(C) HS")  # one of a person with others, and the only one of another person
RESTS_ON_IT = "11359 HS of P01"


class World(SealedLake):
    """A lake of which two charges were sealed, and a copy of it as it was before."""

    charges: dict[str, str]
    gone: str
    said: str

    @property
    def before(self) -> Path:
        return self.folder / "before"

    @property
    def first_run(self) -> str:
        return str(self.files.runs[0]["run_id"])

    def explain(self, offense: str, run: str) -> tuple[int, str]:
        return command("explain", self.charges[offense], "--lake", str(self.root), "--run", run)


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("seal")
    made = make(Lake(spark, str(folder / "lake")), folder)
    world = World(made.lake, made.folder)
    rows = {row["charge_id"]: row for row in made.rows("charge")}
    charges = {row["offense_raw"]: id for id, row in rows.items()}
    (owner,) = [row["subject_id"] for row in rows.values() if row["offense_raw"] == SEALED[0]]
    charges[RESTS_ON_IT] = next(
        id for id, row in rows.items() if (row["subject_id"], row["offense_raw"]) == (owner, "11359 HS")
    )
    charges["11359 HS"] = next(
        id for id, row in rows.items() if row["offense_raw"] == "11359 HS" and row["subject_id"] != owner
    )
    world.charges = charges
    world.gone = rows[charges[SEALED[1]]]["subject_id"]
    draw = ("sample", "--lake", str(made.root), "--run", world.first_run, "--seed", "1", "--per-stratum", "9")
    code, said = command(*draw, "--strata", "pack,outcome", "--out", str(folder / "sheet.csv"))
    assert code == 0, said
    shutil.copytree(made.root, world.before)
    code, said = command("signing-key", str(folder / "key"))
    assert code == 0, said
    code, said = made.seal(*(charges[each] for each in SEALED), "--sign-key", str(folder / "key"))
    assert code == 0, said
    world.said = said
    return world


def everything(world: World) -> tuple[str, ...]:
    """Values and ids that must be nowhere."""
    return (*SECRETS, *(world.charges[each] for each in SEALED), world.gone)


def test_every_value_and_id_of_what_was_sealed_is_gone_from_every_file(world: World) -> None:
    assert traces(world.before, *everything(world)) == list(everything(world))
    assert traces(world.root, *everything(world)) == []
    # The others of the person are there.
    assert traces(world.root, "459 PC", world.charges[RESTS_ON_IT]) == ["459 PC", world.charges[RESTS_ON_IT]]


def test_a_seal_says_what_went_and_names_no_value(world: World) -> None:
    assert "2 charges sealed" in world.said
    assert "rows of charge        2" in world.said
    assert "People of whom no charge is left, and all rows go: 1" in world.said
    (seal,) = world.rows("seal")
    assert (seal["under"], seal["sealed_by"], seal["sealed_on"]) == ("PC 851.8", "A. Clerk", date(2021, 2, 3))
    assert seal["marks"] == sorted(mark_of(world.charges[each]) for each in SEALED)
    # Of each run the decisions of the two charges, and one that rests on the murder.
    decisions = [row for row in world.rows("sealed_row") if row["table_name"] == "decision"]
    assert len(decisions) == 6


def test_the_salt_of_what_was_sealed_is_gone_and_those_of_the_others_stand_in_its_place(world: World) -> None:
    owner = next(row["subject_id"] for row in world.rows("charge") if row["offense_raw"] == "459 PC")
    salts = {row["charge_id"] for row in world.rows("salt") if row["subject_id"] == owner}
    assert salts == {"", world.charges["459 PC"], world.charges[RESTS_ON_IT]}
    assert world.gone not in {row["subject_id"] for row in world.rows("salt")}


def test_a_dry_run_counts_and_changes_nothing(world: World, spark: SparkSession, tmp_path: Path) -> None:
    copy = SealedLake(Lake(spark, str(tmp_path / "lake")), tmp_path)
    shutil.copytree(world.before, copy.root)
    before = {path: path.stat().st_mtime_ns for path in copy.root.rglob("*")}
    code, said = copy.seal("-n", "--json", world.charges[SEALED[0]])
    assert code == 0
    found = json.loads(said)
    assert (found["seal_id"], found["charges_count"], found["people_gone_count"]) == (None, 1, 0)
    assert found["rows_by_table"] == {
        "charge": 1, "disposition": 1, "sentence": 1, "decision": 4, "sample": 2,
    }  # fmt: skip
    assert {path: path.stat().st_mtime_ns for path in copy.root.rglob("*")} == before


def test_a_second_call_of_the_same_says_so_and_changes_nothing(world: World) -> None:
    seals = world.rows("seal")
    code, said = world.seal(*(world.charges[each] for each in SEALED))
    assert (code, said) == (0, "2 charges sealed before\n")
    assert world.rows("seal") == seals


def test_a_charge_that_was_never_there_is_refused(world: World) -> None:
    code, said = world.seal("f" * 32)
    assert (code, "there is no charge [ffff" in said) == (2, True)
    code, said = world.seal()
    assert code == 2


def test_what_is_left_verifies_and_the_seal_is_told(world: World) -> None:
    code, said = world.verify("--records", "--recompute")
    assert (code, said["findings"]) == (0, [])
    (note,) = [each for each in said["notes"] if each.startswith("Sealed on")]
    assert note.startswith("Sealed on 2021-02-03 under PC 851.8 by A. Clerk (seal ")
    for run in world.files.runs[:2]:
        assert f"3 decisions of run {run['run_id']}" in note
    assert any("people of whom a charge was sealed on" in each for each in said["notes"])


def test_an_old_run_tells_of_a_sealed_charge_and_of_a_decision_on_it_only_that_they_are_sealed(
    world: World,
) -> None:
    for offense in (*SEALED, RESTS_ON_IT):
        code, said = world.explain(offense, world.first_run)
        assert (code, said) == (4, "clear-record: not reproducible: sealed on 2021-02-03 under PC 851.8\n"), (
            offense
        )


def test_an_old_run_tells_of_all_other_charges(world: World) -> None:
    code, said = world.explain("11359 HS", world.first_run)
    assert (code, "A part of the record" in said) == (0, False)
    code, said = world.explain("459 PC", world.first_run)
    assert code == 0
    assert "A part of the record that the run read is gone (sealed on 2021-02-03 under PC" in said


# ---- what is written afterwards


@pytest.fixture(scope="module")
def after(world: World) -> World:
    """The same lake, decided again, and with a delivery that brings what was sealed once more, decided a third time."""
    world.decide(DAYS[0])
    again = world.ingest("b.dat", AGAIN, date(2021, 3, 1))
    assert again.row["control_totals"]["sealed_charges"] == 2
    world.decide(DAYS[1])
    return world


def test_later_runs_decide_without_what_was_sealed_and_name_the_seal(after: World) -> None:
    (seal,) = after.rows("seal")
    named = [{"seal_id": seal["seal_id"], "row_sha256": seal["row_sha256"]}]
    assert [run["seals"] for run in after.files.runs] == [[], [], named, named]
    run = after.files.runs[2]["run_id"]
    outcomes = {row["charge_id"]: row["outcome"] for row in after.rows("decision") if row["run_id"] == run}
    assert outcomes[after.charges[RESTS_ON_IT]] == "eligible"
    assert not {after.charges[each] for each in SEALED} & outcomes.keys()
    code, _ = after.explain(RESTS_ON_IT, run)
    assert code == 0


def test_what_was_sealed_does_not_come_back_with_a_delivery(after: World) -> None:
    assert traces(after.root, *everything(after)) == []
    (new,) = [row for row in after.rows("charge") if row["convicted_earliest"] == date(2015, 3, 1)]
    owner = next(row["subject_id"] for row in after.rows("charge") if row["offense_raw"] == "459 PC")
    assert new["subject_id"] == owner
    counts = after.rows("delivery")[-1]
    parts = ("rows_accepted_count", "rows_collapsed_count", "rows_rejected_count")
    assert counts["rows_read_count"] == sum(counts[each] for each in parts)


def test_everything_written_afterwards_verifies_with_what_was_there(after: World) -> None:
    code, said = after.verify("--records", "--recompute")
    assert (code, said["findings"]) == (0, [])


def test_runs_before_and_after_are_compared_and_what_was_sealed_is_no_change(after: World) -> None:
    runs = [run["run_id"] for run in after.files.runs]
    code, said = command("diff", runs[0], runs[2], "--lake", str(after.root), "--json")
    assert (code, json.loads(said)["changes"]) == (0, [])


def test_a_sheet_that_was_out_comes_back_without_the_sealed_rows(after: World) -> None:
    sheet = (after.folder / "sheet.csv").read_text(encoding="utf-8-sig").splitlines()
    marked = [sheet[0], *(f"{line.removesuffix(',,,')},right,," for line in sheet[1:])]
    (after.folder / "marked.csv").write_text("\n".join(marked) + "\n")
    code, said = command(
        "review", str(after.folder / "marked.csv"), "--lake", str(after.root), "--by", "B. Attorney", "--json"
    )
    assert code == 0, said
    drawn = {row["charge_id"] for row in after.rows("sample")}
    assert json.loads(said[said.index("{") :])["marks"] == len(after.rows("sample"))
    assert not {after.charges[each] for each in SEALED} & drawn


def test_an_old_run_can_still_be_sampled(after: World) -> None:
    draw = (
        "sample",
        "--lake",
        str(after.root),
        "--run",
        after.first_run,
        "--seed",
        "7",
        "--per-stratum",
        "9",
    )
    code, said = command(*draw, "--out", str(after.folder / "another.csv"))
    assert code == 0, said
    drawn = (after.folder / "another.csv").read_text()
    assert after.charges["459 PC"] in drawn
    assert after.charges[RESTS_ON_IT] not in drawn


# ---- forgers, and attempts that stopped


@pytest.fixture
def copy(after: World, spark: SparkSession, tmp_path: Path) -> SealedLake:
    """A copy of the sealed lake: a forger's."""
    shutil.copytree(after.root, tmp_path / "lake")
    return SealedLake(Lake(spark, str(tmp_path / "lake")), tmp_path)


def rewrite(lake: SealedLake, table: str, query: str) -> None:
    """Put what `query` gives of the `rows` of a table's one file in their place."""
    for uri in lake.files.table(table).file_uris():
        file = Path(uri)
        changed = file.with_suffix(".changed")
        found = duckdb.read_parquet(str(file), hive_partitioning=False).query("rows", query)
        assert found is not None
        found.write_parquet(str(changed))
        changed.rename(file)
        file.with_name(f".{file.name}.crc").unlink(missing_ok=True)


def test_a_decision_that_was_taken_out_and_listed_as_sealed_is_found(copy: SealedLake) -> None:
    rewrite(copy, "decision", "SELECT * FROM rows WHERE outcome <> 'eligible'")
    code, said = copy.verify()
    taken = {(each["check"], each["table"]) for each in said["findings"]}
    assert (code, ("rows", "decision") in taken) == (1, True)
    # The forger would need its hash in sealed_row: that is another seal's root.
    rewrite(copy, "sealed_row", "SELECT * REPLACE ('00' AS row_hash) FROM rows")
    code, said = copy.verify()
    assert ("seal", "sealed_row") in {(each["check"], each["table"]) for each in said["findings"]}


def test_hashes_under_a_seal_that_is_not_there_are_found_and_count_for_nothing(copy: SealedLake) -> None:
    rewrite(copy, "sealed_row", "SELECT * FROM rows UNION ALL SELECT * REPLACE ('ff' AS seal_id) FROM rows")
    code, said = copy.verify()
    assert (code, {(each["check"], each["of"]) for each in said["findings"]}) == (1, {("seal", "ff")})


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("SELECT * REPLACE ('PC 1203.4' AS under) FROM rows", id="edited"),
        pytest.param("SELECT * REPLACE (NULL AS envelope) FROM rows", id="signature taken away"),
        pytest.param("SELECT * FROM rows WHERE false", id="taken out"),
    ],
)
def test_a_seal_that_was_changed_is_found(copy: SealedLake, query: str) -> None:
    rewrite(copy, "seal", query)
    code, said = copy.verify()
    assert code == 1
    assert {each["check"] for each in said["findings"]} & {"seal", "signature"}


def test_a_seal_is_by_the_key_that_the_auditor_knows(after: World, tmp_path: Path) -> None:
    command("signing-key", str(tmp_path / "other"))
    for key, is_found in ((after.folder / "key.pub", False), (tmp_path / "other.pub", True)):
        _, said = after.verify("--public-key", str(key))
        assert any(each["table"] == "seal" for each in said["findings"]) is is_found


def test_a_sealed_charge_that_is_there_again_is_found_and_can_be_sealed_again(
    world: World, copy: SealedLake
) -> None:
    charge = world.charges[SEALED[1]]
    rows = copy.lake.read("charge").limit(1).toDF(*copy.lake.read("charge").columns)
    back = copy.lake.read("charge").limit(1).collect()[0].asDict() | {"charge_id": charge}
    copy.lake.append(
        "charge", copy.lake.spark.createDataFrame([back], rows.schema), write_id="forger", story={}
    )
    code, audited = copy.verify()
    assert (code, [each["check"] for each in audited["findings"]]) == (1, ["seal"])
    code, said = copy.seal(charge)
    assert code == 0, said
    assert [row["position"] for row in sorted(copy.rows("seal"), key=lambda row: row["position"])] == [1, 2]
    assert traces(copy.root, charge) == []


STEPS = ("_commit", "_take_rows_out", "puncture", "_purge")


def test_a_seal_that_stops_anywhere_is_completed_by_the_same_command(
    world: World, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = SealedLake(Lake(spark, str(tmp_path / "lake")), tmp_path)
    shutil.copytree(world.before, stopped.root)
    shutil.copy(f"{world.root}.id-key", f"{stopped.root}.id-key")
    charges = [world.charges[each] for each in SEALED]
    for step in STEPS:
        with monkeypatch.context() as patch:
            patch.setattr(sealing, step, _killed)
            code, _ = stopped.seal(*charges)
        assert code == 70, step
        for work in (
            lambda: stopped.decide(DAYS[0]),
            lambda: stopped.ingest("b.dat", AGAIN, date(2021, 3, 1)),
        ):
            with pytest.raises(Busy, match="a seal stopped half way"):
                work()
        _, audited = stopped.verify()
        assert "a seal stopped half way" in str(audited["findings"])
    code, said = stopped.seal(*charges)
    assert (code, said) == (0, "2 charges sealed before\n")
    assert traces(stopped.root, *everything(world)) == []
    assert len(stopped.rows("seal")) == 1
    code, audited = stopped.verify("--records")
    assert (code, audited["findings"]) == (0, [])


def _killed(*_: object) -> None:
    raise RuntimeError("killed")


def test_the_lake_without_spark_reads_what_is_left_of_an_old_version(after: World) -> None:
    files = LakeFiles(str(after.root))
    (read,) = [each for each in files.runs[0]["inputs"] if each["table_name"] == "charge"]
    at = after.lake.version("charge")
    in_spark = after.lake.read("charge", type(at)("charge", at.table_id, read["version"])).collect()
    assert {row["charge_id"] for row in in_spark} == {
        row[0] for row in files.rows("charge", read["version"]).select("charge_id").fetchall()
    }
