"""Which person ids are one person: the merges and splits that a state tells in `subject_link`, as of a day."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from typing import Self

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from clear_record.records import Records
from clear_record.spark import begun_anew

# Where a pair has several links that began on one day, the careful one holds.
_CAREFUL_FIRST = ("unknown", "conflict", "split", "merge")


@dataclass(frozen=True)
class Links:
    """What a lake's `subject_link` says on a day; each is computed once, when it is asked for, and serves all that ask."""

    links: DataFrame
    as_of: date

    @classmethod
    def of(cls, records: Records, as_of: date) -> Self:
        """The links of the records, on a day. Raises as `Records.rows`."""
        return cls(records.rows("subject_link"), as_of)

    @cached_property
    def are_there(self) -> bool:
        """Whether there are any."""
        return not self.links.isEmpty()

    @cached_property
    def persons(self) -> DataFrame:
        """See `persons`."""
        return persons(self.links, self.as_of)

    @cached_property
    def in_conflict(self) -> DataFrame:
        """See `in_conflict`."""
        return begun_anew(in_conflict(self.links, self.as_of))

    def ids_of(self, people: DataFrame) -> DataFrame:
        """All ids that stand for these people, the people's own among them: subject_id, each once, in both."""
        whose = people.withColumnRenamed("subject_id", "person_id")
        others = self.persons.join(whose, "person_id", "left_semi").select("subject_id")
        return people.unionByName(others)

    def under_one_id(self, rows: DataFrame) -> DataFrame:
        """Rows with `subject_id`, under one id a person."""
        return as_one_person(rows, self.persons) if self.are_there else rows


def persons(links: DataFrame, as_of: date) -> DataFrame:
    """The ids that stand for another person on a day: subject_id and person_id, the id that stays.

    `links` is `subject_link`. A merge holds until its end, or until a later link of the same two ids; what is merged with a merged
    person is the same person, too.
    """
    merges = _holding(links, as_of).where(F.col("kind") == "merge").select("subject_id", "linked_subject_id")
    both_ways = merges.select(F.col("subject_id").alias("one"), F.col("linked_subject_id").alias("other"))
    both_ways = both_ways.unionByName(
        both_ways.select(F.col("other").alias("one"), F.col("one").alias("other"))
    )
    labels = _first_labels(merges)
    while True:
        spread = (
            both_ways.join(labels.withColumnRenamed("subject_id", "other"), "other")
            .groupBy(F.col("one").alias("subject_id"))
            .agg(F.min("label").alias("near"))
        )
        # The plan would grow with each turn.
        labels = labels.join(spread, "subject_id").select(
            "subject_id",
            F.least("label", "near").alias("label"),
            (F.col("near") < F.col("label")).alias("is_changed"),
        )
        labels = begun_anew(labels)
        if labels.where("is_changed").isEmpty():
            break
        labels = labels.drop("is_changed")
    person_id = F.col("label")["id"]
    return labels.where(person_id != F.col("subject_id")).select("subject_id", person_id.alias("person_id"))


def in_conflict(links: DataFrame, as_of: date) -> DataFrame:
    """The ids of which it is open on a day whether they are one person: subject_id."""
    open_ones = _holding(links, as_of).where(F.col("kind").isin("conflict", "unknown"))
    return open_ones.select(
        F.explode(F.array("subject_id", "linked_subject_id")).alias("subject_id")
    ).distinct()


def as_one_person(rows: DataFrame, people: DataFrame) -> DataFrame:
    """Rows with `subject_id`, under the id of the person that it stands for (see `persons`)."""
    person_id = F.coalesce("person_id", "subject_id")
    joined = rows.join(F.broadcast(people), "subject_id", "left")
    return joined.withColumn("subject_id", person_id).select(*rows.columns)


def _holding(links: DataFrame, as_of: date) -> DataFrame:
    """For each pair of ids the link that holds on a day: of those that began, the last."""
    day = F.lit(as_of)
    has_begun = F.coalesce(F.col("linked_from") <= day, F.lit(True))
    pair = [extreme("subject_id", "linked_subject_id") for extreme in (F.least, F.greatest)]
    care = reduce(
        lambda found, each: found.when(F.col("kind") == each[1], each[0]),
        enumerate(_CAREFUL_FIRST),
        F.when(F.lit(False), 0),
    )
    order: list[Column] = [
        F.col("linked_from").desc_nulls_last(),
        care.asc(),
        F.col("linked_until").asc_nulls_last(),
    ]
    last = F.row_number().over(Window.partitionBy(*pair).orderBy(*order, "subject_id"))
    found = links.where(has_begun).withColumn("place", last).where("place = 1").drop("place")
    return found.where(F.coalesce(day < F.col("linked_until"), F.lit(True)))


def _first_labels(merges: DataFrame) -> DataFrame:
    """Each id under its own name: subject_id, and label, by which the ids that stay come before those that were joined to others."""
    roles = merges.select(
        F.explode(
            F.array(
                *[
                    F.struct(F.col(name).alias("id"), F.lit(is_joined).alias("is_joined"))
                    for name, is_joined in (("subject_id", False), ("linked_subject_id", True))
                ]
            )
        ).alias("role")
    )
    return (
        roles.groupBy(F.col("role")["id"].alias("subject_id"))
        .agg(F.max(F.col("role")["is_joined"]).alias("is_joined"))
        .select("subject_id", F.struct("is_joined", F.col("subject_id").alias("id")).alias("label"))
    )
