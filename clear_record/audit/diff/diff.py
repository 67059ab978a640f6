"""diff: every decision that two runs decide otherwise, and what caused it, found by evaluation."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table as TextTable
from rich.text import Text

from clear_record.audit.diff.exchanges import Side, options_in_words, steps_between
from clear_record.audit.lake_files import LakeFiles
from clear_record.authoring.diff import Change, changes_between
from clear_record.decide.plan import code_sha256
from clear_record.errors import ClearRecordError
from clear_record.lake import Lake
from clear_record.law.expressions import names_in
from clear_record.law.pack import Criterion, Pack
from clear_record.tables import DECISION_CHANGE

_ANSWER = ("outcome", "remedy", "eligible_on")
_WHOSE = ("case_id", "subject_id", "county")
_KEY = ("pack", "charge_id")
# Tables whose rows are of a person and came with a delivery.
_RECORDS = ("charge", "subject", "registration", "reject", "fact", "subject_link")


@dataclass(frozen=True, slots=True)
class Diff:
    """Two runs (rows of `run`), how many decisions differ by from, to and causes, and what changed in law and options."""

    diff_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    counts: Sequence[Mapping[str, Any]]
    law: Mapping[str, Sequence[Change]]
    options: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        return {
            "diff_id": self.diff_id,
            "run_before": self.before["run_id"],
            "run_after": self.after["run_id"],
            "changes": [dict(each) for each in self.counts],
            "law": {pack: [each.as_json() for each in changes] for pack, changes in self.law.items()},
            "options": list(self.options),
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for word, run in (("From", self.before), ("to", self.after)):
            yield Text(f"{word} run {run['run_id']}, as of {run['as_of']}, position {run['position']}")
        total = sum(each["charges_count"] for each in self.counts)
        yield Text(f"{total:,} decisions differ" if total else "No decision differs")
        if total:
            table = TextTable(box=None, pad_edge=False)
            for heading in ("pack", "from", "to", "because of"):
                table.add_column(heading)
            table.add_column("decisions", justify="right")
            for each in self.counts:
                table.add_row(
                    each["pack"],
                    _answer(each["outcome_before"], each["remedy_before"]),
                    _answer(each["outcome_after"], each["remedy_after"]),
                    ", ".join(each["causes"]),
                    f"{each['charges_count']:,}",
                )
            yield table
        for line in self.options:
            yield Text(f"Options: {line}")
        for pack, changes in self.law.items():
            yield Group(*[Text(f"Law of {pack}: {change}") for change in changes])


def _answer(outcome: str | None, remedy: str | None) -> str:
    return "not decided" if outcome is None else f"{outcome}: {remedy}" if remedy != "none" else outcome


def diff(lake: Lake, files: LakeFiles, before: Mapping[str, Any], after: Mapping[str, Any]) -> Diff:
    """Compare two runs (rows of `run`) and keep the changes in `decision_change`, once.

    A decision differs where its outcome, remedy or day does. Raises NotReproducible where a version or a text is gone that the
    evaluation of a cause needs.
    """
    identity = f"{before['run_id']} {after['run_id']} {code_sha256()}"
    diff_id = hashlib.sha256(identity.encode()).hexdigest()[:32]
    lake.create([DECISION_CHANGE])
    kept = lake.read("decision_change").where(F.col("diff_id") == diff_id)
    sides = Side.of(files, before), Side.of(files, after)
    if kept.isEmpty():
        rows = changes(lake, *sides).withColumns(
            {
                "diff_id": F.lit(diff_id),
                "run_before": F.lit(before["run_id"]),
                "run_after": F.lit(after["run_id"]),
            }
        )
        story = {"job": "diff", "runs": [before["run_id"], after["run_id"]]}
        lake.append(
            "decision_change",
            rows.select(*DECISION_CHANGE.column_names),
            write_id=f"decision_change/{diff_id}",
            story=story,
        )
    counts = _counts(lake.read("decision_change").where(F.col("diff_id") == diff_id))
    if any(not each["causes"] for each in counts):
        raise ClearRecordError("a decision differs and nothing that was exchanged explains it; report this")
    return Diff(diff_id, before, after, counts, _law(*sides), options_in_words(before, after))


def _counts(changed: DataFrame) -> list[dict[str, Any]]:
    names = ("pack", "outcome_before", "remedy_before", "outcome_after", "remedy_after", "causes")
    counted = changed.groupBy(*names).agg(F.count("*").alias("charges_count")).collect()
    return sorted(
        (row.asDict() for row in counted), key=lambda row: (row["pack"], -row["charges_count"], str(row))
    )


def _law(before: Side, after: Side) -> dict[str, Sequence[Change]]:
    old, new = before.packs, after.packs
    found = {name: changes_between(old[name], new[name]) for name in old if name in new}
    return {name: changed for name, changed in found.items() if changed}


def changes(lake: Lake, before: Side, after: Side) -> DataFrame:
    """The rows of `decision_change` without the ids of diff and runs. One exchange by charge for all steps."""
    first, steps = steps_between(lake, before, after)
    sides = [first, *(step.decisions for step in steps)]
    together = reduce(
        DataFrame.unionByName, [rows.withColumn("_step", F.lit(number)) for number, rows in enumerate(sides)]
    )
    answer = F.struct(*_ANSWER, "trace")
    last = len(steps)
    by_charge = together.groupBy(*_KEY).agg(
        *[F.max_by(name, "_step").alias(name) for name in _WHOSE],
        *[F.max(F.when(F.col("_step") == number, answer)).alias(f"_{number}") for number in range(last + 1)],
    )
    causes = F.array_compact(
        F.array(
            *[F.when(_differ(number, number + 1), F.lit(step.cause)) for number, step in enumerate(steps)]
        )
    )
    changed = by_charge.where(_differ(0, last)).withColumn("causes", F.array_distinct(causes))
    changed = _without_sealed(lake, changed, before.run, after.run)
    old, new = before.packs, after.packs
    criteria = F.when(
        F.col("_0").isNotNull() & F.col(f"_{last}").isNotNull(),
        _differing_criteria(old, new, F.col("_0.trace"), F.col(f"_{last}.trace")),
    ).otherwise(_no_texts())
    found = changed.withColumn("criteria", criteria).select(
        *_KEY,
        *_WHOSE,
        *[
            F.col(f"_{number}.{name}").alias(f"{name}_{side}")
            for side, number in (("before", 0), ("after", last))
            for name in _ANSWER
        ],
        "causes",
        "criteria",
        _differing_law(old, new, before.run["as_of"], after.run["as_of"]).alias("law"),
    )
    return _with_records(lake, found, before.run, after.run)


def _without_sealed(lake: Lake, changed: DataFrame, *runs: Mapping[str, Any]) -> DataFrame:
    """The charges of whom no decision of these runs was sealed: what is gone by law was not decided otherwise."""
    if not lake.exists("sealed_row"):
        return changed
    standing = {id for run in runs for id in (run["run_id"], *run["builds_on"])}
    sealed = lake.read("sealed_row").where(F.col("committed_in").isin(*standing)).select("mark").distinct()
    return changed.join(sealed, F.sha2("charge_id", 256) == F.col("mark"), "left_anti")


def _differ(one: int, other: int) -> Column:
    """Whether the answers of two steps differ; a charge that a step does not decide has none."""
    same = [F.col(f"_{one}.{name}").eqNullSafe(F.col(f"_{other}.{name}")) for name in _ANSWER]
    return ~reduce(Column.__and__, same)


def _no_texts() -> Column:
    return F.array().cast("array<string>")


def _by_pack(texts: Mapping[str, Column]) -> Column:
    """The texts of the row's pack; none of a pack that has none."""
    return F.coalesce(*[F.when(F.col("pack") == name, each) for name, each in texts.items()], _no_texts())


def _differing_criteria(
    old: Mapping[str, Pack], new: Mapping[str, Pack], before: Column, after: Column
) -> Column:
    return _by_pack(
        {
            name: F.array_compact(
                F.array(
                    *[
                        F.when(
                            ~_letter(old.get(name), id, before).eqNullSafe(_letter(new.get(name), id, after)),
                            F.lit(id),
                        )
                        for id in _criteria_of(old.get(name), new.get(name))
                    ]
                )
            )
            for name in {**old, **new}
        },
    )


def _letter(pack: Pack | None, id: str, trace: Column) -> Column:
    """The letter of a criterion in a trace of the pack; null where it has none."""
    ids = [] if pack is None else [each.id for each in pack.criteria]
    return F.substring(trace, ids.index(id) + 1, 1) if id in ids else F.lit(None).cast("string")


def _criteria_of(*packs: Pack | None) -> dict[str, Criterion]:
    return {each.id: each for pack in packs if pack is not None for each in pack.criteria}


def _differing_law(old: Mapping[str, Pack], new: Mapping[str, Pack], was_on: date, is_on: date) -> Column:
    """The parameters and lists of the row's `criteria` that the two runs gave other values."""
    by_pack = {}
    for name in {**old, **new}:
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            continue
        terms = [
            F.when(F.array_contains("criteria", id), F.array(*map(F.lit, asked)))
            for id, criterion in _criteria_of(one, other).items()
            if (asked := _changed_terms(criterion, one, other, was_on, is_on))
        ]
        if terms:
            by_pack[name] = F.array_sort(F.array_distinct(F.flatten(F.array_compact(F.array(*terms)))))
    return _by_pack(by_pack)


def _changed_terms(criterion: Criterion, one: Pack, other: Pack, was_on: date, is_on: date) -> list[str]:
    names = {name for expression in criterion.expressions for name in names_in(expression)}
    parameters = {
        f"parameters.{name.name}"
        for name in names
        if name.scope == "parameters" and _value(one, name.name, was_on) != _value(other, name.name, is_on)
    }
    lists = {
        f"offenses.{name.name}"
        for name in names
        if name.scope == "offenses" and one.lists.get(name.name) != other.lists.get(name.name)
    }
    return sorted(parameters | lists)


def _value(pack: Pack, name: str, day: date) -> object:
    return pack.parameters[name].on(day) if name in pack.parameters else None


def _with_records(
    lake: Lake, changed: DataFrame, before: Mapping[str, Any], after: Mapping[str, Any]
) -> DataFrame:
    """Adds `records`: the rows of the person that came with deliveries which only the second run read."""
    read_before = {each["delivery_id"] for each in before["deliveries"]}
    new = sorted({each["delivery_id"] for each in after["deliveries"]} - read_before)
    if not new:
        return changed.withColumn("records", _no_texts())
    place = F.format_string("%s:%d:%d", "delivery_id", "file", "line")
    rows = reduce(
        DataFrame.unionByName,
        [
            lake.read(name)
            .where(F.col("delivery_id").isin(new))
            .select("subject_id", F.concat(F.lit(f"{name} "), place).alias("row"))
            for name in _RECORDS
        ],
    )
    withdrawn = F.concat_ws(" ", F.lit("withdrawal"), "delivery_id", "table_name", "record_id")
    rows = rows.unionByName(
        lake.read("withdrawal")
        .where(F.col("delivery_id").isin(new))
        .select("subject_id", withdrawn.alias("row"))
    )
    of_person = rows.groupBy("subject_id").agg(F.sort_array(F.collect_set("row")).alias("_records"))
    named = F.when(F.array_contains("causes", "records"), F.col("_records"))
    joined = changed.join(of_person, "subject_id", "left")
    return joined.withColumn("records", F.coalesce(named, _no_texts())).drop("_records")
