"""Whether names, numbers or keys stand where they must not: every file of a folder is looked at, and Parquet files row by row, too."""

import base64
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession

from clear_record.ingest.ids import _pads
from clear_record.keys import IdKey
from clear_record.synth.people import CANARY

_WORD = re.compile(r"[\w-]+")


def leaks_in(folder: Path, secrets: Iterable[str]) -> list[str]:
    """The files that hold one of the secrets (words of letters, digits and -) or a canary, each with one that it holds.

    A file is read as it is (logs, checkpoints, checksums, statistics in the footers of Parquet files), and a Parquet file also as
    its rows, since values stand in its pages packed, or once in a dictionary.
    """
    hidden = set(secrets)
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        for text in _texts(path):
            held = said_in(text, hidden) or ([CANARY] if CANARY in text else [])
            if held:
                found.append(f"{path.relative_to(folder)}: {held[0]}")
                break
    return found


def said_in(text: str, secrets: Iterable[str]) -> list[str]:
    """The secrets that stand in a text as words."""
    return sorted(set(secrets).intersection(_WORD.findall(text)))


def traces(root: Path, *texts: str) -> list[str]:
    """Those of the texts, in their order, that stand in any file, whatever version of a table it is of."""
    said = "\n".join(text for path in root.rglob("*") if path.is_file() for text in _texts(path))
    return [each for each in texts if each in said]


def _texts(path: Path) -> Iterator[str]:
    yield path.read_bytes().decode("latin-1")
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            rows = connection.sql(
                "SELECT to_json(each)::VARCHAR FROM read_parquet(?) AS each", params=[str(path)]
            )
            yield "\n".join(row[0] for row in rows.fetchall())


@contextmanager
def events_logged(spark: SparkSession, folder: Path) -> Iterator[Path]:
    """Keeps what Spark tells its history server within the block: jobs, plans, metrics."""
    folder.mkdir()
    jvm, context = spark._jvm, spark.sparkContext._jsc.sc()
    assert jvm is not None
    conf = context.conf().clone().set("spark.eventLog.compress", "false")
    log = jvm.org.apache.spark.scheduler.EventLoggingListener(
        context.applicationId(),
        jvm.scala.Option.empty(),
        jvm.java.net.URI(folder.as_uri()),
        conf,
        context.hadoopConfiguration(),
    )
    log.start()
    context.addSparkListener(log)
    try:
        yield folder
    finally:
        context.listenerBus().waitUntilEmpty()
        context.removeSparkListener(log)
        log.stop()


def forms_of(key: IdKey) -> Iterator[str]:
    """The forms in which a plan would print a ring, or the pads of its HMACs: the beginnings, since plans cut what is long."""
    for held in (*key.secrets, *_pads(key)):
        yield held.hex()[:24]
        yield base64.b64encode(held).decode()[:16].lower()
        yield ", ".join(str(byte if byte < 128 else byte - 256) for byte in held[:8])
