"""The folder that lists are published into: written aside, put in place last, and replaced only if it is all our own."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clear_record.errors import InputRefused

MANIFEST = "published.json"


@dataclass(frozen=True, slots=True)
class Aside:
    """Two folders beside the one that is published: `lists` becomes it, `scratch` is thrown away."""

    lists: Path
    scratch: Path


@contextmanager
def written_aside(out: Path, run_id: str, *, replace: bool) -> Iterator[Aside]:
    """Folders to write into; when the block ends without an error, what stands in `lists` takes the place of `out`.

    Until then `out` stays as it is, and nothing is left beside it afterwards. Raises InputRefused for an `out` that is no
    folder, is not empty (without `replace`), or holds what no earlier publish wrote.
    """
    _check(out, replace)
    out.parent.mkdir(parents=True, exist_ok=True)
    # Only its owner can look into it: it holds records while it is there.
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".publishing", dir=out.parent))
    try:
        folders = Aside(aside / "lists", aside / "scratch")
        folders.lists.mkdir()
        folders.scratch.mkdir()
        yield folders
        written = sorted(
            str(path.relative_to(folders.lists)) for path in folders.lists.rglob("*") if path.is_file()
        )
        manifest = {"run_id": run_id, "files": written}
        (folders.lists / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        # What was added to the folder meanwhile is not ours to take away.
        _check(out, replace)
        if out.exists():
            out.rename(aside / "replaced")
        folders.lists.rename(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check(out: Path, replace: bool) -> None:
    if not out.exists():
        return
    if not out.is_dir():
        raise InputRefused(f"--out [{out}] is not a folder")
    there = {str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir()}
    if not there and not any(out.iterdir()):
        return
    if not replace:
        raise InputRefused(
            f"--out [{out}] is not empty; name another folder, or add --replace to replace published lists"
        )
    foreign = sorted(there - _published(out))
    if foreign:
        raise InputRefused(
            f"--out [{out}] holds [{foreign[0]}], which no publish wrote; move it away or name another folder"
        )


def _published(out: Path) -> set[str]:
    """What the manifest of an earlier publish names; nothing where there is none."""
    try:
        return {*json.loads((out / MANIFEST).read_text())["files"], MANIFEST}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
