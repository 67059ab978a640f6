"""Files of a lake through Hadoop's file systems, so that a folder and an object store are the same."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

_PARQUET_ENDS_WITH = b"PAR1"


class ParquetFile(NamedTuple):
    """A file's path and name, and whether it was written to its end."""

    path: str
    name: str
    is_whole: bool


class HadoopFiles:
    """The files that a session can reach, by path or URI."""

    def __init__(self, spark: SparkSession) -> None:
        jvm = spark._jvm
        assert jvm is not None
        self._jvm: Any = jvm
        self._configuration = spark.sparkContext._jsc.hadoopConfiguration()

    def _at(self, uri: str, *, is_encoded: bool = False) -> tuple[Any, Any]:
        path = self._jvm.org.apache.hadoop.fs.Path(self._jvm.java.net.URI(uri) if is_encoded else uri)
        return path.getFileSystem(self._configuration), path

    def exists(self, uri: str, *, is_encoded: bool = False) -> bool:
        """`is_encoded`: a URI as Spark names its input files."""
        system, path = self._at(uri, is_encoded=is_encoded)
        return bool(system.exists(path))

    def text(self, uri: str) -> str:
        system, path = self._at(uri)
        stream = system.open(path)
        try:
            return bytes(stream.readAllBytes()).decode()
        finally:
            stream.close()

    def create(self, uri: str, text: str) -> bool:
        """Write a new file; False where there is one."""
        system, path = self._at(uri)
        try:
            stream = system.create(path, False)
        except Py4JJavaError as error:
            if "FileAlreadyExistsException" in str(error.java_exception.getClass().getName()):
                return False
            raise
        stream.write(bytearray(text.encode()))
        stream.close()
        return True

    def delete(self, uri: str) -> None:
        """Take a file away, with the checksum that a local file system keeps beside it."""
        system, path = self._at(uri)
        system.delete(path, False)

    def parquet_files(self, folder: str) -> Iterator[ParquetFile]:
        """The Parquet files of a table: in its folder and below, but for its log."""
        system, path = self._at(folder)
        found = system.listFiles(path, True)
        while found.hasNext():
            status = found.next()
            file = status.getPath()
            if file.getName().endswith(".parquet") and "/_delta_log/" not in file.toString():
                yield ParquetFile(file.toString(), file.getName(), self._is_whole(system, status))

    def _is_whole(self, system: Any, status: Any) -> bool:
        size = len(_PARQUET_ENDS_WITH)
        if status.getLen() < size:
            return False
        stream = system.open(status.getPath())
        try:
            stream.seek(status.getLen() - size)
            return bytes(stream.readNBytes(size)) == _PARQUET_ENDS_WITH
        finally:
            stream.close()
