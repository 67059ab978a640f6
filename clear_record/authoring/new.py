"""Writes a new pack: the smallest that is sound, with its cases and comments, to be edited."""

import re
from collections.abc import Mapping
from pathlib import Path

from clear_record.errors import InputRefused

_MODEL = Path(__file__).parent / "new_pack"
_NAME = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")


def new_pack(name: str, conf: Path, packs: Mapping[str, Path]) -> Path:
    """Writes the pack into the folder `conf` and gives its own folder; `packs` are those that there are.

    Raises InputRefused for a name that is none, or that a pack has.
    """
    if _NAME.fullmatch(name) is None:
        raise InputRefused(f"[{name}] is no name of a pack: write it as us_ca/prop64, in small letters")
    folder = conf / "packs" / name
    if name in packs or folder.exists():
        raise InputRefused(f"there is a pack [{name}] in {packs.get(name, folder)}: choose another name")
    if not conf.is_dir():
        raise InputRefused(f"there is no folder [{conf}] to write packs to: name one with --conf")
    state = name.partition("/")[0].rpartition("_")[2].upper()
    for model in sorted(_MODEL.rglob("*.yaml")):
        file = folder / model.relative_to(_MODEL)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = model.read_text(encoding="utf-8").replace("NAME", name).replace("STATE", state)
        file.write_text(text, encoding="utf-8")
    return folder
