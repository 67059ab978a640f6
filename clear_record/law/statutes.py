"""How other states than California write a section of their statutes: each has one shape, which is read whole or not at all.

California prints its own in many ways: `clear_record.law.offenses` reads them.
"""

import re
from typing import NamedTuple

# In lower case and with single blanks, as sections are kept.
_SHAPES = {
    "CO": r"[0-9]+-[0-9]+(\.[0-9]+)?-[0-9]+(\.[0-9]+)?",  # 18-4-401
    "CT": r"[0-9]+[a-z]?-[0-9]+[a-z]*",  # 53a-125b
    "DE": r"[0-9]+ [0-9]+[a-z]?",  # 16 4764: title and section
    "IL": r"[0-9]+ ilcs [0-9]+/[0-9]+[a-z]?(-[0-9]+)?(\.[0-9]+)?",  # 720 ILCS 550/4
    "MI": r"[0-9]+\.[0-9]+[a-z]*",  # 333.7403
    "MN": r"[0-9]+[a-z]?\.[0-9]+",  # 169A.27
    "MO": r"[0-9]+\.[0-9]+",  # 195.202
    "NJ": r"[0-9]+[a-z]?:[0-9]+[a-z]?-[0-9]+(\.[0-9]+)?",  # 2C:35-10: title and section
    "NM": r"[0-9]+[a-z]?-[0-9]+[a-z]?-[0-9]+(\.[0-9]+)?",  # 30-31-23
    "NY": r"((pl|phl) [0-9]+(\.[0-9]+)?|vtl [0-9]+)(-[a-z])?",  # PL 221.10: law and section
    "PA": r"[0-9]+ [0-9]+(\.[0-9]+)?(-[0-9]+)?",  # 18 3929, 35 780-113: title and section
    "UT": r"[0-9]+[a-z]?-[0-9]+[a-z]?-[0-9]+(\.[0-9]+)?",  # 76-6-404
    "VA": r"[0-9]+(\.[0-9]+)?-[0-9]+(\.[0-9]+)?(:[0-9]+)?",  # 18.2-250.1
    "VT": r"[0-9]+ [0-9]+[a-z]?",  # 18 4230: title and section
}
STATES = frozenset(_SHAPES)
# A first subdivision that stands without parentheses: 571.030.1(11), 2C:35-10A(4), VTL 1192.1, 609.52 subd. 2.
_BARE = {
    "MN": r"(?:\.|,? subd\.? ?)[0-9]+[a-z]?",
    "MO": r"\.[0-9]+",
    "NJ": r"[a-z]",
    "NY": r"\.[0-9]+",
}
# The statutes of attempt and of conspiracy, which stand before the offense: 2C:5-1/2C:35-10. To be verified.
_INCHOATE = {
    "CO": ("18-2-101", "18-2-201"),
    "CT": ("53a-49", "53a-48"),
    "DE": ("11 531", "11 51[123]"),
    "IL": ("720 ilcs 5/8-4", "720 ilcs 5/8-2"),
    "MI": (r"750\.92", r"750\.157a"),
    "MN": (r"609\.17", r"609\.175"),
    "MO": (r"564\.011|562\.012", r"564\.016|562\.014"),
    "NJ": ("2c:5-1", "2c:5-2"),
    "NM": ("30-28-1", "30-28-2"),
    "NY": (r"pl 110(?:\.00)?", r"pl 105(?:\.[0-9]+)?"),
    "PA": ("18 901", "18 903"),
    "UT": ("76-4-101", "76-4-201"),
    "VA": (r"18\.2-2[6-9]", r"18\.2-2[23]"),
    "VT": ("13 9", "13 1404"),
}
_SUBDIVISIONS = r"(?: ?\([a-z0-9.-]{1,5}\))*"
_PRINTED = {
    state: re.compile(
        rf"(?:(?:(?P<attempt>{_INCHOATE[state][0]})|(?P<conspiracy>{_INCHOATE[state][1]})){_SUBDIVISIONS} ?/ ?)?"
        rf"(?P<section>{shape})(?P<bare>(?:{_BARE.get(state, '')})?)(?P<subdivisions>{_SUBDIVISIONS})(?: [a-z]{{2,}})*"
    )
    for state, shape in _SHAPES.items()
}
# New York prints the law once: PL 110-221.15.
_LAW_ONCE = re.compile(r"^pl (110|105)(?:-|/)(?=[0-9])")
_BEGINNING = re.compile(r"[a-z0-9][a-z0-9.:/ -]*")


class Statute(NamedTuple):
    """A section with its title or law, and its subdivisions in parentheses, lower case; and whether it was attempted only, or agreed on."""

    section: str
    subdivisions: str
    attempt: bool = False
    conspiracy: bool = False


def read_statute(text: str, state: str) -> Statute | None:
    """A statute as its state writes it: `18 3929`, `2C:35-10(a)(4)`, `609.52 MISD`; None for any other text.

    `state` is one of STATES.
    """
    printed = " ".join(text.lower().split())
    found = _PRINTED[state].fullmatch(_LAW_ONCE.sub(r"pl \1/pl ", printed) if state == "NY" else printed)
    if found is None:
        return None
    first = f"({re.sub('[., ]|subd', '', found['bare'])})" if found["bare"] else ""
    subdivisions = first + found["subdivisions"].replace(" ", "")
    return Statute(
        found["section"], subdivisions, found["attempt"] is not None, found["conspiracy"] is not None
    )


def read_beginning(text: str) -> str | None:
    """What all sections of a chapter begin with, of `18 27*` or `169A.*`; None for any other text."""
    beginning = " ".join(text.lower().split()).removesuffix("*")
    return beginning if text.endswith("*") and _BEGINNING.fullmatch(beginning) else None
