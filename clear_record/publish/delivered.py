"""Finds the files that a run read, checks that they still hold the same, and cuts large ones into parts."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clear_record.errors import InputRefused, NotReproducible
from clear_record.publish.rows import Part

_BLOCK_BYTES = 8 << 20
# A part is worth a process of its own.
_PART_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file as `delivery` knows it: its place in the delivery (from 1), where it was, and what it held."""

    delivery_id: str
    position: int
    name: str
    uri: str
    sha256: str
    bytes: int
    has_header: bool
    encoding: str
    columns: tuple[str, ...]


def find(files: Sequence[Delivered], inputs: Sequence[str]) -> list[list[Part]]:
    """The parts of each file, in order. `inputs` are files and folders to look in for what was moved.

    Raises NotReproducible where a file is gone or changed, and InputRefused for an input that is not there.
    """
    moved = list(_files_of(inputs))
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda file: _found(file, moved), files))


def _files_of(inputs: Iterable[str]) -> Iterator[Path]:
    for each in inputs:
        path = _local(each)
        if path is None or not path.exists():
            raise InputRefused(f"--input [{each}] is not there; name a file or folder of this machine")
        yield from (
            sorted(inside for inside in path.rglob("*") if inside.is_file()) if path.is_dir() else [path]
        )


def _local(uri: str) -> Path | None:
    """A path of this machine; None for a file that is kept elsewhere."""
    if "://" not in uri and not uri.startswith("file:"):
        return Path(uri)
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _found(file: Delivered, moved: Sequence[Path]) -> list[Part]:
    """The parts of the first file of the same content: among `moved`, else where it was."""
    was = _local(file.uri)
    candidates = [*moved, *([was] if was is not None and was.is_file() else [])]
    for path in candidates:
        if path.stat().st_size == file.bytes:
            sha256, parts = _read(path, file)
            if sha256 == file.sha256:
                return parts
    state = (
        "has changed since it was ingested" if was is not None and was.is_file() else "is not there any more"
    )
    raise NotReproducible(f"file [{file.name}] {state} [{file.uri}]; name where it is now with --input")


def _read(path: Path, file: Delivered) -> tuple[str, list[Part]]:
    """The SHA-256 of a file, and its parts.

    A packed file, and one in which a row may be longer than a line, is one part.
    """
    digest = hashlib.sha256()
    starts = [(0, 1)]
    is_whole = False
    begins_at, lines_count, open_quotes = 0, 0, 0
    with path.open("rb") as opened:
        while block := opened.read(_BLOCK_BYTES):
            digest.update(block)
            if begins_at == 0 and block.startswith(b"\x1f\x8b"):
                is_whole = True
            if not is_whole and file.bytes > 2 * _PART_BYTES:
                if begins_at >= starts[-1][0] + _PART_BYTES and (newline := block.find(b"\n")) >= 0:
                    before = block[: newline + 1]
                    is_whole |= (open_quotes + before.count(b'"')) % 2 == 1
                    starts.append((begins_at + newline + 1, lines_count + 2))
                lines_count += block.count(b"\n")
                open_quotes += block.count(b'"')
            begins_at += len(block)
    whole = Part(path, file.encoding, file.columns, file.has_header)
    return digest.hexdigest(), [whole] if is_whole else list(_parts(whole, starts))


def _parts(whole: Part, starts: Sequence[tuple[int, int]]) -> Iterator[Part]:
    for at, (begins_at, first_line) in enumerate(starts):
        last_line = starts[at + 1][1] - 1 if at + 1 < len(starts) else None
        yield Part(
            whole.file, whole.encoding, whole.columns, whole.has_header, begins_at, first_line, last_line
        )
