"""diff: what two runs decide otherwise, each change with its cause, on a lake that gets new records, another law and another day."""

import csv
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars
import pytest

from clear_record.audit.lake_files import LakeFiles
from tests.flow.commands import command
from tests.flow.conftest import CONF, DAYS, PACKS, Statewide

pytestmark = pytest.mark.spark

ANSWER = ("outcome", "remedy", "eligible_on")


@dataclass(frozen=True)
class Compared:
    """A lake, two of its runs, and what diff said of them."""

    lake: Path
    before: str
    after: str
    report: dict[str, Any]

    def decided(self, run_id: str) -> dict[tuple[str, str], tuple[Any, ...]]:
        files = LakeFiles(str(self.lake))
        rows = files.decisions(files.run(run_id))
        found = rows.query("rows", f"SELECT pack, charge_id, {', '.join(ANSWER)} FROM rows")
        assert found is not None
        return {(pack, charge): tuple(answer) for pack, charge, *answer in found.fetchall()}

    @property
    def differing(self) -> set[tuple[str, str]]:
        before, after = self.decided(self.before), self.decided(self.after)
        return {key for key in {**before, **after} if before.get(key) != after.get(key)}

    @property
    def changes(self) -> list[dict[str, Any]]:
        rows = LakeFiles(str(self.lake)).all_rows("decision_change")
        return [row for row in rows if row["diff_id"] == self.report["diff_id"]]


def compare(lake: Path, before: str, after: str, *options: str) -> Compared:
    code, said = command("diff", before, after, "--lake", str(lake), "--json", *options)
    assert code == 0, said
    return Compared(lake, before, after, json.loads(said[said.index("{") :]))


def decide(lake: Path, as_of: str, *options: str) -> str:
    """The id of a new run."""
    packs = [option for pack in PACKS for option in ("--pack", pack)]
    code, said = command(
        "decide", *packs, "--source", "us_zz_statewide", "--as-of", as_of, "--lake", str(lake), "--json", *options,
        "--conf", str(CONF),
    )  # fmt: skip
    assert code == 0, said
    return str(json.loads(said[said.index("{") :])["run_id"])


@pytest.fixture(scope="module")
def lake(statewide: Statewide, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diff")
    shutil.copy(statewide.folder / "lake.id-key", folder / "lake.id-key")
    return Path(shutil.copytree(statewide.folder / "lake", folder / "lake"))


def test_every_change_is_kept_once_and_the_sums_are_those_of_the_runs(
    statewide: Statewide, lake: Path
) -> None:
    found = compare(lake, *[report["run_id"] for report in statewide.reports])
    assert {(row["pack"], row["charge_id"]) for row in found.changes} == found.differing
    assert (
        len(found.changes)
        == len(found.differing)
        == sum(each["charges_count"] for each in found.report["changes"])
    )
    # Only the day differs.
    assert {tuple(row["causes"]) for row in found.changes} == {("as_of",)}
    again = compare(lake, found.before, found.after)
    assert again.report == found.report
    assert len(again.changes) == len(found.changes)


def test_the_law_is_the_cause_where_only_its_text_differs(
    statewide: Statewide, lake: Path, tmp_path: Path
) -> None:
    conf = tmp_path / "conf"
    shutil.copytree(CONF / "packs", conf / "packs")
    parameters = conf / "packs" / "us_zz" / "older_offenses" / "parameters.yaml"
    text = parameters.read_text()
    assert "is: 7," in text
    parameters.write_text(text.replace("is: 7,", "is: 9,"))
    found = compare(lake, statewide.reports[0]["run_id"], decide(lake, DAYS[0], "--conf", str(conf)))
    assert {tuple(row["causes"]) for row in found.changes} == {("law",)}
    assert {row["pack"] for row in found.changes} == {"us_zz/older_offenses"}
    assert {term for row in found.changes for term in row["law"]} == {"parameters.waiting_years"}
    assert "parameter" in {each["part"] for each in found.report["law"]["us_zz/older_offenses"]}


def test_of_several_causes_each_is_found_by_deciding_with_it_exchanged(
    statewide: Statewide, lake: Path, tmp_path: Path
) -> None:
    again = tmp_path / "in"
    shutil.copytree(statewide.folder / "in", again)
    _give_another_birth(again / "people")
    code, said = command(
        "ingest", "--source", "us_zz_statewide", "--input", str(again), "--lake", str(lake), "--received-on", DAYS[0],
    )  # fmt: skip
    assert code == 0, said
    county = _a_county(statewide)
    before, after = statewide.reports[0]["run_id"], decide(lake, DAYS[1], "--county", county)
    found = compare(lake, before, after, "--out", str(tmp_path / "lists"))
    assert {(row["pack"], row["charge_id"]) for row in found.changes} == found.differing
    causes = {cause for row in found.changes for cause in row["causes"]}
    assert {"records", "options"} <= causes <= {"records", "options", "as_of"}
    for row in found.changes:
        # Who is asked about in one county only is not decided in the others, and new records are named where they are a cause.
        assert ("options" in row["causes"]) == (row["outcome_after"] is None)
        assert bool(row["records"]) == ("records" in row["causes"])
    assert any(county in line for line in found.report["options"])
    _check_lists(tmp_path / "lists", found)


def _a_county(statewide: Statewide) -> str:
    files = LakeFiles(str(statewide.folder / "lake"))
    rows = files.decisions(files.run(statewide.reports[0]["run_id"]))
    counted = rows.aggregate("county, count(*) AS n", "county").order("n DESC").fetchall()
    return next(str(county) for county, _ in counted if county is not None)


def _give_another_birth(folder: Path) -> None:
    for file in folder.glob("*.parquet"):
        rows = polars.read_parquet(file)
        rows.with_columns(DATE_OF_BIRTH=polars.date(1999, 1, 1)).write_parquet(file)
        file.with_name(f".{file.name}.crc").unlink()


def _check_lists(folder: Path, found: Compared) -> None:
    lists = {path.stem: list(csv.DictReader(path.read_text().splitlines())) for path in folder.glob("*.csv")}
    assert set(lists) == {"newly_eligible", "no_longer_eligible", "remedy_changed"}
    changes = {(row["pack"], row["charge_id"]): row for row in found.changes}
    were, are = (
        {key for key, row in changes.items() if row[f"outcome_{side}"] == "eligible"}
        for side in ("before", "after")
    )
    listed = {name: {(row["pack"], row["charge_id"]) for row in rows} for name, rows in lists.items()}
    assert listed["newly_eligible"] == are - were
    assert listed["no_longer_eligible"] == were - are
    assert listed["remedy_changed"] <= were & are
    assert listed["no_longer_eligible"]
    for row in (row for rows in lists.values() for row in rows):
        assert row["because_of"] == " ".join(changes[row["pack"], row["charge_id"]]["causes"])
        assert row["file"]
        assert row["line"]


def test_runs_that_are_not_there_are_refused(lake: Path) -> None:
    code, said = command("diff", "nothing", "latest", "--lake", str(lake))
    assert (code, "there is no run [nothing]" in said) == (2, True)
