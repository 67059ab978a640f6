"""The 18 columns that are added to the delivered rows, as one CSV text for each decided charge.

docs/formats/published_files.md says what each holds, and why.
"""

from collections.abc import Mapping
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from clear_record.decide.offense_lists import PrintedOffense, standing_in
from clear_record.decide.standings import NO, YES
from clear_record.decide.values import age_on, event_is_absent
from clear_record.ingest.dates import months_after
from clear_record.law.pack import OffenseList
from clear_record.publish.csv_cells import csv_cell
from clear_record.publish.layout import ADDED_COLUMNS

PROP64_SECTIONS = ("11357", "11358", "11359", "11360")
# The Control, Regulate and Tax Adult Use of Marijuana Act took effect on this day.
_PROP64_ON = date(2016, 11, 9)
_NONE = "-"


def is_counted_conviction(as_of: Column) -> Column:
    """Whether a charge counts as a conviction of the record on a day: convicted, and not undone since for certain or maybe."""
    is_conviction = (F.col("kind") == "conviction") & ~F.coalesce(
        F.col("convicted_earliest") > as_of, F.lit(False)
    )
    is_standing = _is_absent("set_aside", as_of) & (
        _is_absent("dismissed", as_of)
        | ~F.coalesce(F.col("dismissed_earliest") > F.col("convicted_latest"), F.lit(False))
    )
    return is_conviction & is_standing


def _is_absent(event: str, as_of: Column) -> Column:
    return event_is_absent(F.col(f"{event}_earliest"), F.col(f"{event}_latest"), as_of).certain


def with_record(charges: DataFrame, lists: Mapping[str, OffenseList], as_of: Column) -> DataFrame:
    """The charges (with `is_counted`) beside what the columns say of the whole record of the person.

    Adds convictions_count, count_11357 to count_11360, latest_earliest, latest_latest (day of the most recent conviction),
    strikes and registrable (sorted texts; null without such a list in the run's packs). One window over subject_id.
    """
    person = Window.partitionBy("subject_id")
    counted = F.col("is_counted")
    offense = PrintedOffense(*[F.col(f"offense_{part}") for part in PrintedOffense.__dataclass_fields__])
    section = F.when(
        counted
        & F.coalesce(offense.code == "HS", F.lit(True))
        & ~F.coalesce(offense.conspiracy, F.lit(False)),
        offense.section,
    )
    has_open_day = F.max(F.when(counted, F.col("convicted_latest").isNull())).over(person)
    latest = F.max(F.when(counted, F.col("convicted_latest"))).over(person)
    columns = {
        "convictions_count": F.count_if(counted).over(person),
        **{f"count_{each}": F.count_if(section == each).over(person) for each in PROP64_SECTIONS},
        "latest_earliest": F.max(F.when(counted, F.col("convicted_earliest"))).over(person),
        "latest_latest": F.when(~has_open_day, latest),
    }
    for name, (listed, excepted) in _LISTS.items():
        if listed not in lists:
            columns[name] = F.lit(None).cast("array<string>")
            continue
        is_in = standing_in(offense, lists[listed], as_of)
        is_out = standing_in(offense, lists[excepted], as_of) if excepted in lists else F.lit(NO)
        is_such = (is_in != NO) & (is_out != YES)
        is_certain = (is_in == YES) & (is_out == NO)
        text = F.when((F.col("kind") == "conviction") & is_such, _mark(offense, is_certain, counted))
        columns[name] = F.array_sort(F.collect_set(text).over(person))
    return charges.withColumns(columns)


# Column of ours: the list of a pack that it shows, and the list of its exceptions.
_LISTS = {"strikes": ("super_strikes", "no_super_strikes"), "registrable": ("registrable", "")}
LIST_NAMES = frozenset(name for names in _LISTS.values() for name in names if name)


def _mark(offense: PrintedOffense, is_certain: Column, counted: Column) -> Column:
    """The offense as offices print it; `(possible)` where its section alone does not tell. Null without a section."""
    prefix = F.concat(
        F.when(offense.attempt, "664/").otherwise(""),
        F.when(offense.conspiracy & (offense.section != "182"), "182/").otherwise(""),
    )
    code = F.coalesce(F.concat(F.lit(" "), offense.code), F.lit(""))
    text = F.concat(
        prefix, F.upper(F.concat(offense.section, F.coalesce(offense.subdivisions, F.lit("")))), code
    )
    possible = F.when(is_certain, "").otherwise(" (possible)")
    return F.concat(text, possible, F.when(counted, "").otherwise(" (set aside)"))


def with_case(decided: DataFrame, delivered: DataFrame) -> DataFrame:
    """The decided charges (by at, the place of their file, and line) beside `case_numbers` and `other_charges` from the delivered rows of their count.

    `delivered` is one row a delivered row: at, line, subject, count, case_number, comment, named (array of sections with
    subdivisions that the comment names). One exchange by row, where the decided charges are many, and one by count.
    """
    count = Window.partitionBy("subject", "count")
    rows = delivered.join(decided, ["at", "line"], "left")
    of_row = F.struct(
        "at", "line", F.col("case_number").alias("text"), F.lit(None).cast("array<string>").alias("named")
    )
    of_comment = F.struct("at", "line", F.col("comment").alias("text"), "named")
    gathered = rows.withColumns(
        {
            "cases": F.sort_array(F.collect_list(F.when(F.col("case_number") != "", of_row)).over(count)),
            "comments": F.sort_array(F.collect_list(F.when(F.col("comment") != "", of_comment)).over(count)),
        }
    ).where(F.col("charge_id").isNotNull())
    others = F.filter("comments", lambda each: F.exists(each["named"], _is_another))
    return gathered.withColumns(
        {"case_numbers": _texts(F.col("cases"), "; "), "other_charges": _texts(others, "; ")}
    ).drop("cases", "comments")


def _is_another(named: Column) -> Column:
    """Whether an offense named in a comment is another one than the charge's, or says a subdivision that it does not."""
    section, subdivisions = F.substring(named, 1, 5), F.substring(named, 6, 100)
    own = F.coalesce(F.col("offense_subdivisions"), F.lit(""))
    is_same = (section == F.coalesce(F.col("offense_section"), F.lit(""))) & own.startswith(subdivisions)
    return ~is_same


def _texts(gathered: Column, separator: str) -> Column:
    return F.array_join(F.array_distinct(F.transform(gathered, lambda each: each["text"])), separator)


def record_as_csv(as_of: Column) -> Column:
    """The cells of a decided charge that its record tells (see `with_record`), as CSV: all from the fourth column on.

    Needs is_registered, is_deceased, determination and reason too.
    """
    on_earliest, on_latest = F.col("convicted_earliest"), F.col("convicted_latest")
    was_after = F.when(on_earliest > F.lit(_PROP64_ON), "Y").when(on_latest <= F.lit(_PROP64_ON), "N")
    prop64_count = sum((F.col(f"count_{each}") for each in PROP64_SECTIONS), start=F.lit(0))
    cells = {
        "Occurred after 11/9/2016": was_after,
        "Superstrike Code Section(s)": _listed("strikes"),
        "PC290 Code Section(s)": _listed("registrable"),
        "PC290 Registration": F.when(F.col("is_registered"), "Yes").otherwise(_NONE),
        "Date of Conviction": F.when(on_earliest == on_latest, F.date_format(on_earliest, "MM/dd/yyyy")),
        "Years Since This Conviction": _years_since(on_earliest, on_latest, as_of),
        "Years Since Any Conviction": F.when(F.col("convictions_count") == 0, _NONE).otherwise(
            _years_since(F.col("latest_earliest"), F.col("latest_latest"), as_of)
        ),
        "# of Prop 64 convictions": prop64_count,
        **{f"# of HS {each} convictions": F.col(f"count_{each}") for each in PROP64_SECTIONS},
        "Deceased": F.when(F.col("is_deceased"), "Deceased").otherwise(_NONE),
        "Eligibility Determination": F.col("determination"),
        "Eligibility Reason": F.col("reason"),
    }
    return F.concat_ws(",", *[csv_cell(cells[name]) for name in ADDED_COLUMNS[3:]])


def as_csv() -> Column:
    """All 18 cells of a decided charge as CSV, without a newline: what its case (`with_case`) and `record_csv` tell."""
    case = (_or_none(F.col("case_numbers")), F.col("convictions_count"), _or_none(F.col("other_charges")))
    return F.concat_ws(",", *[csv_cell(value) for value in case], "record_csv")


def _or_none(text: Column) -> Column:
    return F.when(text == "", _NONE).otherwise(text)


def _listed(name: str) -> Column:
    return _or_none(F.array_join(name, ";"))


def _years_since(earliest: Column, latest: Column, as_of: Column) -> Column:
    """Years from a day to `as_of` with one decimal, rounded down; null where the day leaves more than one value open."""
    longest, shortest = _years(earliest, as_of), _years(F.least(latest, as_of), as_of)
    return F.when(latest.isNotNull() & (longest == shortest), longest)


def _years(day: Column, as_of: Column) -> Column:
    # Rounding to the nearest would show 10.0 before the tenth anniversary, which the law counts.
    years = age_on(day, as_of).cast("int")
    begun, ends = months_after(day, years * 12), months_after(day, (years + 1) * 12)
    tenths = F.floor(F.datediff(as_of, begun) * 10 / F.datediff(ends, begun))
    return F.concat(years.cast("string"), F.lit("."), tenths.cast("string"))
