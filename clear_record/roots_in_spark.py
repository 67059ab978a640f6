"""Content roots of DataFrames: the row hashes and leaves of `clear_record.roots` as Columns."""

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.roots import LEAF_DIGITS, ContentRoot, content_root
from clear_record.tables import TABLES, Table


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


def content_roots(tables: Mapping[str, DataFrame]) -> dict[str, tuple[ContentRoot, Decimal]]:
    """The root of the rows of each table, which hold the columns of its contract, and the sum of `transfer_check`.

    One pass and one exchange of hashes for all of them: a job's start costs more than the hashes of a small table.
    """
    row_hash = F.col("row_hash")
    hashes = [
        rows.select(F.lit(name).alias("name"), row_sha256(TABLES[name]).alias("row_hash"))
        for name, rows in tables.items()
    ]
    leaves = (
        reduce(DataFrame.unionByName, hashes)
        .groupBy("name", F.substring(row_hash, 1, LEAF_DIGITS).alias("leaf"))
        .agg(
            F.sha2(F.concat_ws("", F.sort_array(F.collect_list(row_hash))), 256).alias("leaf_hash"),
            F.count("*").alias("rows_count"),
            F.sum(_limb(row_hash)).alias("hash_sum"),
        )
        .collect()
    )
    roots = {}
    for name in tables:
        own = [row for row in leaves if row["name"] == name]
        hashes_of_leaves = {row["leaf"]: row["leaf_hash"] for row in own}
        root = content_root(TABLES[name], hashes_of_leaves, sum(row["rows_count"] for row in own))
        roots[name] = root, sum((row["hash_sum"] for row in own), Decimal(0))
    return roots


def transfer_check(table: Table) -> list[Column]:
    """Two sums over rows that tell whether what was read back is what was computed: for `DataFrame.observe`.

    They ride along with the write at no cost of a second pass; they guard against a lost or repeated row, not against a forger.
    """
    return [F.count(F.lit(1)).alias("rows_count"), F.sum(_limb(row_sha256(table))).alias("hash_sum")]


def _limb(row_hash: Column) -> Column:
    """The first 60 bits of a row's hash as a number that can be summed without overflow."""
    return F.conv(F.substring(row_hash, 1, 15), 16, 10).cast("decimal(20,0)")
