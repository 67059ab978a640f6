"""One run: decide at pinned versions, write the decisions, read them back, and commit with one row in `run`, last.

A run without its row does not exist. The id of a run is a hash of what determines its result, so the same work has the
same id: it is found committed and nothing is written, or an attempt that stopped half way is completed.
"""

import hashlib
import json
import os
import platform
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Any

from py4j.java_gateway import JavaPackage
from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as TextTable

from clear_record.decide.assignment import Assignment
from clear_record.decide.compiler import decisions
from clear_record.decide.gather import PERSON_TABLES, gather_from
from clear_record.errors import Busy, InputRefused, NotReproducible
from clear_record.lake import Lake, TableVersion
from clear_record.law.kept import criterion_rows, pack_row
from clear_record.roots import ContentRoot, commit_sha256
from clear_record.roots_in_spark import content_roots, transfer_check
from clear_record.salts import SEED_BYTES, add_salts_of_charges
from clear_record.signing import SigningKey, statement
from clear_record.spark import small_table
from clear_record.tables import CRITERION, DECISION, DECISION_TABLES, PACK, RUN, SETTLEMENT, SIGNATURE

_INPUTS = ("charge", *PERSON_TABLES, "fact", "settlement", "subject_link", "coverage", "delivery")
# What can change an answer: the sources of these packages are part of a run's identity.
_DECIDING_PACKAGES = ("clear_record.ingest", "clear_record.law", "clear_record.decide")


@dataclass(frozen=True, slots=True)
class Run:
    """A committed run, and whether this call committed it or found it."""

    run_id: str
    row: Row
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """The run for a program: its id, whether this call committed it, and what it decided."""
        row = self.row.asDict(recursive=True)
        return {
            "run_id": self.run_id,
            "committed": self.is_new,
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


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that determines a run's result, and the id that follows from it."""

    run_id: str
    inputs: Mapping[str, TableVersion]
    seals: Sequence[Mapping[str, Any]]
    assignments: Sequence[Assignment]
    as_of: date
    options: Mapping[str, Any]
    code: str

    @property
    def story(self) -> dict[str, Any]:
        """What the history of a table tells of a write of this run."""
        return {
            "job": "decide",
            "run_id": self.run_id,
            "as_of": self.as_of.isoformat(),
            "packs": [
                {"pack": each.pack.name, "fingerprint": each.pack.fingerprint} for each in self.assignments
            ],
            "inputs": {name: at.version for name, at in sorted(self.inputs.items())},
        }


def _plan(
    inputs: Mapping[str, TableVersion],
    seals: Sequence[Mapping[str, Any]],
    assignments: Sequence[Assignment],
    as_of: date,
    options: Mapping[str, Any],
) -> _Plan:
    # Taken once: sources that change while a run is under way must not change its id.
    code = code_sha256()
    determining = {
        "inputs": [asdict(inputs[name]) for name in sorted(inputs)],
        "packs": [
            [each.pack.name, each.pack.fingerprint, list(each.counties), each.takes_unreadable]
            for each in assignments
        ],
        "as_of": as_of.isoformat(),
        "options": dict(options),
        "code": code,
    }
    return _Plan(_sha256(determining)[:32], inputs, seals, assignments, as_of, options, code)


def decide(
    lake: Lake,
    assignments: Sequence[Assignment],
    as_of: date,
    options: Mapping[str, Any] | None = None,
    key: SigningKey | None = None,
) -> Run:
    """Decide every charge that the assignments pick, once, commit the run, and sign it with `key`.

    `options` is what the caller was asked for, kept in the run row as JSON. Raises NotReproducible where an earlier
    attempt of the same run left other decisions, Busy where another job wrote at the same time, and InputRefused for a lake
    without deliveries or with some under different id keys, and for a key where the run was committed under another one or under
    none.
    """
    lake.check_no_seal_under_way()
    lake.create((*DECISION_TABLES, SETTLEMENT))
    # What was sealed is gone from the versions that are read after it.
    seals = lake.seals
    plan = _plan(lake.versions(_INPUTS), seals, assignments, as_of, options or {})
    deliveries = _deliveries(lake, plan.inputs["delivery"])
    committed = find_run(lake, plan.run_id)
    if committed is not None:
        _sign(lake, committed, key)
        return Run(plan.run_id, committed, is_new=False)
    out_of_scope = Observation()
    decided = decisions(
        gather_from(lake, plan.inputs, [each.pack for each in assignments], as_of),
        assignments,
        as_of,
        out_of_scope=out_of_scope,
    ).withColumn("run_id", F.lit(plan.run_id))
    root = _write_decisions(lake, plan, decided.select(*DECISION.column_names))
    _write_packs(lake, plan)
    row = _commit(lake, plan, deliveries, root, out_of_scope, key)
    _sign(lake, row, key)
    return Run(plan.run_id, row, is_new=True)


def find_run(lake: Lake, run_id: str) -> Row | None:
    """The row of a committed run; `latest` is the end of the chain."""
    runs = lake.read("run")
    rows = (
        runs.orderBy(F.desc("position")).limit(1)
        if run_id == "latest"
        else runs.where(F.col("run_id") == run_id)
    ).collect()
    return rows[0] if rows else None


def code_sha256() -> str:
    """The hash of the sources that determine answers."""
    digest = hashlib.sha256()
    for package in _DECIDING_PACKAGES:
        for name, source in _sources(resources.files(package), package):
            digest.update(f"{name}\n".encode() + source)
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    """The Python files of a package and of those within it, by their names."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        inside = f"{name}/{each.name}"
        if each.is_dir():
            yield from _sources(each, inside)
        elif each.name.endswith(".py"):
            yield inside, each.read_bytes()


def _write_decisions(lake: Lake, plan: _Plan, decided: DataFrame) -> ContentRoot:
    """Write the decisions and read them back: what stands in the table must be what was decided."""
    computed = Observation()
    observed = decided.observe(computed, *transfer_check(DECISION))
    written = lake.read("decision").where(F.col("run_id") == plan.run_id)
    if written.isEmpty():
        lake.append("decision", observed, write_id=f"decision/{plan.run_id}", story=plan.story)
    else:
        # An attempt stopped between its decisions and its run row: decide again only to compare.
        observed.write.format("noop").mode("overwrite").save()
    found = lake.read("decision").where(F.col("run_id") == plan.run_id)
    # A charge that came under another id of its person, of whom another one was sealed.
    add_salts_of_charges(lake, {"decision": found}, secrets.token_bytes(SEED_BYTES), plan.story)
    root, hash_sum = content_roots({"decision": found}, lake.read("salt"))["decision"]
    expected = computed.get
    if (root.rows_count, hash_sum) != (expected["rows_count"], expected["hash_sum"] or 0):
        raise NotReproducible(
            f"run [{plan.run_id}]: the decisions in the lake ({root.rows_count} rows) are not those that were computed "
            f"({expected['rows_count']} rows); nothing was committed"
        )
    return root


def _write_packs(lake: Lake, plan: _Plan) -> None:
    """Keep the full text of every pack that is not in the lake yet, and the sentences of its criteria."""
    kept = {row["fingerprint"] for row in lake.read("pack").select("fingerprint").collect()}
    packs = {
        each.pack.fingerprint: each.pack for each in plan.assignments if each.pack.fingerprint not in kept
    }
    if not packs:
        return
    write_id = _sha256(sorted(packs))
    criteria = [row for pack in packs.values() for row in criterion_rows(pack)]
    texts = [pack_row(pack) for pack in packs.values()]
    # The texts come last: a fingerprint in `pack` says that its criteria are there too.
    for table, rows in ((CRITERION, criteria), (PACK, texts)):
        frame = small_table(lake.spark, rows, table.ddl)
        lake.append(table.name, frame, write_id=f"{table.name}/{write_id}", story=plan.story)


def _commit(
    lake: Lake,
    plan: _Plan,
    deliveries: Sequence[Row],
    root: ContentRoot,
    out_of_scope: Observation,
    key: SigningKey | None,
) -> Row:
    previous = find_run(lake, "latest")
    position = previous["position"] + 1 if previous else 1
    if len(lake.seals) != len(plan.seals):
        raise Busy("charges were sealed while the run decided; run this one again, which reads what is left")
    row: dict[str, Any] = {
        "run_id": plan.run_id,
        "position": position,
        "kind": "full",
        "as_of": plan.as_of,
        "options": json.dumps(dict(plan.options), sort_keys=True),
        "inputs": [
            {"table_name": name, "table_id": at.table_id, "version": at.version}
            for name, at in sorted(plan.inputs.items())
        ],
        "deliveries": [{name: each[name] for name in ("delivery_id", "row_sha256")} for each in deliveries],
        "id_keys": sorted({each["id_key"] for each in deliveries} - {None}),
        "seals": [{name: seal[name] for name in ("seal_id", "row_sha256")} for seal in plan.seals],
        "packs": [
            {
                "pack": each.pack.name,
                "fingerprint": each.pack.fingerprint,
                "status": each.pack.status,
                "layer": each.pack.layer,
                "counties": list(each.counties),
                "takes_unreadable": each.takes_unreadable,
            }
            for each in plan.assignments
        ],
        "outputs": [root.output(DECISION)],
        "decision_version": lake.version("decision").version,
        "outcomes": _outcomes(lake, plan.run_id),
        "out_of_scope": _reasons(out_of_scope),
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


def _outcomes(lake: Lake, run_id: str) -> list[dict[str, Any]]:
    counted = (
        lake.read("decision")
        .where(F.col("run_id") == run_id)
        .groupBy("pack", "outcome", "remedy")
        .agg(F.count("*").alias("charges_count"), F.countDistinct("subject_id").alias("subjects_count"))
    )
    return sorted(
        (row.asDict() for row in counted.collect()),
        key=lambda row: (row["pack"], row["outcome"], row["remedy"]),
    )


def _reasons(out_of_scope: Observation) -> list[dict[str, Any]]:
    """The counts that the compiler observed, by pack and reason; their names are `<pack>|<reason>`."""
    counts = []
    for name, charges_count in sorted(out_of_scope.get.items()):
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


def _sha256(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
