"""A state's own tables, invented, ingested and decided on two days: one lake for all tests that only read it."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clear_record.lake import Lake
from tests.flow.commands import command
from tests.leaks import events_logged

CONF = Path(__file__).resolve().parents[1]  # holds packs/us_zz
PACKS = ("us_zz/older_offenses", "us_zz/relief_on_request", "us_zz/second_chance")
DAYS = ("2025-06-01", "2026-06-01")
THIRD_DAY = "2026-02-01"


@dataclass(frozen=True)
class Statewide:
    """A folder with a lake of two runs, the first of them signed, what the commands reported of each run, and all that they said."""

    folder: Path
    lake: Lake
    reports: list[dict[str, Any]]
    said: str

    @property
    def events(self) -> Path:
        """What Spark logged of ingest and decide."""
        return self.folder / "events"

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def public_key(self) -> Path:
        return self.folder / "key.pub"


def decide_arguments(lake: str, *options: str) -> tuple[str, ...]:
    """clear-record decide with all packs, as a command and as a job of spark-submit."""
    packs = [option for pack in PACKS for option in ("--pack", pack)]
    source = ("--conf", str(CONF), "--source", "us_zz_statewide")
    return ("decide", *packs, *source, "--lake", lake, "--json", *options)


def decide(lake: str, *options: str) -> tuple[int, str]:
    return command(*decide_arguments(lake, *options))


@pytest.fixture(scope="session")
def decided_here(statewide: "Statewide", tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one machine decides on a copy of the lake, on a third day."""
    lake = shutil.copytree(statewide.folder / "lake", tmp_path_factory.mktemp("here") / "lake")
    code, said = decide(str(lake), "--as-of", THIRD_DAY)
    assert code == 0, said
    return reported(said)


@pytest.fixture
def copied(statewide: "Statewide", tmp_path: Path) -> Path:
    """A copy of the lake: tables of the same ids and versions, so that the same work has the same run id."""
    return Path(shutil.copytree(statewide.folder / "lake", tmp_path / "lake"))


def reported(said: str) -> dict[str, Any]:
    """What a command reported as JSON."""
    return dict(json.loads(said[said.index("{") :]))


def is_the_same(report: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether two runs, of which one was perhaps disturbed, found the same."""
    return all(
        report[name] == expected[name] for name in ("run_id", "content_root", "outcomes", "out_of_scope")
    )


@pytest.fixture(scope="session")
def statewide(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Statewide:
    folder = tmp_path_factory.mktemp("statewide")
    lake = str(folder / "lake")
    everything = []

    def done(*arguments: str) -> None:
        code, said = command(*arguments)
        assert code == 0, said
        everything.append(said)

    invented = ("--convictions", "600", "--seed", "4", "--format", "parquet")
    truth = ("--truth", str(folder / "wrong.jsonl"))
    done("synth", "statewide", *invented, "--out", str(folder / "in"), *truth)
    # The names that are invented stand in the plan that invents them, and from here on in none.
    with events_logged(spark, folder / "events"):
        delivered = ("--source", "us_zz_statewide", "--input", str(folder / "in"))
        done("ingest", *delivered, "--lake", lake, "--received-on", DAYS[0])
        done("signing-key", str(folder / "key"))
        reports = []
        for day, options in zip(DAYS, (["--sign-key", str(folder / "key")], []), strict=True):
            code, said = decide(lake, "--as-of", day, *options)
            assert code == 0, said
            everything.append(said)
            reports.append(reported(said))
    return Statewide(folder, Lake(spark, lake), reports, "".join(everything))
