"""The gate before publish: a run configuration can ask that attorneys checked a sample of the run, and found few errors."""

from collections.abc import Mapping, Sequence
from math import ceil, log
from typing import Any

from pyspark.sql import functions as F

from clear_record.audit.review.error_rates import strata_of, weighted_at_most
from clear_record.errors import NeedsOverride
from clear_record.lake import Lake
from clear_record.publish.publish import committed_run
from clear_record.runs import Gate

Rows = Sequence[Mapping[str, Any]]


def check_gate(lake: Lake, run_id: str, gate: Gate) -> None:
    """Raises NeedsOverride, with what to do, where a pack of the run has no reviewed sample within the gate's bound, and InputRefused
    for an unknown run and a pack that the run does not have."""
    run = committed_run(lake, run_id)
    sample, marks = (_of_run(lake, name, run["run_id"]) for name in ("sample", "review_mark"))
    for pack in gate.packs_of(each["pack"] for each in run["packs"]):
        bound = bound_of(pack, sample, marks, gate.confidence)
        if bound is not None and bound <= gate.sample_error_at_most:
            continue
        # Without an error, the bound of so many drawn by their share is within.
        size = ceil(-log(1 - gate.confidence) / gate.sample_error_at_most)
        way_on = (
            f"no sample was reviewed: clear-record sample --lake {lake.root} --run {run['run_id']} --pack {pack} --seed N "
            f"--size {size} --out SHEET, then clear-record review SHEET, and publish again"
            if bound is None
            else f"the reviewed sample allows {bound:.2%}: mark what is open, correct what is wrong and decide again, or draw a larger one"
        )
        raise NeedsOverride(
            f"run [{run['run_id']}] is not published: the gate asks for at most {gate.sample_error_at_most:.2%} wrong in pack [{pack}], "
            f"and {way_on}"
        )


def bound_of(pack: str, sample: Rows, marks: Rows, confidence: float) -> float | None:
    """The bound of a pack's errors by its largest sample that has a mark; of samples of one size the worse; None without one.

    The largest, so that nobody draws until chance gives a good one.
    """
    bounds = []
    of_pack = [row for row in sample if row["pack"] == pack]
    for sample_id in {row["sample_id"] for row in of_pack}:
        drawn = [row for row in of_pack if row["sample_id"] == sample_id]
        said = [row for row in marks if (row["sample_id"], row["pack"]) == (sample_id, pack)]
        if said:
            bounds.append((len(drawn), weighted_at_most(strata_of(drawn, said), confidence)))
    return max(bounds)[1] if bounds else None


def _of_run(lake: Lake, name: str, run_id: str) -> list[dict[str, Any]]:
    if not lake.exists(name):
        return []
    return [row.asDict() for row in lake.read(name).where(F.col("run_id") == run_id).collect()]
