"""Rows made unbelievable: each fault is one that a reader must reject, under exactly one code of the reject table.

One thing is changed in one row, so that no other code can apply, and the person's id stays readable.
"""

import csv
from typing import NamedTuple

from clear_record.synth.dice import Roll, Shares, between
from clear_record.synth.layout import COLUMNS, cell


class Fault(NamedTuple):
    """A kind of fault: the code that it must get, the columns that it may hit, and what stands there then.

    `{0}` in `becomes` is what stood there before. A fault without columns changes the number of fields instead, to
    one from `fields`.
    """

    name: str
    code: str
    columns: tuple[str, ...] = ()
    becomes: str = "{0}"
    fields: tuple[int, int] = (len(COLUMNS), len(COLUMNS))


class Spoilt(NamedTuple):
    """A row after a fault was done to it, and what is known of the fault."""

    line: str
    subject_id: str
    fault: str
    code: str
    field: str | None


_TEXTS = ("PRI_NAME", "STP_ORI_DESCR", "OFFENSE_DESCR", "COMMENT_TEXT")
_DATES = ("PRI_DOB", "CYC_DATE", "STP_EVENT_DATE", "DISP_DATE")
_EVENTS = ("CYC_DATE", "STP_EVENT_DATE")
_NUMBERS = ("SENT_LENGTH",)
_KEYS = ("CNT_ORDER",)

FAULTS = Shares(
    {
        # Kept rare: where more than 1% of its rows have another number of fields, a file is refused whole.
        Fault("extra_field", "Q001", fields=(96, 98)): 6,
        Fault("short_row", "Q001", fields=(4, 94)): 6,
        Fault("nul_character", "Q002", _TEXTS, "{0}\0"): 8,
        Fault("control_character", "Q002", _TEXTS, "\x1b{0}"): 8,
        Fault("letters_for_date", "Q010", _DATES, "UNKNOWN"): 6,
        Fault("two_digit_year", "Q010", _DATES, "870208"): 6,
        Fault("trailing_text", "Q010", _DATES, "19870208 APPROX"): 6,
        Fault("date_with_dashes", "Q010", _DATES, "1987-2-8"): 6,
        Fault("month_13", "Q010", _DATES, "19871308"): 4,
        Fault("future_date", "Q011", _EVENTS, "21500208"): 12,
        Fault("decimal_number", "Q012", _NUMBERS, "{0}.0"): 6,
        Fault("exponent_number", "Q012", _NUMBERS, "1e2"): 4,
        Fault("huge_number", "Q012", _NUMBERS, "99999999999"): 4,
        Fault("blank_key", "Q020", _KEYS, ""): 6,
        Fault("na_key", "Q020", _KEYS, "NA"): 6,
        Fault("letters_in_key", "Q020", _KEYS, "{0:.6}ABC000"): 6,
    }
)
# A fault of these stands only where there was something to spoil.
_ONLY_WHERE_FILLED = frozenset({"SENT_LENGTH", "DISP_DATE"})
_POSITION = {name: position for position, name in enumerate(COLUMNS)}


def spoil(line: str, roll: Roll) -> Spoilt:
    """Does one fault to a row (a line without its end) of the clean layout."""
    cells = next(csv.reader([line]))
    subject_id = cells[_POSITION["SUBJECT_ID"]]
    while True:
        fault = FAULTS.draw(roll)
        if not fault.columns:
            cells = (cells + [""] * len(COLUMNS))[: between(*fault.fields, roll)]
            return Spoilt(_line(cells), subject_id, fault.name, fault.code, None)
        column = fault.columns[between(0, len(fault.columns) - 1, roll)]
        text = cells[_POSITION[column]]
        if text or column not in _ONLY_WHERE_FILLED:
            cells[_POSITION[column]] = fault.becomes.format(text)
            return Spoilt(_line(cells), subject_id, fault.name, fault.code, column)


def _line(cells: list[str]) -> str:
    return ",".join(map(cell, cells))
