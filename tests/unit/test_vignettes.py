"""Vignettes: the sample of the law passes, and what they tell becomes rows as their page says."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clear_record.configuration import conf_folders
from clear_record.errors import InputRefused
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.law.pack_tests import Case, Expected, cases_of, decide_by_reference, run
from clear_record.law.person import COLUMNS
from clear_record.law.reference import Decision
from clear_record.law.vignettes import Person, person_of, read_vignettes

VIGNETTES = Path(__file__).resolve().parents[1] / "vignettes" / "vignettes.csv"
AS_OF = date(2020, 7, 1)


@pytest.fixture(scope="module")
def prop64() -> Pack:
    return load_pack(find_packs(conf_folders())["us_ca/prop64"])


def told(target: dict[str, Any] | None = None, **more: Any) -> Person:
    facts = {
        "subject": {},
        "target": {"kind": "conviction", "section_raw": "11359 HS", **(target or {})},
        **more,
    }
    return person_of(facts, "CA", AS_OF, "vignette [X]")


def row(target: dict[str, Any] | None = None, **more: Any) -> Any:
    return told(target, **more).rows[0]


def ends(row: Any, name: str) -> tuple[date | None, date | None]:
    return row[f"{name}_earliest"], row[f"{name}_latest"]


def test_every_vignette_of_the_law_passes(prop64: Pack) -> None:
    cases, skipped_count = cases_of(read_vignettes(VIGNETTES), [prop64])
    assert (len(cases), skipped_count) == (30, 45)
    assert {each.id: each.differences for each in run(cases) if not each.has_passed} == {}


def test_the_law_agrees_with_its_vignettes_for_a_reason(prop64: Pack) -> None:
    """A vignette that expects something else fails, and by its confidence that is a failure of the pack."""
    cases, _ = cases_of(read_vignettes(VIGNETTES), [prop64])
    wrong = [
        Case(c.id, c.rule, c.pack, c.person, c.as_of, Expected("not_yet", "seal"), c.confidence)
        for c in cases
    ]
    tested = run(wrong)
    assert not any(each.has_passed for each in tested)
    assert {each.id for each in tested if not each.is_failure} == {"P64-O30"}  # the one of low confidence
    assert tested[0].as_json() == {
        "id": "P64-O01",
        "rule": "CA-P64",
        "expected_decision": "not_yet",
        "expected_remedy": "seal",
        "decision": "eligible",
        "remedy": "dismiss_seal",
        "pass": False,
    }


def test_any_engine_can_decide_the_cases(prop64: Pack) -> None:
    def nothing_is_decided(cases: Any) -> list[Decision | None]:
        return [None for _ in cases]

    cases, _ = cases_of(read_vignettes(VIGNETTES), [prop64])
    assert {each.decision for each in run(cases, nothing_is_decided)} == {"not_eligible"}
    assert len(decide_by_reference(cases)) == 30


def test_a_row_has_every_column() -> None:
    assert set(row()) == set(COLUMNS)


def keys_of_the_page() -> Iterator[tuple[str, str]]:
    """(place, key) of the table in vignette-facts.md."""
    page = (VIGNETTES.parent / "vignette-facts.md").read_text(encoding="utf-8")
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 5 or cells[1] in ("key", "---"):
            continue
        for key in cells[1].replace("case_counts[] {section_raw, level, outcome}", "case_counts").split(", "):
            place, dot, name = key.rpartition(".")
            yield place or ("sentence" if dot else "target"), name.removesuffix("[]")


@pytest.mark.parametrize(("place", "key"), sorted(set(keys_of_the_page())))
def test_every_key_of_the_page_is_accepted(place: str, key: str) -> None:
    given: dict[str, Any] = {"subject": {}, "target": {}, "history": []}
    if place == "sentence":
        given["target"] = {"sentence": {key: None}}
    elif place in ("", "history[]") or key.startswith("history"):
        given["history"] = [{key: None}]
    else:
        given[place] = {key or "sentence": None}
    person_of(given, "CA", AS_OF, "vignette [X]")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (
            {"target": {"plant": 5}},
            "vignette [X]: target: [plant] is not a known key; did you mean [plants]?",
        ),
        ({"subject": {"born": "1980-01-01"}}, "vignette [X]: subject: [born] is not a known key"),
        ({"history": [{}, {"zzz": 1}]}, "vignette [X]: history 2: [zzz] is not a known key"),
        ({"victim": {}}, "vignette [X]: [victim] is not a known key"),
        (
            {"target": {"sentence": {"hours": 3}}},
            "vignette [X]: target: sentence: [hours] is not a known key",
        ),
        (
            {"subject": {"dob": "01/02/1980"}},
            "vignette [X]: subject: [dob] is no date: write it as 2016-11-09, 2016-11 or 2016",
        ),
        ({"target": {"plants": "many"}}, "vignette [X]: target: [plants] is not a number"),
        ({"target": {"knew": "perhaps"}}, "vignette [X]: target: [knew] is neither true nor false"),
        ({"target": {"section_raw": 11359}}, "vignette [X]: target: [section_raw] is not a text"),
        ({"target": []}, "vignette [X]: target: keys and their values were expected"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(InputRefused) as refused:
        person_of(facts, "CA", AS_OF, "vignette [X]")
    assert str(refused.value).startswith(message)


def test_an_attribute_that_is_absent_is_not_recorded() -> None:
    assert ends(row(), "birth") == (None, None)
    assert row()["grade"] is None
    assert row()["fact_plants"] is None


def test_an_event_or_flag_that_is_absent_did_not_happen() -> None:
    assert ends(row(), "reduced") == ends(row(), "set_aside") == ends(row(), "registered") == (None, None)
    assert row()["fact_buyer_age_is_absent"] is True
    assert row()["fact_env_violation_is_absent"] is True


def test_a_flag_that_is_null_may_be_or_not() -> None:
    unknown = row({"knew_minor": None, "reduced_17b": None})
    assert (unknown["fact_knew_minor"], unknown["fact_knew_minor_is_absent"]) == (None, None)
    assert ends(unknown, "reduced") == (date.min, None)


def test_a_flag_that_is_told_is_recorded() -> None:
    assert (
        row({"knew_minor": False})["fact_knew_minor"],
        row({"knew_minor": False})["fact_knew_minor_is_absent"],
    ) == (
        False,
        False,
    )


def test_an_offense_without_a_day_came_before_arrest_and_conviction() -> None:
    assert ends(row({"conviction_date": "2012-06-01"}), "offense") == (None, date(2012, 6, 1))
    assert ends(row({"conviction_date": "2012-06-01", "arrest_date": "2012-01-01"}), "offense") == (
        None,
        date(2012, 1, 1),
    )


def test_a_conviction_without_a_day_has_happened() -> None:
    assert ends(row(), "convicted") == (None, AS_OF)
    assert ends(row({"kind": "arrest"}), "convicted") == (None, None)


def test_a_date_can_be_a_month_a_year_or_a_span() -> None:
    assert ends(row({"offense_date": "2005-02"}), "offense") == (date(2005, 2, 1), date(2005, 2, 28))
    assert ends(row({"offense_date": "2005"}), "offense") == (date(2005, 1, 1), date(2005, 12, 31))
    assert ends(row({"offense_date": "2005-03..2006"}), "offense") == (date(2005, 3, 1), date(2006, 12, 31))


def test_a_measurement_is_converted_to_grams() -> None:
    assert row({"qty_g": 28.5})["fact_cannabis_g"] == 28.5
    assert row({"qty_oz": 1})["fact_cannabis_g"] == pytest.approx(28.3495)
    assert row({"qty_raw": "2 LBS"})["fact_cannabis_g"] == pytest.approx(907.184)
    assert row({"qty_raw": "a bag"})["fact_cannabis_g"] is None


def test_a_reduction_makes_it_a_misdemeanor_from_that_day() -> None:
    reduced = row({"level": "F", "reduced_17b": "2015-01-01"})
    assert (reduced["grade"], reduced["grade_after"]) == ("F", "M")
    assert ends(reduced, "reduced") == (date(2015, 1, 1), date(2015, 1, 1))


def test_a_registration_of_any_kind_is_one_of_the_person() -> None:
    day = (date(2001, 1, 1), date(2001, 1, 1))
    assert ends(row(subject={"registrant": True}), "registered") == (None, AS_OF)
    assert ends(row(history=[{"kind": "registration", "event_date": "2001-01-01"}]), "registered") == day
    assert len(told(history=[{"kind": "registration", "event_date": "2001-01-01"}]).rows) == 1
    of_conviction = [{"kind": "conviction", "registration": True, "conviction_date": "2001-01-01"}]
    assert ends(row(history=of_conviction), "registered") == day


def test_a_case_that_is_not_told_is_one_of_its_own() -> None:
    rows = told(history=[{"kind": "conviction"}, {"kind": "conviction"}]).rows
    assert len({each["case_id"] for each in rows}) == 3


def test_pending_charges_are_covered_where_their_source_was_loaded() -> None:
    assert "pending_charge" in told(subject={"pending_source": "loaded"}).covered
    assert "pending_charge" not in told(subject={"pending_source": "not_loaded"}).covered
    assert "pending_charge" not in told().covered


def test_an_offense_of_a_state_whose_print_is_not_known_is_not_read() -> None:
    elsewhere = row({"state": "NV", "section_raw": "200.030"})
    assert (elsewhere["offense_section"], elsewhere["offense_is_readable"]) == (None, False)
    assert elsewhere["offense_raw"] == "200.030"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no file of vignettes: it lacks rows"),
        ("id,rule\nA,B\n", "is no file of vignettes: it lacks jurisdiction, as_of"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "vignettes.csv"
    path.write_text(text)
    with pytest.raises(InputRefused, match=message):
        read_vignettes(path)


def test_facts_that_are_not_json_are_refused_with_the_vignette(tmp_path: Path) -> None:
    with VIGNETTES.open(newline="") as file:
        first = next(csv.DictReader(file))
    path = tmp_path / "vignettes.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow({**first, "facts_json": "{"})
    with pytest.raises(InputRefused, match=r"vignette \[P64-O01\]: facts_json is not JSON"):
        read_vignettes(path)
    assert json.loads(first["facts_json"])["target"]["id"] == "T"
