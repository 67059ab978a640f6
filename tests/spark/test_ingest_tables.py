"""A state's own tables, invented with what is wrong in them: what was found, what was believed, and the same from every format."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, Row, SparkSession

from clear_record.errors import InputRefused
from clear_record.ingest.delivery import Delivered, ingest
from clear_record.ingest.tables.delivery import TablesDelivery, open_tables
from clear_record.ingest.tables.source import Ranges
from clear_record.keys import IdKey, id_key
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.synth.statewide import WRONG, Format, generate
from tests.spark.postgres import PASSWORD, USER, Database, running
from tests.tables_sources import source_of

pytestmark = pytest.mark.spark

RECEIVED = date(2025, 6, 1)
CONVICTIONS, SEED = 800, 5
TABLES = (
    "charge",
    "subject",
    "disposition",
    "sentence",
    "supervision",
    "registration",
    "fact",
    "subject_link",
)


SOURCE = source_of("us_zz_statewide")


@dataclass(frozen=True)
class Ingested:
    """A lake with one delivery, and the truth of it."""

    lake: Lake
    key: IdKey
    delivered: Delivered
    truth: dict[str, set[tuple[str, str]]]
    folder: Path

    def subject_id(self, person: str) -> str:
        return self.key.id_of(person)

    def charge_id(self, person: str, charge: str) -> str:
        parts = ("charge", SOURCE.name, person, charge)
        return self.key.id_of("".join(f"{len(part)}:{part}" for part in parts))

    def wrong(self, *kinds: str) -> set[str]:
        """The charges (ids) of which one of these is wrong."""
        return {self.charge_id(*each) for kind in kinds for each in self.truth[kind]}

    def held(self, *kinds: str) -> set[str]:
        return {self.subject_id(person) for kind in kinds for person, _ in self.truth[kind]}

    def rows(self, table: str) -> list[Row]:
        return Records(self.lake).rows(table).collect()

    @property
    def totals(self) -> dict[str, int]:
        return dict(self.delivered.row["control_totals"])


@pytest.fixture(scope="module")
def ingested(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    folder = tmp_path_factory.mktemp("tables")
    # Five times as much is wrong as in a repository of a state.
    shares = {name: 5 * share for name, share in WRONG.items()}
    generate(spark, CONVICTIONS, SEED, folder / "csv", truth=folder / "truth", wrong=shares)
    lake, key = Lake(spark, str(folder / "lake")), id_key(str(folder / "lake"))
    delivered = ingest(lake, SOURCE, [str(folder / "csv")], key, RECEIVED)
    truth = defaultdict(set)
    for line in (folder / "truth").read_text().splitlines():
        wrong = json.loads(line)
        truth[wrong["wrong"]].add((wrong["person_no"], wrong["charge_no"]))
    return Ingested(lake, key, delivered, truth, folder)


def test_the_generator_made_each_thing_wrong(ingested: Ingested) -> None:
    assert set(ingested.truth) == set(WRONG)


# What tables disagree about is found, all of it and nothing else.


@pytest.mark.parametrize(
    "kind",
    [
        "revoked_but_complete",
        "supervision_end",
        "convicted_without_disposition",
        "disposition_without_conviction",
        "grades",
    ],
)
def test_each_conflict_between_tables_is_counted(ingested: Ingested, kind: str) -> None:
    assert ingested.totals[f"conflicts:{kind}"] == len(ingested.truth[kind])


def test_conflicts_about_people_are_counted(ingested: Ingested) -> None:
    born_twice = {person for person, _ in ingested.truth["birth_dates"]}
    assert ingested.totals["conflicts:birth_dates"] == len(born_twice)
    assert ingested.totals["conflicts:without_person"] == len(ingested.truth["charge_without_person"])


def test_only_what_the_rules_leave_to_a_person_is_incomplete(ingested: Ingested) -> None:
    review = (
        "revoked_but_complete",
        "charge_without_person",
        "convicted_without_disposition",
        "unknown_disposition",
        "unknown_county",
        "unknown_sentence",
    )
    incomplete = {row["charge_id"] for row in ingested.rows("charge") if not row["is_understood"]}
    assert incomplete == ingested.wrong(*review)


def test_a_rule_of_both_gives_the_days_between(ingested: Ingested) -> None:
    ended = {row["charge_id"]: row for row in ingested.rows("charge")}
    for charge in ingested.wrong("supervision_end"):
        earliest, latest = (ended[charge][f"supervision_ends_{end}"] for end in ("earliest", "latest"))
        assert (latest - earliest).days == 800
    born = {row["subject_id"]: row for row in ingested.rows("subject")}
    for person in ingested.held("birth_dates"):
        assert (born[person]["birth_latest"] - born[person]["birth_earliest"]).days == 400


def test_a_rule_that_believes_the_disposition_keeps_the_conviction(ingested: Ingested) -> None:
    charges = {row["charge_id"]: row for row in ingested.rows("charge")}
    kinds = {charges[each]["kind"] for each in ingested.wrong("disposition_without_conviction")}
    assert kinds == {"conviction"}


def test_of_two_grades_neither_is_taken(ingested: Ingested) -> None:
    in_conflict = {row["charge_id"] for row in ingested.rows("charge") if row["grade_is_in_conflict"]}
    assert in_conflict == ingested.wrong("grades")
    assert {row["grade"] for row in ingested.rows("charge") if row["grade_is_in_conflict"]} == {None}


# Codes that no map has


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ("unknown_disposition", "dispositions.DISPOSITION"),
        ("unknown_county", "charges.COUNTY"),
        ("unknown_sentence", "sentences.KIND"),
    ],
)
def test_an_unknown_code_is_counted_by_table_and_column(ingested: Ingested, wrong: str, column: str) -> None:
    counted = {
        name: count for name, count in ingested.totals.items() if name.startswith("unknown_codes:") and count
    }
    assert counted[f"unknown_codes:{column}"] == len(ingested.truth[wrong])
    assert len(counted) == 3


def test_an_unknown_code_is_kept_as_printed_and_not_guessed(ingested: Ingested) -> None:
    of_charge = {row["charge_id"]: row for row in ingested.rows("disposition")}
    for charge in ingested.wrong("unknown_disposition"):
        assert (of_charge[charge]["code"], of_charge[charge]["raw"]) == ("unknown", "GUILTY BUT FOR X-99")
    parts = [row for row in ingested.rows("sentence") if row["kind"] is None]
    assert {row["raw"] for row in parts} == {"HOUSE ON THE HILL"}
    assert {row["charge_id"] for row in parts} == ingested.wrong("unknown_sentence")


# Rows that cannot be believed


def test_rejected_rows_hold_their_person_and_say_why(ingested: Ingested) -> None:
    held: dict[str, set[str]] = defaultdict(set)
    for row in ingested.rows("reject"):
        held[row["code"]].add(row["subject_id"])
    strays = ("disposition_without_charge", "sentence_without_charge", "supervision_without_charge")
    gone = ("future_date", "contradicted_charge")
    assert held["Q011"] == ingested.held("future_date")
    assert held["Q030"] == ingested.held("contradicted_charge")
    assert ingested.held(*strays) <= held["Q040"] <= ingested.held(*strays, *gone)
    assert set(held) == {"Q011", "Q030", "Q040"}


def test_a_charge_that_cannot_be_believed_is_no_charge(ingested: Ingested) -> None:
    charges = {row["charge_id"] for row in ingested.rows("charge")}
    assert not charges & ingested.wrong("future_date", "contradicted_charge")


def test_every_row_of_each_table_is_accounted_for(ingested: Ingested) -> None:
    totals = ingested.totals
    for path in (ingested.folder / "csv").iterdir():
        lines = sum(len(file.read_text().splitlines()) - 1 for file in path.glob("*.csv"))
        parts = [totals[f"rows_{word}:{path.name}"] for word in ("accepted", "collapsed", "rejected")]
        assert (sum(parts), totals[f"rows_read:{path.name}"]) == (lines, lines)
    assert totals["rows_collapsed:charges"] == len(ingested.truth["copied_charge"])
    codes = Counter(row["code"] for row in ingested.rows("reject"))
    assert ingested.delivered.rejected_by_code == codes


def test_the_line_of_a_row_of_text_is_its_true_line(ingested: Ingested) -> None:
    files = [Path(file["uri"].removeprefix("file:")) for file in ingested.delivered.row["files"]]
    for row in ingested.rows("disposition")[:50]:
        line = files[row["file"] - 1].read_text().splitlines()[row["line"] - 1]
        person, charge = line.split(",")[:2]
        assert (ingested.charge_id(person, charge), ingested.subject_id(person)) == (
            row["charge_id"],
            row["subject_id"],
        )


# The same from every format


def without_place(lake: Lake, table: str) -> Any:
    return Records(lake).rows(table).drop("delivery_id", "file", "line")


@pytest.mark.parametrize("format", ["parquet", "delta"])
def test_tables_of_each_format_give_the_same_rows(
    spark: SparkSession, ingested: Ingested, tmp_path: Path, format: Format
) -> None:
    shares = {name: 5 * share for name, share in WRONG.items()}
    generate(spark, CONVICTIONS, SEED, tmp_path / "in", format=format, wrong=shares)
    lake = Lake(spark, str(tmp_path / "lake"))
    delivered = ingest(lake, SOURCE, [str(tmp_path / "in")], ingested.key, RECEIVED)
    for table in TABLES:
        assert_df_equality(
            without_place(lake, table),
            without_place(ingested.lake, table),
            ignore_row_order=True,
            ignore_nullable=True,
        )
    assert delivered.row["control_totals"] == ingested.totals


# Each table travels once


def exchanges_in(plan: Any) -> list[str]:
    """The exchanges of a physical plan, but for small tables that are broadcast and for what is kept."""
    if plan.nodeName().startswith("AdaptiveSparkPlan"):
        return exchanges_in(plan.initialPlan())
    own = [str(plan.outputPartitioning().toString())] if plan.nodeName() == "Exchange" else []
    children = plan.children()
    return own + [each for at in range(children.size()) for each in exchanges_in(children.apply(at))]


def plan_of(rows: DataFrame) -> Any:
    return rows._jdf.queryExecution().executedPlan()


def kept_plans_in(plan: Any) -> list[Any]:
    """The plans of what is kept, from which a physical plan reads."""
    if plan.nodeName().startswith("AdaptiveSparkPlan"):
        return kept_plans_in(plan.initialPlan())
    if plan.nodeName().startswith("InMemoryTableScan"):
        return [plan.relation().cachedPlan()]
    children = plan.children()
    return [each for at in range(children.size()) for each in kept_plans_in(children.apply(at))]


def test_each_table_is_exchanged_once_by_person_and_joined_without_another(
    spark: SparkSession, ingested: Ingested
) -> None:
    kept: list[DataFrame] = []

    def keep(rows: DataFrame) -> DataFrame:
        kept.append(rows.persist())
        return kept[-1]

    opened = open_tables(spark, SOURCE, [str(ingested.folder / "csv")], ingested.key, RECEIVED, keep)
    assert isinstance(opened, TablesDelivery)
    read = opened.read(opened.content_id)
    try:
        records = read.records
        for table in (*TABLES, "reject"):
            assert exchanges_in(plan_of(records.rows(table))) == [], table
        (bases,) = kept_plans_in(plan_of(records.fold.bases))
        assert exchanges_in(bases) == []
        for rows in records.fold.judged.values():
            assert exchanges_in(plan_of(rows)) == []
            (kept_plan,) = kept_plans_in(plan_of(rows))
            (exchange,) = exchanges_in(kept_plan)
            assert exchange.startswith("hashpartitioning(subject_id")
    finally:
        for rows in kept:
            rows.unpersist()


# A database


@pytest.fixture(scope="module")
def database(ingested: Ingested) -> Iterator[Database]:
    """A database that holds the tables of the delivery, with types."""
    try:
        server = running()
        with server as started:
            for path in sorted((ingested.folder / "csv").iterdir()):
                files = sorted(path.glob("*.csv"))
                names = files[0].read_text().splitlines()[0].split(",")
                columns = ", ".join(f"{name} {_type(name)}" for name in names)
                copies = "".join(f"\n\\copy {path.name} from '{file}' csv header\n" for file in files)
                started.run(f"create table {path.name} ({columns});{copies}")
            yield started
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


def _type(column: str) -> str:
    if column == "LENGTH":
        return "integer"
    return "date" if "DATE" in column else "text"


@pytest.fixture
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEAR_RECORD_JDBC_USER", USER)
    monkeypatch.setenv("CLEAR_RECORD_JDBC_PASSWORD", PASSWORD)


@pytest.mark.usefixtures("login")
def test_tables_of_a_database_give_the_same_rows(
    spark: SparkSession, ingested: Ingested, database: Database, tmp_path: Path
) -> None:
    sentences = SOURCE.tables.sentences
    assert sentences is not None
    ranges = Ranges(column="length", lowest=1, highest=300, parts=3)
    tables = SOURCE.tables.model_copy(update={"sentences": sentences.model_copy(update={"ranges": ranges})})
    source = SOURCE.model_copy(update={"tables": tables})
    lake = Lake(spark, str(tmp_path / "lake"))
    delivered = ingest(lake, source, [database.url], ingested.key, RECEIVED)
    for table in TABLES:
        assert_df_equality(
            without_place(lake, table),
            without_place(ingested.lake, table),
            ignore_row_order=True,
            ignore_nullable=True,
        )
    assert delivered.row["control_totals"] == ingested.totals
    assert {file["uri"] for file in delivered.row["files"]} >= {f"{database.url}#people"}
    # An auditor finds a row by the keyed hash of its key.
    charge = Records(lake).rows("disposition").first()
    assert charge is not None
    keys = {number_of(ingested.key, f"D{number:09}") for number in range(CONVICTIONS * 2)}
    assert charge["line"] in keys
    # The same content again is the same delivery, in whatever order the rows come.
    database.run(
        "create table again as select * from people order by sex, birth desc;".replace(
            "birth", "date_of_birth"
        )
    )
    database.run("drop table people; alter table again rename to people;")
    assert not ingest(lake, source, [database.url], ingested.key, RECEIVED).is_new
    held = [
        path
        for path in Path(lake.root).rglob("*")
        if path.is_file() and PASSWORD.encode() in path.read_bytes()
    ]
    assert held == []


def number_of(key: IdKey, text: str) -> int:
    return int(key.id_of(text, digits=15), 16)


def test_a_database_that_lets_nobody_in_is_one_line_without_the_password(
    lake: Lake, ingested: Ingested, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEAR_RECORD_JDBC_USER", USER)
    monkeypatch.setenv("CLEAR_RECORD_JDBC_PASSWORD", "ZZCANARYWRONG")
    with pytest.raises(
        InputRefused, match="check its address, and user and password in CLEAR_RECORD_JDBC_USER"
    ) as refused:
        ingest(lake, SOURCE, [database.url], ingested.key, RECEIVED)
    assert "ZZCANARY" not in str(refused.value)
    with pytest.raises(InputRefused, match="do not belong into --input"):
        ingest(lake, SOURCE, [f"{database.url}?user={USER}&password=x"], ingested.key, RECEIVED)


def test_the_same_tables_again_add_nothing(ingested: Ingested) -> None:
    before = ingested.lake.version("charge")
    again = ingest(ingested.lake, SOURCE, [str(ingested.folder / "csv")], ingested.key, RECEIVED)
    assert not again.is_new
    assert ingested.lake.version("charge") == before
