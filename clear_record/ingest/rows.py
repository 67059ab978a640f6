"""From fields to typed rows: trimmed, coded and checked; a row that cannot be believed gets a code."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from itertools import product

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.ingest.dates import date_digits, date_ends, date_kind
from clear_record.ingest.reading import fields_of, is_plain, is_unprintable, restored
from clear_record.ingest.source import CodedBeginnings, CodedTexts, Source
from clear_record.law.dates import DateKind
from clear_record.law.offenses import SEE_COMMENT

# Dates by role, and the columns that their ends become.
_DATES = {"birth": "birth", "cycle_date": "cycle", "step_date": "step", "disposition_date": "printed"}
# Read or kept as printed, so with the delimiters that they may hold.
_KEPT = (
    "charged",
    "disposed",
    "convicted",
    "comment",
    "disposition",
    "race",
    "race_code",
    "grade",
    "sentence_kind",
)
# Compared in upper case.
_CODED = ("step_kind", "charged_grade", "disposed_grade", "convicted_grade", "sentence_unit", "sentence_unit_name")  # fmt: skip
_LONGEST_LENGTH = 5  # digits of a sentence's length

DEFECTS = (
    "dates_of_no_day", "dates_unknown_by_sentinel", "counties_unknown", "step_kinds_unknown", "sentence_units_unknown",
    "grades_unknown",
)  # fmt: skip


def texts_to_read(source: Source) -> dict[str, Column]:
    """The values of `fields` that are read on the driver: offenses (struct text, is_comment) and dispositions, by role."""
    comment = _cell(source, "comment")
    offenses = {
        role: _offense_text(_cell(source, role), comment, blank_is_comment=role == "charged")
        for role in ("charged", "disposed", "convicted")
    }
    return {**offenses, "disposition": _cell(source, "disposition")}


def cells_of(rows: DataFrame, source: Source) -> DataFrame:
    """The cells of the rows (`reading.cut_rows`) that play a part, trimmed and null where they say nothing, by role; beside them
    file, line, is_malformed, is_unprintable, and the hashes (bigint) of the whole row and of its key."""
    text = F.col("text")
    rows = rows.withColumn("is_plain", is_plain(text))
    rows = rows.withColumn("fields", fields_of(source, text, F.col("is_plain")))
    return rows.select(
        "file",
        "line",
        (F.size("fields") != len(source.columns)).alias("is_malformed"),
        (~F.col("is_plain") & is_unprintable(text)).alias("is_unprintable"),
        F.xxhash64("text").alias("content_hash"),
        F.xxhash64(*[F.trim(_field(source.positions[name])) for name in source.key]).alias("key_hash"),
        *[_cell(source, role).alias(role) for role in type(source.roles).model_fields],
    )


def typed_rows(cells: DataFrame, source: Source, received_on: date) -> DataFrame:
    """The rows of `cells_of` with their cells typed.

    Gives file, line; person (the state's own id as printed) and is_person (whether it can be one); code and field of a row that cannot be
    believed (else null); key_hash and content_hash (bigint); cycle, step, count (int); the ends of birth, cycle, step and
    printed (date); sex, race (as printed), step_kind, county, case_number, offense_number; charged and offense (struct text,
    is_comment); grade, grade_of_offense, grade_raw; disposition; part (struct of a sentence's part, or null); and how many
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
    is_from_conviction, is_from_disposal = F.col("convicted").isNotNull(), F.col("disposed").isNotNull()
    grade_of_offense = (
        F.when(is_from_conviction, F.col("convicted_grade"))
        .when(is_from_disposal, F.col("disposed_grade"))
        .otherwise(F.col("charged_grade"))
    )
    charged = _offense_text(F.col("charged"), F.col("comment"), blank_is_comment=True)
    offense = F.coalesce(
        _offense_text(F.col("convicted"), F.col("comment"), blank_is_comment=False),
        _offense_text(F.col("disposed"), F.col("comment"), blank_is_comment=False),
        charged,
    )
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
        "dates_of_no_day": _count_of(F.col(f"{role}_kind") == DateKind.DEFECT for role in _DATES),
        "dates_unknown_by_sentinel": _count_of(F.col(f"{role}_kind") == DateKind.SENTINEL for role in _DATES),
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
        charged.alias("charged"),
        offense.alias("offense"),
        grade.alias("grade"),
        coded_text(grade_of_offense, source.grades).alias("grade_of_offense"),
        F.coalesce(F.col("grade"), grade_of_offense).alias("grade_raw"),
        "disposition",
        F.when(has_part, part).alias("part"),
        *[count.alias(name) for name, count in defects.items()],
    )


# --- cells -------------------------------------------------------------------------------------------------


def _field(position: int) -> Column:
    return F.get(F.col("fields"), F.lit(position))


def _cell(source: Source, role: str) -> Column:
    """The trimmed text of a role's column; null for blanks and fillers."""
    field = _field(source.position(role))
    if role in _KEPT:
        field = restored(field)
    text = F.trim(field)
    spelled = {spelling for filler in source.fillers for spelling in _spellings(filler)}
    return F.when(~text.isin(["", *sorted(spelled)]), text)


def _spellings(filler: str) -> Iterable[str]:
    """A filler in every mix of upper and lower case: a look-up costs less than changing the case of each cell."""
    return map("".join, product(*({letter.lower(), letter.upper()} for letter in filler)))


def _offense_text(text: Column, comment: Column, *, blank_is_comment: bool) -> Column:
    """What says an offense, and whether that is the comment (docs/formats): `SEE COMMENT FOR CHARGE`, and a blank charge."""
    points = (F.upper(F.substring(text, 1, 3)) == "SEE") & text.rlike(f"(?i)^{SEE_COMMENT}")
    is_comment = comment.isNotNull() & (points | text.isNull() if blank_is_comment else points)
    return F.when(is_comment, _text(comment, is_comment=True)).when(
        text.isNotNull(), _text(text, is_comment=False)
    )


def _text(text: Column, *, is_comment: bool) -> Column:
    return F.struct(text.alias("text"), F.lit(is_comment).alias("is_comment"))


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
        (F.col("is_malformed"), "Q001", None),
        (F.col("is_unprintable"), "Q002", None),
        (~F.col("is_person"), "Q020", names.subject),
        (F.col("count_order").isNull(), "Q020", names.count_order),
    ]
    reasons += [
        (F.col(f"{role}_kind") == DateKind.UNREADABLE, "Q010", getattr(names, role)) for role in _DATES
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
