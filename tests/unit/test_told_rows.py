"""What each key of a vignette becomes: columns of a row, facts, coverage, or rows of other counts; and what its absence means."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clear_record.errors import InputRefused
from clear_record.law.person import blank_row
from clear_record.law.told import KEY_OF_FACT, RECORD, SUBJECT
from clear_record.law.told_rows import OUNCE_G
from clear_record.law.vignettes import Person, person_of
from clear_record.law.vocabulary import FACTS, VOCABULARY, Absence, Entry, Type

AS_OF = date(2024, 7, 1)
AT_ANY_TIME = (date.min, None)
ABSENT = (None, None)
PAGE = Path(__file__).resolve().parents[1] / "vignettes" / "vignette-facts.md"


def told(target: Mapping[str, Any] | None = None, state: str = "PA", **more: Any) -> Person:
    return person_of(
        {"target": {"id": "T", "kind": "conviction", **(target or {})}, **more}, state, AS_OF, "X"
    )


def row(target: Mapping[str, Any] | None = None, **more: Any) -> Any:
    return told(target, **more).rows[0]


def others(target: Mapping[str, Any], **more: Any) -> list[Any]:
    return list(told(target, **more).rows[1:])


def ends(row: Any, name: str) -> tuple[date | None, date | None]:
    return row[f"{name}_earliest"], row[f"{name}_latest"]


def fact(row: Any, name: str) -> Any:
    """What a row says of a fact: its value, and whether it is absent where it can be; of a day its ends."""
    said = tuple(row[column] for column in VOCABULARY[name].columns)
    return said if len(said) > 1 else said[0]


def key_of(entry: Entry) -> str:
    return KEY_OF_FACT.get(entry.short_name, entry.short_name)


def with_key(entry: Entry, **given: Any) -> Any:
    """The row of a person of whom a fact's key is told, or nothing."""
    return row(subject=given) if entry.is_of_person else row(given)


DERIVED = ("fact.cannabis_g", "fact.cannabis_oz", "fact.max_penalty_years", "fact.max_penalty_days")
SAID_BY_A_SOURCE = "subject.has_pending_charge"
TOLD = [each for each in FACTS if each.name not in DERIVED]
CAN_BE_ABSENT = [each for each in TOLD if each.absence is Absence.NONE and each.name != SAID_BY_A_SOURCE]
SAMPLES: Mapping[Type, tuple[Any, Any]] = {
    Type.DATE: ("2020-02-03", None),
    Type.BOOLEAN: (True, True),
    Type.NUMBER: (3, 3.0),
    Type.CODE: ("acquitted", "acquitted"),
}


# ---- every fact


@pytest.mark.parametrize("entry", TOLD, ids=lambda each: each.name)
def test_the_value_of_a_key_is_that_of_its_fact(entry: Entry) -> None:
    given, value = SAMPLES[entry.type]
    found = fact(with_key(entry, **{key_of(entry): given}), entry.name)
    if entry.type is Type.DATE:
        assert found == (date(2020, 2, 3), date(2020, 2, 3))
    else:
        assert found == ((value, False) if entry.absence is Absence.NONE else value)


@pytest.mark.parametrize("entry", CAN_BE_ABSENT, ids=lambda each: each.name)
def test_an_event_or_a_flag_without_a_key_is_absent_in_a_loaded_source(entry: Entry) -> None:
    assert fact(with_key(entry), entry.name) == (ABSENT if entry.type is Type.DATE else (None, True))
    assert entry.coverage in told().covered


@pytest.mark.parametrize(
    "entry",
    [each for each in CAN_BE_ABSENT if each.name != "fact.relief_requested_on"],
    ids=lambda each: each.name,
)
def test_an_event_or_a_flag_that_is_null_may_be_or_not(entry: Entry) -> None:
    unknown = with_key(entry, **{key_of(entry): None})
    assert fact(unknown, entry.name) == (AT_ANY_TIME if entry.type is Type.DATE else (None, None))


def test_a_request_that_is_null_was_not_made() -> None:
    assert fact(row({"request_form": None}), "fact.relief_requested_on") == ABSENT


@pytest.mark.parametrize(
    "entry", [each for each in TOLD if each.absence is Absence.UNKNOWN], ids=lambda each: each.name
)
def test_an_attribute_without_a_key_or_with_null_is_not_recorded(entry: Entry) -> None:
    nothing = ABSENT if entry.type is Type.DATE else None
    assert fact(row(), entry.name) == nothing
    assert fact(row({key_of(entry): None}), entry.name) == nothing


# ---- the page of the facts


def test_every_key_has_a_line_of_the_page_or_is_one_of_the_cases_alone() -> None:
    page = PAGE.read_text(encoding="utf-8")
    of_cases = {"offense", "county", "cycle", "set_aside_date", "dismissed_date", "is_understood"}
    of_cases |= {"deceased_date", "registered_date", "is_held"}
    of_cases |= {"is_incarcerated", "granted_misdemeanor_set_asides", "diversion_completed_on", "pardoned_on"}
    keys = {key for key in (*SUBJECT, *RECORD) if not re.search(rf"\b{key}\b", page)}
    assert keys == of_cases - {key for key in of_cases if re.search(rf"\b{key}\b", page)}


def test_every_key_of_a_record_changes_what_is_known_of_the_person() -> None:
    """No key is read and left: told or null, each makes another person than one of whom it is not told."""
    plain = {"section_raw": "SEE COMMENT FOR CHARGE"}
    samples: dict[str, Any] = {
        "comment": "11357(A) HS", "qty_raw": "2 OZ", "kind": "arrest", "state": "NV", "section_raw": "459 PC",
        "offense": "PC 459", "sentence": {"type": "jail"}, "same_arrest": ["459 PC"], "is_understood": False,
        "case_counts": [{"section_raw": "459 PC", "outcome": "dismissed"}], "disposition": "dismissed", "undisposed_counts": 1,
        "case_only_cannabis": False, "id": "U",
    }  # fmt: skip
    left = {"registration", "event_date"}  # of a history: of another conviction, and of a registration
    for key in set(RECORD) - left:
        given = samples.get(key, "2019-01-01" if key.endswith(("_date", "_on")) else None)
        for value in (given,) if given is not None else ("2019-01-01", True, 1, "text"):
            try:
                changed = person_of({"target": {**plain, key: value}}, "CA", AS_OF, "X")
            except InputRefused:
                continue
            assert changed != person_of({"target": plain}, "CA", AS_OF, "X"), (key, value)
            break
        else:
            raise AssertionError(f"no value of [{key}] was read")


# ---- quantities, penalties and lengths


@pytest.mark.parametrize(
    ("given", "grams", "ounces"),
    [
        ({"qty_g": 28.5}, 28.5, 28.5 / OUNCE_G),
        ({"qty_oz": 2}, 56.69904625, 2.0),
        ({"qty_lb": 3}, 1360.77711, 48.0),
        ({"qty_raw": "1 OZ"}, 28.349523125, 1.0),
        ({"qty_raw": "1.5 lbs."}, 680.388555, 24.0),
    ],
)
def test_a_measurement_is_converted_and_no_limit_is(given: Any, grams: float, ounces: float) -> None:
    assert row(given)["fact_cannabis_g"] == pytest.approx(grams, rel=1e-15)
    assert row(given)["fact_cannabis_oz"] == pytest.approx(ounces, rel=1e-15)


def test_what_is_told_in_a_unit_is_exact_in_it() -> None:
    for tenths in range(1, 1000):
        assert row({"qty_oz": tenths / 10})["fact_cannabis_oz"] == tenths / 10
        assert row({"qty_g": tenths / 10})["fact_cannabis_g"] == tenths / 10


def test_a_maximum_is_known_in_years_and_in_days() -> None:
    names = ("fact.max_penalty_years", "fact.max_penalty_days")
    assert [fact(row({"max_penalty_years": 4}), name) for name in names] == [4.0, 1460.0]
    assert [fact(row({"max_penalty_days": 365}), name) for name in names] == [1.0, 365.0]
    both = row({"max_penalty_years": 1, "max_penalty_days": 364})
    assert [fact(both, name) for name in names] == [1.0, 364.0]
    assert [fact(row(), name) for name in names] == [None, None]


@pytest.mark.parametrize(
    ("given", "years"),
    [
        ({"sentence_years": 4}, 4.0),
        ({"sentence": {"type": "probation", "months": 36}}, 3.0),
        ({"sentence": [{"type": "jail", "days": 73}, {"type": "probation", "months": 12}]}, 1.2),
        ({"sentence": [{"type": "fine"}, {"type": "jail", "days": 365}]}, 1.0),
        ({"sentence": [{"type": "jail"}, {"type": "probation", "months": 12}]}, None),
        ({}, None),
    ],
)
def test_the_length_of_a_sentence_is_that_of_its_parts(given: Any, years: float | None) -> None:
    assert fact(row(given), "fact.sentence_years") == (None if years is None else pytest.approx(years))


# ---- sentences


def test_a_sentence_that_is_not_complete_ends_after_today() -> None:
    tomorrow = date(2024, 7, 2)
    assert ends(row({"sentence_complete": False}), "sentence_ends") == (tomorrow, None)
    assert ends(row({"sentence": {"type": "jail", "complete": False}}), "sentence_ends") == (tomorrow, None)
    assert ends(row({"sentence_complete": True}), "sentence_ends") == (None, AS_OF)
    assert ends(row({"sentence_complete": None}), "sentence_ends") == ABSENT


def test_the_whole_sentence_ends_with_its_last_part() -> None:
    jail, probation = (
        {"type": "jail", "complete_date": "2019-01-01"},
        {"type": "probation", "complete_date": "2021-01-01"},
    )
    whole = row({"sentence": [jail, probation]})
    assert (
        ends(whole, "sentence_ends")
        == ends(whole, "supervision_ends")
        == (date(2021, 1, 1), date(2021, 1, 1))
    )
    assert ends(row({"sentence": [jail]}), "supervision_ends") == ABSENT
    still_open = row({"sentence": [jail, {"type": "probation"}]})
    assert ends(still_open, "sentence_ends") == (date(2019, 1, 1), None)


def test_a_part_of_unknown_kind_may_be_prison() -> None:
    unknown = row({"sentence": [{"type": "jail"}, {"type": None}]})
    assert (unknown["sentence_has_jail"], unknown["sentence_has_prison"]) == (True, None)
    assert row({"sentence": {"type": "jail"}})["sentence_has_prison"] is False


# ---- outcomes


@pytest.mark.parametrize("outcome", ["dismissed", "acquitted", "dismissed_with_prejudice", "nolle_prosequi"])
def test_a_charge_that_was_dismissed_is_disposed_of(outcome: str) -> None:
    of_charge = row({"kind": "charge", "charge_outcome": outcome, "final_disposition_date": "2020-01-02"})
    day = (date(2020, 1, 2), date(2020, 1, 2))
    assert ends(of_charge, "dismissed") == ends(of_charge, "disposed") == day
    assert fact(of_charge, "fact.charge_outcome") == (outcome, False)
    undated = row({"kind": "arrest", "charge_outcome": outcome})
    assert ends(undated, "dismissed") == ends(undated, "disposed") == (None, AS_OF)


def test_a_diversion_disposes_of_a_charge_and_dismisses_nothing() -> None:
    diverted = row({"kind": "charge", "charge_outcome": "diverted"})
    assert (ends(diverted, "disposed"), ends(diverted, "dismissed")) == ((None, AS_OF), ABSENT)


def test_an_outcome_that_is_null_may_be_a_dismissal() -> None:
    unknown = row({"kind": "charge", "charge_outcome": None})
    assert ends(unknown, "disposed") == ends(unknown, "dismissed") == AT_ANY_TIME


def test_a_disposition_says_the_outcome_too_and_unknown_is_none_in_the_source() -> None:
    dismissed = row({"kind": "charge", "disposition": "dismissed"})
    assert (ends(dismissed, "disposed"), fact(dismissed, "fact.charge_outcome")) == (
        (None, AS_OF),
        ("dismissed", False),
    )
    for disposition in ("unknown", "pending"):
        pending = row({"kind": "charge", "disposition": disposition})
        assert (ends(pending, "disposed"), fact(pending, "fact.charge_outcome")) == (ABSENT, (None, True))


def test_the_first_disposition_of_a_conviction_is_the_conviction() -> None:
    later = row({"conviction_date": "2015-01-01", "final_disposition_date": "2017-01-01"})
    assert ends(later, "disposed") == (date(2015, 1, 1), date(2015, 1, 1))
    assert fact(later, "fact.final_disposition_on") == (date(2017, 1, 1), date(2017, 1, 1))


def test_relief_that_was_granted_says_its_statute() -> None:
    relieved = row({"relieved": "1203.4"})
    assert (relieved["set_aside_under"], fact(relieved, "fact.relief_granted")) == (
        "1203.4",
        ("1203.4", False),
    )
    assert ends(relieved, "set_aside") == (None, AS_OF)


# ---- offenses


def test_an_offense_is_read_as_its_state_prints_it() -> None:
    pennsylvania = row({"section_raw": "18 3929(a)"})
    assert (pennsylvania["offense_code"], pennsylvania["offense_section"]) == ("PA", "18 3929")
    assert pennsylvania["offense_is_readable"] is True


@pytest.mark.parametrize("printed", [None, "SEE COMMENT FOR CHARGE"])
def test_an_offense_that_the_comment_says_is_read_there(printed: str | None) -> None:
    named = row({"section_raw": printed, "comment": "COM: 11357(A) HS, 2 GRAMS"}, state="CA")
    assert (named["offense_section"], named["offense_subdivisions"]) == ("11357", "(a)")
    several = row({"section_raw": printed, "comment": "11357(A)/11358 HS"}, state="CA")
    assert (several["offense_section"], several["offense_is_readable"]) == (None, False)
    assert row({"section_raw": "459 PC", "comment": "11358 HS"}, state="CA")["offense_section"] == "459"


# ---- other counts and other arrests


def test_the_other_counts_of_a_case_are_rows_of_it() -> None:
    person = told(
        {
            "section_raw": "18 3929", "level": "M2", "conviction_date": "2015-03-01", "case": "C",
            "case_counts": [
                {"section_raw": "18 5503", "level": "M3", "outcome": "convicted"},
                {"section_raw": "18 3929", "level": "M2", "outcome": "convicted"},
                {"section_raw": "18 2706", "level": "M1", "outcome": "dismissed"},
                {"section_raw": "18 2705", "level": "M1", "outcome": "pending"},
            ],
        }
    )  # fmt: skip
    assert [each["charge_id"] for each in person.rows] == ["T", "T/1", "T/2", "T/3"]
    assert {each["case_id"] for each in person.rows} == {"C"}
    assert {each["cycle_id"] for each in person.rows} == {"T"}
    _, convicted, dismissed, pending = person.rows
    assert (convicted["kind"], convicted["grade"], convicted["offense_section"]) == (
        "conviction",
        "M3",
        "18 5503",
    )
    assert ends(convicted, "convicted") == (date(2015, 3, 1), date(2015, 3, 1))
    assert (dismissed["kind"], ends(dismissed, "dismissed")) == ("charge", (None, AS_OF))
    assert (pending["kind"], ends(pending, "disposed")) == ("charge", ABSENT)


def test_of_counts_of_one_section_the_one_of_its_grade_is_the_charge_itself() -> None:
    counts = [{"section_raw": "A", "level": level, "outcome": "convicted"} for level in ("M1", "M2")]
    (other,) = others({"section_raw": "A", "level": "M2", "case_counts": counts})
    assert other["grade"] == "M1"


def test_a_count_that_stands_in_the_history_of_the_case_is_told_once() -> None:
    counts = [{"section_raw": "A", "outcome": "convicted"}, {"section_raw": "B", "outcome": "convicted"}]
    person = told(
        {"section_raw": "A", "case": "C", "case_counts": counts},
        history=[{"id": "H", "section_raw": "B", "case": "C"}, {"id": "I", "section_raw": "B"}],
    )
    assert [each["charge_id"] for each in person.rows] == ["T", "H", "I"]


def test_a_count_of_unknown_outcome_may_be_a_conviction_and_may_be_open() -> None:
    (unknown,) = others({"section_raw": "A", "case_counts": [{"section_raw": "B"}]})
    assert (
        ends(unknown, "convicted") == ends(unknown, "dismissed") == ends(unknown, "disposed") == AT_ANY_TIME
    )


def test_counts_without_a_disposition_are_charges_of_the_case() -> None:
    rows = others({"undisposed_counts": 2, "case": "C"})
    assert [(each["case_id"], each["kind"], ends(each, "disposed")) for each in rows] == [
        ("C", "charge", ABSENT)
    ] * 2
    assert others({}) == []
    (unknown,) = others({"undisposed_counts": None})
    assert ends(unknown, "disposed") == AT_ANY_TIME


def test_counts_without_a_disposition_that_are_told_are_counted() -> None:
    assert others({"kind": "charge", "undisposed_counts": 1}) == []
    counts = [{"section_raw": "A", "outcome": "pending"}]
    assert len(others({"undisposed_counts": 1, "case_counts": counts})) == 1
    assert len(others({"kind": "charge", "charge_outcome": "dismissed", "undisposed_counts": 1})) == 1


def test_a_case_that_is_not_only_for_cannabis_has_a_count_that_stands_in_no_list() -> None:
    (other,) = others({"case_only_cannabis": False, "conviction_date": "2019-05-01"})
    assert (other["offense_section"], other["offense_is_readable"]) == ("", True)
    assert (other["kind"], other["disposed_latest"]) == ("charge", date(2019, 5, 1))
    (unknown,) = others({"case_only_cannabis": None})
    assert (unknown["offense_section"], unknown["offense_is_readable"]) == (None, False)
    assert others({"case_only_cannabis": True}) == []
    counts = [{"section_raw": "A", "outcome": "convicted"}, {"section_raw": "B", "outcome": "convicted"}]
    assert len(others({"section_raw": "A", "case_only_cannabis": False, "case_counts": counts})) == 1


def test_other_offenses_of_an_arrest_are_arrests_of_its_cycle() -> None:
    target = {
        "kind": "arrest",
        "arrest_date": "2015-06-01",
        "same_arrest": ["720 ILCS 5/12-3", "720 ILCS 5/12-4"],
    }
    person = told(target, state="IL")
    assert [each["kind"] for each in person.rows] == ["arrest"] * 3
    assert {each["cycle_id"] for each in person.rows} == {"T"}
    assert len({each["case_id"] for each in person.rows}) == 3
    assert person.rows[1]["offense_section"] == "720 ilcs 5/12-3"
    assert ends(person.rows[2], "arrest") == (date(2015, 6, 1), date(2015, 6, 1))


# ---- the person


@pytest.mark.parametrize(
    ("given", "said", "is_covered"),
    [
        ({"pending_charges": True}, (True, False), True),
        ({"pending_charges": False}, (False, False), True),
        ({"pending_charges": None, "pending_source": "loaded"}, (None, True), True),
        ({"pending_source": "loaded"}, (None, True), True),
        ({"pending_charges": None, "pending_source": "not_loaded"}, (None, None), False),
        ({"pending_source": "not_loaded"}, (None, None), False),
        ({"pending_charges": None}, (None, None), False),
        ({}, (None, None), False),
    ],
)
def test_of_pending_charges_only_a_loaded_source_says_none(given: Any, said: Any, is_covered: bool) -> None:
    person = told(subject=given)
    assert fact(person.rows[0], SAID_BY_A_SOURCE) == said
    assert ("pending_charge" in person.covered) == is_covered


def test_a_source_is_loaded_or_not() -> None:
    with pytest.raises(
        InputRefused, match=r"X: subject: \[pending_source\] is neither loaded nor not_loaded"
    ):
        told(subject={"pending_source": "perhaps"})


def test_what_is_known_of_the_person_stands_on_each_row() -> None:
    person = told(
        subject={"registrant": True, "granted_felony_set_asides": 2}, history=[{"kind": "conviction"}]
    )
    assert [fact(each, "subject.is_registrant") for each in person.rows] == [(True, False)] * 2
    assert [fact(each, "subject.granted_felony_set_asides") for each in person.rows] == [(2.0, False)] * 2


def test_who_is_not_on_the_registry_now_may_have_been_registered() -> None:
    once = row(subject={"registrant": False}, history=[{"kind": "registration", "event_date": "2001-01-01"}])
    assert fact(once, "subject.is_registrant") == (False, False)
    assert ends(once, "registered") == (date(2001, 1, 1), date(2001, 1, 1))


def test_a_row_of_which_nothing_is_told_has_the_columns_of_any_row() -> None:
    assert set(row()) == set(blank_row())


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"case_counts": {}}, "X: target: [case_counts] is not a list"),
        ({"case_counts": [{"section": "A"}]}, "X: target: case_counts: [section] is not a known key"),
        ({"same_arrest": "A"}, "X: target: [same_arrest] is not a list"),
        ({"qty_oz": "one"}, "X: target: [qty_oz] is not a number"),
        ({"qty_oz": "inf"}, "X: target: [qty_oz] is not a number"),
        ({"qty_oz": "nan"}, "X: target: [qty_oz] is not a number"),
        ({"release_date": "soon"}, "X: target: [release_date] is no date: write it as 2016-11-09, 2016-11 or 2016"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(target: Any, message: str) -> None:
    with pytest.raises(InputRefused) as refused:
        told(target)
    assert str(refused.value).startswith(message)
