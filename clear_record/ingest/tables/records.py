"""From judged tables and folded charges to the rows of the record tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from pyspark.sql import Column, DataFrame, Observation, Window
from pyspark.sql import functions as F

from clear_record.ingest.tables.folding import CHARGE, Fold
from clear_record.ingest.tables.source import FACTS_OF_CHARGE, FACTS_OF_PERSON, TableName
from clear_record.ingest.tables.typing import coded_roles
from clear_record.ingest.texts import UNKNOWN
from clear_record.spark import small_table
from clear_record.tables import TABLES

WRITTEN = (
    "charge", "subject", "disposition", "sentence", "supervision", "registration", "fact", "subject_link", "reject", "coverage",
)  # fmt: skip
# The table of the state whose rows become those of a record table, one each.
ROW_BY_ROW: dict[str, TableName] = {
    "disposition": "dispositions",
    "sentence": "sentences",
    "supervision": "supervision",
    "registration": "registrations",
    "fact": "facts",
    "subject_link": "links",
}
_CHARGE_CONFLICTS = (
    "revoked_but_complete", "supervision_end", "without_person", "convicted_without_disposition", "disposition_without_conviction",
    "grades",
)  # fmt: skip


@dataclass(frozen=True)
class TableRecords:
    """The rows of each record table but `delivery`, from a state's own tables.

    `seen` counts what is read, by table; `conflicts` counts disagreements once the charges are written.
    """

    fold: Fold
    delivery_id: str
    seen: Mapping[TableName, Observation]
    conflicts: Observation

    def rows(self, table: str) -> DataFrame:
        """The rows of a record table, in the columns of its contract."""
        rows: DataFrame = getattr(self, table)
        rows = rows.withColumn("delivery_id", F.lit(self.delivery_id))
        return rows.select(*[F.col(c.name).cast(c.type).alias(c.name) for c in TABLES[table].columns])

    # --- people and charges ----------------------------------------------------------------------------

    @property
    def subject(self) -> DataFrame:
        """People with their rows; and those whom only charges name, of whom nothing else is known."""
        fold, received = self.fold, F.lit(self.fold.received_on)
        named = fold.people.where("rows_count > 0").join(fold.births_of_charges, "subject_id", "left")
        only_charged = (
            fold.bases.where(F.col("is_possible") & F.coalesce(F.col("rows_count") == 0, F.lit(True)))
            .groupBy("subject_id")
            .agg(F.min(F.struct("file", "line")).alias("place"))
            .join(fold.births_of_charges, "subject_id", "left")
        )
        people = fold.with_birth(named.unionByName(only_charged, allowMissingColumns=True))
        is_deceased = F.col("deceased_latest").isNotNull()
        no_earlier = F.coalesce("deceased_earliest", "birth_earliest", F.lit(fold.source.no_date_before))
        return people.withColumns(
            {
                # Rows that print two of them leave it open.
                **{
                    name: F.when(F.col(name) == F.col(f"{name}_most"), F.col(name))
                    for name in ("sex", "race")
                },
                "deceased_earliest": F.when(is_deceased, no_earlier),
                "deceased_latest": F.when(is_deceased, F.least("deceased_latest", received)),
                "file": F.col("place")["file"],
                "line": F.col("place")["line"],
            }
        )

    def births_count(self) -> int:
        """How many people have birth dates that cannot be one day."""
        return self.subject.where("has_birth_dates").count()

    @cached_property
    def charge(self) -> DataFrame:
        counts = [F.count_if(f"has_{kind}").alias(kind) for kind in _CHARGE_CONFLICTS]
        doubtful = F.count_if(~F.col("is_understood")).alias("charges_incomplete")
        return self.fold.charges.observe(self.conflicts, *counts, doubtful)

    # --- what belongs to charges -----------------------------------------------------------------------

    @property
    def disposition(self) -> DataFrame:
        fold = self.fold
        rows = fold.events.join(fold.keys.where("is_possible"), [*CHARGE], "inner").withColumns(
            {
                "disposed_earliest": F.coalesce(
                    "disposed_earliest", F.least("no_earlier", F.lit(fold.received_on))
                ),
                "disposed_latest": F.coalesce("disposed_latest", F.lit(fold.received_on)),
                **{f"printed_{end}": F.lit(None) for end in ("earliest", "latest")},
                "code": F.col("event"),
                "raw": F.col("event_raw"),
            }
        )
        return _numbered(rows, "disposed_earliest", "disposed_latest")

    @property
    def sentence(self) -> DataFrame:
        if not self.fold.has("sentences"):
            return self._nothing("sentence")
        return _numbered(self.fold.sentences.withColumn("raw", F.col("kind_raw")), "served_from_earliest")

    @property
    def supervision(self) -> DataFrame:
        if not self.fold.has("supervision"):
            return self._nothing("supervision")
        ends = {
            f"{new}_{end}": F.col(f"{old}_{end}")
            for new, old in (("supervised_from", "begins"), ("supervised_until", "ends"))
            for end in ("earliest", "latest")
        }
        return self.fold.supervision.withColumns(
            {"supervision_id": F.col("row_id"), **ends, "outcome": F.col("outcome_raw")}
        )

    @property
    def fact(self) -> DataFrame:
        if not self.fold.has("facts"):
            return self._nothing("fact")
        rows = self.fold.accepted("facts")
        entries = {**FACTS_OF_CHARGE, **FACTS_OF_PERSON}
        units = {name: entry.unit for name, entry in entries.items() if entry.unit}
        unit = F.try_element_at(
            F.create_map(*[F.lit(part) for pair in units.items() for part in pair]), F.col("name")
        )
        rows = rows.join(self.fold.keys, [*CHARGE], "left").where(
            F.col("charge_id").isNull() | F.col("is_possible")
        )
        return rows.withColumns(
            {
                "fact_id": F.col("row_id"),
                "charge_id": F.when(
                    ~F.coalesce(F.col("name").isin(list(FACTS_OF_PERSON)), F.lit(False)), F.col("charge_id")
                ),
                "unit": unit,
                # Of a fact that has no name here the state's own name is kept.
                "printed": F.coalesce(
                    "printed", F.when(F.col("name").isNull(), F.col("name_raw")), "value_raw"
                ),
                "value": F.when(F.col("name").isNotNull(), F.col("value")),
                "name": F.coalesce("name", F.lit(UNKNOWN)),
                "recorded_on": F.col("recorded_latest"),
                "source": F.lit(self.fold.source.name),
            }
        )

    # --- what belongs to people ------------------------------------------------------------------------

    @property
    def registration(self) -> DataFrame:
        fold = self.fold
        if not fold.has("registrations"):
            return self._nothing("registration")
        return fold.accepted("registrations").withColumns(
            {
                "registration_id": F.col("row_id"),
                "statute": F.coalesce("statute", "kind_raw"),
                "registered_from_earliest": F.coalesce("begins_earliest", F.lit(fold.source.no_date_before)),
                "registered_from_latest": F.coalesce("begins_latest", F.lit(fold.received_on)),
                **{f"registered_until_{end}": F.col(f"ends_{end}") for end in ("earliest", "latest")},
            }
        )

    @property
    def subject_link(self) -> DataFrame:
        if not self.fold.has("links"):
            return self._nothing("subject_link")
        return self.fold.accepted("links").withColumns(
            {
                "kind": F.coalesce("kind", F.lit(UNKNOWN)),
                # A day that is known as a month is taken for its whole: what may hold then, holds.
                "linked_from": F.col("begins_earliest"),
                "linked_until": F.col("ends_latest"),
            }
        )

    # --- the rest --------------------------------------------------------------------------------------

    @cached_property
    def reject(self) -> DataFrame:
        """The rejected rows of all tables. Reading them counts every table (`seen`)."""
        columns = ("subject_id", "code", "field", "file", "line")
        found = []
        for holds, rows in self.fold.judged.items():
            rows = self._with_charge(holds, rows)
            found.append(
                rows.observe(self.seen[holds], *self._counts(holds))
                .where(F.col("code").isNotNull())
                .select(*columns)
            )
        return reduce(DataFrame.unionByName, found).withColumn("delivery_id", F.lit(self.delivery_id))

    def _with_charge(self, holds: TableName, rows: DataFrame) -> DataFrame:
        """The rows with the code of those whose charge is not there, or lies before the person's birth."""
        if "charge_id" not in rows.columns:
            return rows
        rows = rows.join(self.fold.keys.select(*CHARGE, "is_possible"), [*CHARGE], "left")
        is_there = F.coalesce("is_possible", F.lit(False)) | F.col("charge_id").isNull()
        is_lost = F.col("is_accepted") & ~is_there
        code = "Q011" if holds == "charges" else "Q040"
        return rows.withColumns(
            {
                "code": F.when(is_lost, code).otherwise(F.col("code")),
                "is_accepted": F.col("is_accepted") & ~is_lost,
            }
        )

    def _counts(self, holds: TableName) -> list[Column]:
        table = dict(self.fold.source.tables.described())[holds]
        is_counted = F.coalesce("is_accepted", F.lit(False))
        unknown = [
            F.count_if(is_counted & (F.col("unknown").bitwiseAND(1 << bit) != 0)).alias(f"unknown:{role}")
            for bit, role in enumerate(coded_roles(table))
        ]
        return [
            F.count_if("is_accepted").alias("accepted"),
            F.count_if("is_copy").alias("collapsed"),
            F.count_if(F.col("code").isNotNull()).alias("rejected"),
            F.count_if(F.col("code") == "Q040").alias("without_charge"),
            F.sum("sentinels").alias("sentinels"),
            *unknown,
        ]

    @property
    def coverage(self) -> DataFrame:
        source = self.fold.source
        rows = [(kind, source.state, None, None, source.name, self.delivery_id) for kind in source.coverage]
        return small_table(self.fold.bases.sparkSession, rows, TABLES["coverage"].ddl)

    def _nothing(self, table: str) -> DataFrame:
        return small_table(self.fold.bases.sparkSession, [], TABLES[table].ddl)


def _numbered(rows: DataFrame, *by: str) -> DataFrame:
    """The rows with `sequence`, from 1 in each charge."""
    # The row's own key is the same in every format and delivery, which its place is not.
    order = [F.col(name) for name in (*by, "key_hash")]
    of_charge: Sequence[Column] = [F.col(name) for name in CHARGE]
    return rows.withColumn("sequence", F.row_number().over(Window.partitionBy(*of_charge).orderBy(*order)))
