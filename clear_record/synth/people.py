"""The people who do not exist: who they are, when they were born, and when and where their record begins.

Their names are no names. All their social security numbers begin with 900, which is never issued, and some people are
canaries whose name begins with ZZCANARY: where one of these turns up, the record has leaked.
"""

from datetime import date
from typing import NamedTuple

from clear_record.synth import shares
from clear_record.synth.days import days_of_years, print_day_or_blemish
from clear_record.synth.dice import Roll, between
from clear_record.synth.layout import cell, segment

CANARY = "ZZCANARY"
_LAST_NAMES = (
    "TESTPERSON", "SAMPLE", "EXAMPLE", "SPECIMEN", "PLACEHOLDER", "FICTITIOUS", "INVENTED", "NOBODY", "MADEUP", "MOCKUP",
    "NOSUCHPERSON", "PERSONA-FICTICIÓN",
)  # fmt: skip
_FIRST_NAMES = (
    "ALFA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL", "INDIA", "JULIETT", "KILO", "LIMA", "MIKE",
    "NOVEMBER", "OSCAR", "PAPA", "QUEBEC", "ROMEO", "SIERRA", "TANGO", "UNIFORM", "VICTOR", "WHISKEY", "XRAY", "YANKEE", "ZULU",
)  # fmt: skip
FORMULAS = ("=1+1", "+1", "-x", "@x")

_IDENTITY = segment(
    "SUBJECT_STATUS",
    "CYC_SEG_SEP",
    *("SUBJECT_ID", "REQ_CII_NUMBER"),
    *(
        "CII_NUMBER",
        "PRI_NAME",
        "GENDER",
        "PRI_DOB",
        "PRI_SSN",
        "PRI_CDL",
        "FBI_NUMBER",
        "RACE_CODE",
        "RACE_DESCR",
    ),
    *("EYE_COLOR_CODE", "EYE_COLOR_DESCR", "HAIR_COLOR_CODE", "HAIR_COLOR_DESCR", "HEIGHT", "WEIGHT"),
    *("POB_CODE", "POB_NAME"),
    SUBJECT_STATUS="A",
    REQ_SEG_SEP="REQ",
    PII_SEG_SEP="PII",
    PDR_SEG_SEP="PDR",
    CITIZENSHIP_LIST="US",
    CYC_SEG_SEP="CYC",
)


class Person(NamedTuple):
    """A person; days are ordinals. `identity` is the person's part of every row (SUBJECT_STATUS to CYC_SEG_SEP)."""

    born: int
    first_arrested: int
    home: shares.Coded
    has_birth_date: bool
    identity: str


def invent(index: int, roll: Roll) -> Person:
    """The person with that number among all who are invented, from 0."""
    first_year, last_year = shares.YEARS_OF_FIRST_ARREST.draw(roll)
    first_arrested = between(date(first_year, 1, 1).toordinal(), date(last_year, 12, 31).toordinal(), roll)
    youngest, oldest = shares.AGES_AT_FIRST_ARREST.draw(roll)
    born = first_arrested - between(days_of_years(youngest), days_of_years(oldest + 1), roll)
    has_birth_date = roll() >= shares.NO_BIRTH_DATE
    birth = print_day_or_blemish(born, roll) if has_birth_date else ""
    name, sex, number = cell(_name(index, roll)), shares.SEXES.draw(roll), f"{index:08}"
    cii, ssn = f"A{number}", f"900{between(1_00_00, 49_99_99, roll):06}"
    identity = _IDENTITY(
        (
            f"{10_000_000 + index}", cii, cii, name, sex, birth, ssn, f"Y{number[1:]}", f"{number[-6:]}ZZ{between(0, 9, roll)}",
            *shares.RACES.draw(roll), *shares.EYES.draw(roll), *shares.HAIR.draw(roll),
            between(500, 511, roll), between(110, 260, roll), *shares.BIRTH_PLACES.draw(roll),
        )
    )  # fmt: skip
    return Person(born, first_arrested, shares.COUNTIES.draw(roll), has_birth_date, identity)


def _name(index: int, roll: Roll) -> str:
    chance = roll()
    if chance < shares.FORMULA:
        return FORMULAS[between(0, len(FORMULAS) - 1, roll)]
    last, first = _LAST_NAMES[index % len(_LAST_NAMES)], _FIRST_NAMES[between(0, len(_FIRST_NAMES) - 1, roll)]
    if chance > 1 - shares.CANARY:
        last = f"{CANARY}{index}"
    if roll() < shares.NICKNAME:
        return f'{last},{first} "{_FIRST_NAMES[index % len(_FIRST_NAMES)]}"'
    return f"{last},{first}"
