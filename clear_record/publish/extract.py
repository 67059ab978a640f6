"""Takes from the delivered rows what only they hold: case numbers and comments, with the keys that tell their count."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from clear_record.law.offenses import find_in_comment
from clear_record.publish.rows import Part, blocks

_SECTIONS = frozenset({"11357", "11358", "11359", "11360"})
# Cycle, step and count of CNT_ORDER (docs/formats/ca_doj.md).
_COUNT_DIGITS = 9
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Places:
    """Where the cells stand in a row, from 0: the person, the count, the case number, the comment."""

    subject: int
    count: int
    case_number: int
    comment: int
    last: int


def extract(part: Part, places: Places, out: Path, prefix: bytes) -> None:
    """Write a line for each row that has a count: `prefix`, line, person, count, case number, comment, offenses named.

    Cells are separated by tabs. A comment is there only where it names an offense of HS 11357 to 11360; then the offenses
    follow as section and subdivisions, separated by blanks.
    """
    chosen = itemgetter(places.subject, places.count, places.case_number, places.comment, places.last)

    def pick(cells: Sequence[bytes]) -> bytes:
        subject, count, case_number, comment, _ = chosen(cells)
        if b"1135" not in comment and b"11360" not in comment:
            comment = b""
        return b"\t".join((subject, count, case_number, comment))

    with out.open("wb", _BUFFER_BYTES) as file:
        for block in blocks(part, pick):
            file.write(
                b"".join([_line(prefix, *each) for each in zip(block.lines, block.picked, strict=True)])
            )


def _line(prefix: bytes, line: int, cells: bytes) -> bytes:
    subject, count, case_number, comment = cells.split(b"\t", 3)
    count = count.strip(b' "')[:_COUNT_DIGITS]
    if len(count) < _COUNT_DIGITS:
        # A row that tells no count belongs to itself alone.
        subject, count = b"%d" % line, b"line"
    comment, named = _comment(comment) if comment else (b"", b"")
    return b"%s\t%d\t%s\t%s\t%s\t%s\t%s\n" % (
        prefix, line, subject.strip(b' "'), count, _plain(case_number), comment, named
    )  # fmt: skip


@lru_cache(4096)
def _comment(cell: bytes) -> tuple[bytes, bytes]:
    """A comment without quotes, and the offenses that it names; nothing where it names none."""
    text = _plain(cell)
    named = sorted(
        {
            f"{each.section}{each.subdivisions}"
            for each in find_in_comment(text.decode())
            if each.section in _SECTIONS and each.code in ("HS", None) and not each.conspiracy
        }
    )
    return (text, " ".join(named).encode()) if named else (b"", b"")


def _plain(cell: bytes) -> bytes:
    """The text of a CSV cell, on one line."""
    if cell.startswith(b'"'):
        cell = cell[1:-1].replace(b'""', b'"')
    return b" ".join(cell.split())
