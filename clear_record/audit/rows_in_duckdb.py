"""Rows that Python has, as a DuckDB relation: for joins, and for writing them. No Arrow library is needed for it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb


def relation(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, Any]], types: Mapping[str, str]
) -> duckdb.DuckDBPyRelation:
    """A relation of rows in the columns of `types` (DuckDB types by name)."""
    content = json.dumps([{name: row[name] for name in types} for row in rows], default=str)
    shape = json.dumps([dict(types)])
    found = connection.sql("SELECT unnest(from_json(?::JSON, ?)) AS each", params=[content, shape])
    return found.select(*[duckdb.ColumnExpression("each", name).alias(name) for name in types])
