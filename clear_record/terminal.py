"""What commands share: two consoles, options, and how a result is printed."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from clear_record.authoring.show import Line

_WIDEST = 120  # longer lines are hard to read

words = Console(stderr=True, highlight=False)
"""Where a command says what it does beside its result."""
report = Console(highlight=False)
"""Where a command's result goes, in words."""

LakeOption = Annotated[
    str,
    typer.Option(
        "--lake", help="Place of the tables: a folder, an object-store URI, or catalog:CATALOG.SCHEMA."
    ),
]
ConfOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--conf",
        help="A folder with sources/ and packs/ to lay over the shipped ones; of several the first wins.",
    ),
]
VaultOption = Annotated[
    str | None,
    typer.Option(
        "--vault",
        help="Root of the names and numbers that tables bring: a folder closed to others, or an object-store URI; default LAKE.vault.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object alone on stdout.")]


def print_json(content: object) -> None:
    """One JSON object alone on stdout."""
    sys.stdout.write(json.dumps(content, indent=2, default=str) + "\n")


def print_lines(lines: "Iterable[Line]") -> None:
    """Paragraphs, wrapped to the terminal, or to 80 columns where there is none."""
    width = min(report.width, _WIDEST)
    for line in lines:
        report.print(Text(line.wrapped(width), style="bold" if line.is_heading else ""), soft_wrap=True)
