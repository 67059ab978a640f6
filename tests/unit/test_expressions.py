"""Expressions of the law language: what they are read as, and what is refused, with the nearest that is known."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clear_record.errors import PackRefused
from clear_record.law.expressions import (
    AS_OF,
    And,
    Arithmetic,
    BandCuts,
    BandIs,
    Call,
    Compare,
    Expression,
    In,
    IsNull,
    Known,
    Literal,
    Name,
    Not,
    Or,
    names_in,
    parse,
    type_of,
)
from clear_record.law.vocabulary import VOCABULARY, Type

KNOWN = Known(
    place="pack.yaml:7: criteria.0.test",
    history={"earlier": Type.BOOLEAN, "count": Type.NUMBER, "latest": Type.DATE},
    parameters={"years": Type.NUMBER, "sections": Type.CODES, "is_on": Type.BOOLEAN, "anchor": Type.CODE},
    lists=frozenset({"strikes"}),
    criteria=frozenset({"is_old"}),
)
WITH_BANDS = replace(
    KNOWN,
    bands={
        "age": BandCuts(Type.NUMBER, (18.0, 21.0)),
        "grams": BandCuts(Type.NUMBER, (28.5,), cut_is_above=False),
        "conduct": BandCuts(Type.CODE, values=("sale", "gift")),
        "tried": BandCuts(Type.BOOLEAN),
    },
)


def read(text: str, known: Known = KNOWN) -> Expression:
    return parse(text, known)


def name(dotted: str) -> Name:
    scope, _, rest = dotted.partition(".")
    entry = VOCABULARY[dotted]
    return Name(scope, rest, entry.type, entry)


GRADE, OFFENSE_ON, BIRTH = name("charge.grade"), name("charge.offense_on"), name("subject.birth_on")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("true", Literal(True)),
        ("charge.grade = 'F'", Compare("=", GRADE, Literal("F"))),
        ("this.grade <> 'F'", Compare("<>", GRADE, Literal("F"))),
        ("charge.offense_on < date '2016-11-09'", Compare("<", OFFENSE_ON, Literal(date(2016, 11, 9)))),
        ("as_of >= charge.offense_on", Compare(">=", AS_OF, OFFENSE_ON)),
        ("charge.grade in ('F', 'M')", In(GRADE, (Literal("F"), Literal("M")))),
        ("charge.grade in parameters.sections", In(GRADE, Name("parameters", "sections", Type.CODES))),
        (
            "charge.offense in offenses.strikes",
            In(name("charge.offense"), Name("offenses", "strikes", Type.OFFENSE)),
        ),
        ("charge.set_aside_on is null", IsNull(name("charge.set_aside_on"))),
        ("not charge.set_aside_on is null", Not(IsNull(name("charge.set_aside_on")))),
        ("history.latest is null", IsNull(Name("history", "latest", Type.DATE))),
        ("is_old and parameters.is_on", And((Name("criterion", "is_old", Type.BOOLEAN), Name("parameters", "is_on", Type.BOOLEAN)))),
        ("fact.plants + 1 > 6.5", Compare(">", Arithmetic("+", name("fact.plants"), Literal(1.0)), Literal(6.5))),
        ("fact.plants > -1", Compare(">", name("fact.plants"), Literal(-1.0))),
        (
            "years_after(charge.offense_on, parameters.years) <= as_of",
            Compare("<=", Call("years_after", (OFFENSE_ON, Name("parameters", "years", Type.NUMBER))), AS_OF),
        ),
    ],
)  # fmt: skip
def test_an_expression_is_read_as_a_tree(text: str, tree: Expression) -> None:
    assert read(text) == tree


def test_and_binds_before_or_and_parentheses_before_both() -> None:
    a, b, c = (Compare("=", GRADE, Literal(letter)) for letter in "abc")
    written = "charge.grade = 'a' or charge.grade = 'b' and charge.grade = 'c'"
    assert read(written) == Or((a, And((b, c))))
    assert read("(charge.grade = 'a' or charge.grade = 'b') and charge.grade = 'c'") == And((Or((a, b)), c))
    assert read("charge.grade = 'a' and charge.grade = 'b' and charge.grade = 'c'") == And((a, b, c))


@pytest.mark.parametrize(
    ("text", "operator", "years"),
    [
        ("age_at(charge.offense_on) >= 21", "<=", Literal(21.0)),
        ("age_at(charge.offense_on) < 21", ">", Literal(21.0)),
        ("age_at(charge.offense_on) > 21", "<=", Arithmetic("+", Literal(21.0), Literal(1.0))),
        ("age_at(charge.offense_on) <= 21", ">", Arithmetic("+", Literal(21.0), Literal(1.0))),
        ("21 <= age_at(charge.offense_on)", "<=", Literal(21.0)),
    ],
)
def test_an_age_is_compared_by_the_birthday(text: str, operator: str, years: Expression) -> None:
    assert read(text) == Compare(operator, Call("years_after", (BIRTH, years)), OFFENSE_ON)


def test_an_age_asks_for_the_date_of_birth() -> None:
    assert names_in(read("age_at(charge.offense_on)")) == (BIRTH, OFFENSE_ON)


@pytest.mark.parametrize(
    ("text", "band", "parts"),
    [
        ("age < 18", "age", {0}),
        ("age >= 18", "age", {1, 2}),
        ("age < 21", "age", {0, 1}),
        ("21 <= age", "age", {2}),
        ("grams <= 28.5", "grams", {0}),
        ("grams > 28.5", "grams", {1}),
        ("conduct = 'gift'", "conduct", {1}),
        ("conduct <> 'gift'", "conduct", {0, 2}),
        ("tried", "tried", {0}),
        ("tried = false", "tried", {1}),
    ],
)
def test_a_band_is_compared_at_its_cuts(text: str, band: str, parts: set[int]) -> None:
    assert read(text, WITH_BANDS) == BandIs(band, frozenset(parts))


@pytest.mark.parametrize(
    "text", ["age < 20", "age <= 18", "grams < 28.5", "conduct = 'loan'", "tried > true", "age < fact.plants"]
)
def test_a_band_is_compared_nowhere_else(text: str) -> None:
    with pytest.raises(PackRefused, match="is compared where it has no cut"):
        read(text, WITH_BANDS)


def test_a_value_lies_in_one_part_of_a_band() -> None:
    assert WITH_BANDS.bands is not None
    age, grams = WITH_BANDS.bands["age"], WITH_BANDS.bands["grams"]
    assert [age.part_of(each) for each in (17.9, 18.0, 20.9, 21.0)] == [0, 1, 1, 2]
    assert [grams.part_of(each) for each in (28.5, 28.51)] == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("charge.grad = 'F'", "unknown name [charge.grad]; the nearest known is [charge.grade]"),
        ("histroy.earlier", "unknown name [histroy.earlier]; the nearest known is [history.earlier]"),
        ("parameters.year = 1", "unknown name [parameters.year]; the nearest known is [parameters.years]"),
        ("charge.offense in offenses.strike", "unknown name [offenses.strike]; the nearest known is [offenses.strikes]"),
        ("is_old or is_odd", "unknown name [is_odd]; the nearest known is [is_old]"),
        ("other.grade = 'F'", "unknown name [other.grade]"),
        ("year_after(charge.offense_on, 3) < as_of", "unknown function [year_after]; the nearest known is [years_after]"),
        ("years_after(charge.offense_on) < as_of", "years_after takes a date and a number"),
        ("age_at(charge.offense_on, as_of) < 3", "age_at takes one date"),
        ("later_of() < as_of", "later_of takes one date or more"),
        ("charge.grade", "is a code; a boolean was expected"),
        ("charge.grade = 5", "a code is compared with a number"),
        ("charge.grade < 'F'", "a code is compared by = or <> only"),
        ("charge.offense = charge.charged_offense", "an offense is compared by `in` and a list"),
        ("charge.grade is null", "cannot be asked for absence"),
        ("subject.birth_on is null", "cannot be asked for absence"),
        ("history.count is null", "cannot be asked for absence"),
        ("charge.grade in (1, 2)", "what stands behind `in` is a list of texts"),
        ("charge.grade in parameters.years", "what stands behind `in` is a list of texts"),
        ("charge.grade in offenses.strikes", "[charge.grade] is a code, and the list is of offenses"),
        ("fact.plants in ('1')", "is a number, and the list is of codes"),
        ("charge.grade and true", "[charge.grade] is a code where a boolean is needed"),
        ("charge.offense_on + 1 < as_of", "[charge.offense_on] is a date where a number is needed"),
        ("days_after(as_of, 1) < charge.offense_on", "as_of stands alone on one side of a comparison"),
        ("charge.offense_on < date '2016-02-30'", "[2016-02-30] is no date"),
        ('"charge"."grade" = \'F\'', "is quoted"),
        ("charge.grade like 'F%'", "is not of the language"),
        ("case when true then true end", "are all dates or all numbers"),
        ("(select true)", "is not of the language"),
        ("exists(select 1)", "is not of the language"),
        ("fact.plants * 2 > 3", "is not of the language"),
        ("cast(charge.grade as int) = 3", "is not of the language"),
        ("charge.grade = 'F'; drop table charge", "is not one expression"),
        ("", "is not one expression"),
        ("charge.grade = ", "cannot be read as an expression"),
        ("((true)", "cannot be read as an expression"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_language_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PackRefused) as refused:
        parse(text, KNOWN, Type.BOOLEAN)
    assert message in str(refused.value)
    assert str(refused.value).startswith("pack.yaml:7: criteria.0.test: ")
    assert "\n" not in str(refused.value)


def test_other_is_known_inside_of_a_question_alone() -> None:
    inside = replace(KNOWN, has_other=True)
    entry = VOCABULARY["charge.grade"]
    assert read("other.grade = this.grade", inside) == Compare(
        "=", Name("other", "grade", Type.CODE, entry), GRADE
    )


@given(st.text(max_size=40))
def test_a_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    with suppress(PackRefused):
        assert type_of(parse(text, KNOWN)) in Type


def test_a_question_asks_for_the_facts_of_the_other_record() -> None:
    entry = VOCABULARY["fact.max_penalty_years"]
    tree = read("other.fact.max_penalty_years >= 1", replace(KNOWN, has_other=True))
    assert tree == Compare(">=", Name("other", "fact.max_penalty_years", Type.NUMBER, entry), Literal(1.0))


def test_a_fact_of_the_other_record_that_is_not_known_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        PackRefused, match=r"unknown name \[other.fact.plant\]; the nearest known is \[other.fact.plants\]"
    ):
        read("other.fact.plant > 6", replace(KNOWN, has_other=True))
