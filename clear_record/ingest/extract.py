"""A delivery of a flat extract: its files, and the records in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F

from clear_record.ingest.beside import beside_earlier
from clear_record.ingest.cells import cells_of
from clear_record.ingest.earlier import SEALED, Beside, Gone
from clear_record.ingest.files import DeliveredFile, content_id, find_files
from clear_record.ingest.folding import charges, cycles, step_counts, with_texts_read
from clear_record.ingest.inspection import FileShape
from clear_record.ingest.reader import Totals
from clear_record.ingest.reading import read_rows
from clear_record.ingest.records import Records, identified
from clear_record.ingest.rows import DEFECTS, typed_rows
from clear_record.ingest.source import Source
from clear_record.ingest.texts import distinct_texts, read_dispositions, read_offenses
from clear_record.keys import IdKey
from clear_record.lake import Lake
from clear_record.spark import Keep

_WRITTEN = (
    "charge",
    "subject",
    "disposition",
    "sentence",
    "supervision",
    "registration",
    "reject",
    "coverage",
)


class ExtractDelivery:
    """The files that `inputs` (files and folders) name; see `reader.Opened`.

    Raises InputRefused for files that are not of the source.
    """

    def __init__(
        self,
        spark: SparkSession,
        source: Source,
        inputs: Sequence[str],
        key: IdKey,
        received_on: date,
        keep: Keep,
    ) -> None:
        self._spark, self._source, self._key, self._keep = spark, source, key, keep
        self._received_on = received_on
        self._files = find_files(spark, inputs)
        self.content_id = content_id(source.name, [file.sha256 for file in self._files])

    def read(self, delivery_id: str) -> "ExtractRecords":
        """The records of the files."""
        source, defects = self._source, Observation("defects")
        cells, shapes = read_rows(
            self._spark,
            source,
            [file.uri for file in self._files],
            # The one exchange. It comes after the cut, which costs more than moving what is left of a line.
            lambda lines: cells_of(lines, source).repartition("subject"),
            self._keep,
        )
        offenses, folded = _fold(cells, source, self._key, self._received_on, defects)
        records = Records(self._keep(folded), offenses, source, self._key, delivery_id, self._received_on)
        return ExtractRecords(self._files, shapes, records, defects)


@dataclass(frozen=True)
class ExtractRecords:
    """The records of an extract; see `reader.RecordRows`. Beside earlier deliveries `beside` says what becomes of them."""

    _files: Sequence[DeliveredFile]
    _shapes: Sequence[FileShape]
    _records: Records
    _defects: Observation
    _lake: Lake | None = None
    _beside: Beside | None = None

    @property
    def rows_read_count(self) -> int:
        return sum(shape.rows_count for shape in self._shapes)

    def unreadable_count(self) -> int:
        counted = F.sum(F.when(F.col("subject_id").isNull(), F.size("rejects")))
        return self._records.folded.agg(counted.alias("count")).collect()[0]["count"] or 0

    def beside(self, lake: Lake, keep: Keep) -> "ExtractRecords":
        records = self._records
        tables = {name: records.rows(name) for name in _WRITTEN}
        beside = beside_earlier(lake, records.source, records.delivery_id, tables, records.received_on)
        standings = beside.charges.select("charge_id", "standing")
        folded = keep(records.folded.join(standings, "charge_id", "left"))
        return replace(self, _records=replace(records, folded=folded), _lake=lake, _beside=beside)

    def tables(self) -> Mapping[str, DataFrame]:
        records, beside = self._records, self._beside
        if beside is None:
            return {table: records.rows(table) for table in _WRITTEN}
        is_new = F.col("standing").isNull() | (F.col("standing") == "new")
        new = replace(records, folded=records.folded.where(is_new))
        tables = {table: new.rows(table) for table in _WRITTEN}
        for table in ("subject", "registration"):
            tables[table] = beside.added(table, records.rows(table))
        if beside.withdrawals is not None:
            tables["withdrawal"] = beside.withdrawals
        return {**tables, "reject": records.rows("reject").unionByName(records.conflicts)}

    def gone(self) -> Mapping[str, Gone]:
        return {} if self._beside is None else self._beside.gone()

    def totals(self) -> Totals:
        """Of a charge that the lake has already, or that was sealed, all rows collapse; of one in conflict the row that stands for it is
        rejected."""
        folded = self._records.folded
        standing = F.col("standing") if self._lake else F.lit(None).cast("string")
        known = F.sum(F.when(standing.isin("known", SEALED), F.col("rows_count")).otherwise(0))
        conflicts = F.count_if(standing == "conflict")
        totals = folded.agg(
            (F.sum("accepted_count") - known - conflicts).alias("accepted"),
            (F.sum("collapsed_count") + known).alias("collapsed"),
            (F.sum(F.coalesce(F.size("rejects"), F.lit(0))) + conflicts).alias("rejected"),
        )
        return Totals(*totals.collect()[0])

    def identities(self) -> Mapping[str, DataFrame]:
        return {}

    def files(self) -> list[Row]:
        return [_file_row(file, shape) for file, shape in zip(self._files, self._shapes, strict=True)]

    def control_totals(self) -> Mapping[str, int]:
        defects = {name: self._defects.get[name] or 0 for name in DEFECTS}
        if self._lake is None or not self._lake.exists("seal"):
            return defects
        return {**defects, "sealed_charges": self._records.folded.where(F.col("standing") == SEALED).count()}


def _file_row(file: DeliveredFile, shape: FileShape) -> Row:
    return Row(
        name=file.name,
        uri=file.uri,
        sha256=file.sha256,
        bytes=file.bytes,
        rows=shape.rows_count,
        has_header=shape.has_header,
    )


def _fold(
    cells: DataFrame, source: Source, key: IdKey, received_on: date, defects: Observation
) -> tuple[DataFrame, DataFrame]:
    """The offenses of the delivery, and its charges under the lake's ids."""
    spark: SparkSession = cells.sparkSession
    texts = distinct_texts(cells)
    offenses = read_offenses(spark, texts.offenses)
    dispositions = read_dispositions(spark, source, texts.dispositions)
    rows = typed_rows(cells, source, received_on).observe(
        defects, *[F.sum(name).alias(name) for name in DEFECTS]
    )
    counts = step_counts(with_texts_read(rows, offenses, dispositions))
    return offenses, identified(charges(cycles(counts), source, received_on), source, key, offenses)
