"""Days as the extract prints them: `YYYYMMDD`, and at a small rate in each way that leaves the day open.

A day is a proleptic ordinal (`date.toordinal`). Every text is a valid one (docs/formats/ca_doj.md): open, partial, a
day that does not exist, a sentinel, padded.
"""

from datetime import date

from clear_record.synth import shares
from clear_record.synth.dice import Roll, Shares

LAST_DAY = shares.EXTRACTED_ON.toordinal()
_FIRST_DAY = date(1890, 1, 1).toordinal()
_TEXTS = [date.fromordinal(day).isoformat().replace("-", "") for day in range(_FIRST_DAY, LAST_DAY + 1)]

# {0} is the day as it is (a precision cuts it to year or month), {1} a day that its month does not have.
BLEMISHES = Shares(
    {
        "{0:.4}0000": 25, "{0:.6}00": 25, "00000000": 12, "": 12, "NULL": 3, "{0:.6}{1}": 12, "19000101": 4, "99990101": 4,
        " {0}  ": 3,
    }
)  # fmt: skip
_NO_DAY_OF_MONTH = {"02": "30", "04": "31", "06": "31", "09": "31", "11": "31"}


def days_of_years(years: int) -> int:
    """So many years in days, rounded up: enough where no anniversary is meant."""
    return (years * 1461 + 3) // 4


def print_day(day: int) -> str:
    """The day as `YYYYMMDD`."""
    return _TEXTS[day - _FIRST_DAY]


def print_day_or_blemish(day: int, roll: Roll) -> str:
    """The day as `YYYYMMDD`, or as an extract may have it instead."""
    text = _TEXTS[day - _FIRST_DAY]
    if roll() < shares.BLEMISHED_DATE:
        return BLEMISHES.draw(roll).format(text, _NO_DAY_OF_MONTH.get(text[4:6], "32"))
    return text
