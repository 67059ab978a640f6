"""A statewide repository of separate tables, invented (conf/sources/us_zz_statewide.yaml): millions of rows, the same for the same seed.

Every cell is a function of the seed and of the number of its person, case or charge, so that Spark makes the tables side by side and
neither the number of cores nor that of the tables asked for changes one. Of each charge at most one thing is made wrong, at the
shares of `WRONG`; the truth lists it.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Literal

from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.ingest.dates import months_after
from clear_record.synth.people import CANARY

Format = Literal["csv", "parquet", "delta"]

EXTRACTED_ON = date(2025, 1, 1)  # nothing is printed that happened later
_CHARGES_A_FILE = 500_000
_PEOPLE_PER_CONVICTION = 0.4
_CHARGES_A_CASE = 2

# What is made wrong, and of which share of the charges. Where a charge has no such part (no probation), it is left as it is.
WRONG: dict[str, float] = {
    "revoked_but_complete": 0.010,
    "supervision_end": 0.010,
    "birth_dates": 0.004,
    "convicted_without_disposition": 0.005,
    "disposition_without_conviction": 0.005,
    "grades": 0.005,
    "disposition_without_charge": 0.002,
    "sentence_without_charge": 0.002,
    "supervision_without_charge": 0.002,
    "charge_without_person": 0.001,
    "unknown_disposition": 0.004,
    "unknown_county": 0.002,
    "unknown_sentence": 0.002,
    "future_date": 0.001,
    "copied_charge": 0.002,
    "contradicted_charge": 0.001,
}
# What a clean repository has beside: none of it is wrong.
_REVOKED, _CLOSED_EARLY, _RESTITUTION, _CANNABIS_WEIGHED = 0.05, 0.05, 0.10, 0.60
_PENDING, _REGISTERED, _LINKED, _DECEASED = 0.01, 0.02, 0.003, 0.03
# Whose name tells a leak; in a small repository there is one, too.
_CANARIES = 0.02

# Statutes as California prints them, with grade and weight: cannabis, drugs, theft, violence, driving.
_STATUTES = (
    ("11357(B) HS", "M", 8), ("11357(C) HS", "M", 5), ("11358 HS", "F", 5), ("11359 HS", "F", 12), ("11360(A) HS", "F", 7),
    ("11364 HS", "M", 8), ("11365 HS", "M", 3), ("11350(A) HS", "F", 9), ("11377(A) HS", "M", 10), ("459 PC", "F", 7),
    ("484(A) PC", "M", 9), ("148(A)(1) PC", "M", 4), ("211 PC", "F", 2), ("23152(A) VC", "M", 9), ("21453 VC", "I", 2),
)  # fmt: skip
_COUNTIES = ("ALDER", "BIRCH", "CEDAR", "ELM", "HAZEL", "LINDEN", "MAPLE", "OAK", "PINE", "ROWAN")
_NAMES = ("TESTPERSON", "SAMPLE", "EXAMPLE", "SPECIMEN", "PLACEHOLDER", "INVENTED", "NOBODY", "MADEUP")


@dataclass(frozen=True, slots=True)
class MadeStatewide:
    """What a repository holds: rows by table, convictions, and how many things were made wrong."""

    rows: Mapping[str, int]
    convictions: int
    wrong: int


def generate(
    spark: SparkSession,
    convictions: int,
    seed: int,
    out: Path,
    *,
    format: Format = "csv",
    truth: Path | None = None,
    wrong: Mapping[str, float] = WRONG,
) -> MadeStatewide:
    """Writes the tables of so many convictions into the folder `out`, each as a folder of files of the format.

    Earlier tables there are replaced. `wrong` are the shares of what is made wrong. `truth` gets one JSON object for each thing made wrong: wrong, person_no, charge_no. Raises InputRefused.
    """
    if out.exists() and not out.is_dir():
        raise InputRefused(f"{out} is a file: name a folder for the tables")
    if truth is not None and truth.resolve().is_relative_to(out.resolve()):
        raise InputRefused(f"{truth} would stand among the tables: name a place outside of {out}")
    charges = _charges(spark, convictions, seed, wrong)
    tables = _tables_of(charges, convictions, seed)
    foreign = [path.name for path in out.iterdir() if path.name not in tables] if out.is_dir() else []
    if foreign:
        raise InputRefused(f"{out} holds other things than tables: name a new or an empty folder")
    rows = {}
    for name, table in tables.items():
        path = out.absolute() / name
        shutil.rmtree(path, ignore_errors=True)
        rows[name] = _write(table, path, format)
    made_wrong = _wrong_of(charges)
    if truth is not None:
        truth.parent.mkdir(parents=True, exist_ok=True)
        with truth.open("w") as file:
            for row in made_wrong.toLocalIterator():
                file.write(json.dumps(row.asDict()) + "\n")
    return MadeStatewide(rows, convictions, made_wrong.count())


def _write(table: DataFrame, path: Path, format: Format) -> int:
    counted = Observation()
    writer = table.observe(counted, F.count("*").alias("rows")).write
    if format == "csv":
        writer.option("header", "true").option("emptyValue", "").csv(str(path))
    else:
        writer.format(format).save(str(path))
    return int(counted.get["rows"])


# --- chance ------------------------------------------------------------------------------------------------

Chance = Callable[[str, Column], Column]


def _chance(seed: int) -> Chance:
    """A number in [0, 1) for a purpose and the number of a person, case or charge."""

    def roll(purpose: str, number: Column) -> Column:
        bits = F.xxhash64(F.lit(seed), F.lit(purpose), number).bitwiseAND((1 << 32) - 1)
        return bits / float(1 << 32)

    return roll


def _pick(chance: str, weights: Mapping[str, float]) -> Column:
    """The name whose share of [0, 1) a chance (a column) falls into; null beyond them all."""
    bounds = list(accumulate(weights.values()))
    return F.coalesce(
        *[F.when(F.col(chance) < bound, F.lit(name)) for name, bound in zip(weights, bounds, strict=True)]
    )


def _one_of(chance: Column, values: Sequence[str]) -> Column:
    at = F.least((chance * len(values)).cast("int"), F.lit(len(values) - 1))
    return F.get(F.array(*[F.lit(value) for value in values]), at)


def _entries(*entries: Mapping[str, Column]) -> Column:
    """Structs with the same fields, one below the other."""
    return F.explode(
        F.array(*[F.struct(*[value.alias(name) for name, value in each.items()]) for each in entries])
    )


def _between(chance: Column, first: int, last: int) -> Column:
    return F.lit(first) + (chance * (last - first + 1)).cast("int")


# --- people and charges ------------------------------------------------------------------------------------


def people_count(convictions: int) -> int:
    """How many people a repository of so many convictions has."""
    return max(2, int(convictions * _PEOPLE_PER_CONVICTION))


def _charges(spark: SparkSession, convictions: int, seed: int, wrong: Mapping[str, float]) -> DataFrame:
    """All that is to be known of each charge, before it is printed. Four of five are convictions."""
    roll = _chance(seed)
    count = convictions + convictions // 4
    files = max(1, count // _CHARGES_A_FILE)
    rows = spark.range(0, count, 1, files).withColumnRenamed("id", "number")
    number = F.col("number")
    rows = rows.withColumns({"case": F.floor(number / _CHARGES_A_CASE), "is_conviction": number % 5 != 4})
    person = (roll("person", F.col("case")) * people_count(convictions)).cast("bigint")
    rows = rows.withColumn("person", person).withColumn("birth", _birth(roll, F.col("person")))
    # Everyone is 18 or older, and nothing happens after the extract.
    adult = F.date_add("birth", 18 * 366)
    days = F.datediff(F.lit(date(2023, 6, 30)), adult)
    rows = rows.withColumn("arrest", F.date_add(adult, (roll("arrest", F.col("case")) * days).cast("int")))
    rows = rows.withColumns(
        {
            "offense": F.date_sub("arrest", _between(roll("offense", number), 0, 30)),
            "filed": F.date_add("arrest", _between(roll("filed", F.col("case")), 0, 60)),
            "statute_at": roll("statute", number),
            "wrong_at": roll("wrong", number),
            "sentence_at": roll("sentence", number),
            "county": _one_of(roll("county", F.col("case")), _COUNTIES),
        }
    ).withColumn("disposed", F.date_add("filed", _between(roll("disposed", F.col("case")), 30, 400)))
    total = sum(weight for _, _, weight in _STATUTES)
    statutes = {f"{statute}|{grade}": weight / total for statute, grade, weight in _STATUTES}
    # What rounding leaves beyond the last bound is the last one's.
    chosen = F.coalesce(_pick("statute_at", statutes), F.lit(list(statutes)[-1]))
    rows = rows.withColumns({"chosen": chosen, "wrong": _pick("wrong_at", wrong)})
    rows = rows.withColumns(
        {name: F.split_part("chosen", F.lit("|"), F.lit(at)) for at, name in ((1, "statute"), (2, "grade"))}
    )
    sentence = F.col("sentence_at")
    kinds = {"jail": (0.0, 0.6), "probation": (0.0, 0.85), "prison": (0.85, 0.95), "fine": (0.95, 1.0)}
    rows = rows.withColumns(
        {
            **{
                f"has_{kind}": F.col("is_conviction") & (sentence >= low) & (sentence < high)
                for kind, (low, high) in kinds.items()
            },
            "jail_days": _between(roll("jail", number), 10, 360),
            "prison_years": _between(roll("prison", number), 1, 5),
            "probation_months": _one_of(roll("months", number), ("12", "24", "36", "60")).cast("int"),
        }
    )
    ends = months_after(F.col("disposed"), F.col("probation_months"))
    custody_ends = (
        F.when(F.col("has_prison"), F.add_months("disposed", F.col("prison_years") * 12))
        .when(F.col("has_jail"), F.date_add("disposed", F.col("jail_days")))
        .otherwise(F.col("disposed"))
    )
    is_over = F.greatest(custody_ends, F.when(F.col("has_probation"), ends)) < F.lit(EXTRACTED_ON)
    rows = rows.withColumns({"probation_ends": ends, "is_over": is_over})
    rows = rows.withColumn("wrong", _possible())
    is_revoked = F.col("wrong").isNull() & F.col("has_probation") & (roll("revoked", number) < _REVOKED)
    return rows.withColumn("is_revoked", is_revoked | _is("revoked_but_complete"))


def _possible() -> Column:
    """What is made wrong where that is possible: it needs probation, a sentence, or a conviction."""
    wrong = F.col("wrong")
    needs = {
        "revoked_but_complete": F.col("has_probation") & F.col("is_over"),
        "supervision_end": F.col("has_probation"),
        "supervision_without_charge": F.col("has_probation"),
        "convicted_without_disposition": F.col("is_conviction"),
        "disposition_without_conviction": F.col("is_conviction"),
        "grades": F.col("is_conviction") & (F.col("grade") != "I"),
        "sentence_without_charge": F.col("is_conviction"),
        "unknown_sentence": F.col("has_jail"),
        "unknown_disposition": F.col("is_conviction"),
    }
    possible = F.lit(True)
    for name, condition in needs.items():
        possible &= (wrong != name) | condition
    return F.when(possible, wrong)


def _wrong_of(charges: DataFrame) -> DataFrame:
    rows = charges.where(F.col("wrong").isNotNull())
    return rows.select("wrong", _person_no(rows).alias("person_no"), _charge_no("number").alias("charge_no"))


def _birth(roll: Chance, person: Column) -> Column:
    return F.date_add(F.lit(date(1945, 1, 1)), _between(roll("birth", person), 0, 14_600))


def _person_no(rows: DataFrame) -> Column:
    """The person of a charge; of one whose person is missing, a number that nobody has."""
    number = F.format_string("Z%08d", F.col("person"))
    nobody = F.format_string("Z9%07d", F.col("number"))
    return (
        F.when(F.col("wrong") == "charge_without_person", nobody).otherwise(number)
        if "wrong" in rows.columns
        else number
    )


def _charge_no(number: str) -> Column:
    return F.format_string("C%09d", F.col(number))


# --- the tables --------------------------------------------------------------------------------------------


def _tables_of(charges: DataFrame, convictions: int, seed: int) -> dict[str, DataFrame]:
    """The tables by their names, as the state prints them; days and counts have types."""
    roll, spark = _chance(seed), charges.sparkSession
    return {
        "people": _people_table(spark, convictions, roll),
        "charges": _charges_table(charges),
        "dispositions": _dispositions_table(charges),
        "sentences": _sentences_table(charges),
        "probation": _probation_table(charges, roll),
        "registry": _registry_table(spark, convictions, roll),
        "facts": _facts_table(spark, charges, convictions, roll),
        "person_links": _links_table(spark, convictions, roll),
    }


def _people(spark: SparkSession, convictions: int) -> DataFrame:
    count = people_count(convictions)
    return spark.range(0, count, 1, max(1, count // _CHARGES_A_FILE)).withColumnRenamed("id", "person")


def _people_table(spark: SparkSession, convictions: int, roll: Chance) -> DataFrame:
    person = F.col("person")
    last = F.when(roll("canary", person) < _CANARIES, F.format_string(f"{CANARY}%d", person)).otherwise(
        _one_of(roll("name", person), _NAMES)
    )
    # Later than any charge, so that a death contradicts nothing.
    died = F.when(
        roll("died", person) < _DECEASED,
        F.date_sub(F.lit(EXTRACTED_ON), _between(roll("death", person), 1, 60)),
    )
    return _people(spark, convictions).select(
        F.format_string("Z%08d", person).alias("PERSON_NO"),
        F.concat(last, F.lit(", "), F.format_string("P%d", person)).alias("FULL_NAME"),
        F.format_string("900-%02d-%04d", _between(roll("ssn", person), 10, 49), person % 10_000).alias("SSN"),
        _birth(roll, person).alias("DATE_OF_BIRTH"),
        F.when(roll("sex", person) < 0.85, "M").otherwise("F").alias("SEX"),
        _one_of(roll("race", person), ("B", "H", "W", "A", "I", "O")).alias("RACE"),
        died.alias("DEATH_DATE"),
    )


def _is(*wrongs: str) -> Column:
    return F.coalesce(F.col("wrong").isin(list(wrongs)), F.lit(False))


def _charges_table(charges: DataFrame) -> DataFrame:
    status = (
        F.when(_is("disposition_without_conviction"), "DISMISSED")
        .when(_is("unknown_disposition"), None)
        .when(F.col("is_conviction"), "CONVICTED")
        .otherwise("DISMISSED")
    )
    county = F.when(_is("unknown_county"), "ATLANTIS").otherwise(F.col("county"))
    birth = F.when(_is("birth_dates"), F.date_sub("birth", 400)).otherwise(F.col("birth"))
    filed = F.when(_is("future_date"), F.lit(date(2150, 1, 1))).otherwise(F.col("filed"))
    rows = charges.select(
        "wrong",
        _person_no(charges).alias("PERSON_NO"),
        _charge_no("number").alias("CHARGE_NO"),
        F.format_string("K%09d", F.col("case")).alias("CASE_NO"),
        F.format_string("A%09d", F.col("case")).alias("ARREST_NO"),
        county.alias("COUNTY"),
        F.col("statute").alias("STATUTE"),
        F.lit("AS PRINTED").alias("STATUTE_TEXT"),
        F.col("grade").alias("GRADE"),
        F.col("offense").alias("OFFENSE_DATE"),
        F.col("arrest").alias("ARREST_DATE"),
        filed.alias("FILED_DATE"),
        status.alias("FINAL_STATUS"),
        F.when(status.isNotNull(), F.col("disposed")).alias("FINAL_DATE"),
        birth.alias("BIRTH_DATE_ON_CASE"),
    )
    # A second row of the same charge: the same again, or with another statute.
    again = rows.where(_is("copied_charge", "contradicted_charge")).withColumn(
        "STATUTE", F.when(_is("contradicted_charge"), "242 PC").otherwise(F.col("STATUTE"))
    )
    return rows.unionByName(again).drop("wrong")


def _with_strays(rows: DataFrame, wrong: str) -> DataFrame:
    """The rows, and where `wrong` is what is wrong each a second time for a charge that is not there (is_stray)."""
    twice = F.when(_is(wrong), F.array(F.lit(False), F.lit(True))).otherwise(F.array(F.lit(False)))
    return rows.withColumn("is_stray", F.explode(twice))


def _of_charge(rows: DataFrame) -> list[Column]:
    """Person and charge of a row; the charge of a stray is one that is not there."""
    missing = F.format_string("C9%08d", F.col("number"))
    charge = F.when(F.col("is_stray"), missing).otherwise(_charge_no("number"))
    return [_person_no(rows).alias("PERSON_NO"), charge.alias("CHARGE_NO")]


def _row_no(letter: str, *numbers: Column) -> Column:
    """The key of a row: its charge's number and its own, with an X for a stray."""
    pattern = letter + "%09d" + "-%d" * (len(numbers) - 1)
    return F.concat(F.format_string(pattern, *numbers), F.when(F.col("is_stray"), "X").otherwise(""))


def _dispositions_table(charges: DataFrame) -> DataFrame:
    rows = _with_strays(charges.where(~_is("convicted_without_disposition")), "disposition_without_charge")
    code = F.when(_is("unknown_disposition"), "GUILTY BUT FOR X-99").when(F.col("is_conviction"), "CONVICTED")
    other = F.when(F.col("grade") == "F", "M").otherwise("F")
    return rows.select(
        *_of_charge(rows),
        _row_no("D", F.col("number")).alias("DISPOSITION_NO"),
        code.otherwise("DISMISSED").alias("DISPOSITION"),
        F.col("disposed").alias("DISPOSITION_DATE"),
        F.lit(None).cast("string").alias("UNDER_STATUTE"),
        F.when(_is("grades"), other).when(F.col("is_conviction"), F.col("grade")).alias("GRADE"),
        F.lit(None).cast("string").alias("NEW_GRADE"),
    )


def _sentences_table(charges: DataFrame) -> DataFrame:
    """Up to two parts of a sentence: custody or a fine, and probation."""
    kind = F.when(_is("unknown_sentence"), "HOUSE ON THE HILL").otherwise("COUNTY JAIL")
    no_length, no_unit = F.lit(None).cast("int"), F.lit(None).cast("string")
    parts = [
        ("has_jail", kind, F.col("jail_days"), F.lit("D")),
        ("has_prison", F.lit("STATE PRISON"), F.col("prison_years"), F.lit("Y")),
        ("has_fine", F.lit("FINE"), no_length, no_unit),
        ("has_probation", F.lit("PROBATION"), F.col("probation_months"), F.lit("M")),
    ]
    part = _entries(
        *[
            {"no": F.lit(no), "is": F.col(has), "kind": kind, "length": length, "unit": unit}
            for no, (has, kind, length, unit) in enumerate(parts, start=1)
        ]
    )
    status = F.when(F.col("is_over"), "COMPLETE").otherwise("ACTIVE")
    rows = charges.where("is_conviction").withColumn("part", part).where("part.is")
    rows = _with_strays(rows, "sentence_without_charge")
    is_revoked = F.col("is_revoked") & ~_is("revoked_but_complete")
    return rows.select(
        *_of_charge(rows),
        _row_no("S", F.col("number"), F.col("part.no")).alias("PART_NO"),
        F.col("part.kind").alias("KIND"),
        F.col("part.length").alias("LENGTH"),
        F.col("part.unit").alias("UNIT"),
        F.col("disposed").alias("IMPOSED_DATE"),
        F.when(is_revoked, "ACTIVE").otherwise(status).alias("STATUS"),
    )


def _probation_table(charges: DataFrame, roll: Chance) -> DataFrame:
    rows = _with_strays(charges.where("has_probation"), "supervision_without_charge")
    revoked = F.when(F.col("is_revoked"), F.date_add("disposed", 100))
    is_early = revoked.isNull() & F.col("wrong").isNull() & (roll("closed", F.col("number")) < _CLOSED_EARLY)
    closed = F.when(
        is_early & (F.date_add("disposed", 300) < F.lit(EXTRACTED_ON)), F.date_add("disposed", 300)
    )
    # Beyond all parts of the sentence, one after the other.
    until = F.when(_is("supervision_end"), F.date_add("probation_ends", 800)).otherwise(
        F.col("probation_ends")
    )
    outcome = (
        F.when(revoked.isNotNull(), "REVOKED")
        .when(closed.isNotNull(), "CLOSED EARLY")
        .when(F.col("is_over"), "COMPLETED")
        .otherwise("ACTIVE")
    )
    return rows.select(
        *_of_charge(rows),
        _row_no("P", F.col("number")).alias("PERIOD_NO"),
        F.lit("FORMAL PROBATION").alias("KIND"),
        F.col("disposed").alias("FROM_DATE"),
        until.alias("UNTIL_DATE"),
        revoked.alias("REVOKED_DATE"),
        closed.alias("CLOSED_DATE"),
        outcome.alias("OUTCOME"),
    )


def _registry_table(spark: SparkSession, convictions: int, roll: Chance) -> DataFrame:
    person = F.col("person")
    rows = _people(spark, convictions).where(roll("registered", person) < _REGISTERED)
    return rows.select(
        F.format_string("Z%08d", person).alias("PERSON_NO"),
        F.format_string("R%08d", person).alias("REGISTRATION_NO"),
        F.when(roll("registry", person) < 0.7, "SEX OFFENDER").otherwise("NARCOTICS").alias("KIND"),
        F.lit("290 PC").alias("STATUTE"),
        F.date_add(F.lit(date(2005, 1, 1)), _between(roll("since", person), 0, 5000)).alias("FROM_DATE"),
        F.lit(None).cast("date").alias("UNTIL_DATE"),
    )


def _facts_table(spark: SparkSession, charges: DataFrame, convictions: int, roll: Chance) -> DataFrame:
    number = F.col("number")
    is_cannabis = F.col("statute").rlike("^(11357|11358|11359|11360)")
    is_weighed = is_cannabis & (roll("weighed", number) < _CANNABIS_WEIGHED)
    is_ordered = F.col("is_conviction") & (roll("restitution", number) < _RESTITUTION)
    grams = F.format_number(roll("grams", number) * 60, 1)
    paid = F.when(roll("paid", number) < 0.5, "Y").otherwise("N")
    no_unit = F.lit(None).cast("string")
    facts = [
        (is_weighed, "CANNABIS WEIGHT", grams, F.lit("GRAMS")),
        (is_ordered, "RESTITUTION ORDERED", F.lit("Y"), no_unit),
        (is_ordered, "RESTITUTION PAID", paid, no_unit),
    ]
    fact = _entries(
        *[
            {"no": F.lit(no), "is": condition, "fact": F.lit(name), "value": value, "unit": unit}
            for no, (condition, name, value, unit) in enumerate(facts, start=1)
        ]
    )
    rows = charges.withColumn("fact", fact).where("fact.is")
    of_charges = rows.select(
        _person_no(rows).alias("PERSON_NO"),
        _charge_no("number").alias("CHARGE_NO"),
        F.format_string("F%09d-%d", number, F.col("fact.no")).alias("FACT_NO"),
        F.col("fact.fact").alias("FACT"),
        F.col("fact.value").alias("VALUE"),
        F.col("fact.unit").alias("UNIT"),
        F.col("disposed").alias("RECORDED_DATE"),
    )
    person = F.col("person")
    pending = _people(spark, convictions).where(roll("pending", person) < _PENDING)
    of_people = pending.select(
        F.format_string("Z%08d", person).alias("PERSON_NO"),
        F.lit(None).cast("string").alias("CHARGE_NO"),
        F.format_string("F%09d-P", person).alias("FACT_NO"),
        F.lit("PENDING CHARGE").alias("FACT"),
        F.lit("Y").alias("VALUE"),
        F.lit(None).cast("string").alias("UNIT"),
        F.lit(EXTRACTED_ON).alias("RECORDED_DATE"),
    )
    return of_charges.unionByName(of_people)


def _links_table(spark: SparkSession, convictions: int, roll: Chance) -> DataFrame:
    person = F.col("person")
    rows = _people(spark, convictions).where((person % 2 == 0) & (roll("linked", person) < 2 * _LINKED))
    rows = rows.where(person + 1 < people_count(convictions))
    kind = _one_of(roll("link", person), ("MERGED", "MERGED", "MERGED", "SPLIT", "DISPUTED"))
    return rows.select(
        F.format_string("Z%08d", person).alias("PERSON_NO"),
        F.format_string("Z%08d", person + 1).alias("OTHER_PERSON_NO"),
        F.format_string("L%08d", person).alias("LINK_NO"),
        kind.alias("KIND"),
        F.date_add(F.lit(date(2015, 1, 1)), _between(roll("merged", person), 0, 3000)).alias("FROM_DATE"),
        F.lit(None).cast("date").alias("UNTIL_DATE"),
    )
