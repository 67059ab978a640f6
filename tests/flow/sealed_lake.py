"""A small lake of which charges are sealed: four people of an extract, two runs, and one delivery that brings all of it again."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.configuration import conf_folders, find_source
from clear_record.decide.assignment import Assignment
from clear_record.decide.run import Run, decide
from clear_record.ingest.delivery import Delivered, ingest
from clear_record.ingest.source import read_source
from clear_record.keys import id_key
from clear_record.lake import Lake
from clear_record.law.pack import Pack
from tests.flow.commands import command
from tests.small_laws import small_law
from tests.spark.extracts import arrest, court, row, write

SOURCE = read_source(find_source("us_ca_doj", conf_folders()))
DAYS = (date(2019, 6, 1), date(2020, 6, 1))
# Texts and days that stand in the records of the two sealed charges alone, as the tables have them.
SECRETS = ("187(A) PC", "1983-07-19", "11358(C) HS", "1991-11-23")

_MURDER = court(
    "P01", "1", "19830719", "187(A) PC", SENT_LOC_DESCR="PRISON", SENT_LENGTH="13", SENT_TIME_CODE="Y", cycle=101
)  # fmt: skip
ROWS = [
    # A murder that bars relief of the other conviction, and an arrest of another day.
    _MURDER,
    court("P01", "2", "20010301", "11359 HS", cycle=102),
    arrest("P01", "3", "20030401", "459 PC", cycle=103),
    # One charge, and a duty to register.
    court("P02", "4", "19911123", "11358(C) HS"),
    row(
        "P02",
        "5",
        103,
        1,
        1,
        STP_TYPE_DESCR="REGISTRATION",
        STP_EVENT_DATE="19920101",
        OFFENSE_DESCR="290 PC",
    ),
    court("P03", "6", "20050607", "11359 HS"),
    court("P04", "7", "20050607", "11357(A) HS"),
]
AGAIN = [
    *[{**each, "RECORD_ID": f"9{each['RECORD_ID']}"} for each in ROWS],
    court("P01", "20", "20150301", "11357(A) HS", cycle=104),
]


def law() -> Pack:
    """Seals convictions of who was never convicted of murder."""
    murder = {"says": "Murder.", "cite": "PC 187", "evidence": "C", "certain": ["PC 187"]}
    return small_law(
        {"no_murder": {"test": "not history.any_murder"}},
        [{"otherwise": "true", "requires": ["no_murder"], "gives": "seal"}],
        offenses={"murder": murder},
        scope="charge.kind = 'conviction'",
        history={
            "any_murder": {
                "any": "convictions",
                "where": "other.offense in offenses.murder",
                "within": "anywhere",
            }
        },
    )


@dataclass
class SealedLake:
    """A lake with two runs, the ids of what will be sealed, and those of the others, by the section of their offense and person."""

    lake: Lake
    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "lake"

    @property
    def files(self) -> LakeFiles:
        return LakeFiles(str(self.root))

    def rows(self, table: str) -> list[dict[str, Any]]:
        return dicts(self.files.rows(table))

    def charge(self, offense: str) -> str:
        (found,) = [each["charge_id"] for each in self.rows("charge") if each["offense_raw"] == offense]
        return str(found)

    def ingest(self, name: str, rows: list[dict[str, str]], received_on: date) -> Delivered:
        file = write(self.folder / name, rows)
        return ingest(
            self.lake, SOURCE, [str(file)], id_key(str(self.root)), received_on, salt_seed=b"s" * 32
        )

    def decide(self, day: date) -> Run:
        return decide(self.lake, [Assignment(law())], day)

    def seal(self, *options: str) -> tuple[int, str]:
        put_on = ("--under", "PC 851.8", "--by", "A. Clerk", "--on", "2021-02-03")
        return command("seal", *options, "--lake", str(self.root), *put_on)

    def verify(self, *options: str) -> tuple[int, dict[str, Any]]:
        code, said = command("verify", "--lake", str(self.root), "--json", *options)
        return code, json.loads(said[said.index("{") :]) if "{" in said else {"said": said}


def make(lake: Lake, folder: Path) -> SealedLake:
    """The lake, with one delivery and two runs."""
    made = SealedLake(lake, folder)
    made.ingest("a.dat", ROWS, date(2019, 1, 15))
    for day in DAYS:
        made.decide(day)
    return made
