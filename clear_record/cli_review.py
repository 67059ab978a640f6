"""The commands by which attorneys check a run: a sample goes out, marks and settled facts come back. They need no Spark."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clear_record.cli_audit import lake_files
from clear_record.errors import InputRefused
from clear_record.terminal import JsonOption, LakeOption, print_json, report

if TYPE_CHECKING:
    from clear_record.audit.review.review import Review
    from clear_record.audit.review.settle import Settled
    from clear_record.audit.review.sheet import SentOut

app = typer.Typer()

OnOption = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Day of the review; default today."),
]


@app.command()
def sample(
    lake: LakeOption,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**63 - 1, help="The same seed draws the same charges.")
    ],
    out: Annotated[Path, typer.Option("--out", help="The sheet to write (CSV).")],
    run_id: Annotated[str, typer.Option("--run", help="Id of a committed run, or latest.")] = "latest",
    size: Annotated[
        int | None,
        typer.Option("--size", min=1, help="Charges to draw, by the share of each stratum, rounded up."),
    ] = None,
    per_stratum: Annotated[
        int | None, typer.Option("--per-stratum", min=1, help="In place of --size: charges of each stratum.")
    ] = None,
    strata: Annotated[
        str, typer.Option("--strata", help="What cuts the strata: pack, then the finer ones.")
    ] = "pack,outcome,reason,county",
    packs: Annotated[
        list[str] | None, typer.Option("--pack", help="Only this pack of the run; repeat for more.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw charges of a run for attorneys to check, out-of-scope ones included, as a sheet without identities."""
    files = lake_files(lake)
    from clear_record.audit.review.sample import Plan
    from clear_record.audit.review.sheet import send_out

    run = files.run(run_id)["run_id"]
    plan = Plan(run, seed, size, per_stratum, tuple(strata.split(",")), tuple(packs or ()))
    _show(send_out(files, plan, out), as_json)


@app.command()
def review(
    lake: LakeOption,
    by: Annotated[str, typer.Option("--by", help="Who reviewed; kept with what they say.")],
    sheet: Annotated[
        Path | None, typer.Argument(metavar="[SHEET]", help="A sheet of clear-record sample, marked.")
    ] = None,
    settle: Annotated[
        Path | None,
        typer.Option("--settle", help="In place of a sheet: facts that decisions missed, settled (CSV)."),
    ] = None,
    run_id: Annotated[
        str, typer.Option("--run", help="With --settle: the run whose decisions missed them, or latest.")
    ] = "latest",
    sign_key: Annotated[
        Path | None, typer.Option("--sign-key", help="With --settle: private key that signs them.")
    ] = None,
    on: OnOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep what reviewers found: the marks of a sheet, with the error rate of each stratum and its exact bound, or settled facts."""
    if (sheet is None) == (settle is None):
        raise InputRefused(
            "name either a sheet that was marked, or facts that were settled with --settle FILE"
        )
    reviewed = (
        _marked(lake, sheet, by, _day(on))
        if sheet
        else _settled(lake, settle, by, _day(on), run_id, sign_key)
    )
    _show(reviewed, as_json)


def _show(result: "SentOut | Review | Settled", as_json: bool) -> None:
    if as_json:
        print_json(result.as_dict())
    else:
        report.print(result)


def _marked(lake: str, sheet: Path, by: str, on: date) -> "Review":
    files = lake_files(lake)
    from clear_record.audit.review.review import review

    return review(files, sheet, by, on)


def _settled(
    lake: str, facts: Path | None, by: str, on: date, run_id: str, sign_key: Path | None
) -> "Settled":
    files = lake_files(lake)
    from clear_record.audit.review.settle import settle
    from clear_record.signing import read_signing_key

    assert facts is not None
    key = None if sign_key is None else read_signing_key(sign_key)
    return settle(files, facts, by, on, run_id, key)


def _day(on: datetime | None) -> date:
    return on.date() if on else datetime.now(UTC).date()
