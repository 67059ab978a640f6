"""Content roots of DuckDB's relations: the row digests, hashes and leaves of `clear_record.roots` as SQL."""

import duckdb

from clear_record.errors import NotReproducible
from clear_record.roots import LEAF_DIGITS, ContentRoot, content_root
from clear_record.tables import Table


def root_of(
    rows: duckdb.DuckDBPyRelation,
    table: Table,
    salts: duckdb.DuckDBPyRelation | None = None,
    sealed: duckdb.DuckDBPyRelation | None = None,
) -> ContentRoot:
    """The root of rows that hold the columns of `table`'s contract, and of those that were sealed among them (`sealed`: row_hash).

    `salts` (rows of `salt`) are for a table of people. Raises NotReproducible where a row's person has none.
    """
    hashes = row_hashes(rows, table, salts)
    if sealed is not None:
        hashes = hashes.union(sealed.select("row_hash"))
    leaves = hashes.aggregate(
        f"row_hash[:{LEAF_DIGITS}] AS leaf, "
        "sha256(string_agg(row_hash, '' ORDER BY row_hash)) AS leaf_hash, count(*) AS rows_count",
        f"row_hash[:{LEAF_DIGITS}]",
    ).fetchall()
    hashes_of_leaves = {leaf: leaf_hash for leaf, leaf_hash, _ in leaves}
    if None in hashes_of_leaves:
        raise NotReproducible(f"rows of table [{table.name}] are of people whose salt is gone")
    return content_root(table, hashes_of_leaves, sum(rows_count for *_, rows_count in leaves))


def row_hashes(
    rows: duckdb.DuckDBPyRelation, table: Table, salts: duckdb.DuckDBPyRelation | None
) -> duckdb.DuckDBPyRelation:
    """row_hash of each row; null where its person has no salt."""
    digest = f"sha256({' || '.join(_text(column.name, column.type) for column in table.columns)})"
    if not table.is_of_people:
        return rows.select(f"{digest} AS row_hash")
    assert salts is not None
    charge = "coalesce(charge_id, '')" if "charge_id" in table.column_names else "''"
    digests = rows.select(f"subject_id AS whose, {charge} AS charge, {digest} AS digest").set_alias("d")
    is_its_salt = "d.whose = s.subject_id AND (s.charge_id IS NULL OR s.charge_id = d.charge)"
    joined = digests.join(salts.set_alias("s"), is_its_salt, "left")
    salt = "CASE WHEN s.charge_id IS NULL THEN sha256(s.salt || d.charge) ELSE s.salt END"
    return joined.select(
        f"CASE WHEN d.whose IS NULL THEN d.digest ELSE sha256({salt} || d.digest) END AS row_hash"
    )


def _text(name: str, type: str) -> str:
    if type == "array<string>":
        items = (
            f"list_aggregate(list_transform(\"{name}\", lambda item: {_counted('item')}), 'string_agg', '')"
        )
        return f"coalesce(len(\"{name}\") || '[' || coalesce({items}, '') || ']', '-')"
    return _counted(f'CAST("{name}" AS VARCHAR)')


def _counted(text: str) -> str:
    return f"coalesce(length({text}) || ':' || {text}, '-')"
