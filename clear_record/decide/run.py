"""One run: decide at pinned versions, write the decisions, read them back, and commit with one row in `run`, last.

A run without its row does not exist. The same work has the same id: it is found committed and nothing is written, or an attempt that
stopped half way is completed.
"""

import json
import os
import platform
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import metadata
from typing import Any

from py4j.java_gateway import JavaPackage
from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as TextTable

from clear_record.decide.assignment import Assignment
from clear_record.decide.committed import find_run, outcomes_of
from clear_record.decide.compiler import decisions
from clear_record.decide.gather import PERSON_TABLES, gather_from
from clear_record.decide.incremental import base_of, difference
from clear_record.decide.links import Links
from clear_record.decide.plan import Plan, code_sha256, sha256_of
from clear_record.errors import Busy, InputRefused, NotReproducible
from clear_record.lake import Lake, TableVersion
from clear_record.law.kept import criterion_rows, pack_row
from clear_record.roots import ContentRoot, commit_sha256
from clear_record.roots_in_spark import content_roots, transfer_check
from clear_record.salts import SEED_BYTES, add_salts_of_charges
from clear_record.signing import SigningKey, statement
from clear_record.spark import small_table
from clear_record.tables import CRITERION, DECISION, DECISION_TABLES, PACK, RUN, SETTLEMENT, SIGNATURE

# Deliveries first: the rows of one that is seen here are there in the versions of the tables that are looked at after it.
_INPUTS = (
    "delivery",
    "charge",
    *PERSON_TABLES,
    "fact",
    "settlement",
    "subject_link",
    "coverage",
    "withdrawal",
)

# The ids of writes to `decision` begin so; the run's follows.
_DECISIONS_OF = "decision/"


@dataclass(frozen=True, slots=True)
class Run:
    """A committed run, whether this call committed it or found it, and why it is a full one where an incremental one was asked for."""

    run_id: str
    row: Row
    is_new: bool
    why_full: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The run for a program: its id, whether this call committed it, and what it decided."""
        row = self.row.asDict(recursive=True)
        return {
            "run_id": self.run_id,
            "committed": self.is_new,
            "kind": row["kind"],
            "builds_on": row["builds_on"],
            "why_full": self.why_full or None,
            "rows_written": row["outputs"][0]["rows_count"],
            "as_of": row["as_of"].isoformat(),
            "position": row["position"],
            "packs": row["packs"],
            "outcomes": row["outcomes"],
            "out_of_scope": row["out_of_scope"],
            "content_root": row["outputs"][0]["content_root"],
            "id_keys": row["id_keys"],
            "key_id": row["key_id"],
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.is_new:
            yield f"Run {self.run_id}, as of {self.row['as_of']}"
            if self.row["builds_on"]:
                yield (
                    f"Incremental: {self.row['outputs'][0]['rows_count']:,} rows differ from run {self.row['builds_on'][0]}; "
                    "the counts are of all decisions that stand now"
                )
            if self.why_full:
                yield f"Everything was decided: {self.why_full}"
        else:
            yield f"Run {self.run_id} was committed before; nothing was written"
        table = TextTable(box=None, pad_edge=False)
        for heading in ("pack", "outcome", "remedy"):
            table.add_column(heading)
        table.add_column("charges", justify="right")
        table.add_column("people", justify="right")
        for each in self.row["outcomes"]:
            table.add_row(
                *(each[name] for name in ("pack", "outcome", "remedy")),
                f"{each['charges_count']:,}",
                f"{each['subjects_count']:,}",
            )
        yield table
        drafts = sorted({each["pack"] for each in self.row["packs"] if each["status"] == "draft"})
        if drafts:
            yield f"Draft law, reviewed by no lawyer: {', '.join(drafts)}"


def decide(
    lake: Lake,
    assignments: Sequence[Assignment],
    as_of: date,
    options: Mapping[str, Any] | None = None,
    key: SigningKey | None = None,
    *,
    incremental: bool = False,
) -> Run:
    """Decide every charge that the assignments pick, once, commit the run, and sign it with `key`.

    An `incremental` run decides the people of whom something changed since the last run that it can build on, and writes the decisions that
    differ; where there is none, it is a full run, and says why. `options` is what the caller was asked for, kept in the run row as
    JSON. Raises NotReproducible where an earlier attempt of the same run left other decisions, Busy where another job wrote at the same time,
    and InputRefused for a lake without deliveries or with some under different id keys, and for a key where the same full run was
    committed under another one or under none.
    """
    lake.check_no_seal_under_way()
    lake.create((*DECISION_TABLES, SETTLEMENT))
    # What was sealed is gone from the versions that are read after it.
    seals = lake.seals
    inputs = lake.versions(_INPUTS)
    deliveries = _deliveries(lake, inputs["delivery"])
    # The code is taken once: sources that change while a run is under way must not change its id.
    settled_to = _settled_to(lake, inputs["settlement"])
    plan = Plan(inputs, seals, deliveries, settled_to, assignments, as_of, options or {}, code_sha256())
    why_full = ""
    if incremental:
        base, why_full = base_of(lake, plan)
        # Under a new key nothing is decided again, but the new run says by whom the old decisions are vouched for.
        if base is not None and plan.repeats(base) and (key is None or key.id == base["key_id"]):
            _sign(lake, base, key)
            return Run(base["run_id"], base, is_new=False)
        plan = replace(plan, base=base)
    committed = find_run(lake, plan.run_id)
    if committed is not None:
        _sign(lake, committed, key)
        return Run(plan.run_id, committed, is_new=False)
    decided = _decided(lake, plan)
    root = _write_decisions(lake, plan, decided.rows)
    _write_packs(lake, plan)
    row = _commit(lake, plan, root, decided, key)
    _sign(lake, row, key)
    return Run(plan.run_id, row, is_new=True, why_full=why_full)


@dataclass(frozen=True, slots=True)
class _Decided:
    """The rows to write (columns of `decision`), and, once they are written, what the run row counts."""

    rows: DataFrame
    outcomes: Callable[[], Sequence[Mapping[str, Any]]]
    out_of_scope: Callable[[], Mapping[str, int]]


def _decided(lake: Lake, plan: Plan) -> _Decided:
    if plan.base is not None:
        found = difference(lake, plan, plan.base)
        return _Decided(_of_run(plan, found.rows), lambda: found.outcomes, lambda: found.out_of_scope)
    observed = Observation()
    records = plan.records(lake)
    charges = gather_from(records, plan.packs, Links.of(records, plan.as_of))
    rows = decisions(charges, plan.assignments, plan.as_of, out_of_scope=observed, with_rechecks=True)
    return _Decided(
        _of_run(plan, rows),
        lambda: outcomes_of(_rows_of(lake, plan)),
        lambda: observed.get,
    )


def _of_run(plan: Plan, rows: DataFrame) -> DataFrame:
    return rows.withColumn("run_id", F.lit(plan.run_id)).select(*DECISION.column_names)


def _rows_of(lake: Lake, plan: Plan) -> DataFrame:
    return lake.read("decision").where(F.col("run_id") == plan.run_id)


def _write_decisions(lake: Lake, plan: Plan, decided: DataFrame) -> ContentRoot:
    """Write the decisions and read them back: what stands in the table must be what was decided."""
    computed = Observation()
    observed = decided.observe(computed, *transfer_check(DECISION))
    write_id = f"{_DECISIONS_OF}{plan.run_id}"
    if lake.has_written("decision", write_id):
        # An attempt stopped between its decisions and its run row: decide again only to compare.
        observed.write.format("noop").mode("overwrite").save()
    else:
        lake.append("decision", observed, write_id=write_id, story=plan.story)
    found = _rows_of(lake, plan)
    # A charge that came under another id of its person, of whom another one was sealed.
    add_salts_of_charges(lake, {"decision": found}, secrets.token_bytes(SEED_BYTES), plan.story)
    (there,) = found.agg(*transfer_check(DECISION)).collect()
    root = content_roots({"decision": found}, lake.read("salt"))["decision"]
    expected = computed.get
    # The root is over as many rows: one of a person of two salts would stand in it twice.
    if there.asDict() != expected or root.rows_count != expected["rows_count"]:
        raise NotReproducible(
            f"run [{plan.run_id}]: the decisions in the lake ({root.rows_count} rows) are not those that were computed "
            f"({expected['rows_count']} rows); nothing was committed"
        )
    return root


def _write_packs(lake: Lake, plan: Plan) -> None:
    """Keep the full text of every pack that is not in the lake yet, and the sentences of its criteria."""
    kept = {row["fingerprint"] for row in lake.read("pack").select("fingerprint").collect()}
    packs = {
        each.pack.fingerprint: each.pack for each in plan.assignments if each.pack.fingerprint not in kept
    }
    if not packs:
        return
    write_id = sha256_of(sorted(packs))
    criteria = [row for pack in packs.values() for row in criterion_rows(pack)]
    texts = [pack_row(pack) for pack in packs.values()]
    # The texts come last: a fingerprint in `pack` says that its criteria are there too.
    for table, rows in ((CRITERION, criteria), (PACK, texts)):
        frame = small_table(lake.spark, rows, table.ddl)
        lake.append(table.name, frame, write_id=f"{table.name}/{write_id}", story=plan.story)


def _commit(
    lake: Lake,
    plan: Plan,
    root: ContentRoot,
    decided: _Decided,
    key: SigningKey | None,
) -> Row:
    previous = find_run(lake, "latest")
    position = previous["position"] + 1 if previous else 1
    if len(lake.seals) != len(plan.seals):
        raise Busy("charges were sealed while the run decided; run this one again, which reads what is left")
    row: dict[str, Any] = {
        "run_id": plan.run_id,
        "position": position,
        "kind": plan.kind,
        "builds_on": plan.builds_on,
        "as_of": plan.as_of,
        "options": json.dumps(dict(plan.options), sort_keys=True),
        "inputs": [
            {"table_name": name, "table_id": at.table_id, "version": at.version}
            for name, at in sorted(plan.inputs.items())
        ],
        "deliveries": [
            {name: each[name] for name in ("delivery_id", "row_sha256")} for each in plan.deliveries
        ],
        "id_keys": sorted({each["id_key"] for each in plan.deliveries} - {None}),
        "settled_to": plan.settled_to,
        "seals": [{name: seal[name] for name in ("seal_id", "row_sha256")} for seal in plan.seals],
        "packs": plan.applied,
        "outputs": [root.output(DECISION)],
        "decision_version": lake.version("decision").version,
        "stopped": _stopped(lake, plan.run_id),
        "outcomes": decided.outcomes(),
        "out_of_scope": _reasons(decided.out_of_scope()),
        "engines": _engines(lake.spark, plan.code),
        "key_id": key.id if key else None,
        "previous_sha256": previous["row_sha256"] if previous else None,
    }
    row["row_sha256"] = commit_sha256(RUN, row)
    lake.append(
        "run",
        small_table(lake.spark, [row], RUN.ddl),
        write_id="run",
        sequence=position,
        story=plan.story,
    )
    committed = find_run(lake, plan.run_id)
    if committed is None:
        raise Busy(
            "another run was committed at the same moment; run this one again to take its place in the chain"
        )
    return committed


def _settled_to(lake: Lake, at: TableVersion) -> int:
    """The last position in `settlement`; 0 where there is none."""
    (last,) = lake.read("settlement", at).agg(F.max("position").alias("position")).collect()
    return int(last["position"] or 0)


def _stopped(lake: Lake, run_id: str) -> list[str]:
    """The runs, but for this one, that have decisions and no row: one that goes on later has a row then."""
    committed = {row["run_id"] for row in lake.read("run").select("run_id").collect()}
    writes = {each.removeprefix(_DECISIONS_OF) for each in lake.write_ids("decision")}
    return sorted(writes - committed - {run_id})


def _deliveries(lake: Lake, at: TableVersion) -> list[Row]:
    """The rows of the deliveries that are read, whose ids must be of one key: else nobody's records would meet."""
    rows = lake.read("delivery", at).select("delivery_id", "row_sha256", "id_key").collect()
    if not rows:
        raise InputRefused(
            f"the lake [{lake.root}] holds no delivery: ingest one, or run rotate-key again if it was stopped"
        )
    if len(keys := {str(row["id_key"]) for row in rows}) > 1:
        raise InputRefused(
            f"the lake [{lake.root}] has deliveries under {len(keys)} id keys, {', '.join(sorted(keys))}: the same people would not "
            "meet; ingest all of them anew under one"
        )
    return sorted(rows, key=lambda row: row["delivery_id"])


def _sign(lake: Lake, run: Row, key: SigningKey | None) -> None:
    """Sign a committed run, once."""
    if key is None:
        return
    if run["key_id"] != key.id:
        under = f"under key [{run['key_id']}]" if run["key_id"] else "without a key"
        raise InputRefused(f"run [{run['run_id']}] was committed {under}, and cannot be signed by [{key.id}]")
    signed = lake.read("signature").where(F.col("run_id") == run["run_id"])
    if signed.isEmpty():
        envelope = key.sign(statement(run.asDict(recursive=True)))
        row = (run["run_id"], key.id, key.public_key, envelope)
        lake.append(
            "signature",
            small_table(lake.spark, [row], SIGNATURE.ddl),
            write_id=f"signature/{run['run_id']}",
            story={"job": "decide", "run_id": run["run_id"], "key_id": key.id},
        )


def _reasons(out_of_scope: Mapping[str, int]) -> list[dict[str, Any]]:
    """The counts of the compiler, by pack and reason; their names are `<pack>|<reason>`."""
    counts = []
    for name, charges_count in sorted(out_of_scope.items()):
        pack, reason = name.split("|", 1)
        counts.append({"pack": pack, "reason": reason, "charges_count": charges_count})
    return counts


def _delta_version(spark: SparkSession) -> str:
    """Delta's version; that of the runtime where Delta is a part of it (Databricks)."""
    jvm = spark._jvm
    assert jvm is not None
    delta = jvm.io.delta.package
    if isinstance(delta, JavaPackage):
        return f"of runtime {os.environ.get('DATABRICKS_RUNTIME_VERSION', 'unknown')}"
    return str(delta.VERSION())


def _engines(spark: SparkSession, code: str) -> dict[str, str]:
    jvm = spark._jvm
    assert jvm is not None
    return {
        "clear_record": metadata.version("clear-record"),
        "code": code,
        "spark": spark.version,
        "delta": _delta_version(spark),
        "java": jvm.java.lang.System.getProperty("java.version"),
        "python": platform.python_version(),
    }
