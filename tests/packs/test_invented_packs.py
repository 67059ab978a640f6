"""The laws of the invented state decide their own cases as they say, on the reference evaluator; Spark's are in tests/spark."""

from pathlib import Path

import pytest

from clear_record.law.cases import read_cases
from clear_record.law.pack_reader import find_packs
from clear_record.law.pack_tests import run

INVENTED = find_packs([Path(__file__).resolve().parents[1]])


@pytest.mark.parametrize("name", sorted(INVENTED))
def test_every_case_of_an_invented_law_is_decided_as_it_says(name: str) -> None:
    cases = read_cases(INVENTED[name])
    assert len(cases) > 0
    assert {each.id: each.differences for each in run(cases) if not each.has_passed} == {}
