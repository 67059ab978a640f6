"""The whole flow on a small faulty extract, here and elsewhere: what to ask for, and that both found the same."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clear_record.audit.lake_files import LakeFiles
from clear_record.synth.us_ca_doj import generate
from tests.flow.commands import command


@dataclass(frozen=True)
class WholeFlow:
    """A folder with an extract and a key of ids; each place gets a lake and a folder of lists of its own."""

    folder: Path
    configuration: Path

    @classmethod
    def of(cls, folder: Path, program: Path, people: int) -> "WholeFlow":
        generate(people, 11, folder / "extract", files=2, dirty=0.01)
        key = folder / "id.key"
        key.touch(0o600)
        key.write_text("5a" * 32)
        return cls(folder, program / "clear_record" / "conf" / "runs" / "bench.yaml")

    def arguments(self, place: str) -> tuple[str, ...]:
        """The command, or the job and its options."""
        return (
            "run", str(self.configuration), "--lake", str(self.folder / place), "--input", str(self.folder / "extract"),
            "--out", str(self.folder / f"lists-{place}"), "--id-key", str(self.folder / "id.key"), "--json",
        )  # fmt: skip

    def lists(self, place: str) -> dict[str, bytes]:
        folder = self.folder / f"lists-{place}"
        return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.csv")}

    def is_found_here_too(self, place: str, reported: dict[str, Any]) -> None:
        """Run it on this machine, and compare all that came out."""
        code, said = command(*self.arguments("here"))
        assert code == 0, said
        here = json.loads(said[said.index("{") :])
        # Each lake has salts of its own, and so roots of its own: the rows are compared.
        lakes = [LakeFiles(str(self.folder / each)) for each in (place, "here")]
        for name in here["ingest"]["content_roots"]:
            rows = [sorted(map(str, lake.rows(name).fetchall())) for lake in lakes]
            assert rows[0] == rows[1], name
        assert reported["outcomes"] == here["outcomes"]
        assert self.lists(place) == self.lists("here") != {}
        # Another lake has tables of other ids, so its run has another id: decided again here, every decision is the same.
        code, said = command("verify", "--lake", str(self.folder / place), "--records", "--recompute")
        assert code == 0, said
