"""Puts what was determined beside the delivered rows again: one pass over a delivered file, in bounded memory."""

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import IO, NamedTuple

from clear_record.errors import NotReproducible
from clear_record.publish.layout import (
    ADDED_COLUMNS,
    ALL_RESULTS,
    CONDENSED_COLUMNS,
    CONDENSED_RESULTS,
    DECIDED_RESULTS,
    LISTS,
    NOTHING_ADDED,
    WITHOUT_COUNTY_RESULTS,
)
from clear_record.publish.rows import Part, blocks, header, safe_cell

_BUFFER_BYTES = 1 << 20

_condensed_cells = itemgetter(*CONDENSED_COLUMNS)


@dataclass(slots=True)
class Merged:
    """How many rows were written, and how many of them got a determination, all and those without a county."""

    rows_count: int = 0
    decided_count: int = 0
    without_county_count: int = 0


def merge(part: Part, determinations: Sequence[Path], out: Path) -> Merged:
    """Write the lists of a part into the folder `out`, with a header where the part is the first of its file.

    `determinations` are files of lines `<line> TAB <1 if the county is known, else 0> TAB <18 cells as CSV>`, each sorted
    by line. Raises NotReproducible where a determination belongs to no row: the file is not the one that was decided.
    """
    done = Merged()
    added = NOTHING_ADDED.encode()
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        lists = {name: stack.enter_context((out / name).open("wb", _BUFFER_BYTES)) for name in LISTS}
        if part.is_first:
            _write_headers(lists, header(part))
        files = [stack.enter_context(path.open("rb")) for path in determinations]
        determined_rows = _determinations(files, part)
        determined = next(determined_rows, None)
        for block in blocks(part, _condensed):
            everything = [row + added for row in block.rows]
            condensed = [row + added for row in block.picked]
            while determined is not None and determined.line < block.next_line:
                place = bisect_left(block.lines, determined.line)
                if place == len(block.lines) or block.lines[place] != determined.line:
                    raise NotReproducible(_no_row(part, determined.line))
                everything[place] = block.rows[place] + determined.added
                condensed[place] = block.picked[place] + determined.added
                done.decided_count += 1
                done.without_county_count += not determined.is_with_county
                name = DECIDED_RESULTS if determined.is_with_county else WITHOUT_COUNTY_RESULTS
                _write(lists[name], [everything[place]])
                determined = next(determined_rows, None)
            done.rows_count += len(block.rows)
            _write(lists[ALL_RESULTS], everything)
            _write(lists[CONDENSED_RESULTS], condensed)
    if determined is not None:
        raise NotReproducible(_no_row(part, determined.line))
    return done


def _condensed(cells: Sequence[bytes]) -> bytes:
    return b",".join(_condensed_cells(cells))


def _no_row(part: Part, line: int) -> str:
    return f"{part.file}: line {line} was decided, and no row of the file begins there; ingest it again"


def _write(file: IO[bytes], rows: list[bytes]) -> None:
    if rows:
        file.write(b"\n".join(rows) + b"\n")


def _write_headers(lists: Mapping[str, IO[bytes]], names: Sequence[bytes]) -> None:
    added = [safe_cell(name) for name in ADDED_COLUMNS]
    for name, file in lists.items():
        shown = _condensed_cells(names) if name == CONDENSED_RESULTS else names
        _write(file, [b",".join((*shown, *added))])


class _Determination(NamedTuple):
    line: int
    is_with_county: bool
    added: bytes


def _determinations(files: Iterable[Iterable[bytes]], part: Part) -> Iterator[_Determination]:
    """The determinations of a part by line."""
    for each in heapq.merge(*map(_read_determinations, files)):
        if part.last_line is not None and each.line > part.last_line:
            return
        if each.line >= part.first_line:
            yield each


def _read_determinations(file: Iterable[bytes]) -> Iterator[_Determination]:
    for text in file:
        line, with_county, added = text.rstrip(b"\n").split(b"\t", 2)
        yield _Determination(int(line), with_county == b"1", b"," + added)
