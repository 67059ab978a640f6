"""The commands of audit, which change nothing in a lake: head, vault-reads, views, verify, explain, and the key that signs runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clear_record.audit.views import Engine
from clear_record.errors import InputRefused
from clear_record.keys import beside, kept_id_key
from clear_record.terminal import JsonOption, LakeOption, print_json, print_lines, report, words

if TYPE_CHECKING:
    from clear_record.audit.lake_files import LakeFiles

app = typer.Typer()


def lake_files(root: str) -> "LakeFiles":
    """The lake without Spark. Raises InputRefused where the audit extra is not installed."""
    with _installed():
        from clear_record.audit.lake_files import LakeFiles
    return LakeFiles(root)


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputRefused(
            f"[{error.name}] is not installed: an audit needs pip install 'clear-record[audit]'"
        ) from error


@app.command("signing-key")
def signing_key(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The new private key; FILE.pub gets the public one.")
    ],
) -> None:
    """Make a key that signs runs (decide --sign-key FILE)."""
    from clear_record.signing import make_signing_key

    key = make_signing_key(file)
    words.print(
        f"Key {key.id}: the private key is in {file}, readable by its owner only; give {file}.pub to auditors"
    )


@app.command()
def head(lake: LakeOption, as_json: JsonOption = False) -> None:
    """Print the end of the chain of runs, to be noted elsewhere: verify --head finds a chain that was cut."""
    runs = lake_files(lake).runs
    if not runs:
        raise InputRefused(f"there is no run in the lake [{lake}]")
    last = runs[-1]
    if as_json:
        print_json({name: last[name] for name in ("run_id", "position", "row_sha256")})
    else:
        report.print(
            f"{last['row_sha256']}  run {last['run_id']}, position {last['position']}", soft_wrap=True
        )


@app.command("vault-reads")
def vault_reads(
    vault: Annotated[str, typer.Option("--vault", help="The vault: a folder of this machine.")],
    as_json: JsonOption = False,
) -> None:
    """Print who read names and numbers from the vault: when, for which run, of how many people; no Spark is started."""
    with _installed():
        from clear_record.audit import vault_reads as log
    reads = log.vault_reads(vault)
    if as_json:
        print_json(reads.as_dict())
    else:
        report.print(reads)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="RUN_A", help="Id of the run that is compared.")],
    after: Annotated[
        str, typer.Argument(metavar="RUN_B", help="Id of the run that it is compared with, or latest.")
    ],
    lake: LakeOption,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for the correction lists: newly eligible, no longer eligible, remedy changed.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: every decision that changed, and what changed it, found by deciding again; kept in decision_change."""
    files = lake_files(lake)
    runs = files.run(before), files.run(after)
    from clear_record.audit.diff.correction_lists import write_lists
    from clear_record.audit.diff.diff import diff as compare
    from clear_record.lake import Lake
    from clear_record.spark import session

    found = compare(Lake(session("diff"), lake), files, *runs)
    lists = {} if out is None else write_lists(files, found, out)
    if as_json:
        print_json({**found.as_dict(), "lists": {name: str(path) for name, (path, _) in lists.items()}})
        return
    report.print(found)
    for path, rows_count in lists.values():
        report.print(f"{rows_count:,} in {path}", soft_wrap=True)


@app.command()
def views(
    lake: LakeOption,
    engine: Annotated[
        Engine,
        typer.Option(
            "--for",
            help="duckdb reads the files that the tables have now; duckdb-delta and spark follow the tables as they grow.",
        ),
    ] = Engine.DUCKDB,
) -> None:
    """Print the SQL of views over all tables: decision_in_english, current_decision and others (docs/queries.md)."""
    from clear_record.audit.views import delta_sources, file_sources, script

    sources = file_sources(lake_files(lake)) if engine == Engine.DUCKDB else delta_sources(engine, lake)
    sys.stdout.write("".join(f"{statement};\n\n" for statement in script(engine, sources)))


@app.command()
def verify(
    lake: LakeOption,
    run_id: Annotated[
        str | None, typer.Option("--run", help="Id of a run, or latest; default all runs.")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option("--head", help="The end of the chain as it was noted elsewhere (clear-record head)."),
    ] = None,
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", help="The signer's public key (PEM): all runs must be signed by it."),
    ] = None,
    records: Annotated[bool, typer.Option("--records", help="Read the record tables too.")] = False,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute", help="Decide again with today's code, and compare every decision (starts Spark)."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check from the tables alone that everything is as it was committed; exit code 1 where it is not."""
    from clear_record.audit.verify.verify import verify as verify_lake
    from clear_record.signing import read_public_key

    files = lake_files(lake)
    audited = verify_lake(
        files,
        run_id,
        head=head,
        public_key=None if public_key is None else read_public_key(public_key),
        records=records,
    )
    if recompute:
        from clear_record.audit.verify.recompute import recompute as decide_again
        from clear_record.lake import Lake
        from clear_record.spark import session

        runs = files.runs if run_id is None else [files.run(run_id)]
        decide_again(Lake(session("verify"), lake), files, runs, audited)
    if as_json:
        print_json(audited.as_dict())
    else:
        report.print(audited)
    if audited.findings:
        raise typer.Exit(1)


@app.command()
def explain(
    lake: LakeOption,
    charge: Annotated[
        str | None,
        typer.Argument(
            metavar="CHARGE", help="Id of a charge, or its first 8 digits or more.", show_default=False
        ),
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            "--subject",
            help="In place of a charge: the state's id of a person, for all charges. With - it is read from standard input, so "
            "that it stays out of the shell's history.",
        ),
    ] = None,
    id_key: Annotated[
        Path | None,
        typer.Option("--id-key", help="File with the key of ids; default the one beside the lake."),
    ] = None,
    run_id: Annotated[str, typer.Option("--run", help="Id of a committed run, or latest.")] = "latest",
    pack: Annotated[
        str | None, typer.Option("--pack", help="Tell of this pack only; default all packs of the run.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page of HTML that stands alone, in place of text.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the story of a charge in English: the record, each criterion, what is missing, what would change it; no Spark is started.

    Exit code 1 where a decision that the lake keeps is not what its versions and its law give.
    """
    from clear_record.audit.explain.story import story_of_charge, story_of_person
    from clear_record.audit.explain.story_lines import story_in_lines
    from clear_record.audit.explain.story_page import story_page

    files = lake_files(lake)
    if (charge is None) == (subject is None):
        raise InputRefused("name one charge, or a person with --subject")
    if charge is not None:
        story = story_of_charge(files, run_id, charge, pack)
    else:
        state_id = sys.stdin.readline() if subject == "-" else str(subject)
        key = kept_id_key(id_key or beside(lake))
        story = story_of_person(files, run_id, state_id.strip(), key, pack)
    if html is not None:
        html.write_text(story_page(story), encoding="utf-8")
        words.print(f"Wrote {html}", soft_wrap=True)
    if as_json:
        print_json(story.as_dict())
    elif html is None:
        print_lines(story_in_lines(story))
    if story.differs:
        raise typer.Exit(1)
