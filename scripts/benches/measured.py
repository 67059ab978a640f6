"""What is measured, in runs that are alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.benches.usage import Usage


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured: its size in words, its files, a run of a number, and what its stages cost in terms of each other, in words."""

    size: str
    input: Path
    run: Callable[[int], list[Usage]]
    ratios: Callable[[Sequence[Usage]], list[str]] = lambda _: []

    @property
    def bytes(self) -> int:
        """The bytes of the input."""
        files = self.input.rglob("*") if self.input.is_dir() else [self.input]
        return sum(each.stat().st_size for each in files if each.is_file())
