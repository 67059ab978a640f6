"""The commands of those who write rule packs: list, show, check, test, diff, new, schema."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clear_record.configuration import conf_folders
from clear_record.terminal import ConfOption, JsonOption, print_json, print_lines, report, words

# The law is imported where it is used: help and a wrong option answer at once.
if TYPE_CHECKING:
    from clear_record.law.pack import Pack

app = typer.Typer(no_args_is_help=True, help="Rule packs: the law as data.")

PackNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PACK ...]", help="Names of packs; default all.", show_default=False),
]


class EngineChoice(StrEnum):
    """Which evaluator runs the tests of packs."""

    reference = "reference"
    spark = "spark"


class SchemaChoice(StrEnum):
    """Which file of a pack a schema is for."""

    pack = "pack"
    parameters = "parameters"
    offenses = "offenses"
    cases = "cases"


def _folders(conf: list[Path] | None) -> dict[str, Path]:
    from clear_record.law.pack_reader import find_packs

    return find_packs(conf_folders(*(conf or [])))


def _version(name: str, folders: dict[str, Path]) -> "Pack":
    """A pack by its name, or by its folder, whatever that is called."""
    from clear_record.law.pack_reader import find_packs, named_packs, pack_of, texts_of

    folder = Path(name)
    if name not in folders and folder.is_dir():
        beside = find_packs(folder.resolve().parents[2:3])
        return pack_of(texts_of(folder, {**folders, **beside}), str(folder))
    (folder,) = named_packs(folders, [name]).values()
    return pack_of(texts_of(folder, folders), str(folder))


@app.command("list")
def print_list(conf: ConfOption = None, as_json: JsonOption = False) -> None:
    """List the packs that can be found, with what they are and from when they hold."""
    from clear_record.authoring.catalog import listing, packs_in

    found = packs_in(_folders(conf))
    if as_json:
        print_json([each.as_json() for each in found])
    else:
        print_lines(listing(found))


@app.command("show")
def print_pack(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="Name of a pack, or its folder.")],
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Show the parameters and lists of this day only."),
    ] = None,
    conf: ConfOption = None,
) -> None:
    """Print a pack as numbered English, for those who do not read YAML."""
    from clear_record.authoring.show import pack_in_english

    shown = _version(pack, _folders(conf))
    print_lines(pack_in_english(shown, None if as_of is None else as_of.date()))


@app.command("check")
def check_packs(packs: PackNames = None, conf: ConfOption = None, as_json: JsonOption = False) -> None:
    """Say what packs lack: cases at thresholds and of criteria, dates without gaps; exit 1 if one finding is an error."""
    from clear_record.authoring.check import check_pack
    from clear_record.law.pack_reader import named_packs

    folders = _folders(conf)
    found = {name: check_pack(folder, folders) for name, folder in named_packs(folders, packs or []).items()}
    findings = [each for of_pack in found.values() for each in of_pack]
    errors = sum(each.is_error for each in findings)
    if as_json:
        print_json({name: [each.as_json() for each in of_pack] for name, of_pack in found.items()})
    else:
        for each in findings:
            report.print(str(each), markup=False, soft_wrap=True)
        counted = ((len(found), "pack"), (errors, "error"), (len(findings) - errors, "warning"))
        report.print(", ".join(f"{count} {thing}{'' if count == 1 else 's'}" for count, thing in counted))
    if errors:
        raise typer.Exit(1)


@app.command("test")
def run_tests(
    packs: PackNames = None,
    vignettes: Annotated[
        Path | None,
        typer.Option("--vignettes", help="A CSV file of vignettes; default the packs' own cases."),
    ] = None,
    engine: Annotated[
        EngineChoice, typer.Option("--engine", help="The evaluator to test.")
    ] = EngineChoice.reference,
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the packs' cases, or vignettes, and say which rows fail; exit 1 if one of high or medium confidence does."""
    from clear_record.law import pack_tests
    from clear_record.law.cases import read_cases
    from clear_record.law.pack_reader import load_pack, named_packs
    from clear_record.law.vignettes import read_vignettes

    folders = _folders(conf)
    chosen = named_packs(folders, packs or [])
    if vignettes is None:
        cases = [case for folder in chosen.values() for case in read_cases(folder, folders)]
    else:
        loaded = [load_pack(folder, packs=folders) for folder in chosen.values()]
        cases, skipped = pack_tests.cases_of(read_vignettes(vignettes), loaded)
        if skipped:
            words.print(f"{skipped} vignettes of other rules were skipped")
    if engine is EngineChoice.spark:
        from clear_record.decide.cases import engine_on
        from clear_record.spark import session

        tested = pack_tests.run(cases, engine_on(session("packs test")))
    else:
        tested = pack_tests.run(cases)
    failed = [each for each in tested if each.is_failure]
    if as_json:
        print_json([each.as_json() for each in tested])
    else:
        for each in tested:
            if not each.has_passed:
                report.print(f"{each.id} ({each.rule}): {'; '.join(each.differences)}", markup=False)
        report.print(f"{sum(each.has_passed for each in tested)} of {len(tested)} pass")
    if failed:
        raise typer.Exit(1)


@app.command("diff")
def diff_packs(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Name of a pack, or its folder.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Name of a pack, or its folder.")],
    conf: ConfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in English what changed between two versions of a pack; exit 0 if nothing did, 1 if something did."""
    from clear_record.authoring.diff import changes_between, in_lines

    folders = _folders(conf)
    changes = changes_between(_version(old, folders), _version(new, folders))
    if as_json:
        print_json([each.as_json() for each in changes])
    else:
        print_lines(in_lines(changes))
    if changes:
        raise typer.Exit(1)


@app.command("new")
def write_new_pack(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Jurisdiction and law (us_ca/prop64).")],
    conf: ConfOption = None,
) -> None:
    """Write a small sound pack to start from, into the first --conf folder, else into conf/ of this folder."""
    from clear_record.authoring.new import new_pack

    target = conf[0] if conf else Path("conf")
    folder = new_pack(name, target, _folders(conf))
    report.print(
        f"{folder} is a pack; edit it, then: clear-record packs check {name} --conf {target}", soft_wrap=True
    )


@app.command("schema")
def print_schema(
    file: Annotated[
        SchemaChoice, typer.Argument(help="The file of a pack that the schema is for.")
    ] = SchemaChoice.pack,
) -> None:
    """Print the JSON Schema of a file of a pack, for editors."""
    from clear_record.authoring.schema import schema_of

    print_json(schema_of(file.value))
