"""A person's record as rows of the extract, with the flaws that real ones have and that no reader may stumble over.

An entry of a step is as many rows as its sentence has parts, and at least one. All rows of a step show the same days,
place and county; all rows of an entry the same count.
"""

from functools import cache, lru_cache

from clear_record.synth import shares
from clear_record.synth.days import LAST_DAY, print_day, print_day_or_blemish
from clear_record.synth.dice import Roll, Shares, between
from clear_record.synth.layout import cell, segment
from clear_record.synth.people import FORMULAS, Person
from clear_record.synth.story import (
    APPLICANT,
    ARREST,
    COURT,
    CUSTODY,
    DECEASED,
    PROBATION,
    REGISTRATION,
    Charge,
    Cycle,
    Entry,
    Part,
    Step,
)

_STEP = segment(
    "CYC_ORDER",
    "STP_TYPE_DESCR",
    *("CYC_ORDER", "CYC_DATE", "STP_ORDER", "STP_EVENT_DATE", "STP_TYPE_CODE", "STP_TYPE_DESCR"),
    STP_SEG_SEP="STP",
)
_AGENCY = segment(
    "STP_ORI_TYPE",
    "STP_ORI_CNTY_CODE",
    *("STP_ORI_TYPE", "STP_ORI_CODE", "STP_ORI_DESCR", "STP_ORI_CNTY_CODE"),
)
_COUNT = segment(
    "STP_ORI_CNTY_NAME",
    "OFFENSE_QUAL_LST",
    *("STP_ORI_CNTY_NAME", "CNT_ORDER", "DISP_DATE", "OFN", "OFFENSE_CODE", "OFFENSE_DESCR", "OFFENSE_TOC"),
    CNT_SEG_SEP="CNT",
)
_ANOTHER_OFFENSE = segment(
    "DISP_OFFENSE_CODE",
    "CONV_OFFENSE_QUAL_LST",
    *("DISP_OFFENSE_CODE", "DISP_OFFENSE_DESCR", "DISP_OFFENSE_TOC"),
    *("CONV_OFFENSE_ORDER", "CONV_OFFENSE_CODE", "CONV_OFFENSE_DESCR", "CONV_OFFENSE_TOC"),
)
_DISPOSITION = segment(
    "FE_NUM_ORDER",
    "SENT_SEG_SEP",
    *("FE_NUM_CRT_CASE", "DISP_ORDER", "DISP_CODE", "DISP_DESCR", "CONV_STAT_CODE", "CONV_STAT_DESCR"),
    SENT_SEG_SEP="SENT",
)
_SENTENCE = segment(
    "SENT_ORDER",
    "SENT_TIME_DESCR",
    *("SENT_ORDER", "SENT_LOC_CODE", "SENT_LOC_DESCR", "SENT_LENGTH", "SENT_TIME_CODE", "SENT_TIME_DESCR"),
)
_TAIL = segment(
    "CYC_AGE",
    "END_OF_REC",
    *("CYC_AGE", "COMMENT_TEXT"),
    CII_TYPE="A",
    CII_TYPE_ALPHA="AUTO",
    END_OF_REC="END",
)

STEP_CODES = {
    ARREST: "1",
    COURT: "2",
    PROBATION: "3",
    CUSTODY: "4",
    REGISTRATION: "5",
    APPLICANT: "6",
    DECEASED: "7",
}
# Who reports a step: the kind of agency, and its name after that of the county.
_AGENCIES = {
    ARREST: ("1", "PD"),
    COURT: ("2", "SUPERIOR CT"),
    PROBATION: ("3", "PROB"),
    CUSTODY: ("4", "SO JAIL"),
    REGISTRATION: ("1", "SO"),
    APPLICANT: ("5", "LICENSING"),
    DECEASED: ("6", "CORONER"),
}
_COMMENTS = {APPLICANT: "APPLICANT: SECURITY GUARD", DECEASED: "IDENTIFIED BY FINGERPRINTS"}

GRADES = {"F": "FELONY", "M": "MISDEMEANOR", "I": "INFRACTION"}
GRADE_CODES = {"": "", "F": "1", "M": "2", "I": "3"}
PLACE_CODES = {PROBATION: "1", "JAIL": "2", "PRISON": "3", "FINE": "4"}
UNITS = {"": "", "D": "DAYS", "M": "MONTHS", "Y": "YEARS"}

FILLERS = Shares({"NULL": 40, "x": 30, "#": 30})
REMARKS = Shares(
    {
        "DNA COLLECTED": 30, "FINE $250, SUSPENDED": 20, "SEE COURT FILE": 20, "COUNT 3 STRICKEN": 10,
        'DEFENDANT "PRO PER"': 10, "NULL": 5, "x": 5,
    }
)  # fmt: skip
# What a comment says beside the offense: another section or subdivision of Prop 64.
NAMED_IN_COMMENT = Shares({"ALSO 11358 HS": 30, "CNT 02: 11359 HS-DISMISSED": 30, "orig chg 11360(a) hs": 20, "AMENDED FROM 11357(A) HS": 20})  # fmt: skip
_COMMENTED = shares.REMARK + shares.COMMENT_NAMES_ANOTHER + shares.FORMULA
_COMMENT_KINDS = Shares(
    {"remark": shares.REMARK, "named": shares.COMMENT_NAMES_ANOTHER, "formula": shares.FORMULA}
)
_THREE_DIGITS = [f"{number:03}" for number in range(1000)]
_NO_SENTENCE = _SENTENCE(("",) * 6)
_NO_OTHER_OFFENSE = _ANOTHER_OFFENSE(("",) * 7)
_NO_DISPOSITION = _DISPOSITION(("",) * 6)


def print_rows(index: int, person: Person, cycles: list[Cycle], roll: Roll) -> list[list[str]]:
    """The rows of each cycle in turn; a row is a line with its end, and RECORD_ID counts the person's rows."""
    record, identity, number = f"{index:08}", person.identity, 0
    printed = []
    for order, cycle in enumerate(cycles, start=101):
        rows = []
        day = print_day_or_blemish(cycle.day, roll)
        age = (cycle.day - person.born) * 4 // 1461 if person.has_birth_date else ""
        case = f"{cycle.county.name[:2]}{between(100_000, 999_999, roll)}"
        uncommented = _TAIL((age, ""))
        for step_order, step in enumerate(cycle.steps, start=1):
            kind, step_number = step.kind, _THREE_DIGITS[step_order]
            shown = _STEP(
                (order, day, step_number, print_day_or_blemish(step.day, roll), STEP_CODES[kind], kind)
            )
            head = f"{identity},{shown},{_agency(kind, cycle.county)},"
            county = _county(cycle.county.name, roll)
            for entry in step.entries:
                body = head + _entry(
                    county, f"{order}{step_number}{_THREE_DIGITS[entry.number]}000", step, entry, case, roll
                )
                named = entry.charge.text.comment if entry.charge else _COMMENTS[kind]
                for sentence in _sentences(entry.sentence):
                    comment = named or (_comment(kind, roll) if roll() < _COMMENTED else "")
                    tail = _TAIL((age, cell(comment))) if comment else uncommented
                    rows.append(f"{record}{_THREE_DIGITS[number]},{body},{sentence},{tail}\n")
                    number += 1
        printed.append(rows)
    return printed


@cache
def _agency(kind: str, county: shares.Coded) -> str:
    agency_type, name = _AGENCIES[kind]
    return _AGENCY((agency_type, f"CA0{county.code}{agency_type}00", f"{county.name} {name}", county.code))


def _county(name: str, roll: Roll) -> str:
    chance = roll()
    if chance < shares.COUNTY_PADDED:
        return f"{name}   "
    if chance > 1 - shares.COUNTY_MISSING:
        return FILLERS.draw(roll) if roll() < shares.MISSING_IS_FILLER else ""
    return name


def _entry(county: str, key: str, step: Step, entry: Entry, case: str, roll: Roll) -> str:
    """The columns STP_ORI_CNTY_NAME to SENT_SEG_SEP of an entry."""
    charge, is_court = entry.charge, step.kind == COURT
    if charge is None:
        return f"{_COUNT((county, key, '', '', '', '', ''))},{_NO_OTHER_OFFENSE},{_NO_DISPOSITION}"
    number = case if is_court else f"{case[2:]}A"
    disposed, another, result = "", _NO_OTHER_OFFENSE, _NO_DISPOSITION
    # Where the conviction is for another offense, the charge has a grade of its own.
    is_another = charge.convicted_of is not None
    toc = charge.offense.grade.replace("W", "F") if is_another else entry.convicted_as or charge.grade
    if is_court or entry.disposition:
        if entry.disposition and roll() < shares.DISP_DATE_PRINTED:
            late = between(1, 40, roll) if roll() < shares.DISP_DATE_DIFFERS else 0
            disposed = print_day(min(step.day + late, LAST_DAY))
        severity = ""
        if entry.convicted_as:
            toc, severity = _printed_grades(toc, entry.convicted_as, roll)
            another = _another_offense(charge, roll)
        result = _disposition(entry, number if is_court else "", severity, roll)
    count = _COUNT((county, key, disposed, number, charge.offense.number, cell(charge.text.offense), toc))
    return f"{count},{another},{result}"


def _disposition(entry: Entry, case: str, severity: str, roll: Roll) -> str:
    """The columns FE_NUM_ORDER to SENT_SEG_SEP."""
    descr, chance = entry.disposition, roll()
    if chance < shares.CASE_NUMBER_MISSING:
        case = FILLERS.draw(roll) if chance < shares.FILLER else ""
    elif chance > 1 - shares.FILLER and descr:
        descr = f"{descr}  "
    order = "1" if descr else ""
    code, grade = _disposition_code(entry.disposition), GRADE_CODES[entry.convicted_as]
    return _DISPOSITION((case, order, code, descr, grade, severity))


def _printed_grades(toc: str, convicted_as: str, roll: Roll) -> tuple[str, str]:
    """OFFENSE_TOC and CONV_STAT_DESCR of a conviction."""
    severity, chance = GRADES[convicted_as], roll()
    if chance < shares.SEVERITY_PADDED:
        return toc, f"{severity}   "
    if chance < shares.SEVERITY_PADDED + shares.SEVERITY_MISSING:
        return toc, FILLERS.draw(roll) if roll() < shares.MISSING_IS_FILLER else ""
    if chance > 1 - shares.SEVERITY_CONFLICT:
        return ("M" if convicted_as == "F" else "F"), severity
    return toc, severity


def _another_offense(charge: Charge, roll: Roll) -> str:
    """The columns DISP_OFFENSE_CODE to CONV_OFFENSE_QUAL_LST: filled if the conviction is for another offense."""
    offense, chance = charge.convicted_of, roll()
    if offense is None:
        if chance < shares.FILLER:
            return _ANOTHER_OFFENSE(("", "", "", "", "", FILLERS.draw(roll), ""))
        return _NO_OTHER_OFFENSE
    named = offense.number, cell(offense.printed), charge.grade
    if chance < shares.NAMED_AT_DISPOSITION:
        return _ANOTHER_OFFENSE((*named, "", "", "", ""))
    return _ANOTHER_OFFENSE(("", "", "", "1", *named))


@cache
def _disposition_code(text: str) -> str:
    """The state's code of a disposition, invented from its text."""
    return str(1000 + sum(text.encode()) % 9000) if text else ""


@lru_cache(maxsize=100_000)
def _sentences(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """The columns of a sentence for each of its parts, or once if there is none."""
    if not parts:
        return (_NO_SENTENCE,)
    return tuple(
        _SENTENCE((order, PLACE_CODES[part.place], part.place, part.length, part.unit, UNITS[part.unit]))
        for order, part in enumerate(parts, start=1)
    )


def _comment(kind: str, roll: Roll) -> str:
    """A comment that has nothing to do with the offense, or names another one."""
    what = _COMMENT_KINDS.draw(roll)
    if what == "formula":
        return FORMULAS[between(0, len(FORMULAS) - 1, roll)]
    return NAMED_IN_COMMENT.draw(roll) if what == "named" and kind == COURT else REMARKS.draw(roll)
