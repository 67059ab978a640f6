"""The correction lists of a diff: the charges whose relief an office must look at again, by where they stand in its own delivery."""

import csv
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clear_record.audit.diff.diff import Diff
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.spreadsheet import safe_text

# Each list and the changes that stand in it.
LISTS = {
    "newly_eligible": "outcome_after = 'eligible' AND outcome_before IS DISTINCT FROM 'eligible'",
    "no_longer_eligible": "outcome_before = 'eligible' AND outcome_after IS DISTINCT FROM 'eligible'",
    "remedy_changed": "outcome_before = 'eligible' AND outcome_after = 'eligible' AND remedy_before <> remedy_after",
}
_CHANGE = ("outcome_before", "remedy_before", "outcome_after", "remedy_after", "eligible_on_after")
COLUMNS = (
    "county",
    "case_id",
    "delivery",
    "file",
    "line",
    "pack",
    *_CHANGE,
    "because_of",
    "criteria",
    "charge_id",
)


def write_lists(files: LakeFiles, diff: Diff, folder: Path) -> dict[str, tuple[Path, int]]:
    """Write a CSV file of each list, with `COLUMNS`, into `folder`; gives the file and its number of rows by the list's name.

    `file` (its name) and `line` are where the charge stands in the delivery that the later run read. A file that is there is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version = next(each["version"] for each in diff.after["inputs"] if each["table_name"] == "charge")
    found = files.duckdb.sql(
        f"""
        WITH change AS (SELECT * FROM {files.source("decision_change")} WHERE diff_id = '{diff.diff_id}'),
        place AS (
            SELECT charge_id, max((position, delivery_id, file, line)) AS latest
            FROM {files.source("charge", version)} JOIN (SELECT delivery_id, position FROM {files.source("delivery")})
            USING (delivery_id) WHERE charge_id IN (SELECT charge_id FROM change) GROUP BY charge_id
        )
        SELECT change.*, latest[2] AS delivery, latest[3] AS file, latest[4] AS line
        FROM change LEFT JOIN place USING (charge_id)
        ORDER BY county, case_id, charge_id, pack
        """
    )
    names = {
        (each["delivery_id"], position): file["name"]
        for each in files.all_rows("delivery")
        for position, file in enumerate(each["files"], 1)
    }
    written = {}
    for name, condition in LISTS.items():
        rows = dicts(found.filter(condition))
        path = folder / f"{name}.csv"
        _write(path, (_cells(row, names) for row in rows))
        written[name] = path, len(rows)
    return written


def _cells(row: Mapping[str, Any], names: Mapping[tuple[str, int], str]) -> Iterator[str]:
    shown = {
        **row,
        "file": names.get((row["delivery"], row["file"])),
        "because_of": " ".join(row["causes"]),
        "criteria": " ".join([*row["criteria"], *row["law"]]),
    }
    yield from (safe_text("" if shown[name] is None else str(shown[name])) for name in COLUMNS)


def _write(path: Path, rows: Iterator[Iterator[str]]) -> None:
    # Whoever finds a list finds it whole.
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, newline="", encoding="utf-8", delete=False
    ) as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    Path(file.name).replace(path)
