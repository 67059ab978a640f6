"""Seal charges: the values of their rows leave the tables and the files, and what the lake keeps is that so many were sealed, and hashes.

Six steps, and a file beside the tables that says what is being done, so that the same command completes what stopped: the hashes of
the rows that go (`sealed_row`), the row of `seal` that commits them, the removal of the rows, of their salts, and of the files that
held either, and of what the vault says of them. Until the row of `seal` is there nothing was taken; from then on the charges are sealed, whatever is still to be done.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from pyspark.sql import functions as F
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as TextTable

from clear_record.errors import Busy, InputRefused
from clear_record.lake import Lake
from clear_record.roots import ContentRoot, commit_sha256
from clear_record.roots_in_spark import content_roots, row_hashes
from clear_record.seal.going import (
    SALTED,
    TABLES_WITH_VALUES,
    Going,
    charges_resting_on,
    charges_there,
    ids_table,
    people_gone,
    people_of,
    tables_of,
)
from clear_record.seal.removal import files_with, remove
from clear_record.seal.salts import puncture
from clear_record.seals import mark_of, marked_by
from clear_record.signing import SigningKey, seal_statement
from clear_record.spark import small_table
from clear_record.tables import DECISION, SALT, SEAL, SEAL_TABLES, SEALED_ROW
from clear_record.vault.sealing import take_identities_out

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a call sealed: charges now and before, people of whom nothing is left, rows by table, and files that were purged.

    `seal_id` is None where nothing was left to seal, and in a dry run, in which nothing is changed. `vault` is the root of the vault
    from which their identities go, too.
    """

    seal_id: str | None
    charges_count: int
    known_count: int
    people_gone_count: int
    rows_by_table: Mapping[str, int]
    files_count: int
    key_id: str | None
    is_dry: bool = False
    vault: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "rows_by_table": dict(self.rows_by_table)}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.known_count:
            yield f"{_charges(self.known_count)} sealed before"
        if not self.rows_by_table:
            return
        if self.is_dry:
            yield f"{_charges(self.charges_count)} would be sealed; nothing was changed"
        else:
            yield f"Seal {self.seal_id}: {_charges(self.charges_count)} sealed, {self.files_count:,} files purged"
        if self.vault:
            yield f"Names and numbers go from the vault {self.vault}"
        else:
            yield "No vault stands beside the lake; if there is one elsewhere, name it with --vault"
        if self.people_gone_count:
            yield f"People of whom no charge is left, and all rows go: {self.people_gone_count:,}"
        table = TextTable(box=None, show_header=False, pad_edge=False)
        table.add_column()
        table.add_column(justify="right")
        for name, count in self.rows_by_table.items():
            table.add_row(f"rows of {name}", f"{count:,}")
        yield table


def _charges(count: int) -> str:
    return f"{count:,} {'charge' if count == 1 else 'charges'}"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be sealed, as the file beside the tables keeps it until it is done: ids, and no value of a record.

    `people` are all whose rows go, `people_gone` those of whom nothing is left, `resting` charges that stay without their decisions.
    """

    seal_id: str
    charges: tuple[str, ...]
    resting: tuple[str, ...]
    people: tuple[str, ...]
    people_gone: tuple[str, ...]
    rows_by_table: Mapping[str, int]
    versions: Mapping[str, int]
    under: str
    by: str
    on: str

    @property
    def story(self) -> dict[str, Any]:
        """What the history of a table tells of it."""
        return {"job": "seal", "seal_id": self.seal_id}


def seal(
    lake: Lake,
    charges: Sequence[str],
    under: str,
    by: str,
    on: date,
    key: SigningKey | None = None,
    *,
    vault: Lake | None = None,
    is_dry: bool = False,
) -> Sealed:
    """Seal charges, by their whole ids, under a statute or an order, and sign that with `key`. No other job may write meanwhile.
    What the `vault` says of them goes, too.

    A seal that stopped half way is completed first. Raises InputRefused for a charge that the lake never had and for what is no name
    or statute, and Busy where another job writes.
    """
    _check_text(under, "--under", "the statute or order")
    _check_text(by, "--by", "the name of who seals")
    if not lake.exists("charge"):
        raise InputRefused(f"there is no charge in the lake [{lake.root}]")
    asked = sorted(set(charges))
    if is_dry:
        lake.check_no_seal_under_way()
    else:
        _complete_what_stopped(lake, vault, key)
    marks = marked_by(lake.seals)
    there = charges_there(lake, asked)
    unknown = [each for each in asked if each not in there and mark_of(each) not in marks]
    if unknown:
        more = f", nor {len(unknown) - 1} others" if len(unknown) > 1 else ""
        raise InputRefused(
            f"there is no charge [{unknown[0]}] in the lake{more}: give the whole ids, as decisions have them"
        )
    plan = _planned(lake, asked, there, under, by, on)
    known_count = len(asked) - len(there)
    if not plan.rows_by_table:
        if vault is not None and not is_dry:
            take_identities_out(vault, Going(lake, asked, (), ()), plan.story)
        return Sealed(None, 0, known_count, 0, {}, 0, None)
    result = Sealed(
        None if is_dry else plan.seal_id,
        len(plan.charges),
        known_count,
        len(plan.people_gone),
        plan.rows_by_table,
        0,
        key.id if key else None,
        is_dry,
        vault.root if vault else None,
    )
    if is_dry:
        return result
    lake.create(SEAL_TABLES)
    if not lake.files.create(lake.sealing, json.dumps(asdict(plan), sort_keys=True)):
        raise Busy(f"another job seals charges in the lake [{lake.root}]; run this one again")
    files_count = _carry_out(lake, vault, plan, key)
    return Sealed(**{**asdict(result), "files_count": files_count})


def _check_text(text: str, option: str, what: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT or not text.isprintable():
        raise InputRefused(f"{option} [{text[:20]}]: {what} was expected, in up to {LONGEST_TEXT} characters")


def _planned(lake: Lake, asked: Sequence[str], there: Sequence[str], under: str, by: str, on: date) -> _Plan:
    # Of a charge that was sealed before, rows can be there that another job wrote at the same time: they go, too.
    charges = tuple(there or asked)
    gone = people_gone(lake, charges, on)
    resting = charges_resting_on(lake, charges)
    going = Going(lake, charges, resting, gone)
    rows = {table.name: going.rows(table) for table in tables_of(lake)}
    counts = {name: each.count() for name, each in rows.items()}
    salted = [rows[table.name] for table in SALTED if table.name in rows]
    last = lake.seals[-1:]
    identity = [*sorted(map(mark_of, charges)), *(each["row_sha256"] for each in last)]
    return _Plan(
        seal_id=hashlib.sha256("\n".join(identity).encode()).hexdigest()[:32],
        charges=charges,
        resting=tuple(resting),
        people=tuple(people_of(salted)),
        people_gone=tuple(gone),
        rows_by_table={name: count for name, count in counts.items() if count},
        versions={name: lake.version(name).version for name, count in counts.items() if count},
        under=under,
        by=by,
        on=on.isoformat(),
    )


def _complete_what_stopped(lake: Lake, vault: Lake | None, key: SigningKey | None) -> None:
    if lake.files.exists(lake.sealing):
        said = json.loads(lake.files.text(lake.sealing))
        lists = {name: tuple(said[name]) for name in ("charges", "resting", "people", "people_gone")}
        _carry_out(lake, vault, _Plan(**{**said, **lists}), key)


def _carry_out(lake: Lake, vault: Lake | None, plan: _Plan, key: SigningKey | None) -> int:
    """All steps; each is passed over where it was done. Gives the number of files that were purged."""
    going = Going(lake, plan.charges, plan.resting, plan.people_gone)
    if not any(each["seal_id"] == plan.seal_id for each in lake.seals):
        _commit(lake, plan, _keep_hashes(lake, plan, going), key)
    _take_rows_out(lake, plan, going)
    puncture(lake, going, plan.people, plan.story)
    if vault is not None:
        take_identities_out(vault, going, plan.story)
    files_count = _purge(lake, plan, going)
    lake.files.delete(lake.sealing)
    return files_count


def _keep_hashes(lake: Lake, plan: _Plan, going: Going) -> ContentRoot:
    """Write the hashes of the committed rows that go, and read back what is there."""
    tables = {}
    for table in SALTED:
        if table.name not in plan.rows_by_table:
            continue
        commits, id = ("run", "run_id") if table is DECISION else ("delivery", "delivery_id")
        committed = lake.read(commits).select(id)
        mark = F.sha2("charge_id", 256) if table is DECISION else F.lit(None).cast("string")
        rows = going.rows(table).join(F.broadcast(committed), id, "left_semi")
        tables[table.name] = rows.withColumns({"committed_in": F.col(id), "mark": mark})
    if tables:
        # A row without a salt came after its person's was gone, past ingest, and stands in no root.
        hashes = row_hashes(tables, lake.read("salt"), "committed_in", "mark").where("row_hash IS NOT NULL")
        rows = hashes.select(
            F.lit(plan.seal_id).alias("seal_id"),
            F.col("name").alias("table_name"),
            "committed_in",
            "mark",
            "row_hash",
        )
        lake.append(SEALED_ROW.name, rows, write_id=f"sealed_row/{plan.seal_id}", story=plan.story)
    found = lake.read(SEALED_ROW.name).where(F.col("seal_id") == plan.seal_id)
    return content_roots({SEALED_ROW.name: found}, lake.read("salt"))[SEALED_ROW.name]


def _commit(lake: Lake, plan: _Plan, root: ContentRoot, key: SigningKey | None) -> None:
    last = lake.seals[-1:]
    position = last[0]["position"] + 1 if last else 1
    row: dict[str, Any] = {
        "seal_id": plan.seal_id,
        "position": position,
        "sealed_on": date.fromisoformat(plan.on),
        "sealed_by": plan.by,
        "under": plan.under,
        "marks": sorted(map(mark_of, plan.charges)),
        "people_gone_count": len(plan.people_gone),
        "tables": [
            {"table_name": name, "version": plan.versions[name], "rows_count": count}
            for name, count in sorted(plan.rows_by_table.items())
        ],
        "sealed_rows_count": root.rows_count,
        "content_root": root.root,
        "key_id": key.id if key else None,
        "public_key": key.public_key if key else None,
        "envelope": None,
        "previous_sha256": last[0]["row_sha256"] if last else None,
    }
    row["row_sha256"] = commit_sha256(SEAL, row)
    if key is not None:
        row["envelope"] = key.sign(seal_statement(row))
    lake.append(
        SEAL.name,
        small_table(lake.spark, [row], SEAL.ddl),
        write_id="seal",
        sequence=position,
        story=plan.story,
    )
    if not any(each["seal_id"] == plan.seal_id for each in lake.seals):
        raise Busy("another seal was put on at the same moment; run this one again")


def _take_rows_out(lake: Lake, plan: _Plan, going: Going) -> None:
    for table in (each for each in TABLES_WITH_VALUES if each.name in plan.rows_by_table):
        remove(lake, table, going.rows(table), plan.story)


def _purge(lake: Lake, plan: _Plan, going: Going) -> int:
    """Delete each file that held a row that went, or its salt, by its name."""
    found = []
    for table in tables_of(lake):
        found += files_with(
            lake, table, {column: going.ids(column, table) for column in going.columns(table)}
        )
    found += files_with(lake, SALT, {"subject_id": ids_table(lake, "subject_id", plan.people)})
    for file in found:
        lake.files.delete(file)
    return len(found)
