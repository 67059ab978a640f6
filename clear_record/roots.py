"""Content roots: one hash for what a set of rows says, whatever their order, files or engine.

A row's text is, for each column in the contract's order, `-` for null, else `<characters>:<value>`, with dates in ISO form, numbers
plain, booleans `true`/`false`, and a list as `<items>[...]` over the texts of its items. The row's digest is the SHA-256 of that text,
and its hash is the digest, or of a row about a person the SHA-256 of the row's salt and the digest: a text of few possible values could
be guessed from its digest, and must not be after the row was sealed. From there it is a tree. The leaves are the rows whose hashes begin with the same three hex digits: a leaf's hash is the SHA-256 of its
row hashes, sorted and put together in hex. A bucket holds the leaves of the same two digits, and the root is over the buckets, the
algorithm, the table, its schema and the number of rows. Whoever keeps the buckets can say where a table differs.

Row hashes and leaves are an engine's work (`clear_record.roots_in_spark`, `clear_record.audit.roots_in_duckdb`); the rest is here.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from clear_record.tables import Table

ALGORITHM = "clear-record-root-2"
LEAF_DIGITS, BUCKET_DIGITS = 3, 2
_ABOUT_THE_HASH = ("row_sha256", "public_key", "envelope")


@dataclass(frozen=True, slots=True)
class ContentRoot:
    """What a set of rows adds up to: its root, its number of rows, and the hash of each bucket that has rows, by its digits."""

    root: str
    rows_count: int
    buckets: Mapping[str, str]

    def output(self, table: Table) -> dict[str, Any]:
        """The root as the rows that commit a delivery or a run keep it."""
        return {
            "table_name": table.name,
            "rows_count": self.rows_count,
            "content_root": self.root,
            "buckets": dict(self.buckets),
        }


def content_root(table: Table, leaves: Mapping[str, str], rows_count: int) -> ContentRoot:
    """The root over the hashes of leaves, by their digits."""
    buckets = {
        digits: _sha256(*(f"{leaf}:{leaves[leaf]}" for leaf in within))
        for digits, within in groupby(sorted(leaves), key=lambda leaf: leaf[:BUCKET_DIGITS])
    }
    root = _sha256(
        ALGORITHM,
        table.name,
        table.ddl,
        str(rows_count),
        *(f"{bucket}:{hash}" for bucket, hash in buckets.items()),
    )
    return ContentRoot(root, rows_count, buckets)


def row_salt(salt: str, charge_id: str | None) -> str:
    """The salt of a person's rows of one charge, or of none, from the person's own salt, in hex."""
    return hashlib.sha256(f"{salt}{charge_id or ''}".encode()).hexdigest()


def commit_sha256(table: Table, row: Mapping[str, Any]) -> str:
    """The hash of a row of `delivery`, `run` or `seal`: of its values as JSON with sorted keys, without the hash itself and a signature of it."""
    said = {name: _plain(row[name]) for name in table.column_names if name not in _ABOUT_THE_HASH}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            # A date to Python, and another text: what is read back would have another hash.
            raise TypeError("a row that commits has days, and no times")
        case date():
            return value.isoformat()
        case _:
            return value


def _sha256(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
