"""Which rows go when charges are sealed: those of the charges, decisions that rest on them, and all of a person of whom no charge is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.decide.links import as_one_person, persons
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.spark import small_table
from clear_record.tables import (
    CHARGE,
    DECISION,
    DECISION_CHANGE,
    DISPOSITION,
    FACT,
    REGISTRATION,
    REJECT,
    REVIEW_MARK,
    SAMPLE,
    SENTENCE,
    SETTLEMENT,
    SUBJECT,
    SUBJECT_LINK,
    SUPERVISION,
    WITHDRAWAL,
    Table,
)

# Charges go first: who reads records while others follow finds no charge without its facts.
TABLES_WITH_VALUES = (
    CHARGE, DISPOSITION, SENTENCE, SUPERVISION, FACT, SETTLEMENT, DECISION, DECISION_CHANGE, SAMPLE, REVIEW_MARK,
    SUBJECT, REGISTRATION, SUBJECT_LINK, REJECT, WITHDRAWAL,
)  # fmt: skip
# They repeat what was decided, and so what decisions rest on.
_OF_DECISIONS = (DECISION_CHANGE, SAMPLE, REVIEW_MARK)
# Their rows have hashes in roots, which carry salts.
SALTED = tuple(table for table in TABLES_WITH_VALUES if table not in (SETTLEMENT, *_OF_DECISIONS))
_CHARGES, _PEOPLE = ("charge_id", "witnesses"), ("subject_id", "linked_subject_id")


@dataclass(frozen=True, slots=True)
class Going:
    """Ids of the charges that go, of other charges of which a decision rests on one of them, and of the people who go with them."""

    lake: Lake
    charges: Sequence[str]
    resting: Sequence[str]
    people: Sequence[str]

    def ids(self, column: str, table: Table | None = None) -> DataFrame:
        """The ids for which a row (of `table`) goes that has one of them in this column, under the column's name."""
        if column in _PEOPLE:
            return ids_table(self.lake, column, self.people)
        # Of a charge that rests on a sealed one all decisions go: what an earlier run said would stand again in one that builds on it.
        resting = self.resting if table in (DECISION, *_OF_DECISIONS) else ()
        return ids_table(self.lake, column, (*self.charges, *resting))

    def columns(self, table: Table) -> list[str]:
        """The columns of a table for which its rows go."""
        return [each for each in table.column_names if each in (*_CHARGES, *_PEOPLE)]

    def rows(self, table: Table) -> DataFrame:
        """The rows of a table that go, whatever committed them, in the columns of the contract."""
        rows = self.lake.read(table.name)
        flags: list[Column] = []
        for column in self.columns(table):
            flag = f"_by_{column}"
            if column == "witnesses":
                # Few decisions have witnesses, and none is compared with each of the charges.
                named = rows.select(*table.key, F.explode("witnesses").alias(column))
                hits, on = named.join(F.broadcast(self.ids(column)), column, "left_semi"), list(table.key)
                hits = hits.select(*on).distinct()
            else:
                hits, on = self.ids(column, table), [column]
            rows = rows.join(F.broadcast(hits.withColumn(flag, F.lit(True))), on, "left")
            flags.append(F.coalesce(F.col(flag), F.lit(False)))
        return rows.where(reduce(Column.__or__, flags)).select(*table.column_names)


def ids_table(lake: Lake, column: str, ids: Sequence[str]) -> DataFrame:
    """Ids as a table: as literals they would stand in a plan."""
    return small_table(lake.spark, [(each,) for each in ids], f"{column} string")


def tables_of(lake: Lake) -> list[Table]:
    """The tables of a lake in which rows of charges and people can stand."""
    return [table for table in TABLES_WITH_VALUES if lake.exists(table.name)]


def charges_there(lake: Lake, charges: Sequence[str]) -> list[str]:
    """Those of these charges that the lake has."""
    found = (
        lake.read("charge")
        .select("charge_id")
        .join(F.broadcast(ids_table(lake, "charge_id", charges)), "charge_id", "left_semi")
    )
    return sorted(row["charge_id"] for row in found.distinct().collect())


def people_gone(lake: Lake, charges: Sequence[str], on: date) -> list[str]:
    """The ids of the people who have no charge left without these, under any id that is theirs on a day."""
    links = Records(lake).rows("subject_link")
    people = None if links.isEmpty() else persons(links, on)
    every = lake.read("charge").select("subject_id", "charge_id")
    if people is not None:
        every = as_one_person(every, people)
    these = F.broadcast(ids_table(lake, "charge_id", charges))
    owners = every.join(these, "charge_id", "left_semi").select("subject_id").distinct()
    left = every.join(these, "charge_id", "left_anti").join(F.broadcast(owners), "subject_id", "left_semi")
    gone = owners.join(left.select("subject_id").distinct(), "subject_id", "left_anti")
    if people is not None:
        joined = people.join(gone.withColumnRenamed("subject_id", "person_id"), "person_id", "left_semi")
        gone = gone.unionByName(joined.select("subject_id"))
    return sorted(row["subject_id"] for row in gone.distinct().collect())


def charges_resting_on(lake: Lake, charges: Sequence[str]) -> list[str]:
    """The other charges of which a decision, in any run, names one of these as a witness."""
    if not lake.exists("decision"):
        return []
    named = lake.read("decision").select("charge_id", F.explode("witnesses").alias("witness"))
    resting = named.join(F.broadcast(ids_table(lake, "witness", charges)), "witness", "left_semi")
    return sorted({row["charge_id"] for row in resting.distinct().collect()} - set(charges))


def people_of(rows: Sequence[DataFrame]) -> list[str]:
    """The ids of the people of rows."""
    ids = reduce(DataFrame.unionByName, [each.select("subject_id") for each in rows])
    return sorted(row["subject_id"] for row in ids.where("subject_id IS NOT NULL").distinct().collect())
