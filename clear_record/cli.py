"""The command line: one command for each verb, and one that runs the whole flow.

Only here is the clock read and are exit codes given. A command says what it did in words for a person, or with --json in one
object for a program, alone on stdout.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from clear_record import __doc__ as about
from clear_record.configuration import conf_folders, find_source
from clear_record.errors import ClearRecordError, InputRefused

_STARTED = time.monotonic()

Result = TypeVar("Result")

app = typer.Typer(
    name="clear-record",
    help=about,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
synth_app = typer.Typer(no_args_is_help=True, help="Invent extracts of people who do not exist.")
packs_app = typer.Typer(no_args_is_help=True, help="Rule packs: the law as data.")
app.add_typer(synth_app, name="synth")
app.add_typer(packs_app, name="packs")

_words = Console(stderr=True, highlight=False)
_report = Console(highlight=False)

LakeOption = Annotated[str, typer.Option("--lake", help="Root of the tables: a folder or an object-store URI.")]
ConfOption = Annotated[
    Path | None, typer.Option("--conf", help="A folder with sources/ and packs/ to lay over the shipped ones.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object alone on stdout.")]
KeyOption = Annotated[
    Path | None,
    typer.Option("--id-key", help="File with the key of person ids (64 hex digits); made beside the lake if not given."),
]
ReceivedOption = Annotated[
    datetime | None,
    typer.Option("--received-on", formats=["%Y-%m-%d"], help="Day on which the delivery was received; default today."),
]


@dataclass(slots=True)
class Stages:
    """When each stage of a run began, in seconds since the command's start, and how long it took."""

    finished: list[dict[str, Any]] = field(default_factory=list)

    def run(self, stage: str, work: Callable[[], Result]) -> Result:
        began = time.monotonic()
        result = work()
        self.finished.append(
            {
                "stage": stage,
                "started_at": round(began - _STARTED, 3),
                "wall_seconds": round(time.monotonic() - began, 3),
            }
        )
        return result


@synth_app.command("us_ca_doj")
def synth_us_ca_doj(
    subjects: Annotated[int, typer.Option("--subjects", min=1, help="Number of people.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; with --files a folder.")],
    files: Annotated[int, typer.Option("--files", min=1, help="Spread people over so many files.")] = 1,
    dirty: Annotated[float, typer.Option("--dirty", min=0, max=1, help="Share of rows that get a fault.")] = 0.0,
    truth: Annotated[Path | None, typer.Option("--truth", help="Write what is known of each faulty row.")] = None,
) -> None:
    """Invent an extract in the layout of California's DOJ: 95 columns, invented people only."""
    from clear_record.synth.us_ca_doj import generate

    made = generate(subjects, seed, out, files=files, dirty=dirty, truth=truth)
    _words.print(
        f"{made.rows:,} rows of {made.subjects:,} invented people ({made.convictions:,} convictions, "
        f"{made.dirty_rows:,} faulty rows) in {out}"
    )


@app.command()
def ingest(
    source: Annotated[str, typer.Option("--source", help="A source of conf/sources (us_ca_doj).")],
    inputs: Annotated[list[str], typer.Option("--input", help="A delivered file or folder; repeat for more.")],
    lake: LakeOption,
    id_key: KeyOption = None,
    received_on: ReceivedOption = None,
    allow_unreadable: Annotated[
        int, typer.Option("--allow-unreadable", min=0, help="Accept so many rejected rows whose person cannot be read.")
    ] = 0,
    by: Annotated[str | None, typer.Option("--by", help="Who decided to allow them; kept with the delivery.")] = None,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a delivery into the record tables."""
    delivered = _ingest(source, inputs, lake, id_key, received_on, conf, allow_unreadable=allow_unreadable, by=by)
    _show(delivered, as_json)


@app.command()
def decide(
    as_of: Annotated[datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day for which the law is applied.")],
    lake: LakeOption,
    packs: Annotated[list[str], typer.Option("--pack", help="A rule pack (us_ca/prop64); repeat for more.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="The office's choices: a county's options file (JSON), or YAML.")
    ] = None,
    counties: Annotated[
        list[str] | None, typer.Option("--county", help="Decide the charges of this county only; repeat for more.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="The source whose counties are meant.")] = "us_ca_doj",
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply rule packs to the record tables and commit one run."""
    run = _decide(Request.of_options(packs, policy, counties or []), as_of.date(), lake, source, conf)
    _show(run, as_json)


@app.command()
def publish(
    out: Annotated[Path, typer.Option("--out", help="Folder for the lists; empty, or with --replace.")],
    lake: LakeOption,
    run_id: Annotated[str, typer.Option("--run", help="Id of a committed run, or latest.")] = "latest",
    inputs: Annotated[
        list[str] | None, typer.Option("--input", help="Where the delivered files are now, if they were moved.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace what an earlier publish wrote there.")] = False,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the lists that offices know, and the summary of a run."""
    _show(_publish(run_id, out, lake, inputs or [], conf, replace=replace), as_json)


@app.command()
def run(
    configuration: Annotated[Path, typer.Argument(metavar="FILE", help="A run configuration (conf/runs/demo.yaml).")],
    lake: Annotated[str | None, typer.Option("--lake", help="In place of the configuration's lake.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="In place of the configuration's folder of lists.")] = None,
    inputs: Annotated[
        list[str] | None, typer.Option("--input", help="In place of the configuration's inputs; repeat for more.")
    ] = None,
    id_key: KeyOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace lists that an earlier publish wrote.")] = False,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest, decide and publish, each county with its own office's policy."""
    asked = read_run_configuration(configuration)
    chosen_lake, chosen_out = lake or asked.lake, out or asked.out
    if chosen_lake is None or chosen_out is None or not (inputs or asked.inputs):
        raise InputRefused(f"{configuration}: name lake, out and inputs there, or with --lake, --out and --input")
    stages = Stages()
    delivered = stages.run(
        "ingest",
        lambda: _ingest(asked.source, inputs or asked.inputs, chosen_lake, id_key, asked.received_on, conf),
    )
    decided = stages.run(
        "decide", lambda: _decide(asked.request, asked.as_of, chosen_lake, asked.source, conf)
    )
    published = stages.run(
        "publish", lambda: _publish(decided.run_id, chosen_out, chosen_lake, [], conf, replace=replace)
    )
    if as_json:
        parts = {"ingest": delivered.as_dict(), **decided.as_dict(), "publish": published.as_dict(), "stages": stages.finished}
        _print_json(parts)
        return
    for part in (delivered, decided, published):
        _report.print(part)
