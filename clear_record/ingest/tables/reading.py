"""The rows of one table, whatever its format: typed, spread by person, sorted by charge, and kept; and what was seen of it.

This is the one exchange of a table. A text file is cut by its lines as those of an extract are, so that the line is the true one.
"""

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame, Row, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, StructType, TimestampNTZType, TimestampType

from clear_record.errors import InputRefused
from clear_record.ingest.cells import Flaw, cut, is_unprintable, said, whole_of
from clear_record.ingest.files import DeliveredFile
from clear_record.ingest.reading import plain_name, read_rows
from clear_record.ingest.source import Encoding
from clear_record.ingest.tables.finding import FoundTable, plain_errors, reader_of
from clear_record.ingest.tables.source import Role, Table, TablesSource
from clear_record.ingest.tables.typing import typed_rows
from clear_record.keys import IdKey
from clear_record.spark import Keep, small_table

_BOM = "\ufeff"
_LONGEST_HEADER_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How the tables of a delivery are read: by which description and key, received when, over how many partitions."""

    source: TablesSource
    key: IdKey
    received_on: date
    partitions: int
    keep: Keep


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table that was read: its typed rows, and its files (or itself) as the `delivery` row has them."""

    found: FoundTable
    rows: DataFrame
    files: list[Row]

    @property
    def rows_count(self) -> int:
        return sum(file["rows"] for file in self.files)

    @property
    def content_sha256(self) -> list[str]:
        """The hashes of what its files, or its rows, hold."""
        return [file["sha256"] for file in self.files]


def read_table(spark: SparkSession, found: FoundTable, reading: Reading) -> ReadTable:
    """The rows of a table (`typing.typed_rows`, with file and line), kept, spread by subject_id and sorted by it and the charge.

    Raises InputRefused where the table has columns that the source does not name, lacks one that it does, cannot be read, or has
    fewer rows than the source's minimum.
    """
    if found.format == "csv":
        return _read_csv(spark, found, reading)
    with plain_errors(found):
        return _read_typed(spark, found, reading)


def check_columns(source: TablesSource, table: Table, names: Sequence[str]) -> dict[str, str]:
    """The table's own name of each column that is read; letters' case does not count. Raises InputRefused."""
    actual: dict[str, str] = {}
    for name in names:
        if actual.setdefault(name.upper(), name) != name or list(names).count(name) > 1:
            raise InputRefused(f"table [{table.name}] has two columns [{name}]")
    used = {name.upper(): name for name in table.read}
    named = {*used, *(name.upper() for name in table.unused)}
    unnamed = [name for upper, name in actual.items() if upper not in named]
    missing = [name for upper, name in used.items() if upper not in actual]
    problems = []
    if unnamed:
        problems.append(f"has columns that the source does not name: {', '.join(unnamed[:5])}")
    if missing:
        problems.append(f"lacks columns: {', '.join(missing[:5])}")
    if problems:
        raise InputRefused(
            f"table [{table.name}] {' and '.join(problems)}; map each column in source [{source.name}], "
            "or name it under identity, or under unused with the reason"
        )
    return {name: actual[upper] for upper, name in used.items()}


# --- text files --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _TextTable:
    """The layout of a table's text files; see `source.Layout`."""

    name: str
    encoding: Encoding
    delimiter: str
    columns: tuple[str, ...]
    header_line: str
    person_column: str
    minimum_rows: int
    malformed_share: float

    @property
    def header(self) -> str:
        return self.columns[0]

    @property
    def is_utf8(self) -> bool:
        return self.encoding == "utf-8"


def _read_csv(spark: SparkSession, found: FoundTable, reading: Reading) -> ReadTable:
    source, table = reading.source, found.table
    layout = _layout(spark, found, source)
    names = check_columns(source, table, layout.columns)

    def cells(lines: DataFrame) -> DataFrame:
        cut_lines = cut(lines, layout)
        row = F.col("row")
        columns = _cells(table, source, {name: row[actual] for name, actual in names.items()})
        return _spread(cut_lines.select(*whole_of(cut_lines, layout), *columns), found, reading)

    rows, shapes = read_rows(spark, layout, [file.uri for file in found.files], cells, reading.keep)
    files = [
        _file_row(file, shape.rows_count, shape.has_header)
        for file, shape in zip(found.files, shapes, strict=True)
    ]
    return ReadTable(found, _placed(rows, found), files)


def _layout(spark: SparkSession, found: FoundTable, source: TablesSource) -> _TextTable:
    """The layout that the headers of a table's files say. Raises InputRefused where they differ or cannot be read."""
    table = found.table
    encoding, delimiter = table.encoding or source.encoding, table.delimiter or source.delimiter
    headers = {file.name: _first_line(spark, file, encoding) for file in found.files}
    header = headers[found.files[0].name]
    for name, other in headers.items():
        if other != header:
            raise InputRefused(
                f"files [{found.files[0].name}] and [{name}] of table [{table.name}] have other headers; deliver one layout"
            )
    columns = tuple(name.strip() for name in next(csv.reader([header], delimiter=delimiter), []))
    minimum = source.minimum_rows if table.minimum_rows is None else table.minimum_rows
    return _TextTable(
        f"{source.name}.{table.name}",
        encoding,
        delimiter,
        columns,
        header,
        table.column_of("subject"),
        minimum,
        source.malformed_share,
    )


def _first_line(spark: SparkSession, file: DeliveredFile, encoding: Encoding) -> str:
    """The first line of a file, unpacked if it is packed."""
    jvm = spark._jvm
    assert jvm is not None
    path = jvm.org.apache.hadoop.fs.Path(jvm.java.net.URI(file.uri))
    stream = path.getFileSystem(spark._jsc.hadoopConfiguration()).open(path)
    try:
        opened = jvm.java.util.zip.GZIPInputStream(stream) if file.name.endswith(".gz") else stream
        head = bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(
            jvm.org.apache.commons.io.input.BoundedInputStream(opened, _LONGEST_HEADER_BYTES)
        ))  # fmt: skip
    finally:
        stream.close()
    line, newline, _ = head.partition(b"\n")
    if not newline and len(head) == _LONGEST_HEADER_BYTES:
        raise InputRefused(f"file [{file.name}] has no header")
    try:
        return line.decode(encoding).removeprefix(_BOM).rstrip("\r")
    except UnicodeDecodeError as error:
        raise InputRefused(
            f"file [{file.name}] is not {encoding}, as its source declares; convert it or declare its encoding"
        ) from error


# --- tables with types -------------------------------------------------------------------------------------


def _read_typed(spark: SparkSession, found: FoundTable, reading: Reading) -> ReadTable:
    source, table = reading.source, found.table
    raw = reader_of(spark, found, [plain_name(spark, file.uri) for file in found.files])
    for file in found.files[1:]:
        # Spark would fill what a file lacks with nulls.
        if reader_of(spark, found, [plain_name(spark, file.uri)]).schema != raw.schema:
            raise InputRefused(
                f"files [{found.files[0].name}] and [{file.name}] of table [{table.name}] have other columns; deliver one layout"
            )
    names = check_columns(source, table, raw.columns)
    texts = _as_texts(raw.schema, source.dates_of(table))
    columns = _cells(table, source, {name: texts(actual) for name, actual in names.items()})
    everything = F.concat_ws("\n", *[F.col(f"`{actual}`").cast("string") for actual in names.values()])
    whole = [F.when(is_unprintable(everything), int(Flaw.UNPRINTABLE)).otherwise(0).alias("flaws")]
    if found.format == "parquet":
        whole += [F.col("_metadata.file_path").alias("uri"), (F.col("_metadata.row_index") + 1).alias("line")]
        cells = raw.select(*whole, *columns)
        uris = small_table(
            spark,
            [(at, file.uri) for at, file in enumerate(found.files, start=1)],
            "file int, uri string",
        )
        cells = cells.join(F.broadcast(uris), "uri").drop("uri")
    else:
        parts = [F.coalesce(texts(actual), F.lit("")) for actual in _key_of(table, names)]
        whole += [
            F.lit(1).alias("file"),
            F.concat_ws("|", *[F.trim(part) for part in parts]).alias("key_text"),
        ]
        content = F.sha2(F.concat(*[_counted(texts(actual)) for actual in names.values()]), 256)
        limbs = [
            F.conv(F.substring(content, start, 15), 16, 10).cast("bigint").alias(f"content_{start}")
            for start in (1, 16)
        ]
        cells = raw.select(*whole, *columns, *limbs)
    rows = _spread(cells, found, reading)
    if not found.files:
        rows = _with_twins(rows)
    rows = reading.keep(rows)
    minimum = source.minimum_rows if table.minimum_rows is None else table.minimum_rows
    files = _counted_files(rows, found)
    if sum(file["rows"] for file in files) < minimum:
        raise InputRefused(
            f"table [{table.name}] has {sum(file['rows'] for file in files)} rows; source [{source.name}] expects {minimum} or more"
        )
    return ReadTable(found, _placed(rows, found), files)


def _with_twins(rows: DataFrame) -> DataFrame:
    """The rows with `twin` (int): rows that say the same have the same place, and are told apart by it."""
    alike = [name for name in ("subject_id", "charge_id", "key_hash", "content_hash") if name in rows.columns]
    same = Window.partitionBy(*alike).orderBy("content_hash")
    return rows.withColumn("twin", F.row_number().over(same))


def _as_texts(schema: StructType, patterns: Sequence[str]) -> Callable[[str], Column]:
    """A column as the text that a file would print: days by the first whole pattern, all else plainly."""
    pattern = next(each for each in patterns if "dd" in each)
    days = {
        field.name
        for field in schema
        if isinstance(field.dataType, DateType | TimestampType | TimestampNTZType)
    }

    def text(name: str) -> Column:
        column = F.col(f"`{name}`")
        return F.date_format(column.cast("date"), pattern) if name in days else column.cast("string")

    return text


def _key_of(table: Table, names: dict[str, str]) -> list[str]:
    """The columns by which a row is found in its table."""
    key = table.key or (table.roles["charge"][1] if "charge" in table.roles else table.roles["subject"][1])
    return [names[column] for column in key]


def _counted(text: Column) -> Column:
    return F.coalesce(F.concat(F.length(text).cast("string"), F.lit(":"), text), F.lit("-"))


def _counted_files(rows: DataFrame, found: FoundTable) -> list[Row]:
    """The files (or the table itself) with their rows counted; a table's hash is over its rows, in any order."""
    if found.files:
        counts = {row["file"]: row["count"] for row in rows.groupBy("file").count().collect()}
        return [
            _file_row(file, counts.get(at, 0), has_header=False)
            for at, file in enumerate(found.files, start=1)
        ]
    sums = [F.sum(F.col(name).cast("decimal(38,0)")).alias(name) for name in ("content_1", "content_16")]
    summed = rows.agg(F.count("*").alias("count"), *sums).collect()[0]
    content = "\n".join(str(each) for each in (found.table.name, *summed))
    version = "" if found.version is None else f"@{found.version}"
    return [
        Row(
            name=found.table.name,
            uri=f"{found.uri}{version}",
            sha256=hashlib.sha256(content.encode()).hexdigest(),
            bytes=0,
            rows=summed["count"],
            has_header=False,
        )
    ]


# --- cells, for every format -------------------------------------------------------------------------------


def _cells(table: Table, source: TablesSource, texts: dict[str, Column]) -> list[Column]:
    """The cells by the parts they play, and the hashes (bigint) of the row and of its key; blank_key names a blank key column.

    Of people and charges with what the vault keeps of them (`_identity`), which makes no row another one.
    """
    cells = {name: said(text, source.fillers) for name, text in texts.items()}
    columns = []
    for role, (kind, names) in table.roles.items():
        if kind is Role.CHARGE:
            columns += [cells[name].alias(f"charge_{i}") for i, name in enumerate(names)]
        else:
            columns.append(cells[names[0]].alias(role))
    blanks = [F.when(cells[name].isNull(), F.lit(name)) for name in table.key]
    return [
        *columns,
        *(_identity(table, cells) if table.names_its_rows else []),
        F.xxhash64(*[F.coalesce(cells[name], F.lit("")) for name in table.mapped]).alias("content_hash"),
        *(
            [F.xxhash64(*[F.coalesce(cells[name], F.lit("")) for name in table.key]).alias("key_hash")]
            if table.key
            else []
        ),
        (F.coalesce(*blanks) if blanks else F.lit(None).cast("string")).alias("blank_key"),
    ]


def _identity(table: Table, cells: dict[str, Column]) -> list[Column]:
    """How a row names its person and charge: person_number, charge_key (its columns, put together with |) and parts (map)."""
    parts = [part for name, column in table.identity.items() for part in (F.lit(name), cells[column])]
    named = F.create_map(*parts).cast("map<string, string>")
    return [
        cells[table.column_of("subject")].alias("person_number"),
        *(
            [F.concat_ws("|", *[cells[name] for name in table.roles["charge"][1]]).alias("charge_key")]
            if "charge" in table.roles
            else []
        ),
        F.map_filter(named, lambda _, value: value.isNotNull()).alias("parts"),
    ]


def _spread(cells: DataFrame, found: FoundTable, reading: Reading) -> DataFrame:
    """The cells typed, spread by person and sorted as every later step needs them."""
    rows = typed_rows(cells, reading.source, found.holds, found.table, reading.key, reading.received_on)
    order = [name for name in ("subject_id", "charge_id", "key_hash", "content_hash") if name in rows.columns]
    return rows.repartition(reading.partitions, "subject_id").sortWithinPartitions(*order)


def _placed(rows: DataFrame, found: FoundTable) -> DataFrame:
    """The rows with the position of their file in the whole delivery, and `twin`: 1 where a row has a place of its own."""
    twin = F.col("twin") if "twin" in rows.columns else F.lit(1)
    return rows.withColumns({"file": F.col("file") + F.lit(found.position - 1), "twin": twin})


def _file_row(file: DeliveredFile, rows_count: int, has_header: bool) -> Row:
    return Row(
        name=file.name,
        uri=file.uri,
        sha256=file.sha256,
        bytes=file.bytes,
        rows=rows_count,
        has_header=has_header,
    )
