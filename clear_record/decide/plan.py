"""What a run is to do: all that determines its result, and the id that follows from it.

The id of a run is a hash of what determines its result, so the same work has the same id.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from pyspark.sql import Row

from clear_record.decide.assignment import Assignment
from clear_record.lake import Lake, TableVersion
from clear_record.law.pack import Pack
from clear_record.records import Records

# What can change an answer: the sources of these packages and modules are part of a run's identity.
DECIDING_PACKAGES = ("clear_record.ingest", "clear_record.law", "clear_record.decide")
DECIDING_MODULES = (
    "keys.py", "lake.py", "records.py", "roots_in_spark.py", "spark.py", "tables.py", "withdrawals.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """All that determines a run's result.

    `inputs` are the versions of the record tables, `seals` and `deliveries` the rows that these have, `settled_to` the last position in
    `settlement`, and `base` the row of the run that an incremental one builds on, None for a full run.
    """

    inputs: Mapping[str, TableVersion]
    seals: Sequence[Mapping[str, Any]]
    deliveries: Sequence[Row]
    settled_to: int
    assignments: Sequence[Assignment]
    as_of: date
    options: Mapping[str, Any]
    code: str
    base: Row | None = None

    @property
    def run_id(self) -> str:
        determining: dict[str, Any] = {
            # What is read, and not in which version: files that were put together since hold the same.
            "tables": [[name, at.table_id] for name, at in sorted(self.inputs.items())],
            "deliveries": [[each["delivery_id"], each["row_sha256"]] for each in self.deliveries],
            "settled_to": self.settled_to,
            "seals": [seal["seal_id"] for seal in self.seals],
            "packs": [
                [each.pack.name, each.pack.fingerprint, list(each.counties), each.takes_unreadable]
                for each in self.assignments
            ],
            "as_of": self.as_of.isoformat(),
            "options": dict(self.options),
            "code": self.code,
            "builds_on": self.builds_on,
        }
        return sha256_of(determining)[:32]

    @property
    def builds_on(self) -> list[str]:
        """The runs whose rows stand where this one has none, the last first."""
        return [] if self.base is None else [self.base["run_id"], *self.base["builds_on"]]

    @property
    def kind(self) -> str:
        return "full" if self.base is None else "incremental"

    def records(self, lake: Lake) -> Records:
        """The records that it reads."""
        return Records(lake, self.inputs, [each["delivery_id"] for each in self.deliveries])

    @property
    def packs(self) -> list[Pack]:
        return [each.pack for each in self.assignments]

    @property
    def applied(self) -> list[dict[str, Any]]:
        """The packs as the row of a run has them."""
        return [
            {
                "pack": each.pack.name,
                "fingerprint": each.pack.fingerprint,
                "status": each.pack.status,
                "layer": each.pack.layer,
                "counties": list(each.counties),
                "takes_unreadable": each.takes_unreadable,
            }
            for each in self.assignments
        ]

    def repeats(self, run: Row) -> bool:
        """Whether a run that this one could build on read the same, as of the same day."""
        read = {each["delivery_id"] for each in run["deliveries"]}
        return (
            run["as_of"] == self.as_of
            and read == {each["delivery_id"] for each in self.deliveries}
            and run["settled_to"] == self.settled_to
        )

    @property
    def story(self) -> dict[str, Any]:
        """What the history of a table tells of a write of this run."""
        return {
            "job": "decide",
            "run_id": self.run_id,
            "as_of": self.as_of.isoformat(),
            "packs": [
                {"pack": each.pack.name, "fingerprint": each.pack.fingerprint} for each in self.assignments
            ],
            "inputs": {name: at.version for name, at in sorted(self.inputs.items())},
        }


def code_sha256() -> str:
    """The hash of the sources that determine answers."""
    digest = hashlib.sha256()
    for package in DECIDING_PACKAGES:
        for name, source in _sources(resources.files(package), package):
            digest.update(f"{name}\n".encode() + source)
    for module in DECIDING_MODULES:
        digest.update(f"{module}\n".encode() + resources.files("clear_record").joinpath(module).read_bytes())
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    """The Python files of a package and of those within it, by their names."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        inside = f"{name}/{each.name}"
        if each.is_dir():
            yield from _sources(each, inside)
        elif each.name.endswith(".py"):
            yield inside, each.read_bytes()


def sha256_of(content: object) -> str:
    """The hash of what JSON can say."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
