"""Deliveries as files: what refuses one whole, and where its lines are."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from clear_record.configuration import conf_folders, find_source
from clear_record.errors import InputRefused, NeedsOverride
from clear_record.ingest.cells import Flaw, cells_of
from clear_record.ingest.delivery import ingest
from clear_record.ingest.files import find_files
from clear_record.ingest.reading import lines_of, read_rows
from clear_record.ingest.source import Source, read_source
from clear_record.keys import id_key
from clear_record.lake import Lake
from tests.spark.extracts import court, text_of, write

pytestmark = pytest.mark.spark

SOURCE = read_source(find_source("us_ca_doj", conf_folders()))
RECEIVED = date(2020, 1, 15)
ROWS = [court(f"P{number:02}", str(number), "20010301", "11359 HS") for number in range(1, 21)]
TEXT = text_of(ROWS)


def rows_of(spark: SparkSession, path: Path) -> DataFrame:
    """The rows of a file: line and cells."""
    return _read(spark, SOURCE, path)


def _read(spark: SparkSession, source: Source, path: Path) -> DataFrame:
    rows, _ = read_rows(
        spark, source, uris_of(spark, path), lambda lines: cells_of(lines, source), lambda rows: rows
    )
    return rows


def uris_of(spark: SparkSession, path: Path) -> list[str]:
    return [file.uri for file in find_files(spark, [str(path)])]


def renamed(text: str) -> str:
    return text.replace("DISP_DESCR", "DISPOSITION", 1)


def reordered(text: str) -> str:
    return text.replace("RECORD_ID,SUBJECT_STATUS", "SUBJECT_STATUS,RECORD_ID", 1)


def with_a_column_more(text: str) -> str:
    return "\n".join(line + ",X" for line in text.splitlines()) + "\n"


def with_a_column_less(text: str) -> str:
    return "\n".join(line.rpartition(",")[0] for line in text.splitlines()) + "\n"


def header_alone(text: str) -> str:
    return text.splitlines()[0] + "\n"


def with_an_open_quote(text: str) -> str:
    return text.replace(",LOS ANGELES,", ',"LOS ANGELES,', 1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            renamed,
            "the header of file [x.dat] is not that of source [us_ca_doj]: extra DISPOSITION; missing DISP_DESCR",
        ),
        (reordered, "its columns are in another order"),
        (with_a_column_more, "[x.dat]"),
        (with_a_column_less, "missing END_OF_REC"),
        (header_alone, "has 0 rows"),
        (lambda _: "", "[x.dat]"),
        (with_an_open_quote, "a quote that is not closed"),
    ],
)
def test_a_file_of_another_shape_refuses_the_delivery_in_one_line(
    spark: SparkSession, tmp_path: Path, make: Callable[[str], str], message: str
) -> None:
    path = tmp_path / "x.dat"
    path.write_text(make(TEXT))
    with pytest.raises(InputRefused) as refused:
        rows_of(spark, path).count()
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", [TEXT.encode("utf-16"), TEXT.replace("BLACK", "BLÄCK").encode("latin-1")])
def test_a_file_of_another_encoding_refuses_the_delivery(
    spark: SparkSession, tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "x.dat").write_bytes(text)
    with pytest.raises(InputRefused, match=r"\[x.dat\] is not utf-8"):
        rows_of(spark, tmp_path / "x.dat")


def test_a_truncated_gzip_refuses_the_delivery(spark: SparkSession, tmp_path: Path) -> None:
    packed = gzip.compress((TEXT * 50).encode())
    (tmp_path / "x.dat.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputRefused, match=r"\[x.dat.gz\] is cut off or not gzip"):
        rows_of(spark, tmp_path / "x.dat.gz")


def people_by_line(spark: SparkSession, path: Path) -> list[tuple[int, str]]:
    return sorted((row["line"], row["subject"]) for row in rows_of(spark, path).collect())


EXPECTED = [(number + 1, f"P{number:02}") for number in range(1, 21)]


@pytest.mark.parametrize(
    "written",
    [
        TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("RECORD_ID", "record_id", 1).encode(),
    ],
    ids=["LF", "CRLF", "BOM", "header in lower case"],
)
def test_lines_are_those_of_the_file(spark: SparkSession, tmp_path: Path, written: bytes) -> None:
    (tmp_path / "x.dat").write_bytes(written)
    assert people_by_line(spark, tmp_path / "x.dat") == EXPECTED


def test_a_gzip_is_read_by_its_lines(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "x.dat.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert people_by_line(spark, tmp_path / "x.dat.gz") == EXPECTED


def test_a_file_without_a_header_begins_with_line_one(spark: SparkSession, tmp_path: Path) -> None:
    path = write(tmp_path / "x.dat", ROWS, header=False)
    assert people_by_line(spark, path) == [(number, f"P{number:02}") for number in range(1, 21)]


def test_a_quoted_newline_belongs_to_the_row_in_which_it_begins(spark: SparkSession, tmp_path: Path) -> None:
    said = {"OFFENSE_DESCR": "SEE COMMENT FOR CHARGE", "COMMENT_TEXT": 'one\ntwo, "three"\nfour'}
    path = write(tmp_path / "x.dat", [{**ROWS[0], **said}, *ROWS[1:3]])
    rows = {row["line"]: row["offense"] for row in rows_of(spark, path).collect()}
    assert sorted(rows) == [2, 5, 6]
    assert rows[2] == 'one\ntwo, "three"\nfour'


def test_lines_are_right_over_many_blocks(spark: SparkSession, tmp_path: Path) -> None:
    path = write(tmp_path / "x.dat", [court(f"P{n}", str(n), "20010301", "11359 HS") for n in range(3000)])
    before = spark.conf.get("spark.sql.files.maxPartitionBytes")
    spark.conf.set("spark.sql.files.maxPartitionBytes", "64k")
    try:
        assert lines_of(spark, SOURCE, uris_of(spark, path)).rdd.getNumPartitions() > 5
        assert people_by_line(spark, path) == [(number + 2, f"P{number}") for number in range(3000)]
    finally:
        spark.conf.set("spark.sql.files.maxPartitionBytes", str(before))


def test_a_line_that_no_record_is_long_enough_for_is_a_bad_row_and_no_failure(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = [court(f"P{n}", str(n), "20010301", "11359 HS") for n in range(200)]
    path = tmp_path / "x.dat"
    path.write_text(text_of(rows) + "," * 3_000_000 + "\n")
    flaws = {row["line"]: Flaw(row["flaws"]) for row in rows_of(spark, path).collect() if row["flaws"]}
    assert flaws == {202: Flaw.MALFORMED}


def test_a_source_says_its_encoding(spark: SparkSession, tmp_path: Path) -> None:
    latin = SOURCE.model_copy(update={"encoding": "iso-8859-1"})
    said = {"OFFENSE_DESCR": "SEE COMMENT FOR CHARGE", "COMMENT_TEXT": "11358 HS, NEAR CAÑADA"}
    (tmp_path / "x.dat").write_bytes(text_of([{**ROWS[0], **said}]).encode("latin-1"))
    rows = _read(spark, latin, tmp_path / "x.dat")
    assert [row["offense"] for row in rows.collect()] == ["11358 HS, NEAR CAÑADA"]


def test_a_refused_delivery_leaves_nothing(lake: Lake, tmp_path: Path) -> None:
    write(tmp_path / "in" / "good.dat", ROWS)
    (tmp_path / "in" / "bad.dat").write_text(renamed(TEXT))
    with pytest.raises(InputRefused):
        ingest(lake, SOURCE, [str(tmp_path / "in")], id_key(str(tmp_path / "lake")), RECEIVED)
    assert not Path(lake.root).exists()


def test_rows_that_do_not_say_whose_they_are_need_an_override_by_name(lake: Lake, tmp_path: Path) -> None:
    path = write(tmp_path / "x.dat", [*ROWS, {**ROWS[0], "SUBJECT_ID": ""}])
    key = id_key(str(tmp_path / "lake"))
    with pytest.raises(NeedsOverride, match="--allow-unreadable 1 --by NAME"):
        ingest(lake, SOURCE, [str(path)], key, RECEIVED)
    allowed = ingest(lake, SOURCE, [str(path)], key, RECEIVED, allow_unreadable=1, by="A. Clerk")
    assert allowed.rejected_by_code == {"Q020": 1}
    assert "A. Clerk" in allowed.row["overrides"][0]


def test_what_is_not_there_is_one_clear_error(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="nowhere"):
        ingest(lake, SOURCE, [str(tmp_path / "nowhere")], id_key(str(tmp_path / "lake")), RECEIVED)


def test_a_file_that_is_not_what_its_checksum_says_is_one_clear_error(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    lake.spark.createDataFrame([(TEXT,)], "value string").coalesce(1).write.text(str(folder))
    (file,) = folder.glob("part-*")
    file.write_bytes(file.read_bytes().replace(b"11359", b"11358"))
    with pytest.raises(InputRefused, match=r"is not what the checksum file beside it says .*\.crc"):
        ingest(lake, SOURCE, [str(folder)], id_key(str(tmp_path / "lake")), RECEIVED)
