"""From judged rows of a state's tables to charges with their dated columns: joins on (person, charge), which need no exchange.

judged rows -> bases (a charge, how it ended, whose it is) -> sentences and supervision beside them -> folded charges.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.dates import period_after
from clear_record.ingest.folding import DISPOSED, with_offense_dates
from clear_record.ingest.tables.conflicts import Ends, are_apart, covering, needs_review, ruled
from clear_record.ingest.tables.source import Role, TableName, TablesSource, columns_of
from clear_record.ingest.texts import UNKNOWN
from clear_record.spark import Keep

CHARGE = ("subject_id", "charge_id")
_ENDS = ("earliest", "latest")
# What the events of a charge come to: each group's first one is dated.
_EVENTS: dict[str, Sequence[str]] = {
    "disposed": DISPOSED,
    "convicted": ("convicted",),
    "adjudicated": ("adjudicated",),
    "dismissed": ("dismissed", "acquitted"),
    "set_aside": ("set_aside",),
    "reduced": ("reduced",),
    "resentenced": ("resentenced",),
    "supervision_revoked": ("revoked",),
}
# What changes a conviction, and so says that there was one.
_CHANGES = ("set_aside", "reduced", "resentenced", "supervision_revoked")
_CONVICTED = ("convicted", "set_aside", "reduced", "resentenced", "revoked")
_ENDED_OTHERWISE = ("dismissed", "acquitted", "diverted", "released")
_TYPES = {Role.PAST: "date", Role.DAY: "date", Role.COUNT: "int"}


@dataclass(frozen=True)
class Fold:
    """The judged tables of a delivery, and what is made of them. Each DataFrame is spread by subject_id.

    `offenses` are those of `texts.read_offenses`.
    """

    source: TablesSource
    judged: Mapping[TableName, DataFrame]
    offenses: DataFrame
    received_on: date
    keep: Keep

    def has(self, holds: TableName, role: str = "subject") -> bool:
        """Whether the source has such a table with a column for a part."""
        table = dict(self.source.tables.described()).get(holds)
        return table is not None and role in table.roles

    def accepted(self, holds: TableName) -> DataFrame:
        """The accepted rows of a table, with all parts that such a table can have; null where the source has no column."""
        judgement, names = (
            ("is_accepted", "is_copy", "twin", "code", "field"),
            ("person_number", "charge_key", "parts"),
        )
        rows = self.judged[holds].where("is_accepted").drop(*judgement, *names)
        return rows.withColumns(_lacking(rows, holds))

    @property
    def _floor(self) -> Column:
        """The day that stands for an open beginning until it is known what it cannot lie before."""
        return F.lit(self.source.no_date_before)

    # --- events ----------------------------------------------------------------------------------------

    @cached_property
    def events(self) -> DataFrame:
        """The events of charges: event (code), event_raw, disposed_*, under, grade, grade_after, is_doubtful and place.

        Where no table of dispositions is described, the charge's own word is its disposition.
        """
        if self.has("dispositions"):
            rows = self.accepted("dispositions")
        else:
            rows = self.accepted("charges").where(F.col("status_raw").isNotNull())
            rows = rows.withColumns(
                {
                    "event": F.col("status"),
                    "event_raw": F.col("status_raw"),
                    "grade": F.lit(None).cast("string"),
                    **{name: F.lit(None).cast("string") for name in ("under", "grade_after")},
                    "key_hash": F.lit(0).cast("bigint"),
                }
            )
        rows = rows.withColumn("event", F.coalesce("event", F.lit(UNKNOWN)))
        ends = [f"disposed_{end}" for end in _ENDS]
        return rows.select(
            *CHARGE,
            "event",
            "event_raw",
            *ends,
            "under",
            "grade",
            "grade_after",
            "is_doubtful",
            "key_hash",
            "file",
            "line",
        )

    def _events_of_charges(self) -> DataFrame:
        earliest = F.coalesce("disposed_earliest", self._floor)
        latest = F.coalesce("disposed_latest", F.lit(self.received_on))
        event = F.col("event")
        columns: list[Column] = []
        for name, codes in _EVENTS.items():
            is_one = event.isin(list(codes))
            columns += [
                F.min(F.when(is_one, earliest)).alias(f"{name}_earliest"),
                F.min(F.when(is_one, latest)).alias(f"{name}_latest"),
            ]
        is_conviction, is_dismissal = event == "convicted", event.isin(list(_EVENTS["dismissed"]))
        grade = F.when(event.isin("convicted", "adjudicated"), F.col("grade"))
        return self.events.groupBy(*CHARGE).agg(
            *columns,
            F.max(F.when(is_dismissal, earliest)).alias("last_dismissed_earliest"),
            F.max(F.when(is_dismissal, latest)).alias("last_dismissed_latest"),
            F.min(F.when(event == "set_aside", F.col("under"))).alias("set_aside_under"),
            F.min("grade_after").alias("grade_after"),
            F.max("grade_after").alias("grade_after_most"),
            F.min(grade).alias("grade_disposed"),
            F.max(grade).alias("grade_disposed_most"),
            F.max(F.col("is_doubtful") | (event == UNKNOWN)).alias("has_doubtful_event"),
            F.count_if(is_conviction).alias("convictions_count"),
        )

    # --- people ----------------------------------------------------------------------------------------

    @cached_property
    def people(self) -> DataFrame:
        """What the rows of each person say together: birth and its extremes, sex, race, death, and how many rows there are."""
        rows = self.judged["people"]
        rows = rows.withColumns(_lacking(rows, "people"))
        said = F.col("is_accepted")
        place = F.struct("file", "line")
        return (
            rows.where(F.col("subject_id").isNotNull())
            .groupBy("subject_id")
            .agg(
                *_extremes("birth", said),
                *[F.min(F.when(said, F.col(name))).alias(name) for name in ("sex", "race", "race_raw")],
                *[F.max(F.when(said, F.col(name))).alias(f"{name}_most") for name in ("sex", "race")],
                F.min(F.when(said, F.col("deceased_earliest"))).alias("deceased_earliest"),
                F.max(F.when(said, F.col("deceased_latest"))).alias("deceased_latest"),
                F.min(F.when(said, place)).alias("place"),
                F.count_if(said).alias("rows_count"),
            )
        )

    @cached_property
    def births_of_charges(self) -> DataFrame:
        """The birth dates that the charges of each person print."""
        return (
            self.accepted("charges")
            .groupBy("subject_id")
            .agg(*_extremes("charge_birth", F.lit(True), "birth"))
        )

    def with_birth(self, rows: DataFrame) -> DataFrame:
        """birth_earliest, birth_latest and has_birth_dates (the conflict) from the extremes of people and charges."""
        least = F.least("birth_least", "charge_birth_least")
        first, last = (
            F.greatest("birth_first", "charge_birth_first"),
            F.least("birth_last", "charge_birth_last"),
        )
        most = F.greatest("birth_most", "charge_birth_most")
        is_conflict = F.coalesce(first > last, F.lit(False))
        believed = {"believe_people": Ends(F.col("birth_least"), F.col("birth_most"))}
        ends = ruled(
            self.source.rule_of("birth_dates"),
            is_conflict=is_conflict,
            believed=believed,
            both=Ends(least, most),
            otherwise=Ends(first, last),
        )
        return rows.withColumns(
            {"birth_earliest": ends.earliest, "birth_latest": ends.latest, "has_birth_dates": is_conflict}
        )

    # --- charges and how they ended --------------------------------------------------------------------

    @cached_property
    def bases(self) -> DataFrame:
        """One row for each accepted charge: its own columns, offenses, events and birth; is_possible says that it is not before
        the person's birth. Kept."""
        rows = self.accepted("charges").withColumnRenamed("offense", "offense_text")
        own = [f"{name}_{end}" for name in ("birth", "disposed") for end in _ENDS]
        rows = rows.withColumnsRenamed({name: f"own_{name}" for name in own} | {"grade": "own_grade"})
        rows = rows.join(self._events_of_charges(), [*CHARGE], "left")
        rows = rows.join(
            self.people.drop("place", "sex", "race", "race_raw", "sex_most", "race_most"),
            "subject_id",
            "left",
        )
        rows = rows.join(self.births_of_charges, "subject_id", "left")
        rows = self.with_birth(rows)
        for role, text in (
            ("offense", F.col("offense_text")),
            ("charged", F.coalesce("charged_offense", "offense_text")),
        ):
            rows = _with_offense(rows.withColumn("text", text), self.offenses, role).drop("text")
        rows = rows.withColumn(
            "no_earlier", F.coalesce("arrest_earliest", "offense_day_earliest", "birth_earliest", self._floor)
        )
        rows = self._with_outcome(self._with_events_closed(rows))
        rows = self._with_grade(rows)
        days = ("offense_day", "arrest", "filed", "own_disposed")
        is_before_birth = reduce(
            Column.__or__, [F.col(f"{name}_latest") < F.col("birth_earliest") for name in days]
        )
        rows = rows.withColumns(
            {
                "is_possible": ~F.coalesce(is_before_birth, F.lit(False)),
                "has_without_person": F.col("rows_count").isNull(),
            }
        )
        unused = ("unknown", "sentinels", "flaws", "key_hash", "content_hash", "text")
        return self.keep(rows.drop(*unused))

    def _with_events_closed(self, rows: DataFrame) -> DataFrame:
        """The events with both ends: none is earlier than the arrest."""
        names = [*_EVENTS, "last_dismissed"]
        return rows.withColumns(
            {
                f"{name}_earliest": F.when(
                    F.col(f"{name}_earliest") == self._floor, F.least("no_earlier", f"{name}_latest")
                ).otherwise(F.col(f"{name}_earliest"))
                for name in names
            }
        )

    def _with_outcome(self, rows: DataFrame) -> DataFrame:
        """kind, convicted_*, dismissed_*, and the conflicts between the charge's own word and its dispositions."""
        has_table = self.has("dispositions")
        changes = F.least(*[F.col(f"{name}_latest") for name in _CHANGES])
        is_juvenile = F.col("adjudicated_latest").isNotNull() & F.col("convicted_latest").isNull()
        # What changes a conviction says that there was one, on a day that no row prints.
        is_implied = changes.isNotNull() & F.col("convicted_latest").isNull() & ~is_juvenile
        convicted = Ends(
            F.when(is_implied, F.least("no_earlier", changes)).otherwise(F.col("convicted_earliest")),
            F.when(is_implied, changes).otherwise(F.col("convicted_latest")),
        )
        rows = rows.withColumns(
            {
                "convicted_earliest": convicted.earliest,
                "convicted_latest": convicted.latest,
                "is_juvenile": is_juvenile,
            }
        )
        has_conviction = F.col("convicted_latest").isNotNull() | is_juvenile
        is_after = F.col("last_dismissed_earliest") > F.col("convicted_latest")
        is_undone = F.coalesce(is_after, F.lit(False)) | F.col("set_aside_latest").isNotNull()
        status = F.col("status")
        only_charge = (
            F.lit(has_table) & F.coalesce(status.isin(list(_CONVICTED)), F.lit(False)) & ~has_conviction
        )
        only_disposition = (
            F.lit(has_table)
            & F.coalesce(status.isin(list(_ENDED_OTHERWISE)), F.lit(False))
            & has_conviction
            & ~is_undone
        )
        rows = rows.withColumns(
            {
                "has_convicted_without_disposition": only_charge,
                "has_disposition_without_conviction": only_disposition,
            }
        )
        only_charge, only_disposition = (
            F.col("has_convicted_without_disposition"),
            F.col("has_disposition_without_conviction"),
        )
        own = Ends(
            F.coalesce("own_disposed_earliest", "no_earlier"),
            F.coalesce("own_disposed_latest", F.lit(self.received_on)),
        )
        nothing = Ends(F.lit(None).cast("date"), F.lit(None).cast("date"))
        printed = Ends(F.col("convicted_earliest"), F.col("convicted_latest"))
        # Left to a person, the charge is taken for the conviction that one of the two says it is.
        one = self.source.rule_of("convicted_without_disposition")
        convicted = ruled(
            one,
            is_conflict=only_charge,
            believed={"believe_disposition": nothing},
            both=own,
            otherwise=printed,
        )
        other = self.source.rule_of("disposition_without_conviction")
        convicted = ruled(
            other,
            is_conflict=only_disposition,
            believed={"believe_charge": nothing},
            both=printed,
            otherwise=convicted,
        )
        is_own_dismissal = (
            only_disposition & status.isin("dismissed", "acquitted") & F.lit(other == "believe_charge")
        )
        # A dismissal before the conviction was not the end of the charge.
        is_contradicted = (
            F.col("convicted_latest").isNotNull() & F.col("dismissed_latest").isNotNull() & ~is_after
        )
        dismissed = {
            end: F.when(is_own_dismissal, getattr(own, end))
            .when(F.col("convicted_latest").isNull(), F.col(f"dismissed_{end}"))
            .when(is_after, F.col(f"last_dismissed_{end}"))
            for end in _ENDS
        }
        is_early = reduce(
            Column.__or__,
            [
                F.coalesce(F.col(f"{name}_latest") < F.col("convicted_earliest"), F.lit(False))
                for name in _CHANGES
            ],
        )
        is_ambiguous = F.coalesce(F.col("grade_after") != F.col("grade_after_most"), F.lit(False))
        rows = rows.withColumns(
            {
                "convicted_earliest": convicted.earliest,
                "convicted_latest": convicted.latest,
                **{f"dismissed_{end}": day for end, day in dismissed.items()},
                "is_contradicted": F.coalesce(is_contradicted, F.lit(False))
                | is_early
                | is_ambiguous
                | (is_implied if has_table else F.lit(False)),
            }
        )
        has_court = (
            F.col("disposed_latest").isNotNull()
            | F.col("case").isNotNull()
            | F.col("filed_latest").isNotNull()
        )
        kind = (
            F.when(F.col("convicted_latest").isNotNull(), "conviction")
            .when(F.col("is_juvenile"), "adjudication")
            .when(has_court | F.col("arrest_latest").isNull(), "charge")
            .otherwise("arrest")
        )
        return rows.withColumn("kind", kind)

    def _with_grade(self, rows: DataFrame) -> DataFrame:
        """grade and grade_is_in_conflict: as convicted, else as charged."""
        charged, disposed = F.col("own_grade"), F.col("grade_disposed")
        is_open = F.coalesce(disposed != F.col("grade_disposed_most"), F.lit(False))
        is_conflict = is_open | F.coalesce(charged != disposed, F.lit(False))
        believed = {"believe_charge": charged, "believe_disposition": F.when(~is_open, disposed)}
        chosen = believed.get(self.source.rule_of("grades"), F.lit(None).cast("string"))
        return rows.withColumns(
            {
                "has_grades": is_conflict,
                "grade": F.when(is_conflict, chosen).otherwise(F.coalesce(disposed, charged)),
                "grade_is_in_conflict": is_conflict & chosen.isNull(),
            }
        )

    # --- sentences and supervision ---------------------------------------------------------------------

    @property
    def keys(self) -> DataFrame:
        """The charges that there are: subject_id, charge_id, is_possible, and what their parts need of them."""
        return self.bases.select(
            *CHARGE, "is_possible", "no_earlier", "convicted_earliest", "convicted_latest"
        )

    def of_charges(self, holds: TableName) -> DataFrame:
        """The accepted rows of a table whose charge is there."""
        return self.accepted(holds).join(self.keys.where("is_possible"), [*CHARGE], "inner")

    @cached_property
    def sentences(self) -> DataFrame:
        """The parts of sentences, with the first day of each (served_from_*) and its last, were it served alone (served_until_*)."""
        rows = self.of_charges("sentences")
        length_in = self.source.tables.sentences.length_in if self.source.tables.sentences else None
        unit = F.coalesce("unit", F.lit(length_in)) if length_in else F.col("unit")
        rows = rows.withColumn("unit", F.when(F.col("length").isNotNull(), unit)).withColumns(
            {
                "served_from_earliest": F.coalesce("begins_earliest", "convicted_earliest", "no_earlier"),
                "served_from_latest": F.coalesce("begins_latest", "convicted_latest"),
                "months": F.when(F.col("unit") == "month", F.col("length")).when(
                    F.col("unit") == "year", F.col("length") * 12
                ),
                "days": F.when(F.col("unit") == "day", F.col("length")),
            }
        )
        has_length = F.col("months").isNotNull() | F.col("days").isNotNull()
        months, days = (F.coalesce(name, F.lit(0)) for name in ("months", "days"))
        is_fine = F.coalesce(F.col("kind") == "fine", F.lit(False))
        return rows.withColumns(
            {
                f"served_until_{end}": F.when(
                    ~is_fine,
                    F.coalesce(
                        f"ends_{end}",
                        F.when(has_length, period_after(F.col(f"served_from_{end}"), months, days)),
                    ),
                )
                for end in _ENDS
            }
        )

    def _sentences_of_charges(self) -> DataFrame:
        kind = F.coalesce("kind", F.lit(UNKNOWN))
        groups = {"rest": ~kind.isin("fine", "probation"), "probation": kind == "probation"}
        has_end = F.col("ends_latest").isNotNull()
        columns: list[Column] = []
        for name, is_one in groups.items():
            longest = F.coalesce("served_until_earliest", "served_from_earliest")
            columns += [
                F.max(F.when(is_one, longest)).alias(f"{name}_earliest"),
                F.max(F.when(is_one & has_end, F.col("ends_latest"))).alias(f"{name}_fixed"),
                *[
                    F.sum(F.when(is_one & ~has_end, F.col(unit))).cast("int").alias(f"{name}_{unit}")
                    for unit in ("months", "days")
                ],
                F.max(is_one & F.col("served_until_latest").isNull()).alias(f"{name}_is_open"),
            ]
        is_complete = F.coalesce(
            (F.col("status") == "complete") | F.col("completed_latest").isNotNull(), F.lit(False)
        )
        return self.sentences.groupBy(*CHARGE).agg(
            *columns,
            F.max("served_from_earliest").alias("begun_earliest"),
            F.max("served_from_latest").alias("begun_latest"),
            *[F.max(kind == each).alias(f"sentence_has_{each}") for each in ("prison", "jail", "probation")],
            F.count("*").cast("int").alias("parts_count"),
            F.min(is_complete).alias("is_complete"),
            F.max(F.coalesce(F.col("status") == "open", F.lit(False))).alias("is_marked_open"),
            F.max("completed_earliest").alias("completed_earliest"),
            F.max("completed_latest").alias("completed_latest"),
            F.min(F.col("completed_latest").isNotNull()).alias("has_completed_day"),
            F.max("is_doubtful").alias("has_doubtful_sentence"),
        )

    @cached_property
    def supervision(self) -> DataFrame:
        """The periods of supervision, those of no charge too, with revoked_* closed where it is known that it was revoked."""
        rows = self.accepted("supervision").join(self.keys, [*CHARGE], "left")
        rows = rows.where(F.col("charge_id").isNull() | F.col("is_possible"))
        is_revoked = F.col("revoked_latest").isNotNull() | F.coalesce(
            F.col("outcome") == "revoked", F.lit(False)
        )
        no_earlier = F.coalesce("begins_earliest", "no_earlier", self._floor)
        return rows.withColumns(
            {
                "revoked_earliest": F.when(is_revoked, F.coalesce("revoked_earliest", no_earlier)),
                "revoked_latest": F.when(is_revoked, F.coalesce("revoked_latest", F.lit(self.received_on))),
            }
        )

    def _supervision_of_charges(self) -> DataFrame:
        until_earliest = F.coalesce("terminated_earliest", "ends_earliest", "begins_earliest", "no_earlier")
        until_latest = F.coalesce("terminated_latest", "ends_latest")
        return (
            self.supervision.where(F.col("charge_id").isNotNull())
            .groupBy(*CHARGE)
            .agg(
                F.max(until_earliest).alias("supervised_earliest"),
                F.max(until_latest).alias("supervised_last"),
                F.max(until_latest.isNull()).alias("supervised_is_open"),
                F.min(F.col("terminated_latest").isNotNull()).alias("is_terminated"),
                *[F.min(f"revoked_{end}").alias(f"revoked_{end}") for end in _ENDS],
                F.max("is_doubtful").alias("has_doubtful_supervision"),
            )
        )

    # --- charges ---------------------------------------------------------------------------------------

    @cached_property
    def charges(self) -> DataFrame:
        """One row for each charge that can be believed, with every column of the charge table and has_<conflict> (boolean)."""
        rows = self.bases.where("is_possible")
        empty = {
            "boolean": F.lit(None).cast("boolean"),
            "date": F.lit(None).cast("date"),
            "int": F.lit(None).cast("int"),
        }
        parts: tuple[tuple[TableName, Callable[[], DataFrame], dict[str, str]], ...] = (
            ("sentences", self._sentences_of_charges, _OF_SENTENCES),
            ("supervision", self._supervision_of_charges, _OF_SUPERVISION),
        )
        for holds, of_charges, lacking in parts:
            if self.has(holds, "charge"):
                rows = rows.join(of_charges(), [*CHARGE], "left")
            else:
                rows = rows.withColumns({name: empty[type] for name, type in lacking.items()})
        rows = self._with_doubts(rows)
        return self._whole(self._with_ends(rows))

    def _with_ends(self, rows: DataFrame) -> DataFrame:
        """sentence_ends_*, supervision_ends_*, supervision_revoked_* by the rules, and their conflicts."""
        rows = rows.withColumns(
            {
                "probation_latest": _run_out("probation"),
                "rest_latest": _run_out("rest"),
                "all_latest": _run_out("rest", "probation"),
                "supervised_latest": F.when(~F.col("supervised_is_open"), F.col("supervised_last")),
            }
        )
        has_parts = F.col("parts_count") > 0
        supervised = Ends(F.col("supervised_earliest"), F.col("supervised_latest"))
        probation = Ends(F.col("probation_earliest"), F.col("probation_latest"))
        has_both = F.col("supervised_earliest").isNotNull() & F.col("probation_earliest").isNotNull()
        is_ended = F.coalesce("is_terminated", F.lit(False))
        ends_differ = has_both & ~is_ended & are_apart(supervised, probation)
        of_sentence = Ends(
            F.greatest("rest_earliest", "probation_earliest", "begun_earliest"), F.col("all_latest")
        ).where(has_parts)
        rest_is_open = F.coalesce("rest_is_open", F.lit(False))
        of_supervision = Ends(
            F.greatest("rest_earliest", "begun_earliest", "supervised_earliest"),
            F.when(
                ~rest_is_open & F.col("supervised_latest").isNotNull(),
                F.greatest("rest_latest", "supervised_latest"),
            ),
        ).where(has_parts)
        rule = self.source.rule_of("supervision_end")
        believed = {"believe_supervision": of_supervision, "believe_sentence": of_sentence}
        plain = Ends(
            *[
                F.when(has_both & is_ended, getattr(of_supervision, end)).otherwise(getattr(of_sentence, end))
                for end in _ENDS
            ]
        )
        sentence = ruled(
            rule,
            is_conflict=ends_differ,
            believed=believed,
            both=covering(of_supervision, of_sentence),
            otherwise=plain,
        )
        has_supervision = F.col("supervised_earliest").isNotNull()
        watched = ruled(
            rule,
            is_conflict=ends_differ,
            believed={"believe_supervision": supervised, "believe_sentence": probation},
            both=covering(supervised, probation),
            otherwise=Ends(
                *[
                    F.when(has_supervision, getattr(supervised, end)).otherwise(getattr(probation, end))
                    for end in _ENDS
                ]
            ),
        )
        rows = rows.withColumns(
            {
                "ended_earliest": sentence.earliest,
                "ended_latest": sentence.latest,
                "supervision_ends_earliest": watched.earliest,
                "supervision_ends_latest": watched.latest,
                "has_supervision_end": ends_differ,
                "has_revoked_but_complete": F.coalesce("is_complete", F.lit(False))
                & F.col("revoked_latest").isNotNull(),
            }
        )
        return self._with_marks(rows)

    def _with_marks(self, rows: DataFrame) -> DataFrame:
        """What marks of the sentence say of its end: complete (it lies behind us) or open (it may lie ahead)."""
        received = F.lit(self.received_on)
        computed = Ends(F.col("ended_earliest"), F.col("ended_latest"))
        has_day = F.coalesce("has_completed_day", F.lit(False))
        # Complete before it would have run out, it ended on any day since it began.
        begun = F.least("begun_earliest", received)
        by_mark = Ends(
            F.when(computed.earliest <= received, computed.earliest).otherwise(begun),
            F.least(computed.latest, received),
        )
        complete = Ends(
            *[F.when(has_day, F.col(f"completed_{end}")).otherwise(getattr(by_mark, end)) for end in _ENDS]
        )
        running = Ends(computed.earliest, F.lit(None).cast("date"))
        is_conflict = F.col("has_revoked_but_complete")
        rule = self.source.rule_of("revoked_but_complete")
        marked = Ends(
            F.when(F.col("is_complete"), complete.earliest).otherwise(computed.earliest),
            F.when(F.col("is_complete"), complete.latest).when(
                ~F.coalesce("is_marked_open", F.lit(False)), computed.latest
            ),
        )
        ends = ruled(
            rule,
            is_conflict=is_conflict,
            believed={"believe_supervision": running, "believe_sentence": complete},
            both=covering(running, complete),
            otherwise=marked,
        )
        is_revoked = ~(is_conflict & F.lit(rule == "believe_sentence"))
        revoked = {
            f"supervision_revoked_{end}": F.when(
                is_revoked, F.least(f"revoked_{end}", f"supervision_revoked_{end}")
            )
            for end in _ENDS
        }
        return rows.withColumns(
            {
                "sentence_ends_earliest": ends.earliest,
                "sentence_ends_latest": ends.latest,
                "sentence_is_complete": F.when(F.col("parts_count") > 0, F.col("is_complete") & ~has_day),
                **revoked,
            }
        )

    def _with_doubts(self, rows: DataFrame) -> DataFrame:
        """has_doubtful_fact, has_doubtful_person: a code of a fact, or of the person's other rows, that no map has."""
        doubtful_facts, of_persons = list[DataFrame](), list[DataFrame]()
        others: tuple[TableName, ...] = ("registrations", "links", "supervision", "facts")
        for holds in others:
            if self.has(holds):
                found = self.accepted(holds).where("is_doubtful")
                if "charge_id" in found.columns:
                    if holds == "facts":
                        doubtful_facts.append(found.where(F.col("charge_id").isNotNull()).select(*CHARGE))
                    found = found.where(F.col("charge_id").isNull())
                of_persons.append(found.select("subject_id"))
        rows = _marked(rows, doubtful_facts, CHARGE, "has_doubtful_fact")
        return _marked(rows, of_persons, ("subject_id",), "has_doubtful_person")

    def _whole(self, rows: DataFrame) -> DataFrame:
        rows = rows.withColumnsRenamed(
            {"offense_day_earliest": "printed_earliest", "offense_day_latest": "printed_latest"}
        ).withColumns({f"cycle_{end}": F.lit(None).cast("date") for end in _ENDS})
        rows = with_offense_dates(rows, self.source.offense_to_arrest_years)
        is_printed = F.col("printed_latest").isNotNull()
        kinds = (
            "revoked_but_complete", "supervision_end", "birth_dates", "without_person", "convicted_without_disposition",
            "disposition_without_conviction", "grades",
        )  # fmt: skip
        conflicts = {kind: F.col(f"has_{kind}") for kind in kinds}
        doubts = [
            "is_doubtful", "has_doubtful_event", "has_doubtful_sentence", "has_doubtful_supervision", "has_doubtful_fact",
            "has_doubtful_person", "is_contradicted",
        ]  # fmt: skip
        is_doubtful = reduce(Column.__or__, [F.coalesce(name, F.lit(False)) for name in doubts])
        has_parts = F.col("parts_count") > 0
        return rows.withColumns(
            {
                "state": F.lit(self.source.state),
                "offense_date_is_derived": ~is_printed,
                **{f"offense_{end}": F.coalesce(f"printed_{end}", f"offense_{end}") for end in _ENDS},
                **{f"charged_{end}": F.col(f"filed_{end}") for end in _ENDS},
                **{
                    f"sentence_has_{kind}": F.when(has_parts, F.col(f"sentence_has_{kind}"))
                    for kind in ("prison", "jail", "probation")
                },
                "sentence_parts_count": F.coalesce("parts_count", F.lit(0)),
                "grade_after": F.when(
                    F.col("grade_after") == F.col("grade_after_most"), F.col("grade_after")
                ),
                "is_understood": ~is_doubtful & ~needs_review(self.source, conflicts),
            }
        )


# What a source without such a table lacks: the columns, with their types.
_OF_SENTENCES = {
    **{f"{name}_{part}": type for name in ("rest", "probation") for part, type in
       {"earliest": "date", "fixed": "date", "months": "int", "days": "int", "is_open": "boolean"}.items()},
    "begun_earliest": "date", "begun_latest": "date",
    **{f"sentence_has_{kind}": "boolean" for kind in ("prison", "jail", "probation")},
    "parts_count": "int", "is_complete": "boolean", "is_marked_open": "boolean", "completed_earliest": "date",
    "completed_latest": "date", "has_completed_day": "boolean", "has_doubtful_sentence": "boolean",
}  # fmt: skip
_OF_SUPERVISION = {
    "supervised_earliest": "date", "supervised_last": "date", "supervised_is_open": "boolean", "is_terminated": "boolean",
    "revoked_earliest": "date", "revoked_latest": "date", "has_doubtful_supervision": "boolean",
}  # fmt: skip


def _lacking(rows: DataFrame, holds: TableName) -> dict[str, Column]:
    """Nulls for the parts of such a table that the source has no column for."""
    columns = columns_of(holds)
    lacking: dict[str, Column] = {}
    for name, field in columns.model_fields.items():
        role = next(each for each in field.metadata if isinstance(each, Role))
        if role in (Role.PERSON, Role.CHARGE):
            continue
        column = "event" if name == "code" else name
        type = _TYPES.get(role, "string")
        names = [f"{column}_{end}" for end in _ENDS] if type == "date" else [column]
        if role in (Role.CODE, Role.VALUE):
            names.append(f"{column}_raw")
        lacking |= {each: F.lit(None).cast(type) for each in names if each not in rows.columns}
    if "charge" in columns.model_fields and "charge_id" not in rows.columns:
        lacking["charge_id"] = F.lit(None).cast("string")
    return lacking


def _extremes(name: str, said: Column, column: str | None = None) -> list[Column]:
    """The least and the greatest of both ends of a date: `least` and `first` of the earliest, `last` and `most` of the latest."""
    earliest, latest = (F.when(said, F.col(f"{column or name}_{end}")) for end in _ENDS)
    return [
        F.min(earliest).alias(f"{name}_least"),
        F.max(earliest).alias(f"{name}_first"),
        F.min(latest).alias(f"{name}_last"),
        F.max(latest).alias(f"{name}_most"),
    ]


def _with_offense(rows: DataFrame, offenses: DataFrame, role: str) -> DataFrame:
    """The rows with the offense of column `text` as <role>_code, <role>_section and so on."""
    parts = ("code", "section", "subdivisions", "attempt", "conspiracy", "is_readable", "raw")
    read = offenses.select("text", *[F.col(part).alias(f"{role}_{part}") for part in parts])
    is_readable = F.coalesce(f"{role}_is_readable", F.lit(False))
    return rows.join(F.broadcast(read), "text", "left").withColumn(f"{role}_is_readable", is_readable)


def _run_out(*groups: str) -> Column:
    """The last day of parts that are served one after the other, from the latest beginning; null where one is open."""
    months, days = (
        sum((F.coalesce(f"{group}_{unit}", F.lit(0)) for group in groups), F.lit(0))
        for unit in ("months", "days")
    )
    is_open = reduce(Column.__or__, [F.coalesce(f"{group}_is_open", F.lit(False)) for group in groups])
    fixed = [F.col(f"{group}_fixed") for group in groups]
    end = period_after(F.col("begun_latest"), months, days)
    has_any = reduce(Column.__or__, [F.col(f"{group}_earliest").isNotNull() for group in groups])
    return F.when(~is_open & has_any, F.greatest(end, *fixed))


def _marked(rows: DataFrame, found: Sequence[DataFrame], by: Sequence[str], name: str) -> DataFrame:
    """The rows with whether one of `found` has the same key."""
    if not found:
        return rows.withColumn(name, F.lit(False))
    marks = reduce(DataFrame.unionByName, found).groupBy(*by).agg(F.lit(True).alias(name))
    return rows.join(marks, [*by], "left")
