"""From folded charges to the rows of the record tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.ids import keyed, text_of, with_key, without_key
from clear_record.ingest.rows import coded_text
from clear_record.ingest.source import Source
from clear_record.ingest.texts import DISPOSITION_CODES, code_bit, with_offense
from clear_record.keys import IdKey
from clear_record.spark import small_table
from clear_record.tables import TABLES


def identified(charges: DataFrame, source: Source, key: IdKey, offenses: DataFrame) -> DataFrame:
    """The charges of `folding.charges` under the lake's ids, with their offenses: adds subject_id, cycle_id, charge_id, case_id
    and the columns offense_* and charged_*; the state's own id is left only in cycle_text and charge_text, the texts of which those
    ids are made."""
    deciding, first = F.col("deciding"), F.get(F.col("steps"), F.lit(0))
    case_number = F.when(
        deciding["is_court"], F.coalesce(deciding["case_number"], deciding["offense_number"])
    )
    case = F.concat_ws(
        "|", F.coalesce(deciding["county"], F.lit("")), F.when(case_number.isNotNull(), case_number)
    )
    person = F.when(F.col("is_person"), F.col("person"))
    of_charge = [first[name] for name in ("step", "count", "charged_same", "offense_same")]
    rows = with_key(charges, key).withColumns(
        {
            "cycle_text": text_of(F.lit("cycle"), F.lit(source.name), person, F.col("cycle")),
            "charge_text": F.when(
                first.isNotNull(),
                text_of(F.lit("charge"), F.lit(source.name), person, F.col("cycle"), *of_charge),
            ),
        }
    )
    rows = rows.withColumns(
        {
            "subject_id": keyed(person, key),
            "case_id": F.when(case_number.isNotNull(), keyed(case, key)),
            "cycle_id": keyed(F.col("cycle_text"), key),
            "charge_id": keyed(F.col("charge_text"), key),
            "offense_no": deciding["offense_no"],
            "charged_no": deciding["charged_no"],
            "county": deciding["county"],
            "deciding_place": deciding["place"],
        }
    )
    rows = without_key(rows)
    for role in ("offense", "charged"):
        rows = with_offense(rows, offenses, f"{role}_no", role).drop(f"{role}_no")
    return rows.drop("person", "is_person", "steps", "deciding")


@dataclass(frozen=True)
class Records:
    """The rows of each record table but `delivery`, from the identified charges of one delivery."""

    folded: DataFrame
    offenses: DataFrame
    source: Source
    key: IdKey
    delivery_id: str
    received_on: date

    def rows(self, table: str) -> DataFrame:
        """The rows of a table, in the columns of its contract."""
        rows: DataFrame = getattr(self, table)
        return rows.select(*[F.col(c.name).cast(c.type).alias(c.name) for c in TABLES[table].columns])

    @property
    def subject(self) -> DataFrame:
        source = self.source
        people = (
            self.folded.where(F.col("place").isNotNull() & F.col("subject_id").isNotNull())
            .groupBy("subject_id")
            .agg(
                F.min("birth_earliest").alias("birth_earliest"),
                F.max("birth_latest").alias("birth_latest"),
                *[F.min(name).alias(name) for name in ("sex", "race", "place", "deceased_earliest")],
                *[
                    F.max(name).alias(name)
                    for name in ("sex_max", "race_max", "deceased_latest", "is_deceased")
                ],
            )
        )
        is_deceased = F.col("is_deceased")
        # Rows that print two of them leave it open.
        one_of = {
            name: F.when(F.col(name) == F.col(f"{name}_max"), coded_text(F.upper(name), entries))
            for name, entries in (("sex", source.sexes), ("race", source.races))
        }
        deceased = {
            "deceased_earliest": F.coalesce(
                "deceased_earliest", "birth_earliest", F.lit(source.no_date_before)
            ),
            "deceased_latest": F.coalesce("deceased_latest", F.lit(self.received_on)),
        }
        return people.withColumns(
            {
                "race_raw": F.col("race"),
                **one_of,
                **{name: F.when(is_deceased, day) for name, day in deceased.items()},
                **self._from("place"),
            }
        )

    @cached_property
    def _charges(self) -> DataFrame:
        return self.folded.where(F.col("charge_id").isNotNull())

    @property
    def charge(self) -> DataFrame:
        nothing_printed = F.lit(None).cast("date")
        return self._charges.withColumns(
            {
                "state": F.lit(self.source.state),
                "offense_date_is_derived": F.lit(True),
                "charged_earliest": nothing_printed,
                "charged_latest": nothing_printed,
                **{
                    f"{role}_is_readable": F.coalesce(f"{role}_is_readable", F.lit(False))
                    for role in ("offense", "charged")
                },
                **self._from("deciding_place"),
            }
        ).sortWithinPartitions("subject_id", "charge_id")

    @property
    def disposition(self) -> DataFrame:
        rows = self._exploded("events", "event")
        event = F.col("event")
        differs = ~(
            event["printed_earliest"].eqNullSafe(event["earliest"])
            & event["printed_latest"].eqNullSafe(event["latest"])
        )
        return rows.withColumns(
            {
                "disposed_earliest": event["earliest"],
                "disposed_latest": event["latest"],
                **{
                    f"printed_{end}": F.when(differs, event[f"printed_{end}"])
                    for end in ("earliest", "latest")
                },
                "code": _main_code(event["codes"]),
                "raw": event["raw"],
                **self._from("event.place"),
            }
        )

    @property
    def sentence(self) -> DataFrame:
        part = F.col("part")
        is_fine = part["kind"] == "fine"
        return self._exploded("parts", "part").withColumns(
            {
                **{name: part[name] for name in ("kind", "length", "unit", "raw")},
                **{f"served_from_{end}": part[f"from_{end}"] for end in ("earliest", "latest")},
                **{
                    f"served_until_{end}": F.when(~is_fine, part[f"served_{end}"])
                    for end in ("earliest", "latest")
                },
                **self._from("part"),
            }
        )

    @property
    def supervision(self) -> DataFrame:
        part = F.col("part")
        id = text_of(F.lit("supervision"), F.col("charge_text"), F.col("sequence"))
        return with_key(self._exploded("supervised", "part"), self.key).withColumns(
            {
                "supervision_id": keyed(id, self.key),
                "kind": F.lit("probation"),
                **{f"supervised_from_{end}": part[f"from_{end}"] for end in ("earliest", "latest")},
                **{f"supervised_until_{end}": part[f"served_{end}"] for end in ("earliest", "latest")},
                **{f"revoked_{end}": F.col(f"supervision_revoked_{end}") for end in ("earliest", "latest")},
                **{f"terminated_{end}": F.lit(None).cast("date") for end in ("earliest", "latest")},
                "outcome": F.lit(None).cast("string"),
                **self._from("part"),
            }
        )

    @property
    def registration(self) -> DataFrame:
        rows = self.folded.where(F.size("registrations") > 0).select(
            "subject_id",
            "cycle_text",
            "cycle_earliest",
            "cycle_latest",
            F.explode("registrations").alias("registration"),
        )
        rows = rows.withColumn("offense_no", F.col("registration")["offense_no"])
        rows = with_offense(rows, self.offenses, "offense_no", "offense")
        step, raw = F.col("registration"), F.col("offense_raw")
        kind = F.coalesce(
            *[F.when(raw.rlike(rule.pattern), F.lit(rule.kind)) for rule in self.source.registrations],
            F.lit("other"),
        )
        id = text_of(F.lit("registration"), F.col("cycle_text"), step["step"], step["count"], raw)
        earliest = F.coalesce(step["step_earliest"], "cycle_earliest", F.lit(self.source.no_date_before))
        return with_key(rows, self.key).withColumns(
            {
                "registration_id": keyed(id, self.key),
                "kind": kind,
                "statute": raw,
                "registered_from_earliest": earliest,
                "registered_from_latest": F.coalesce(
                    step["step_latest"], "cycle_latest", F.lit(self.received_on)
                ),
                **{f"registered_until_{end}": F.lit(None).cast("date") for end in ("earliest", "latest")},
                **self._from("registration.place"),
            }
        )

    @property
    def reject(self) -> DataFrame:
        return self.folded.select("subject_id", F.explode("rejects").alias("reject")).select(
            "subject_id", F.col("reject")["code"].alias("code"), F.col("reject")["field"].alias("field"),
            *[column.alias(name) for name, column in self._from("reject").items()],
        )  # fmt: skip

    @property
    def conflicts(self) -> DataFrame:
        """Rejected: the rows that stand for charges of which an earlier delivery said something else."""
        found = self._charges.where(F.col("standing") == "conflict")
        return found.select(
            *[column.alias(name) for name, column in self._from("deciding_place").items()],
            "subject_id", F.lit("Q030").alias("code"), F.lit(None).cast("string").alias("field"),
        )  # fmt: skip

    @property
    def coverage(self) -> DataFrame:
        rows = [
            (kind, self.source.state, None, None, self.source.name, self.delivery_id)
            for kind in self.source.coverage
        ]
        return small_table(self.folded.sparkSession, rows, TABLES["coverage"].ddl)

    def _exploded(self, array: str, item: str) -> DataFrame:
        """The items of an array of each charge, with `sequence` from 1."""
        revoked = ("supervision_revoked_earliest", "supervision_revoked_latest")
        rows = self._charges.select(
            "subject_id", "charge_id", "charge_text", *revoked, F.posexplode(array).alias("position", item)
        )
        return rows.withColumn("sequence", F.col("position") + 1)

    def _from(self, place: str) -> Mapping[str, Column]:
        """Provenance: the delivery, and file and line of a place."""
        return {
            "delivery_id": F.lit(self.delivery_id),
            "file": F.col(f"{place}.file"),
            "line": F.col(f"{place}.line"),
        }


def _main_code(bits: Column) -> Column:
    """The code of a disposition; of a text that says several, what it says last (a conviction that was set aside)."""
    order = ("set_aside", *(code for code in DISPOSITION_CODES if code != "set_aside"))
    return F.coalesce(*[F.when(bits.bitwiseAND(code_bit(code)) != 0, F.lit(code)) for code in order])
