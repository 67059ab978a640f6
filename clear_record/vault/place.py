"""Where the vault is: beside a lake in a folder, or under a root that is named; never inside the lake, and closed to others."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from clear_record.errors import InputRefused, NotReproducible
from clear_record.lake import Lake
from clear_record.lake_names import is_folder

_CLOSED = 0o700


@dataclass(frozen=True, slots=True)
class VaultAccess:
    """Who asks for identities, at which moment (UTC), and of which vault; None is the one beside the lake."""

    read_by: str
    read_at: datetime
    root: str | None = None


def made_vault(lake: Lake, root: str | None) -> Lake:
    """The vault of a lake, to be written: its folder is made, readable by its owner only, if it is not there.

    Raises InputRefused for a vault inside the lake or the lake inside it, a folder that others can look into, and for a lake that is
    no folder of this machine without `root`.
    """
    vault = _vault_of(lake, root)
    folder = _folder(vault.root)
    if folder is not None and not folder.exists():
        try:
            folder.mkdir(mode=_CLOSED, parents=True)
        except OSError as error:
            raise InputRefused(
                f"the vault [{folder}] cannot be made; name another place with --vault"
            ) from error
    _check_closed(folder)
    return vault


def found_vault(lake: Lake, root: str | None) -> Lake:
    """The vault of a lake, to be read. Raises NotReproducible where it is not there, and InputRefused as `made_vault` does."""
    vault = _vault_of(lake, root)
    _check_closed(_folder(vault.root))
    if not _is_there(vault):
        raise NotReproducible(
            f"there is no vault in [{vault.root}], and the run's deliveries name their people there alone; name where it is with "
            "--vault, or bring it back from a copy"
        )
    return vault


def vault_beside(lake: Lake, root: str | None) -> Lake | None:
    """The vault of a lake, if there is one: sources that are files need none. Raises InputRefused as `made_vault` does, and for a
    root that is named and holds no vault."""
    if root is None and not is_folder(lake.root):
        return None
    vault = _vault_of(lake, root)
    _check_closed(_folder(vault.root))
    if _is_there(vault):
        return vault
    if root is not None:
        raise InputRefused(f"there is no vault in [{vault.root}]")
    return None


def _is_there(vault: Lake) -> bool:
    return vault.exists("identity") and vault.exists("charge_identity")


def _vault_of(lake: Lake, root: str | None) -> Lake:
    if root is None:
        if not is_folder(lake.root):
            raise InputRefused(
                f"a lake at [{lake.root}] needs --vault ROOT: no vault is kept beside an object store"
            )
        root = f"{lake.root}.vault"
    vault = Lake(lake.spark, root)
    if _is_inside(vault.root, lake.root) or _is_inside(lake.root, vault.root):
        raise InputRefused(
            f"the vault [{vault.root}] and the lake [{lake.root}] stand one inside of the other; give the vault a place of its own, "
            "so that its access can be another"
        )
    return vault


def _folder(root: str) -> Path | None:
    """A root as a folder of this machine; None for one that is kept elsewhere."""
    if is_folder(root):
        return Path(root)
    parts = urlsplit(root)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _is_inside(one: str, other: str) -> bool:
    """Whether a root stands under another one, or is the same."""
    folders = _folder(one), _folder(other)
    if folders[0] is not None and folders[1] is not None:
        return folders[0].resolve().is_relative_to(folders[1].resolve())
    return f"{one}/".startswith(f"{other}/")


def _check_closed(folder: Path | None) -> None:
    if folder is None or not folder.exists():
        return
    if not folder.is_dir():
        raise InputRefused(f"the vault [{folder}] is not a folder")
    if folder.stat().st_mode & 0o077:
        raise InputRefused(f"the vault [{folder}] is open to others: run chmod 700 on it")
