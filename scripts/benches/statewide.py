"""A state's own tables: ingest, decide with three packs at once, and what an auditor does."""

from pathlib import Path

import duckdb

from scripts.benches.commands import STATEWIDE_PACKS, Run, cold, decide_by, ingest_of
from scripts.benches.inputs import FOLDER, empty_lake, statewide_tables
from scripts.benches.measured import Measured
from scripts.benches.usage import Usage

WARMING_UP = 20_000
"""So many convictions are ingested and decided once before anything is measured warm."""


def statewide(convictions: int, seed: int) -> Measured:
    """Ingest, decide and audit from an empty lake; each is a process of its own."""
    tables = statewide_tables(convictions, seed)
    return Measured(f"{convictions:,} convictions", tables, lambda _: run_audited(tables))


def warm(convictions: int, seed: int, run: Run) -> Measured:
    """Ingest and decide from an empty lake, in a process that did the same with few people before."""
    tables = statewide_tables(convictions, seed)
    run_stages(statewide_tables(WARMING_UP, seed), run, "warming-lake")
    return Measured(
        f"{convictions:,} convictions, warm",
        tables,
        lambda number: with_total(run_stages(tables, run, f"warm-lake-{number}")),
    )


def run_stages(tables: Path, run: Run, name: str) -> list[Usage]:
    """Ingest and decide, from an empty lake of a name."""
    lake = f"--lake={empty_lake(name)}"
    return [
        run("ingest", *ingest_of(tables), lake),
        run("decide", *decide_by(*STATEWIDE_PACKS), lake),
    ]


def run_audited(tables: Path) -> list[Usage]:
    """Ingest and decide, then what an auditor does."""
    usages = run_stages(tables, cold, "lake")
    lake = FOLDER / "lake"
    audits = {
        "verify": ["verify"],
        "verify --records": ["verify", "--records"],
        "explain": ["explain", _a_charge_of(lake)],
    }
    return with_total([*usages, *[cold(stage, *given, f"--lake={lake}") for stage, given in audits.items()]])


def with_total(usages: list[Usage]) -> list[Usage]:
    """The same, and what they come to together."""
    total = Usage(
        "total",
        sum(each.wall_seconds for each in usages),
        sum(each.cpu_seconds for each in usages),
        max(each.peak_bytes for each in usages),
    )
    return [*usages, total]


def _a_charge_of(lake: Path) -> str:
    """The id of a charge that was decided."""
    with duckdb.connect() as connection:
        files = str(lake / "decision" / "*" / "*.parquet")
        return str(connection.read_parquet(files).aggregate("min(charge_id)").fetchall()[0][0])
