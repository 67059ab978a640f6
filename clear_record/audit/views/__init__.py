"""SQL views over the tables of a lake, for those who query: one text each, in DuckDB's SQL, which Spark gets in its own words.

The tables themselves are views, too, and show what counts: rows of committed deliveries that none withdrew, decisions of committed runs.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING

from clear_record.errors import InputRefused
from clear_record.lake_names import is_schema, root_of, schema_of, table_in
from clear_record.tables import DECISION_TABLES, RECORD_TABLES, TABLES
from clear_record.withdrawals import is_withdrawn

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from clear_record.audit.lake_files import LakeFiles

VIEWS = (
    "run_pack",
    "run_delivery",
    "run_input",
    "run_out_of_scope",
    "run_member",
    "run_last",
    "decision_of_run",
    "current_decision",
    "decision_in_english",
    "decision_witness",
)
"""The views, each after those that it reads."""

_IN_EVERY_LAKE = [table.name for table in (*RECORD_TABLES, *DECISION_TABLES)]
# The table whose row commits a table's rows, and the column that names that row.
_COMMITTED_IN = {
    "decision": ("run", "run_id"),
    "signature": ("run", "run_id"),
    **{table.name: ("delivery", "delivery_id") for table in RECORD_TABLES if table.name != "delivery"},
}


class Engine(StrEnum):
    """Who runs the views: DuckDB over the files of the newest versions, DuckDB with its delta extension, or Spark SQL."""

    DUCKDB = "duckdb"
    DUCKDB_DELTA = "duckdb-delta"
    SPARK = "spark"


def view_text(name: str) -> str:
    """A view's SELECT, with the comment that says what it shows, in DuckDB's SQL."""
    return resources.files(__name__).joinpath(f"{name}.sql").read_text().rstrip()


def script(engine: Engine, sources: Mapping[str, str]) -> list[str]:
    """The statements that make the views, in order; `sources` has for each table that is there what its rows are read FROM."""
    import sqlglot  # a command's help need not wait for it

    created = "CREATE OR REPLACE TEMPORARY VIEW" if engine == Engine.SPARK else "CREATE OR REPLACE VIEW"
    # DuckDB looks at what a view reads when it is made: the tables that say which of the others' rows count come first.
    first = ("delivery", "run", "withdrawal")
    names = sorted(sources, key=lambda name: first.index(name) if name in first else len(first))
    statements = ["INSTALL delta", "LOAD delta"] if engine == Engine.DUCKDB_DELTA else []
    for name in names:
        columns = ", ".join(TABLES[name].column_names)
        statements.append(
            f"{created} {name} AS\nSELECT {columns}\nFROM {sources[name]} AS each_row{_where(name)}"
        )
    for name in VIEWS:
        text = view_text(name)
        if engine == Engine.SPARK:
            (text,) = sqlglot.transpile(text, read="duckdb", write="spark", pretty=True, comments=False)
        statements.append(f"{created} {name} AS\n{text}")
    return statements


def _where(name: str) -> str:
    """The rows of a table that count: those that were committed and not withdrawn."""
    conditions = []
    if name in _COMMITTED_IN:
        conditions.append("{1} IN (SELECT {1} FROM {0})".format(*_COMMITTED_IN[name]))
    withdrawn = is_withdrawn(name, "each_row", "withdrawal")
    if withdrawn is not None:
        conditions.append(f"NOT EXISTS (SELECT 1 FROM withdrawal WHERE {withdrawn})")
    return "\nWHERE " + "\n  AND ".join(conditions) if conditions else ""


def delta_sources(engine: Engine, root: str) -> dict[str, str]:
    """The tables that every lake has, as an engine names them that reads Delta's logs itself.

    Raises InputRefused for a schema of a catalog, which only Spark knows.
    """
    if is_schema(root):
        if engine != Engine.SPARK:
            raise InputRefused(f"only Spark knows the schema [{root}]: give the place of its tables")
        return {name: table_in(*schema_of(root), name) for name in _IN_EVERY_LAKE}
    root = root_of(root)
    if engine == Engine.SPARK:
        return {name: "delta.`{}`".format(f"{root}/{name}".replace("`", "``")) for name in _IN_EVERY_LAKE}
    return {name: "delta_scan('{}')".format(f"{root}/{name}".replace("'", "''")) for name in _IN_EVERY_LAKE}


def create(spark: "SparkSession", root: str) -> None:
    """Make temporary views of the lake at `root` in a Spark session, under the names of `TABLES` and `VIEWS`.

    `delta_<table>` has the rows that were never committed or were withdrawn, too. Raises InputRefused where a table is not there.
    """
    from clear_record.lake import Lake

    lake = Lake(spark, root)
    sources = {name: f"delta_{name}" for name in _present(lake.exists, root)}
    for name, view in sources.items():
        lake.read(name).createOrReplaceTempView(view)
    for statement in script(Engine.SPARK, sources):
        spark.sql(statement)


def file_sources(lake: "LakeFiles") -> dict[str, str]:
    """The tables of `lake` as DuckDB reads them without an extension: the files of their newest versions, one by one."""
    return {name: lake.source(name) for name in _present(lake.has, str(lake.root))}


def create_in_duckdb(lake: "LakeFiles") -> None:
    """Make the same views in the DuckDB connection of `lake`."""
    for statement in script(Engine.DUCKDB, file_sources(lake)):
        lake.duckdb.execute(statement)


def _present(is_there: Callable[[str], bool], root: str) -> list[str]:
    """The tables that are in a lake: all that ingest and decide make, and those that an audit has made."""
    names = [name for name in TABLES if is_there(name)]
    for name in _IN_EVERY_LAKE:
        if name not in names:
            raise InputRefused(
                f"there is no table [{name}] in the lake [{root}]; run the stage before this one"
            )
    return names
