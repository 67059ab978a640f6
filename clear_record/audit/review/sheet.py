"""The sheet of a sample that reviewers fill in: a CSV file that opens well in a spreadsheet, and the same file as it comes back.

A row says in plain columns what the record and the decision say, of people without identities: hashes alone, ages for birth dates. Days
are words (`on 2014-03-05`), because a spreadsheet would write a bare day in its own way, and what it changed would not be what was drawn.
"""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult

from clear_record.audit.assigned import OfficesOf, assignments_of
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.records import RunRecords, is_one_of
from clear_record.audit.review.reasons import reason_of
from clear_record.audit.review.sample import Plan, draw, keep
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.audit.said import day_in_words
from clear_record.errors import InputRefused
from clear_record.law.dates import age_on
from clear_record.law.pack import Pack
from clear_record.law.words import in_words
from clear_record.spreadsheet import safe_text
from clear_record.tables import OUT_OF_SCOPE

MARKS = ("right", "wrong", "cannot_say")
SHOWN = (
    "sample", "number", "pack", "stratum", "charge_id", "subject_id", "found_in", "county", "kind", "offense", "offense_printed",
    "charged", "grade", "offense_date", "age_at_offense", "convicted", "dismissed", "set_aside", "reduced", "resentenced",
    "sentence", "sentence_ends", "as_of", "outcome", "remedy", "eligible_on", "reason",
)  # fmt: skip
# What stands behind a blank is for the reader: the sheet has no other place that a spreadsheet leaves alone.
FILLED_IN = ("mark (right, wrong or cannot_say)", "should_be", "note (no names, no numbers of people)")
_MARK, _SHOULD_BE, _NOTE = "mark", "should_be", "note"
_EVENTS = ("dismissed", "set_aside", "reduced", "resentenced")
_SENTENCE = {
    "sentence_has_prison": "prison",
    "sentence_has_jail": "jail",
    "sentence_has_probation": "probation",
}
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """What a reviewer wrote into a row of a sheet: `mark` is one of `MARKS`, the others None where nothing was written."""

    number: int
    mark: str
    should_be: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ReturnedSheet:
    """A sheet that came back: its sample, its SHA-256, and its rows by name of column, each beside its number in the file."""

    place: str
    sample_id: str
    sha256: str
    rows: Sequence[tuple[int, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class SentOut:
    """A sample that was drawn into a sheet: its rows as `sample` keeps them, and whether they were written there now."""

    sheet: Path
    rows: Sequence[Mapping[str, Any]]
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """The sample for a program: how many charges were drawn, of how many, from how many strata, and how many of these whole."""
        strata = {row["stratum"]: (row["stratum_size"], row["stratum_drawn"]) for row in self.rows}
        return {
            "sample_id": self.rows[0]["sample_id"],
            "run_id": self.rows[0]["run_id"],
            "drawn": len(self.rows),
            "of": sum(size for size, _ in strata.values()),
            "strata": len(strata),
            "strata_drawn_whole": sum(size == drawn for size, drawn in strata.values()),
            "sheet": str(self.sheet),
            "written": self.is_new,
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        said = self.as_dict()
        whole = f", {said['strata_drawn_whole']:,} of them whole" if said["strata_drawn_whole"] else ""
        yield (
            f"Sample {said['sample_id']} of run {said['run_id']}: {said['drawn']:,} of {said['of']:,} charges, from "
            f"{said['strata']:,} strata{whole}"
        )
        yield (
            f"In {self.sheet}, mark each row right, wrong or cannot_say, and write no names; it comes back with clear-record review"
        )


# ---- out


def send_out(lake: LakeFiles, plan: Plan, sheet: Path) -> SentOut:
    """Draw a sample, keep it, and write its sheet. Raises what `draw`, `keep` and `write_sheet` raise."""
    rows = draw(lake, plan)
    is_new = keep(lake, rows)
    write_sheet(sheet_rows(lake, rows), sheet)
    return SentOut(sheet, rows, is_new)


def sheet_rows(lake: LakeFiles, sample: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The cells of a sample's rows (`sample` as it is kept) in the columns `SHOWN`. Raises NotReproducible where a version is gone."""
    run = lake.run(sample[0]["run_id"])
    offices = {each.name: each for each in OfficesOf.of(assignments_of(lake, run))}
    records = RunRecords(lake, run)
    ids = is_one_of("charge_id", {row["charge_id"] for row in sample})
    charges = {row["charge_id"]: row for row in records.rows("charge", ids)}
    people = defaultdict(list)
    for row in records.rows(
        "subject", is_one_of("subject_id", {row["subject_id"] for row in charges.values()})
    ):
        people[row["subject_id"]].append(row)
    with lake.reading("decision"):
        found = dicts(lake.decisions(run).filter(ids))
    decisions = {(row["pack"], row["charge_id"]): row for row in found}
    rows = []
    for drawn in sample:
        charge = charges[drawn["charge_id"]]
        decision = decisions.get((drawn["pack"], drawn["charge_id"]))
        cells = {
            "sample": drawn["sample_id"],
            "number": str(drawn["number"]),
            **{name: drawn[name] for name in ("pack", "stratum", "charge_id", "subject_id")},
            **_record(charge, _birth(people[charge["subject_id"]])),
            "as_of": f"on {run['as_of']}",
            **_decision(decision, drawn, offices[drawn["pack"]].pack_for(charge["county"])),
        }
        rows.append({name: safe_text(cells[name]) for name in SHOWN})
    return rows


def write_sheet(rows: Sequence[Mapping[str, str]], out: Path) -> None:
    """A sheet of these rows, with blank columns for the reviewer. Raises InputRefused where `out` is there or cannot be written."""
    try:
        # The mark at the start tells a spreadsheet that the file is UTF-8.
        with out.open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow((*SHOWN, *FILLED_IN))
            writer.writerows([*(row[name] for name in SHOWN), "", "", ""] for row in rows)
    except FileExistsError as error:
        raise InputRefused(f"[{out}] is there already, and may hold marks: name another file") from error
    except OSError as error:
        raise InputRefused(f"[{out}] cannot be written") from error


def _birth(subjects: Sequence[Mapping[str, Any]]) -> tuple[date | None, date | None]:
    """The ends of a person's date of birth; deliveries that differ leave both days open."""
    first = [row["birth_earliest"] for row in subjects if row["birth_earliest"] is not None]
    last = [row["birth_latest"] for row in subjects if row["birth_latest"] is not None]
    return min(first, default=None), max(last, default=None)


def _record(charge: Mapping[str, Any], birth: tuple[date | None, date | None]) -> dict[str, str]:
    offense = (charge["offense_earliest"], charge["offense_latest"])
    return {
        "found_in": f"delivery {charge['delivery_id']}, file {charge['file']}, line {charge['line']}",
        "county": charge["county"] or "",
        "kind": charge["kind"],
        "offense": _offense(charge, "offense"),
        "offense_printed": charge["offense_raw"] or "",
        "charged": _offense(charge, "charged"),
        "grade": charge["grade_raw"] or charge["grade"] or "",
        "offense_date": _days(*offense),
        "age_at_offense": _age(birth, offense),
        "convicted": _days(charge["convicted_earliest"], charge["convicted_latest"]),
        **{name: _days(charge[f"{name}_earliest"], charge[f"{name}_latest"]) for name in _EVENTS},
        "sentence": ", ".join(word for name, word in _SENTENCE.items() if charge[name]),
        "sentence_ends": _days(charge["sentence_ends_earliest"], charge["sentence_ends_latest"]),
    }


def _decision(
    decision: Mapping[str, Any] | None, drawn: Mapping[str, Any], pack: Pack | None
) -> dict[str, str]:
    assert pack is not None  # Nobody else was asked.
    if decision is None:
        reason = f"{drawn['reason']}, which is: {pack.scope_says}"
        return {"outcome": in_words(OUT_OF_SCOPE), "remedy": "", "eligible_on": "", "reason": reason}
    return {
        "outcome": in_words(decision["outcome"]),
        "remedy": in_words(decision["remedy"]),
        "eligible_on": _days(decision["eligible_on"], decision["eligible_on"]),
        "reason": reason_of(pack, decision).words,
    }


def _offense(charge: Mapping[str, Any], prefix: str) -> str:
    parts = [
        charge[f"{prefix}_code"],
        f"{charge[f'{prefix}_section'] or ''}{charge[f'{prefix}_subdivisions'] or ''}",
    ]
    forms = [word for word in ("attempt", "conspiracy") if charge[f"{prefix}_{word}"]]
    read = " ".join(part for part in (*parts, *forms) if part)
    return read if charge[f"{prefix}_is_readable"] or not read else f"maybe {read}"


def _days(earliest: date | None, latest: date | None) -> str:
    """An interval of days in words; blank where both ends are open."""
    if earliest == latest:
        return "" if earliest is None else f"on {earliest}"
    return day_in_words(earliest, latest)


def _age(birth: tuple[date | None, date | None], on: tuple[date | None, date | None]) -> str:
    if None in (*birth, *on):
        return ""
    youngest, oldest = age_on(birth[1], on[0]), age_on(birth[0], on[1])  # type: ignore[arg-type]
    return f"{youngest}" if youngest == oldest else f"{youngest} to {oldest}"


# ---- back


def read_sheet(path: Path) -> ReturnedSheet:
    """A sheet that came back. Raises InputRefused where it is no CSV file in UTF-8, or not in the columns of a sheet."""
    rows, content = read_csv(path)
    names = {name: name.partition(" (")[0] for name in rows[0][1]} if rows else {}
    expected = [name.partition(" (")[0] for name in (*SHOWN, *FILLED_IN)]
    for name in expected:
        if name not in names.values():
            raise InputRefused(
                f"{path}: row 1: there is no column [{name}]; it is a sheet of clear-record sample no more"
            )
    for name, short in names.items():
        if short not in expected:
            raise InputRefused(f"{path}: row 1: [{name}] is no column of a sheet")
    named = [(number, {names[name]: cell for name, cell in row.items()}) for number, row in rows]
    return ReturnedSheet(str(path), named[0][1]["sample"].strip(), hashlib.sha256(content).hexdigest(), named)


def read_csv(path: Path) -> tuple[list[tuple[int, dict[str, str]]], bytes]:
    """The rows of a CSV file by name of column, each beside its number in a spreadsheet (the header is row 1), and the file's bytes.

    The delimiter is a comma, a semicolon or a tab, as spreadsheets of different countries save. Blank rows are passed over.
    Raises InputRefused where it cannot be read, has no rows, or a row has more or fewer cells than the header.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        header = text.partition("\n")[0]
        delimiter = max(",;\t", key=header.count)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputRefused(f"[{path}] cannot be read as CSV: save it as CSV UTF-8") from error
    names = [name.strip() for name in lines[0]] if lines else []
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise InputRefused(
                f"{path}: row {number}: it has {len(cells)} cells, and the header {len(names)}"
            )
        rows.append((number, dict(zip(names, cells, strict=True))))
    if not rows:
        raise InputRefused(f"{path}: there are no rows below the header")
    if len(set(names)) < len(names):
        raise InputRefused(f"{path}: row 1: two columns have one name")
    return rows, content


def marks_of(sheet: ReturnedSheet, shown: Sequence[Mapping[str, str]]) -> list[Mark]:
    """The marks on a sheet, checked against what its sample shows (see `sheet_rows`); rows without a mark give none.

    Raises InputRefused with row and column for a row that was not drawn or stands there twice, a cell that was changed, and a mark that
    is none.
    """
    drawn = {row["number"]: row for row in shown}
    seen: set[str] = set()
    marks = []
    for at, row in sheet.rows:
        number = row["number"].strip()
        if number not in drawn:
            raise InputRefused(
                f"{sheet.place}: row {at}, column number: [{number}] was not drawn for this sample"
            )
        if number in seen:
            raise InputRefused(
                f"{sheet.place}: row {at}, column number: [{number}] stands here a second time"
            )
        seen.add(number)
        changed = [name for name in SHOWN if _bare(row[name]) != _bare(drawn[number][name])]
        if changed:
            raise InputRefused(
                f"{sheet.place}: row {at}, column {changed[0]}: it is not what the sample says; only marks may be written"
            )
        mark = _mark_in(row, f"{sheet.place}: row {at}")
        if mark is not None:
            marks.append(
                Mark(int(number), mark, row[_SHOULD_BE].strip() or None, row[_NOTE][:LONGEST_NOTE] or None)
            )
    return marks


def _bare(cell: str) -> str:
    """What a cell says: a spreadsheet may take off blanks, and the apostrophe that kept it from running."""
    return cell.strip().removeprefix("'")


def _mark_in(row: Mapping[str, str], place: str) -> str | None:
    mark = "_".join(row[_MARK].lower().split())
    if mark in MARKS:
        return mark
    if mark:
        raise InputRefused(f"{place}, column mark: it is none of {', '.join(MARKS)}")
    for name in (_SHOULD_BE, _NOTE):
        if row[name].strip():
            raise InputRefused(f"{place}, column {name}: it is filled in, and mark is not")
    return None
