"""The Spark session that every job runs in, and the checks that it must pass.

Configuration comes from what was measured (docs/performance.md): the Delta jars on the class path, so that a start needs no
resolver and no network; the parallel collector; and methods of any size compiled, because Spark generates large ones.
"""

import base64
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pyspark import SparkConf, SparkContext
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType
from pyspark.storagelevel import StorageLevel

from clear_record.errors import InputRefused

DELTA_PACKAGE = "io.delta:delta-spark_4.2_2.13:4.4.0"

# Results depend on these two: what was believed under other rules was not believed.
_RESULT_CONF = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
}

# Spark generates large methods, which are left interpreted otherwise.
_COMPILED = "-XX:+UseParallelGC -XX:-DontCompileHugeMethods"

_ENGINE_CONF = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.sources.default": "delta",
    "spark.ui.enabled": "false",
    # Noting the Python line of every Column takes about half of the time in which a law is compiled.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Spark keeps the plans of the last thousand queries for a page that nobody sees.
    "spark.sql.ui.retainedExecutions": "10",
    # One snapshot partition: the logs of these tables are short, and the default of 50 costs seconds a table.
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.stats.collect.using.tableSchema": "true",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    # A window over (person, charge) is served by rows that are spread by person alone.
    "spark.sql.requireAllClusterKeysForCoPartition": "false",
    # A window over (person, charge) comes before one over the person, whose sort it serves; this rule turns them round.
    "spark.sql.optimizer.excludedRules": "org.apache.spark.sql.catalyst.optimizer.TransposeWindow",
    # The generated code of a whole flow: with the default of 100 it would be made, and compiled, again and again.
    "spark.sql.codegen.cache.maxEntries": "1000",
    # A larger method is left interpreted: better the same operators one by one, in small methods.
    "spark.sql.codegen.hugeMethodLimit": "20000",
    # Rows that are sorted by their group already are not put into a hash table, twice.
    "spark.sql.execution.replaceHashWithSortAgg": "true",
    "spark.sql.shuffle.partitions": "16",
    # Reading 95 fields costs more than moving bytes: smaller splits keep all cores busy to the end.
    "spark.sql.files.maxPartitionBytes": "32m",
    "spark.driver.maxResultSize": "256m",
    # What Spark logs of a failed task holds the values of rows, on executors too. They begin with a log of their own, so that
    # the driver's level (and syncLogLevel, which is undone as they start) does not do.
    "spark.log.level": "OFF",
    "spark.executor.defaultJavaOptions": f"{_COMPILED} -Dlog4j2.level=OFF",
}

_LOGGING = Path(__file__).with_name("log4j2.properties")
_JAVA_OPTIONS = f"{_COMPILED} -Dlog4j2.configurationFile={_LOGGING.as_uri()}"


def session(name: str, *, master: str | None = None, memory: str | None = None) -> SparkSession:
    """The session of a job.

    Under spark-submit the cluster's own master, memory and jars hold, and only what is not set is added. `master`
    (for example `local[2]`) and `memory` (driver heap) serve a single machine. Raises InputRefused where the session
    would change results: ANSI mode off, a time zone other than UTC, or corrupt files ignored.
    """
    builder = SparkSession.builder.appName(f"clear-record {name}")
    chosen = _chosen() if _is_submitted() else set()
    if not _is_submitted():
        builder = builder.master(master or os.environ.get("CLEAR_RECORD_MASTER", "local[*]"))
        # The heap and the collector are fixed when the JVM starts; on a cluster they are the operator's to choose.
        builder = builder.config("spark.driver.memory", memory or os.environ.get("CLEAR_RECORD_MEMORY", "3g"))
        builder = builder.config("spark.driver.extraJavaOptions", _JAVA_OPTIONS)
        for key, setting in _jars().items():
            builder = builder.config(key, setting)
    for key in _ENGINE_CONF.keys() - chosen:
        builder = builder.config(key, _ENGINE_CONF[key])
    with _quiet_start():
        spark = builder.getOrCreate()
    check(spark)
    return spark


def check(spark: SparkSession) -> None:
    """Refuse a session whose settings could change what a run finds."""
    for key, expected in _RESULT_CONF.items():
        actual = spark.conf.get(key)
        if actual != expected and spark.sparkContext.getConf().contains(key):
            raise InputRefused(
                f"Spark is set to {key}=[{actual}], which changes results; set it to {expected}"
            )
        spark.conf.set(key, expected)
    for key in ("spark.sql.files.ignoreCorruptFiles", "spark.sql.files.ignoreMissingFiles"):
        if spark.conf.get(key) != "false":
            raise InputRefused(f"Spark is set to {key}=[true], which loses rows in silence; set it to false")


Keep = Callable[[DataFrame], DataFrame]
"""Gives rows that are computed once and kept for a while (see `kept`)."""


def kept(stack: ExitStack, rows: DataFrame) -> DataFrame:
    """The rows, computed once and kept on disk until `stack` closes."""
    stored = rows.persist(StorageLevel.DISK_ONLY)
    stack.callback(stored.unpersist)
    return stored


def begun_anew(rows: DataFrame) -> DataFrame:
    """The rows, computed now and kept on two executors' disks: plans that go on from here do not hold how they came to be.

    Spark goes through a whole plan at each step, so that what many others build on costs more to plan than to compute.
    """
    return rows.localCheckpoint(eager=True, storageLevel=StorageLevel.DISK_ONLY_2)


_MOST_SENT = 500_000


def sent_where_few(ids: DataFrame) -> DataFrame:
    """Ids, begun anew, for joins: a table that is joined with them stays where it is if they are few enough for each executor to hold."""
    ids = begun_anew(ids)
    return F.broadcast(ids) if ids.count() <= _MOST_SENT else ids


def small_table(
    spark: SparkSession, rows: Iterable[Sequence[Any] | Mapping[str, Any]], ddl: str
) -> DataFrame:
    """A table of values that the driver has (in the order of the columns, or by name), in the columns of `ddl`.

    `createDataFrame` would start Python processes on the executors for it. The values stand in no plan, as literals would.
    """
    schema = StructType.fromDDL(ddl)
    assert isinstance(schema, StructType)
    names = schema.fieldNames()
    written = json.dumps([_by_name(row, names) for row in rows])
    jvm = spark._jvm
    assert jvm is not None
    values = jvm.java.util.ArrayList()
    values.add(written)
    texts = spark._jsparkSession.createDataset(values, jvm.org.apache.spark.sql.Encoders.STRING())
    read = F.from_json("value", ArrayType(schema), {"mode": "FAILFAST"})
    return DataFrame(texts.toDF(), spark).select(F.inline(read))


def _by_name(row: Sequence[Any] | Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    values = [row[name] for name in names] if isinstance(row, Mapping | Row) else row
    return dict(zip(names, map(_plain, values), strict=True))


def _plain(value: Any) -> Any:
    """A value as JSON has it, in the forms that Spark reads back."""
    match value:
        case Row():
            return {name: _plain(each) for name, each in value.asDict().items()}
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case bytes() | bytearray():
            return base64.b64encode(value).decode()
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Give the JVM that is started here no terminal to write to: its notices are not for our users.

    What fails in it comes back as an exception. CLEAR_RECORD_DEBUG keeps the terminal.
    """
    if _is_submitted() or "CLEAR_RECORD_DEBUG" in os.environ:
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _is_submitted() -> bool:
    """Whether spark-submit or a platform started this process, so that its own settings hold."""
    return not os.environ.keys().isdisjoint(
        ("SPARK_ENV_LOADED", "PYSPARK_GATEWAY_PORT", "DATABRICKS_RUNTIME_VERSION")
    )


def _chosen() -> set[str]:
    """The names of the settings that spark-submit was given: what a session is built with would replace them."""
    SparkContext._ensure_initialized()  # noqa: SLF001 - without the JVM that waits for us, a SparkConf is empty
    return {key for key, _ in SparkConf().getAll()}


def _jars() -> dict[str, str]:
    """Class path settings for Delta: a folder of jars if there is one, else Spark's own resolver."""
    beside_project = Path(__file__).resolve().parent.parent / ".jars"
    folder = Path(os.environ.get("CLEAR_RECORD_JARS") or beside_project)
    with_jars = sorted({str(jar.parent / "*") for jar in folder.glob("**/*.jar")})
    if not with_jars:
        return {"spark.jars.packages": DELTA_PACKAGE}
    # A class path is read in place; spark.jars would copy every jar at each start.
    return {f"spark.{process}.extraClassPath": ":".join(with_jars) for process in ("driver", "executor")}
