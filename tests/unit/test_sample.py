"""What is drawn of a run, and the sheet that shows it."""

import csv
import hashlib
from pathlib import Path

import pytest

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.review.sample import Plan, draw, keep, kept
from clear_record.audit.review.sheet import FILLED_IN, SHOWN, sheet_rows, write_sheet
from clear_record.errors import InputRefused, NotReproducible
from tests.audit_lake import NAME, RUN_ID, law, write_lake


@pytest.fixture
def lake(tmp_path: Path) -> LakeFiles:
    return LakeFiles(str(write_lake(tmp_path / "lake")))


def sizes(lake: LakeFiles, plan: Plan) -> dict[str, tuple[int, int]]:
    """Size and number drawn of each stratum, which the rows must bear out."""
    rows = draw(lake, plan)
    strata = {row["stratum"]: (row["stratum_size"], row["stratum_drawn"]) for row in rows}
    assert {name: sum(row["stratum"] == name for row in rows) for name in strata} == {
        name: drawn for name, (_, drawn) in strata.items()
    }
    return {name.removeprefix(f"{NAME} / "): counts for name, counts in strata.items()}


def test_every_stratum_is_drawn_by_its_share_rounded_up(lake: LakeFiles) -> None:
    assert sizes(lake, Plan(RUN_ID, 1, size=12, strata=("pack", "outcome"))) == {
        "eligible": (30, 6),
        "needs_review": (5, 1),
        "not_eligible": (10, 2),
        "out_of_scope": (15, 3),
    }


def test_cells_that_are_too_small_are_put_together(lake: LakeFiles) -> None:
    # Of 12 of 60 a stratum of 15 can expect three.
    assert sizes(lake, Plan(RUN_ID, 1, size=12)) == {
        "eligible / row_2 / other counties": (30, 6),
        "needs_review / not_known / other counties": (5, 1),
        "not_eligible / is_felony / other counties": (10, 2),
        "out_of_scope / not in scope / other counties": (15, 3),
    }
    by_county = sizes(lake, Plan(RUN_ID, 1, size=36))
    assert by_county["eligible / row_2 / ASH"] == (10, 6)
    assert by_county["eligible / row_2 / OAK"] == (9, 6)
    assert by_county["out_of_scope / not in scope / ELM"] == (5, 3)
    assert by_county["not_eligible / is_felony / other counties"] == (10, 6)


def test_a_stratum_that_is_smaller_than_what_is_asked_for_is_drawn_whole(lake: LakeFiles) -> None:
    drawn = sizes(lake, Plan(RUN_ID, 1, per_stratum=12, strata=("pack", "outcome")))
    assert drawn["needs_review"] == (5, 5)
    assert drawn["eligible"] == (30, 12)


def test_the_same_seed_draws_the_same_and_another_one_others(lake: LakeFiles) -> None:
    plan = Plan(RUN_ID, 1, size=12)
    assert draw(lake, plan) == draw(LakeFiles(str(lake.root)), plan)
    other = draw(lake, Plan(RUN_ID, 2, size=12))
    assert [row["charge_id"] for row in other] != [row["charge_id"] for row in draw(lake, plan)]
    assert other[0]["sample_id"] != plan.sample_id


def test_charges_are_drawn_in_the_order_of_their_hashes(lake: LakeFiles) -> None:
    everything = draw(lake, Plan(RUN_ID, 5, size=60, strata=("pack",)))
    assert len(everything) == 60
    places = [
        hashlib.sha256(f"5|{RUN_ID}|{NAME}|{row['charge_id']}".encode()).hexdigest() for row in everything
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, r"--size"),
        ({"size": 3, "per_stratum": 2}, r"--size"),
        ({"size": 3, "strata": ("outcome", "pack")}, r"are not pack, then some of"),
        ({"size": 3, "strata": ("pack", "race")}, r"are not pack, then some of"),
    ],
)
def test_a_plan_that_cannot_be_drawn_is_refused(asked: dict[str, object], message: str) -> None:
    with pytest.raises(InputRefused, match=message):
        Plan(RUN_ID, 1, **asked)  # type: ignore[arg-type]


def test_an_unknown_pack_or_run_is_refused(lake: LakeFiles) -> None:
    with pytest.raises(InputRefused, match=r"has no pack \[us_zz/other\]; it has us_zz/small"):
        draw(lake, Plan(RUN_ID, 1, size=3, packs=("us_zz/other",)))
    with pytest.raises(InputRefused, match="there is no run"):
        draw(lake, Plan("x", 1, size=3))


def test_a_sample_is_kept_once_and_only_as_it_was_drawn(lake: LakeFiles) -> None:
    rows = draw(lake, Plan(RUN_ID, 1, size=12))
    assert keep(lake, rows)
    assert not keep(lake, rows)
    assert kept(lake, rows[0]["sample_id"]) == rows
    assert lake.table("sample").version() == 1  # made, and written once
    with pytest.raises(NotReproducible, match="other charges are drawn now"):
        keep(lake, rows[1:])


def test_a_sheet_says_what_record_and_decision_say_without_identities(lake: LakeFiles) -> None:
    rows = sheet_rows(lake, draw(lake, Plan(RUN_ID, 1, size=60)))
    by_outcome = {row["outcome"]: row for row in rows}
    assert set(by_outcome) == {"eligible", "needs review", "not eligible", "out of scope"}
    assert by_outcome["not eligible"]["reason"] == "Does not hold: The charge is a felony."
    assert by_outcome["eligible"]["reason"] == "seal, in all other cases"
    assert by_outcome["needs review"]["reason"] == "Not known: quantity of cannabis"
    assert by_outcome["out of scope"]["reason"] == f"not in scope, which is: {law().scope_says}"
    shown = by_outcome["eligible"]
    assert (shown["offense_date"], shown["convicted"]) == ("in June 2010", "on 2011-01-05")
    assert shown["age_at_offense"] == "19 to 20"
    assert shown["found_in"].startswith("delivery d, file 1, line ")
    assert not [name for name in SHOWN if "birth" in name or "name" in name]


def test_a_sheet_opens_in_a_spreadsheet_and_runs_nothing(lake: LakeFiles, tmp_path: Path) -> None:
    out = tmp_path / "sheet.csv"
    write_sheet(sheet_rows(lake, draw(lake, Plan(RUN_ID, 1, size=12))), out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbfsample,number,")
    with out.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [*SHOWN, *FILLED_IN]
    assert {row[header.index("offense_printed")] for row in rows} == {"'=11357(A) HS"}
    assert {tuple(row[-3:]) for row in rows} == {("", "", "")}
    with pytest.raises(InputRefused, match="is there already"):
        write_sheet([], out)
