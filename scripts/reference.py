"""Writes docs/reference/tables.md: what the contracts of the tables say, and the views over them.

A test fails while the page is not what this script writes.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from clear_record.audit.views import VIEWS, view_text
from clear_record.tables import (
    AUDIT_TABLES,
    DECISION_TABLES,
    RECORD_TABLES,
    REVIEW_TABLES,
    ROTATION,
    SEAL_TABLES,
    VAULT_TABLES,
    Column,
    Table,
)

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "tables.md"

_HEAD = """\
# The tables

Written by `scripts/reference` from `clear_record/tables.py` and `clear_record/audit/views/`: change it there. The comments stand in the
tables themselves, too (`DESCRIBE TABLE`).

All tables but those of the vault are Delta tables under one root, the lake, all with plain features only: no deletion vectors, no column mapping. Rows are only
ever added, but for `clear-record seal`. Logs and files are kept for 36,500 days, so that a version that a run read stays readable; a version that was vacuumed all
the same ends a command with `not reproducible: files gone` and exit code 4.

A legal date is an interval of two columns, `_earliest` and `_latest`. Both null says "not recorded" of an attribute and "did not
happen" of an event; one null is an open end. A day is a date without time; ids and hashes are hex digits in lower case.
"""

_RECORDS = """\
## Record tables

What `ingest` writes, and `rotate-key`. A row counts if its delivery has a row in `delivery`, which is written last. A lake that
`rotate-key` made has the table `rotation`, too.
"""

_DECISIONS = """\
## Decision tables

What `decide` writes. A decision counts if its run has a row in `run`, which is written last.
"""

_REVIEWS = """\
## Tables of reviews and comparisons

What audit's commands write, when they first have something to write. They change no record and no decision.
"""

_SEALS = """\
## Tables of seals

What `seal` keeps of charges that had to be gone ([audit](../audit.md)), and the salts of which `ingest` makes the hashes of rows about people.
"""

_VAULT = """\
## Tables of the vault

A root of its own: `ingest` writes how the deliveries of tables name people and charges, and `publish` alone reads it, after it has noted who
reads ([the decision](../decisions/identities-live-in-a-vault.md)).
"""

_VIEWS = """\
## Views

`clear-record views --lake LAKE` prints the SQL that makes them, and `clear_record.audit.views.create(spark, "LAKE")` makes them in a
Spark session ([queries](../queries.md)). There each table above is a view, too, which leaves out the rows that do not count.
"""


def page() -> str:
    """The page, whole."""
    parts = [
        _HEAD,
        _RECORDS,
        *map(_table, (*RECORD_TABLES, ROTATION)),
        _DECISIONS,
        *map(_table, DECISION_TABLES),
        _REVIEWS,
        *map(_table, (*REVIEW_TABLES, *AUDIT_TABLES)),
        _SEALS,
        *map(_table, SEAL_TABLES),
        _VIEWS,
        *map(_view, VIEWS),
        _VAULT,
        *map(_table, VAULT_TABLES),
    ]
    return "\n".join(parts)


def _table(table: Table) -> str:
    return "\n".join(
        [
            f"### {table.name}\n",
            f"{table.comment}\n",
            *(f"- {line}" for line in _facts(table)),
            "\n| column | type | null | what it says |",
            "|---|---|---|---|",
            *(_column(column) for column in table.columns),
            "",
        ]
    )


def _facts(table: Table) -> Iterator[str]:
    yield f"Key: {_names(table.key)}"
    if table.partitioned_by:
        yield f"Partitioned by {_names(table.partitioned_by)}"
    for name, check in table.constraints:
        yield f"Check `{name}`: `{check}`"
    if table.change_feed:
        yield "Change data feed: on"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _column(column: Column) -> str:
    comment = column.comment.replace("|", "\\|").replace("<", "&lt;")
    return f"| `{column.name}` | `{column.type}` | {'yes' if column.nullable else 'no'} | {comment} |"


def _view(name: str) -> str:
    lines = view_text(name).split("\n")
    end = next(at for at, line in enumerate(lines) if not line.startswith("--"))
    says = " ".join(line.removeprefix("-- ") for line in lines[:end])
    return "\n".join([f"### {name}\n", f"{says}\n", "```sql", *lines[end:], "```", ""])


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main()
