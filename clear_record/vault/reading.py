"""Reads identities from the vault, and notes first who does. Publish alone reads them."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.lake import Lake
from clear_record.spark import small_table
from clear_record.tables import VAULT_READ
from clear_record.vault.place import VaultAccess


@dataclass(frozen=True, slots=True)
class Asked:
    """What identities are asked for: of which run, what for, and of how many people and charges."""

    run_id: str
    purpose: str
    subjects_count: int
    charges_count: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The names that sources give to what identifies people and charges, in their order."""

    of_people: tuple[str, ...]
    of_charges: tuple[str, ...]


def read_identities(
    vault: Lake, access: VaultAccess, asked: Asked, deliveries: DataFrame, parts: Parts
) -> tuple[DataFrame, DataFrame]:
    """How `deliveries` (delivery_id, received_on) name people (subject_id, person_number) and charges (charge_id, charge_key,
    case_number), each with its `parts` (texts); of each column what the newest delivery that has it says.

    The read is noted in `vault_read` before anything is read. Raises InputRefused where it cannot be.
    """
    _note(vault, access, asked)
    people, charges = (
        vault.read(name).join(F.broadcast(deliveries), "delivery_id")
        for name in ("identity", "charge_identity")
    )
    return (
        _newest(people, "subject_id", ["person_number"], parts.of_people),
        _newest(charges, "charge_id", ["charge_key", "case_number"], parts.of_charges),
    )


def _newest(rows: DataFrame, id: str, columns: Sequence[str], parts: Sequence[str]) -> DataFrame:
    said = {
        **{name: F.col(name) for name in columns},
        **{part: F.try_element_at("parts", F.lit(part)) for part in parts},
    }
    newest = [
        F.max(F.when(value.isNotNull(), F.struct("received_on", "delivery_id", value.alias("value"))))[
            "value"
        ]
        for value in said.values()
    ]
    return rows.groupBy(id).agg(*[value.alias(name) for name, value in zip(said, newest, strict=True)])


def _note(vault: Lake, access: VaultAccess, asked: Asked) -> None:
    row: dict[str, Any] = {
        **asdict(asked),
        "read_by": access.read_by,
        "read_at": access.read_at.isoformat(),
    }
    text = "\n".join(f"{name}={row[name]}" for name in sorted(row))
    row["read_id"] = hashlib.sha256(text.encode()).hexdigest()[:32]
    story = {"job": "publish", "run_id": asked.run_id}
    try:
        vault.create([VAULT_READ])
        rows = small_table(vault.spark, [row], VAULT_READ.ddl)
        vault.append("vault_read", rows, write_id=row["read_id"], story=story)
    except (Py4JJavaError, PySparkException) as error:
        raise InputRefused(
            f"the vault [{vault.root}] cannot be written, and who reads identities must be noted there; get leave to write it"
        ) from error
