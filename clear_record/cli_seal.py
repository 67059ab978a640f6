"""The command that takes charges out of a lake for good."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from clear_record.errors import InputRefused
from clear_record.terminal import JsonOption, LakeOption, VaultOption, print_json, report

app = typer.Typer()


@app.command()
def seal(
    lake: LakeOption,
    under: Annotated[
        str, typer.Option("--under", help="The statute or order that says so; kept with the seal.")
    ],
    by: Annotated[str, typer.Option("--by", help="Who seals; kept with the seal.")],
    charges: Annotated[
        list[str] | None, typer.Argument(metavar="[CHARGE]...", help="Whole ids of charges.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--charges", help="In place of ids: a file with one in each line.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Day on which they are sealed; default today."),
    ] = None,
    sign_key: Annotated[
        Path | None, typer.Option("--sign-key", help="Private key that signs the seal.")
    ] = None,
    vault: VaultOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", "-n", help="Say how many rows of which tables would go; change nothing."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Seal charges: take their rows, and all that can be guessed of them, out of the lake; no other job may run meanwhile.

    What stopped half way is completed by the same command again.
    """
    from clear_record.lake import Lake
    from clear_record.seal.seal import seal as seal_charges
    from clear_record.signing import read_signing_key
    from clear_record.spark import session
    from clear_record.vault.place import vault_beside

    asked = _asked(charges or [], file)
    key = None if sign_key is None else read_signing_key(sign_key)
    day = on.date() if on else datetime.now(UTC).date()
    sealed_lake = Lake(session("seal"), lake)
    its_vault = vault_beside(sealed_lake, vault)
    sealed = seal_charges(sealed_lake, asked, under, by, day, key, vault=its_vault, is_dry=dry_run)
    if as_json:
        print_json(sealed.as_dict())
    else:
        report.print(sealed, soft_wrap=True)


def _asked(charges: list[str], file: Path | None) -> list[str]:
    if bool(charges) == (file is not None):
        raise InputRefused("name either charges by their whole ids, or a file of them with --charges FILE")
    if file is None:
        return charges
    try:
        listed = file.read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(
            f"[{file}] cannot be read: a file with the id of a charge in each line was expected"
        ) from error
    if not listed:
        raise InputRefused(f"[{file}] names no charge")
    return listed
