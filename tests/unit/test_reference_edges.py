"""The reference evaluator where records contradict themselves, or a question asks for a day that did not come."""

from datetime import date
from pathlib import Path
from typing import Any

from clear_record.configuration import conf_folders
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack, pack_of
from clear_record.law.person import blank_row
from clear_record.law.reference import Decision, evaluate

AS_OF = date(2020, 7, 1)
DISMISSALS = Path(__file__).resolve().parents[1] / "packs" / "dismissals.yaml"


def dismissals() -> Pack:
    return pack_of({"pack.yaml": DISMISSALS.read_text()})


def charge(charge_id: str, **columns: Any) -> dict[str, Any]:
    row = blank_row()
    row |= {
        "subject_id": "P",
        "charge_id": charge_id,
        "kind": "conviction",
        "state": "CA",
        "is_understood": True,
    }
    row |= {"is_held": False, "convicted_earliest": date(2006, 1, 1), "convicted_latest": date(2006, 1, 1)}
    return row | columns


def decided(pack: Pack, *rows: dict[str, Any]) -> Decision:
    decision = evaluate(pack, rows, "C1", AS_OF)
    assert decision is not None
    return decision


def test_a_record_that_leaves_no_part_of_a_band_open_is_for_a_person_to_look_at() -> None:
    pack = load_pack(find_packs(conf_folders())["us_ca/prop64"])
    contradicting = charge(
        "C1",
        offense_code="HS", offense_section="11359", offense_subdivisions="", offense_attempt=False,
        offense_conspiracy=False, offense_is_readable=True, grade="F",
        birth_earliest=date(1990, 1, 1), birth_latest=date(1990, 1, 1),
        offense_earliest=date(2010, 6, 1), offense_latest=date(2005, 6, 1),
    )  # fmt: skip
    decision = decided(pack, contradicting)
    assert (decision.outcome, decision.remedy) == ("needs_review", "none")


def test_a_record_whose_day_did_not_come_is_none_that_latest_asks_for() -> None:
    undismissed = charge("C2")
    dismissed = charge("C3", dismissed_earliest=date(2010, 1, 1), dismissed_latest=date(2010, 1, 1))
    assert decided(dismissals(), charge("C1"), undismissed).trace == "TTT"
    assert decided(dismissals(), charge("C1"), undismissed, dismissed).trace == "TFT"
