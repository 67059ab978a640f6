"""One Spark session for all tests that need one: a start costs ten seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from clear_record.lake import Lake


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
