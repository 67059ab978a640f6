"""Small extracts in the layout of California's DOJ, written by hand: a person, a cycle, its steps and counts."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from clear_record.synth.layout import COLUMNS

Cells = Mapping[str, str]

ARREST, COURT = "ARREST/DETAINED/CITED", "COURT ACTION"


def row(person: str, record: str, cycle: int, step: int, count: int, **cells: str) -> dict[str, str]:
    """A row: everything that is not said is blank; the county is Los Angeles, the birth date 1 January 1970."""
    base = {
        "RECORD_ID": record,
        "SUBJECT_ID": person,
        "PRI_DOB": "19700101",
        "RACE_CODE": "B",
        "RACE_DESCR": "BLACK",
        "CYC_ORDER": str(cycle),
        "STP_ORDER": str(step),
        "STP_ORI_CNTY_NAME": "LOS ANGELES",
        "CNT_ORDER": f"{cycle:03}{step:03}{count:03}000",
        "END_OF_REC": "EOR",
    }
    return {**base, **cells}


def arrest(
    person: str, record: str, day: str, offense: str, *, cycle: int = 101, count: int = 1, **cells: str
) -> dict[str, str]:
    return row(
        person, record, cycle, 1, count,
        **{"CYC_DATE": day, "STP_EVENT_DATE": day, "STP_TYPE_DESCR": ARREST, "OFFENSE_DESCR": offense, **cells},
    )  # fmt: skip


def court(
    person: str, record: str, day: str, offense: str, disposition: str = "CONVICTED", *, cycle: int = 101, step: int = 2,
    count: int = 1, **cells: str,
) -> dict[str, str]:  # fmt: skip
    return row(
        person, record, cycle, step, count,
        **{
            "STP_EVENT_DATE": day, "STP_TYPE_DESCR": COURT, "OFFENSE_DESCR": offense, "DISP_DESCR": disposition,
            "CONV_STAT_DESCR": "FELONY" if disposition.startswith("CONVICTED") else "", "OFN": f"OFN{record}", **cells,
        },
    )  # fmt: skip


def text_of(rows: Sequence[Cells], *, header: bool = True, end: str = "\n") -> str:
    """The rows as a file's text."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator=end)
    if header:
        writer.writerow(COLUMNS)
    writer.writerows([each.get(name, "") for name in COLUMNS] for each in rows)
    return written.getvalue()


def write(path: Path, rows: Sequence[Cells], **how: str | bool) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(rows, **how).encode())  # type: ignore[arg-type]
    return path
