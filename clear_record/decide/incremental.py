"""An incremental run: who is decided anew, and which rows differ from those that stand in the run that it builds on.

A decision changes because records of its person changed, because a day was reached, or because the law or the program is another one.
The last is said in words, and then everything is decided; the others are people. docs/decisions/incremental-runs.md
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from clear_record.decide.committed import OUTCOME, inputs_of, outcomes_of, side_by_side, standing_rows
from clear_record.decide.compiler import ANOTHER_COUNTY, LAW_ENDED, NOT_IN_SCOPE, decisions
from clear_record.decide.gather import gather_from
from clear_record.decide.links import Links, as_one_person
from clear_record.decide.offices import Offices
from clear_record.decide.plan import Plan
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.spark import begun_anew, sent_where_few
from clear_record.tables import DECISION, OUT_OF_SCOPE

# Tables whose rows are of a person and came with a delivery. What `subject_link` says is found by what it comes to on a day.
_OF_PEOPLE = ("charge", "subject", "registration", "reject", "fact", "withdrawal")
_LONGEST_CHAIN = 100
"""So many runs stand on each other at most: a reader puts all of them together."""


def base_of(lake: Lake, plan: Plan) -> tuple[Row | None, str]:
    """The last committed run that an incremental one can build on; None where there is none, and in words why everything is decided."""
    runs = lake.read("run").orderBy(F.desc("position")).limit(_LONGEST_CHAIN).collect()
    for run in runs:
        if next(_differences(lake, run, plan), None) is None:
            if len(run["builds_on"]) < _LONGEST_CHAIN or plan.repeats(run):
                return run, ""
            # One before it has room on it yet, and would be built on by each night to come.
            return None, f"{_LONGEST_CHAIN} runs stand on each other"
    return None, next(_differences(lake, runs[0], plan)) if runs else "no run was committed before"


def _differences(lake: Lake, run: Row, plan: Plan) -> Iterator[str]:
    """What may change anybody's decision between a run and a plan, in words."""
    code = run["engines"]["code"]
    if code != plan.code:
        yield "the program is another"
    if [each.asDict() for each in run["packs"]] != plan.applied:
        yield "the packs, their texts or their counties are others"
    if json.loads(run["options"]) != dict(plan.options):
        yield "the options are others"
    if run["as_of"] > plan.as_of:
        yield f"the last run is as of a later day, {run['as_of']}"
    for each in plan.assignments:
        for day in each.pack.changing_days:
            if run["as_of"] < day <= plan.as_of:
                yield f"the law of {each.pack.name} changed on {day}"
    if [each["seal_id"] for each in run["seals"]] != [each["seal_id"] for each in plan.seals]:
        yield "charges were sealed since"
    then = inputs_of(run)
    if {at.table_id for at in then.values()} != {at.table_id for at in plan.inputs.values()}:
        yield "the tables are others"
        return
    known = {each["delivery_id"]: each["row_sha256"] for each in plan.deliveries}
    if any(known.get(each["delivery_id"]) != each["row_sha256"] for each in run["deliveries"]):
        yield "a delivery that it read is gone, or its row was changed"
    if _records_of(lake, plan, run).covered_states != plan.records(lake).covered_states:
        yield "other kinds of records are loaded now"


def _records_of(lake: Lake, plan: Plan, run: Row) -> Records:
    """The records that a run read which a plan builds on, in the newest versions: reading an old one costs more than passing over rows."""
    return Records(lake, plan.inputs, [each["delivery_id"] for each in run["deliveries"]])


@dataclass(frozen=True, slots=True)
class Difference:
    """What an incremental run comes to: the rows that differ (columns of `decision` but run_id), and what its run row counts."""

    rows: DataFrame
    outcomes: Sequence[Mapping[str, Any]]
    out_of_scope: Mapping[str, int]


def difference(lake: Lake, plan: Plan, base: Row) -> Difference:
    """Decide anew whom a change reaches, beside what stands in the base. Raises NotReproducible where a version is gone."""
    then, now = _records_of(lake, plan, base), plan.records(lake)
    links_then, links_now = Links.of(then, base["as_of"]), Links.of(now, plan.as_of)
    ids = changed_ids(plan, base, (then, now), (links_then, links_now))
    charges = gather_from(now, plan.packs, links_now, ids)
    decided = decisions(charges, plan.assignments, plan.as_of, with_rechecks=True)
    standing = standing_rows(lake, base, ids)
    sides = begun_anew(side_by_side(standing, decided))
    outcomes = _outcomes(base, sides)
    went, came = then.rows("charge", ids), now.rows("charge", ids)
    return Difference(_differing(sides), outcomes, _out_of_scope(plan, base, outcomes, went, came))


def _differing(sides: DataFrame) -> DataFrame:
    """The rows that the base does not have so; of a charge that is decided no longer one that says so."""
    before, after = F.col("before"), F.col("after")
    is_gone = before.isNotNull() & after.isNull()
    columns = [name for name in DECISION.column_names if name not in ("run_id", "pack", "charge_id")]
    whose = ("case_id", "subject_id", "county")
    no_longer = {"outcome": F.lit(OUT_OF_SCOPE), "remedy": F.lit("none"), "trace": F.lit("")}
    return sides.where(F.col("difference").isNotNull()).select(
        "pack",
        "charge_id",
        *[
            F.when(is_gone, before[name] if name in whose else no_longer.get(name))
            .otherwise(after[name])
            .alias(name)
            for name in columns
        ],
    )


def _outcomes(base: Row, sides: DataFrame) -> list[dict[str, Any]]:
    """The decisions that stand by pack, outcome and remedy. All of a person's are on both sides, so that people can be counted, too."""
    counted: Counter[tuple[str, ...]] = Counter()
    people: Counter[tuple[str, ...]] = Counter()
    for each in base["outcomes"]:
        key = each["pack"], each["outcome"], each["remedy"]
        counted[key], people[key] = each["charges_count"], each["subjects_count"]
    for side, sign in (("before", -1), ("after", 1)):
        rows = sides.where(F.col(side).isNotNull()).select("pack", f"{side}.*")
        for each in outcomes_of(rows):
            key = each["pack"], each["outcome"], each["remedy"]
            counted[key] += sign * each["charges_count"]
            people[key] += sign * each["subjects_count"]
    return [
        {**dict(zip(OUTCOME, key, strict=True)), "charges_count": count, "subjects_count": people[key]}
        for key, count in sorted(counted.items())
        if count
    ]


def _out_of_scope(
    plan: Plan, base: Row, outcomes: Sequence[Mapping[str, Any]], went: DataFrame, came: DataFrame
) -> dict[str, int]:
    """How many of all charges each pack does not decide, by `<pack>|<reason>`: as in the base, less the charges that `went` and more those
    that `came`. Of those that a pack is asked for, all that it has not decided are out of scope."""
    counted = {f"{each['pack']}|{each['reason']}": each["charges_count"] for each in base["out_of_scope"]}
    applied = Offices.of(plan.assignments)
    both = went.select("county", F.lit(-1).alias("sign")).unionByName(
        came.select("county", F.lit(1).alias("sign"))
    )
    takes = [
        F.sum(F.when(each.takes(F.col("county")), F.col("sign"))).alias(each.pack.name) for each in applied
    ]
    (more,) = both.agg(F.sum("sign").alias("all"), *takes).collect()
    for each in applied:
        pack, more_asked = each.pack, more[each.pack.name] or 0
        decided = _decided_by(pack.name, outcomes) - _decided_by(pack.name, base["outcomes"])
        is_over = pack.in_force.ends_on is not None and plan.as_of >= pack.in_force.ends_on
        counted[f"{pack.name}|{ANOTHER_COUNTY}"] += (more["all"] or 0) - more_asked
        counted[f"{pack.name}|{LAW_ENDED if is_over else NOT_IN_SCOPE}"] += more_asked - decided
    return counted


def _decided_by(pack: str, outcomes: Sequence[Row | Mapping[str, Any]]) -> int:
    return sum(each["charges_count"] for each in outcomes if each["pack"] == pack)


def changed_ids(
    plan: Plan, base: Row, records: tuple[Records, Records], links: tuple[Links, Links]
) -> DataFrame:
    """All ids (subject_id, each once) of whom a change reaches between a run and a plan, and the records and links of each: a row of theirs
    came or went, a link of theirs holds or no longer does, a fact of theirs was settled, or a day was reached on which their decision can
    change.

    They are whole people on both sides: an id that stands for somebody else now is among them, and so is whom it stood for, so that an id
    which is left stands for the same on both.
    """
    (then, now), (links_then, links_now) = records, links
    ids = reduce(
        DataFrame.unionByName,
        [_delivered(then, now), _settled(now, base), _due(now.lake, plan, base)],
    ).distinct()
    if not (links_then.are_there or links_now.are_there):
        return sent_where_few(ids)
    before, after = links_then.persons, links_now.persons
    relinked = _relinked(before, after)
    doubted = _of_one_only(links_then.in_conflict, links_now.in_conflict)
    ids = ids.unionByName(relinked).unionByName(as_one_person(relinked, before)).unionByName(doubted)
    return sent_where_few(links_now.ids_of(as_one_person(ids, after).distinct()))


def _delivered(then: Records, now: Records) -> DataFrame:
    """Whose rows came with deliveries that the base did not read: subject_id."""
    new = F.col("delivery_id").isin(sorted({*now.delivery_ids} - {*then.delivery_ids}))
    rows = [now.read(name).where(new).select("subject_id") for name in _OF_PEOPLE]
    return reduce(DataFrame.unionByName, rows).where(F.col("subject_id").isNotNull())


def _settled(now: Records, base: Row) -> DataFrame:
    """Of whose charges a fact was settled since: subject_id."""
    return now.read("settlement").where(F.col("position") > base["settled_to"]).select("subject_id")


def _due(lake: Lake, plan: Plan, base: Row) -> DataFrame:
    """Of whom a day was reached on which a decision can change: subject_id. A row that stands no longer may name a few more."""
    runs = [base["run_id"], *base["builds_on"]]
    # A day before the base was reached by a run before, which wrote another row.
    is_due = (F.col("recheck_on") > F.lit(base["as_of"])) & (F.col("recheck_on") <= F.lit(plan.as_of))
    return lake.read("decision").where(F.col("run_id").isin(runs) & is_due).select("subject_id")


def _relinked(before: DataFrame, after: DataFrame) -> DataFrame:
    """The ids that stand for another person than they did: subject_id."""
    now = after.withColumnRenamed("person_id", "person_now")
    both = before.join(now, "subject_id", "full")
    return both.where(~F.col("person_id").eqNullSafe(F.col("person_now"))).select("subject_id")


def _of_one_only(one: DataFrame, other: DataFrame) -> DataFrame:
    """The ids that one of two tables has: subject_id."""
    return one.join(other, "subject_id", "left_anti").unionByName(other.join(one, "subject_id", "left_anti"))
