"""Who read the vault: its log, and nothing else of it, without Spark."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.table import Table
from rich.text import Text

from clear_record.audit.lake_files import LakeFiles

_SHOWN = ("read_at", "read_by", "run_id", "subjects_count", "charges_count", "purpose")


class VaultFiles(LakeFiles):
    """The vault as its files."""

    kind, known_by = "vault", "vault_read"


@dataclass(frozen=True, slots=True)
class VaultReads:
    """The rows of `vault_read`, the first read first."""

    rows: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        return {"reads": list(self.rows)}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        if not self.rows:
            yield "Nobody has read the vault"
            return
        table = Table(box=None, pad_edge=False)
        for name in _SHOWN:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in self.rows:
            table.add_row(*[Text(str(row[name])) for name in _SHOWN])
        yield table


def vault_reads(root: str) -> VaultReads:
    """Who read the vault at `root`. Raises InputRefused where there is none on a disk of this machine, NotReproducible where its log
    cannot be read."""
    rows = VaultFiles(root).all_rows("vault_read")
    return VaultReads(tuple(sorted(rows, key=lambda row: (row["read_at"], row["read_id"]))))
