"""The questions of docs/queries.md are answered by DuckDB and by Spark over one lake: the same rows, and at least one."""

import re
from collections import Counter
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from clear_record.audit import views
from clear_record.audit.lake_files import LakeFiles
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import pack_of
from tests.flow.commands import command
from tests.flow.conftest import Statewide

pytestmark = pytest.mark.spark

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queries.md"


def questions() -> list[tuple[str, str]]:
    """The headings of the page and the SQL that stands under each."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    return [
        (section.partition("\n")[0], sql)
        for section in sections
        for sql in re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    ]


@pytest.fixture(scope="module")
def files(statewide: Statewide) -> LakeFiles:
    """The lake in DuckDB, with the views."""
    lake = LakeFiles(str(statewide.folder / "lake"))
    views.create_in_duckdb(lake)
    return lake


@pytest.fixture(scope="module")
def spark_with_views(statewide: Statewide, spark: SparkSession) -> SparkSession:
    views.create(spark, str(statewide.folder / "lake"))
    return spark


def test_there_are_more_than_ten_questions() -> None:
    assert len(questions()) > 10


@pytest.mark.parametrize(("title", "sql"), questions(), ids=[title for title, _ in questions()])
def test_a_question_has_one_answer_in_duckdb_and_in_spark(
    title: str, sql: str, files: LakeFiles, spark_with_views: SparkSession
) -> None:
    in_duckdb = files.duckdb.sql(sql)
    answer = in_duckdb.fetchall()
    assert answer, f"the lake has no answer to: {title}"
    in_spark = spark_with_views.sql(sql)
    assert in_spark.columns == in_duckdb.columns
    assert Counter(map(tuple, in_spark.collect())) == Counter(answer)


@pytest.mark.parametrize("name", views.VIEWS)
def test_a_view_has_as_many_rows_in_duckdb_as_in_spark(
    name: str, files: LakeFiles, spark_with_views: SparkSession
) -> None:
    counted = f"SELECT count(*) FROM {name}"
    ((in_duckdb,),) = files.duckdb.sql(counted).fetchall()
    assert spark_with_views.sql(counted).collect()[0][0] == in_duckdb > 0


def test_every_letter_and_bit_of_every_decision_is_told_by_the_text_of_its_pack(files: LakeFiles) -> None:
    packs = {row["fingerprint"]: pack_of(row["texts"]) for row in files.all_rows("pack")}
    decisions = files.duckdb.sql(
        "SELECT run_id, pack, charge_id, fingerprint, trace, missing FROM decision_of_run"
    ).fetchall()
    expected = Counter(
        (run_id, pack, charge_id, *each)
        for run_id, pack, charge_id, fingerprint, trace, missing in decisions
        for each in _told(packs[fingerprint], trace, missing or 0)
    )
    told = files.duckdb.sql(
        "SELECT run_id, pack, charge_id, part, id, letter, says, cite FROM decision_in_english"
    ).fetchall()
    assert Counter(told) == expected
    assert {part for _, _, _, part, *_ in told} == {"criterion", "fact"}


def _told(pack: Pack, trace: str, missing: int) -> list[tuple[str | None, ...]]:
    criteria = [
        ("criterion", each.id, letter, each.says, each.cite)
        for each, letter in zip(pack.criteria, trace, strict=True)
    ]
    facts = [("fact", name, None, None, None) for bit, name in enumerate(pack.facts) if missing >> bit & 1]
    return [*criteria, *facts]


def test_the_printed_views_answer_in_a_plain_duckdb(statewide: Statewide) -> None:
    import duckdb

    code, said = command("views", "--lake", str(statewide.folder / "lake"))
    assert code == 0
    connection = duckdb.connect()
    connection.execute(said)
    ((standing,),) = connection.sql("SELECT count(*) FROM current_decision").fetchall()
    assert standing == sum(each["charges_count"] for each in statewide.reports[-1]["outcomes"])


def test_the_printed_views_answer_in_spark(statewide: Statewide, spark: SparkSession) -> None:
    code, said = command("views", "--lake", str(statewide.folder / "lake"), "--for", "spark")
    assert code == 0
    other = spark.newSession()
    for statement in said.split(";\n\n")[:-1]:
        other.sql(statement)
    standing = other.sql("SELECT count(*) FROM current_decision").collect()[0][0]
    assert standing == sum(each["charges_count"] for each in statewide.reports[-1]["outcomes"])
