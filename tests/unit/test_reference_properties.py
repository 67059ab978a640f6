"""What must hold of every decision, on random people: facts that are filled in, and the order of rows."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clear_record.configuration import conf_folders
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.law.reference import Decision, decide_person, evaluate
from tests.strategies import CALIFORNIA, INVENTED_STATE, Rows, World, filled_in, people, random_people

OPTIONS: Mapping[str, Any] = {
    "dismissed_sections": ["11357"],
    "reduced_sections": ["11358", "11359"],
    "relieves_under_21": True,
    "age_years": 50,
    "years_since_conviction": 10,
    "years_without_conviction": 7,
    "relieves_only_cannabis": True,
    "relieves_deceased": True,
}
WORLDS: dict[str, World] = {
    "us_ca/prop64": CALIFORNIA,
    "us_ca/office_policy": CALIFORNIA,
    "us_zz/older_offenses": INVENTED_STATE,
    "us_zz/relief_on_request": INVENTED_STATE,
}


@cache
def pack(name: str) -> Pack:
    folders = find_packs([*conf_folders(), Path(__file__).resolve().parents[1]])
    return load_pack(folders[name], OPTIONS if name == "us_ca/office_policy" else None)


def is_presumed(decision: Decision) -> bool:
    return any(letter in "tf" for letter in decision.trace)


@pytest.mark.parametrize("name", sorted(WORLDS))
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_rows_does_not_matter(name: str, data: st.DataObject) -> None:
    rows, as_of = data.draw(people(WORLDS[name]))
    assume(len(rows) > 1)
    shuffled = data.draw(st.permutations(rows))
    assert decide_person(pack(name), shuffled, as_of) == decide_person(pack(name), rows, as_of)


def flips(name: str, rows: Rows, as_of: date, filled: Rows) -> list[str]:
    """Charges whose relief was certain, or certainly none, and is not any more."""
    found = []
    for row in rows:
        before = evaluate(pack(name), rows, row["charge_id"], as_of)
        after = evaluate(pack(name), filled, row["charge_id"], as_of)
        if before is None or before.outcome == "needs_review" or is_presumed(before):
            continue
        if (before.outcome == "eligible") != (after is not None and after.outcome == "eligible"):
            found.append(f"{row['charge_id']}: {before} became {after}")
    return found


@pytest.mark.parametrize("name", sorted(WORLDS))
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_fact_that_is_filled_in_settles_and_never_turns_a_decision(name: str, data: st.DataObject) -> None:
    rows, as_of = data.draw(people(WORLDS[name]))
    filled = filled_in(lambda options: data.draw(st.sampled_from(options)), rows)
    assume(filled is not None)
    assert filled is not None
    assert flips(name, rows, as_of, filled) == []


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_of_many_people_no_decision_is_turned_either(name: str) -> None:
    random = Random(20161109)
    for rows, as_of in random_people(150, seed=20161109, world=WORLDS[name]):
        filled = filled_in(random.choice, rows)
        if filled is not None:
            assert flips(name, rows, as_of, filled) == []


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_decisions_keep_to_their_form(name: str) -> None:
    law = pack(name)
    remedies = {"none", "no_change", "refer", *law.ladder, *(f"at_least:{each}" for each in law.ladder)}
    for rows, as_of in random_people(150, seed=64, world=WORLDS[name]):
        for charge_id, decision in decide_person(law, rows, as_of).items():
            assert decision.remedy in remedies
            assert len(decision.trace) == len(law.criteria)
            assert (decision.outcome == "eligible") == (
                decision.remedy.removeprefix("at_least:") in law.ladder
            )
            assert decision.recheck_on is None or decision.recheck_on > as_of
            assert decision.missing is None or 0 < decision.missing < 1 << len(law.facts)
            assert decision.witnesses is None or len(set(decision.witnesses)) == len(decision.witnesses) > 0
            if decision.outcome == "eligible":
                assert decision.eligible_on is None or decision.eligible_on <= as_of
                assert decision.witnesses is None
            if decision.outcome == "not_yet":
                assert decision.eligible_on is None or decision.eligible_on > as_of
            assert charge_id not in (decision.witnesses or ()) or law.name == "us_zz/older_offenses"
