"""A small lake on disk with one run, written without Spark: 60 charges of an invented state under one small law."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from clear_record.law.kept import pack_row
from clear_record.law.pack import Pack
from tests.lakes import write_rows
from tests.small_laws import small_law

RUN_ID = "r" * 32
NAME = "us_zz/small"
COUNTIES = ("ASH", "ELM", "OAK")
# Of 60 charges: not in scope, needing review, not eligible; the others are eligible.
OUT_OF_SCOPE, REVIEWED, REFUSED = range(15), range(15, 20), range(20, 30)


def law() -> Pack:
    """Seals felonies of up to 28.5 g."""
    return small_law(
        {"is_felony": {"says": "The charge is a felony.", "test": "charge.grade = 'F'"}},
        [
            {"when": "fact.cannabis_g > 28.5", "gives": "no_change"},
            {"otherwise": "true", "requires": ["is_felony"], "gives": "seal"},
        ],
        scope="charge.kind = 'conviction'",
    )


def write_lake(root: Path) -> Path:
    """The lake, in `root`."""
    pack = law()
    charges = [_charge(number) for number in range(60)]
    records = {
        "charge": charges,
        "delivery": [{"delivery_id": "d"}],
        "withdrawal": [],
        "subject": [_subject(charge["subject_id"]) for charge in charges],
    }
    inputs = []
    for name, rows in records.items():
        table_id, version = write_rows(root, name, rows)
        inputs.append({"table_name": name, "table_id": table_id, "version": version})
    decisions = [_decision(charge) for charge in charges]
    write_rows(root, "decision", [row for row in decisions if row is not None])
    write_rows(root, "pack", [pack_row(pack)])
    used = {"pack": NAME, "fingerprint": pack.fingerprint, "status": "draft", "layer": "statute"}
    run = {
        "run_id": RUN_ID,
        "position": 1,
        "kind": "full",
        "builds_on": [],
        "settled_to": 0,
        "stopped": [],
        "as_of": date(2020, 7, 1),
        "options": "{}",
        "inputs": inputs,
        "deliveries": [{"delivery_id": "d", "row_sha256": "s"}],
        "seals": [],
        "packs": [{**used, "counties": [], "takes_unreadable": True}],
        "out_of_scope": [{"pack": NAME, "reason": "not in scope", "charges_count": len(OUT_OF_SCOPE)}],
        "row_sha256": "s",
    }
    write_rows(root, "run", [run])
    return root


def _subject(subject_id: str) -> dict[str, Any]:
    birth = {"birth_earliest": date(1990, 1, 1), "birth_latest": date(1990, 12, 31)}
    return {"subject_id": subject_id, **birth, "delivery_id": "d", "file": 1, "line": 1}


def charge_id(number: int) -> str:
    return f"{number:032x}"


def _charge(number: int) -> dict[str, Any]:
    return {
        "charge_id": charge_id(number),
        "subject_id": f"{number + 1000:032x}",
        "cycle_id": "c",
        "kind": "arrest" if number in OUT_OF_SCOPE else "conviction",
        "state": "ZZ",
        "county": None if number == 59 else COUNTIES[number % 3],
        "grade": "F",
        "offense_raw": "=11357(A) HS",
        "offense_earliest": date(2010, 6, 1),
        "offense_latest": date(2010, 6, 30),
        "convicted_earliest": date(2011, 1, 5),
        "convicted_latest": date(2011, 1, 5),
        "delivery_id": "d",
        "file": 1,
        "line": number + 2,
    }


def _decision(charge: Mapping[str, Any]) -> dict[str, Any] | None:
    number = int(charge["charge_id"], 16)
    if number in OUT_OF_SCOPE:
        return None
    answer: dict[str, Any] = {"outcome": "eligible", "remedy": "seal", "remedy_row": 2, "trace": "TT"}
    if number in REVIEWED:
        missing = 1 << law().facts.index("fact.cannabis_g")
        answer = {"outcome": "needs_review", "remedy": "none", "trace": "TT", "missing": missing}
    if number in REFUSED:
        answer = {"outcome": "not_eligible", "remedy": "none", "remedy_row": 2, "trace": "TF"}
    ids = {name: charge[name] for name in ("charge_id", "subject_id", "county")}
    return {"run_id": RUN_ID, "pack": NAME, **ids, **answer}
