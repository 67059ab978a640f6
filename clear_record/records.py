"""The record tables as one reader sees them: rows of committed deliveries, but those that a committed delivery withdrew."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Self

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from clear_record.lake import Lake, TableVersion
from clear_record.tables import TABLES
from clear_record.withdrawals import RECORDS_OF

Spread = Callable[[DataFrame], DataFrame]
"""Gives the same rows, under other ids of their persons or in other places."""


def only_of(rows: DataFrame, ids: DataFrame | None) -> DataFrame:
    """The rows of these ids (subject_id, each once); of everybody for None."""
    return rows if ids is None else rows.join(ids, "subject_id", "left_semi").select(*rows.columns)


def _as_they_are(rows: DataFrame) -> DataFrame:
    return rows


class Records:
    """The rows of record tables at `versions` (the newest ones if None).

    `delivery_ids` are the deliveries that count, all that are committed there if None: with those of an earlier moment the rows are those of
    that moment, since rows are added only.
    """

    def __init__(
        self,
        lake: Lake,
        versions: Mapping[str, TableVersion] | None = None,
        delivery_ids: Sequence[str] | None = None,
    ) -> None:
        self.lake, self._versions, self._delivery_ids = lake, versions, delivery_ids

    @classmethod
    def of_source(cls, lake: Lake, source: str) -> Self:
        """The newest rows that came with deliveries of a source."""
        deliveries = lake.read("delivery").where(F.col("source") == source).select("delivery_id").collect()
        return cls(lake, None, sorted(row["delivery_id"] for row in deliveries))

    def read(self, name: str) -> DataFrame:
        """A table at its version, whatever committed its rows. Raises NotReproducible where the version is gone."""
        return self.lake.read(name, None if self._versions is None else self._versions[name])

    @cached_property
    def delivery_ids(self) -> list[str]:
        """The deliveries that count."""
        if self._delivery_ids is not None:
            return list(self._delivery_ids)
        return sorted(row["delivery_id"] for row in self.read("delivery").select("delivery_id").collect())

    def rows(self, name: str, ids: DataFrame | None = None, spread: Spread = _as_they_are) -> DataFrame:
        """The rows of a record table that count, in the columns of its contract. Raises as `read`.

        `ids` (subject_id, each once) are those whose rows are asked for; None is all. `spread` is done to the rows, and to what withdraws
        them, before the two meet: rows that it spreads by person move once.
        """
        rows = self._delivered(name, ids)
        if name not in RECORDS_OF or not self._has_withdrawals:
            return spread(rows)
        names, columns = RECORDS_OF[name]
        withdrawn = (
            self._delivered("withdrawal", ids)
            .where(F.col("table_name").isin(*names))
            .select("subject_id", F.col("withdrawn_delivery_id").alias("delivery_id"), "record_id")
        )
        # By the ids that were delivered, before `spread` gives others: a record of a person may be named by the person's.
        known = spread(rows.withColumn("record_id", F.coalesce(*columns)))
        # Spark would do an anti-join before the rows are spread, and so spread them twice.
        marked = spread(withdrawn).withColumn("_is_withdrawn", F.lit(True))
        found = known.join(marked, ["subject_id", "delivery_id", "record_id"], "left")
        return found.where(F.isnull("_is_withdrawn")).select(*TABLES[name].column_names)

    @cached_property
    def covered_states(self) -> dict[str, list[str]]:
        """In which states the source of a kind of record was loaded."""
        covered: dict[str, list[str]] = {}
        for row in self.rows("coverage").select("record_kind", "jurisdiction").distinct().collect():
            covered.setdefault(row["record_kind"], []).append(row["jurisdiction"])
        return {kind: sorted(states) for kind, states in sorted(covered.items())}

    @cached_property
    def _has_withdrawals(self) -> bool:
        return bool(self.read("withdrawal").inputFiles())

    def _delivered(self, name: str, ids: DataFrame | None = None) -> DataFrame:
        # Their ids, and not a join: files that have none of them are passed over.
        rows = self.read(name).where(F.col("delivery_id").isin(self.delivery_ids))
        return only_of(rows, ids).select(*TABLES[name].column_names)
