"""What would change: the places at which a decision turns, and what holds between them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from clear_record.audit.explain.supposing import Supposed, missing_names, supposed
from clear_record.law.expressions import Name
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import pack_of
from clear_record.law.reference import Evaluation, evaluate
from clear_record.law.vocabulary import Type
from tests.random_packs import random_texts
from tests.small_laws import charge, small_law
from tests.strategies import ALL_STATES, Rows, random_people, with_sources

AS_OF = date(2020, 7, 1)
REQUIRED = ({"otherwise": "true", "gives": "seal", "requires": ["it"]},)


def evaluation(pack: Pack, rows: Rows, as_of: date = AS_OF) -> Evaluation:
    found = Evaluation(pack, rows, rows[0], as_of, frozenset(rows[0]["covered"]))
    assert found.is_decided
    found.decision()
    return found


def values(test: str, name: str, **columns: Any) -> list[tuple[str, str]]:
    """The values of a fact and their outcomes, where a remedy requires a test."""
    found = evaluation(small_law({"it": {"test": test}}, REQUIRED), [charge(**columns)])
    (asked,) = [each for each in missing_names(found) if f"{each.scope}.{each.name}" == name]
    return [(each.values, each.outcome) for each in supposed(found, asked)]


def test_a_quantity_is_cut_at_the_limit_of_the_law() -> None:
    assert values("fact.cannabis_g <= 28.5", "fact.cannabis_g") == [
        ("at most 28.5 g", "eligible"),
        ("more than 28.5 g", "not_eligible"),
    ]
    assert values("fact.cannabis_g < 28.5 and not fact.cannabis_g = 4", "fact.cannabis_g") == [
        ("under 4 g", "eligible"),
        ("4 g", "not_eligible"),
        ("more than 4 and under 28.5 g", "eligible"),
        ("at least 28.5 g", "not_eligible"),
    ]


def test_a_day_is_cut_where_a_comparison_turns_within_what_the_record_leaves_open() -> None:
    test = "years_after(charge.sentence_ends_on, 3) <= as_of"
    ends = {"sentence_ends_earliest": date(2016, 1, 1), "sentence_ends_latest": date(2018, 1, 1)}
    assert values(test, "charge.sentence_ends_on", **ends) == [
        ("on or before 2017-07-01", "eligible"),
        ("from 2017-07-02 to 2018-01-01", "not_eligible"),
    ]
    assert values(test, "charge.sentence_ends_on") == [
        ("on or before 2017-07-01", "eligible"),
        ("on or after 2017-07-02", "not_eligible"),
    ]


def test_an_event_may_not_have_happened_and_happens_by_the_day_of_the_decision() -> None:
    assert values(
        "fact.pardoned_on > date '2010-01-01'", "fact.pardoned_on", fact_pardoned_earliest=date.min
    ) == [
        ("none by that day", "not_eligible"),
        ("on or before 2010-01-01", "not_eligible"),
        ("from 2010-01-02 to 2020-07-01", "eligible"),
    ]


def test_a_code_is_what_the_law_compares_it_with_and_anything_else() -> None:
    assert values("charge.grade in ('M', 'I') and not charge.grade = 'I'", "charge.grade") == [
        ("M", "eligible"),
        ("I or anything else", "not_eligible"),
    ]


def test_a_flag_is_yes_or_no() -> None:
    assert values("not fact.active_warrant", "fact.active_warrant") == [
        ("yes", "not_eligible"),
        ("no", "eligible"),
    ]


def test_an_offense_that_cannot_be_read_may_stand_on_a_list_or_on_none() -> None:
    pack = small_law(
        {"it": {"test": "not charge.offense in offenses.serious"}},
        REQUIRED,
        offenses={"serious": {"says": "s", "cite": "c", "evidence": "C", "certain": ["PC 187", "PC 211"]}},
    )
    unread: dict[str, Any] = {"offense_code": None, "offense_section": None, "offense_is_readable": False}
    found = evaluation(pack, [charge(**unread)])
    (asked,) = missing_names(found)
    assert [(each.values, each.outcome) for each in supposed(found, asked)] == [
        ("on the list serious, as PC 187", "not_eligible"),
        ("on none of the lists", "eligible"),
    ]


def test_an_answer_of_the_record_is_supposed_where_another_record_leaves_it_open() -> None:
    history = {"earlier": {"count": "convictions", "where": "other.grade = 'F'", "within": "anywhere"}}
    pack = small_law({"it": {"test": "history.earlier < 2"}}, REQUIRED, history=history)
    found = evaluation(
        pack, [charge("A"), *[charge(id, grade=None, convicted_on=date(2001, 1, 1)) for id in "BCD"]]
    )
    (asked,) = missing_names(found)
    assert [(each.values, each.outcome) for each in supposed(found, asked)] == [
        ("at most 1", "eligible"),
        ("from 2 to 3", "not_eligible"),
    ]


def test_what_is_still_missing_is_named() -> None:
    test = "fact.cannabis_g <= 28.5 and charge.grade = 'M'"
    found = evaluation(small_law({"it": {"test": test}}, REQUIRED), [charge(grade=None)])
    first, _ = missing_names(found)
    assert [(each.outcome, each.missing) for each in supposed(found, first)] == [
        ("needs_review", ("charge.grade",)),
        ("not_eligible", ()),
    ]


@pytest.mark.parametrize("number", range(12))
def test_what_is_said_of_a_range_of_days_holds_on_every_day_of_it(number: int) -> None:
    random = Random(number)
    pack = pack_of(random_texts(random.choice, f"us_zz/random_{number}"))
    people = random_people(50, number, ALL_STATES)
    for rows, as_of in [(with_sources(random.choice, rows), as_of) for rows, as_of in people]:
        found = Evaluation(pack, rows, rows[0], as_of, frozenset(rows[0]["covered"]))
        if not found.is_decided:
            continue
        found.decision()
        for name in missing_names(found):
            for each in supposed(found, name):
                # A range of several results stays open, and one of at least a remedy may be a better one.
                is_certain = each.outcome != "needs_review" and not each.remedy.startswith("at_least:")
                for decided in _within(random, found, name, each):
                    assert not is_certain or decided == (each.outcome, each.remedy), (pack.name, name, each)


def _within(random: Random, found: Evaluation, name: Name, each: Supposed) -> Iterator[tuple[str, str]]:
    """The decisions on days of a range: its ends, and one between."""
    if name.type is not Type.DATE or name.entry is None or each.low is None:
        return
    assert isinstance(each.low, date)
    assert isinstance(each.high, date)
    for day in {each.low, each.high, each.low + timedelta(random.randint(0, (each.high - each.low).days))}:
        known = dict.fromkeys(name.entry.columns, day)
        rows = [
            {**row, **known} if name.entry.is_of_person or row is found.charge else row
            for row in found.person
        ]
        decided = evaluate(found.pack, rows, found.charge["charge_id"], found.as_of, found.covered)
        yield ("out_of_scope", "none") if decided is None else (decided.outcome, decided.remedy)
