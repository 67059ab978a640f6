"""Sheets that come back: what is accepted and kept, and what is refused, by row and column."""

import csv
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.lake_writes import append
from clear_record.audit.review.review import Review, review
from clear_record.audit.review.sheet import FILLED_IN, SHOWN
from clear_record.audit.verify.contract import check_contracts
from clear_record.audit.verify.findings import Audited
from clear_record.cli import main
from clear_record.errors import Busy, ClearRecordError, InputRefused
from clear_record.tables import REVIEW_MARK
from tests.audit_lake import RUN_ID, write_lake

DAY = date(2026, 11, 20)
MARK, SHOULD_BE, NOTE = FILLED_IN
Row = dict[str, str]


def command(*arguments: str) -> tuple[int, str]:
    with redirect_stdout(StringIO()) as said, redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(str(ended.value.code)), said.getvalue()


class Sheet:
    """A sheet of a lake of its own, to be filled in."""

    def __init__(self, folder: Path) -> None:
        self.lake = LakeFiles(str(write_lake(folder / "lake")))
        self.path = folder / "sheet.csv"
        code, said = command(
            "sample", "--lake", str(self.lake.root), "--seed", "1", "--size", "12", "--strata", "pack,outcome",
            "--out", str(self.path),
        )  # fmt: skip
        assert (code, " ".join(said.split()).count("12 of 60 charges, from 4 strata")) == (0, 1), said
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            self.rows: list[Row] = list(csv.DictReader(file))

    def mark(self, marks: Mapping[int, str | Row], otherwise: str = "right") -> None:
        """Fill in marks (and other cells) by place in the sheet, from 1."""
        for at, row in enumerate(self.rows, start=1):
            given = marks.get(at, otherwise)
            row.update({MARK: given} if isinstance(given, str) else {MARK: otherwise, **given})

    def save(self, encoding: str = "utf-8", delimiter: str = ",") -> None:
        with self.path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, [*SHOWN, *FILLED_IN], delimiter=delimiter, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows)

    def back(self, by: str = "A. Attorney", on: date = DAY) -> Review:
        return review(self.lake, self.path, by, on)

    def refusal(self) -> str:
        with pytest.raises(InputRefused) as refused:
            self.back()
        assert not self.lake.has("review_mark")
        assert "\n" not in str(refused.value)
        return str(refused.value).removeprefix(f"{self.path}: ")


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    return Sheet(tmp_path)


def test_marks_are_kept_with_who_and_when(sheet: Sheet) -> None:
    note = "=the court's page 3,\nsecond line"
    sheet.mark({2: {MARK: " Wrong ", SHOULD_BE: "not eligible", NOTE: note}, 3: "cannot say", 4: ""})
    sheet.save()
    found = sheet.back()
    assert (found.marks_count, found.is_new, found.unmarked_count) == (11, True, 1)
    kept = sorted(sheet.lake.all_rows("review_mark"), key=lambda row: row["number"])
    assert [row["mark"] for row in kept[:3]] == ["right", "wrong", "cannot_say"]
    assert {(row["run_id"], row["marked_by"], row["marked_on"], row["position"]) for row in kept} == {
        (RUN_ID, "A. Attorney", DAY, 1)
    }
    assert (kept[1]["should_be"], kept[1]["note"]) == ("not eligible", note)
    assert kept[1]["charge_id"] == sheet.rows[1]["charge_id"]


def test_a_sheet_is_kept_once_and_a_later_one_replaces_its_marks(sheet: Sheet) -> None:
    def wrong(found: Review) -> int:
        return sum(each.wrong for each in found.strata)

    sheet.mark({1: "wrong"})
    sheet.save()
    assert [sheet.back().is_new, sheet.back().is_new] == [True, False]
    first = sheet.path.read_bytes()
    sheet.mark({})
    sheet.save()
    assert wrong(sheet.back()) == 0
    sheet.path.write_bytes(first)
    found = sheet.back()
    assert (found.is_new, wrong(found)) == (True, 1)
    assert {row["position"] for row in sheet.lake.all_rows("review_mark")} == {1, 2, 3}


def test_the_error_rate_has_its_bound_in_each_stratum(sheet: Sheet) -> None:
    sheet.mark({1: "wrong"})
    sheet.save()
    said = sheet.back().as_dict()
    first = said["strata"][0]
    assert (first["name"], first["size"], first["drawn"], first["wrong"]) == (
        "us_zz/small / eligible",
        30,
        6,
        1,
    )
    assert first["rate"] == pytest.approx(1 / 6)
    assert first["at_most"] == pytest.approx(0.58180, abs=5e-6)
    assert said["all"]["rate"] == pytest.approx(30 / 60 / 6)
    assert said["packs"] == [{"pack": "us_zz/small", **said["all"]}]


def test_a_note_is_cut_where_it_is_too_long(sheet: Sheet) -> None:
    sheet.mark({1: {NOTE: "x" * 3000}})
    sheet.save()
    sheet.back()
    assert max(len(row["note"] or "") for row in sheet.lake.all_rows("review_mark")) == 2000


def test_rows_may_be_left_out_and_other_delimiters_come_back(sheet: Sheet) -> None:
    sheet.mark({})
    del sheet.rows[4:]
    sheet.save("utf-8-sig", ";")
    assert (sheet.back().marks_count, sheet.back().unmarked_count) == (4, 8)


def _unknown_sample(sheet: Sheet) -> None:
    sheet.rows[0]["sample"] = "none"


def _row_of_another(sheet: Sheet) -> None:
    sheet.rows[2]["number"] = "99"


def _row_twice(sheet: Sheet) -> None:
    sheet.rows.append(sheet.rows[0])


def _changed_decision(sheet: Sheet) -> None:
    sheet.rows[1]["outcome"] = "eligible, I think"


def _unknown_mark(sheet: Sheet) -> None:
    sheet.rows[1][MARK] = "ok"


def _note_without_mark(sheet: Sheet) -> None:
    sheet.rows[1].update({MARK: "", NOTE: "the file is gone"})


def _no_marks(sheet: Sheet) -> None:
    sheet.mark({}, otherwise="")


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_unknown_sample, "row 2, column sample: there is no sample [none] in the lake"),
        (_row_of_another, "row 4, column number: [99] was not drawn for this sample"),
        (_row_twice, "row 14, column number: [1] stands here a second time"),
        (
            _changed_decision,
            "row 3, column outcome: it is not what the sample says; only marks may be written",
        ),
        (_unknown_mark, "row 3, column mark: it is none of right, wrong, cannot_say"),
        (_note_without_mark, "row 3, column note: it is filled in, and mark is not"),
        (_no_marks, "no row has a mark"),
    ],
)
def test_a_sheet_that_cannot_be_believed_is_refused(
    sheet: Sheet, break_it: Callable[[Sheet], None], message: str
) -> None:
    sheet.mark({})
    break_it(sheet)
    sheet.save()
    assert sheet.refusal() == message


def test_another_file_is_refused(sheet: Sheet) -> None:
    sheet.path.write_text("a,b\n1,2\n")
    assert sheet.refusal().startswith("row 1: there is no column [sample]")
    sheet.path.write_bytes("sample,grün\n".encode("latin-1"))
    assert sheet.refusal().endswith("save it as CSV UTF-8")
    sheet.path.write_text("sample,number\n")
    assert sheet.refusal() == "there are no rows below the header"


def test_nobody_marks_without_a_name(sheet: Sheet) -> None:
    sheet.mark({})
    sheet.save()
    with pytest.raises(InputRefused, match="is no name"):
        sheet.back(by=" ")


def test_tables_written_without_spark_are_as_their_contracts_say(sheet: Sheet) -> None:
    sheet.mark({})
    sheet.save()
    sheet.back()
    audited = Audited()
    check_contracts(sheet.lake, audited)
    assert not [each for each in audited.findings if each.table in ("sample", "review_mark")]


def test_what_breaks_a_constraint_is_not_written_and_not_shown(sheet: Sheet) -> None:
    sheet.mark({})
    sheet.save()
    sheet.back()
    row = sheet.lake.all_rows("review_mark")[0]
    for broken in ({"mark": "maybe"}, {"charge_id": None}):
        with pytest.raises(ClearRecordError, match="break one of its constraints") as refused:
            append(sheet.lake, REVIEW_MARK, [{**row, **broken}], write_id="w", story={})
        assert row["subject_id" if "subject_id" in row else "charge_id"] not in str(refused.value)
    with pytest.raises(Busy):
        append(sheet.lake, REVIEW_MARK, [row], write_id="review_mark/1", story={})
