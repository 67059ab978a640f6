"""Rows between Python and DuckDB. No Arrow library is needed for it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb


def relation(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, Any]], types: Mapping[str, str]
) -> duckdb.DuckDBPyRelation:
    """A relation of rows that Python has, for joins and for writing them, in the columns of `types` (DuckDB types by name)."""
    content = json.dumps([{name: row[name] for name in types} for row in rows], default=str)
    shape = json.dumps([dict(types)])
    found = connection.sql("SELECT unnest(from_json(?::JSON, ?)) AS each", params=[content, shape])
    return found.select(*[duckdb.ColumnExpression("each", name).alias(name) for name in types])


def dicts(rows: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """The rows of a relation by the names of its columns, nested rows and maps as dictionaries. DuckDB reads them here."""
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
