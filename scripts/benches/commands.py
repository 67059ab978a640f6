"""Stages that are commands of clear-record: each a process of its own, which is cold, or one after the other in one process, which is warm."""

import json
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.benches.inputs import COMMAND, FOLDER, ROOT
from scripts.benches.usage import SECONDS_BETWEEN_SAMPLES, Stage, Tally, Usage, stage_alone, stop, usage_of

RECEIVED_ON = "2024-07-01"
STATEWIDE_PACKS = ("us_zz/second_chance", "us_zz/lifetime_cap", "us_zz/older_offenses")
"""Laws of the invented state whose repository it is."""

Run = Callable[..., Usage]
"""Runs a stage, of a name, by the arguments of a command."""


def cold(stage: str, *arguments: str) -> Usage:
    """Run a command as a process of its own."""
    return stage_alone(stage, [str(COMMAND), *arguments, "--json"], log_of(stage))


class Warm:
    """One process that runs commands one after the other on one session of Spark, so that only the first pays for the start."""

    def __enter__(self) -> Self:
        self._log = log_of("warm")
        with self._log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scripts.benches.one_process"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=True,
            )
        self._tally, self._started = Tally(self._process.pid), time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            self._process.terminate()

    def __call__(self, stage: str, *arguments: str) -> Usage:
        """Run a command. Exits where it fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        samples = [self._tally.sample(self._now)]
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        while not select.select([self._process.stdout], [], [], SECONDS_BETWEEN_SAMPLES)[0]:
            samples.append(self._tally.sample(self._now))
        samples.append(self._tally.sample(self._now))
        if (code := self._process.stdout.readline().strip()) != "0":
            stop(f"{stage} ended with exit code {code or 'none'}; what it said is in {self._log}")
        return usage_of(Stage(stage, samples[0].at, samples[-1].at), samples)

    @property
    def _now(self) -> float:
        return time.monotonic() - self._started


def log_of(stage: str) -> Path:
    """Where a stage says what it says."""
    return FOLDER / f"{stage.replace(' --', '-').replace(' ', '-')}.log"


def ingest_of(tables: Path, day: str = RECEIVED_ON) -> list[str]:
    """The command that reads them, without its lake."""
    return ["ingest", "--source=us_zz_statewide", f"--input={tables}", f"--received-on={day}"]


def decide_by(*packs: str, day: str = RECEIVED_ON) -> list[str]:
    """The command that decides by packs of the tests, without its lake."""
    chosen = [option for pack in packs for option in ("--pack", pack)]
    return ["decide", *chosen, f"--conf={ROOT / 'tests'}", f"--as-of={day}"]
