"""What is decided does not depend on how Spark goes about it, nor on the order in which records lie, nor on a disk that was full for a while."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from clear_record.lake import Lake, TableVersion
from tests.flow.conftest import THIRD_DAY, Statewide, decide, is_the_same, reported

pytestmark = [pytest.mark.spark, pytest.mark.slow]

ROOM_LEFT = 32 * 1024


@contextmanager
def set_to(spark: SparkSession, settings: Mapping[str, str]) -> Iterator[None]:
    """Settings of the session, for a while."""
    before = {name: str(spark.conf.get(name)) for name in settings}
    try:
        for name, setting in settings.items():
            spark.conf.set(name, setting)
        yield
    finally:
        for name, setting in before.items():
            spark.conf.set(name, setting)


def decided(lake: Path) -> dict[str, Any]:
    code, said = decide(str(lake), "--as-of", THIRD_DAY)
    assert code == 0, said
    return reported(said)


@pytest.mark.parametrize("is_adaptive", [True, False])
@pytest.mark.parametrize("partitions", [1, 4, 11, 200])
def test_any_number_of_partitions_finds_the_same(
    spark: SparkSession, decided_here: dict[str, Any], copied: Path, partitions: int, is_adaptive: bool
) -> None:
    settings = {
        "spark.sql.shuffle.partitions": str(partitions),
        "spark.sql.adaptive.enabled": str(is_adaptive).lower(),
    }
    with set_to(spark, settings):
        assert is_the_same(decided(copied), decided_here)


def test_records_in_any_order_give_the_same(
    decided_here: dict[str, Any], copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Lake.read

    def in_any_order(lake: Lake, name: str, at: TableVersion | None = None) -> DataFrame:
        # Computed here: Spark leaves an order out that it finds nobody to need.
        return read(lake, name, at).orderBy(F.rand(7)).localCheckpoint()

    monkeypatch.setattr(Lake, "read", in_any_order)
    assert is_the_same(decided(copied), decided_here)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, made by root where the kernel allows it; elsewhere the test is skipped."""
    if os.getuid() != 0:
        pytest.skip("a file system is mounted by root")
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"this machine mounts nothing: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.usefixtures("spark")
def test_a_full_disk_ends_the_job_and_once_there_is_room_it_finds_the_same(
    statewide: Statewide, decided_here: dict[str, Any], small_disk: Path
) -> None:
    lake = Path(shutil.copytree(statewide.folder / "lake", small_disk / "lake"))
    before = DeltaTable(str(lake / "run")).version()
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - ROOM_LEFT))
    code, said = decide(str(lake), "--as-of", THIRD_DAY)
    assert (code, said) == (
        75,
        "clear-record: no space left on a disk; nothing more was committed; make room, then run this again\n",
    )
    assert DeltaTable(str(lake / "run")).version() == before
    ballast.unlink()
    assert is_the_same(decided(lake), decided_here)
