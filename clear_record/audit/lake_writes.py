"""Small tables of a lake written without Spark, under the same contracts: by delta-rs, through DuckDB.

delta-rs keeps what a contract asks for: comments, NOT NULL, CHECK constraints, and statistics of ids alone.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.schema import PrimitiveType

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.rows_in_duckdb import relation
from clear_record.errors import Busy, ClearRecordError
from clear_record.tables import Table

_CHECK = "delta.constraints."
_BROKEN = "Invalid data found"
_DELTA_TYPES = {"int": "integer", "bigint": "long"}


def append(
    lake: LakeFiles,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    write_id: str,
    story: Mapping[str, Any],
) -> None:
    """Append rows (by the names of the contract's columns, which are flat) to a table in one commit; make it if it is not there.

    `write_id` is committed with them, once: it is for the caller to find out beforehand what is written already, and of two that
    write the same at once, one is Busy. `story` goes into the table's history. Raises ClearRecordError where rows break a constraint.
    """
    types = {column.name: column.type for column in table.columns}
    busy = Busy(f"another job changed table [{table.name}] at the same time; run this one again")
    try:
        made = _made(lake, table)
        if made.transaction_version(write_id) is not None:
            raise busy
        write_deltalake(
            made,
            relation(lake.duckdb, rows, types),
            mode="append",
            commit_properties=CommitProperties(
                custom_metadata={"userMetadata": json.dumps({**story, "write_id": write_id})},
                # Where another one has committed this id meanwhile, the log refuses.
                app_transactions=[Transaction(write_id, 1)],
            ),
        )
    except CommitFailedError as error:
        raise busy from error
    except (DeltaError, OSError, duckdb.Error) as error:
        # The text of a broken constraint shows the rows.
        raise ClearRecordError(
            f"rows for table [{table.name}] break one of its constraints; nothing was written"
            if _BROKEN in str(error)
            else f"table [{table.name}] cannot be written in the lake [{lake.root}]: is the folder read-only, or its log broken?"
        ) from error


def next_position(lake: LakeFiles, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """The next `position` of a table (`rows` are all that it has), whose writes have the id `<table>/<position>`: a sealed one is not used again."""
    position = max((row["position"] for row in rows), default=0) + 1
    if lake.has(table.name):
        log = lake.table(table.name)
        while log.transaction_version(f"{table.name}/{position}") is not None:
            position += 1
    return position


def _made(lake: LakeFiles, table: Table) -> DeltaTable:
    checks = {f"{_CHECK}{name}": check for name, check in table.constraints}
    path = str(lake.root / table.name)
    if lake.has(table.name):
        made = DeltaTable(path)
    else:
        fields = [
            Field(
                column.name,
                PrimitiveType(_DELTA_TYPES.get(column.type, column.type)),
                nullable=column.nullable,
                metadata={"comment": column.comment},
            )
            for column in table.columns
        ]
        made = DeltaTable.create(
            path,
            Schema(fields),
            mode="ignore",
            partition_by=list(table.partitioned_by),
            description=table.comment,
            configuration={key: value for key, value in table.properties.items() if key not in checks},
        )
    # Constraints are a commit of their own in delta-rs: a process may have stopped between the two.
    there = made.metadata().configuration
    for name, check in table.constraints:
        if f"{_CHECK}{name}" not in there:
            made.alter.add_constraint({name: check})
    return made
