"""Where measurements stand, and what they read: invented extracts and repositories, made once for each size and seed under bench/."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.benches.usage import stop

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bench"
COMMAND = ROOT / ".venv" / "bin" / "clear-record"


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


def forget_decisions(lake: Path) -> None:
    """Take the decisions out of a lake: without those of the run before, the same work is done again."""
    for name in ("decision", "run"):
        shutil.rmtree(lake / name, ignore_errors=True)


def statewide_tables(convictions: int, seed: int) -> Path:
    """The invented state's own tables."""
    options = ("statewide", f"--convictions={convictions}", f"--seed={seed}", "--format=parquet")
    return invented(FOLDER / f"statewide-{convictions}-{seed}", *options)
