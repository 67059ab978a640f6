"""verify --recompute: decide again from the versions and the law that a run read, with today's code, and compare every decision."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from clear_record.audit.assigned import assignments_of
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.verify.findings import Audited
from clear_record.decide.assignment import Assignment
from clear_record.decide.committed import inputs_of, side_by_side, standing_rows
from clear_record.decide.compiler import decisions
from clear_record.decide.gather import gather_from
from clear_record.decide.links import Links, as_one_person
from clear_record.decide.plan import code_sha256
from clear_record.lake import Lake, TableVersion
from clear_record.records import Records
from clear_record.seals import in_words, unknown_to


def recompute(lake: Lake, files: LakeFiles, runs: Sequence[Mapping[str, Any]], audited: Audited) -> None:
    """Find decisions of these runs (rows of `run`) that today's code does not reach from the same versions and the same law.

    Raises NotReproducible where a version's files or a pack's text are gone, or the language of the text is not spoken any more.
    """
    code = code_sha256()
    for run in runs:
        if since := unknown_to(run, files.seals):
            audited.notes.append(
                f"Run {run['run_id']}: people of whom a charge was {in_words(since)} are not decided again, nor is counted what is out of scope"
            )
        for says in _differences(lake, files, run):
            audited.found("decisions", "decision", says, run["run_id"])
        if run["engines"]["code"] != code:
            audited.notes.append(f"Run {run['run_id']} was decided by other code than today's")
        audited.count("runs decided again")


def _differences(lake: Lake, files: LakeFiles, run: Mapping[str, Any]) -> Iterator[str]:
    left_out = Observation()
    assigned = assignments_of(files, run)
    again = decide_again(lake, assigned, inputs_of(run), run["as_of"], left_out, with_rechecks=True)
    stored = standing_rows(lake, run)
    is_sealed = bool(unknown_to(run, files.seals))
    if is_sealed:
        people = with_sealed_charges(lake, inputs_of(run), run["as_of"])
        stored, again = (rows.join(people, "subject_id", "left_anti") for rows in (stored, again))
    counted = (
        side_by_side(stored, again)
        .where("difference IS NOT NULL")
        .groupBy("pack", "difference")
        .agg(F.count("*").alias("charges_count"), F.min("charge_id").alias("charge_id"))
        .orderBy("pack", "difference")
        .collect()
    )
    for row in counted:
        yield (
            f"run {run['run_id']}, pack {row['pack']}: {row['charges_count']:,} decisions are otherwise when decided again "
            f"({row['difference']}), charge {row['charge_id']} is one"
        )
    counts = {f"{each['pack']}|{each['reason']}": each["charges_count"] for each in run["out_of_scope"]}
    if not is_sealed and left_out.get != counts:
        yield f"run {run['run_id']}: the charges out of scope are not as many when decided again"


def with_sealed_charges(lake: Lake, inputs: Mapping[str, TableVersion], as_of: date) -> DataFrame:
    """The ids (subject_id) of the people of whom a charge was sealed and others are left, as decisions on a day have them."""
    people = lake.read("salt").where("charge_id IS NOT NULL").select("subject_id")
    links = Links.of(Records(lake, inputs), as_of)
    return (as_one_person(people, links.persons) if links.are_there else people).distinct()


def decide_again(
    lake: Lake,
    assigned: Sequence[Assignment],
    inputs: Mapping[str, TableVersion],
    as_of: date,
    out_of_scope: Observation | None = None,
    *,
    with_rechecks: bool = False,
) -> DataFrame:
    """`compiler.decisions` of these packs on the record tables at these versions. Nothing is written."""
    records = Records(lake, inputs)
    charges = gather_from(records, [each.pack for each in assigned], Links.of(records, as_of))
    return decisions(charges, assigned, as_of, out_of_scope=out_of_scope, with_rechecks=with_rechecks)
