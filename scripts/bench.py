"""Measures whole runs: wall time, CPU and peak memory of each stage and in total.

Of California's extract that is `clear-record run`; with --statewide it is ingest of an invented state's own tables, decide with
three packs at once, then verify, verify --records, and explain of a charge, each a process of its own. The input is an invented extract or
repository, made once for each size and seed under bench/. Each run is on an empty lake, and cold, but with --warm; the medians of all runs
are shown. With --compare it is one law's decide, beside what scripts/benches/floor.py says. Memory and CPU are those of all
processes of the run together, sampled while it runs (scripts/benches/usage.py).
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from scripts.benches import statewide
from scripts.benches.california import california
from scripts.benches.commands import Run, Warm, cold
from scripts.benches.compare import compared
from scripts.benches.inputs import FOLDER, ROOT
from scripts.benches.measured import Measured
from scripts.benches.nights import nightly, warmed_up
from scripts.benches.skew import skewed
from scripts.benches.times import many_times
from scripts.benches.usage import PAGE_BYTES, Usage, medians, table


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


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"[{text}] is not a whole number above 0")
    return int(text)


def arguments() -> argparse.ArgumentParser:
    """The options."""
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
    parser.add_argument(
        "--verify",
        action="store_true",
        help="with --nights: at the end verify --records --recompute, which decides every run again",
    )
    parser.add_argument(
        "--times",
        type=_positive,
        metavar="N",
        help="with --statewide: decide alone, of the records N times under shifted ids",
    )
    parser.add_argument("--runs", type=_positive, default=3, help="runs to take the medians of (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the invented extract (default 1)")
    parser.add_argument(
        "--config", type=Path, default=ROOT / "conf" / "runs" / "bench.yaml", help="run configuration"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object, and nothing else, on stdout"
    )
    parser.add_argument(
        "--warm",
        action="store_true",
        help="with --statewide: all stages in one process, after it did each once with few people; without --nights ingest and decide alone",
    )
    return parser


def checked(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The options, where they go together."""
    options = parser.parse_args()
    asked = [name for name in ("compare", "skew", "nights", "times") if getattr(options, name)]
    if (asked or options.warm) and not options.statewide:
        parser.error(f"--{[*asked, 'warm'][0]} needs --statewide N")
    if options.warm and asked not in ([], ["nights"]):
        parser.error(f"--warm and --{asked[0]} do not go together")
    if len(asked) > 1:
        parser.error(f"--{asked[0]} and --{asked[1]} are two measurements: ask for one")
    if options.verify and not options.nights:
        parser.error("--verify needs --nights N")
    if options.nights and not all(0 < share < 1 for share in options.share):
        parser.error("--nights needs shares between 0 and 1")
    return options


def measured_by(options: argparse.Namespace, run: Run) -> Measured:
    """What the options ask for."""
    size = options.statewide, options.seed
    if options.warm:
        return statewide.warm(*size, run)
    if options.times:
        return many_times(*size, options.times)
    if options.statewide:
        made = compared if options.compare else skewed if options.skew else statewide.statewide
        return made(*size)
    return california(options.subjects, options.seed, options.config)


def main() -> None:
    """Read the options, run, show."""
    options = checked(arguments())
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as stack:
        run: Run = stack.enter_context(Warm()) if options.warm else cold
        if options.nights:
            if options.warm:
                warmed_up(run, options.seed)
            nightly(
                options.statewide, options.seed, options.nights, options.share, run, verify=options.verify
            )
        else:
            show(measured_by(options, run), options)


def show(measured: Measured, options: argparse.Namespace) -> None:
    """Run as often as is asked, and print the medians."""
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
