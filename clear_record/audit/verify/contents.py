"""Whether the rows of a lake are those that were committed: roots, counts and control totals of runs and deliveries."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import duckdb

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.roots_in_duckdb import root_of
from clear_record.audit.sealed import sealed_rows
from clear_record.audit.verify.findings import Audited
from clear_record.errors import NotReproducible
from clear_record.law.kept import LANGUAGE, criterion_rows, fingerprint_of
from clear_record.law.pack_reader import pack_of
from clear_record.roots import ContentRoot, commit_sha256
from clear_record.settlements import settlement_id_of
from clear_record.signing import is_signed_by_its_key, settlement_statement
from clear_record.tables import DECISION, DELIVERY, ROTATION, TABLES

_SHOWN = 8  # buckets named in a sentence


def check_decisions(lake: LakeFiles, run: Mapping[str, Any], audited: Audited) -> None:
    """Find decisions of a run that were changed, taken out or put in."""
    id = run["run_id"]
    try:
        if lake.table("decision").version() < run["decision_version"]:
            audited.found(
                "log",
                "decision",
                f"version {run['decision_version']} of run {id} is gone: the newest versions were deleted",
                id,
            )
        rows = lake.rows("decision", run_ids=[id])
        with lake.reading("decision"):
            sealed = sealed_rows(lake, "decision", id)
            root = root_of(rows, DECISION, lake.salts, sealed)
            outcomes = _outcomes(lake.decisions(run))
            sealed_count = 0 if sealed is None else len(sealed)
            standing = sealed_rows(lake, "decision", id, *run["builds_on"])
            sealed_at_most = 0 if standing is None else len(standing)
    except NotReproducible as error:
        audited.found("log", "decision", str(error), id)
        return
    audited.count("decisions", root.rows_count - sealed_count)
    (committed,) = run["outputs"]
    _compare(root, committed, f"run {id}", audited, id)
    if not _add_up(outcomes, _as_counted(run["outcomes"]), sealed_at_most):
        audited.found(
            "counts", "decision", f"the decisions of run {id} do not add up to the outcomes in its row", id
        )


def _outcomes(decisions: duckdb.DuckDBPyRelation) -> dict[tuple[str, ...], tuple[int, int]]:
    counted = decisions.aggregate(
        "pack, outcome, remedy, count(*), count(DISTINCT subject_id)", "pack, outcome, remedy"
    ).fetchall()
    return {tuple(names): (charges, subjects) for *names, charges, subjects in counted}


def _add_up(
    found: Mapping[tuple[str, ...], tuple[int, int]],
    counted: Mapping[tuple[str, ...], tuple[int, int]],
    sealed: int,
) -> bool:
    """Whether decisions are as many as a run counted, but for those that were sealed since."""
    nothing = (0, 0)
    if not sealed:
        return found == counted
    missing = sum(charges for charges, _ in counted.values()) - sum(charges for charges, _ in found.values())
    # Of an incremental run some of the sealed rows stood no longer.
    return missing <= sealed and all(
        now <= then
        for names in found
        for now, then in zip(found[names], counted.get(names, nothing), strict=True)
    )


def _as_counted(outcomes: list[dict[str, Any]]) -> dict[tuple[str, ...], tuple[int, int]]:
    return {
        (each["pack"], each["outcome"], each["remedy"]): (each["charges_count"], each["subjects_count"])
        for each in outcomes
    }


def check_uncommitted(lake: LakeFiles, audited: Audited) -> None:
    """Find decisions of no committed run, but for those of which a later run says that it found them so.

    An attempt that was stopped leaves some until the next run, and so does a forger.
    """
    try:
        rows = lake.rows("decision")
        with lake.reading("decision"):
            counted = rows.aggregate("run_id, count(*)", "run_id").fetchall()
    except NotReproducible as error:
        audited.found("log", "decision", str(error))
        return
    runs = {run["run_id"] for run in lake.runs}
    stopped = {id for run in lake.runs for id in run["stopped"]}
    for id, rows_count in sorted(each for each in counted if each[0] not in runs):
        if id in stopped:
            audited.count("decisions of stopped runs", rows_count)
            continue
        audited.found(
            "uncommitted",
            "decision",
            f"{rows_count:,} rows are of run {id}, which was never committed or whose row was deleted; no reader may count them",
            id,
        )


def check_packs(lake: LakeFiles, runs: Sequence[Mapping[str, Any]], audited: Audited) -> None:
    """Find law that is not what a run applied: another text under its fingerprint, other sentences."""
    try:
        kept = {row["fingerprint"]: row for row in lake.all_rows("pack")}
        sentences = lake.all_rows("criterion")
    except NotReproducible as error:
        audited.found("log", "pack", str(error))
        return
    # A thousand runs may apply one text, and reading it as law is slow.
    is_wrong = cache(lambda fingerprint: _wrong_with(kept.get(fingerprint), fingerprint, sentences))
    for run in runs:
        for used in run["packs"]:
            wrong = is_wrong(used["fingerprint"])
            if wrong is None:
                audited.count("pack texts")
                continue
            table, what, happened = wrong
            of_pack = f"of pack {used['pack']}, which run {run['run_id']} applied,"
            audited.found("pack", table, f"{what} {of_pack} {happened}", run["run_id"])


def _wrong_with(
    row: Mapping[str, Any] | None, fingerprint: str, sentences: list[dict[str, Any]]
) -> tuple[str, str, str] | None:
    """The table where a pack's text or sentences are not those of its fingerprint, what it is, and what happened to it."""
    if row is None:
        return "pack", "the text", "is gone"
    if fingerprint_of(row["texts"], row["language"]) != fingerprint:
        return "pack", "the text", "was changed"
    if row["language"] == LANGUAGE and not _says(sentences, row):
        return "criterion", "the sentences", "are not those of its text"
    return None


def _says(sentences: list[dict[str, Any]], row: Mapping[str, Any]) -> bool:
    own = [each for each in sentences if each["fingerprint"] == row["fingerprint"]]
    expected = criterion_rows(pack_of(row["texts"], row["pack"]))

    def place(each: dict[str, Any]) -> tuple[Any, ...]:
        return each["part"], each["position"]

    return sorted(own, key=place) == sorted(expected, key=place)


def check_deliveries(
    lake: LakeFiles, runs: Sequence[Mapping[str, Any]], audited: Audited
) -> list[dict[str, Any]]:
    """Find rows of `delivery` that were changed since a run named them; gives those that the runs read."""
    try:
        found = {row["delivery_id"]: row for row in lake.all_rows("delivery")}
    except NotReproducible as error:
        audited.found("log", "delivery", str(error))
        return []
    hashes = {id: commit_sha256(DELIVERY, row) for id, row in found.items()}
    read = {}
    for run in runs:
        for named in run["deliveries"]:
            id, by = named["delivery_id"], run["run_id"]
            if id not in found:
                audited.found("delivery_row", "delivery", f"delivery {id}, which run {by} read, is gone", id)
                continue
            read[id] = found[id]
            if hashes[id] != named["row_sha256"]:
                says = f"the row of delivery {id} was edited since run {by}"
                audited.found("delivery_row", "delivery", says, id)
            elif not _adds_up(found[id]):
                audited.found("counts", "delivery", f"the totals of delivery {id} do not add up", id)
    audited.count("deliveries", len(read))
    return list(read.values())


def check_rotations(lake: LakeFiles, deliveries: Sequence[Mapping[str, Any]], audited: Audited) -> None:
    """Find that the row that says which lake these deliveries were carried over from was changed, or is gone."""
    try:
        rows = lake.all_rows("rotation") if lake.has("rotation") else []
    except NotReproducible as error:
        audited.found("log", "rotation", str(error))
        return
    hashes = {commit_sha256(ROTATION, row) for row in rows}
    for delivery in deliveries:
        named = delivery["rotation"]
        if named is not None and named not in hashes:
            says = f"the rotation that carried delivery {delivery['delivery_id']} over was edited, or is gone"
            audited.found("delivery_row", "rotation", says, delivery["delivery_id"])
    audited.count("rotations", len(rows))


def _adds_up(delivery: Mapping[str, Any]) -> bool:
    accounted = sum(delivery[f"rows_{name}_count"] for name in ("accepted", "collapsed", "rejected"))
    return delivery["rows_read_count"] == accounted and all(
        delivery["control_totals"].get(each["table_name"]) == each["rows_count"]
        for each in delivery["outputs"]
    )


def check_records(lake: LakeFiles, delivery: Mapping[str, Any], audited: Audited) -> None:
    """Find rows of record tables that are not those that a delivery brought."""
    id = delivery["delivery_id"]
    for output in delivery["outputs"]:
        name = output["table_name"]
        try:
            rows = lake.rows(name).filter(f"delivery_id = '{id}'")
            with lake.reading(name):
                sealed = sealed_rows(lake, name, id)
                root = root_of(rows, TABLES[name], lake.salts, sealed)
                sealed_count = 0 if sealed is None else len(sealed)
        except NotReproducible as error:
            audited.found("log", name, str(error), id)
            continue
        audited.count("records", root.rows_count - sealed_count)
        _compare(root, output, f"delivery {id}", audited, id)


def _compare(root: ContentRoot, committed: Mapping[str, Any], whose: str, audited: Audited, of: str) -> None:
    if root.root == committed["content_root"]:
        return
    buckets = sorted(
        bucket
        for bucket in {*root.buckets, *committed["buckets"]}
        if root.buckets.get(bucket) != committed["buckets"].get(bucket)
    )
    named = ", ".join(buckets[:_SHOWN]) + (
        f" and {len(buckets) - _SHOWN} more" if len(buckets) > _SHOWN else ""
    )
    audited.found(
        "rows",
        committed["table_name"],
        f"the rows of {whose} are not those that were committed: {root.rows_count:,} of {committed['rows_count']:,}, "
        f"different in bucket{'s' if len(buckets) > 1 else ''} {named or 'none: the row that commits them was edited'}",
        of,
        buckets=tuple(buckets),
    )


def check_versions(lake: LakeFiles, run: Mapping[str, Any], audited: Audited) -> None:
    """Find versions that the run read and nobody can read any more, and tables that were made anew."""
    for read in run["inputs"]:
        name, version = read["table_name"], read["version"]
        try:
            newest = lake.table(name)
            if str(newest.metadata().id) != read["table_id"]:
                audited.found(
                    "files", name, f"the table was made anew since run {run['run_id']} read it", run["run_id"]
                )
                continue
            if newest.version() < version:
                audited.found(
                    "log",
                    name,
                    f"version {version}, which run {run['run_id']} read, is gone: the newest versions were deleted",
                    run["run_id"],
                )
                continue
            gone = lake.missing_files(name, version)
        except NotReproducible as error:
            audited.found("log", name, str(error), run["run_id"])
            continue
        if gone:
            audited.found(
                "files",
                name,
                f"{gone:,} files of version {version}, which run {run['run_id']} read, are gone: it cannot be repeated",
                run["run_id"],
            )


def check_settlements(lake: LakeFiles, audited: Audited) -> None:
    """Find facts that reviewers settled and that were changed since, or whose signature is not of them."""
    try:
        rows = lake.all_rows("settlement") if lake.has("settlement") else []
    except NotReproducible as error:
        audited.found("log", "settlement", str(error))
        return
    for row in rows:
        id = row["settlement_id"]
        if settlement_id_of(row) != id:
            audited.found(
                "settlement",
                "settlement",
                f"settlement {id} was edited: its id is not that of its values",
                id,
            )
        elif row["key_id"] is not None and not is_signed_by_its_key(row, settlement_statement(row)):
            audited.found(
                "signature",
                "settlement",
                f"the signature of settlement {id} is not by its key, or of another one",
                id,
            )
        else:
            audited.count("settlements")
