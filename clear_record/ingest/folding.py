"""From typed rows to charges: one exchange by person, then everything that is known of a person stands together.

rows -> counts of a step (a count's sentence parts are rows) -> cycles -> charges, with their events in dated columns.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.dates import months_after, period_after
from clear_record.ingest.linking import link
from clear_record.ingest.source import Source
from clear_record.ingest.texts import UNKNOWN, bits_of, code_bit

_COUNT_KEY = ("person", "cycle", "step", "count", "charged_same", "offense_same")
_VALUES = (
    "birth_earliest", "birth_latest", "cycle_earliest", "cycle_latest", "step_earliest", "step_latest", "printed_earliest",
    "printed_latest", "sex", "race", "step_kind", "county", "case_number", "offense_number", "charged_no",
    "offense_no", "grade", "grade_of_offense", "grade_raw", "event", "part",
)  # fmt: skip
_NOT_OF_COUNTS = ("registration", "deceased", "applicant")
_CHANGES = ("set_aside", "reduced", "resentenced", "revoked")
DISPOSED = ("convicted", "adjudicated", "dismissed", "acquitted", "diverted", "released")


def with_texts_read(rows: DataFrame, offenses: DataFrame, dispositions: DataFrame) -> DataFrame:
    """The typed rows with their texts' numbers: charged_no, charged_same, offense_no, offense_same, and event (struct raw,
    codes, under, grade_after; null without a disposition)."""
    for role in ("charged", "offense"):
        numbers = offenses.select(
            F.col("text").alias(role),
            F.col("is_comment").alias(f"{role}_is_comment"),
            F.col("offense_no").alias(f"{role}_no"),
            F.col("same_as").alias(f"{role}_same"),
        )
        text = [role, f"{role}_is_comment"]
        rows = rows.join(F.broadcast(numbers), text, "left").drop(*text)
    read = dispositions.select(
        F.col("text").alias("disposition"),
        F.struct(F.col("text").alias("raw"), "codes", "under", "grade_after").alias("event"),
    )
    return rows.join(F.broadcast(read), "disposition", "left").drop("disposition")


def step_counts(rows: DataFrame) -> DataFrame:
    """One row for each count of a step: what its rows say together, how many they are, and those that were not believed.

    `rows` are spread by person. Rows that are alike in every field collapse. Where rows have the same key and other content,
    no row of their count is believed (Q030).
    """
    is_believed = F.col("code").isNull()
    lists = ("event", "part")
    reject = F.struct("file", "line", "code", "field")
    row = F.struct("key_hash", "content_hash", "file", "line")
    counts = (
        rows.select(
            *_COUNT_KEY,
            "is_person",
            F.when(~is_believed, reject).alias("reject"),
            F.when(is_believed, row).alias("row"),
            *[F.when(is_believed, F.col(name)).alias(name) for name in _VALUES if name != "part"],
            F.when(is_believed & F.col("part").isNotNull(), F.struct("part", "content_hash")).alias("part"),
        )
        .sortWithinPartitions(*_COUNT_KEY)
        .groupBy(*_COUNT_KEY)
        .agg(
            F.min("is_person").alias("is_person"),
            F.collect_list("reject").alias("rejects"),
            F.collect_list("row").alias("rows"),
            *[
                F.min(name).alias(name)
                for name in _VALUES
                if not name.endswith("_latest") and name not in lists
            ],
            *[F.max(name).alias(name) for name in _VALUES if name.endswith("_latest")],
            *[F.max(name).alias(f"{name}_max") for name in ("sex", "race", "grade", "grade_of_offense")],
            F.collect_set("event").alias("events"),
            F.collect_list("part").alias("parts"),
        )
    )
    has_several = F.size("rows") > 1
    contents = F.array_distinct(F.transform("rows", lambda row: row["content_hash"]))
    keys = F.array_distinct(F.transform("rows", lambda row: row["key_hash"]))
    counts = counts.withColumns(
        {
            "contents_count": F.when(has_several, F.size(contents)).otherwise(F.size("rows")),
            "keys_count": F.when(has_several, F.size(keys)).otherwise(F.size("rows")),
        }
    )
    is_in_conflict = F.col("keys_count") < F.col("contents_count")
    in_conflict = F.transform(
        "rows",
        lambda row: F.struct(
            row["file"], row["line"], F.lit("Q030").alias("code"), F.lit(None).cast("string").alias("field")
        ),
    )
    has_copies = F.col("contents_count") < F.size("rows")
    parts = F.when(has_copies, F.filter("parts", lambda each: ~_is_copy(each, F.col("parts")))).otherwise(
        F.col("parts")
    )
    return counts.select(
        *_COUNT_KEY,
        "is_person",
        F.when(is_in_conflict, 0).otherwise(F.col("contents_count")).alias("accepted_count"),
        F.when(is_in_conflict, 0)
        .otherwise(F.size("rows") - F.col("contents_count"))
        .alias("collapsed_count"),
        F.when(is_in_conflict, F.concat("rejects", in_conflict)).otherwise(F.col("rejects")).alias("rejects"),
        F.when(
            ~is_in_conflict, F.array_min(F.transform("rows", lambda row: F.struct(row["file"], row["line"])))
        ).alias("place"),
        *[name for name in _VALUES if name not in lists],
        *[f"{name}_max" for name in ("sex", "race", "grade", "grade_of_offense")],
        F.sort_array("events").alias("events"),
        F.sort_array(F.transform(parts, lambda each: each["part"])).alias("parts"),
    )


def _is_copy(each: Column, parts: Column) -> Column:
    """Whether a part stands in a row that repeats an earlier one."""
    place = F.struct(each["part"]["file"], each["part"]["line"])
    return F.exists(
        parts,
        lambda other: (
            (other["content_hash"] == each["content_hash"])
            & (F.struct(other["part"]["file"], other["part"]["line"]) < place)
        ),
    )


def cycles(counts: DataFrame) -> DataFrame:
    """One row for each cycle: its charges (arrays of counts), registrations, rejected rows, and what it says of the person."""
    codes = F.aggregate("events", F.lit(0), lambda bits, event: bits.bitwiseOR(event["codes"]))

    def has(*names: str) -> Column:
        return _has(F.col("codes"), *names)

    is_court = (F.col("step_kind") == "court") | has("convicted", "adjudicated")
    is_bearing = F.col("step_kind").isin("arrest", "court") | (
        F.col("codes").bitwiseAND(~code_bit(UNKNOWN)) != 0
    )
    count = F.struct(
        "step", "count", "place", "charged_same", "offense_same", "charged_no", "offense_no", "step_kind",
        is_court.alias("is_court"), is_bearing.alias("is_bearing"),
        (has(*_CHANGES) & ~has("convicted", "adjudicated")).alias("is_change"),
        (has("dismissed") & ~has("convicted", "adjudicated")).alias("is_dismissal"),
        "codes", "events", "step_earliest", "step_latest", "printed_earliest", "printed_latest", "county", "case_number",
        "offense_number", "grade", "grade_max", "grade_of_offense", "grade_of_offense_max", "grade_raw", "parts",
        F.col("accepted_count").alias("rows_count"),
    )  # fmt: skip
    is_count = (F.col("accepted_count") > 0) & ~F.col("step_kind").isin(*_NOT_OF_COUNTS)
    is_death = F.col("step_kind") == "deceased"
    registration = F.struct("place", "step", "count", "offense_no", "step_earliest", "step_latest")
    whole = (
        counts.withColumn("codes", codes)
        # They are in this order already: that is said so that the groups are taken as they come.
        .sortWithinPartitions("person", "cycle")
        .groupBy("person", "cycle")
        .agg(
            F.sort_array(F.collect_list(F.when(is_count, count))).alias("counts"),
            F.sort_array(F.collect_list(F.when(F.col("step_kind") == "registration", registration))).alias(
                "registrations"
            ),
            F.min("is_person").alias("is_person"),
            F.flatten(F.collect_list("rejects")).alias("rejects"),
            F.sum("accepted_count").alias("accepted_count"),
            F.sum("collapsed_count").alias("collapsed_count"),
            *[F.min(f"{name}_earliest").alias(f"{name}_earliest") for name in ("birth", "cycle")],
            *[F.max(f"{name}_latest").alias(f"{name}_latest") for name in ("birth", "cycle")],
            *[F.min(name).alias(name) for name in ("sex", "race", "place")],
            *[F.max(f"{name}_max").alias(f"{name}_max") for name in ("sex", "race")],
            F.max(is_death).alias("is_deceased"),
            F.min(F.when(is_death, F.col("step_earliest"))).alias("deceased_earliest"),
            F.max(F.when(is_death, F.col("step_latest"))).alias("deceased_latest"),
        )
    )
    linked = whole.withColumn("links", link(F.col("counts")))
    return linked.withColumns(
        {"charges": F.col("links")["charges"], "is_linked": F.col("links")["is_linked"]}
    ).drop("counts", "links")


def charges(cycles: DataFrame, source: Source, received_on: date) -> DataFrame:
    """One row for each charge, with its dated columns, events and sentence parts; one without a charge for other cycles.

    What is of the cycle (registrations, rejects, counts of rows) stands on its first row only.
    """
    others = [name for name in cycles.columns if name != "charges"]
    rows = cycles.select(*others, F.posexplode_outer("charges").alias("charge_position", "steps"))
    is_first = F.coalesce(F.col("charge_position") == 0, F.lit(True))
    rows = rows.withColumns(
        {
            **{name: F.when(is_first, F.col(name)) for name in ("registrations", "rejects")},
            **{
                name: F.when(is_first, F.col(name)).otherwise(0)
                for name in ("accepted_count", "collapsed_count")
            },
        }
    )
    rows = _with_deciding_step(rows).withColumn(
        "rows_count", F.aggregate("steps", F.lit(0), lambda total, step: total + step["rows_count"])
    )
    rows = _with_events(rows, source, received_on)
    rows = _with_grade(rows)
    rows = _with_folded_events(rows, received_on)
    rows = with_offense_dates(rows, source.offense_to_arrest_years)
    rows = _with_parts(rows)
    return rows.drop("convicting", "arrest", "latest_court", "no_earlier")


def _with_deciding_step(rows: DataFrame) -> DataFrame:
    """The steps that matter: the arrest, the convicting one, and the one that decides (the court step wins)."""
    steps = F.col("steps")
    first = F.lit(0)
    return rows.withColumns(
        {
            "arrest": F.get(F.filter(steps, lambda step: step["step_kind"] == "arrest"), first),
            "convicting": F.get(
                F.filter(steps, lambda step: _has(step["codes"], "convicted", "adjudicated")), first
            ),
            "latest_court": F.get(F.reverse(F.filter(steps, lambda step: step["is_court"])), first),
        }
    ).withColumn("deciding", F.coalesce("convicting", "latest_court", F.get(steps, first)))


def _with_events(rows: DataFrame, source: Source, received_on: date) -> DataFrame:
    """events: the charge's dispositions with their days. An event that happened has two ends: it is no earlier than the arrest
    and no later than the delivery."""
    rows = rows.withColumns(
        {
            "arrest_earliest": F.coalesce(
                F.col("arrest")["step_earliest"], F.when(F.col("arrest").isNotNull(), F.col("cycle_earliest"))
            ),
            "arrest_latest": F.coalesce(
                F.col("arrest")["step_latest"], F.when(F.col("arrest").isNotNull(), F.col("cycle_latest"))
            ),
        }
    ).withColumn(
        "no_earlier",
        F.coalesce("arrest_earliest", "cycle_earliest", "birth_earliest", F.lit(source.no_date_before)),
    )
    counted = F.filter(
        F.col("steps"),
        lambda step: step["step_kind"].isin("arrest", "court") | (step["codes"] != code_bit(UNKNOWN)),
    )
    dated = F.flatten(
        F.transform(
            counted,
            lambda step: F.transform(
                step["events"],
                lambda event: F.struct(
                    step["step"].alias("step"),
                    event["codes"].alias("codes"),
                    event["raw"].alias("raw"),
                    event["under"].alias("under"),
                    event["grade_after"].alias("grade_after"),
                    *_days(step, F.col("no_earlier"), received_on),
                    step["printed_earliest"].alias("printed_earliest"),
                    step["printed_latest"].alias("printed_latest"),
                    step["place"].alias("place"),
                ),
            ),
        )
    )
    return rows.withColumn("events", dated)


def _days(step: Column, no_earlier: Column, received_on: date) -> tuple[Column, Column]:
    """The days of a step: its own, else those printed beside the count, else from the arrest to the delivery."""
    return (
        F.coalesce(step["step_earliest"], step["printed_earliest"], no_earlier).alias("earliest"),
        F.coalesce(step["step_latest"], step["printed_latest"], F.lit(received_on)).alias("latest"),
    )


def _with_grade(rows: DataFrame) -> DataFrame:
    """grade, grade_is_in_conflict, grade_raw: as convicted, else as printed beside the offense that decides."""
    deciding = F.col("deciding")
    convicted, offense = deciding["grade"], deciding["grade_of_offense"]
    is_in_conflict = (
        F.coalesce(convicted != deciding["grade_max"], F.lit(False))
        | F.coalesce(offense != deciding["grade_of_offense_max"], F.lit(False))
        | F.coalesce(convicted != offense, F.lit(False))
    )
    return rows.withColumn("grade_is_in_conflict", is_in_conflict).withColumns(
        {
            "grade": F.when(~F.col("grade_is_in_conflict"), F.coalesce(convicted, offense)),
            "grade_raw": deciding["grade_raw"],
        }
    )


def _with_folded_events(rows: DataFrame, received_on: date) -> DataFrame:
    """The events as dated columns: each the first of its kind, and what undoes a conviction not before it."""
    events, convicted_in = F.col("events"), F.col("convicting")["step"]
    rows = rows.withColumns(
        {
            "disposed": _first(events, DISPOSED),
            "convicted": _first(events, ("convicted",)),
            "set_aside": _first(events, ("set_aside",), not_before=convicted_in),
            "dismissed": _first(events, ("dismissed", "acquitted"), after=convicted_in),
            "reduced": _first(events, ("reduced",), not_before=convicted_in),
            "resentenced": _first(events, ("resentenced",), not_before=convicted_in),
            "supervision_revoked": _first(events, ("revoked",), not_before=convicted_in),
            "has_unknown": F.exists(events, lambda event: _has(event["codes"], UNKNOWN)),
            # Two texts beside one count, of which one convicts and one dismisses.
            "has_contradiction": F.exists(
                events,
                lambda event: (
                    (event["step"] == convicted_in)
                    & _has(event["codes"], "dismissed", "acquitted")
                    & ~_has(event["codes"], "convicted")
                ),
            ),
        }
    )
    names = (
        "disposed",
        "convicted",
        "set_aside",
        "dismissed",
        "reduced",
        "resentenced",
        "supervision_revoked",
    )
    ends = {f"{name}_{end}": F.col(name)[end] for name in names for end in ("earliest", "latest")}
    # Printed over the conviction, the set-aside came later, on a day that is not printed.
    is_over_conviction = F.col("set_aside")["step"] == convicted_in
    ends["set_aside_latest"] = F.when(is_over_conviction, F.lit(received_on)).otherwise(
        ends["set_aside_latest"]
    )
    is_whole = (
        F.col("is_linked")
        & ~F.coalesce("has_unknown", F.lit(False))
        & ~F.coalesce("has_contradiction", F.lit(False))
    )
    kind = (
        F.when(_has(F.col("convicting")["codes"], "convicted"), "conviction")
        .when(F.col("convicting").isNotNull(), "adjudication")
        .when(F.col("latest_court").isNotNull(), "charge")
        .otherwise("arrest")
    )
    return rows.withColumns(
        {
            **ends,
            "kind": kind,
            "is_understood": is_whole,
            "set_aside_under": F.col("set_aside")["under"],
            "grade_after": F.coalesce(F.col("reduced")["grade_after"], F.col("resentenced")["grade_after"]),
        }
    ).drop(*names, "has_unknown", "has_contradiction")


def _first(
    events: Column, codes: Sequence[str], *, not_before: Column | None = None, after: Column | None = None
) -> Column:
    """The first event with one of the codes, in or after a step where there was such a step."""

    def fits(event: Column) -> Column:
        condition = _has(event["codes"], *codes)
        if not_before is not None:
            condition &= F.coalesce(event["step"] >= not_before, F.lit(True))
        if after is not None:
            condition &= F.coalesce(event["step"] > after, F.lit(True))
        return condition

    return F.get(F.filter(events, fits), F.lit(0))


def _has(bits: Column, *codes: str) -> Column:
    return bits.bitwiseAND(bits_of(codes)) != 0


def with_offense_dates(rows: DataFrame, years: Mapping[str, int]) -> DataFrame:
    """offense_earliest, offense_latest: derived from the cycle's day, else the arrest's, else the conviction's (docs/formats).

    `years` are the longest from offense to arrest, by grade.
    """
    by_grade = F.coalesce(
        *[F.when(F.col("grade") == grade, F.lit(count)) for grade, count in years.items()],
        F.lit(max(years.values())),
    )
    has_cycle, has_arrest = F.col("cycle_latest").isNotNull(), F.col("arrest_latest").isNotNull()
    ends = {
        end: F.when(has_cycle, F.col(f"cycle_{end}"))
        .when(has_arrest, F.col(f"arrest_{end}"))
        .otherwise(F.col(f"convicted_{end}"))
        for end in ("earliest", "latest")
    }
    earliest = months_after(ends["earliest"], by_grade * -12)
    return rows.withColumns(
        {
            "offense_earliest": F.coalesce(
                earliest, F.when(ends["latest"].isNotNull(), F.col("birth_earliest"))
            ),
            "offense_latest": ends["latest"],
        }
    )


# --- sentences ---------------------------------------------------------------------------------------------


def _with_parts(rows: DataFrame) -> DataFrame:
    """parts and supervised (arrays of structs), and what the sentence comes to.

    A part begins on the day of its step. The sentence ends between the longest part and the sum of all (calendar months and
    years); a fine has no length, an unknown length leaves the end open.
    """
    court_parts = _parts_of(F.filter(F.col("steps"), lambda step: step["is_court"]))
    probation_parts = _parts_of(F.filter(F.col("steps"), lambda step: step["step_kind"] == "probation"))
    rows = rows.withColumns({"parts": court_parts, "probation_parts": probation_parts})
    served = F.filter("parts", lambda part: part["kind"] != "fine")
    supervised = F.concat(
        F.filter("parts", lambda part: part["kind"] == "probation"), F.col("probation_parts")
    )
    rows = rows.withColumns({"served": served, "supervised": supervised})
    months, days = _sum_of(F.col("served"), "months"), _sum_of(F.col("served"), "days")
    has_parts, is_open = F.size("parts") > 0, F.exists("served", lambda part: part["served_latest"].isNull())
    start = F.array_max(F.transform("parts", lambda part: part["from_latest"]))
    longest = F.array_max(
        F.concat(
            F.transform("served", lambda part: F.coalesce(part["served_earliest"], part["from_earliest"])),
            F.transform("parts", lambda part: part["from_earliest"]),
        )
    )
    kinds = F.transform("parts", lambda part: part["kind"])
    has = {kind: F.when(has_parts, F.array_contains(kinds, kind)) for kind in ("prison", "jail", "probation")}
    has_supervision = F.size("supervised") > 0
    is_supervision_open = F.exists("supervised", lambda part: part["served_latest"].isNull())
    return rows.withColumns(
        {
            "sentence_ends_earliest": F.when(has_parts, longest),
            "sentence_ends_latest": F.when(has_parts & ~is_open, period_after(start, months, days)),
            **{f"sentence_has_{kind}": column for kind, column in has.items()},
            "sentence_is_complete": F.lit(None).cast("boolean"),
            "sentence_parts_count": F.size("parts"),
            "supervision_ends_earliest": F.when(
                has_supervision,
                F.array_max(
                    F.transform(
                        "supervised", lambda part: F.coalesce(part["served_earliest"], part["from_earliest"])
                    )
                ),
            ),
            "supervision_ends_latest": F.when(
                has_supervision & ~is_supervision_open,
                F.array_max(F.transform("supervised", lambda part: part["served_latest"])),
            ),
        }
    ).drop("served", "probation_parts")


def _sum_of(parts: Column, name: str) -> Column:
    return F.aggregate(parts, F.lit(0), lambda total, part: total + F.coalesce(part[name], F.lit(0)))


def _parts_of(steps: Column) -> Column:
    # The days of a step that are open were closed as those of its events are.
    parts = F.flatten(
        F.transform(
            steps,
            lambda step: F.transform(
                step["parts"],
                lambda part: F.struct(
                    part.alias("part"),
                    F.coalesce(step["step_earliest"], step["printed_earliest"], F.col("no_earlier")).alias(
                        "from_earliest"
                    ),
                    F.coalesce(step["step_latest"], step["printed_latest"]).alias("from_latest"),
                    _in_months(part).alias("months"),
                    F.when(part["unit"] == "day", part["length"]).alias("days"),
                ),
            ),
        )
    )
    return F.transform(
        parts,
        lambda each: F.struct(
            each["part"]["file"].alias("file"),
            each["part"]["line"].alias("line"),
            each["part"]["kind"].alias("kind"),
            each["part"]["length"].alias("length"),
            each["part"]["unit"].alias("unit"),
            each["part"]["raw"].alias("raw"),
            each["from_earliest"].alias("from_earliest"),
            each["from_latest"].alias("from_latest"),
            each["months"].alias("months"),
            each["days"].alias("days"),
            *[
                F.when(
                    each["months"].isNotNull() | each["days"].isNotNull(),
                    period_after(
                        each[f"from_{end}"],
                        F.coalesce(each["months"], F.lit(0)),
                        F.coalesce(each["days"], F.lit(0)),
                    ),
                ).alias(f"served_{end}")
                for end in ("earliest", "latest")
            ],
        ),
    )


def _in_months(part: Column) -> Column:
    return F.when(part["unit"] == "month", part["length"]).when(part["unit"] == "year", part["length"] * 12)
