"""Ids of the lake as Spark Columns: keyed where they stand for a person or a case, plain hashes of the source's keys elsewhere."""

import hashlib

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from clear_record.keys import ID_DIGITS, IdKey
from clear_record.spark import small_table

_INNER, _OUTER = "_inner_pad", "_outer_pad"
_BLOCK_BYTES = 64


def with_key(rows: DataFrame, key: IdKey) -> DataFrame:
    """The rows beside the key's two pads, as `keyed` and `without_key` know them.

    As values of a one-row table they stand in no plan: a literal would.
    """
    return with_secret(rows, key.secret)


def with_secret(rows: DataFrame, secret: bytes) -> DataFrame:
    """`with_key` for a secret that is no key of ids."""
    spark: SparkSession = rows.sparkSession
    inner, outer = _pads(secret)
    pads = small_table(spark, [(inner, outer)], f"{_INNER} binary, {_OUTER} binary")
    return rows.crossJoin(F.broadcast(pads))


def without_key(rows: DataFrame) -> DataFrame:
    """The rows without what `with_key` put beside them."""
    return rows.drop(_INNER, _OUTER)


def keyed(text: Column) -> Column:
    """HMAC-SHA-256 (RFC 2104) of a text under the key of `with_key`: its first 128 bits in hex. Null of null."""
    inner = F.unhex(F.sha2(F.concat(F.col(_INNER), F.encode(text, "utf-8")), 256))
    return F.substring(F.sha2(F.concat(F.col(_OUTER), inner), 256), 1, ID_DIGITS)


def hashed(*parts: Column) -> Column:
    """A hash (128 bits, hex) of texts in their order; null and empty parts differ."""
    counted = [
        F.coalesce(F.concat(F.length(part).cast("string"), F.lit(":"), part), F.lit("-"))
        for part in (each.cast("string") for each in parts)
    ]
    return F.substring(F.sha2(F.concat(*counted), 256), 1, ID_DIGITS)


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    block = secret if len(secret) <= _BLOCK_BYTES else hashlib.sha256(secret).digest()
    block = block.ljust(_BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
