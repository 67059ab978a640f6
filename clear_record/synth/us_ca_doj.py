"""The extract of California's DOJ, invented: 95 columns, whole people, the same bytes for the same seed.

People are invented in chunks of a fixed size, each from a stream of chance of its own, so that neither the number of
cores nor that of the people after them changes a row. Chunks are written in order and no more of them are kept than
the processes are ahead, whatever the number of people.
"""

import json
import multiprocessing
import os
import re
import shutil
import tempfile
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clear_record.errors import InputRefused
from clear_record.synth import shares
from clear_record.synth.dice import Roll, between, dice
from clear_record.synth.dirt import Spoilt, spoil
from clear_record.synth.layout import COLUMNS
from clear_record.synth.people import invent
from clear_record.synth.rows import print_rows
from clear_record.synth.story import CONVICTED, Cycle, tell

CHUNK = 500  # people; another size gives other people
_MOST_FILES = 400  # all are open at once
_CHUNKS_WORTH_A_POOL = 8
# The streams of a seed: the people and their records, which file has which row, and the dirt.
_PEOPLE, _PLACES, _DIRT = range(3)


@dataclass(frozen=True, slots=True)
class Made:
    """What an extract holds: rows without headers, people, convicted charges, rows that got a fault."""

    rows: int
    subjects: int
    convictions: int
    dirty_rows: int


class _Chunk(NamedTuple):
    """The rows of some people, for each file one text of whole lines."""

    texts: list[bytes]
    rows: int
    convictions: int


def generate(
    subjects: int,
    seed: int,
    out: Path,
    *,
    files: int = 1,
    dirty: float = 0.0,
    truth: Path | None = None,
    header: bool = True,
    processes: int | None = None,
) -> Made:
    """Writes an extract of that many invented people in the layout of docs/formats/ca_doj.md (UTF-8, LF).

    With one file `out` is the file, with more the folder that gets them; what an earlier call wrote there is replaced
    whole. `dirty` is the share of all rows that get a fault (`dirt.FAULTS`); `truth` is a file that gets one JSON
    object for each of them, in the order of files and lines: file, line, subject_id, fault, code, field. The rows are
    the same for any number of files and processes (default: one for each core). Raises InputRefused.
    """
    _refuse_what_cannot_be(subjects, seed, out, files, dirty, truth)
    with _written_aside(out, files) as paths, ExitStack() as opened:
        targets: list[BinaryIO] = [opened.enter_context(path.open("wb")) for path in paths]
        notes: list[BinaryIO] = [opened.enter_context(tempfile.TemporaryFile()) for _ in paths]
        lines = [0] * files
        if header:
            for target in targets:
                target.write((",".join(COLUMNS) + "\n").encode())
            lines = [1] * files
        rows = convictions = dirty_rows = 0
        for number, chunk in enumerate(_chunks(subjects, seed, files, processes or os.cpu_count() or 1)):
            rows += chunk.rows
            convictions += chunk.convictions
            # Rounded over all rows so far, so that the share holds for the whole and not for each chunk.
            faults = round(dirty * rows) - dirty_rows
            dirty_rows += faults
            texts = chunk.texts
            if faults:
                texts, spoilt = _spoil_some(chunk, faults, dice(seed, _DIRT, number))
                for file, line, known in spoilt:
                    notes[file].write(_note(paths[file].name, lines[file] + line, known))
            for file, text in enumerate(texts):
                targets[file].write(text)
                lines[file] += text.count(b"\n")
        if truth is not None:
            _write_truth(truth, notes)
    return Made(rows, subjects, convictions, dirty_rows)


# --- people, chunk by chunk --------------------------------------------------------------------------------


def _chunks(subjects: int, seed: int, files: int, processes: int) -> Iterator[_Chunk]:
    """All chunks in their order."""
    count = -(-subjects // CHUNK)
    invent_chunk = partial(_invent_chunk, subjects, seed, files)
    if processes == 1 or count < _CHUNKS_WORTH_A_POOL:
        yield from map(invent_chunk, range(count))
        return
    # A forked copy of a process that has threads, as one with a JVM has, may hang.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        ahead: deque[Future[_Chunk]] = deque()
        for number in range(count):
            ahead.append(pool.submit(invent_chunk, number))
            if len(ahead) > 2 * processes:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _invent_chunk(subjects: int, seed: int, files: int, number: int) -> _Chunk:
    roll, roll_place = dice(seed, _PEOPLE, number), dice(seed, _PLACES, number)
    rows = convictions = 0
    placed: list[list[str]] = [[] for _ in range(files)]
    further_down: list[list[str]] = [[] for _ in range(files)]
    for index in range(number * CHUNK, min((number + 1) * CHUNK, subjects)):
        person = invent(index, roll)
        record = tell(person, roll)
        printed = print_rows(index, person, record, roll)
        rows += sum(map(len, printed))
        convictions += _convictions(record)
        _place(printed, index % files, placed, further_down, roll_place)
    texts = ["".join(placed[file] + further_down[file]).encode() for file in range(files)]
    return _Chunk(texts, rows, convictions)


def _convictions(record: list[Cycle]) -> int:
    dispositions = [entry.disposition for cycle in record for step in cycle.steps for entry in step.entries]
    return sum([disposition.startswith(CONVICTED) for disposition in dispositions])


def _place(
    printed: list[list[str]], home: int, placed: list[list[str]], further_down: list[list[str]], roll: Roll
) -> None:
    """Puts a person's rows where they stand: the first at home, and at small rates others elsewhere."""
    files, chance = len(placed), roll()
    if chance < shares.NOT_CONTIGUOUS:
        rows = [row for cycle in printed for row in cycle]
        placed[home] += rows[:1]
        further_down[home] += rows[1:]
        return
    target = home
    if files > 1 and chance > 1 - shares.SPLIT_BY_ROW:
        printed = [[row] for cycle in printed for row in cycle]
    is_split = files > 1 and chance > 1 - shares.SPLIT_BY_ROW - shares.SPLIT_BY_CYCLE
    for rows in printed:
        placed[target] += rows
        if is_split:
            target = between(0, files - 1, roll)


# --- dirt and what is known of it --------------------------------------------------------------------------


class _Known(NamedTuple):
    """A fault in a chunk: its file and its line among the chunk's lines there, from 1."""

    file: int
    line: int
    spoilt: Spoilt


def _spoil_some(chunk: _Chunk, faults: int, roll: Roll) -> tuple[list[bytes], list[_Known]]:
    """Gives that many rows of a chunk a fault each, whichever chance picks."""
    files = [text.split(b"\n") for text in chunk.texts]  # each ends in one empty line
    first_rows = [0, *accumulate(len(lines) - 1 for lines in files)]
    picked: set[int] = set()
    while len(picked) < faults:
        picked.add(between(0, chunk.rows - 1, roll))
    known = []
    for row in sorted(picked):
        file = bisect_right(first_rows, row) - 1
        line = row - first_rows[file]
        spoilt = spoil(files[file][line].decode(), roll)
        files[file][line] = spoilt.line.encode()
        known.append(_Known(file, line + 1, spoilt))
    return [b"\n".join(lines) for lines in files], known


def _note(file: str, line: int, spoilt: Spoilt) -> bytes:
    note = {
        "file": file,
        "line": line,
        "subject_id": spoilt.subject_id,
        "fault": spoilt.fault,
        "code": spoilt.code,
        "field": spoilt.field,
    }
    return json.dumps(note).encode() + b"\n"


# --- files -------------------------------------------------------------------------------------------------


def _names(out: Path, files: int) -> list[str]:
    if files == 1:
        return [out.name]
    return [f"us_ca_doj-{number:03}-of-{files:03}.dat" for number in range(1, files + 1)]


_OURS = re.compile(r"us_ca_doj-\d{3}-of-\d{3}\.dat")


@contextmanager
def _written_aside(out: Path, files: int) -> Iterator[list[Path]]:
    """Paths beside `out` to write to; what stands there at the end takes the place of what was at `out`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as aside:
        paths = [Path(aside) / name for name in _names(out, files)]
        yield paths
        if files == 1:
            paths[0].replace(out)
            return
        out.mkdir(exist_ok=True)
        for earlier in out.iterdir():
            earlier.unlink()
        for path in paths:
            path.replace(out / path.name)


def _write_truth(truth: Path, notes: list[BinaryIO]) -> None:
    with _written_aside(truth, files=1) as (path,), path.open("wb") as target:
        for note in notes:
            note.seek(0)
            shutil.copyfileobj(note, target)


def _refuse_what_cannot_be(
    subjects: int, seed: int, out: Path, files: int, dirty: float, truth: Path | None
) -> None:
    if subjects < 1 or seed < 0:
        raise InputRefused(
            f"{subjects} people from seed {seed}: expected at least one person and a seed of 0 or more"
        )
    if not 1 <= files <= min(subjects, _MOST_FILES):
        raise InputRefused(f"{files} files for {subjects} people: expected 1 to {min(subjects, _MOST_FILES)}")
    if not 0 <= dirty <= 1:
        raise InputRefused(f"a share of {dirty} faulty rows: expected a number from 0 to 1")
    if files == 1 and out.is_dir():
        raise InputRefused(f"{out} is a folder: name the file to write, or ask for more than one file")
    if files > 1 and out.exists() and not out.is_dir():
        raise InputRefused(f"{out} is a file: {files} files need a folder, so name another one")
    if files > 1 and out.is_dir() and not all(_OURS.fullmatch(path.name) for path in out.iterdir()):
        raise InputRefused(f"{out} holds other things than an extract's files: name a new or an empty folder")
    if truth is None:
        return
    if truth.is_dir():
        raise InputRefused(f"{truth} is a folder: name the file that gets what is known of faulty rows")
    if truth.resolve() == out.resolve() or (files > 1 and truth.resolve().is_relative_to(out.resolve())):
        raise InputRefused(f"{truth} would stand among the extract's files: name a place outside of {out}")
