"""The random packs and people themselves: the reader takes each pack, and all that the law language allows comes out."""

from collections.abc import Iterator
from functools import cache
from random import Random

from hypothesis import HealthCheck, given, settings

from clear_record.law.expressions import (
    AS_OF,
    And,
    Arithmetic,
    BandIs,
    Call,
    Choice,
    Compare,
    Expression,
    In,
    IsNull,
    Literal,
    Name,
    Not,
    Or,
    walk,
)
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import MOST_COMBINATIONS, MOST_FACTS, NO_REMEDIES, pack_of
from clear_record.law.person import COLUMNS
from clear_record.law.vocabulary import VOCABULARY, Type
from tests.random_packs import packs, random_texts
from tests.strategies import ALL_STATES, SOURCES, random_people, with_sources


@given(packs())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_the_reader_takes_every_random_pack(pack: Pack) -> None:
    combinations = 1
    for band in pack.bands.values():
        combinations *= band.parts_count
    assert combinations <= MOST_COMBINATIONS
    assert len(pack.facts) <= MOST_FACTS
    assert pack.criteria[0].id == "record_is_complete"


@cache
def many_packs() -> list[Pack]:
    return [pack_of(random_texts(Random(seed).choice, "us_zz/random")) for seed in range(500)]


def expressions() -> Iterator[Expression]:
    for pack in many_packs():
        yield from (*pack.expressions, *pack.asked_of_history)


def nodes() -> Iterator[Expression]:
    return (node for expression in expressions() for node in walk(expression))


def test_every_name_of_the_vocabulary_is_asked_of_this_charge_and_of_others() -> None:
    entries = {"this": set[str](), "other": set[str]()}
    for node in nodes():
        if isinstance(node, Name) and node.entry is not None:
            entries["other" if node.scope == "other" else "this"].add(node.entry.name)
    assert entries["this"] == {*VOCABULARY}
    assert entries["other"] == {name for name, entry in VOCABULARY.items() if not entry.is_of_person}


def test_every_form_of_an_expression_is_said() -> None:
    said = {*nodes()}
    kinds = {type(node) for node in said}
    assert kinds == {Literal, Name, And, Or, Not, Compare, In, IsNull, Arithmetic, Call, Choice, BandIs}
    shifts = {"years_after", "years_before", "months_after", "days_after"}
    assert {node.function for node in said if isinstance(node, Call)} == shifts | {
        "later_of",
        "earlier_of",
        "age_at",
    }
    compared = {
        (node.operator, AS_OF in (node.left, node.right)) for node in said if isinstance(node, Compare)
    }
    assert compared == {
        (operator, beside) for operator in ("=", "<>", "<", "<=", ">", ">=") for beside in (True, False)
    }
    scopes = {"as_of", "charge", "criterion", "fact", "history", "offenses", "other", "parameters", "subject"}
    assert {node.scope for node in said if isinstance(node, Name)} == scopes
    parameters = {node.type for node in said if isinstance(node, Name) and node.scope == "parameters"}
    assert parameters == {Type.NUMBER, Type.BOOLEAN, Type.CODE, Type.CODES}


def test_every_part_of_a_pack_is_written() -> None:
    written = many_packs()
    questions = [each for pack in written for each in pack.questions.values()]
    asked = {(each.ask, each.kind) for each in questions}
    kinds = ("convictions", "charges", "arrests")
    plain = {(ask, kind) for ask in ("any", "all", "count", "latest", "earliest") for kind in kinds}
    assert asked == plain | {("any", "grants"), ("count", "grants")}
    assert {each.within for each in questions} == {
        "same_case",
        "same_cycle",
        "same_county",
        "state",
        "anywhere",
    }
    assert {each.distinct for each in questions} == {"charge_id", "case_id", "cycle_id"}
    assert {each.includes_this for each in questions} == {True, False}
    criteria = [each for pack in written for each in pack.criteria]
    assert {each.on_unknown for each in criteria} == {"review", "presume_true", "no_indication", "fail"}
    assert {each.covered_by for each in criteria} == {None, *SOURCES}
    assert {each.when_false for each in criteria if each.wait is None} == {"not_eligible", "not_yet"}
    waits = [each.wait for each in criteria if each.wait is not None]
    assert {(each.unit, each.restarts_on is None) for each in waits} == {
        (unit, is_alone) for unit in ("years", "months", "days") for is_alone in (True, False)
    }
    assert any(each.applies and each.wait for each in criteria)
    assert any(each.applies and each.unsettled for each in criteria)
    bands = [each for pack in written for each in pack.bands.values()]
    assert {(each.cuts.type, each.cuts.cut_is_above) for each in bands if each.cuts.cuts} == {
        (type, above) for type in (Type.NUMBER, Type.DATE) for above in (True, False)
    }
    assert {Type.CODE, Type.BOOLEAN} < {each.cuts.type for each in bands}
    assert {each.applies is None for each in bands} == {True, False}
    rows = [each for pack in written for each in pack.rows]
    assert {each.gives for each in rows} > {*NO_REMEDIES}
    assert any(each.if_serving for each in rows)
    assert {len(pack.bands) for pack in written} >= {0, 1, 2, 3, 6}


def test_the_law_changes_by_date_and_is_past_present_and_to_come() -> None:
    written = many_packs()
    periods = {(pack.in_force.begins_on is None, pack.in_force.ends_on is None) for pack in written}
    assert len(periods) == 4
    entries = [each for pack in written for listed in pack.lists.values() for each in listed.entries]
    assert {each.is_certain for each in entries} == {True, False}
    assert {(each.entry.attempts, each.entry.conspiracies, each.entry.completed) for each in entries} >= {
        (False, False, True),
        (True, False, False),
        (False, True, False),
        (True, True, True),
    }
    assert {"HS", "PC", "PA", "MN", "NJ", "NY", "IL"} <= {each.entry.code for each in entries}
    assert any(each.entry.is_chapter for each in entries)
    assert any(pack.lenders for pack in written)
    for periods_of in (
        {(each.period.begins_on is None, each.period.ends_on is None) for each in entries},
        {
            (value.period.begins_on is None, value.period.ends_on is None)
            for pack in written
            for parameter in pack.parameters.values()
            for value in parameter.values
        },
    ):
        assert len(periods_of) == 4
    assert max(len(pack.facts) for pack in written) > 32


def test_everything_that_a_pack_may_ask_is_recorded_of_some_and_unknown_of_others() -> None:
    choose = Random(1).choice
    rows = [row for person, _ in random_people(400, 1, ALL_STATES) for row in with_sources(choose, person)]
    asked = {column for entry in VOCABULARY.values() for column in entry.columns}
    assert asked <= {*COLUMNS}
    assert {column for column in asked if all(row[column] is None for row in rows)} == set()
    always = {"charge_id", "cycle_id", "kind", "is_held", "is_understood"}
    assert {column for column in asked if all(row[column] is not None for row in rows)} == always
    assert {kind for row in rows for kind in row["covered"]} == {*SOURCES}
