"""Where tables disagree: what is seen of it on a charge, and the rule of the source that decides it.

A rule gives one of the readings, or the interval that covers both; `review` covers both too, and leaves the charge incomplete.
"""

from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.ingest.tables.source import TablesSource


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last day that something can be, as Columns; a null last day is open."""

    earliest: Column
    latest: Column

    def where(self, condition: Column) -> "Ends":
        return Ends(F.when(condition, self.earliest), F.when(condition, self.latest))


def covering(one: Ends, other: Ends) -> Ends:
    """The interval that covers both; open where one of them is."""
    latest = F.when(one.latest.isNotNull() & other.latest.isNotNull(), F.greatest(one.latest, other.latest))
    return Ends(F.least(one.earliest, other.earliest), latest)


def are_apart(one: Ends, other: Ends) -> Column:
    """Whether no day can be both; an open end is never apart."""
    return F.coalesce((one.latest < other.earliest) | (other.latest < one.earliest), F.lit(False))


def ruled(rule: str, *, is_conflict: Column, believed: dict[str, Ends], both: Ends, otherwise: Ends) -> Ends:
    """The ends by the source's rule where there is a conflict: one of `believed`, else `both`; `otherwise` without one."""
    chosen = believed.get(rule, both)
    return Ends(
        F.when(is_conflict, chosen.earliest).otherwise(otherwise.earliest),
        F.when(is_conflict, chosen.latest).otherwise(otherwise.latest),
    )


def needs_review(source: TablesSource, conflicts: dict[str, Column]) -> Column:
    """Whether a charge has a conflict that the source leaves to a person."""
    review = F.lit(False)
    for kind, is_conflict in conflicts.items():
        if source.rule_of(kind) == "review":
            review |= is_conflict
    return review
