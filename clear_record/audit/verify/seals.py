"""Whether what was sealed was sealed as the lake says: the chain of seals, the hashes that they left, and that no charge came back."""

from collections.abc import Mapping

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.roots_in_duckdb import root_of
from clear_record.audit.rows_in_duckdb import relation
from clear_record.audit.verify.findings import Audited
from clear_record.errors import NotReproducible
from clear_record.roots import commit_sha256
from clear_record.seals import Seal, in_words, marked_by
from clear_record.signing import is_signed_by_its_key, key_id, seal_statement
from clear_record.tables import SEAL, SEALED_ROW, TABLES


def check_seals(lake: LakeFiles, public_key: str | None, audited: Audited) -> None:
    """Find seals that were edited, taken out or put in, hashes that are not theirs, and sealed charges that are there again.

    A row that somebody took out and listed as sealed is found by the seal that it would need. `public_key` as in `check_signatures`.
    """
    if lake.is_being_sealed:
        says = "charges are being sealed, or a seal stopped half way: the same clear-record seal again completes it"
        audited.found("seal", "seal", says)
    try:
        seals = lake.seals
        counts = _counts(lake) if lake.has(SEALED_ROW.name) else {}
    except NotReproducible as error:
        audited.found("log", "seal", str(error))
        return
    previous: Seal | None = None
    for position, seal in enumerate(seals, 1):
        _check_place(seal, position, previous, audited)
        _check_signature(seal, public_key, audited)
        _check_rows(lake, seal, audited)
        audited.notes.append(_in_a_note(seal, counts.get(seal["seal_id"], {})))
        audited.count("seals")
        previous = seal
    for id in sorted(counts.keys() - {seal["seal_id"] for seal in seals}):
        audited.found(
            "seal", SEALED_ROW.name, f"there are hashes of sealed rows of seal {id}, which is not there", id
        )
    _check_runs(lake, audited)
    if seals:
        _check_none_is_back(lake, audited)


def _counts(lake: LakeFiles) -> dict[str, dict[tuple[str, str], int]]:
    """The number of sealed rows by seal, table and what committed them."""
    with lake.reading(SEALED_ROW.name):
        rows = (
            lake.rows(SEALED_ROW.name)
            .aggregate("seal_id, table_name, committed_in, count(*)", "seal_id, table_name, committed_in")
            .fetchall()
        )
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for seal_id, table, committed_in, count in sorted(rows):
        counts.setdefault(seal_id, {})[table, committed_in] = count
    return counts


def _in_a_note(seal: Seal, counts: Mapping[tuple[str, str], int]) -> str:
    """What a seal took away, in a sentence."""
    decisions = [
        f"{count:,} decisions of run {id}" for (table, id), count in counts.items() if table == "decision"
    ]
    records = sum(count for (table, _), count in counts.items() if table != "decision")
    what = ", ".join([f"{records:,} rows of record tables", *decisions])
    return f"S{in_words([seal])[1:]} by {seal['sealed_by']} (seal {seal['seal_id']}): {len(seal['marks']):,} charges, {what}"


def _check_place(seal: Seal, position: int, previous: Seal | None, audited: Audited) -> None:
    id = seal["seal_id"]
    if commit_sha256(SEAL, seal) != seal["row_sha256"]:
        audited.found(
            "seal", "seal", f"the row of seal {id} was edited: its hash is not that of its values", id
        )
    if seal["position"] != position or seal["previous_sha256"] != (
        previous["row_sha256"] if previous else None
    ):
        audited.found(
            "seal",
            "seal",
            f"seal {id} does not follow the seal before it: one was replaced, taken out or added",
            id,
        )


def _check_signature(seal: Seal, public_key: str | None, audited: Audited) -> None:
    id = seal["seal_id"]
    if seal["key_id"] is None:
        if public_key is not None:
            audited.found("signature", "seal", f"seal {id} is not signed", id)
    elif not is_signed_by_its_key(seal, seal_statement(seal)):
        audited.found(
            "signature", "seal", f"the signature of seal {id} is not by its key, or of another row", id
        )
    elif public_key is not None and key_id(public_key) != seal["key_id"]:
        audited.found("signature", "seal", f"seal {id} is signed by another key: {seal['key_id']}", id)


def _check_rows(lake: LakeFiles, seal: Seal, audited: Audited) -> None:
    id = seal["seal_id"]
    try:
        rows = lake.rows(SEALED_ROW.name).filter(f"seal_id = '{id}'")
        with lake.reading(SEALED_ROW.name):
            root = root_of(rows, SEALED_ROW)
    except NotReproducible as error:
        audited.found("log", SEALED_ROW.name, str(error), id)
        return
    if root.root != seal["content_root"]:
        audited.found(
            "seal",
            SEALED_ROW.name,
            f"the hashes of sealed rows of seal {id} are not those that it left: {root.rows_count:,} of {seal['sealed_rows_count']:,}",
            id,
        )


def _check_runs(lake: LakeFiles, audited: Audited) -> None:
    """Find seals that a run names and that are gone or another one now."""
    hashes = {seal["seal_id"]: commit_sha256(SEAL, seal) for seal in lake.seals}
    for run in lake.runs:
        for named in run["seals"]:
            id, by = named["seal_id"], run["run_id"]
            if id not in hashes:
                audited.found("seal", "seal", f"seal {id}, which run {by} names, is gone", id)
            elif hashes[id] != named["row_sha256"]:
                audited.found("seal", "seal", f"the row of seal {id} was edited since run {by}", id)


def _check_none_is_back(lake: LakeFiles, audited: Audited) -> None:
    by_mark = marked_by(lake.seals)
    marks = relation(lake.duckdb, [{"mark": mark} for mark in by_mark], {"mark": "VARCHAR"})
    for table in TABLES.values():
        if (
            table.name in ("salt", SEALED_ROW.name)
            or "charge_id" not in table.column_names
            or not lake.has(table.name)
        ):
            continue
        try:
            with lake.reading(table.name):
                there = (
                    lake.rows(table.name).select("charge_id").distinct().select("sha256(charge_id) AS mark")
                )
                back = there.join(marks, "mark").fetchall()
        except NotReproducible as error:
            audited.found("log", table.name, str(error))
            continue
        if back:
            ids = {by_mark[mark]["seal_id"] for (mark,) in back}
            audited.found(
                "seal",
                table.name,
                f"{len(back):,} charges that seals {', '.join(sorted(ids))} took away are there again: seal them again",
            )
