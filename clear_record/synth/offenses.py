"""The offenses that invented people are charged with, and every way in which rap sheets print them.

What may be printed follows docs/formats/ca_doj.md and relief-law.md A.1 (the sections of each time), A.5 and A.6
(strikes, registrable offenses and their near misses) and A.7 (spellings, attempts, conspiracies, comments).
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from clear_record.synth import shares
from clear_record.synth.dice import Roll, Shares


@dataclass(frozen=True, eq=False)
class Offense:
    """An offense as the table of a rap sheet has it. `grade` is F, M or I, W for felony or misdemeanor, N for none."""

    section: str
    law: str
    words: str
    grade: str
    is_registrable: bool = False

    @cached_property
    def printed(self) -> str:
        """Section, code of law and words as the table has them."""
        return f"{self.section} {self.law}-{self.words}"

    @cached_property
    def as_in_table(self) -> "Print":
        """The offense printed in the one form that most rap sheets have."""
        return Print(self.printed)

    @cached_property
    def number(self) -> str:
        """The state's five-digit code of the offense, invented from its section."""
        return str(10_000 + zlib.crc32(f"{self.section} {self.law}".encode()) % 90_000)


# --- cannabis ----------------------------------------------------------------------------------------------


def _hs(section: str, words: str, grade: str) -> Offense:
    return Offense(section, "HS", words, grade)


_SALE, _TO_SELL, _GROW = (
    "SELL/FURNISH/ETC MARIJUANA/HASH",
    "POSSESS MARIJUANA FOR SALE",
    "CULTIVATE MARIJUANA",
)

_SIX_GRADES = {
    _hs("11357(A)", "POSSESS CONCENTRATED CANNABIS", "W"): (5, 10),
    _hs("11357(C)", "POSSESS MARIJUANA OVER 1 OZ", "M"): (2, 10),
    _hs("11357(D)", "POSSESS MARIJUANA ON SCHOOL GROUNDS", "M"): (0.2, 1),
    _hs("11357", "POSSESS MARIJUANA", "M"): (0.8, 2),
    _hs("11358", _GROW, "F"): (17, 20),
    _hs("11359", _TO_SELL, "F"): (48, 31),
    _hs("11360(A)", _SALE, "F"): (24, 13),
    _hs("11360", _SALE, "F"): (1.5, 1),
    _hs("11360(B)", "GIVE/TRANSPORT MARIJUANA, 28.5 GRAMS OR LESS", "M"): (0.6, 3),
}
_SIMPLE = "POSSESS MARIJUANA, 28.5 GRAMS OR LESS"
# What was charged from each day on, with its shares in Los Angeles (~62 felonies to 4 misdemeanors [S9]) and elsewhere
# (chosen, with more possession). The sections changed their numbers in 1972 and their meaning in 1976 and 2016.
_BY_TIME: tuple[tuple[date, dict[Offense, tuple[float, float]]], ...] = (
    (
        date.min,
        {
            _hs("11530", "POSSESS MARIJUANA", "F"): (40, 50),
            _hs("11530.1", _GROW, "F"): (10, 12),
            _hs("11530.5", _TO_SELL, "F"): (30, 23),
            _hs("11531", _SALE, "F"): (20, 15),
        },
    ),
    (
        date(1972, 1, 1),
        {
            _hs("11357", "POSSESS MARIJUANA", "W"): (10, 40),
            _hs("11358", _GROW, "F"): (15, 15),
            _hs("11359", _TO_SELL, "F"): (45, 27),
            _hs("11360", _SALE, "F"): (30, 18),
        },
    ),
    (date(1976, 1, 1), {_hs("11357(B)", _SIMPLE, "M"): (0.9, 9), **_SIX_GRADES}),
    (date(2011, 1, 1), {_hs("11357(B)", _SIMPLE, "I"): (0.9, 9), **_SIX_GRADES}),
    (
        date(2016, 11, 9),
        {
            _hs("11357(A)(2)", "POSSESS CANNABIS, 28.5 GRAMS OR LESS, 18-20", "I"): (5, 10),
            _hs("11357(B)(2)", "POSSESS CANNABIS OVER 28.5 GRAMS", "M"): (15, 20),
            _hs("11358(C)", "CULTIVATE OVER SIX PLANTS", "M"): (20, 25),
            _hs("11359(B)", "POSSESS CANNABIS FOR SALE", "M"): (35, 28),
            _hs("11360(A)(2)", "SELL/FURNISH/ETC CANNABIS", "M"): (25, 17),
        },
    ),
)
_PROP_64 = tuple(
    (
        since.toordinal(),
        Shares({offense: share[0] for offense, share in sections.items()}),
        Shares({offense: share[1] for offense, share in sections.items()}),
    )
    for since, sections in reversed(_BY_TIME)
)


def cannabis_offense(day: int, county: shares.Coded, roll: Roll) -> Offense:
    """A cannabis offense as it was charged on a day (proleptic ordinal) in a county."""
    for since, in_los_angeles, elsewhere in _PROP_64:
        if day >= since:
            return (in_los_angeles if county.name == shares.LOS_ANGELES else elsewhere).draw(roll)
    raise ValueError("a day before the calendar")


# --- everything else ---------------------------------------------------------------------------------------

# Chosen. Strikes, registrable offenses, and what only looks like one of these or like 11357 to 11360.
OTHER_OFFENSES = Shares(
    {
        Offense("459", "PC", "BURGLARY", "W"): 9,
        Offense("484(A)", "PC", "THEFT", "M"): 9,
        Offense("484/488", "PC", "PETTY THEFT", "M"): 0.5,
        Offense("487(A)", "PC", "GRAND THEFT", "W"): 4,
        Offense("496(A)", "PC", "RECEIVE/ETC KNOWN STOLEN PROPERTY", "W"): 4,
        Offense("23152(A)", "VC", "DUI ALCOHOL/DRUGS", "M"): 11,
        Offense("14601.1(A)", "VC", "DRIVE WHILE LIC SUSPENDED/ETC", "M"): 6,
        Offense("10851(A)", "VC", "TAKE VEHICLE W/O OWNER'S CONSENT", "W"): 3,
        Offense("40508(A)", "VC", "FAILURE TO APPEAR:WRITTEN PROMISE", "M"): 2,
        Offense("23222(B)", "VC", "POSSESS MARIJUANA WHILE DRIVING", "I"): 2,
        Offense("11350(A)", "HS", "POSSESS NARCOTIC CONTROLLED SUBSTANCE", "W"): 9,
        Offense("11351", "HS", "POSSESS/PURCHASE FOR SALE NARCOTIC", "F"): 3,
        Offense("11377(A)", "HS", "POSSESS CONTROLLED SUBSTANCE", "W"): 9,
        Offense("11378", "HS", "POSSESS CONTROLLED SUBSTANCE FOR SALE", "F"): 3,
        Offense("11364(A)", "HS", "POSSESS CONTROLLED SUBSTANCE PARAPHERNALIA", "M"): 4,
        Offense("11366", "HS", "KEEP PLACE TO SELL CONTROLLED SUBSTANCES", "W"): 0.7,
        Offense("11550(A)", "HS", "USE/UNDER INFL OF CONTROLLED SUBSTANCE", "M"): 4,
        Offense("4140", "BP", "POSSESS HYPODERMIC NEEDLE/SYRINGE", "M"): 0.7,
        Offense("4060", "BP", "POSSESS CNTL SUB W/O PRESCRIPTION", "M"): 0.7,
        Offense("148(A)(1)", "PC", "OBSTRUCT/ETC PUBLIC OFFICER", "M"): 4,
        Offense("148.9(A)", "PC", "FALSE ID TO SPECIFIC PEACE OFFICERS", "M"): 1.5,
        Offense("466", "PC", "POSSESS/ETC BURGLARY TOOLS", "M"): 0.7,
        Offense("602(L)", "PC", "TRESPASS:OCCUPY PROPERTY W/O CONSENT", "M"): 1.5,
        Offense("647(F)", "PC", "DISORDERLY CONDUCT:INTOX DRUG/ALCOHOL", "M"): 4,
        Offense("1320(A)", "PC", "FAIL TO APPEAR AFTER OWN RECOGNIZANCE RELEASE", "M"): 1,
        Offense("273.5(A)", "PC", "INFLICT CORPORAL INJURY ON SPOUSE/COHABITANT", "W"): 3,
        Offense("242", "PC", "BATTERY", "M"): 4,
        Offense("245(A)(1)", "PC", "FORCE/ADW NOT FIREARM:GBI LIKELY", "W"): 3,
        Offense("211", "PC", "ROBBERY", "F"): 2,
        Offense("594(B)(1)", "PC", "VANDALISM", "W"): 1.5,
        Offense("4573.6", "PC", "POSSESS CONTROLLED SUBSTANCE IN PRISON/JAIL", "F"): 0.8,
        Offense("12020(A)", "PC", "POSSESS/MFG/SELL DANGEROUS WEAPON", "W"): 1,
        Offense("12021(A)(1)", "PC", "CONVICTED PERSON POSSESS FIREARM", "F"): 1,
        # super strikes (relief-law.md A.5)
        Offense("187(A)", "PC", "MURDER", "F"): 0.5,
        Offense("664/187(A)", "PC", "ATTEMPTED MURDER", "F"): 0.3,
        Offense("191.5(A)", "PC", "GROSS VEHICULAR MANSLAUGHTER WHILE INTOX", "F"): 0.2,
        Offense("209(B)(1)", "PC", "KIDNAPPING TO COMMIT ROBBERY/RAPE", "F"): 0.2,
        Offense("206", "PC", "TORTURE", "F"): 0.1,
        Offense("220(A)(1)", "PC", "ASSAULT W/INT TO COMMIT RAPE/ETC", "F", is_registrable=True): 0.2,
        Offense("269(A)(1)", "PC", "AGGRAVATED SEX ASSAULT OF CHILD:RAPE", "F", is_registrable=True): 0.1,
        Offense("653F(B)", "PC", "SOLICIT COMMIT MURDER", "F"): 0.1,
        # registrable offenses (A.6)
        Offense("261(A)(2)", "PC", "RAPE BY FORCE/FEAR/ETC", "F", is_registrable=True): 0.4,
        Offense("288(A)", "PC", "LEWD OR LASCIVIOUS ACTS W/CHILD UNDER 14", "F", is_registrable=True): 0.6,
        Offense(
            "288(C)(1)", "PC", "L&L W/CHILD 14 OR 15 YRS: DEF 10 YRS OLDER", "W", is_registrable=True
        ): 0.2,
        Offense("288A(C)(1)", "PC", "ORAL COP W/PERSON UNDER 14/ETC", "F", is_registrable=True): 0.1,
        Offense("243.4(A)", "PC", "SEXUAL BATTERY", "W", is_registrable=True): 0.3,
        Offense("314.1", "PC", "INDECENT EXPOSURE", "M", is_registrable=True): 0.3,
        Offense("647.6(A)(1)", "PC", "ANNOY/MOLEST CHILDREN", "M", is_registrable=True): 0.2,
        Offense(
            "311.11(A)", "PC", "POSSESS/ETC OBSCENE MATTER OF MINOR IN SEXUAL ACT", "W", is_registrable=True
        ): 0.1,
        # near misses of both
        Offense("192(A)", "PC", "VOLUNTARY MANSLAUGHTER", "F"): 0.3,
        Offense("207(A)", "PC", "KIDNAPPING", "F"): 0.2,
        Offense("261.5(C)", "PC", "SEX WITH MINOR:3+ YRS YOUNGER", "W"): 0.6,
        Offense("272(A)(1)", "PC", "CONTRIBUTE TO DELINQUENCY OF MINOR", "M"): 0.4,
        Offense("451.5(A)", "PC", "AGGRAVATED ARSON", "F"): 0.05,
        Offense("537(A)(1)", "PC", "DEFRAUD INNKEEPER", "M"): 0.5,
        Offense("653F(A)", "PC", "SOLICIT COMMIT SPECIFIED CRIMES", "W"): 0.1,
        # look-alikes of 11357 to 11360
        Offense("11357.5", "HS", "SELL/ETC SYNTHETIC CANNABINOID", "M"): 0.5,
        Offense("11357.5(B)", "HS", "POSSESS SYNTHETIC CANNABINOID", "I"): 0.3,
        Offense("11375.5", "HS", "SELL/ETC SYNTHETIC STIMULANT", "M"): 0.2,
        Offense("11361(A)", "HS", "USE MINOR TO SELL/ETC MARIJUANA", "F"): 0.4,
        Offense("11361(B)", "HS", "FURNISH/ETC MARIJUANA TO MINOR OVER 14", "F"): 0.2,
        Offense("11357", "VC", "UNSAFE EQUIPMENT", "I"): 0.2,
        Offense("11357", "BP", "UNLICENSED APPRAISAL", "M"): 0.1,
        Offense("11359.5", "HS", "UNKNOWN", "M"): 0.1,
        Offense("113579", "HS", "UNKNOWN", "M"): 0.1,
    }
)

REGISTRATIONS = Shares(
    {
        Offense("290(A)", "PC", "REGISTRATION OF SEX OFFENDER", "N"): 40,
        Offense("290(B)", "PC", "REGISTRATION OF SEX OFFENDER", "N"): 40,
        Offense("290", "PC", "REGISTRATION OF SEX OFFENDER", "N"): 15,
        Offense("290(A)(1)(A)", "PC", "REGISTRATION OF SEX OFFENDER", "N"): 5,
    }
)
NARCOTICS_REGISTRATION = Offense("11590", "HS", "REGISTRATION OF CONTROLLED SUBSTANCE OFFENDER", "N")

# --- forms of print ----------------------------------------------------------------------------------------


class Print(NamedTuple):
    """What stands in the field of an offense and, where the offense is named there, in the comment."""

    offense: str
    comment: str = ""


Form = Callable[[Offense], str]


def _bare(section: str) -> str:
    return re.sub(r"[()]", "", section)


ATTEMPTS = Shares[Form](
    {
        lambda offense: f"664/{offense.printed}": 50,
        lambda offense: f"664-{offense.printed}": 15,
        lambda offense: f"664{offense.printed}": 12,
        lambda offense: f"664.{offense.printed}": 5,
        lambda offense: f"664 {offense.printed}": 5,
        lambda offense: f"{offense.section}/664 {offense.law}-{offense.words}": 8,
        lambda offense: f"664/{offense.section.lower()} {offense.law}": 5,
    }
)
CONSPIRACIES = Shares[Form](
    {
        lambda offense: f"182(A)(1)/{offense.section} PC-CONSP: {offense.words}": 50,
        lambda offense: f"182(A)(1)/{offense.printed}": 30,
        lambda offense: f"182/{offense.printed}": 20,
    }
)
# Letters without parentheses may name another section of the Penal Code (288A is not 288(A)).
SPELLINGS = Shares[Form](
    {
        lambda offense: offense.printed.lower(): 12,
        lambda offense: f"{offense.section.lower()}-{offense.law}": 12,
        lambda offense: f"{offense.law}{offense.section}": 10,
        lambda offense: f"{offense.section}{offense.law}-{offense.words}": 12,
        lambda offense: f"/{offense.printed}": 8,
        lambda offense: f"  {offense.section}   {offense.law} -{offense.words}  ": 10,
    }
)
HS_SPELLINGS = Shares[Form](
    {
        lambda offense: f"{_bare(offense.section)} HS-{offense.words}": 30,
        lambda offense: f"H&S {offense.section.lower()}": 30,
        lambda offense: re.sub(r"\((\w)\)", r" \1", offense.section, count=1) + " HS": 20,
        # A letter after a point is read for review only.
        lambda offense: re.sub(r"\((\w)\)", r".\1", offense.section, count=1) + " HS": 2,
    }
)
SEE_COMMENT = Shares(
    {"SEE COMMENT FOR CHARGE": 45, "see comment for charge": 25, "See Comment for Charge": 5, "": 25}
)
IN_COMMENT = Shares[Form](
    {
        lambda offense: offense.printed: 50,
        lambda offense: (
            f"CHARGE: {offense.section.lower()} {offense.law.lower()} {offense.words.lower()}"
        ): 30,
        lambda offense: f"CNT 01: {offense.printed}": 20,
    }
)


def print_offense(offense: Offense, roll: Roll) -> Print:
    """Prints an offense, most often as its table has it, and at small rates in each other form."""
    manner = shares.MANNERS_OF_PRINT.draw(roll)
    if manner == "attempt" and not offense.section.startswith("664"):
        return Print(ATTEMPTS.draw(roll)(offense))
    if manner == "conspiracy":
        return Print(CONSPIRACIES.draw(roll)(offense))
    if manner == "spelling":
        is_hs = offense.law == "HS" and "." not in offense.section and roll() < 0.5
        return Print((HS_SPELLINGS if is_hs else SPELLINGS).draw(roll)(offense))
    if manner == "comment":
        return Print(SEE_COMMENT.draw(roll), IN_COMMENT.draw(roll)(offense))
    return offense.as_in_table
