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
    "IL": r"[0-9]+ ilcs [0-9]+/[0-9]+(-[0-9]+)?(\.[0-9]+)?",  # 720 ILCS 550/4
    "MI": r"[0-9]+\.[0-9]+[a-z]*",  # 333.7403
    "MN": r"[0-9]+[a-z]?\.[0-9]+",  # 169A.27
    "MO": r"[0-9]+\.[0-9]+",  # 195.202
    "NJ": r"2c:[0-9]+[a-z]?-[0-9]+(\.[0-9]+)?",  # 2C:35-10
    "NM": r"[0-9]+[a-z]?-[0-9]+[a-z]?-[0-9]+(\.[0-9]+)?",  # 30-31-23
    "NY": r"(pl|vtl|phl) [0-9]+(\.[0-9]+)?(-[a-z])?",  # PL 221.10: law and section
    "PA": r"[0-9]+ [0-9]+(\.[0-9]+)?",  # 18 3929: title and section
    "UT": r"[0-9]+[a-z]?-[0-9]+[a-z]?-[0-9]+(\.[0-9]+)?",  # 76-6-404
    "VA": r"[0-9]+(\.[0-9]+)?-[0-9]+(\.[0-9]+)?(:[0-9]+)?",  # 18.2-250.1
    "VT": r"[0-9]+ [0-9]+[a-z]?",  # 18 4230: title and section
}
STATES = frozenset(_SHAPES)
_SUBDIVISIONS = r"(?P<subdivisions>(?: ?\([a-z0-9]{1,5}\))*)"
_PRINTED = {
    state: re.compile(rf"(?P<section>{shape}){_SUBDIVISIONS}(?: [a-z]{{2,}})*")
    for state, shape in _SHAPES.items()
}
_BEGINNING = re.compile(r"[a-z0-9][a-z0-9.:/ -]*")


class Statute(NamedTuple):
    """A section with its title or law, and its subdivisions in parentheses; lower case."""

    section: str
    subdivisions: str


def read_statute(text: str, state: str) -> Statute | None:
    """A statute as its state writes it: `18 3929`, `2C:35-10(a)(4)`, `609.52 MISD`; None for any other text.

    `state` is one of STATES.
    """
    found = _PRINTED[state].fullmatch(" ".join(text.lower().split()))
    if found is None:
        return None
    return Statute(found["section"], found["subdivisions"].replace(" ", ""))


def read_beginning(text: str) -> str | None:
    """What all sections of a chapter begin with, of `18 27*` or `169A.*`; None for any other text."""
    beginning = " ".join(text.lower().split()).removesuffix("*")
    return beginning if text.endswith("*") and _BEGINNING.fullmatch(beginning) else None
