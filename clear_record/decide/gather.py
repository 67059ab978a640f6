"""Bring all records of a person together: one row a charge, with what is known of the person and of the charge.

The rows of each table are spread by person once, as narrow as they are, and put under each other: so they stay where they are, and what
belongs to every charge of the person is taken over that group.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from clear_record.decide.links import Links
from clear_record.decide.settlements import with_settlements
from clear_record.law.pack import Pack
from clear_record.law.person import MOST_CHARGES
from clear_record.law.vocabulary import FACTS, Absence, Entry, Type
from clear_record.records import Records
from clear_record.tables import CHARGE

PERSON_TABLES = ("subject", "registration", "reject")

_IS_CHARGE = "_is_charge"


def gather(
    tables: Mapping[str, DataFrame], facts: Sequence[Entry], covered: Mapping[str, Sequence[str]]
) -> DataFrame:
    """One row for each charge: the columns of `charge`, and those of its person and its facts.

    `tables` holds `charge`, `subject`, `registration`, `reject` and, if there are any, `fact` and `settlement`, all but the last spread by
    person (else Spark spreads them twice: by person and charge, and by person). `facts` are the
    vocabulary's entries of the facts that are asked for, of charges and of persons, and `covered` says for a kind of
    record (`fact:conduct`) in which states its source was loaded. Adds birth_*, deceased_*, registered_* (date), is_held
    and is_crowded (boolean: the person has more charges than one can have, and is held for it), the columns of each fact, and covered
    (array<string>: the kinds of records that were loaded for the charge's state).

    Where a fact can be absent, `fact_<name>_is_absent` (boolean; null is unknown) says so, of a date its ends: both null where it
    is, and the first day of the calendar and null where that is unknown.
    """
    together = tables["charge"].select(*CHARGE.column_names, F.lit(True).alias(_IS_CHARGE))
    for rows in (
        tables["subject"].select("subject_id", *_ends("birth"), *_ends("deceased")),
        tables["registration"]
        .where(F.col("kind") == "sex_offender")
        .select("subject_id", *_ends("registered_from", named="registered")),
        tables["reject"]
        .where(F.col("subject_id").isNotNull())
        .select("subject_id", F.lit(True).alias("is_held")),
    ):
        together = together.unionByName(rows, allowMissingColumns=True)
    known = with_settlements(tables.get("fact"), tables.get("settlement")) if facts else None
    if known is not None:
        together = _with_facts(together, known, facts)
    person = Window.partitionBy("subject_id")
    is_crowded = F.count(_IS_CHARGE).over(person) > MOST_CHARGES
    together = together.withColumns(
        {
            # Two deliveries can give two birth dates: what both leave open is open.
            "birth_earliest": F.min("birth_earliest").over(person),
            "birth_latest": F.max("birth_latest").over(person),
            "deceased_earliest": F.min("deceased_earliest").over(person),
            "deceased_latest": F.min("deceased_latest").over(person),
            "registered_earliest": F.min("registered_earliest").over(person),
            "registered_latest": F.min("registered_latest").over(person),
            "is_held": F.coalesce(F.max("is_held").over(person), F.lit(False)) | is_crowded,
            "is_crowded": is_crowded,
        }
    ).where(_IS_CHARGE)
    columns = _fact_columns(facts, covered, known is not None)
    return together.drop(_IS_CHARGE).withColumns({**columns, "covered": _covered_kinds(covered)})


def gather_from(
    records: Records, packs: Sequence[Pack], links: Links, ids: DataFrame | None = None
) -> DataFrame:
    """`gather` of the lake's records and settlements, for what the packs ask: a fact that none of them names costs nothing.

    `links` are those of the records, on the day that is decided for. `ids` (subject_id, each once) are those whose rows are gathered, of
    a person all or none; None is everybody.
    Raises NotReproducible where a version is gone.
    """
    named = {name.entry for pack in packs for name in pack.names}
    asked = [fact for fact in FACTS if fact in named]

    def by_person(rows: DataFrame) -> DataFrame:
        return links.under_one_id(rows).repartition("subject_id")

    tables = {name: records.rows(name, ids, by_person) for name in ("charge", *PERSON_TABLES)}
    if links.are_there:
        # Who may be somebody else is held as by a rejected row.
        in_conflict = by_person(links.in_conflict)
        tables["reject"] = tables["reject"].unionByName(in_conflict, allowMissingColumns=True)
    if asked and not records.read("fact").isEmpty():
        tables["fact"] = records.rows("fact", ids, by_person)
    settled = records.read("settlement")
    if asked and not settled.isEmpty():
        tables["settlement"] = links.under_one_id(settled)
    return gather(tables, asked, records.covered_states)


def _ends(name: str, named: str | None = None) -> list[Column]:
    return [F.col(f"{name}_{end}").alias(f"{named or name}_{end}") for end in ("earliest", "latest")]


def _with_facts(together: DataFrame, known: DataFrame, facts: Sequence[Entry]) -> DataFrame:
    """Add `_value_<name>` and `_is_recorded_<name>` (false: there was none) of each fact to its charge, or to all charges of its
    person, from what is known of facts (see `with_settlements`).

    Values that contradict each other are unknown.
    """
    rows = known.where(F.col("name").isin([fact.short_name for fact in facts])).select(
        "subject_id",
        "charge_id",
        *[
            F.when(F.col("name") == fact.short_name, F.col("value")).alias(f"_value_{fact.short_name}")
            for fact in facts
        ],
        *[
            F.when(F.col("name") == fact.short_name, ~F.col("is_none")).alias(
                f"_is_recorded_{fact.short_name}"
            )
            for fact in facts
        ],
    )
    together = together.unionByName(rows, allowMissingColumns=True)
    # Rows that are sorted by person and charge, for the facts of charges, are sorted by person, too: one sort serves all that follows.
    for of, is_of_person in (
        (Window.partitionBy("subject_id", "charge_id"), False),
        (Window.partitionBy("subject_id"), True),
    ):
        columns: dict[str, Column] = {}
        for fact in (each for each in facts if each.is_of_person == is_of_person):
            value, mark = f"_value_{fact.short_name}", f"_is_recorded_{fact.short_name}"
            least, most = F.min(value).over(of), F.max(value).over(of)
            columns |= {value: F.when(least == most, least), mark: F.max(mark).over(of)}
        if columns:
            together = together.withColumns(columns)
    return together


def _fact_columns(
    facts: Sequence[Entry], covered: Mapping[str, Sequence[str]], any_known: bool
) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for fact in facts:
        name = fact.short_name
        value = F.col(f"_value_{name}") if any_known else F.lit(None).cast("string")
        is_recorded = F.col(f"_is_recorded_{name}") if any_known else F.lit(None).cast("boolean")
        is_covered = F.col("state").isin(list(covered.get(fact.coverage or "", ())))
        # A recorded "unknown" says that there was such a thing; a silent source that was loaded, that there was none.
        is_absent = F.when(is_recorded, False).when(~is_recorded | is_covered, True)
        if fact.type is Type.DATE:
            columns |= zip(fact.columns, _ends_of_day(fact, value, is_absent), strict=True)
            continue
        columns[fact.columns[0]] = value.cast(
            {"number": "double", "boolean": "boolean"}.get(fact.type, "string")
        )
        if fact.absence is Absence.NONE:
            columns[fact.columns[1]] = is_absent
    return columns


def _ends_of_day(fact: Entry, value: Column, is_absent: Column) -> tuple[Column, Column]:
    """The ends of a day that is printed as `2016-11-09`, or as two with `..` between, of which one may be open.

    An event of which nothing is known may have happened at any time, or not.
    """
    earliest, latest = (F.split_part(value, F.lit(".."), F.lit(at)).try_cast("date") for at in (1, -1))
    if fact.absence is Absence.UNKNOWN:
        return earliest, latest
    is_open = earliest.isNull() & latest.isNull() & ~F.coalesce(is_absent, F.lit(False))
    return F.when(is_open, F.lit(date.min.isoformat()).cast("date")).otherwise(earliest), latest


def _covered_kinds(covered: Mapping[str, Sequence[str]]) -> Column:
    kinds = [
        F.when(F.col("state").isin(list(states)), F.lit(kind)) for kind, states in sorted(covered.items())
    ]
    return F.array_compact(F.array(*kinds)) if kinds else F.array().cast("array<string>")
