"""The chain of runs: each row of `run` names the hash of the one before, and is signed or says that it is not."""

from collections.abc import Mapping, Sequence
from typing import Any

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.verify.findings import Audited
from clear_record.errors import NotReproducible
from clear_record.roots import commit_sha256
from clear_record.signing import is_signed_by_its_key, key_id, statement
from clear_record.tables import RUN


def check_chain(lake: LakeFiles, head: str | None, audited: Audited) -> None:
    """Find runs that were edited, taken out or put in. `head` is a row hash that was noted elsewhere (`clear-record head`)."""
    previous: dict[str, Any] | None = None
    for position, run in enumerate(lake.runs, 1):
        id = run["run_id"]
        if commit_sha256(RUN, run) != run["row_sha256"]:
            audited.found(
                "run_row", "run", f"the row of run {id} was edited: its hash is not that of its values", id
            )
        if run["position"] != position:
            audited.found(
                "chain",
                "run",
                f"run {id} has position {run['position']}, and stands at {position}: runs are missing or were added",
                id,
            )
        elif run["previous_sha256"] != (previous["row_sha256"] if previous else None):
            audited.found(
                "chain", "run", f"run {id} does not follow the run before it: one of the two was replaced", id
            )
        check_builds_on(lake.runs[: position - 1], run, audited)
        previous = run
        audited.count("runs")
    if head is not None and head not in {run["row_sha256"] for run in lake.runs}:
        audited.found(
            "chain",
            "run",
            f"no run has the noted head [{head}]: the chain was cut off before it, or it was replaced",
        )


def check_builds_on(before: Sequence[Mapping[str, Any]], run: Mapping[str, Any], audited: Audited) -> None:
    """Find a run that does not build on one before it as that one does, or that has rows of its own only and says that it builds on others."""
    id, runs = run["run_id"], {each["run_id"]: each for each in before}
    base = next(iter(run["builds_on"]), None)
    if (run["kind"] == "full") != (base is None):
        audited.found("chain", "run", f"run {id} is {run['kind']}, and builds on {base or 'no run'}", id)
    elif base is not None and base not in runs:
        audited.found(
            "chain", "run", f"run {id} builds on run {base}, which is not before it in the chain", id
        )
    elif base is not None and run["builds_on"] != [base, *runs[base]["builds_on"]]:
        audited.found("chain", "run", f"run {id} does not build on the runs on which run {base} does", id)


def check_signatures(lake: LakeFiles, public_key: str | None, audited: Audited) -> None:
    """Find runs whose signature is missing, is another key's or is of something else.

    `public_key` (hex) is the one that the auditor got from the signer: without it a signature tells that the holder of the run's
    own key signed it, not who that is.
    """
    try:
        rows = lake.all_rows("signature") if lake.has("signature") else []
    except NotReproducible as error:
        audited.found("log", "signature", str(error))
        return
    runs = {run["run_id"]: run for run in lake.runs}
    for id, run in runs.items():
        own = [row for row in rows if row["run_id"] == id and row["key_id"] == run["key_id"]]
        if run["key_id"] is None:
            audited.count("unsigned runs")
            if public_key is not None:
                audited.found("signature", "run", f"run {id} is not signed", id)
        elif not own:
            audited.found(
                "signature",
                "signature",
                f"run {id} names key {run['key_id']} and has no signature by it; decide again with --sign-key signs it",
                id,
            )
        elif not all(is_signed_by_its_key(row, statement(run)) for row in own):
            audited.found(
                "signature",
                "signature",
                f"the signature of run {id} is not by its key, or of another row",
                id,
            )
        elif public_key is not None and key_id(public_key) != run["key_id"]:
            audited.found("signature", "run", f"run {id} is signed by another key: {run['key_id']}", id)
        else:
            audited.count("signatures")
    for row in rows:
        if row["run_id"] not in runs or runs[row["run_id"]]["key_id"] != row["key_id"]:
            audited.found(
                "signature",
                "signature",
                f"there is a signature that no run names: of run {row['run_id']}",
                row["run_id"],
            )
