"""What was sealed of a run or a person, as an audit meets it: rows that are gone by law are neither missing nor changed."""

from collections.abc import Collection, Mapping
from typing import Any

import duckdb

from clear_record.audit.lake_files import LakeFiles
from clear_record.errors import NotReproducible
from clear_record.seals import Seal, in_words, mark_of, marked_by, unknown_to
from clear_record.tables import SEALED_ROW

Run = Mapping[str, Any]


def sealed_rows(lake: LakeFiles, table: str, *committed_in: str) -> duckdb.DuckDBPyRelation | None:
    """The rows of `sealed_row` that stood in a table, of deliveries or runs; None where nothing was ever sealed."""
    if not lake.seals or not lake.has(SEALED_ROW.name):
        return None
    seals = ", ".join(f"'{seal['seal_id']}'" for seal in lake.seals)
    named = ", ".join(f"'{each}'" for each in committed_in)
    return lake.rows(SEALED_ROW.name).filter(
        f"table_name = '{table}' AND committed_in IN ({named}) AND seal_id IN ({seals})"
    )


def sealed_decisions(lake: LakeFiles, run: Run) -> dict[str, Seal]:
    """The seal that took a decision that stands in a run away, by the mark of its charge."""
    rows = sealed_rows(lake, "decision", run["run_id"], *run["builds_on"])
    if rows is None:
        return {}
    seals = {seal["seal_id"]: seal for seal in lake.seals}
    with lake.reading(SEALED_ROW.name):
        found = rows.select("mark, seal_id").distinct().fetchall()
    return {mark: seals[seal_id] for mark, seal_id in found}


def sealed_marks(lake: LakeFiles) -> set[str]:
    """The marks of the charges that were sealed, and of those of which a decision was, in whatever run."""
    if not lake.seals:
        return set()
    with lake.reading(SEALED_ROW.name):
        rows = lake.rows(SEALED_ROW.name).filter("mark IS NOT NULL").select("mark").distinct().fetchall()
    return {*marked_by(lake.seals), *(mark for (mark,) in rows)}


def people_with_sealed_charges(lake: LakeFiles) -> set[str]:
    """The ids of people of whom a charge was sealed, and others are left."""
    if not lake.seals:
        return set()
    with lake.reading("salt"):
        rows = lake.salts.filter("charge_id IS NOT NULL").select("subject_id").distinct().fetchall()
    return {subject_id for (subject_id,) in rows}


def seals_since(lake: LakeFiles, run: Run, subject_ids: Collection[str]) -> list[Seal]:
    """The seals that were put on after a run, where a charge of one of these people was sealed: the run may have seen more of them."""
    since = unknown_to(run, lake.seals)
    return since if since and people_with_sealed_charges(lake) & set(subject_ids) else []


def check_not_sealed(lake: LakeFiles, charge_id: str) -> None:
    """Raises NotReproducible where a charge, by its whole id, was sealed."""
    seal = marked_by(lake.seals).get(mark_of(charge_id))
    if seal is not None:
        raise gone(seal)


def gone(seal: Seal) -> NotReproducible:
    """What is said where a seal took away what was asked for."""
    return NotReproducible(f"not reproducible: {in_words([seal])}")
