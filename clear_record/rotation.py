"""Rotation of the id key: the record tables of a lake in a new one, where each id is the keyed hash of the old id under a new secret.

The ids are those that ingest makes under the longer ring, so nothing has to be delivered again, and the next delivery meets the same
people. Runs and decisions stay behind, under the old ids: the new lake begins a chain of its own, and says where it comes from.

The row of `rotation` is written first and claims the new lake; the rows of `delivery` come last, all at once. What is stopped between
them leaves a lake without deliveries, which nobody reads, and the same call completes it.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from rich.console import Console, ConsoleOptions, RenderResult

from clear_record.errors import ClearRecordError, InputRefused, NotReproducible
from clear_record.ingest.delivery import write_records
from clear_record.ingest.earlier import check_key, has_earlier
from clear_record.ingest.ids import rekeyed
from clear_record.keys import IdKey, longer_id_key
from clear_record.lake import Lake
from clear_record.roots import commit_sha256
from clear_record.roots_in_spark import content_roots
from clear_record.salts import SEED_BYTES
from clear_record.settlements import completed
from clear_record.signing import SigningKey
from clear_record.spark import small_table
from clear_record.tables import RECORD_TABLES, ROTATION, SALT, SETTLEMENT, TABLES
from clear_record.vault.rotating import carry_identities

_SETTLED_IDS = ("charge_id", "subject_id")


@dataclass(frozen=True, slots=True)
class Rotated:
    """A lake under a longer ring: where it is and comes from, the ring and its file, the new vault if there was one to carry, and whether
    this call completed it."""

    lake: str
    lake_before: str
    id_key: str
    id_key_before: str
    id_key_file: str
    deliveries_count: int
    vault: str | None
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.is_new:
            yield f"The lake {self.lake} was made under id key {self.id_key} before; nothing was added"
            return
        deliveries = "delivery" if self.deliveries_count == 1 else "deliveries"
        yield f"{self.deliveries_count:,} {deliveries} in {self.lake} under id key {self.id_key} ({self.id_key_file}); was {self.id_key_before}"
        yield (
            f"The identities are in {self.vault}"
            if self.vault
            else "No vault stood beside the lake, so no identities were carried"
        )
        yield (
            f"Decide anew there. Then destroy {self.lake_before}, its copies and the key file before: who has both lakes can tell "
            "which ids are the same person's."
        )


def rotate(
    before: Lake,
    after: Lake,
    ring: IdKey,
    new_key: Path,
    by: str,
    on: date,
    sign_key: SigningKey | None = None,
    vaults: tuple[Lake, Lake] | None = None,
) -> Rotated:
    """Carry the record tables and settlements of a lake under `ring` to a new lake under that ring with one more secret, and of
    `vaults` the first to the second.

    The longer ring is kept in the file `new_key`, which is made. Settlements that are signed are signed again with `sign_key`.
    Raises InputRefused for a ring that is not the lake's, a place that holds another lake, a file that holds another key, and signed
    settlements without a key, and for a lake with sealed charges; NotReproducible where the records are not those that were committed.
    """
    if not has_earlier(before):
        raise InputRefused(f"the lake [{before.root}] holds no delivery: there are no ids to make anew")
    check_key(before, ring)
    if before.seals:
        raise InputRefused(
            f"charges of the lake [{before.root}] were sealed, and their marks know them by its ids alone: under new ids they would be "
            "let in again; seal them in a lake that is rotated already"
        )
    deliveries = sorted(before.read("delivery").collect(), key=lambda row: row["delivery_id"])
    settlements = (
        [row.asDict() for row in before.read("settlement").collect()] if before.exists("settlement") else []
    )
    if sign_key is None and any(row["key_id"] for row in settlements):
        raise InputRefused(
            "settlements of the lake are signed: name the key that signs them anew with --sign-key"
        )
    claimed = _claim_of(after)
    if claimed is not None and not new_key.exists():
        raise InputRefused(
            f"the lake [{after.root}] was begun under a key that is not at [{new_key}]: name its file"
        )
    longer = longer_id_key(ring, new_key)
    claim = _claim(before, after, claimed, deliveries, (ring, longer), by, on)
    is_new = not has_earlier(after)
    if is_new:
        after.create((*RECORD_TABLES, SALT, SETTLEMENT))
        _carry_settlements(after, settlements, longer, sign_key)
        if vaults is not None:
            carry_identities(*vaults, longer, _story(longer))
        rows = [_carried(before, after, row, longer, claim) for row in deliveries]
        frame = small_table(after.spark, rows, TABLES["delivery"].ddl)
        after.append("delivery", frame, write_id=f"rotation/{longer.fingerprint}", story=_story(longer))
    return Rotated(
        lake=after.root,
        lake_before=before.root,
        id_key=longer.fingerprint,
        id_key_before=ring.fingerprint,
        id_key_file=str(new_key),
        deliveries_count=len(deliveries),
        vault=None if vaults is None else vaults[1].root,
        is_new=is_new,
    )


def _story(key: IdKey) -> dict[str, Any]:
    return {"job": "rotate-key", "id_key": key.fingerprint}


# --- where a lake comes from ---------------------------------------------------------------------------------


def _rotations(lake: Lake) -> list[Row]:
    return lake.read("rotation").orderBy("position").collect() if lake.exists("rotation") else []


def _claim_of(after: Lake) -> Row | None:
    """The row by which an earlier call claimed the lake. Raises InputRefused where it holds one that no rotation made."""
    if rotations := _rotations(after):
        return rotations[-1]
    if any(after.exists(name) for name in TABLES if name != "rotation"):
        raise InputRefused(f"[{after.root}] holds another lake: name a place that holds none")
    return None


def _claim(
    before: Lake,
    after: Lake,
    claimed: Row | None,
    deliveries: Sequence[Row],
    keys: tuple[IdKey, IdKey],
    by: str,
    on: date,
) -> Mapping[str, Any]:
    """The row that says where the new lake comes from: what an earlier call wrote, or a new one."""
    earlier = _rotations(before)
    runs = before.read("run").orderBy(F.desc("position")).limit(1).collect() if before.exists("run") else []
    row: dict[str, Any] = {
        "position": len(earlier) + 1,
        "id_key_before": keys[0].fingerprint,
        "id_key": keys[1].fingerprint,
        "head_sha256": runs[0]["row_sha256"] if runs else None,
        "deliveries": [{name: each[name] for name in ("delivery_id", "row_sha256")} for each in deliveries],
        "rotated_by": by,
        "rotated_on": on,
    }
    row["row_sha256"] = commit_sha256(ROTATION, row)
    if claimed is None:
        rows = [*(each.asDict(recursive=True) for each in earlier), row]
        after.create((ROTATION,))
        frame = small_table(after.spark, rows, ROTATION.ddl)
        after.append("rotation", frame, write_id="rotation", story=_story(keys[1]))
        claimed = _rotations(after)[-1]
    found = claimed.asDict(recursive=True)
    if any(found[name] != row[name] for name in ("position", "id_key_before", "id_key", "deliveries")):
        raise InputRefused(
            f"[{after.root}] was made of another lake, or of other deliveries than [{before.root}] has now: name a place that holds none"
        )
    return found


# --- what is carried -----------------------------------------------------------------------------------------


def _carried(before: Lake, after: Lake, row: Row, key: IdKey, claim: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a delivery whose records were written to the new lake under their new ids."""
    id, names = row["delivery_id"], [each["table_name"] for each in row["outputs"]]
    tables = {name: before.read(name).where(F.col("delivery_id") == id) for name in names}
    _check_committed(row, tables, before.read("salt"))
    without_lines = [at for at, file in enumerate(row["files"], start=1) if file["bytes"] == 0]
    rows = {
        name: _sorted(rekeyed(table, TABLES[name], key.last, without_lines)) for name, table in tables.items()
    }
    story = {**_story(key), "delivery_id": id}
    roots = write_records(
        after, id, rows, story, write_id=f"{id}/{key.fingerprint}", salt_seed=secrets.token_bytes(SEED_BYTES)
    )
    carried = {
        **row.asDict(recursive=True),
        "id_key": key.fingerprint,
        "rotation": claim["row_sha256"],
        "outputs": [root.output(TABLES[name]) for name, root in sorted(roots.items())],
    }
    return {**carried, "row_sha256": commit_sha256(TABLES["delivery"], carried)}


def _check_committed(row: Row, tables: Mapping[str, DataFrame], salts: DataFrame) -> None:
    """What was changed in the old lake must not become what is committed in the new one."""
    committed = {each["table_name"]: each["content_root"] for each in row["outputs"]}
    found = {name: root.root for name, root in content_roots(tables, salts).items()}
    is_edited = commit_sha256(TABLES["delivery"], row.asDict(recursive=True)) != row["row_sha256"]
    if is_edited or found != committed:
        raise NotReproducible(
            f"delivery [{row['delivery_id']}] is not what was committed: clear-record verify --records says where it differs"
        )


def _sorted(rows: DataFrame) -> DataFrame:
    """The rows spread and sorted by person and charge, as ingest leaves them."""
    by = [name for name in ("subject_id", "charge_id") if name in rows.columns]
    return rows.repartition("subject_id").sortWithinPartitions(*by) if by else rows


def _carry_settlements(
    after: Lake, settlements: Sequence[Mapping[str, Any]], key: IdKey, sign_key: SigningKey | None
) -> None:
    """Settlements under their charges' new ids, and so under ids of their own; who signed is replaced by who signs now."""
    if not settlements:
        return
    rows = [
        completed(
            {**row, **{name: key.last.id_of(row[name]) for name in _SETTLED_IDS}},
            sign_key if row["key_id"] else None,
        )
        for row in settlements
    ]
    frame = small_table(after.spark, rows, SETTLEMENT.ddl)
    after.append("settlement", frame, write_id=f"rotation/{key.fingerprint}", story=_story(key))
    found = {row["settlement_id"] for row in after.read("settlement").select("settlement_id").collect()}
    if found != {row["settlement_id"] for row in rows}:
        raise ClearRecordError(
            "the settlements that were carried are not those that are there; nothing was committed"
        )
