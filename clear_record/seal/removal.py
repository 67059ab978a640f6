"""Rows that are taken out of a table by their keys, and the files that held them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from clear_record.lake import Lake, plain_error
from clear_record.tables import TABLES, Table

_APPEND_ONLY = "delta.appendOnly"


def take_out(
    lake: Lake, name: str, keys: DataFrame, story: Mapping[str, Any], instead: DataFrame | None = None
) -> None:
    """Take the rows of these keys (the contract's key columns) out of a table, and put `instead` there, in one commit.

    Of `instead` (the contract's columns) what is there already comes no second time. The rows' files stay until they are purged. No
    value of a row stands in a condition, and so none in the history. Raises Busy where another writer won.
    """
    contract = TABLES[name]
    said = keys.select(*contract.key, F.lit(True).alias("goes"))
    if instead is not None:
        said = said.unionByName(instead.withColumn("goes", F.lit(False)), allowMissingColumns=True)
    same = [F.col(f"here.{each}").eqNullSafe(F.col(f"said.{each}")) for each in contract.key]
    table = lake.table(name).alias("here")
    merge = table.merge(said.alias("said"), reduce(Column.__and__, same)).whenMatchedDelete("said.goes")
    if instead is not None:
        columns: dict[str, str | Column] = {each: F.col(f"said.{each}") for each in contract.column_names}
        merge = merge.whenNotMatchedInsert("NOT said.goes", columns)
    try:
        with _told(lake.spark, story):
            merge.execute()
    except (Py4JJavaError, PySparkException) as error:
        raise plain_error(error, name) from error


@contextmanager
def _told(spark: SparkSession, story: Mapping[str, Any]) -> Iterator[None]:
    """What DESCRIBE HISTORY tells of a merge, which has no option for it."""
    setting = "spark.databricks.delta.commitInfo.userMetadata"
    spark.conf.set(setting, json.dumps(dict(story)))
    try:
        yield
    finally:
        spark.conf.unset(setting)


def remove(lake: Lake, table: Table, rows: DataFrame, story: Mapping[str, Any]) -> None:
    """Take rows out of a table that is only appended to otherwise."""
    keys = rows.select(*table.key).distinct()
    if not keys.isEmpty():
        set_append_only(lake, table, is_on=False)
        take_out(lake, table.name, keys, story)
    set_append_only(lake, table, is_on=True)


def set_append_only(lake: Lake, table: Table, *, is_on: bool) -> None:
    """Lift the guard against removals, or set it as the contract says; nothing is written where it is so already."""
    setting = "true" if is_on and table.append_only else "false"
    (detail,) = lake.table(table.name).detail().select("properties").collect()
    if detail["properties"].get(_APPEND_ONLY) == setting:
        return
    # The catalog takes names, and not a text of SQL, in which a path could say something else.
    jvm, gateway = lake.spark._jvm, lake.spark.sparkContext._gateway
    assert jvm is not None
    assert gateway is not None
    catalog = jvm.org.apache.spark.sql.connector.catalog
    namespace = gateway.new_array(jvm.java.lang.String, 1)
    namespace[0] = "delta"
    changes = gateway.new_array(catalog.TableChange, 1)
    changes[0] = catalog.TableChange.setProperty(_APPEND_ONLY, setting)
    tables = lake.spark._jsparkSession.sessionState().catalogManager().catalog("spark_catalog")
    tables.alterTable(catalog.Identifier.of(namespace, lake.path(table.name)), changes)


def files_with(lake: Lake, table: Table, is_there: Mapping[str, DataFrame]) -> list[str]:
    """The paths of a table's Parquet files that the newest version does not name and that hold one of these ids.

    `is_there` has for a column the ids that are looked for, in a column of its name; a list holds an id where one of its items is it.
    Among the files are those of earlier versions, of the change feed and of writes that stopped; one that was not written to its end
    cannot be read and is named whatever it holds.
    """
    named = {uri.rsplit("/", 1)[-1] for uri in lake.read(table.name).inputFiles()}
    unnamed = [each for each in lake.files.parquet_files(lake.path(table.name)) if each.name not in named]
    whole = [each.path for each in unnamed if each.is_whole]
    columns = [column for column in table.columns if column.name in is_there]
    if not whole or not columns:
        return [each.path for each in unnamed if not each.is_whole]
    schema = StructType.fromDDL(", ".join(f"{column.name} {column.type}" for column in columns))
    assert isinstance(schema, StructType)
    # Without the lookup of folders a partition would be taken for a column of the file.
    reader = lake.spark.read.schema(schema).option("recursiveFileLookup", "true")
    rows = reader.parquet(*whole).withColumn("_file", F.col("_metadata.file_name"))
    hits = []
    for column in columns:
        ids = F.explode(column.name) if column.type.startswith("array") else F.col(column.name)
        looked_for = is_there[column.name].select(column.name)
        hits.append(
            rows.select("_file", ids.alias(column.name))
            .join(F.broadcast(looked_for), column.name, "left_semi")
            .select("_file")
        )
    holding = {row["_file"] for row in reduce(DataFrame.unionByName, hits).distinct().collect()}
    return [each.path for each in unnamed if not each.is_whole or each.name in holding]
