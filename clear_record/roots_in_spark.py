"""Content roots of DataFrames: the row digests, hashes and leaves of `clear_record.roots` as Columns."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from clear_record.errors import Busy
from clear_record.roots import LEAF_DIGITS, ContentRoot, content_root
from clear_record.tables import TABLES, Table


def row_digest(table: Table) -> Column:
    """The digest of a row of `table`, in hex: what the row says, without a salt."""
    return F.sha2(F.concat(*[_text(column.name, column.type) for column in table.columns]), 256)


def _text(name: str, type: str) -> Column:
    if type == "array<string>":
        items = F.transform(F.col(name), lambda item: _counted(item))
        text = F.concat(F.size(name).cast("string"), F.lit("["), F.concat_ws("", items), F.lit("]"))
        return F.coalesce(text, F.lit("-"))
    return _counted(F.col(name).cast("string"))


def _counted(text: Column) -> Column:
    return F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("-"))


def of_charge(table: Table) -> Column:
    """The charge that a row of `table` is about, as `salt` names it: empty for a row of no charge."""
    named = F.col("charge_id") if "charge_id" in table.column_names else F.lit(None).cast("string")
    return F.coalesce(named, F.lit(""))


def row_salt(salt: Column, charge: Column) -> Column:
    """`clear_record.roots.row_salt` of a person's own salt and a charge (see `of_charge`)."""
    return F.sha2(F.concat(salt, charge), 256)


def row_hashes(tables: Mapping[str, DataFrame], salts: DataFrame, *kept: str) -> DataFrame:
    """name of the table, the columns `kept` (which all tables have), `digest` and `row_hash` of the rows of each table.

    `tables` hold the columns of their contracts, `salts` is the table of salts, of which no more rows are read than are joined here,
    once. `row_hash` is null where the person has no salt.
    """
    digests = reduce(
        DataFrame.unionByName, [_digests(TABLES[name], rows, kept) for name, rows in tables.items()]
    )
    # Digests travel to the salts, and not the rows.
    own = salts.select(F.col("subject_id").alias("_whose"), F.col("charge_id").alias("_of"), "salt").hint(
        "shuffle_hash"
    )
    is_its_salt = (F.col("_subject_id") == F.col("_whose")) & (
        F.col("_of").isNull() | (F.col("_of") == F.col("_charge"))
    )
    salt = F.when(F.col("_of").isNull(), row_salt(F.col("salt"), F.col("_charge"))).otherwise(F.col("salt"))
    row_hash = F.when(F.col("_subject_id").isNull(), F.col("digest")).otherwise(
        F.sha2(F.concat(salt, F.col("digest")), 256)
    )
    return digests.join(own, is_its_salt, "left").select("name", *kept, "digest", row_hash.alias("row_hash"))


def _digests(table: Table, rows: DataFrame, kept: tuple[str, ...]) -> DataFrame:
    person = F.col("subject_id") if table.is_of_people else F.lit(None).cast("string")
    return rows.select(
        F.lit(table.name).alias("name"),
        *kept,
        person.alias("_subject_id"),
        of_charge(table).alias("_charge"),
        row_digest(table).alias("digest"),
    )


def content_roots(tables: Mapping[str, DataFrame], salts: DataFrame) -> dict[str, ContentRoot]:
    """The root of the rows of each table (see `row_hashes`).

    One pass, one join and one exchange of hashes for all of them: a job's start costs more than the hashes of a small table.
    Raises Busy where a row's person has no salt.
    """
    row_hash = F.col("row_hash")
    leaves = (
        row_hashes(tables, salts)
        .groupBy("name", F.substring(row_hash, 1, LEAF_DIGITS).alias("leaf"))
        .agg(
            F.sha2(F.concat_ws("", F.sort_array(F.collect_list(row_hash))), 256).alias("leaf_hash"),
            F.count("*").alias("rows_count"),
        )
        .collect()
    )
    roots = {}
    for name in tables:
        own = [row for row in leaves if row["name"] == name]
        hashes_of_leaves = {row["leaf"]: row["leaf_hash"] for row in own}
        if None in hashes_of_leaves:
            raise Busy(
                f"rows of table [{name}] are of people without a salt: another ingest or a seal was under way, run this one again; "
                "if it stays, bring table [salt] back from a copy of the lake"
            )
        roots[name] = content_root(TABLES[name], hashes_of_leaves, sum(row["rows_count"] for row in own))
    return roots


def transfer_check(table: Table) -> list[Column]:
    """Two aggregates over rows, no two of which are the same, that tell whether what was read back is what was computed: rows_count and rows_hash
    (bigint; null of no rows).

    They ride along with the write (`DataFrame.observe`) at the cost of one fast hash a row; they guard against a lost, repeated or damaged row,
    not against a forger, whom the content root is for.
    """
    # The hash passes over nulls: where they stand is a part of it, too.
    nulls = [F.isnull(column.name) for column in table.columns if column.nullable]
    return [
        F.count(F.lit(1)).alias("rows_count"),
        F.bit_xor(F.xxhash64(*table.column_names, *nulls)).alias("rows_hash"),
    ]
