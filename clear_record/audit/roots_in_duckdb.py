"""Content roots of DuckDB's relations: the row hashes and leaves of `clear_record.roots` as SQL."""

import duckdb

from clear_record.roots import LEAF_DIGITS, ContentRoot, content_root
from clear_record.tables import Table


def root_of(rows: duckdb.DuckDBPyRelation, table: Table) -> ContentRoot:
    """The root of rows that hold the columns of `table`'s contract."""
    text = " || ".join(_text(f'"{column.name}"', column.type) for column in table.columns)
    leaves = (
        rows.select(duckdb.SQLExpression(f"sha256({text})").alias("row_hash"))
        .aggregate(
            f"row_hash[:{LEAF_DIGITS}] AS leaf, "
            "sha256(string_agg(row_hash, '' ORDER BY row_hash)) AS leaf_hash, count(*) AS rows_count",
            f"row_hash[:{LEAF_DIGITS}]",
        )
        .fetchall()
    )
    hashes = {leaf: leaf_hash for leaf, leaf_hash, _ in leaves}
    return content_root(table, hashes, sum(rows_count for *_, rows_count in leaves))


def _text(name: str, type: str) -> str:
    if type == "array<string>":
        items = f"list_aggregate(list_transform({name}, lambda item: {_counted('item')}), 'string_agg', '')"
        return f"coalesce(len({name}) || '[' || coalesce({items}, '') || ']', '-')"
    return _counted(f"CAST({name} AS VARCHAR)")


def _counted(text: str) -> str:
    return f"coalesce(length({text}) || ':' || {text}, '-')"
