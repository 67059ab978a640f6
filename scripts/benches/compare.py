"""One law three times on the same tables: copied by Spark and not decided, decided, and decided by hand in DuckDB."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benches.commands import cold, decide_by, ingest_of, log_of
from scripts.benches.floor import LAW
from scripts.benches.inputs import FOLDER, ROOT, empty_lake, forget_decisions, statewide_tables
from scripts.benches.measured import Measured
from scripts.benches.usage import Usage, stage_alone


def compared(convictions: int, seed: int) -> Measured:
    """A lake of so many convictions, on which the three run."""
    tables = statewide_tables(convictions, seed)
    lake, out = empty_lake("compared-lake"), FOLDER / "compared"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    cold("ingest", *ingest_of(tables), f"--lake={lake}")
    return Measured(f"{convictions:,} convictions", tables, lambda _: run_compared(lake, out), ratios)


def run_compared(lake: Path, out: Path) -> list[Usage]:
    """The floor, decide, and the same law by hand, which must find the same outcomes."""
    forget_decisions(lake)
    floor = [sys.executable, str(ROOT / "scripts" / "benches" / "floor.py")]
    copied, by_hand = "copy by Spark", "by hand in DuckDB"
    return [
        stage_alone(copied, [*floor, "copy", str(lake), str(out)], log_of(copied)),
        cold("decide", *decide_by(LAW), f"--lake={lake}"),
        stage_alone(by_hand, [*floor, "by-hand", str(lake), str(out / "by_hand.parquet")], log_of(by_hand)),
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
