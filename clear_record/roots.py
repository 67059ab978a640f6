"""Content roots: one hash for what a set of rows says, whatever their order, files or engine.

A row's text is, for each column in the contract's order, `-` for null, else `<characters>:<value>`, with dates in ISO form, numbers
plain, booleans `true`/`false`, and a list as `<items>[...]` over the texts of its items. The row's hash is the SHA-256 of that text.
Rows fall into 4,096 buckets by the first three hex digits of their hash; a bucket's hash is the SHA-256 of its sorted row hashes, put
together in hex; the root is the SHA-256 over the algorithm, the table, its schema, the number of rows and the buckets.
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.tables import Table

ALGORITHM = "clear-record-root-1"
_BUCKET_DIGITS = 3


@dataclass(frozen=True, slots=True)
class ContentRoot:
    """What a set of rows adds up to: its root, its number of rows, the sum of `transfer_check`, and each bucket's hash."""

    root: str
    rows_count: int
    hash_sum: Decimal
    buckets: dict[str, str]


def row_sha256(table: Table) -> Column:
    """The hash of a row of `table`, in hex."""
    return F.sha2(F.concat(*[_text(column.name, column.type) for column in table.columns]), 256)


def _text(name: str, type: str) -> Column:
    if type == "array<string>":
        items = F.transform(F.col(name), lambda item: _counted(item))
        text = F.concat(F.size(name).cast("string"), F.lit("["), F.concat_ws("", items), F.lit("]"))
        return F.coalesce(text, F.lit("-"))
    return _counted(F.col(name).cast("string"))


def _counted(text: Column) -> Column:
    return F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("-"))


def content_root(rows: DataFrame, table: Table) -> ContentRoot:
    """The root of `rows`, which hold the columns of `table`'s contract. One pass and one exchange of hashes."""
    row_hash = F.col("row_hash")
    buckets = (
        rows.select(row_sha256(table).alias("row_hash"))
        .groupBy(F.substring(row_hash, 1, _BUCKET_DIGITS).alias("bucket"))
        .agg(
            F.sha2(F.concat_ws("", F.sort_array(F.collect_list(row_hash))), 256).alias("bucket_hash"),
            F.count("*").alias("rows_count"),
            F.sum(_limb(row_hash)).alias("hash_sum"),
        )
        .collect()
    )
    rows_count = sum(row["rows_count"] for row in buckets)
    hashes = {row["bucket"]: row["bucket_hash"] for row in sorted(buckets)}
    lines = [
        ALGORITHM,
        table.name,
        table.ddl,
        str(rows_count),
        *(f"{bucket}:{hashes[bucket]}" for bucket in hashes),
    ]
    return ContentRoot(
        root=hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        rows_count=rows_count,
        hash_sum=sum((row["hash_sum"] for row in buckets), Decimal(0)),
        buckets=hashes,
    )


def transfer_check(table: Table) -> list[Column]:
    """Two sums over rows that tell whether what was read back is what was computed: for `DataFrame.observe`.

    They ride along with the write at no cost of a second pass; they guard against a lost or repeated row, not against a forger.
    """
    return [F.count(F.lit(1)).alias("rows_count"), F.sum(_limb(row_sha256(table))).alias("hash_sum")]


def _limb(row_hash: Column) -> Column:
    """The first 60 bits of a row's hash as a number that can be summed without overflow."""
    return F.conv(F.substring(row_hash, 1, 15), 16, 10).cast("decimal(20,0)")
