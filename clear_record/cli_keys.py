"""The command that gives a lake a new id key."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from clear_record.errors import InputRefused
from clear_record.keys import beside, kept_id_key
from clear_record.lake_names import is_folder
from clear_record.terminal import JsonOption, LakeOption, VaultOption, print_json, report

app = typer.Typer()


@app.command("rotate-key")
def rotate_key(
    lake: LakeOption,
    to: Annotated[str, typer.Option("--to", help="Root of the new lake: a place that holds none.")],
    by: Annotated[str, typer.Option("--by", help="Who rotates the key; kept in the new lake.")],
    id_key: Annotated[
        Path | None,
        typer.Option("--id-key", help="File with the lake's key of ids; default the one beside it."),
    ] = None,
    new_key: Annotated[
        Path | None,
        typer.Option(
            "--new-key",
            help="The new file: the lake's key with one more secret. Default beside the new lake; never written over.",
        ),
    ] = None,
    vault: VaultOption = None,
    to_vault: Annotated[
        str | None, typer.Option("--to-vault", help="Root of the new vault; default beside the new lake.")
    ] = None,
    sign_key: Annotated[
        Path | None,
        typer.Option("--sign-key", help="Private key that signs anew the settlements that are signed."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new lake with the same records under ids of a new key; its runs are decided anew. Stopped, it is completed by the same
    command."""
    for place, file, option in ((to, new_key, "--new-key"), (lake, id_key, "--id-key")):
        if file is None and not is_folder(place):
            raise InputRefused(f"a lake at [{place}] needs {option} FILE: a key is kept beside a folder only")
    ring = kept_id_key(id_key or beside(lake))
    from clear_record.lake import Lake
    from clear_record.rotation import rotate
    from clear_record.signing import read_signing_key
    from clear_record.spark import session
    from clear_record.vault.place import made_vault, vault_beside

    signer = None if sign_key is None else read_signing_key(sign_key)
    spark = session("rotate-key")
    today = datetime.now(UTC).date()
    before, after = Lake(spark, lake), Lake(spark, to)
    its_vault = vault_beside(before, vault)
    vaults = None if its_vault is None else (its_vault, made_vault(after, to_vault))
    rotated = rotate(before, after, ring, new_key or beside(to), by, today, signer, vaults)
    if as_json:
        print_json(rotated.as_dict())
    else:
        report.print(rotated, soft_wrap=True)
