"""A state's own tables through the whole flow, by the commands that people run: invented, ingested, decided by an invented state's law."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from clear_record.cli import main
from clear_record.lake import Lake

pytestmark = pytest.mark.spark

CONF = Path(__file__).resolve().parents[1]  # holds packs/us_zz
PACKS = ("us_zz/older_offenses", "us_zz/relief_on_request")


def command(*arguments: str) -> tuple[int, str]:
    with redirect_stdout(StringIO()) as said, redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(str(ended.value.code)), said.getvalue()


@pytest.fixture(scope="module")
def flow(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("statewide")
    lake = str(folder / "lake")
    code, said = command(
        "synth", "statewide", "--convictions", "600", "--seed", "4", "--out", str(folder / "in"),
        "--format", "parquet", "--truth", str(folder / "wrong.jsonl"),
    )  # fmt: skip
    assert code == 0, said
    code, said = command(
        "ingest", "--source", "us_zz_statewide", "--input", str(folder / "in"), "--lake", lake, "--received-on", "2025-06-01",
    )  # fmt: skip
    assert code == 0, said
    packs = [option for pack in PACKS for option in ("--pack", pack)]
    code, said = command(
        "decide", *packs, "--conf", str(CONF), "--source", "us_zz_statewide", "--as-of", "2025-06-01", "--lake", lake, "--json",
    )  # fmt: skip
    assert code == 0, said
    return Lake(spark, lake), json.loads(said[said.index("{") :])


def test_every_charge_in_scope_is_decided(flow: tuple[Lake, dict[str, Any]]) -> None:
    lake, report = flow
    decided = sum(each["charges_count"] for each in report["outcomes"])
    left_out = sum(each["charges_count"] for each in report["out_of_scope"])
    assert decided == lake.read("decision").count()
    assert decided + left_out == len(PACKS) * lake.records("charge").count()
    assert "eligible" in {each["outcome"] for each in report["outcomes"]}


def test_who_is_held_or_incomplete_gets_nothing_from_a_program(
    flow: tuple[Lake, dict[str, Any]],
) -> None:
    lake, _ = flow
    held = {row["subject_id"] for row in lake.records("reject").collect()}
    assert held
    outcomes = {row["outcome"] for row in lake.read("decision").collect() if row["subject_id"] in held}
    assert outcomes == {"needs_review"}
