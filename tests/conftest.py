"""One Spark session for all tests that need one: a start costs ten seconds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from clear_record.lake import Lake


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    from clear_record.spark import session

    started = session("tests", master="local[2]", memory="5g")
    started.conf.set("spark.sql.shuffle.partitions", "2")
    yield started
    started.stop()


@pytest.fixture(scope="module", autouse=True)
def _forgotten_lakes() -> Iterator[None]:
    """Delta keeps the plans of each table that was read for an hour: over hundreds of small lakes they fill the memory."""
    yield
    if (started := SparkSession.getActiveSession()) is not None and (jvm := started._jvm) is not None:
        jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """An empty lake of its own for a test."""
    return Lake(spark, str(tmp_path / "lake"))
