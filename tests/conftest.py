"""One Spark session for all tests of a process that need one, and what pytest-xdist keeps in one process: a start costs ten seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from clear_record.lake import Lake


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes (scripts/test), a file's tests stay together, and so do all that share the lake of tests/flow."""
    for item in items:
        shares_lake = "statewide" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("statewide" if shares_lake else str(item.path)))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    from clear_record.spark import session

    started = session("tests", master="local[2]", memory="3g")
    started.conf.set("spark.sql.shuffle.partitions", "2")
    yield started
    started.stop()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """An empty lake of its own for a test."""
    return Lake(spark, str(tmp_path / "lake"))
