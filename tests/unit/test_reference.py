"""The reference evaluator on small packs, each made for one rule of docs/law-language.md."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from clear_record.law.cases import read_cases
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import pack_of
from clear_record.law.pack_tests import run, said_by
from clear_record.law.person import blank_row
from clear_record.law.reference import Decision, decide_person, evaluate

AS_OF = date(2020, 7, 1)
INVENTED = Path(__file__).resolve().parents[1] / "packs" / "us_zz" / "older_offenses"

HEAD = """
pack: us_zz/test
title: A law for a test
layer: statute
status: draft
in_force: {from: 2000-01-01}
authority: {cite: here, evidence: K}
scope: {says: All that is not traffic., cite: here, test: charge.kind = 'conviction' and not charge.county = 'TRAFFIC'}
"""
FIRST = """
- {id: record_is_complete, says: s, cite: c, evidence: C, test: true, unsettled: subject.is_held or not charge.is_understood}
"""
LISTS = """
cannabis: {says: s, cite: c, evidence: K, certain: [HS 11357], possible: [HS 11358]}
"""


def pack(criteria: str = "", remedies: str = "", head: str = "", parameters: str = "") -> Pack:
    """A pack of criteria, remedies and what else stands at its top, in short."""
    given = [
        word
        for row in remedies.splitlines()
        for word in row.replace("}", ",").split(",")
        if "gives:" in word or "if_serving:" in word
    ]
    remedy_names = dict.fromkeys(word.split(":")[1].strip() for word in given)
    ladder = [each for each in ("least", "middle", "best") if each in remedy_names]
    text = (
        f"{HEAD}{head}\ncriteria:\n{indent(FIRST + criteria, '  ')}\nladder: [{', '.join(ladder)}]\n"
        f"remedies:\n{indent(remedies, '  ')}\n"
    )
    texts = {"pack.yaml": text, "offenses.yaml": LISTS}
    return pack_of({**texts, "parameters.yaml": parameters} if parameters else texts)


def charge(charge_id: str = "T", **columns: Any) -> dict[str, Any]:
    found = {
        **blank_row(),
        "subject_id": "person",
        "charge_id": charge_id,
        "case_id": f"case of {charge_id}",
        "cycle_id": f"cycle of {charge_id}",
        "kind": "conviction",
        "state": "ZZ",
        "county": "HERE",
        "is_understood": True,
        "is_held": False,
        "convicted_earliest": date(2010, 1, 1),
        "convicted_latest": date(2010, 1, 1),
    }
    assert set(columns) <= set(found), set(columns) - set(found)
    return {**found, **columns}


def decide(
    law: Pack, *others: Mapping[str, Any], as_of: date = AS_OF, covered: Sequence[str] = (), **columns: Any
) -> Decision:
    decision = evaluate(law, [charge(**columns), *others], "T", as_of, covered)
    assert decision is not None
    return decision


def answer(decision: Decision) -> tuple[str, str]:
    return decision.outcome, decision.remedy


def exactly(name: str, day: date) -> dict[str, Any]:
    return {f"{name}_earliest": day, f"{name}_latest": day}


# ---- the invented law


def test_the_cases_of_the_invented_law_are_decided_as_they_say() -> None:
    cases = read_cases(INVENTED)
    assert len(cases) > 30
    assert {tested.id: tested.differences for tested in run(cases) if not tested.has_passed} == {}


# ---- scope and force


SIMPLE = "- {otherwise: true, gives: best}"


def test_a_charge_out_of_scope_gets_no_decision() -> None:
    assert evaluate(pack(remedies=SIMPLE), [charge(kind="arrest")], "T", AS_OF) is None


def test_an_unknown_scope_is_one_more_requirement() -> None:
    decision = decide(pack(remedies=SIMPLE), county=None)
    assert answer(decision) == ("needs_review", "none")
    assert said_by(pack(remedies=SIMPLE), decision)["missing"] == ["charge.county"]


def test_an_unknown_scope_of_a_charge_that_gets_nothing_is_no_question() -> None:
    law = pack(remedies="- {otherwise: true, gives: no_change}")
    assert answer(decide(law)) == ("not_eligible", "no_change")
    assert answer(decide(law, county=None)) == ("not_eligible", "none")


def test_a_law_that_is_still_to_come_is_a_matter_of_time() -> None:
    law = pack(remedies=SIMPLE)
    assert answer(decide(law, as_of=date(1999, 12, 31), **exactly("convicted", date(1990, 1, 1)))) == (
        "not_yet",
        "none",
    )
    assert answer(decide(law, as_of=date(2000, 1, 1), **exactly("convicted", date(1990, 1, 1)))) == (
        "eligible",
        "best",
    )


def test_a_law_that_is_still_to_come_gives_no_time_where_it_gives_nothing() -> None:
    law = pack(remedies="- {otherwise: true, gives: no_change}")
    assert answer(decide(law, as_of=date(1999, 12, 31))) == ("not_eligible", "no_change")


def test_a_record_that_is_not_complete_is_reviewed_whatever_else() -> None:
    law = pack(remedies="- {otherwise: true, gives: no_change}")
    assert answer(decide(law, is_held=True)) == ("needs_review", "none")
    assert answer(decide(law, is_understood=False)) == ("needs_review", "none")
    assert decide(law, is_held=True).trace == "U"


def test_all_charges_of_a_person_are_decided_that_are_in_scope() -> None:
    person = [charge("A"), charge("B", kind="arrest"), charge("C")]
    assert set(decide_person(pack(remedies=SIMPLE), person, AS_OF)) == {"A", "C"}


# ---- criteria


def criterion(test: str, **more: str) -> str:
    rest = "".join(f", {key}: {value}" for key, value in more.items())
    return f'- {{id: it_holds, says: s, cite: c, evidence: K, test: "{test}"{rest}}}\n'


REQUIRED = "- {otherwise: true, requires: [it_holds], gives: best}"


@pytest.mark.parametrize(
    ("grade", "more", "letter", "expected"),
    [
        ("F", {}, "T", ("eligible", "best")),
        ("M", {}, "F", ("not_eligible", "none")),
        ("M", {"when_false": "not_yet"}, "F", ("not_yet", "none")),
        (None, {}, "U", ("needs_review", "none")),
        (None, {"when_false": "not_yet"}, "U", ("needs_review", "none")),
        (None, {"on_unknown": "presume_true"}, "t", ("eligible", "best")),
        (None, {"on_unknown": "fail"}, "f", ("not_eligible", "none")),
        (None, {"on_unknown": "fail", "when_false": "not_yet"}, "f", ("not_yet", "none")),
        ("M", {"on_unknown": "presume_true"}, "F", ("not_eligible", "none")),
        ("M", {"applies": "charge.county = 'THERE'"}, "-", ("eligible", "best")),
        (None, {"unsettled": "true"}, "U", ("needs_review", "none")),
        ("F", {"unsettled": "true"}, "U", ("needs_review", "none")),
        ("F", {"unsettled": "charge.grade_after = 'M'"}, "U", ("needs_review", "none")),
        ("F", {"unsettled": "true", "on_unknown": "presume_true"}, "U", ("needs_review", "none")),
    ],
)
def test_a_criterion_and_its_letter(
    grade: str | None, more: dict[str, str], letter: str, expected: tuple[str, str]
) -> None:
    decision = decide(pack(criterion("charge.grade = 'F'", **more), REQUIRED), grade=grade)
    assert decision.trace == f"T{letter}"
    assert answer(decision) == expected


@pytest.mark.parametrize(("grade", "letter"), [("F", "T"), ("M", "U"), (None, "U")])
def test_a_criterion_that_may_not_apply_holds_where_its_test_does(grade: str | None, letter: str) -> None:
    law = pack(criterion("charge.grade = 'F'", applies="charge.grade_after = 'M'"), REQUIRED)
    assert decide(law, grade=grade).trace == f"T{letter}"


def test_no_indication_counts_only_where_the_source_was_loaded() -> None:
    law = pack(
        criterion("charge.grade = 'F'", on_unknown="no_indication", covered_by="pending_charge"), REQUIRED
    )
    assert decide(law).trace == "TU"
    assert decide(law, covered=["registration"]).trace == "TU"
    assert decide(law, covered=["pending_charge"]).trace == "Tt"


def test_a_possible_entry_of_a_list_is_never_presumed() -> None:
    law = pack(criterion("not charge.offense in offenses.cannabis", on_unknown="presume_true"), REQUIRED)
    readable: dict[str, Any] = {"offense_code": "HS", "offense_is_readable": True}
    assert decide(law, offense_section="11357", **readable).trace == "TF"
    assert decide(law, offense_section="11358", **readable).trace == "TU"
    assert decide(law, offense_section="11359", **readable).trace == "TT"
    # What merely cannot be read is not open law.
    assert decide(law, offense_section="11358", offense_is_readable=False).trace == "Tt"
    assert decide(law, offense_section=None).trace == "Tt"


def test_open_law_travels_through_other_criteria() -> None:
    law = pack(
        criterion("not charge.offense in offenses.cannabis")
        + "- {id: too, says: s, cite: c, evidence: K, test: it_holds, on_unknown: presume_true}\n",
        "- {otherwise: true, requires: [too], gives: best}",
    )
    offense: dict[str, Any] = {"offense_code": "HS", "offense_section": "11358", "offense_is_readable": True}
    assert decide(law, **offense).trace == "TUU"


def test_a_later_criterion_asks_for_the_value_that_replaced_an_unknown() -> None:
    law = pack(
        criterion("charge.grade = 'F'", on_unknown="fail")
        + "- {id: too, says: s, cite: c, evidence: K, test: not it_holds}\n",
        "- {otherwise: true, requires: [too], gives: best}",
    )
    assert decide(law, grade=None).trace == "TfT"


@pytest.mark.parametrize(
    ("is_absent", "value", "letter"),
    [
        (True, None, "T"),
        (None, None, "U"),
        (None, True, "U"),
        (False, None, "U"),
        (False, True, "F"),
        (False, False, "T"),
    ],
)
def test_a_flag_is_absent_unknown_or_recorded(
    is_absent: bool | None, value: bool | None, letter: str
) -> None:
    law = pack(criterion("not fact.knew"), REQUIRED)
    assert decide(law, fact_knew=value, fact_knew_is_absent=is_absent).trace == f"T{letter}"


@pytest.mark.parametrize(("is_absent", "letter"), [(True, "T"), (None, "U"), (False, "F")])
def test_a_flag_is_null_where_it_is_absent(is_absent: bool | None, letter: str) -> None:
    for name in ("knew", "env_violation", "buyer_age"):
        law = pack(criterion(f"fact.{name} is null"), REQUIRED)
        assert decide(law, **dict[str, Any]({f"fact_{name}_is_absent": is_absent})).trace == f"T{letter}"


def test_of_an_offense_that_is_not_readable_only_code_and_section_are_known() -> None:
    law = pack(
        criterion("charge.offense.section = '11357' and charge.offense.code = 'HS'")
        + "- {id: too, says: s, cite: c, evidence: K, test: charge.offense.subdivisions = ''}\n"
        + "- {id: three, says: s, cite: c, evidence: K, test: not charge.offense.attempt}\n",
        SIMPLE,
    )
    offense: dict[str, Any] = {
        "offense_code": "HS",
        "offense_section": "11357",
        "offense_subdivisions": "",
        "offense_attempt": False,
    }
    assert decide(law, offense_is_readable=False, **offense).trace == "TTUU"
    assert decide(law, offense_is_readable=True, **offense).trace == "TTTT"


# ---- remedies


def test_the_first_row_that_holds_gives_the_result() -> None:
    law = pack(
        remedies="- {when: charge.grade = 'F', gives: least}\n- {when: charge.county = 'HERE', gives: best}\n- {otherwise: true, gives: none}"
    )
    assert answer(decide(law, grade="F")) == ("eligible", "least")
    assert answer(decide(law, grade="M")) == ("eligible", "best")
    assert answer(decide(law, grade="M", county="THERE")) == ("not_eligible", "none")
    assert answer(decide(law, grade=None)) == ("eligible", "at_least:least")
    assert answer(decide(law, grade=None, county="THERE")) == ("needs_review", "none")


AGES = "bands: {age: {of: age_at(charge.offense_on), from: [18, 21]}}"
BY_AGE = (
    "- {when: age >= 21, gives: best}\n- {when: age < 21, gives: least}\n- {otherwise: true, gives: none}"
)


def test_an_unknown_number_is_the_same_in_every_row() -> None:
    """Row by row "neither 21 or over, nor under 21" would look possible."""
    assert answer(decide(pack(remedies=BY_AGE, head=AGES))) == ("eligible", "at_least:least")


def test_a_comparison_asks_for_a_part_of_a_band_or_for_all_others() -> None:
    law = pack(
        remedies="- {when: not age < 18 and not age >= 21, gives: best}\n- {otherwise: true, gives: none}",
        head=AGES,
    )
    offense = exactly("offense", date(2010, 6, 1))
    assert decide(law, **offense, **exactly("birth", date(1990, 6, 1))).outcome == "eligible"
    assert decide(law, **offense, **exactly("birth", date(1989, 6, 1))).outcome == "not_eligible"
    assert decide(law, **offense, **exactly("birth", date(1992, 6, 2))).outcome == "not_eligible"


def test_a_band_that_does_not_apply_is_closed() -> None:
    head = "bands: {plants: {of: fact.plants, up_to: [6], applies: charge.grade = 'F'}}"
    law = pack(
        remedies="- {when: plants <= 6, gives: best}\n- {when: plants > 6, gives: least}\n- {otherwise: true, gives: none}",
        head=head,
    )
    assert answer(decide(law, grade="F", fact_plants=6.0)) == ("eligible", "best")
    assert answer(decide(law, grade="F", fact_plants=7.0)) == ("eligible", "least")
    assert answer(decide(law, grade="M", fact_plants=6.0)) == ("not_eligible", "none")
    assert answer(decide(law, grade="M")) == ("not_eligible", "none")
    unknown = decide(law, grade=None, fact_plants=6.0)
    assert answer(unknown) == ("needs_review", "none")
    assert said_by(law, unknown)["missing"] == ["charge.grade"]


def test_a_band_of_what_is_absent_is_closed() -> None:
    law = pack(
        remedies="- {when: buyer < 18, gives: least}\n- {when: buyer >= 18, gives: best}\n- {otherwise: true, gives: none}",
        head="bands: {buyer: {of: fact.buyer_age, from: [18]}}",
    )
    assert answer(decide(law, fact_buyer_age_is_absent=True)) == ("not_eligible", "none")
    assert answer(decide(law, fact_buyer_age_is_absent=None)) == ("needs_review", "none")
    assert answer(decide(law, fact_buyer_age_is_absent=False)) == ("eligible", "at_least:least")


def test_bands_of_codes_and_of_booleans_have_their_values() -> None:
    law = pack(
        remedies=(
            "- {when: conduct = 'sale' and tried, gives: least}\n- {when: conduct <> 'gift', gives: middle}\n"
            "- {when: conduct = 'gift', gives: best}\n- {otherwise: true, gives: none}"
        ),
        head="bands: {conduct: {of: fact.conduct, values: [sale, gift]}, tried: {of: charge.offense.attempt}}",
    )
    tried: dict[str, Any] = {"offense_attempt": True, "offense_is_readable": True}
    assert answer(decide(law, fact_conduct="sale", **tried)) == ("eligible", "least")
    assert answer(decide(law, fact_conduct="import", **tried)) == ("eligible", "middle")
    assert answer(decide(law, fact_conduct="gift", **tried)) == ("eligible", "best")
    assert answer(decide(law, fact_conduct=None, **tried)) == ("eligible", "at_least:least")
    assert answer(decide(law, fact_conduct="sale")) == ("eligible", "at_least:least")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (date(2020, 7, 1), ("eligible", "best")),
        (date(2020, 7, 2), ("eligible", "least")),
        (None, ("eligible", "at_least:least")),
    ],
)
def test_whoever_still_serves_gets_the_other_remedy(ends: date | None, expected: tuple[str, str]) -> None:
    law = pack(
        remedies="- {otherwise: true, gives: best, if_serving: least}",
        head="serving: charge.sentence_ends_on > as_of",
    )
    decision = decide(law, sentence_ends_earliest=ends, sentence_ends_latest=ends)
    assert answer(decision) == expected
    assert said_by(law, decision)["missing"] == ([] if ends else ["charge.sentence_ends_on"])


@pytest.mark.parametrize(("gives", "expected"), [("review", "none"), ("refer", "refer")])
def test_a_row_can_give_a_review(gives: str, expected: str) -> None:
    law = pack(remedies=f"- {{when: charge.grade = 'F', gives: {gives}}}\n- {{otherwise: true, gives: best}}")
    assert answer(decide(law, grade="F")) == ("needs_review", expected)
    assert answer(decide(law, grade=None)) == ("needs_review", "none")


def test_a_bar_beats_time_and_time_beats_nothing() -> None:
    law = pack(
        "- {id: bar, says: s, cite: c, evidence: K, test: charge.grade = 'F'}\n"
        "- {id: time, says: s, cite: c, evidence: K, test: charge.grade_after = 'F', when_false: not_yet}\n",
        "- {when: fact.conduct = 'gift', gives: no_change}\n- {otherwise: true, requires: [bar, time], gives: best}",
    )
    sale: dict[str, Any] = {"fact_conduct": "sale"}
    assert answer(decide(law, grade="M", grade_after="M", **sale)) == ("not_eligible", "none")
    assert answer(decide(law, grade="F", grade_after="M", **sale)) == ("not_yet", "none")
    assert answer(decide(law, grade="F", grade_after=None, **sale)) == ("needs_review", "none")
    assert answer(decide(law, grade=None, grade_after="M", **sale)) == ("not_yet", "none")
    assert answer(decide(law, grade="F", grade_after="M")) == ("not_yet", "none")
    assert answer(decide(law, grade="M", grade_after="F")) == ("not_eligible", "none")


# ---- history


def asking(question: str, test: str) -> Pack:
    return pack(criterion(test), REQUIRED, head=f"history: {{asked: {{{question}}}}}")


EARLIER = (
    "any: convictions, where: other.convicted_on < this.convicted_on and other.grade = 'F', within: state"
)


def prior(charge_id: str = "P", grade: str | None = "F", **columns: Any) -> dict[str, Any]:
    return charge(charge_id, **{**exactly("convicted", date(2005, 1, 1)), "grade": grade, **columns})


@pytest.mark.parametrize(
    ("columns", "letter"),
    [
        ({}, "F"),
        ({"grade": "M"}, "T"),
        ({"grade": None}, "U"),
        ({"state": "NV"}, "T"),
        ({"state": None}, "U"),
        ({"kind": "charge"}, "T"),
        ({"convicted_earliest": None, "convicted_latest": None}, "T"),
        ({"convicted_earliest": date(2010, 1, 1), "convicted_latest": date(2010, 1, 1)}, "T"),
        ({"convicted_earliest": None}, "F"),
        ({"convicted_latest": date(2010, 1, 1)}, "U"),
        ({"convicted_latest": None}, "U"),
    ],
)
def test_a_question_is_answered_by_every_record_that_counts(columns: dict[str, Any], letter: str) -> None:
    law = asking(EARLIER, "not history.asked")
    decision = decide(law, prior(**columns))
    assert decision.trace == f"T{letter}"
    assert decision.witnesses == (None if letter == "T" else ("P",))


def test_the_charge_itself_is_not_its_own_history_unless_it_is_said() -> None:
    question = "count: convictions, where: true, within: anywhere"
    assert decide(asking(question, "history.asked = 0")).trace == "TT"
    assert decide(asking(f"{question}, includes_this: true", "history.asked = 1")).trace == "TT"


@pytest.mark.parametrize("within", ["same_case", "same_cycle", "same_county"])
def test_a_question_can_be_kept_within(within: str) -> None:
    column = {"same_case": "case_id", "same_cycle": "cycle_id", "same_county": "county"}[within]
    law = asking(f"any: charges, where: true, within: {within}", "not history.asked")
    assert decide(law, charge("P", **{column: charge()[column]})).trace == "TF"
    assert decide(law, charge("P", **{column: "another"})).trace == "TT"


def test_a_record_that_was_convicted_later_is_no_conviction_yet() -> None:
    law = asking("any: convictions, where: true, within: anywhere", "not history.asked")
    later = charge("P", **exactly("convicted", date(2020, 7, 2)))
    assert decide(law, later).trace == "TT"
    assert decide(law, later).recheck_on == date(2020, 7, 2)
    assert decide(law, later, as_of=date(2020, 7, 2)).trace == "TF"


def test_a_count_lies_between_what_counts_and_what_may() -> None:
    law = asking("count: convictions, where: other.grade = 'F', within: anywhere", "history.asked < 2")
    assert decide(law, prior("A"), prior("B", grade=None)).trace == "TU"
    assert decide(law, prior("A"), prior("B", grade="M")).trace == "TT"
    decision = decide(law, prior("C", grade=None), prior("B"), prior("A"))
    assert decision.trace == "TF"
    # The two that prove it, certain ones first, and of one day by their ids.
    assert decision.witnesses == ("A", "B")


def test_a_record_that_counts_for_certain_proves_more_than_an_earlier_one_that_may() -> None:
    law = asking("any: convictions, where: other.grade = 'F', within: anywhere", "not history.asked")
    undated: dict[str, Any] = {"convicted_earliest": None, "convicted_latest": AS_OF}
    earlier = prior("A", grade=None, **exactly("convicted", date(1999, 1, 1)))
    assert decide(law, earlier, prior("B")).witnesses == ("B",)
    assert decide(law, prior("A", **undated), prior("B")).witnesses == ("B",)
    assert decide(law, earlier, prior("B", grade="M")).witnesses == ("A",)


def test_a_count_can_be_of_cases() -> None:
    question = "count: convictions, distinct: case_id, where: true, within: anywhere"
    law = asking(question, "history.asked < 2")
    assert decide(law, prior("A", case_id="X"), prior("B", case_id="X")).trace == "TT"
    assert decide(law, prior("A", case_id="X"), prior("B", case_id="Y")).trace == "TF"
    assert decide(law, prior("A", case_id=None), prior("B", case_id=None)).trace == "TU"


def test_the_latest_day_is_widened_by_what_may_count() -> None:
    question = "latest: convictions, of: other.convicted_on, where: other.grade = 'F', within: anywhere"
    law = asking(question, "history.asked < date '2006-01-01'")
    late = exactly("convicted", date(2008, 1, 1))
    assert decide(law, prior("A")).trace == "TT"
    assert decide(law, prior("A"), prior("B", **late)).trace == "TF"
    assert decide(law, prior("A"), prior("B", grade=None, **late)).trace == "TU"
    assert decide(law, prior("A", grade="M")).trace == "TF"  # absent: no comparison with it holds
    assert decide(law, prior("A", grade=None)).trace == "TU"


def test_the_earliest_day_is_widened_the_other_way() -> None:
    question = "earliest: convictions, of: other.convicted_on, where: other.grade = 'F', within: anywhere"
    law = asking(question, "history.asked > date '2004-01-01'")
    early = exactly("convicted", date(2001, 1, 1))
    assert decide(law, prior("A")).trace == "TT"
    assert decide(law, prior("A"), prior("B", **early)).trace == "TF"
    assert decide(law, prior("A"), prior("B", grade=None, **early)).trace == "TU"


def test_no_record_is_a_day_that_is_null() -> None:
    law = asking(
        "latest: arrests, of: other.arrested_on, where: true, within: anywhere", "history.asked is null"
    )
    assert decide(law).trace == "TT"
    assert decide(law, charge("P", kind="arrest")).trace == "TF"


# ---- days


WAITING = "- {id: it_holds, says: s, cite: c, evidence: K, wait: {from: charge.disposed_on, years: parameters.years}}\n"
YEARS = "years: {says: s, values: [{from: 2000-01-01, is: 10, cite: c, evidence: K}, {from: 2024-01-01, is: 7, cite: c, evidence: K}]}"


@pytest.mark.parametrize(
    ("disposed", "expected", "eligible_on", "recheck_on"),
    [
        (date(2010, 7, 1), ("eligible", "best"), date(2020, 7, 1), date(2024, 1, 1)),
        (date(2010, 7, 2), ("not_yet", "none"), date(2020, 7, 2), date(2020, 7, 2)),
        (date(2015, 7, 2), ("not_yet", "none"), date(2025, 7, 2), date(2024, 1, 1)),
        (None, ("needs_review", "none"), None, date(2024, 1, 1)),
    ],
)
def test_a_wait_has_a_day(
    disposed: date | None, expected: tuple[str, str], eligible_on: date | None, recheck_on: date
) -> None:
    decision = decide(
        pack(WAITING, REQUIRED, parameters=YEARS), disposed_earliest=disposed, disposed_latest=disposed
    )
    assert answer(decision) == expected
    assert (decision.eligible_on, decision.recheck_on) == (eligible_on, recheck_on)


def test_a_wait_from_a_day_that_is_not_exact_has_none() -> None:
    law = pack(WAITING, REQUIRED, parameters=YEARS)
    decision = decide(law, disposed_earliest=date(2015, 1, 1), disposed_latest=date(2015, 12, 31))
    assert (answer(decision), decision.eligible_on) == (("not_yet", "none"), None)


def test_a_wait_from_what_may_not_have_happened_is_unknown() -> None:
    law = pack(WAITING, REQUIRED, parameters=YEARS)
    decision = decide(law, disposed_earliest=date(2015, 1, 1), disposed_latest=date(2021, 1, 1))
    assert (decision.trace, answer(decision), decision.eligible_on) == ("TU", ("needs_review", "none"), None)


def test_a_wait_that_may_not_apply_has_no_day() -> None:
    applying = WAITING.replace("wait:", "applies: charge.grade = 'F', wait:")
    law = pack(applying, REQUIRED, parameters=YEARS)
    disposed = exactly("disposed", date(2009, 1, 1))
    assert decide(law, grade="F", **disposed).eligible_on == date(2019, 1, 1)
    assert decide(law, grade="M", **disposed).eligible_on is None
    unknown = decide(law, grade=None, **disposed)
    assert (unknown.trace, unknown.outcome, unknown.eligible_on) == ("TT", "eligible", None)


@pytest.mark.parametrize(
    ("test", "days"),
    [
        ("charge.charged_on <= as_of", [date(2020, 8, 1)]),
        ("charge.charged_on > as_of", [date(2020, 8, 1)]),
        ("charge.charged_on < as_of", [date(2020, 8, 2)]),
        ("charge.charged_on >= as_of", [date(2020, 8, 2)]),
        ("as_of >= charge.charged_on", [date(2020, 8, 1)]),
        ("as_of > charge.charged_on", [date(2020, 8, 2)]),
        ("charge.charged_on = as_of", [date(2020, 8, 1), date(2020, 8, 2)]),
        ("charge.charged_on <> as_of", [date(2020, 8, 1), date(2020, 8, 2)]),
    ],
)
def test_a_comparison_is_to_be_asked_again_on_the_days_on_which_it_turns(test: str, days: list[date]) -> None:
    law = pack(criterion(test), REQUIRED)
    as_of, found = AS_OF, []
    while (decision := decide(law, as_of=as_of, **exactly("charged", date(2020, 8, 1)))).recheck_on:
        as_of = decision.recheck_on
        found.append(as_of)
    assert found == days
    # Between these days nothing changes, and on each of them something does.
    traces = [decide(law, as_of=day, **exactly("charged", date(2020, 8, 1))).trace for day in [AS_OF, *days]]
    assert all(one != other for one, other in pairwise(traces))


def test_an_event_that_is_to_come_is_to_be_asked_again() -> None:
    law = pack(criterion("charge.set_aside_on is null"), REQUIRED)
    decision = decide(law, set_aside_earliest=date(2020, 6, 1), set_aside_latest=date(2020, 9, 1))
    assert (decision.trace, decision.recheck_on) == ("TU", date(2020, 9, 1))


def test_a_record_that_never_changes_needs_no_other_look() -> None:
    assert decide(pack(remedies=SIMPLE)).recheck_on is None


# ---- reasons and what is missing


def test_the_reason_is_that_of_the_row_at_which_reading_stopped() -> None:
    law = pack(
        remedies=(
            "- {when: charge.grade = 'F', gives: best, reason: the first}\n"
            "- {when: charge.county = 'HERE', gives: best, reason: the second}\n"
            "- {otherwise: true, gives: least, reason: the last}"
        )
    )
    assert decide(law, grade="F").reason == "the first"
    assert decide(law, grade=None).reason == "the second"
    assert (
        decide(law, grade=None, county="THERE").remedy,
        decide(law, grade=None, county="THERE").reason,
    ) == (
        "at_least:least",
        "the last",
    )


def test_missing_tells_the_unknown_facts_of_what_is_open_alone() -> None:
    law = pack(
        criterion("charge.grade = 'F' or charge.grade_after = 'F'")
        + '- {id: too, says: s, cite: c, evidence: K, test: "charge.arrested_on < as_of"}\n',
        REQUIRED,
    )
    open_one = decide(law, **exactly("arrest", date(2009, 1, 1)))
    assert said_by(law, open_one)["missing"] == ["charge.grade", "charge.grade_after"]
    assert decide(law, grade="F").missing is None


def test_a_when_that_is_open_tells_its_unknown_facts() -> None:
    law = pack(remedies="- {when: charge.grade = 'F', gives: least}\n- {otherwise: true, gives: best}")
    assert said_by(law, decide(law))["missing"] == ["charge.grade"]
    assert said_by(law, decide(law, grade="F"))["missing"] == []


# ---- a person with more records than one can have


@pytest.mark.parametrize(
    ("question", "test"),
    [
        ("any: convictions, where: other.grade = 'F', within: anywhere", "history.asked"),
        ("any: convictions, where: other.grade = 'F', within: anywhere", "not history.asked"),
        ("all: convictions, where: other.grade = 'F', within: anywhere", "history.asked"),
        ("count: convictions, where: other.grade = 'F', within: anywhere", "history.asked < 1"),
        (
            "latest: convictions, of: other.convicted_on, where: true, within: anywhere",
            "history.asked < as_of",
        ),
        (
            "latest: convictions, of: other.convicted_on, where: true, within: anywhere",
            "history.asked is null",
        ),
    ],
)
def test_of_a_crowded_person_no_answer_of_history_is_known(question: str, test: str) -> None:
    law = asking(question, test)
    other = charge("other", grade="F")
    assert decide(law, other).trace in ("TT", "TF")
    found = decide(law, {**other, "is_crowded": True}, is_crowded=True)
    assert (found.trace, found.witnesses) == ("TU", None)


@pytest.mark.parametrize(
    ("question", "test"),
    [
        ("any: convictions, where: other.sentence_ends_on < as_of, within: anywhere", "history.asked"),
        ("any: grants, first_by: convicted_on, where: true, within: anywhere", "not history.asked"),
    ],
)
def test_no_day_of_another_record_makes_anything_known_of_a_crowded_person(question: str, test: str) -> None:
    served = '- {id: is_served, says: s, cite: c, evidence: K, test: "charge.sentence_ends_on < as_of"}\n'
    law = pack(criterion(test) + served, REQUIRED, head=f"history: {{asked: {{{question}}}}}")
    other = charge("other", **exactly("sentence_ends", date(2050, 1, 1)))
    own = exactly("sentence_ends", date(2010, 1, 1))
    assert decide(law, other, **own).recheck_on == date(2050, 1, 2)
    assert decide(law, {**other, "is_crowded": True}, is_crowded=True, **own).recheck_on is None
