"""Expressions and whole packs in plain English: what is said must be what is meant, and read well."""

import re
from pathlib import Path

import pytest

from clear_record.authoring.in_english import English, parts_in_words
from clear_record.authoring.show import Line, pack_in_english
from clear_record.configuration import conf_folders
from clear_record.law.expressions import Known, Name, parse
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.law.vocabulary import VOCABULARY, Type

PACKS = find_packs([*conf_folders(), Path(__file__).parents[1]])


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(PACKS["us_zz/older_offenses"])


def said(pack: Pack, text: str, *, in_question: bool = False) -> str:
    known = Known(
        place="here",
        has_other=in_question,
        history={name: each.type for name, each in pack.questions.items()},
        parameters={name: each.type for name, each in pack.parameters.items()},
        lists=frozenset(pack.lists),
        criteria=frozenset(each.id for each in pack.criteria),
        bands={name: each.cuts for name, each in pack.bands.items()},
    )
    return English(pack, in_question=in_question).clause(parse(text, known, Type.BOOLEAN)).in_one_line


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("true", "always"),
        ("not true", "never"),
        ("charge.offense_on < date '2016-11-09'", "the day of the offense is before 2016-11-09"),
        ("not charge.convicted_on >= as_of", "the day of conviction is not on or after the day of the decision"),
        ("fact.cannabis_g <= 28.5", "the quantity of cannabis is at most 28.5 g"),
        ("fact.plants > 6", "the number of plants is more than 6"),
        ("fact.plants = 6", "the number of plants is 6"),
        ("age_at(charge.offense_on) >= 21", "the person is 21 or older on the day of the offense"),
        ("age_at(charge.offense_on) < 21", "the person is under 21 on the day of the offense"),
        ("age_at(as_of) <= 21", "the person is 21 or younger on the day of the decision"),
        ("age_at(as_of) > 21", "the person is older than 21 on the day of the decision"),
        ("not age_at(as_of) > 21", "the person is not older than 21 on the day of the decision"),
        ("age_at(as_of) >= parameters.waiting_years", "the person is {waiting_years} or older on the day of the decision"),
        ("charge.grade in ('F', 'M')", "the grade is F or M"),
        ("not charge.grade in ('F', 'M', 'I')", "the grade is not F, M or I"),
        ("charge.grade in parameters.small_grades", "the grade is one of {small_grades}"),
        ("charge.grade <> 'F'", "the grade is not F"),
        ("not charge.grade <> 'F'", "the grade is F"),
        ("charge.offense.section = '11357'", "the section of the offense is 11357"),
        ("charge.offense.subdivisions = ''", "the subdivisions of the offense are blank"),
        ("charge.offense.attempt", "the offense is an attempt"),
        ("not charge.charged_offense.conspiracy", "the charged offense is not a conspiracy"),
        ("charge.offense in offenses.violent", "the offense is on the list violent"),
        ("charge.set_aside_on is null", "it is not on record that the conviction was set aside"),
        ("not charge.set_aside_on is null", "it is on record that the conviction was set aside"),
        ("subject.deceased_on is null", "no death is on record"),
        ("subject.is_held = charge.is_understood", "both or neither of (the person is held for review; all that the source says of it was understood) holds"),
        ("not subject.is_held = true", "exactly one of (the person is held for review; always) holds"),
        ("subject.is_held", "the person is held for review"),
        ("not charge.is_understood", "it is not so that all that the source says of it was understood"),
        ("fact.max_penalty_years >= 1", "the law's maximum in years is at least 1"),
        ("fact.cannabis_oz <= 2", "the quantity of cannabis is at most 2 oz"),
        ("subject.granted_felony_set_asides >= 2", "the person's number of felony set-asides granted before is at least 2"),
        ("subject.is_registrant", "the person is on a sex-offender registry now"),
        ("not subject.has_pending_charge", "it is not so that a charge is pending now"),
        ("fact.family_violence", "it is a crime of family or domestic violence"),
        ("fact.relief_requested_on <= as_of", "the day on which the person asked for relief is on or before the day of the decision"),
        ("fact.relief_prohibited_on is null", "it is not on record that a court prohibited relief"),
        ("fact.final_disposition_on is null", "no last disposition is on record"),
        ("fact.relief_granted is null", "no relief already granted is on record"),
        ("fact.knew_minor", "the person knew that the other person was a minor"),
        ("history.earlier_violent", "question 1 (earlier_violent) is answered yes"),
        ("not history.earlier_violent", "question 1 (earlier_violent) is answered no"),
        ("history.first_arrest is null", "question 3 (first_arrest) has no answer"),
        ("history.others_of_the_case < 2", "the answer to question 4 (others_of_the_case) is under 2"),
        ("is_alive", "criterion 10 (is_alive) holds"),
        ("not is_alive", "criterion 10 (is_alive) does not hold"),
        ("parameters.forgets_set_asides", "{forgets_set_asides} is true"),
        ("age_at_offense < 18", "the person's age on the day of the offense is under 18"),
        ("age_at_offense >= 21", "the person's age on the day of the offense is at least 21"),
        ("cannabis_g > 28.5", "the quantity of cannabis is more than 28.5 g"),
        ("conduct = 'sale'", "the conduct is sale"),
        ("conduct <> 'sale'", "the conduct is gift or anything else"),
        ("is_attempt", "the offense is an attempt"),
        ("not is_attempt", "the offense is not an attempt"),
        ("years_after(later_of(charge.disposed_on, charge.convicted_on), 3) <= as_of", "3 years after the latest of (the day of first disposition; the day of conviction) is on or before the day of the decision"),
        ("days_after(charge.convicted_on, 1) = as_of", "1 day after the day of conviction is the day of the decision"),
    ],
)  # fmt: skip
def test_an_expression_is_said_in_words(pack: Pack, text: str, english: str) -> None:
    assert said(pack, text) == english


def test_not_is_carried_over_and_and_or(pack: Pack) -> None:
    assert said(pack, "not (is_alive and charge.grade = 'F' or subject.is_held)") == (
        "(criterion 10 (is_alive) does not hold or the grade is not F) and it is not so that the person is held "
        "for review"
    )


def test_not_before_a_comparison_stays_a_not_since_what_did_not_happen_is_not_after(pack: Pack) -> None:
    assert said(pack, "not charge.dismissed_on > charge.convicted_on") == (
        "the day of dismissal or acquittal is not after the day of conviction"
    )


def test_in_a_question_it_is_said_whose_day_is_meant(pack: Pack) -> None:
    assert said(pack, "other.convicted_on < this.offense_on and other.grade = 'F'", in_question=True) == (
        "the other record's day of conviction is before this charge's day of the offense and the other record's grade is F"
    )


def test_of_another_record_it_is_said_what_it_lacks(pack: Pack) -> None:
    assert (
        said(pack, "other.disposed_on is null", in_question=True)
        == "the other record has no first disposition"
    )
    assert said(pack, "other.set_aside_on is null", in_question=True) == (
        "of the other record, it is not on record that the conviction was set aside"
    )


@pytest.mark.parametrize(
    "name", sorted(name for name, each in VOCABULARY.items() if each.type is not Type.BOOLEAN)
)
def test_every_name_of_the_vocabulary_has_a_noun(pack: Pack, name: str) -> None:
    scope, _, short = name.partition(".")
    entry = VOCABULARY[name]
    words = English(pack).words(Name(scope, short, entry.type, entry))
    assert re.fullmatch(r"(the|the person's) [a-z' -]+(under 21)?", words)
    assert " the the " not in f" {words} "


def test_the_parts_of_a_band_are_said_in_order(pack: Pack) -> None:
    assert parts_in_words(pack.bands["age_at_offense"].cuts) == [
        "under 18",
        "at least 18 and under 21",
        "at least 21",
    ]
    assert parts_in_words(pack.bands["cannabis_g"].cuts, "g") == ["at most 28.5 g", "more than 28.5 g"]
    assert parts_in_words(pack.bands["conduct"].cuts) == ["sale", "gift", "anything else"]


@pytest.mark.parametrize("name", sorted(PACKS))
@pytest.mark.parametrize("width", [80, 120])
def test_every_pack_can_be_said_and_fits_the_terminal(name: str, width: int) -> None:
    pack = load_pack(PACKS[name], packs=PACKS)
    lines = [part for line in pack_in_english(pack) for part in line.wrapped(width).splitlines()]
    text = "\n".join(lines)
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []
    for criterion in pack.criteria:
        assert criterion.id in text
    # No tree of Python, and no name of the vocabulary, is left unsaid.
    assert "Name(" not in text
    assert re.findall(r"\b(?:charge|other|subject|fact|history|parameters|offenses)\.[a-z]+", text) == []


def test_a_paragraph_hangs_below_its_label() -> None:
    line = Line("a b c d e f g h i j k l m n o p q r s t u v w", "  1. ", 2)
    assert line.wrapped(37).splitlines() == [
        "    1. a b c d e f g h i j k l m n o",
        "       p q r s t u v w",
    ]
