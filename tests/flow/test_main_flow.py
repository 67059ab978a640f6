"""The whole flow on a small faulty extract, by the commands that people run: what came out, against what was put in."""

import csv
import json
import re
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from clear_record.cli import main
from clear_record.configuration import conf_folders
from clear_record.decide import run as runs
from clear_record.decide.committed import find_run
from clear_record.decide.gather import PERSON_TABLES, gather
from clear_record.ingest.source import read_source
from clear_record.lake import Lake
from clear_record.law.pack_reader import find_packs, load_pack, pack_of
from clear_record.law.reference import decide_person
from clear_record.law.vocabulary import FACTS
from clear_record.records import Records
from clear_record.roots_in_spark import content_roots
from clear_record.synth.us_ca_doj import generate
from clear_record.tables import TABLES
from tests.leaks import events_logged, leaks_in, said_in

pytestmark = pytest.mark.spark

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "conf" / "runs" / "bench.yaml"
PEOPLE, SEED = 300, 11


@dataclass(frozen=True)
class Flow:
    """What one run of the whole flow read, wrote and said."""

    folder: Path
    lake: Lake
    report: dict[str, Any]
    truth: list[dict[str, Any]]
    said: str

    @property
    def extract(self) -> list[Path]:
        return sorted((self.folder / "extract").glob("*.dat"))

    @property
    def options(self) -> list[str]:
        return ["--lake", str(self.folder / "lake"), "--input", str(self.folder / "extract")]

    @property
    def tables(self) -> list[str]:
        """The tables that the lake has: nobody has drawn a sample or compared runs."""
        return [name for name in TABLES if self.lake.exists(name)]

    def visible(self, table: str) -> list[Row]:
        return Records(self.lake).rows(table).collect()

    def decisions(self) -> list[Row]:
        committed = self.lake.read("run").select("run_id")
        return self.lake.read("decision").join(committed, "run_id", "left_semi").collect()


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(str(ended.value.code))


@pytest.fixture(scope="module")
def flow(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Flow:
    folder = tmp_path_factory.mktemp("flow")
    generate(PEOPLE, SEED, folder / "extract", files=2, dirty=0.01, truth=folder / "truth.jsonl")
    with events_logged(spark, folder / "events"), redirect_stdout(StringIO()) as said, redirect_stderr(said):
        code = command(
            "run", str(CONFIGURATION), "--lake", str(folder / "lake"), "--input", str(folder / "extract"),
            "--out", str(folder / "results"), "--json",
        )  # fmt: skip
    assert code == 0
    truth = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    words = said.getvalue()
    return Flow(
        folder, Lake(spark, str(folder / "lake")), json.loads(words[words.index("{") :]), truth, words
    )


def test_every_faulty_row_is_rejected_with_its_code_and_line_and_no_other_row(flow: Flow) -> None:
    position = {file.name: number for number, file in enumerate(flow.extract, 1)}
    expected = {(position[each["file"]], each["line"], each["code"]) for each in flow.truth}
    assert {(row["file"], row["line"], row["code"]) for row in flow.visible("reject")} == expected
    assert len(expected) > 20


def test_every_row_read_is_accepted_collapsed_or_rejected(flow: Flow) -> None:
    (delivery,) = flow.lake.read("delivery").collect()
    lines = sum(len(file.read_bytes().splitlines()) - 1 for file in flow.extract)
    assert delivery["rows_read_count"] == lines
    parts = ("rows_accepted_count", "rows_collapsed_count", "rows_rejected_count")
    assert sum(delivery[name] for name in parts) == lines


def test_a_person_is_one_person_over_all_files(flow: Flow) -> None:
    assert (
        len(flow.visible("subject")) == len({row["subject_id"] for row in flow.visible("subject")}) == PEOPLE
    )


def test_nobody_with_a_rejected_row_is_eligible(flow: Flow) -> None:
    held = {row["subject_id"] for row in flow.visible("reject")}
    of_held = [row for row in flow.decisions() if row["subject_id"] in held]
    assert {(row["outcome"], row["remedy"]) for row in of_held} == {("needs_review", "none")}


def test_every_charge_has_the_decisions_of_the_reference_evaluator(flow: Flow) -> None:
    tables = {name: Records(flow.lake).rows(name) for name in ("charge", *PERSON_TABLES)}
    kinds = {row["record_kind"] for row in Records(flow.lake).rows("coverage").collect()}
    gathered = gather(tables, FACTS, {kind: ["CA"] for kind in kinds}).collect()
    people: dict[str, list[dict[str, Any]]] = {}
    for row in gathered:
        people.setdefault(row["subject_id"], []).append(row.asDict())
    (run,) = flow.lake.read("run").collect()
    texts = {row["fingerprint"]: row["texts"] for row in flow.lake.read("pack").collect()}
    expected = {}
    for used in run["packs"]:
        pack = pack_of(texts[used["fingerprint"]])
        for person in people.values():
            for charge_id, decision in decide_person(pack, person, run["as_of"], kinds).items():
                expected[pack.name, charge_id] = decision
    decided = {(row["pack"], row["charge_id"]): row for row in flow.decisions()}
    assert len(decided) == len(flow.decisions())
    assert decided.keys() == expected.keys()
    names = ("outcome", "remedy", "remedy_row", "eligible_on", "recheck_on", "trace", "missing", "witnesses")
    different = [
        (key, name)
        for key, row in decided.items()
        for name in names
        if (tuple(row[name]) if isinstance(row[name], list) else row[name]) != getattr(expected[key], name)
    ]
    assert different == []


def test_every_decision_has_a_whole_trace(flow: Flow) -> None:
    criteria = {name: len(load_pack(folder).criteria) for name, folder in find_packs(conf_folders()).items()}
    for row in flow.decisions():
        assert re.fullmatch(f"[TFUtf-]{{{criteria[row['pack']]}}}", row["trace"])


def test_the_run_row_counts_what_was_decided(flow: Flow) -> None:
    counted = sum(each["charges_count"] for each in flow.report["outcomes"])
    left_out = sum(each["charges_count"] for each in flow.report["out_of_scope"])
    assert counted == len(flow.decisions())
    assert counted + left_out == len(flow.report["packs"]) * len(flow.visible("charge"))


def test_published_lists_follow_the_input_row_for_row(flow: Flow) -> None:
    columns = read_source(ROOT / "conf" / "sources" / "us_ca_doj.yaml").columns
    determined = 0
    for file in flow.extract:
        with (flow.folder / "results" / file.stem / "All_Results.csv").open(newline="") as published:
            rows = list(csv.reader(published))
        with file.open(newline="") as delivered:
            given = list(csv.reader(delivered))
        assert len(rows) == len(given)
        for ours, theirs in zip(rows[1:], given[1:], strict=True):
            if len(theirs) == len(columns):
                assert [cell.removeprefix("'") for cell in ours[: len(columns)]] == [
                    cell.removeprefix("'") for cell in theirs
                ]
        determination = rows[0].index("Eligibility Determination")
        determined += sum(bool(row[determination]) for row in rows[1:])
    policy = [row for row in flow.decisions() if row["pack"] == "us_ca/office_policy"]
    without_choice = [row for row in policy if row["outcome"] == "not_eligible" and row["remedy"] == "none"]
    assert determined == len(policy) - len(without_choice)


def test_no_name_and_no_number_of_a_person_is_in_the_lake_or_was_logged_or_said(flow: Flow) -> None:
    secrets = _identities(flow.extract)
    assert len(secrets) > 3 * PEOPLE
    assert leaks_in(flow.folder / "lake", secrets) == []
    assert leaks_in(flow.folder / "events", secrets) == []
    assert said_in(flow.said, secrets) == []
    assert leaks_in(flow.folder / "results", secrets)


def _identities(files: Sequence[Path]) -> set[str]:
    """Last names, SSNs, licence and state numbers of the extract's people."""
    secrets: set[str] = set()
    for file in files:
        with file.open(newline="") as delivered:
            for row in csv.DictReader(delivered):
                numbers = [row[column] or "" for column in ("PRI_SSN", "PRI_CDL", "SUBJECT_ID", "CII_NUMBER")]
                last_name = (row["PRI_NAME"] or "").partition(",")[0]
                secrets.update(each for each in numbers if re.fullmatch(r"[A-Z0-9]{8,}", each))
                secrets.update(each for each in [last_name] if re.fullmatch(r"[A-Z]{5,}[A-Z0-9]*", each))
    return secrets


def test_the_same_work_again_writes_nothing_and_says_so(
    flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: flow.lake.version(name).version for name in flow.tables}
    results = ["--out", str(flow.folder / "results"), "--replace"]
    assert command("run", str(CONFIGURATION), *flow.options, *results) == 0
    said = capsys.readouterr().out
    assert "nothing was added" in said
    assert "nothing was written" in said
    assert flow.report["run_id"] in said
    assert {name: flow.lake.version(name).version for name in flow.tables} == before


def test_decisions_without_a_run_row_are_completed_by_the_next_call_with_the_same_root(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (
        "decide", "--pack", "us_ca/prop64", "--county", "ALAMEDA", "--as-of", "2019-06-01",
        "--lake", str(flow.folder / "lake"), "--json",
    )  # fmt: skip

    def killed(*_: object) -> None:
        raise RuntimeError("killed before the run row")

    with monkeypatch.context() as broken:
        broken.setattr(runs, "_commit", killed)
        assert command(*asked) == 70
    left = {row["run_id"] for row in flow.lake.read("decision").select("run_id").distinct().collect()}
    (unfinished,) = left - {flow.report["run_id"]}
    assert find_run(flow.lake, unfinished) is None
    assert unfinished not in {row["run_id"] for row in flow.decisions()}
    written = flow.lake.read("decision").where(F.col("run_id") == unfinished)
    root = content_roots({"decision": written}, flow.lake.read("salt"))["decision"].root
    capsys.readouterr()
    assert command(*asked) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["run_id"], report["committed"], report["content_root"]) == (unfinished, True, root)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--county", "LOS ANGELOS", "--pack", "us_ca/prop64"), 2, "nearest is [LOS ANGELES]"),
        (("--pack", "us_ca/prop46"), 2, "the nearest is [us_ca/prop64]"),
        (("--pack", "us_ca/prop64", "--polizy", "x"), 2, "No such option: --polizy"),
        (("--pack", "us_ca/prop64", "--policy", "nowhere.json"), 2, "[nowhere.json]"),
    ],
)
def test_a_wrong_option_of_decide_is_one_line(
    flow: Flow, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, message: str
) -> None:
    asked = ("decide", *arguments, "--as-of", "2020-07-01", "--lake", str(flow.folder / "lake"))
    assert command(*asked) == code
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
