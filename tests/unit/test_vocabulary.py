"""The vocabulary: every name says its columns, its unit and what its absence means, and a row has a place for each."""

import pytest

from clear_record.law.person import COLUMNS
from clear_record.law.vocabulary import FACTS, VOCABULARY, Absence, Entry, Type
from clear_record.tables import BOOLEAN, DATE, DOUBLE, STRING


@pytest.mark.parametrize("entry", VOCABULARY.values(), ids=lambda entry: entry.name)
def test_a_row_has_the_columns_of_every_name(entry: Entry) -> None:
    assert set(entry.columns) <= set(COLUMNS)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_the_columns_of_a_fact_are_of_its_type_and_say_its_absence(fact: Entry) -> None:
    types = [COLUMNS[column] for column in fact.columns]
    if fact.type is Type.DATE:
        assert types == [DATE, DATE]
        return
    assert types[0] == {Type.NUMBER: DOUBLE, Type.BOOLEAN: BOOLEAN, Type.CODE: STRING}[fact.type]
    assert types[1:] == ([BOOLEAN] if fact.absence is Absence.NONE else [])


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_a_fact_says_its_source_and_its_unit(fact: Entry) -> None:
    assert fact.coverage == (
        "pending_charge" if fact.name == "subject.has_pending_charge" else f"fact:{fact.short_name}"
    )
    assert (fact.unit is not None) == (fact.type is Type.NUMBER)


def test_facts_are_told_apart_by_their_short_names() -> None:
    """The table of facts has one column of names, for those of charges and of persons."""
    assert len({fact.short_name for fact in FACTS}) == len(FACTS)


def test_a_day_of_a_fact_is_an_event_if_it_can_be_absent() -> None:
    assert VOCABULARY["fact.released_on"].is_event
    assert not VOCABULARY["fact.sentenced_on"].is_event
    assert VOCABULARY["fact.released_on"].columns == ("fact_released_earliest", "fact_released_latest")
