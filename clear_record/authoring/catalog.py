"""The packs that there are, each in a few lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clear_record.authoring.in_english import period_in_words
from clear_record.authoring.show import Line
from clear_record.errors import InputRefused
from clear_record.law.cases import count_cases
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import load_pack


@dataclass(frozen=True, slots=True)
class Listed:
    """A pack that was found; `problem` says why it cannot be read, and then the pack is None."""

    name: str
    folder: Path
    pack: Pack | None
    cases_count: int = 0
    problem: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that `packs list --json` prints for it."""
        found: dict[str, Any] = {"name": self.name, "folder": str(self.folder), "problem": self.problem}
        if self.pack is not None:
            found |= {
                "title": self.pack.title,
                "layer": self.pack.layer,
                "status": self.pack.status,
                "in_force_from": self.pack.in_force.begins_on,
                "in_force_until": self.pack.in_force.ends_on,
                "authority": {"cite": self.pack.cite, "evidence": self.pack.evidence},
                "criteria": len(self.pack.criteria),
                "cases": self.cases_count,
            }
        return found


def packs_in(folders: Mapping[str, Path]) -> list[Listed]:
    """The packs of these folders, by name. One that cannot be read is listed with its problem, and hides no other."""
    return [_listed(name, folder, folders) for name, folder in sorted(folders.items())]


def listing(packs: Sequence[Listed]) -> Iterator[Line]:
    """The packs in words."""
    for each in packs:
        yield Line(each.name, is_heading=True)
        if each.pack is None:
            yield Line(f"cannot be read: {each.problem}", indent=2)
            continue
        pack = each.pack
        yield Line(pack.title, indent=2)
        yield Line(
            f"{pack.layer}, {pack.status}, in force {period_in_words(pack.in_force) or 'at all times'}; "
            f"{len(pack.criteria)} criteria, {each.cases_count} cases",
            indent=2,
        )
        yield Line(f"{pack.cite} [{pack.evidence}]", indent=2)


def _listed(name: str, folder: Path, folders: Mapping[str, Path]) -> Listed:
    try:
        return Listed(name, folder, load_pack(folder, packs=folders), count_cases(folder))
    except InputRefused as error:
        return Listed(name, folder, None, problem=str(error))
