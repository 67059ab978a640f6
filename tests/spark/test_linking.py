"""The short way through simple cycles ties counts as the general one does."""

import random
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from clear_record.ingest.linking import _by_steps, _is_simple, link
from clear_record.spark import small_table

pytestmark = pytest.mark.spark

_CYCLE = (
    "id int, counts array<struct<step: int, count: int, charged_same: bigint, offense_same: bigint, is_bearing: boolean, "
    "is_court: boolean, is_change: boolean, is_dismissal: boolean>>"
)


def cycle(dice: random.Random) -> list[dict[str, Any]]:
    """Counts as cycles have them, sorted: mostly the first step's offenses again, sometimes odd."""
    offenses = [dice.randint(1, 4) for _ in range(dice.randint(1, 3))]
    counts = [
        {
            "step": step,
            "count": number,
            "charged_same": dice.choice([*offenses, *offenses, None, 5]) if dice.random() < 0.2 else offense,
            "offense_same": offense if dice.random() < 0.9 else dice.randint(1, 5),
            "is_bearing": dice.random() < 0.9,
            "is_court": step > 1,
            "is_change": dice.random() < 0.15,
            "is_dismissal": dice.random() < 0.1,
        }
        for step in range(1, dice.randint(1, 4) + 1)
        for number, offense in enumerate(dice.sample(offenses, dice.randint(1, len(offenses))), start=1)
    ]
    return sorted(counts, key=lambda each: (each["step"], each["count"]))


def test_both_ways_tie_the_same_counts(spark: SparkSession) -> None:
    dice = random.Random(20260101)
    cycles = [(number, cycle(dice) if number else []) for number in range(3000)]
    counts = F.col("counts")
    found = (
        small_table(spark, cycles, _CYCLE)
        .select("id", "counts", _is_simple(counts).alias("is_simple"), link(counts).alias("tied"), _by_steps(counts).alias("general"))
        .collect()
    )  # fmt: skip
    assert 600 < sum(row["is_simple"] for row in found) < 2400
    for row in found:
        assert row["tied"] == row["general"], row["counts"]
