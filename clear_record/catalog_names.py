"""The names of a lake's tables in a schema of a catalog.

The files are the lake, and names come on top: each table lies under the schema's location, is read and written there, and has a name for
those who ask by SQL. So what is made without Spark, or loses its name, still counts.
"""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from delta.tables import DeltaTable
from pyspark.errors import ParseException, PySparkException
from pyspark.sql import SparkSession

from clear_record.errors import InputRefused
from clear_record.lake_names import SPARKS_OWN_CATALOG, schema_of, table_in


def location_of(spark: SparkSession, lake: str) -> str:
    """The path or URI of the schema that a lake is (see `clear_record.lake_names`).

    Raises InputRefused for a name that is written wrong, a schema that is not there, and one without a location.
    """
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
    return root_at(location)


def root_at(location: str) -> str:
    """A location as a path where it is a folder of this machine, else as a URI with an authority, which may be empty."""
    parts = urlsplit(location)
    if parts.scheme == "file" and not parts.netloc:
        return unquote(parts.path).rstrip("/")
    is_short = parts.scheme and "://" not in location
    return (f"{parts.scheme}://{parts.path}" if is_short else location).rstrip("/")


def give_names(spark: SparkSession, lake: str, paths: Iterable[tuple[str, str]]) -> None:
    """Name the tables at these paths, by name, in the schema that a lake is, where they have no name there yet.

    Raises InputRefused where Delta cannot make a table in the catalog by its name.
    """
    catalog, schema = schema_of(lake)
    # Open-source Delta reads two parts, and finds them in Spark's own catalog.
    in_catalog = () if catalog == SPARKS_OWN_CATALOG else (catalog,)
    try:
        for name, path in paths:
            if not spark.catalog.tableExists(table_in(catalog, schema, name)):
                named = DeltaTable.createIfNotExists(spark).tableName(table_in(*in_catalog, schema, name))
                named.location(path).execute()
    except ParseException as error:
        raise InputRefused(
            f"Delta makes no table in the catalog [{catalog}] by its name here: open-source Delta knows Spark's own catalog only "
            "(spark.sql.catalog.spark_catalog); name the lake by its path instead"
        ) from error
