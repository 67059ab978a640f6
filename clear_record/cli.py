"""The command line: one command for each verb, and one that runs the whole flow.

Only in the modules of the command line (`cli*.py`) is the clock read. A command says what it did in words for a
person, or with --json in one object for a program, alone on stdout.
"""

import getpass
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Protocol, TypeVar

import typer

from clear_record import __doc__ as about
from clear_record import cli_audit, cli_keys, cli_packs, cli_review, cli_seal
from clear_record.configuration import conf_folders, find_source
from clear_record.errors import ClearRecordError, InputRefused, foreseen
from clear_record.terminal import (
    ConfOption,
    JsonOption,
    LakeOption,
    VaultOption,
    print_json,
    report,
    words,
)

# Spark and the law are imported where they are used: help and a wrong option answer at once.
if TYPE_CHECKING:
    from clear_record.decide.assignment import Assignment
    from clear_record.decide.run import Run
    from clear_record.ingest.delivery import Delivered
    from clear_record.ingest.source import Source
    from clear_record.ingest.tables.source import TablesSource
    from clear_record.lake import Lake
    from clear_record.publish.summary import Published
    from clear_record.runs import Gate, Request

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
app.add_typer(synth_app, name="synth")
app.add_typer(cli_packs.app, name="packs")
app.add_typer(cli_audit.app)
app.add_typer(cli_review.app)
app.add_typer(cli_keys.app)
app.add_typer(cli_seal.app)

SignKeyOption = Annotated[
    Path | None,
    typer.Option("--sign-key", help="Private key that signs the run (clear-record signing-key makes one)."),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--id-key", help="File with the key of ids (64 hex digits a line); made beside the lake if not given."
    ),
]
ReaderOption = Annotated[
    str | None,
    typer.Option("--by", help="Who reads the vault, which is noted there; default this machine's user."),
]
ReceivedOption = Annotated[
    datetime | None,
    typer.Option(
        "--received-on", formats=["%Y-%m-%d"], help="Day on which the delivery was received; default today."
    ),
]


IncrementalOption = Annotated[
    bool,
    typer.Option(
        "--incremental",
        help="Decide only people of whom something changed since the last run, and write the decisions that differ.",
    ),
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
    dirty: Annotated[
        float, typer.Option("--dirty", min=0, max=1, help="Share of rows that get a fault.")
    ] = 0.0,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Write what is known of each faulty row.")
    ] = None,
) -> None:
    """Invent an extract in the layout of California's DOJ: 95 columns, invented people only."""
    from clear_record.synth.us_ca_doj import generate

    made = generate(subjects, seed, out, files=files, dirty=dirty, truth=truth)
    words.print(
        f"{made.rows:,} rows of {made.subjects:,} invented people ({made.convictions:,} convictions, "
        f"{made.dirty_rows:,} faulty rows) in {out}"
    )


class TableFormat(StrEnum):
    """The formats in which tables are invented."""

    CSV = "csv"
    PARQUET = "parquet"
    DELTA = "delta"


@synth_app.command("statewide")
def synth_statewide(
    convictions: Annotated[int, typer.Option("--convictions", min=1, help="Number of convictions.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same rows.")],
    out: Annotated[Path, typer.Option("--out", help="The folder that gets a folder for each table.")],
    format: Annotated[TableFormat, typer.Option("--format", help="Format of the tables.")] = TableFormat.CSV,
    truth: Annotated[
        Path | None, typer.Option("--truth", help="Write what was made wrong, one JSON object a line.")
    ] = None,
) -> None:
    """Invent a statewide repository of separate tables (source us_zz_statewide): invented people only."""
    from clear_record.spark import session
    from clear_record.synth.statewide import generate

    made = generate(session("synth"), convictions, seed, out, format=format.value, truth=truth)
    rows = ", ".join(f"{count:,} {name}" for name, count in made.rows.items())
    words.print(
        f"{made.convictions:,} convictions of invented people in {out}: {rows}; {made.wrong:,} made wrong"
    )


@app.command()
def ingest(
    source: Annotated[
        str, typer.Option("--source", help="A source of conf/sources (us_ca_doj, us_zz_statewide).")
    ],
    inputs: Annotated[
        list[str],
        typer.Option(
            "--input",
            help="A delivered file or folder, or a database (jdbc:postgresql://host/name); repeat for more.",
        ),
    ],
    lake: LakeOption,
    id_key: KeyOption = None,
    received_on: ReceivedOption = None,
    allow_unreadable: Annotated[
        int,
        typer.Option(
            "--allow-unreadable", min=0, help="Accept so many rejected rows whose person cannot be read."
        ),
    ] = 0,
    allow_gone: Annotated[
        int,
        typer.Option(
            "--allow-gone",
            min=0,
            help="Accept that so many records of a kind that were delivered before are not there any more.",
        ),
    ] = 0,
    by: Annotated[
        str | None, typer.Option("--by", help="Who decided to allow them; kept with the delivery.")
    ] = None,
    vault: VaultOption = None,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a delivery into the record tables."""
    delivered = _ingest(
        source,
        inputs,
        lake,
        id_key,
        received_on.date() if received_on else None,
        conf,
        vault,
        allow_unreadable=allow_unreadable,
        allow_gone=allow_gone,
        by=by,
    )
    _show(delivered, as_json)


@app.command()
def decide(
    as_of: Annotated[
        datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day for which the law is applied.")
    ],
    lake: LakeOption,
    packs: Annotated[list[str], typer.Option("--pack", help="A rule pack (us_ca/prop64); repeat for more.")],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="The office's choices: a county's options file (JSON), or YAML."),
    ] = None,
    counties: Annotated[
        list[str] | None,
        typer.Option("--county", help="Decide the charges of this county only; repeat for more."),
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="The source whose counties are meant.")
    ] = "us_ca_doj",
    incremental: IncrementalOption = False,
    sign_key: SignKeyOption = None,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply rule packs to the record tables and commit one run."""
    from clear_record.runs import Request

    request = Request.of_options(packs, policy, counties or [])
    assigned = _assignments(request, _source(source, conf), conf)
    decided = _decide(request, assigned, as_of.date(), lake, source, sign_key, incremental=incremental)
    _show(decided, as_json)


@app.command()
def publish(
    out: Annotated[Path, typer.Option("--out", help="Folder for the lists; empty, or with --replace.")],
    lake: LakeOption,
    run_id: Annotated[str, typer.Option("--run", help="Id of a committed run, or latest.")] = "latest",
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", help="Where the delivered files are now, if they were moved."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what an earlier publish wrote there.")
    ] = False,
    configuration: Annotated[
        Path | None,
        typer.Option("--config", help="A run configuration, whose gate the run must pass (docs/review.md)."),
    ] = None,
    vault: VaultOption = None,
    by: ReaderOption = None,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the lists that offices act on, and the summary of a run."""
    from clear_record.runs import read_run_configuration

    asked = None if configuration is None else read_run_configuration(configuration)
    gate, its_vault = (None, None) if asked is None else (asked.gate, asked.vault)
    _show(
        _publish(run_id, out, lake, inputs or [], conf, gate, vault or its_vault, by, replace=replace),
        as_json,
    )


@app.command()
def run(
    configuration: Annotated[
        Path, typer.Argument(metavar="FILE", help="A run configuration (conf/runs/demo.yaml).")
    ],
    lake: Annotated[str | None, typer.Option("--lake", help="In place of the configuration's lake.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="In place of the configuration's folder of lists.")
    ] = None,
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", help="In place of the configuration's inputs; repeat for more."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="In place of the configuration's day."),
    ] = None,
    received_on: ReceivedOption = None,
    incremental: IncrementalOption = False,
    vault: VaultOption = None,
    by: ReaderOption = None,
    id_key: KeyOption = None,
    sign_key: SignKeyOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace lists that an earlier publish wrote.")
    ] = False,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest, decide and publish, each county with its own office's policy."""
    from clear_record.runs import read_run_configuration

    asked = read_run_configuration(configuration)
    chosen_lake, chosen_out, chosen_vault = lake or asked.lake, out or asked.out, vault or asked.vault
    given = inputs or list(asked.inputs)
    if chosen_lake is None or chosen_out is None or not given:
        raise InputRefused(
            f"{configuration}: name lake, out and inputs there, or with --lake, --out and --input"
        )
    chosen_received_on = received_on.date() if received_on else asked.received_on
    stages = Stages()
    # What is wrong with packs and policies is said before an hour of reading.
    assigned = _assignments(asked.request, _source(asked.source, conf), conf)
    if asked.gate is not None:
        asked.gate.packs_of(each.pack.name for each in assigned)
    delivered = stages.run(
        "ingest",
        lambda: _ingest(asked.source, given, chosen_lake, id_key, chosen_received_on, conf, chosen_vault),
    )
    decided = stages.run(
        "decide",
        lambda: _decide(
            asked.request,
            assigned,
            as_of.date() if as_of else asked.as_of,
            chosen_lake,
            asked.source,
            sign_key,
            incremental=incremental,
        ),
    )
    published = stages.run(
        "publish",
        lambda: _publish(
            decided.run_id,
            chosen_out,
            chosen_lake,
            given,
            conf,
            asked.gate,
            chosen_vault,
            by,
            replace=replace,
        ),
    )
    if as_json:
        parts = {"ingest": delivered.as_dict(), "publish": published.as_dict(), "stages": stages.finished}
        print_json({**decided.as_dict(), **parts})
        return
    for part in (delivered, decided, published):
        report.print(part)


@app.command()
def maintain(lake: LakeOption, vault: VaultOption = None, as_json: JsonOption = False) -> None:
    """Put the small files of many nights together, in the vault, too; every version that a run read stays readable."""
    from clear_record.maintain import maintain as maintain_lake
    from clear_record.vault.place import vault_beside

    opened = _lake(lake, "maintain")
    _show(maintain_lake(opened, vault_beside(opened, vault)), as_json)


class Shown(Protocol):
    """What a command gives: one object for a program, and words for a person (rich renders it)."""

    def as_dict(self) -> dict[str, Any]: ...


def _show(result: Shown, as_json: bool) -> None:
    if as_json:
        print_json(result.as_dict())
    else:
        report.print(result)


def _lake(root: str, stage: str) -> "Lake":
    from clear_record.lake import Lake
    from clear_record.spark import session

    return Lake(session(stage), root)


def _source(name: str, conf: list[Path] | None) -> "Source | TablesSource":
    from clear_record.ingest.tables.source import read_any_source

    return read_any_source(find_source(name, conf_folders(*(conf or []))))


def _ingest(
    source: str,
    inputs: Sequence[str],
    lake: str,
    key_file: Path | None,
    received_on: date | None,
    conf: list[Path] | None,
    vault: str | None,
    *,
    allow_unreadable: int = 0,
    allow_gone: int = 0,
    by: str | None = None,
) -> "Delivered":
    from clear_record.ingest import delivery
    from clear_record.keys import id_key

    described = _source(source, conf)
    key = id_key(lake, key_file)
    return delivery.ingest(
        _lake(lake, "ingest"),
        described,
        inputs,
        key,
        received_on or datetime.now(UTC).date(),
        allow_unreadable=allow_unreadable,
        allow_gone=allow_gone,
        by=by,
        vault=vault,
    )


def _assignments(
    request: "Request", source: "Source | TablesSource", conf: list[Path] | None
) -> "list[Assignment]":
    from clear_record.runs import assignments

    return assignments(
        request.packs, request.offices, request.counties, source.counties, conf_folders(*(conf or []))
    )


def _decide(
    request: "Request",
    assigned: "list[Assignment]",
    as_of: date,
    lake: str,
    source: str,
    sign_key: Path | None,
    *,
    incremental: bool,
) -> "Run":
    from clear_record.decide.run import decide as decide_charges
    from clear_record.signing import read_signing_key

    options = {"source": source, "counties": list(request.counties)}
    key = None if sign_key is None else read_signing_key(sign_key)
    return decide_charges(_lake(lake, "decide"), assigned, as_of, options, key, incremental=incremental)


def _publish(
    run_id: str,
    out: Path,
    lake: str,
    inputs: Sequence[str],
    conf: list[Path] | None,
    gate: "Gate | None",
    vault: str | None,
    by: str | None,
    *,
    replace: bool,
) -> "Published":
    from clear_record.publish.gate import check_gate
    from clear_record.publish.publish import publish as publish_run
    from clear_record.vault.place import VaultAccess

    opened, reader = _lake(lake, "publish"), by or _user()
    if gate is not None:
        check_gate(opened, run_id, gate)
    return publish_run(
        opened,
        run_id,
        out,
        lambda name: _source(name, conf),
        inputs=inputs,
        access=None if reader is None else VaultAccess(reader, datetime.now(UTC), vault),
        replace=replace,
    )


def _user() -> str | None:
    """The account under which the command runs; None where the machine has no name for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


# click's error of usage, wherever this version of typer keeps it
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0 done, 1 findings, 2 refused, 3 needs an override, 4 not reproducible, 75 busy, executors lost or a disk full, 130/143 stopped.

    Whatever a person can cause is one line on stderr. CLEAR_RECORD_DEBUG=1 shows the trace of an error, which can hold values of
    records.
    """
    signal.signal(signal.SIGTERM, _stopped)
    try:
        code = typer.main.get_command(app).main(
            list(sys.argv[1:] if arguments is None else arguments),
            prog_name="clear-record",
            standalone_mode=False,
        )
    except ClearRecordError as error:
        _fail(str(error), error.exit_code)
    except _UsageError as error:
        _fail(_usage(error), 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail("stopped", 130)
    except Exception as error:
        if (known := foreseen(error)) is not None:
            _fail(str(known), known.exit_code)
        _fail(
            f"failed by an error that was not foreseen ({type(error).__name__}); CLEAR_RECORD_DEBUG=1 shows it, and the "
            "values of records that it may hold",
            70,
        )
    sys.exit(code or 0)


def _usage(error: Any) -> str:
    command = error.ctx.command_path if error.ctx else "clear-record"
    return f"{error.format_message().rstrip('.')}: {command} --help lists the options"


def _fail(message: str, code: int) -> NoReturn:
    if "CLEAR_RECORD_DEBUG" in os.environ:
        traceback.print_exc()
    sys.stderr.write(f"clear-record: {' '.join(message.split())}\n")
    sys.exit(code)


def _stopped(signal_number: int, _: FrameType | None) -> NoReturn:
    sys.exit(128 + signal_number)


if __name__ == "__main__":
    main()
