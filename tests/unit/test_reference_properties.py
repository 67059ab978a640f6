"""What must hold of every decision (`tests.invariants`): on random people under the laws that are shipped, the invented ones, and random packs.

scripts/compare_evaluators --invariants asks the same of more.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clear_record.configuration import conf_folders
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack
from tests.invariants import INVARIANTS, Invariant, broken
from tests.random_packs import packs
from tests.strategies import (
    ALL_STATES,
    CALIFORNIA,
    INVENTED_STATE,
    Rows,
    people,
    random_people,
    with_sources,
)
from tests.worlds import crowd, world_of

FOLDERS = find_packs([*conf_folders(), Path(__file__).resolve().parents[1]])
OPTIONS: dict[str, Any] = {
    "dismissed_sections": ["11357"],
    "reduced_sections": ["11358", "11359"],
    "relieves_under_21": True,
    "age_years": 50,
    "years_since_conviction": 10,
    "years_without_conviction": 7,
    "relieves_only_cannabis": True,
    "relieves_deceased": True,
}
PEOPLE = 12


@cache
def pack(name: str) -> Pack:
    return load_pack(FOLDERS[name], OPTIONS if name == "us_ca/office_policy" else None, FOLDERS)


def some_people(law: Pack, seed: int) -> list[tuple[Rows, Any]]:
    """People of the law's state."""
    state, choose = law.name[:5], Random(seed).choice
    if state not in ("us_ca", "us_zz"):
        return crowd([world_of([law])], PEOPLE, seed)
    world = CALIFORNIA if state == "us_ca" else INVENTED_STATE
    return [(with_sources(choose, rows), as_of) for rows, as_of in random_people(PEOPLE, seed, world)]


@pytest.mark.parametrize("name", sorted(FOLDERS))
def test_what_must_hold_of_every_decision_holds_under_a_law(name: str) -> None:
    seed = SystemRandom().randrange(2**32)
    choose = Random(seed).choice
    for rows, as_of in some_people(pack(name), seed):
        assert broken(pack(name), rows, as_of, choose) == [], f"seed {seed}, as of {as_of}: {rows}"


def drawing(data: st.DataObject) -> Callable[[Any], Any]:
    return lambda options: data.draw(st.sampled_from(options))


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda each: each.__name__)
@given(law=packs(), person=people(ALL_STATES), data=st.data())
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
def test_what_must_hold_of_every_decision_holds_under_random_packs(
    invariant: Invariant, law: Pack, person: tuple[Rows, Any], data: st.DataObject
) -> None:
    rows, as_of = person
    choose = drawing(data)
    assert broken(law, with_sources(choose, rows), as_of, choose, [invariant]) == []
