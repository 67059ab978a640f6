"""The whole flow on California's layout: `clear-record run`, from an extract to published lists."""

import shutil
from pathlib import Path

from scripts.benches.inputs import COMMAND, FOLDER, invented
from scripts.benches.measured import Measured
from scripts.benches.usage import Stage, Usage, measure, stages_of, stop, usage_of


def california(subjects: int, seed: int, configuration: Path) -> Measured:
    """`clear-record run` on the extract of so many people."""
    options = ("us_ca_doj", f"--subjects={subjects}", f"--seed={seed}")
    extract = invented(FOLDER / f"us_ca_doj-{subjects}-{seed}.dat", *options)
    return Measured(f"{subjects:,} people", extract, lambda number: run_once(extract, configuration, number))


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
