"""Measures whole runs: wall time, CPU and peak memory of each stage and in total.

Of California's extract that is `clear-record run`; with --statewide it is ingest of an invented state's own tables, decide with
three packs at once, then verify, verify --records, and explain of a charge, each a process of its own. The input is an invented extract or repository, made once for each size and seed under bench/. Each run is a process of its
own on an empty lake, so it is cold; the medians of all runs are shown. With --compare it is one law's decide, beside what
scripts/floor.py says. Memory and CPU are those of all
processes of the run together, sampled from Linux's /proc while it runs: memory is the sum of their resident
sets, which counts a shared page once for each process and so errs upward. The command's own report on stdout
says when each stage began and how long it took:

    {"stages": [{"stage": "ingest", "started_at": 4.1, "wall_seconds": 20.3}, ...], ...}

with `started_at` in seconds since the command started.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NoReturn, Self

import duckdb
from deltalake import DeltaTable
from rich.console import Console
from rich.table import Table

from scripts.floor import LAW
from scripts.nights import write_changes
from scripts.skew import one_county, one_person

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "bench"
COMMAND = ROOT / ".venv" / "bin" / "clear-record"
SECONDS_BETWEEN_SAMPLES = 0.1
# Laws of the invented state whose repository it is.
STATEWIDE_PACKS = ("us_zz/second_chance", "us_zz/lifetime_cap", "us_zz/older_offenses")
RECEIVED_ON = "2024-07-01"
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

    Raises ValueError, KeyError or TypeError where the report is not the one described above.
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


def made_once(target: Path, make: Callable[[Path], None]) -> Path:
    """The file or folder that `make` makes in the path that it is given, made whole if it is not there yet."""
    if not target.exists():
        print(f"bench: inventing {target.relative_to(ROOT)}", file=sys.stderr)
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make(unfinished)
        unfinished.rename(target)
    return target


def invented(target: Path, *options: str) -> Path:
    """The extract or repository that `clear-record synth` makes with these options."""

    def make(out: Path) -> None:
        made = subprocess.run(
            [COMMAND, "synth", *options, f"--out={out}"],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            check=False,
        )
        if made.returncode != 0:
            stop(f"{target.name} could not be made (exit code {made.returncode})")

    return made_once(target, make)


def empty_lake(name: str) -> Path:
    """A place for a lake, with nothing there of an earlier one but its key."""
    lake = FOLDER / name
    for folder in (lake, FOLDER / f"{name}.vault"):
        shutil.rmtree(folder, ignore_errors=True)
    return lake


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured: its size in words, its files, a run of a number, and what its stages cost in terms of each other, in words."""

    size: str
    input: Path
    run: Callable[[int], list[Usage]]
    ratios: Callable[[Sequence[Usage]], list[str]] = lambda _: []

    @property
    def bytes(self) -> int:
        """The bytes of the input."""
        files = self.input.rglob("*") if self.input.is_dir() else [self.input]
        return sum(each.stat().st_size for each in files if each.is_file())


def california(subjects: int, seed: int, configuration: Path) -> Measured:
    """`clear-record run` on the extract of so many people."""
    options = ("us_ca_doj", f"--subjects={subjects}", f"--seed={seed}")
    extract = invented(FOLDER / f"us_ca_doj-{subjects}-{seed}.dat", *options)
    return Measured(f"{subjects:,} people", extract, lambda number: run_once(extract, configuration, number))


def statewide(convictions: int, seed: int) -> Measured:
    """Ingest of a state's own tables, decide with three packs at once, and audit."""
    tables = statewide_tables(convictions, seed)
    return Measured(f"{convictions:,} convictions", tables, lambda number: run_stages(tables, number))


def statewide_tables(convictions: int, seed: int) -> Path:
    """The invented state's own tables."""
    options = ("statewide", f"--convictions={convictions}", f"--seed={seed}", "--format=parquet")
    return invented(FOLDER / f"statewide-{convictions}-{seed}", *options)


def ingest_of(tables: Path, day: str = RECEIVED_ON) -> list[str]:
    """The command that reads them, without its lake."""
    return ["ingest", "--source=us_zz_statewide", f"--input={tables}", f"--received-on={day}"]


def decide_by(*packs: str, day: str = RECEIVED_ON) -> list[str]:
    """The command that decides by packs of the tests, without its lake."""
    chosen = [option for pack in packs for option in ("--pack", pack)]
    return ["decide", *chosen, f"--conf={ROOT / 'tests'}", f"--as-of={day}"]


def stage_alone(name: str, command: Sequence[str], log: Path) -> Usage:
    """What a stage that is a process of its own uses."""
    samples, _ = measure(command, log)
    return usage_of(Stage(name, 0.0, samples[-1].at), samples)


def run_stages(tables: Path, number: int) -> list[Usage]:
    """Ingest and decide from an empty lake, then what an auditor does; each is a process of its own."""
    lake = empty_lake("lake")
    stages: dict[str, Callable[[], list[str]]] = {
        "ingest": lambda: ingest_of(tables),
        "decide": lambda: decide_by(*STATEWIDE_PACKS),
        "verify": lambda: ["verify"],
        "verify --records": lambda: ["verify", "--records"],
        "explain": lambda: ["explain", _a_charge_of(lake)],
    }
    usages = []
    for stage, given in stages.items():
        log = FOLDER / f"run-{number}-{stage.replace(' --', '-')}.log"
        usages.append(stage_alone(stage, [str(COMMAND), *given(), f"--lake={lake}", "--json"], log))
    total = Usage(
        "total",
        sum(each.wall_seconds for each in usages),
        sum(each.cpu_seconds for each in usages),
        max(each.peak_bytes for each in usages),
    )
    return [*usages, total]


@dataclass(frozen=True, slots=True)
class Grown:
    """The files of a lake: those that the newest versions name, all that are there, log entries, and bytes of both."""

    live_files: int
    files: int
    log_entries: int
    bytes: int

    @classmethod
    def of(cls, lake: Path) -> Self:
        logs = [each for table in lake.iterdir() for each in (table / "_delta_log").glob("*.json")]
        every = [each for each in lake.rglob("*") if each.is_file()]
        tables = [table for table in lake.iterdir() if (table / "_delta_log").is_dir()]
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


def nightly(convictions: int, seed: int, nights: int, shares: Sequence[float]) -> None:
    """A full ingest and decide, then for each share so many nights in which that share of the people changed and a day passed; then
    maintain.

    Prints the medians of the nights of each share in terms of the first ingest and decide, and how the lake grows.
    """
    tables, lake = statewide_tables(convictions, seed), empty_lake("nightly-lake")

    def stage(name: str, *command: str) -> Usage:
        used = stage_alone(name, [str(COMMAND), *command, f"--lake={lake}"], FOLDER / f"nightly-{name}.log")
        print(f"bench: {name}: {used.wall_seconds:.0f} s, {used.cpu_seconds:.0f} CPU-s", file=sys.stderr)
        return used

    first = [
        stage("ingest", *ingest_of(tables)),
        stage("decide", *decide_by(*STATEWIDE_PACKS)),
    ]
    print(f"{convictions:,} convictions")
    Console().print(table(first))
    print(f"before the nights: {Grown.of(lake)}")
    night = 0
    for share in shares:
        passed: list[list[Usage]] = []
        for _ in range(nights):
            night += 1
            day = str(date.fromisoformat(RECEIVED_ON) + timedelta(days=night))
            changed = FOLDER / "nightly-changed"
            shutil.rmtree(changed, ignore_errors=True)
            write_changes(tables, changed, share, night)
            passed.append(
                [
                    stage("ingest", *ingest_of(changed, day)),
                    stage("decide", *decide_by(*STATEWIDE_PACKS, day=day), "--incremental"),
                ]
            )
        print(f"{share:.1%} of the people changed each night, medians of {nights} nights")
        Console().print(table(medians(passed)))
        for before, after in zip(first, medians(passed), strict=True):
            print(
                f"{after.stage}: a night takes {after.wall_seconds / before.wall_seconds:.0%} of the wall time and "
                f"{after.cpu_seconds / before.cpu_seconds:.0%} of the CPU of the first"
            )
        print(f"after them:        {Grown.of(lake)}")
    Console().print(table([stage("maintain", "maintain")]))
    print(f"after maintain:    {Grown.of(lake)}")


def compared(convictions: int, seed: int) -> Measured:
    """One law on the same tables three times: copied by Spark and not decided, decided, and decided by hand in DuckDB."""
    tables = statewide_tables(convictions, seed)
    lake, out = empty_lake("compared-lake"), FOLDER / "compared"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    measure([str(COMMAND), *ingest_of(tables), f"--lake={lake}"], FOLDER / "compared-ingest.log")
    size = f"{convictions:,} convictions"
    return Measured(size, tables, lambda number: run_compared(lake, out, number), ratios)


SKEWS = {"one person": one_person, "one county": one_county}


def skewed(convictions: int, seed: int) -> Measured:
    """Ingest and decide of the same rows three times: as they are, 5,000 charges of one person, four of five in one county."""
    tables = statewide_tables(convictions, seed)
    inputs = {"as it is": tables}
    for name, make in SKEWS.items():
        target = FOLDER / f"{tables.name}-{name.replace(' ', '-')}"
        inputs[name] = made_once(target, partial(make, tables))
    size = f"{convictions:,} convictions"
    return Measured(size, tables, lambda _: run_skewed(inputs), costs_of_skew)


def run_skewed(inputs: Mapping[str, Path]) -> list[Usage]:
    """Ingest and decide of each input on an empty lake."""
    usages = []
    for name, tables in inputs.items():
        lake = empty_lake("skewed-lake")
        for stage, command in (("ingest", ingest_of(tables)), ("decide", decide_by(*STATEWIDE_PACKS))):
            log = FOLDER / f"skewed-{stage}.log"
            usages.append(stage_alone(f"{stage}, {name}", [str(COMMAND), *command, f"--lake={lake}"], log))
    return usages


def costs_of_skew(usages: Sequence[Usage]) -> list[str]:
    """What each skew costs in terms of the same stage without it."""
    by_stage = {usage.stage: usage for usage in usages}
    return [
        f"{stage} with {name}: {by_stage[f'{stage}, {name}'].wall_seconds / even.wall_seconds:.2f} times the wall time and "
        f"{by_stage[f'{stage}, {name}'].cpu_seconds / even.cpu_seconds:.2f} times the CPU"
        for stage in ("ingest", "decide")
        for name in SKEWS
        for even in (by_stage[f"{stage}, as it is"],)
    ]


def run_compared(lake: Path, out: Path, number: int) -> list[Usage]:
    """The floor, decide, and the same law by hand, which must find the same outcomes."""
    # Without the decisions of the run before, the same work is done again.
    for name in ("decision", "run"):
        shutil.rmtree(lake / name, ignore_errors=True)
    floor = [sys.executable, str(ROOT / "scripts" / "floor.py")]
    commands = {
        "copy by Spark": [*floor, "copy", str(lake), str(out)],
        "decide": [str(COMMAND), *decide_by(LAW), f"--lake={lake}"],
        "by hand in DuckDB": [*floor, "by-hand", str(lake), str(out / "by_hand.parquet")],
    }
    return [
        stage_alone(stage, command, FOLDER / f"compared-{number}-{stage.split()[0]}.log")
        for stage, command in commands.items()
    ]


def ratios(usages: Sequence[Usage]) -> list[str]:
    """What decide costs in terms of each of the others."""
    (decide,) = (usage for usage in usages if usage.stage == "decide")
    return [
        f"decide: {decide.wall_seconds / other.wall_seconds:.1f} times the wall time and "
        f"{decide.cpu_seconds / other.cpu_seconds:.1f} times the CPU of {other.stage}"
        for other in usages
        if other is not decide
    ]


def _a_charge_of(lake: Path) -> str:
    """The id of a charge that was decided."""
    with duckdb.connect() as connection:
        files = str(lake / "decision" / "*" / "*.parquet")
        return str(connection.read_parquet(files).aggregate("min(charge_id)").fetchall()[0][0])


def run_once(extract: Path, configuration: Path, number: int) -> list[Usage]:
    """One run from an empty lake to published files; its last usage is the total."""
    lake, results, log = FOLDER / "lake", FOLDER / "results", FOLDER / f"run-{number}.log"
    for folder in (lake, results):
        shutil.rmtree(folder, ignore_errors=True)
    command = [
        str(COMMAND), "run", str(configuration), "--json",
        f"--lake={lake}", f"--out={results}", f"--input={extract}", "--replace",
    ]  # fmt: skip
    samples, report = measure(command, log)
    ended_at = samples[-1].at
    try:
        stages = stages_of(report, ended_at)
    except (ValueError, KeyError, TypeError) as error:
        stop(f"the run's report in {log.with_suffix('.json')} cannot be read: {error!r}")
    return [usage_of(stage, samples) for stage in [*stages, Stage("total", 0.0, ended_at)]]


def summary(measured: Measured, runs: Sequence[Sequence[Usage]]) -> dict[str, Any]:
    """What --json prints: the size, the machine, the medians and every run."""
    return {
        "size": measured.size,
        "bytes": measured.bytes,
        "cpus": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES,
        "system": f"{platform.system()} {platform.release()}",
        "medians": [asdict(usage) for usage in medians(runs)],
        "runs": [[asdict(usage) for usage in run] for run in runs],
    }


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


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"[{text}] is not a whole number above 0")
    return int(text)


def main() -> None:
    """Read the options, run, show."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--subjects", type=_positive, default=100_000, help="people in the extract (default 100000)"
    )
    parser.add_argument(
        "--statewide",
        type=_positive,
        metavar="N",
        help="a state's own tables with so many convictions instead",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="with --statewide: one law's decide beside a plain copy by Spark and the same law by hand in DuckDB, and the ratios",
    )
    parser.add_argument(
        "--skew",
        action="store_true",
        help="with --statewide: ingest and decide of the same rows, also with 5,000 charges of one person and four of five in one county",
    )
    parser.add_argument(
        "--nights",
        type=_positive,
        metavar="N",
        help="with --statewide: so many nights of changed people after a full ingest and decide, and how the lake grows",
    )
    parser.add_argument(
        "--share",
        type=float,
        nargs="+",
        default=[0.01],
        help="with --nights: shares of the people that change in a night, so many nights of each (default 0.01)",
    )
    parser.add_argument("--runs", type=_positive, default=3, help="runs to take the medians of (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the invented extract (default 1)")
    parser.add_argument(
        "--config", type=Path, default=ROOT / "conf" / "runs" / "bench.yaml", help="run configuration"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object, and nothing else, on stdout"
    )
    options = parser.parse_args()
    asked = [name for name in ("compare", "skew", "nights") if getattr(options, name)]
    if asked and not options.statewide:
        parser.error(f"--{asked[0]} needs --statewide N")
    if len(asked) > 1:
        parser.error(f"--{asked[0]} and --{asked[1]} are two measurements: ask for one")
    if options.nights:
        if not all(0 < share < 1 for share in options.share):
            parser.error("--nights needs shares between 0 and 1")
        FOLDER.mkdir(exist_ok=True)
        nightly(options.statewide, options.seed, options.nights, options.share)
        return

    FOLDER.mkdir(exist_ok=True)
    if options.statewide:
        made = compared if options.compare else skewed if options.skew else statewide
        measured = made(options.statewide, options.seed)
    else:
        measured = california(options.subjects, options.seed, options.config)
    runs = []
    for number in range(1, options.runs + 1):
        runs.append(measured.run(number))
        seconds = sum(usage.wall_seconds for usage in runs[-1] if usage.stage != "total")
        print(f"bench: run {number} of {options.runs}: {seconds:.1f} s", file=sys.stderr)
    if options.json:
        print(json.dumps({**summary(measured, runs), "ratios": measured.ratios(medians(runs))}, indent=2))
    else:
        size = f"{measured.size}, {measured.bytes / 1e9:.2f} GB"
        print(f"{size}; medians of {options.runs} runs on {os.cpu_count()} CPUs")
        Console().print(table(medians(runs)))
        for ratio in measured.ratios(medians(runs)):
            print(ratio)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
