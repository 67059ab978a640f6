"""Ids of the lake as Spark Columns: what a text of the source becomes under the ring of keys."""

import hashlib
from collections.abc import Collection
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.keys import ID_DIGITS, IdKey
from clear_record.spark import small_table
from clear_record.tables import Table

_PADS = "_pads"
_BLOCK_BYTES = 64
# A row that has no line is found by so many digits of an id: what a bigint holds.
LINE_DIGITS = 15


def with_key(rows: DataFrame, key: IdKey) -> DataFrame:
    """The rows beside two pads for each secret of the ring, as `keyed` and `without_key` know them.

    As values of a one-row table they stand in no plan: a literal would.
    """
    pads = small_table(rows.sparkSession, [([*_pads(key)],)], f"{_PADS} array<binary>")
    return rows.crossJoin(F.broadcast(pads))


def without_key(rows: DataFrame) -> DataFrame:
    """The rows without what `with_key` put beside them."""
    return rows.drop(_PADS)


def keyed(text: Column, key: IdKey, digits: int = ID_DIGITS) -> Column:
    """The id of a text under the ring of `with_key`, which alone holds the secrets: for each of them the HMAC-SHA-256 (RFC 2104) of
    the id before, its first digits in hex (32 are 128 bits). Null of null."""
    return reduce(lambda before, at: _hmac(before, at, digits), range(len(key.secrets)), text)


def _hmac(text: Column, at: int, digits: int) -> Column:
    inner_pad, outer_pad = (F.get(F.col(_PADS), F.lit(2 * at + place)) for place in (0, 1))
    inner = F.unhex(F.sha2(F.concat(inner_pad, F.encode(text, "utf-8")), 256))
    return F.substring(F.sha2(F.concat(outer_pad, inner), 256), 1, digits)


def text_of(*parts: Column) -> Column:
    """One text of several in their order, from which no other ones give the same; null and empty parts differ."""
    counted = [
        F.coalesce(F.concat(F.length(part).cast("string"), F.lit(":"), part), F.lit("-"))
        for part in (each.cast("string") for each in parts)
    ]
    return F.concat(*counted)


def line_of(key_text: Column, key: IdKey) -> Column:
    """The line (bigint) of a row that is found by its key alone: the first 60 bits of the key's id."""
    return F.conv(keyed(key_text, key, LINE_DIGITS), 16, 10).cast("bigint")


def id_columns(table: Table) -> list[str]:
    """The columns of a record table that hold ids under the ring."""
    return [name for name in table.column_names if name.endswith("_id") and not name.endswith("delivery_id")]


def rekeyed(rows: DataFrame, table: Table, key: IdKey, without_lines: Collection[int]) -> DataFrame:
    """The rows of a record table with each id, and each line of `line_of`, as the text of an id under `key`.

    Under the last secret of a ring, the ids of the ring before it become those of the ring. `without_lines` are the positions
    (`file`) of what has no lines of its own: Delta and database tables.
    """
    ids = {name: keyed(F.col(name), key) for name in id_columns(table)}
    if "line" in table.column_names and without_lines:
        digits = F.lpad(F.lower(F.hex("line")), LINE_DIGITS, F.lit("0"))
        has_keyed_line = F.col("file").isin(list(without_lines))
        ids["line"] = F.when(has_keyed_line, line_of(digits, key)).otherwise(F.col("line"))
    return with_key(rows, key).withColumns(ids).select(*table.column_names)


def _pads(key: IdKey) -> list[bytes]:
    """The inner and the outer pad of each secret, in their order."""
    pads = []
    for secret in key.secrets:
        block = secret if len(secret) <= _BLOCK_BYTES else hashlib.sha256(secret).digest()
        block = block.ljust(_BLOCK_BYTES, b"\0")
        pads += [bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)]
    return pads
