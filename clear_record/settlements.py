"""A row of `settlement`: its id, which is the hash of what it says, and its signature."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from clear_record.signing import SigningKey, settlement_statement
from clear_record.tables import SETTLEMENT

_SIGNATURE = ("key_id", "public_key", "envelope")


def settlement_id_of(row: Mapping[str, Any]) -> str:
    """The id that a row of `settlement` must have: the hash of what it says, by which it is signed."""
    said = {name: row[name] for name in SETTLEMENT.column_names if name not in ("settlement_id", *_SIGNATURE)}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def completed(said: Mapping[str, Any], key: SigningKey | None) -> dict[str, Any]:
    """The row of `settlement` that says so, under its id, and signed where a key is given."""
    named = {**said, "settlement_id": settlement_id_of(said)}
    if key is None:
        return {**named, **dict.fromkeys(_SIGNATURE)}
    envelope = key.sign(settlement_statement(named))
    return {**named, "key_id": key.id, "public_key": key.public_key, "envelope": envelope}
