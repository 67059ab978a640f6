"""Writes the lists of charges that were delivered in tables: for each county whom its office acts on, and on what, by name.

Who and which case stands in the vault alone; that it is read is noted there first.
"""

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from clear_record.errors import NotReproducible
from clear_record.ingest.tables.source import TablesSource
from clear_record.law.pack import Criterion, Pack
from clear_record.law.words import in_words
from clear_record.publish.csv_cells import csv_cell
from clear_record.publish.determinations import KEYS, KEYS_DDL, Tally, UsedPack, reason_given, with_words
from clear_record.publish.folder import Aside
from clear_record.spark import small_table
from clear_record.vault.reading import Asked, Parts

OUTCOMES = ("eligible", "not_yet", "needs_review")
"""The outcomes that an office acts on: each has a list of its name."""
WITHOUT_COUNTY = "unknown_county"
# What stands behind the names: what the lake knows of the charge, and what was decided.
_DECIDED = (
    "county", "offense", "convicted_on", "pack", "pack_status", "outcome", "remedy", "eligible_on", "reason", "open_criteria", "charge_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """How many rows the lists have, and how many of them are of no readable county."""

    rows_count: int
    without_county_count: int


def parts_of(sources: Iterable[TablesSource]) -> Parts:
    """What identifies the people and charges of the sources, in their order."""
    tables = [source.tables for source in sources]
    return Parts(
        tuple(dict.fromkeys(name for each in tables for name in each.people.identity)),
        tuple(dict.fromkeys(name for each in tables for name in each.charges.identity)),
    )


def columns_of(parts: Parts) -> list[str]:
    """The columns of every list."""
    return [
        "person_number", *parts.of_people, "birth_on", "case_number", "charge_key", *parts.of_charges, *_DECIDED,
    ]  # fmt: skip


def listed_charges(
    decisions: DataFrame,
    used: Sequence[UsedPack],
    tallies: Sequence[Tally],
    charges: DataFrame,
    subjects: DataFrame,
) -> DataFrame:
    """The decisions (see `determinations.with_office`) that are listed, without the names: subject_id, state, birth_on, `_DECIDED`.

    `charges` and `subjects` are rows of the record tables. subject_id is the id under which the charge was delivered, with whomever
    that person was merged since: so the office finds it.
    """
    listed = [each for each in tallies if each.outcome in OUTCOMES]
    words = small_table(
        decisions.sparkSession,
        [(*(getattr(each, key) for key in KEYS), *_words(each, used[each.office].pack)) for each in listed],
        f"{KEYS_DDL}, pack_status string, remedy_in_words string, reason string, open_criteria string",
    )
    decided = with_words(decisions.where(F.col("outcome").isin(*OUTCOMES)), words)
    decided = decided.drop("subject_id", "remedy").withColumnRenamed("remedy_in_words", "remedy")
    delivered = charges.select(
        "charge_id",
        "subject_id",
        "state",
        F.col("offense_raw").alias("offense"),
        _day(F.col("convicted_earliest"), F.col("convicted_latest")).alias("convicted_on"),
    )
    return (
        decided.join(delivered, "charge_id")
        .join(_birth_dates(subjects), "subject_id", "left")
        .select("subject_id", "state", "birth_on", *_DECIDED)
    )


def asked_of_vault(listed: DataFrame, run_id: str, out: Path) -> Asked:
    """What has to be read of the vault for the listed charges."""
    counts = listed.agg(F.countDistinct("subject_id"), F.countDistinct("charge_id")).collect()[0]
    return Asked(run_id, f"lists of counties into [{out}]", *counts)


def write_county_lists(
    listed: DataFrame,
    people: DataFrame,
    charges: DataFrame,
    parts: Parts,
    states: Collection[str],
    aside: Aside,
) -> Listed:
    """Write `<county>/<outcome>.csv` into `aside.lists`, in the columns `columns_of(parts)`, sorted by person and charge.

    `people` and `charges` are those of `vault.reading.read_identities`; `states` are those of the sources. Raises NotReproducible
    where the vault lacks one of the listed people or charges: it is another one, or has lost something.
    """
    columns = columns_of(parts)
    named = listed.join(people, "subject_id", "left").join(charges, "charge_id", "left")
    counted = Observation("listed")
    is_nameless = F.col("person_number").isNull() | F.col("charge_key").isNull()
    places = ("folder", "outcome")
    rows = (
        named.withColumn("folder", _folder(states))
        .observe(
            counted,
            F.count("*").alias("rows"),
            F.count_if(F.col("county").isNull()).alias("without_county"),
            F.count_if(is_nameless).alias("nameless"),
        )
        .repartition(*places)
        .sortWithinPartitions(*places, "person_number", "charge_key", "charge_id", "pack")
        .select(*places, F.concat_ws(",", *[csv_cell(F.col(name)) for name in columns]).alias("text"))
    )
    written = aside.scratch / "county_lists"
    rows.write.partitionBy(*places).text(written.absolute().as_uri())
    counts = counted.get
    if counts["nameless"]:
        raise NotReproducible(
            f"the vault does not name {counts['nameless']} of {counts['rows']} listed charges: it is not the vault of this lake, or a "
            "part of it is gone; name the right one with --vault, or bring it back from a copy"
        )
    for folder in sorted(written.glob("folder=*/outcome=*")):
        county, outcome = (each.partition("=")[2] for each in folder.parts[-2:])
        _put_together(folder, aside.lists / county / f"{outcome}.csv", columns)
    return Listed(counts["rows"], counts["without_county"])


def _folder(states: Collection[str]) -> Column:
    """The folder of a charge's county: its name in small letters; with the state before it where the lists are of several."""
    plain = F.trim(F.regexp_replace(F.lower("county"), "[^a-z0-9]+", "_"), F.lit("_"))
    county = F.coalesce(F.nullif(plain, F.lit("")), F.lit(WITHOUT_COUNTY))
    return F.concat_ws("_", F.lower("state"), county) if len(states) > 1 else county


def _put_together(folder: Path, out: Path, columns: Sequence[str]) -> None:
    out.parent.mkdir(exist_ok=True)
    with out.open("wb") as list_:
        list_.write(",".join(columns).encode() + b"\n")
        for part in sorted(folder.glob("part-*")):
            with part.open("rb") as rows:
                shutil.copyfileobj(rows, list_)


def _words(decided: Tally, pack: Pack) -> tuple[str, str, str, str]:
    """pack_status, remedy, reason, and the criteria that are to be looked at or waited for."""
    remedy = f"at least {in_words(decided.granted)}" if decided.is_open else in_words(decided.remedy)
    still_open = [
        each.says
        for each, letter in zip(pack.criteria, decided.trace, strict=True)
        if _is_open(decided, pack, each, letter)
    ]
    return pack.status, remedy, reason_given(decided), " ".join(still_open)


def _is_open(decided: Tally, pack: Pack, criterion: Criterion, letter: str) -> bool:
    if decided.outcome == "needs_review":
        return letter == "U"
    if decided.outcome == "eligible" or criterion.when_false != "not_yet" or letter not in "Ff":
        return False
    return decided.remedy_row is None or criterion.id in pack.rows[decided.remedy_row - 1].requires


def _birth_dates(subjects: DataFrame) -> DataFrame:
    """subject_id and birth_on; of several rows of a person the widest."""
    ends = {
        "first": F.when(~F.max(F.col("birth_earliest").isNull()), F.min("birth_earliest")),
        "last": F.when(~F.max(F.col("birth_latest").isNull()), F.max("birth_latest")),
    }
    widest = subjects.groupBy("subject_id").agg(*[end.alias(name) for name, end in ends.items()])
    return widest.select("subject_id", _day(F.col("first"), F.col("last")).alias("birth_on"))


def _day(first: Column, last: Column) -> Column:
    """A day as a text, its bounds where it is not known to the day; null where one of them is open."""
    bounds = F.concat(first.cast("string"), F.lit(" to "), last.cast("string"))
    return F.when(first == last, first.cast("string")).otherwise(bounds)
