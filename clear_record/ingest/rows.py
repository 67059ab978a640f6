"""From cells to typed rows: coded and checked; a row that cannot be believed gets a code."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.cells import Flaw, has_flaw
from clear_record.ingest.dates import date_digits, date_ends, date_kind, is_kind
from clear_record.ingest.source import CodedBeginnings, CodedTexts, Source
from clear_record.law.dates import DateKind

# Dates by role, and the columns that their ends become.
_DATES = {"birth": "birth", "cycle_date": "cycle", "step_date": "step", "disposition_date": "printed"}
# Compared in upper case.
_CODED = ("step_kind", "offense_grade", "sentence_unit", "sentence_unit_name")
_LONGEST_LENGTH = 5  # digits of a sentence's length

DEFECTS = (
    "dates_of_no_day", "dates_unknown_by_sentinel", "counties_unknown", "step_kinds_unknown", "sentence_units_unknown",
    "grades_unknown",
)  # fmt: skip


def typed_rows(cells: DataFrame, source: Source, received_on: date) -> DataFrame:
    """The rows of `cells_of` with their cells typed.

    Gives file, line; person (the state's own id as printed) and is_person (whether it can be one); code and field of a row that cannot be
    believed (else null); key_hash and content_hash (bigint); cycle, step, count (int); the ends of birth, cycle, step and
    printed (date); sex, race (as printed), step_kind, county, case_number, offense_number; charged, offense, and whether each is a
    comment; grade, grade_of_offense, grade_raw; disposition; part (struct of a sentence's part, or null); and how many
    of `DEFECTS` the row has (int).
    """
    # Each layer is computed once: an expression within a condition is computed anew wherever it stands.
    digits = {f"{role}_digits": date_digits(F.col(role)) for role in _DATES}
    upper = {role: F.upper(role) for role in _CODED}
    keys = {
        "is_person": _is_person(source),
        "count_order": _count_order(source),
        "length": _length(F.col("sentence_length")),
    }
    layered = cells.withColumns(
        {**digits, **upper, **keys, "county": F.upper(F.regexp_replace("county", r"\s+", " "))}
    )
    layered = layered.withColumns(
        {
            f"{role}_kind": date_kind(F.col(role), F.col(f"{role}_digits"), source.date_sentinels)
            for role in _DATES
        }
    )
    ends = {
        f"{name}_{end}": day
        for role, name in _DATES.items()
        for end, day in zip(
            ("earliest", "latest"), date_ends(F.col(f"{role}_digits"), F.col(f"{role}_kind")), strict=True
        )
    }
    layered = layered.withColumns(ends).withColumn("rejected", _rejected(source, received_on))
    return _coded_rows(layered, source)


def _coded_rows(read: DataFrame, source: Source) -> DataFrame:
    count_order = F.col("count_order")
    is_county = F.col("county").isin(list(source.counties))
    unit = F.coalesce(
        _coded("sentence_unit", source.time_units), _coded("sentence_unit_name", source.time_units)
    )
    step_kind = F.coalesce(_coded_beginning(F.col("step_kind"), source.step_kinds), F.lit("other"))
    grade = _coded("grade", source.grades)
    has_part = F.col("sentence_kind").isNotNull() | F.col("sentence_length").isNotNull()
    part = F.struct(
        "file",
        "line",
        F.coalesce(_coded_beginning(F.upper("sentence_kind"), source.sentence_kinds), F.lit("other")).alias(
            "kind"
        ),
        F.col("sentence_kind").alias("raw"),
        "length",
        unit.alias("unit"),
    )
    defects = {
        "dates_of_no_day": _count_of(is_kind(F.col(f"{role}_kind"), DateKind.DEFECT) for role in _DATES),
        "dates_unknown_by_sentinel": _count_of(
            is_kind(F.col(f"{role}_kind"), DateKind.SENTINEL) for role in _DATES
        ),
        "counties_unknown": _count_of([F.col("county").isNotNull() & ~is_county]),
        "step_kinds_unknown": _count_of([step_kind == "other"]),
        "sentence_units_unknown": _count_of([F.col("sentence_length").isNotNull() & unit.isNull()]),
        "grades_unknown": _count_of([F.col("grade").isNotNull() & grade.isNull()]),
    }
    return read.select(
        "file",
        "line",
        F.col("subject").alias("person"),
        "is_person",
        F.col("rejected")["code"].alias("code"),
        F.col("rejected")["field"].alias("field"),
        "key_hash",
        "content_hash",
        _digits(count_order, 9).alias("cycle"),
        _digits(count_order, 6).alias("step"),
        _digits(count_order, 3).alias("count"),
        *[f"{name}_{end}" for name in _DATES.values() for end in ("earliest", "latest")],
        "sex",
        F.coalesce("race", "race_code").alias("race"),
        step_kind.alias("step_kind"),
        F.when(is_county, F.col("county")).alias("county"),
        "case_number",
        "offense_number",
        "charged",
        "charged_is_comment",
        "offense",
        "offense_is_comment",
        grade.alias("grade"),
        coded_text(F.col("offense_grade"), source.grades).alias("grade_of_offense"),
        F.coalesce("grade", "offense_grade").alias("grade_raw"),
        "disposition",
        F.when(has_part, part).alias("part"),
        *[count.alias(name) for name, count in defects.items()],
    )


def _coded(role: str, entries: Sequence[CodedTexts]) -> Column:
    return coded_text(F.col(role) if role in _CODED else F.upper(role), entries)


def coded_text(upper: Column, entries: Sequence[CodedTexts]) -> Column:
    """The code of a text (in upper case) that is printed in full; null if it has none."""
    pairs = [F.lit(part) for entry in entries for text in entry.texts for part in (text, entry.code)]
    return F.try_element_at(F.create_map(*pairs), upper)


def _coded_beginning(upper: Column, entries: Sequence[CodedBeginnings]) -> Column:
    """The kind of a text (in upper case) by its beginning; null if it has none."""
    beginnings = [(entry.kind, beginning) for entry in entries for beginning in entry.starts_with]
    return F.coalesce(*[F.when(upper.startswith(beginning), F.lit(kind)) for kind, beginning in beginnings])


def _count_of(conditions: Iterable[Column]) -> Column:
    return reduce(Column.__add__, [F.coalesce(each, F.lit(False)).cast("int") for each in conditions])


# --- what is not believed ----------------------------------------------------------------------------------


def _is_person(source: Source) -> Column:
    return F.coalesce(F.col("subject").rlike(f"^(?:{source.subject_id_pattern})$"), F.lit(False))


def _count_order(source: Source) -> Column:
    return F.when(
        F.col("count_order").rlike(f"^(?:{source.count_order_pattern})$"), F.col("count_order").cast("bigint")
    )


def _digits(number: Column, position: int) -> Column:
    """The three digits of a number above its last `position` ones."""
    above: Column = (number - number % 10**position) / 10**position
    return (above.cast("bigint") % 1000).cast("int")


def _length(text: Column) -> Column:
    return F.when(text.rlike(f"^[0-9]{{1,{_LONGEST_LENGTH}}}$"), text.cast("int"))


def _rejected(source: Source, received_on: date) -> Column:
    """Why a row cannot be believed: struct code (tables.REJECT), field; the first reason that holds."""
    names = source.roles
    reasons: list[tuple[Column, str, str | None]] = [
        (has_flaw(Flaw.MALFORMED), "Q001", None),
        (has_flaw(Flaw.UNPRINTABLE), "Q002", None),
        (~F.col("is_person"), "Q020", names.subject),
        (F.col("count_order").isNull(), "Q020", names.count_order),
    ]
    reasons += [
        (is_kind(F.col(f"{role}_kind"), DateKind.UNREADABLE), "Q010", getattr(names, role)) for role in _DATES
    ]
    for role, name in _DATES.items():
        is_impossible = (F.col(f"{name}_earliest") > F.lit(received_on)) | (
            F.col(f"{name}_latest") < F.lit(source.no_date_before)
        )
        if name in ("cycle", "step"):
            is_impossible |= F.col(f"{name}_latest") < F.col("birth_earliest")
        reasons.append((is_impossible, "Q011", getattr(names, role)))
    is_no_length = F.col("sentence_length").isNotNull() & F.col("length").isNull()
    reasons.append((is_no_length, "Q012", names.sentence_length))
    return F.coalesce(
        *[
            F.when(holds, F.struct(F.lit(code).alias("code"), F.lit(field).cast("string").alias("field")))
            for holds, code, field in reasons
        ]
    )
