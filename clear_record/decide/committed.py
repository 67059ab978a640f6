"""Committed runs as they stand in the lake: their rows, what they read, and the decisions that stand in them."""

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from clear_record.lake import Lake, TableVersion
from clear_record.records import only_of
from clear_record.tables import DECISION, OUT_OF_SCOPE

OUTCOME = ("pack", "outcome", "remedy")
"""What decisions are counted by."""
_KEY = ("pack", "charge_id")
_DECIDED = [name for name in DECISION.column_names if name not in ("run_id", *_KEY)]


def find_run(lake: Lake, run_id: str) -> Row | None:
    """The row of a committed run; `latest` is the end of the chain."""
    runs = lake.read("run")
    rows = (
        runs.orderBy(F.desc("position")).limit(1)
        if run_id == "latest"
        else runs.where(F.col("run_id") == run_id)
    ).collect()
    return rows[0] if rows else None


def inputs_of(run: Row | Mapping[str, Any]) -> dict[str, TableVersion]:
    """The record tables and the versions that a run read, by name."""
    return {
        each["table_name"]: TableVersion(each["table_name"], each["table_id"], each["version"])
        for each in run["inputs"]
    }


def standing_rows(lake: Lake, run: Row | Mapping[str, Any], ids: DataFrame | None = None) -> DataFrame:
    """The rows of `decision` that stand in a run: of each charge and pack its own, else the last of the runs that it builds on; run_id says
    which. They are those of a full run at the same versions, and so those of charges that may come into scope are among them.

    `ids` (subject_id, each once) are those of whom they are asked for; None is everybody.
    """
    runs = [run["run_id"], *run["builds_on"]]
    rows = lake.read("decision")
    full = only_of(rows.where(F.col("run_id") == runs[-1]), ids)
    if len(runs) == 1:
        return full
    # The rows of incremental runs are few: they are taken out of the full run's, which need not move. All of them: a charge of which
    # a row of one of these people may be another person's by now.
    later = rows.where(F.col("run_id").isin(runs[:-1]))
    place = F.array_position(F.array(*[F.lit(each) for each in runs]), F.col("run_id"))
    columns = [name for name in DECISION.column_names if name not in _KEY]
    newest = (
        later.groupBy(*_KEY)
        .agg(F.min_by(F.struct(*columns), place).alias("row"))
        .select(*_KEY, "row.*")
        .select(*DECISION.column_names)
    )
    untouched = full.join(later.select(*_KEY).distinct(), list(_KEY), "left_anti")
    is_gone = (F.col("outcome") == OUT_OF_SCOPE) & F.col("recheck_on").isNull()
    return untouched.unionByName(only_of(newest.where(~is_gone), ids))


def standing_decisions(lake: Lake, run: Row | Mapping[str, Any]) -> DataFrame:
    """The decisions that stand in a run, in the columns of `decision`."""
    return standing_rows(lake, run).where(F.col("outcome") != OUT_OF_SCOPE)


def outcomes_of(rows: DataFrame) -> list[dict[str, Any]]:
    """How many decisions, and of how many people, by pack, outcome and remedy, as the row of a run has them."""
    counted = (
        rows.where(F.col("outcome") != OUT_OF_SCOPE)
        .groupBy(*OUTCOME)
        .agg(F.count("*").alias("charges_count"), F.countDistinct("subject_id").alias("subjects_count"))
    )
    found = (row.asDict() for row in counted.collect())
    return sorted(found, key=lambda row: tuple(row[name] for name in OUTCOME))


def side_by_side(before: DataFrame, after: DataFrame) -> DataFrame:
    """Two sets of decisions side by side: pack, charge_id, `before` and `after` (structs of the other columns; null where it is
    not there), and `difference` (string): not decided before, not decided after, or the columns that differ; null if none.
    """
    sides = [
        rows.select(*_KEY, F.struct(*_DECIDED).alias(side))
        for side, rows in (("before", before), ("after", after))
    ]
    return sides[0].join(sides[1], list(_KEY), "full").withColumn("difference", _difference())


def _difference() -> Column:
    differing = [
        F.when(~F.col(f"before.{name}").eqNullSafe(F.col(f"after.{name}")), F.lit(name)) for name in _DECIDED
    ]
    return (
        F.when(F.col("before").isNull(), F.lit("not decided before"))
        .when(F.col("after").isNull(), F.lit("not decided after"))
        .otherwise(F.nullif(F.concat_ws(", ", *differing), F.lit("")))
    )
