"""The files of a delivery: which they are, and the hash of what they hold."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from clear_record.errors import InputRefused

_HIDDEN = (".", "_")


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file: its name, where it is, and the SHA-256 (hex) and number of its bytes."""

    name: str
    uri: str
    sha256: str
    bytes: int


def find_files(spark: SparkSession, inputs: Sequence[str]) -> list[DeliveredFile]:
    """The files that `inputs` (files and folders, paths or URIs) name, in their order, those of a folder by name.

    A name is a plain name: no glob, no list. Files whose names begin with `.` or `_` are passed over in folders.
    Raises InputRefused for a path that is not there, an empty file, and for the same content under two names.
    """
    # Every thread asks for the same file system; the first one makes it.
    found = [status for each in inputs for status in _files_under(spark, each)]
    unique = {_uri(spark, status): status for status in found}
    if not unique:
        raise InputRefused(f"there is no file to read in [{', '.join(inputs)}]")
    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(lambda status: _hashed(spark, status), unique.values()))
    by_content: dict[str, str] = {}
    for file in files:
        if file.bytes == 0:
            raise InputRefused(f"file [{file.name}] is empty; ask for it again")
        if file.sha256 in by_content:
            raise InputRefused(
                f"files [{by_content[file.sha256]}] and [{file.name}] hold the same; deliver the content once"
            )
        by_content[file.sha256] = file.name
    return files


def names_in(spark: SparkSession, folder: str) -> dict[str, list[str]]:
    """What stands in a folder (a path or URI), hidden things aside: each name with the names in it, if it is a folder.

    Raises InputRefused where there is no such folder.
    """
    with _readable(folder):
        path = _path(spark, folder)
        system = path.getFileSystem(spark._jsc.hadoopConfiguration())
        if not system.getFileStatus(path).isDirectory():
            raise InputRefused(f"[{folder}] is a file; name the folder that holds the tables")
        found = {}
        for status in system.listStatus(path):
            inside = system.listStatus(status.getPath()) if status.isDirectory() else []
            found[str(status.getPath().getName())] = sorted(str(each.getPath().getName()) for each in inside)
    return {name: found[name] for name in sorted(found) if not name.startswith(_HIDDEN)}


def content_id(source: str, hashes: Iterable[str]) -> str:
    """What a delivery holds: a hash (128 bits, hex) of its source and of the hashes of its files or tables, whatever their names or order."""
    return _hash_of(source, *sorted(hashes))


def delivery_id(content: str, received_on: date, before: str | None) -> str:
    """The id of a delivery with this content, received on a day, after another one of its source (None: the first).

    Days that nothing else bounds end with the day on which it came, so that what was begun on one day is not completed on another.
    """
    return _hash_of(content, received_on.isoformat(), *([] if before is None else [before]))


def _hash_of(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _files_under(spark: SparkSession, input: str) -> list[Any]:
    with _readable(input):
        path = _path(spark, input)
        system = path.getFileSystem(spark._jsc.hadoopConfiguration())
        status = system.getFileStatus(path)
        if not status.isDirectory():
            if path.getName().startswith(_HIDDEN):
                raise InputRefused(f"[{input}] is a hidden file; rename it if it is meant")
            return [status]
        return _files_in(system, path)


def _path(spark: SparkSession, input: str) -> Any:
    jvm = spark._jvm
    assert jvm is not None
    hadoop = jvm.org.apache.hadoop.fs
    # A path without a scheme is one of this machine, to the letter: `#` and `%` are part of the name.
    return (
        hadoop.Path(input)
        if "://" in input
        else hadoop.Path(jvm.java.io.File(input).getAbsoluteFile().toURI())
    )


@contextmanager
def _readable(input: str) -> Iterator[None]:
    try:
        yield
    except Py4JJavaError as error:
        raise InputRefused(f"[{input}] cannot be read: name a file or folder that is there") from error


def _files_in(system: Any, folder: Any) -> list[Any]:
    inside = sorted(system.listStatus(folder), key=lambda each: str(each.getPath().getName()))
    visible = [each for each in inside if not each.getPath().getName().startswith(_HIDDEN)]
    files = [each for each in visible if not each.isDirectory()]
    return files + [
        file for each in visible if each.isDirectory() for file in _files_in(system, each.getPath())
    ]


def _uri(spark: SparkSession, status: Any) -> str:
    """The URI of a file as Spark prints it in `_metadata.file_path`: `file:/a`, never `file:///a`."""
    jvm = spark._jvm
    assert jvm is not None
    return str(jvm.org.apache.hadoop.fs.Path(status.getPath().toString()).toUri().toString())


def _hashed(spark: SparkSession, status: Any) -> DeliveredFile:
    jvm = spark._jvm
    assert jvm is not None
    path = status.getPath()
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).open(path)
    try:
        sha256 = jvm.org.apache.commons.codec.digest.DigestUtils.sha256Hex(stream)
    except Py4JJavaError as error:
        # Hadoop keeps a checksum beside each file that it writes.
        if "ChecksumException" not in str(error):
            raise
        raise InputRefused(
            f"[{path.getName()}] is not what the checksum file beside it says (.{path.getName()}.crc): ask for it again, "
            "or take the checksum file away if the file was meant to change"
        ) from error
    finally:
        stream.close()
    return DeliveredFile(str(path.getName()), _uri(spark, status), str(sha256), int(status.getLen()))
