"""Reads printed offenses into code, section and subdivisions, and matches them to entries of offense lists.

A printed offense is a chain of elements (`664/187(A) PC` is two), and an element is a section number with its
subdivisions and perhaps a code of law on either side. An offense is readable only if it is certainly exactly
one. Where it is open which section is meant, the section is None rather than a guess, so that membership in
any list is unknown; where only the code is open, the code is None and stands for every code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from clear_record.errors import PackRefused
from clear_record.law.dates import is_blank_or_filler
from clear_record.law.statutes import STATES, read_beginning, read_statute

ATTEMPT, CONSPIRACY = "664", "182"
# Sections of the Uniform Controlled Substances Act: the Penal Code has none of these numbers.
_HEALTH_AND_SAFETY_ONLY = frozenset(map(str, range(11350, 11393)))
# The sections that Prop 64 relief is about (HSC 11361.8(e)): worth a look in a comment even without a code.
_PROP_64 = frozenset({"11357", "11358", "11359", "11360"})
# PC 314 has subdivisions 1 and 2, which are printed as decimals; there is no section 314.1.
_PRINTED_AS_DECIMAL = {"314.1": ("314", "(1)"), "314.2": ("314", "(2)")}
# Penal Code numbers that have lettered sections (266h, 476a, 653f) and no lettered subdivisions.
_LETTERS_NAME_SECTIONS = frozenset({"266", "337", "384", "405", "476", "499", "504", "653"})
# Numbers that have both, and the letters of their sections: `288A` is 288(a) or the former 288a.
_LETTERS_ARE_OPEN = {
    "273": "abcdefghi",
    "288": "a",
    "470": "ab",
    "484": "bcdefghij",
    "487": "abcdefghij",
    "496": "abcde",
    "529": "a",
    "532": "abcdef",
    "537": "bce",
    "538": "abcdefg",
    "587": "abc",
    "640": "ab",
    "647": "abcde",
}

# Codes of law by the letters that are printed for them, and the codes that are printed in words.
_CODES_OF_TWO_NOUNS = ("BP", "FA", "FG", "HN", "HS", "MV", "PR", "PU", "RT", "UI", "WI")  # also HSC, H&SC
_CODES_OF_ONE_NOUN = ("EC", "FC", "GC", "IC", "LC", "PC", "VC", "WC")
_CODES_IN_WORDS = {
    "BUSINESS AND PROFESSIONS": "BP",
    "FISH AND GAME": "FG",
    "HEALTH AND SAFETY": "HS",
    "PENAL CODE": "PC",
    "VEHICLE CODE": "VC",
    "WELFARE AND INSTITUTIONS": "WI",
}
CODES = frozenset(_CODES_OF_TWO_NOUNS + _CODES_OF_ONE_NOUN)


def _letters(text: str) -> str:
    """What tells the spellings of a code apart: its letters without `and` and `code`."""
    return re.sub(r"[^A-Z]|\bAND\b|\bCODE\b", "", text.upper())


_CODE_BY_LETTERS = {
    **{code: code for code in CODES},
    **{f"{code}C": code for code in _CODES_OF_TWO_NOUNS},
    **{_letters(words): code for words, code in _CODES_IN_WORDS.items()},
}


def _spelling(letters: str) -> str:
    """A pattern for an abbreviation: HS, H S, H.S, H&S, H & S, H/S."""
    return " ?[&./]? ?".join(letters)


def _words(words: str) -> str:
    return words.replace(" AND ", " ?(?:AND|&) ?") + "(?: CODE)?"


_CODE = "|".join(
    [*map(_words, _CODES_IN_WORDS)]
    + [_spelling(letters) for letters in sorted(_CODE_BY_LETTERS, key=len, reverse=True) if len(letters) < 4]
)
# All patterns read text whose runs of blanks have become one blank.
_CODE_BEFORE = rf"(?:(?P<before>{_CODE})\.? ?(?:(?:SECTIONS?|SEC\.?|§) ?)?(?=[0-9]))?"
_CODE_AFTER = rf" ?(?P<separator>[-/.,])? ?(?:OF THE )?(?P<after>{_CODE})(?![A-Z0-9])\.?(?: CODE\b)?"
# `66411359` and `664.11359` are attempts: no section has such a number. Five digits (GC 66411) are a section.
_GLUED_ATTEMPT = r"(?P<glued>664\.?(?=[0-9]{3})|664\.(?=[0-9]{2}))?+"
_NUMBER = r"(?P<number>[0-9]++(?:\.[0-9]++)?+)"
_BARE = r"(?P<bare>[A-Z](?:[0-9]{1,2}[A-Z]?|[A-Z])?)"
_GROUPS = r"(?P<groups>(?: ?\( ?[A-Z0-9]{1,4} ?\))*+)"
# Letters without parentheses stand apart from the number only before a code: `11357 B HS`, `11357.B HS`.
_WITH_CODE_AFTER = re.compile(
    rf"{_CODE_BEFORE}{_GLUED_ATTEMPT}{_NUMBER}(?:(?P<mark> ?[./-] ?| )?{_BARE})??{_GROUPS}{_CODE_AFTER}",
    re.IGNORECASE | re.ASCII,
)
_WITHOUT_CODE_AFTER = re.compile(
    rf"{_CODE_BEFORE}{_GLUED_ATTEMPT}{_NUMBER}(?:{_BARE}(?![A-Z0-9]))?{_GROUPS}",
    re.IGNORECASE | re.ASCII,
)
_JOIN = re.compile(r" ?([/&+-]) ?| (?=[0-9])")
_LEVEL = re.compile(r"[a-z]+|[0-9]+")
_LEVEL_IN_PARENTHESES = re.compile(r"\( ?([a-z0-9]+) ?\)")
_TRAILING_WORDS = re.compile(r" ?[A-Z]{2,}[^0-9(]*", re.IGNORECASE | re.ASCII)
# Of both regular expressions that read it: Python's here, Java's on Spark.
SEE_COMMENT = r"SEE\s+COMMENTS?\s+FOR\s+CHARGES?\b"
_SEE_COMMENT = re.compile(SEE_COMMENT, re.IGNORECASE | re.ASCII)
# In a comment: what has digits and is no section, and where an offense can begin.
_COMMENT_TOKEN = re.compile(
    r"(?P<noise>\b(?:COUNTS?|CNTS?|CTS?|#)[ .:#]*[0-9]{1,3}(?![0-9])|\b[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}\b)"
    rf"|(?<![A-Z0-9.$#])(?:(?:{_CODE})\.? ?(?:(?:SECTIONS?|SEC\.?|§) ?)?)?[0-9]",
    re.IGNORECASE | re.ASCII,
)
_SAID_BEFORE = re.compile(
    r"\b(?:ATT|ATTEMPT|ATTEMPTED|CONSP|CONSPIRACY|CONSPIRED)\b\.?(?: TO)?(?: COMMIT)?[ :]*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Offense:
    """An offense as it was printed.

    `code` is upper case, None where none can be read or the printed one cannot be right; `section` lower case
    (`11357`, `667.61`, `288a`), None where it is open which one is meant; `subdivisions` lower case, in
    parentheses, empty if none is printed. `attempt` is one under PC 664, `conspiracy` one under PC 182; a bare
    182 is its own section. `printed` has no description. `readable`: certainly this and only this.
    """

    code: str | None
    section: str | None
    subdivisions: str
    attempt: bool
    conspiracy: bool
    printed: str
    readable: bool


@dataclass(frozen=True, slots=True)
class OffenseEntry:
    """An entry of an offense list: sections of a code, and the forms of the offense that it reaches.

    `first` and `last` are the ends of a range, or the same section; `has_decimals` takes in 190.2 with 190,
    `is_chapter` all sections that begin with `first`. Empty `subdivisions` reach any. `completed`, `attempts` and
    `conspiracies` say which forms match. Of another state than California, `code` is the state.
    """

    code: str
    first: str
    last: str
    has_decimals: bool
    subdivisions: str
    completed: bool
    attempts: bool
    conspiracies: bool
    is_chapter: bool = False


@dataclass(frozen=True, slots=True)
class _Element:
    """A section number as printed in a chain and what stands directly around it; lower case but for codes."""

    before: str | None
    after: str | None
    number: str
    glued_attempt: bool
    mark: str
    bare: str
    groups: tuple[str, ...]
    end: int

    @property
    def has_two_codes(self) -> bool:
        return None not in (self.before, self.after) and self.before != self.after

    @property
    def code(self) -> str | None:
        return None if self.has_two_codes else self.before or self.after

    @property
    def is_coded(self) -> bool:
        return self.before is not None or self.after is not None

    @property
    def is_prefix(self) -> bool:
        """Whether this may be PC 664 or 182, which say how the offense beside them was committed."""
        return self.number in (ATTEMPT, CONSPIRACY) and not self.glued_attempt


@dataclass(frozen=True, slots=True)
class _Chain:
    elements: tuple[_Element, ...]
    in_doubt: bool
    start: int
    end: int

    @property
    def prefixes(self) -> list[_Element]:
        """The elements that are PC 664 or 182. Another code beside them can only be that of the offense."""
        is_shared = any(not element.is_coded for element in self.elements if not element.is_prefix)
        return [each for each in self.elements if each.is_prefix and (is_shared or each.code in (None, "PC"))]

    @property
    def targets(self) -> list[_Element]:
        """The elements that name an offense; of `182 PC` and `664/182 PC` the conspiracy itself."""
        prefixes = self.prefixes
        named = [element for element in self.elements if element not in prefixes]
        return named or [element for element in prefixes if element.number == CONSPIRACY][:1]

    def has(self, number: str) -> bool:
        return any(element.number == number for element in self.prefixes)

    def code_of(self, target: _Element) -> str | None:
        """A target's own code, else the one that is printed once at the beginning or at the end of the chain.

        A code after another element (`182 PC/4060`) may be that element's alone.
        """
        if target.is_coded:
            return target.code
        return self.elements[0].before or self.elements[-1].after


def parse_california(text: str | None) -> Offense | None:
    """Reads an offense as California's rap sheets print it: `11357(B) HS-POSSESS MARIJUANA`, `664/187(A) PC`.

    None for blank text and fillers. What cannot be read is an Offense that is not readable; nothing raises.
    The description begins at the first `-` after the code. Follows relief-law A.5 to A.7.
    """
    if text is None or is_blank_or_filler(text):
        return None
    line = _single_blanks(text)
    start = len(line) - len(line.lstrip(" /"))
    chain = _chain(line, start)
    if chain is None:
        return _unreadable(line.partition("-")[0].strip() or line)
    targets = chain.targets
    # What follows the offense without a `-` may be another offense or a form of this one.
    trailing = line[chain.end :].partition("-")[0].strip(" .,;:")
    if len(targets) != 1 or (trailing and not _TRAILING_WORDS.fullmatch(trailing)):
        printed = line[start : chain.end] + line[chain.end :].partition("-")[0].rstrip()
        return _unreadable(printed, chain.has(ATTEMPT), chain.has(CONSPIRACY))
    return _offense(chain, targets[0], line[start : chain.end], in_doubt=bool(trailing))


def parse_offense(text: str | None, state: str | None) -> Offense | None:
    """Reads an offense as its state prints it. None for blank text, and for a state whose print is not known.

    The code of an offense of another state than California is the state (`PA`, with section `18 3929`).
    """
    if state == "CA":
        return parse_california(text)
    if text is None or state not in STATES or is_blank_or_filler(text):
        return None
    statute = read_statute(text, state)
    if statute is None:
        return _unreadable(text)
    return Offense(
        state, statute.section, statute.subdivisions, statute.attempt, statute.conspiracy, text, readable=True
    )


def find_in_comment(comment: str | None) -> list[Offense]:
    """The offenses that a free text names, in order, each without the text around it.

    A number counts if a code stands beside it or ends its chain (`11357(A)/11358 HS` are two), and without a
    code, as not readable, if it is 11357 to 11360. Not readable too: what the words before it call an attempt
    or a conspiracy, and a 664 alone. Dates, numbers of counts and amounts are passed over.
    """
    if comment is None:
        return []
    line = _single_blanks(comment)
    return [offense for chain in _chains_in(line) for offense in _named_offenses(line, chain)]


def is_see_comment(text: str | None) -> bool:
    """Whether an offense field only points to the comment: `SEE COMMENT FOR CHARGE`, in any case, padded."""
    return text is not None and _SEE_COMMENT.match(_single_blanks(text)) is not None


def _single_blanks(text: str) -> str:
    return " ".join(text.split())


def _unreadable(printed: str, attempt: bool = False, conspiracy: bool = False) -> Offense:
    return Offense(None, None, "", attempt, conspiracy, printed, readable=False)


# --- chains ------------------------------------------------------------------------------------------------


def _element(line: str, start: int) -> _Element | None:
    found = _WITH_CODE_AFTER.match(line, start)
    if found is None or _is_code_of_next(line, found):
        found = _WITHOUT_CODE_AFTER.match(line, start)
    if found is None:
        return None
    pieces = found.groupdict()
    return _Element(
        before=_code(pieces["before"]),
        after=_code(pieces.get("after")),
        number=pieces["number"],
        glued_attempt=pieces["glued"] is not None,
        mark=pieces.get("mark") or "",
        bare=(pieces["bare"] or "").lower(),
        groups=tuple(_LEVEL_IN_PARENTHESES.findall(pieces["groups"].lower())),
        end=found.end(),
    )


def _is_code_of_next(line: str, found: re.Match[str]) -> bool:
    """Whether a code between two numbers stands before the second: `HS 11357 HS 11358`, `664/PC 187`."""
    return line[found.end() :].lstrip()[:1].isdigit() and bool(found["before"] or found["separator"])


def _code(spelled: str | None) -> str | None:
    return None if spelled is None else _CODE_BY_LETTERS[_letters(spelled)]


def _chain(line: str, start: int) -> _Chain | None:
    """The longest chain of elements from `start` on; None if no element begins there."""
    element = _element(line, start)
    if element is None:
        return None
    elements, in_doubt = [element], False
    while join := _JOIN.match(line, elements[-1].end):
        following = _element(line, join.end())
        if following is None or not _belongs(elements, join[1], following):
            break
        in_doubt |= join[1] == "-" and _has_ended(elements)
        elements.append(following)
    return _Chain(tuple(elements), in_doubt, start, elements[-1].end)


def _belongs(elements: list[_Element], separator: str | None, following: _Element) -> bool:
    """Whether what follows a separator is part of the offense, and not its description or the next one."""
    is_waiting = all(element.is_prefix for element in elements) and elements[-1].after is None
    if separator is None:
        return is_waiting
    if separator != "-" or is_waiting or not any(element.is_coded for element in elements):
        return True
    return following.is_coded or following.number == ATTEMPT


def _has_ended(elements: list[_Element]) -> bool:
    """Whether an offense and its code have been read, so that a `-` should begin the description."""
    return any(element.is_coded for element in elements) and not all(
        element.is_prefix for element in elements
    )


def _chains_in(line: str) -> Iterator[_Chain]:
    position = 0
    while token := _COMMENT_TOKEN.search(line, position):
        chain = None if token["noise"] else _chain(line, token.start())
        if chain is not None:
            yield chain
        position = token.end() if chain is None else chain.end


def _named_offenses(line: str, chain: _Chain) -> Iterator[Offense]:
    targets = chain.targets
    printed = line[chain.start : chain.end]
    if not targets and chain.elements[-1].is_coded:
        yield _unreadable(printed, attempt=True)
    # Of several targets it is open which of them an attempt or conspiracy belongs to.
    has_open_form = len(targets) > 1 and (chain.has(ATTEMPT) or chain.has(CONSPIRACY))
    in_doubt = has_open_form or _SAID_BEFORE.search(line, 0, chain.start) is not None
    for target in targets:
        whole_number = target.number.partition(".")[0]
        if chain.code_of(target) is None and whole_number not in _PROP_64:
            continue
        if len(whole_number) > 1:  # `1 PC` is a piece of something
            yield _offense(chain, target, printed, in_doubt)


# --- one offense -------------------------------------------------------------------------------------------


def _offense(chain: _Chain, target: _Element, printed: str, in_doubt: bool) -> Offense:
    attempt = chain.has(ATTEMPT) or target.glued_attempt
    conspiracy = chain.has(CONSPIRACY)
    reading = _read_section(target, chain.code_of(target))
    if reading is None:
        return _unreadable(printed, attempt, conspiracy)
    code = _likely_code(chain.code_of(target), reading.section, attempt or conspiracy)
    in_doubt = in_doubt or chain.in_doubt or reading.in_doubt or code is None
    return Offense(
        code, reading.section, reading.subdivisions, attempt, conspiracy, printed, readable=not in_doubt
    )


def _likely_code(code: str | None, section: str, has_prefix: bool) -> str | None:
    """Corrects PC for a section that only the Health and Safety Code has.

    Beside 664 or 182 it is the code of these (`182(A)(1)/11359 PC`), and the section's own is HS. Printed
    alone (`11359 PC`) code or section is an error, and which of them is open.
    """
    if code == "PC" and section.partition(".")[0] in _HEALTH_AND_SAFETY_ONLY:
        return "HS" if has_prefix else None
    return code


class _SectionReading(NamedTuple):
    section: str
    subdivisions: str
    in_doubt: bool


def _read_section(target: _Element, code: str | None) -> _SectionReading | None:
    """Section and subdivisions of an element; None where the text leaves it open which section is meant."""
    number, bare, groups = target.number, target.bare, target.groups
    if number.startswith("0") or len(number.partition(".")[0]) > 6:
        return None
    if code == "PC" and number in _PRINTED_AS_DECIMAL and not bare:
        section, subdivision = _PRINTED_AS_DECIMAL[number]
        return _SectionReading(section, subdivision + _parenthesised(groups), in_doubt=False)
    if code in (None, "PC") and _has_lettered_section(number, bare):
        # A letter in parentheses cannot be below another letter: 288A(C)(1) is 288a(c)(1).
        is_open = number in _LETTERS_ARE_OPEN and len(bare) == 1 and not "".join(groups[:1]).isalpha()
        return _SectionReading(number + bare, _parenthesised(groups), in_doubt=is_open or target.mark != "")
    levels = (*_LEVEL.findall(bare), *groups)
    # California's subdivisions go letter, number, letter: two letters at the start are two subdivisions.
    if [level.isalpha() for level in levels[:2]] == [True, True] or (bare.isalpha() and len(bare) == 2):
        return None
    return _SectionReading(number, _parenthesised(levels), in_doubt=target.mark.strip() != "")


def _has_lettered_section(number: str, letters: str) -> bool:
    """Whether letters without parentheses are those of a section (`266H PC`), or may be (`288A PC`).

    All others are a subdivision (`647F PC`, `11357B HS`). Two letters always name a section (273ab).
    """
    if not letters.isalpha():
        return False
    return number in _LETTERS_NAME_SECTIONS or letters[0] in _LETTERS_ARE_OPEN.get(number, "")


def _parenthesised(levels: tuple[str, ...]) -> str:
    return "".join(f"({level})" for level in levels)


# --- lists of offenses -------------------------------------------------------------------------------------

_SECTION = r"[1-9][0-9]{0,5}(?:\.[0-9]+)?[a-z]{0,2}"
_STATE_ENTRY = re.compile(
    rf"(?:(?P<form>attempt|conspiracy) of )?(?P<state>{'|'.join(sorted(STATES))}) (?P<statute>.+)"
)
_ENTRY = re.compile(
    rf"(?:(?P<form>attempt|conspiracy) of )?(?P<code>[A-Z]{{2}}) (?P<first>{_SECTION})"
    rf"(?:(?P<decimals>\.\*)|(?:\.\.|-)(?P<last>{_SECTION})|(?P<subdivisions>(?:\([a-z0-9]{{1,4}}\))+))?"
)


def parse_entry(text: str, *, attempts: bool = False, conspiracies: bool = False) -> OffenseEntry:
    """Reads an entry of an offense list in a pack.

    `HS 11357` is a section with any or no subdivisions, `PC 288(a)` a subdivision and all below it, `PC 288a`
    a section of its own, `PC 187..191.5` (or `PC 187-191.5`) a range with both ends, `PC 190.*` a section and
    its decimals. `attempt of PC 187` and `conspiracy of PC 187` reach only that form; the flags say that the
    entry reaches attempts (PC 664) or conspiracies (PC 182) as well. `PA 18 3929(a)` is a statute of another state as
    that writes it, `MN 169A.*` or `PA 18 27*` all of its sections that begin so. Raises PackRefused.
    """
    of_state = _STATE_ENTRY.fullmatch(" ".join(text.split()))
    if of_state is not None:
        form = of_state["form"]
        return replace(
            _state_entry(of_state["state"], of_state["statute"]),
            completed=form is None,
            attempts=attempts or form == "attempt",
            conspiracies=conspiracies or form == "conspiracy",
        )
    found = _ENTRY.fullmatch(" ".join(text.split()))
    if found is None:
        raise PackRefused(
            f"offense entry [{text}] is not understood: expected code and section like HS 11357, PC 288(a), "
            "PC 187..191.5, PC 190.* or attempt of PC 187"
        )
    if found["code"] not in CODES:
        raise PackRefused(
            f"offense entry [{text}] names the unknown code [{found['code']}]: expected one of "
            f"{' '.join(sorted(CODES))}"
        )
    first, last = found["first"], found["last"] or found["first"]
    if section_order(first) > section_order(last):
        raise PackRefused(f"offense entry [{text}] is a range that ends before it begins: put {last} first")
    return OffenseEntry(
        code=found["code"],
        first=first,
        last=last,
        has_decimals=found["decimals"] is not None,
        subdivisions=found["subdivisions"] or "",
        completed=found["form"] is None,
        attempts=attempts or found["form"] == "attempt",
        conspiracies=conspiracies or found["form"] == "conspiracy",
    )


def _state_entry(state: str, text: str) -> OffenseEntry:
    beginning, statute = read_beginning(text), read_statute(text, state)
    if beginning is None and statute is None:
        raise PackRefused(f"offense entry [{state} {text}] is not a statute as {state} writes it")
    section, subdivisions = (beginning, "") if statute is None else (statute.section, statute.subdivisions)
    assert section is not None
    return OffenseEntry(
        code=state, first=section, last=section, has_decimals=False, subdivisions=subdivisions,
        completed=True, attempts=False, conspiracies=False, is_chapter=statute is None,
    )  # fmt: skip


def matches(offense: Offense, entry: OffenseEntry) -> bool:
    """Whether an offense stands under an entry.

    An entry with subdivisions matches these and what is below them, and no offense that is printed without
    any. Of an offense that is not readable, True says only that it may: without a code it matches entries of
    every code. Without a section the answer is False and says nothing: any entry may match.
    """
    return (
        offense.section is not None
        and offense.code in (None, entry.code)
        and _is_form_of(offense, entry)
        and _is_section_of(offense.section, entry)
        and offense.subdivisions.startswith(entry.subdivisions)
    )


def _is_form_of(offense: Offense, entry: OffenseEntry) -> bool:
    # A bare 182 is the offense that an entry for PC 182 means, and not a conspiracy to commit PC 182.
    conspiracy = offense.conspiracy and offense.section != CONSPIRACY
    if not offense.attempt and not conspiracy:
        return entry.completed
    return (entry.attempts or not offense.attempt) and (entry.conspiracies or not conspiracy)


def _is_section_of(section: str, entry: OffenseEntry) -> bool:
    if entry.is_chapter:
        return section.startswith(entry.first)
    if entry.has_decimals:
        return section == entry.first or section.startswith(f"{entry.first}.")
    if entry.first == entry.last:
        return section == entry.first
    return section_order(entry.first) <= section_order(section) <= section_order(entry.last)


def section_order(section: str) -> tuple[Decimal, str]:
    """Sections in the order of the code: as decimals, lettered ones after their number (190.15, 190.2)."""
    number = section.rstrip("abcdefghijklmnopqrstuvwxyz")
    return Decimal(number), section[len(number) :]
