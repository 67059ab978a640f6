"""What a command uses: wall time, CPU and peak memory of all its processes together, sampled from Linux's /proc while it runs.

Memory is the sum of their resident sets, which counts a shared page once for each process and so errs upward.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NoReturn

from rich.table import Table

SECONDS_BETWEEN_SAMPLES = 0.1
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """What all processes of a run have used: CPU seconds since the start, resident bytes at `at` seconds."""

    at: float
    cpu_seconds: float
    resident_bytes: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of a run, in seconds since the command started."""

    name: str
    started_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What one stage, or the whole run, took."""

    stage: str
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


class Tally:
    """The CPU time of a session's processes, those that have ended included."""

    def __init__(self, session: int) -> None:
        self.session = session
        self._cpu_seconds: dict[tuple[int, str], float] = {}
        self._seen: set[int] = set()

    def sample(self, at: float) -> Sample:
        """Read /proc once. A process that ends between two samples keeps what it had used at the last one.

        A process that is seen for the first time may stand between fork and exec, and then show the memory of its parent.
        """
        resident_bytes, seen = 0, set[int]()
        for pid, fields in _processes_of(self.session):
            # Fields of proc(5), counted from the state, which is the third: utime, stime, start time, rss.
            self._cpu_seconds[pid, fields[19]] = (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
            resident_bytes += int(fields[21]) * PAGE_BYTES if pid in self._seen else 0
            seen.add(pid)
        self._seen = seen
        return Sample(at, sum(self._cpu_seconds.values()), resident_bytes)


def _processes_of(session: int) -> Iterator[tuple[int, list[str]]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # The name of the program, in brackets, may hold anything.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session:
            yield int(folder.name), fields


def measure(command: Sequence[str], log: Path) -> tuple[list[Sample], str]:
    """Run the command to its end; give samples of it and all its descendants, and its standard output.

    Standard error goes to `log`. Exits where the command fails.
    """
    with log.open("wb") as stderr, log.with_suffix(".json").open("w+") as stdout:
        started = time.monotonic()
        # A session holds every process that the run starts, also those that form groups of their own.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
        )
        try:
            samples = _sample_until_its_end(process, started)
        except BaseException:
            # Ctrl-C reaches this session only, not the run's.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
        stdout.seek(0)
        report = stdout.read()
    if process.returncode != 0:
        stop(f"the run ended with exit code {process.returncode}; what it said is in {log}")
    return samples, report


def _sample_until_its_end(process: subprocess.Popen[bytes], started: float) -> list[Sample]:
    tally = Tally(process.pid)
    samples = [Sample(0.0, 0.0, 0)]
    while process.poll() is None:
        samples.append(tally.sample(time.monotonic() - started))
        time.sleep(SECONDS_BETWEEN_SAMPLES)
    samples.append(tally.sample(time.monotonic() - started))
    return samples


def stages_of(report: str, ended_at: float) -> list[Stage]:
    """The stages that the command reported, with what came before the first and after the last.

    `report` is what `clear-record run --json` says: {"stages": [{"stage": "ingest", "started_at": 4.1, "wall_seconds": 20.3}, ...], ...},
    with `started_at` in seconds since the command started. Raises ValueError, KeyError or TypeError where it is not.
    """
    reported = [
        Stage(each["stage"], each["started_at"], each["started_at"] + each["wall_seconds"])
        for each in json.loads(report)["stages"]
    ]
    if not reported or any(stage.started_at < 0 or stage.ended_at > ended_at for stage in reported):
        raise ValueError("no stage was reported, or one outside the run's time")
    first, last = reported[0], reported[-1]
    return [Stage("start-up", 0.0, first.started_at), *reported, Stage("shut-down", last.ended_at, ended_at)]


def usage_of(stage: Stage, samples: Sequence[Sample]) -> Usage:
    """What the run used between the stage's start and end, from the samples at and between them."""
    before = max((s for s in samples if s.at <= stage.started_at), key=lambda s: s.at)
    until = max((s for s in samples if s.at <= stage.ended_at), key=lambda s: s.at)
    peak = max(s.resident_bytes for s in samples if before.at <= s.at <= until.at)
    return Usage(stage.name, stage.ended_at - stage.started_at, until.cpu_seconds - before.cpu_seconds, peak)


def medians(runs: Sequence[Sequence[Usage]]) -> list[Usage]:
    """For each stage the median of each figure over the runs, which all have the same stages."""
    return [
        Usage(
            same[0].stage,
            median(usage.wall_seconds for usage in same),
            median(usage.cpu_seconds for usage in same),
            int(median(usage.peak_bytes for usage in same)),
        )
        for same in zip(*runs, strict=True)
    ]


def stage_alone(name: str, command: Sequence[str], log: Path) -> Usage:
    """What a stage that is a process of its own uses."""
    samples, _ = measure(command, log)
    return usage_of(Stage(name, 0.0, samples[-1].at), samples)


def table(usages: Sequence[Usage]) -> Table:
    """The figures for people."""
    shown = Table()
    shown.add_column("stage")
    for heading in ("wall s", "CPU s", "peak GB"):
        shown.add_column(heading, justify="right")
    for usage in usages:
        is_total = usage.stage == "total"
        shown.add_row(
            usage.stage,
            f"{usage.wall_seconds:.1f}",
            f"{usage.cpu_seconds:.1f}",
            f"{usage.peak_bytes / 1e9:.2f}",
            style="bold" if is_total else None,
        )
    return shown


def stop(message: str) -> NoReturn:
    """End with one line on stderr."""
    print(f"bench: {message}", file=sys.stderr)
    sys.exit(1)
