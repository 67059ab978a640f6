"""Nights after a full ingest and decide: what each costs in terms of the first, and how the lake grows."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Self

from deltalake import DeltaTable
from rich.console import Console

from scripts.benches.changes import write_changes
from scripts.benches.commands import RECEIVED_ON, STATEWIDE_PACKS, Run, decide_by, ingest_of
from scripts.benches.inputs import FOLDER, statewide_tables
from scripts.benches.statewide import WARMING_UP, run_stages
from scripts.benches.usage import Usage, medians, table


@dataclass(frozen=True, slots=True)
class Grown:
    """The files of a lake and its vault: those that the newest versions name, all that are there, log entries, and bytes of both."""

    live_files: int
    files: int
    log_entries: int
    bytes: int

    @classmethod
    def of(cls, lake: Path) -> Self:
        places = [lake, lake.with_name(f"{lake.name}.vault")]
        every = [each for place in places for each in place.rglob("*") if each.is_file()]
        tables = [table for place in places for table in place.iterdir() if (table / "_delta_log").is_dir()]
        logs = [each for table in tables for each in (table / "_delta_log").glob("*.json")]
        return cls(
            sum(len(DeltaTable(str(table)).file_uris()) for table in tables),
            sum(each.suffix == ".parquet" and "_delta_log" not in each.parts for each in every),
            len(logs),
            sum(each.stat().st_size for each in every),
        )

    def __str__(self) -> str:
        return (
            f"{self.live_files:,} files named by the newest versions, {self.files:,} on disk, {self.log_entries:,} log entries, "
            f"{self.bytes / 1e6:,.0f} MB"
        )


def warmed_up(run: Run, seed: int) -> None:
    """Do all that is measured once, with few people."""
    tables = statewide_tables(WARMING_UP, seed)
    run_stages(tables, run, "warming-lake")
    lake = FOLDER / "warming-lake"
    _night(tables, lake, 0.01, 1, run)
    run("maintain", "maintain", f"--lake={lake}")


def nightly(
    convictions: int, seed: int, nights: int, shares: Sequence[float], run: Run, *, verify: bool
) -> None:
    """A full ingest and decide, then for each share so many nights in which that share of the people changed and a day passed; then
    maintain, and `verify` on demand, for which every run is decided again.

    Prints the medians of the nights of each share in terms of the first ingest and decide, and how the lake grows.
    """
    tables, told = statewide_tables(convictions, seed), partial(_told, run)
    first = run_stages(tables, told, "nightly-lake")
    lake = FOLDER / "nightly-lake"
    print(f"{convictions:,} convictions")
    Console().print(table(first))
    print(f"before the nights: {Grown.of(lake)}")
    for at, share in enumerate(shares):
        numbers = range(at * nights + 1, (at + 1) * nights + 1)
        passed = medians([_night(tables, lake, share, number, told) for number in numbers])
        print(f"{share:.1%} of the people changed each night, medians of {nights} nights")
        Console().print(table(passed))
        for before, after in zip(first, passed, strict=True):
            print(
                f"{after.stage}: a night takes {after.wall_seconds / before.wall_seconds:.0%} of the wall time and "
                f"{after.cpu_seconds / before.cpu_seconds:.0%} of the CPU of the first"
            )
        print(f"after them:        {Grown.of(lake)}")
    Console().print(table([told("maintain", "maintain", f"--lake={lake}")]))
    print(f"after maintain:    {Grown.of(lake)}")
    if verify:
        # Exits where a run is not what it was.
        Console().print(table([told("verify", "verify", "--records", "--recompute", f"--lake={lake}")]))


def _night(tables: Path, lake: Path, share: float, number: int, run: Run) -> list[Usage]:
    """Ingest of changed people and decide --incremental, the day after the night before."""
    day = str(date.fromisoformat(RECEIVED_ON) + timedelta(days=number))
    changed = FOLDER / "nightly-changed"
    shutil.rmtree(changed, ignore_errors=True)
    write_changes(tables, changed, share, number)
    return [
        run("ingest", *ingest_of(changed, day), f"--lake={lake}"),
        run("decide", *decide_by(*STATEWIDE_PACKS, day=day), "--incremental", f"--lake={lake}"),
    ]


def _told(run: Run, stage: str, *arguments: str) -> Usage:
    used = run(stage, *arguments)
    print(f"bench: {stage}: {used.wall_seconds:.0f} s, {used.cpu_seconds:.0f} CPU-s", file=sys.stderr)
    return used
