"""Reads delivered files again, row for row, as CSV cells that no spreadsheet runs.

It runs in processes of its own and knows nothing of Spark. Rows are handled by the block, as bytes: only a row with quotes
of an unusual kind, or of another length, is read cell by cell.
"""

import csv
import gzip
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, cast

from clear_record.spreadsheet import FORMULA_STARTS, safe_text

# Gives what is wanted of a row's cells; it asks for the last one too.
Pick = Callable[[Sequence[bytes]], bytes]

_BUFFER_BYTES = 1 << 20
_LINES_AT_ONCE = 256
# A quote that is never closed would take the rest of the file for one row.
_LINES_OF_A_ROW_LIMIT = 1000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_GZIP_MAGIC = b"\x1f\x8b"

_STARTS = re.escape(FORMULA_STARTS.encode())
# A cell begins after one of these.
_BEFORE_CELLS = (b",", b',"', b"\n", b'\n"')
_FORMULAS = {before: re.compile(before + rb"(?=[" + _STARTS + rb"])") for before in _BEFORE_CELLS}
_FORMULA_AT_START = re.compile(rb'("?)(?=[' + _STARTS + rb"])")
# All starts of formulas become one byte, which few rows have: the engine leaps from one to the next.
_ONE_START = bytes.maketrans(FORMULA_STARTS.encode(), b"=" * len(FORMULA_STARTS))
_MAY_BE_FORMULA = re.compile(rb'=(?<=[,\n"]=)')
# Stands for a comma inside of quotes while a row is cut at its commas.
_MASK, _UNMASK = bytes.maketrans(b",", b"\x00"), bytes.maketrans(b"\x00", b",")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a delivered file that one process reads: all of it, or a range of its lines.

    `first_line` is the line at byte `begins_at`; `last_line` is None at the end of the file.
    """

    file: Path
    encoding: str
    columns: tuple[str, ...]
    has_header: bool
    begins_at: int = 0
    first_line: int = 1
    last_line: int | None = None

    @property
    def is_first(self) -> bool:
        return self.begins_at == 0


@dataclass(frozen=True, slots=True)
class Block:
    """Delivered rows: the line on which each begins, its cells as CSV in UTF-8, safe, and those that were picked.

    `next_line` is the line after the last row.
    """

    lines: Sequence[int]
    next_line: int
    rows: list[bytes]
    picked: list[bytes]


def blocks(part: Part, pick: Pick) -> Iterator[Block]:
    """The rows of a part, without the header and blank lines, with the cells that `pick` picks of each.

    A row begins at its first line; quoted newlines make it longer. A row with too few cells is filled up with blank ones,
    and of one with too many the surplus is left out.
    """
    with _opened(part.file) as file:
        lines = _lines(file, part)
        line = part.first_line
        if part.is_first and part.has_header:
            next(lines)
            line += 1
        while taken := list(islice(lines, _LINES_AT_ONCE)):
            block = _plain_block(taken, line, part, pick) or _any_block(taken, lines, line, part, pick)
            yield block
            line = block.next_line


def header(part: Part) -> Sequence[bytes]:
    """The cells of the header as delivered, or the layout's names where the file has none."""
    names: Sequence[str] = part.columns
    if part.has_header:
        with _opened(part.file) as file:
            lines = _lines(file, part)
            names, _ = _read_row(deque([next(lines)]), iter(()), part.encoding)
    return [safe_cell(name) for name in names]


def _plain_block(taken: list[bytes], first_line: int, part: Part, pick: Pick) -> Block | None:
    """The rows of lines that each are one row of the right length, with quotes around whole cells only; else None."""
    text = b"".join(taken)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    has_quotes = b'"' in text
    if has_quotes:
        masked = _masked(text)
        if masked is None:
            return None
        text = masked
    if text.count(b",") != (len(part.columns) - 1) * len(taken):
        return None
    if not text.isascii():
        text = text.decode(part.encoding, errors="replace").encode()
    text = _safe(text).removesuffix(b"\n")
    rows = text.split(b"\n")
    try:
        # The last cell is always picked: it is missing where a row is too short, and then another one is too long.
        picked = [pick(row.split(b",")) for row in rows]
    except IndexError:
        return None
    if has_quotes:
        rows, picked = (b"\n".join(each).translate(_UNMASK).split(b"\n") for each in (rows, picked))
    return Block(range(first_line, first_line + len(taken)), first_line + len(taken), rows, picked)


def _masked(text: bytes) -> bytes | None:
    """The text with the commas inside of quotes masked; None if quotes stand elsewhere than around whole cells."""
    if b"\x00" in text:
        return None
    pieces = text.split(b'"')
    outside, inside = pieces[::2], pieces[1::2]
    # Between two quotes that are one (`""`) nothing stands.
    is_plain = (
        len(outside) > len(inside)
        and all(not each or each[-1] in b",\n" for each in outside[:-1])
        and all(not each or each[0] in b",\n" for each in outside[1:])
        and not any(b"\n" in each for each in inside)
    )
    if not is_plain:
        return None
    pieces[1::2] = [each.translate(_MASK) for each in inside]
    return b'"'.join(pieces)


def _safe(text: bytes) -> bytes:
    """Lines of cells, none of which a spreadsheet would run."""
    if _MAY_BE_FORMULA.search(text.translate(_ONE_START)):
        for before, pattern in _FORMULAS.items():
            text = pattern.sub(before + b"'", text)
    return _FORMULA_AT_START.sub(rb"\1'", text, count=1) if _FORMULA_AT_START.match(text) else text


def _any_block(taken: list[bytes], lines: Iterator[bytes], line: int, part: Part, pick: Pick) -> Block:
    """The rows that begin on the lines taken, whatever their form; the last may take more of `lines`."""
    waiting = deque(taken)
    block = Block([], line, [], [])
    numbers: list[int] = []
    while waiting:
        row = _plain_block([waiting[0]], line, part, pick)
        if row is not None:
            waiting.popleft()
            numbers.append(line)
            block.rows.extend(row.rows)
            block.picked.extend(row.picked)
            line += 1
        elif not waiting[0].strip(b" \r\n"):
            waiting.popleft()
            line += 1
        else:
            values, lines_count = _read_row(waiting, lines, part.encoding)
            columns_count = len(part.columns)
            cells = [safe_cell(value) for value in [*values, *[""] * columns_count][:columns_count]]
            numbers.append(line)
            block.rows.append(b",".join(cells))
            block.picked.append(pick(cells))
            line += lines_count
    return Block(numbers, line, block.rows, block.picked)


def _read_row(waiting: deque[bytes], lines: Iterator[bytes], encoding: str) -> tuple[list[str], int]:
    """The cells of the next row, and how many lines it takes from `waiting` and then from `lines`.

    A quote that is not closed within the limit is no quote: the line alone is the row, and the others wait again.
    """
    taken: list[bytes] = []
    is_closed = True

    def take() -> Iterator[str]:
        nonlocal is_closed
        while len(taken) < _LINES_OF_A_ROW_LIMIT:
            line = waiting.popleft() if waiting else next(lines, None)
            if line is None:
                break
            taken.append(line)
            yield line.decode(encoding, errors="replace")
        is_closed = False

    values: list[str] = []
    try:
        values = next(csv.reader(take()))
    except csv.Error:
        is_closed = False
    if is_closed:
        return values, len(taken)
    waiting.extendleft(reversed(taken[1:]))
    return taken[0].rstrip(b"\r\n").decode(encoding, errors="replace").split(","), 1


def safe_cell(value: str) -> bytes:
    """A cell as CSV in UTF-8, safe for a spreadsheet."""
    value = safe_text(value)
    if _NEEDS_QUOTES.search(value):
        value = '"' + value.replace('"', '""') + '"'
    return value.encode()


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == _GZIP_MAGIC
    with gzip.open(path) if is_gzip else path.open("rb", _BUFFER_BYTES) as file:
        yield cast(IO[bytes], file)


def _lines(file: IO[bytes], part: Part) -> Iterator[bytes]:
    """The physical lines of a part, without a byte order mark."""
    if not part.is_first:
        file.seek(part.begins_at)
    lines: Iterator[bytes] = iter(file)
    if part.is_first:
        lines = chain((line.removeprefix(_BYTE_ORDER_MARK) for line in islice(lines, 1)), lines)
    return lines if part.last_line is None else islice(lines, part.last_line - part.first_line + 1)
