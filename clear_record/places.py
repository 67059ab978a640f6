"""Where the tables of a lake live: under a folder or an object store's URI, or in a schema of a catalog, where they have names.

A schema's tables lie under its location as those of a folder do, so that who reads files finds them there. Jobs read and write them by
name: a catalog may let nobody at the files of its tables otherwise.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from delta.tables import DeltaTable, DeltaTableBuilder
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, DataFrameReader, DataFrameWriter, SparkSession

from clear_record.errors import InputRefused
from clear_record.lake_names import SPARKS_OWN_CATALOG, is_schema, schema_of, table_in


class Place(Protocol):
    """Finds tables by the names of `clear_record.tables`. `root` is the path or URI under which their files are."""

    @property
    def root(self) -> str: ...

    def identifier(self, name: str) -> tuple[str, str, str]:
        """The catalog, schema and name under which Spark's catalogs know a table."""

    def exists(self, spark: SparkSession, name: str) -> bool: ...

    def table(self, spark: SparkSession, name: str) -> DeltaTable: ...

    def named(self, builder: DeltaTableBuilder, name: str) -> DeltaTableBuilder:
        """The table that a builder makes, put in its place."""

    def load(self, reader: DataFrameReader, name: str) -> DataFrame: ...

    def save(self, writer: DataFrameWriter, name: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Folder:
    """Tables by their paths."""

    root: str

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def identifier(self, name: str) -> tuple[str, str, str]:
        return SPARKS_OWN_CATALOG, "delta", self.path(name)

    def exists(self, spark: SparkSession, name: str) -> bool:
        return DeltaTable.isDeltaTable(spark, self.path(name))

    def table(self, spark: SparkSession, name: str) -> DeltaTable:
        return DeltaTable.forPath(spark, self.path(name))

    def named(self, builder: DeltaTableBuilder, name: str) -> DeltaTableBuilder:
        return builder.location(self.path(name))

    def load(self, reader: DataFrameReader, name: str) -> DataFrame:
        return reader.load(self.path(name))

    def save(self, writer: DataFrameWriter, name: str) -> None:
        writer.save(self.path(name))


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables by their names in a schema of a catalog, under the schema's location."""

    catalog: str
    schema: str
    root: str

    def name(self, name: str) -> str:
        """The whole name of a table."""
        return table_in(self.catalog, self.schema, name)

    def identifier(self, name: str) -> tuple[str, str, str]:
        return self.catalog, self.schema, name

    def exists(self, spark: SparkSession, name: str) -> bool:
        return bool(spark.catalog.tableExists(self.name(name)))

    def _name_for_delta(self, name: str) -> str:
        """The name for Delta's own classes, whose open-source versions read two parts and find them in Spark's own catalog."""
        return table_in(*([] if self.catalog == SPARKS_OWN_CATALOG else [self.catalog]), self.schema, name)

    def table(self, spark: SparkSession, name: str) -> DeltaTable:
        return DeltaTable.forName(spark, self._name_for_delta(name))

    def named(self, builder: DeltaTableBuilder, name: str) -> DeltaTableBuilder:
        # With a location of its own a table keeps its files when somebody drops its name.
        return builder.tableName(self._name_for_delta(name)).location(f"{self.root}/{name}")

    def load(self, reader: DataFrameReader, name: str) -> DataFrame:
        return reader.table(self.name(name))

    def save(self, writer: DataFrameWriter, name: str) -> None:
        writer.saveAsTable(self.name(name))


def place_of(spark: SparkSession, lake: str) -> Place:
    """The place that a text names (see `clear_record.lake_names`).

    Raises InputRefused for a name that no catalog has, a schema that is not there, and one without a location.
    """
    if not is_schema(lake):
        # Delta takes a relative path for the name of a table in a catalog.
        return Folder(lake.rstrip("/") if "://" in lake else str(Path(lake).absolute()))
    catalog, schema = schema_of(lake)
    try:
        location = spark.catalog.getDatabase(f"`{catalog}`.`{schema}`").locationUri
    except PySparkException as error:
        raise InputRefused(
            f"there is no schema [{catalog}.{schema}]: make it with CREATE SCHEMA {catalog}.{schema} LOCATION '...', or give Spark the "
            f"catalog (spark.sql.catalog.{catalog})"
        ) from error
    if not location:
        raise InputRefused(
            f"the schema [{catalog}.{schema}] has no location: the files of its tables need one"
        )
    return Schema(catalog, schema, _root_at(location))


def _root_at(location: str) -> str:
    """A location as a path where it is a folder of this machine, else as it is."""
    parts = urlsplit(location)
    is_here = parts.scheme == "file" and not parts.netloc
    return (unquote(parts.path) if is_here else location).rstrip("/")
