"""What the synth prints for an offense is read as that offense."""

from collections.abc import Iterator

import pytest

from clear_record.law.offenses import find_in_comment, is_see_comment, parse_california
from clear_record.synth import offenses
from clear_record.synth.offenses import Form, Offense

# Printed as two sections, so that nobody can tell which is meant.
NOT_ONE_OFFENSE = "484/488"
CANNABIS = ("11357", "11357(A)", "11357(B)", "11358(C)", "11359", "11360(A)(2)")


def all_offenses() -> Iterator[Offense]:
    yield from (Offense(section, "HS", "POSSESS MARIJUANA, 28.5 GRAMS OR LESS", "M") for section in CANNABIS)
    yield from (each for each in offenses.OTHER_OFFENSES.values if each.section != NOT_ONE_OFFENSE)
    yield from offenses.REGISTRATIONS.values


def expected(offense: Offense) -> tuple[str, str, bool, bool]:
    attempt, _, section = offense.section.rpartition("664/")
    if section.startswith("314."):
        section = "314(1)"
    return offense.law, section.lower(), attempt == "" and offense.section.startswith("664"), False


def read(text: str) -> tuple[str, str, bool, bool]:
    found = parse_california(text)
    assert found is not None
    assert found.readable, text
    return f"{found.code}", f"{found.section}{found.subdivisions}", found.attempt, found.conspiracy


@pytest.mark.parametrize("form", [lambda offense: offense.printed, *offenses.SPELLINGS.values])
def test_every_spelling_is_read_as_the_same_offense(form: Form) -> None:
    for offense in all_offenses():
        assert read(form(offense)) == expected(offense)


def test_letters_without_parentheses_are_read_for_cannabis_and_after_a_point_for_review() -> None:
    for section in CANNABIS:
        offense = Offense(section, "HS", "POSSESS MARIJUANA", "M")
        texts = [form(offense) for form in offenses.HS_SPELLINGS.values]
        for text in texts[:-1]:
            assert read(text) == expected(offense)
        found = parse_california(texts[-1])
        assert found is not None
        assert found.readable is ("." not in texts[-1])


def test_every_attempt_and_conspiracy_is_read_as_one() -> None:
    for offense in all_offenses():
        if offense.section.startswith("664"):
            continue
        law, section, _, _ = expected(offense)
        for form in offenses.ATTEMPTS.values:
            assert read(form(offense)) == (law, section, True, False)
        if offense.law in ("HS", "PC"):
            for form in offenses.CONSPIRACIES.values:
                # Before `PC` a section of another code is known by its number, which only some have for themselves.
                code, *rest = read(form(offense))
                assert rest == [section, False, True]
                assert code == law or offense.section not in CANNABIS


def test_a_comment_that_names_the_offense_names_no_other() -> None:
    for offense in all_offenses():
        for form in offenses.IN_COMMENT.values:
            (found,) = find_in_comment(form(offense))
            assert (found.code, f"{found.section}{found.subdivisions}") == expected(offense)[:2]


def test_what_stands_in_the_field_instead_points_to_the_comment_or_is_blank() -> None:
    assert all(is_see_comment(text) or text == "" for text in offenses.SEE_COMMENT.values)
