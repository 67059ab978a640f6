"""What an audit finds."""

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was committed: the table, what is wrong in one sentence, the run or delivery, the buckets.

    `check` is its kind: chain, run_row, delivery_row, rows, uncommitted, counts, pack, signature, properties, log, files, decisions,
    settlement, seal.
    """

    check: str
    table: str
    says: str
    of: str | None = None
    buckets: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "table": self.table,
            "of": self.of,
            "buckets": list(self.buckets),
            "says": self.says,
        }


@dataclass(slots=True)
class Audited:
    """What was checked, in numbers, what was found, and what a reader should know besides."""

    findings: list[Finding] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def found(self, check: str, table: str, says: str, of: str | None = None, **more: Any) -> None:
        self.findings.append(Finding(check, table, says, of, **more))

    def count(self, what: str, number: int = 1) -> None:
        self.checked[what] = self.checked.get(what, 0) + number

    def as_dict(self) -> dict[str, Any]:
        return {
            "findings": [each.as_dict() for each in self.findings],
            "checked": self.checked,
            "notes": self.notes,
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        checked = ", ".join(f"{what} {number:,}" for what, number in self.checked.items())
        yield f"Checked: {checked}"
        for note in self.notes:
            yield Text(note)
        for each in self.findings:
            yield Text(f"FOUND in table {each.table}: {each.says}", style="bold red")
        yield (
            f"{len(self.findings)} findings"
            if self.findings
            else "Nothing was found: what was checked is as it was committed"
        )
