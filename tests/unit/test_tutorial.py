"""The tutorial is true: its commands print what it shows, and its pieces of law stand in the finished pack."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACK = PROJECT / "tests/packs/us_zz/second_chance"
TUTORIAL = (PROJECT / "docs/tutorial.md").read_text()
BLOCKS = re.findall(r"```(yaml|console)\n(.*?)```|(<!-- here the reader writes)", TUTORIAL, re.DOTALL)
PIECES = [text for kind, text, _ in BLOCKS if kind == "yaml"]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.split("\n")[0].strip())
def test_each_piece_of_law_stands_in_the_finished_pack(piece: str) -> None:
    assert any(piece in file.read_text() for file in PACK.rglob("*.yaml"))


def test_the_commands_print_what_the_tutorial_shows(tmp_path: Path) -> None:
    commands = 0
    for kind, text, mark in BLOCKS:
        if mark:
            shutil.copytree(PACK, tmp_path / "laws/packs/us_zz/second_chance", dirs_exist_ok=True)
            shutil.rmtree(tmp_path / "laws/packs/us_zz/second_chance/cases")
            shutil.copytree(PACK / "cases", tmp_path / "laws/packs/us_zz/second_chance/cases")
        if kind == "console":
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
                commands += 1
                assert matches(printed(command, tmp_path), shown), command
    assert commands > 10


def printed(command: str, folder: Path) -> str:
    """What a person sees on a terminal of 80 columns."""
    beside_python = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{beside_python}:{os.environ['PATH']}", "COLUMNS": "80"}
    done = subprocess.run(  # noqa: S602
        command, shell=True, cwd=folder, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout


def matches(found: str, shown: str) -> bool:
    """Whether the output is as shown; a line of three dots stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else f"{re.escape(line)} *\n" for line in shown.splitlines()
    )
    return re.fullmatch(pattern, found if found.endswith("\n") or not found else found + "\n") is not None
