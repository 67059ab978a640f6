"""Lakes without Spark: rows by the contracts of `clear_record.tables`, written as Delta tables by delta-rs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from deltalake import DeltaTable, write_deltalake
from sqlglot.expressions import DataType

from clear_record.tables import TABLES


def write_rows(root: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
    """Append rows to a table of the lake, what they lack being null. Gives the table's id and its version then."""
    contract = TABLES[name]
    types = {
        each.name: sqlglot.parse_one(each.type, into=DataType, read="spark").sql("duckdb")
        for each in contract.columns
    }
    lines = root / f"{name}.json"
    root.mkdir(parents=True, exist_ok=True)
    with lines.open("w") as file:
        for row in rows:
            file.write(json.dumps({column: row.get(column) for column in types}, default=str) + "\n")
    columns = ", ".join(f"'{column}': '{type}'" for column, type in types.items())
    with duckdb.connect() as connection:
        read = connection.sql(
            f"SELECT * FROM read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}})"
        )
        write_deltalake(
            str(root / name), read, mode="append", partition_by=list(contract.partitioned_by) or None
        )
    lines.unlink()
    table = DeltaTable(str(root / name))
    return str(table.metadata().id), table.version()
