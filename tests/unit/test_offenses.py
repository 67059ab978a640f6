from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clear_record.errors import PackRefused
from clear_record.law.offenses import (
    CODES,
    Offense,
    find_in_comment,
    is_see_comment,
    matches,
    parse_california,
    parse_entry,
)


def read(text: str) -> Offense:
    offense = parse_california(text)
    assert offense is not None
    return offense


def named(text: str) -> tuple[str | None, str | None, str]:
    offense = read(text)
    return offense.code, offense.section, offense.subdivisions


# Forms in which rap sheets print a section


@pytest.mark.parametrize(
    "text",
    [
        "11357(B) HS",
        "11357(b)-HS",
        "11357B HS",
        "11357 B HS",
        "11357 (B) HS",
        "11357( B ) HS",
        "HS11357(B)",
        "HS 11357(B)",
        "HS 11357B",
        "H&S 11357(b)",
        "H & S 11357(b)",
        "H.S. 11357(b)",
        "HSC 11357(b)",
        "H&SC 11357(b)",
        "11357(B) H S",
        "11357(B) H/S",
        "11357(B) H&S CODE",
        "11357(B) OF THE HEALTH AND SAFETY CODE",
        "HEALTH & SAFETY CODE SECTION 11357(B)",
        "11357(B)HS-POSSESS",
        "11357(B) HS-POSSESS MARIJUANA 28.5 GRAMS OR LESS",
        "11357BHS",
        "/11357(B) HS",
        "  11357(B)   HS  ",
        "11357(B)\u00a0HS",
        "11357(b) hs",
    ],
)
def test_every_form_reaches_the_same_section(text: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.subdivisions) == ("HS", "11357", "(b)")
    assert (offense.attempt, offense.conspiracy, offense.readable) == (False, False, True)


def test_a_section_without_subdivisions_has_none() -> None:
    assert named("/11357 HS") == ("HS", "11357", "")


@pytest.mark.parametrize("text", ["11357B2 HS", "11357(B)(2) HS", "11357B(2) HS", "11357 B2 HS"])
def test_a_number_after_the_letter_is_a_subdivision_below_it(text: str) -> None:
    assert named(text) == ("HS", "11357", "(b)(2)")


@pytest.mark.parametrize("text", ["11357.B HS", "11357-B HS", "11357/B HS"])
def test_a_letter_after_a_mark_is_read_for_review_only(text: str) -> None:
    assert named(text) == ("HS", "11357", "(b)")
    assert not read(text).readable


@pytest.mark.parametrize(
    ("text", "code", "section"),
    [
        ("11357.5 HS", "HS", "11357.5"),
        ("11359.5 HS", "HS", "11359.5"),
        ("113579 HS", "HS", "113579"),
        ("11357 BP", "BP", "11357"),
        ("11357(A) VC", "VC", "11357"),
        ("537 PC", "PC", "537"),
        ("337 PC", "PC", "337"),
        ("4637 PC", "PC", "4637"),
    ],
)
def test_a_look_alike_is_its_own_offense(text: str, code: str, section: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.readable) == (code, section, True)
    assert not any(matches(offense, parse_entry(entry)) for entry in ("HS 11357", "HS 11359", "PC 37"))


@pytest.mark.parametrize(
    ("text", "section", "subdivisions"),
    [
        ("187(A) PC", "187", "(a)"),
        ("209(B)(1) PC", "209", "(b)(1)"),
        ("191.5(A) PC", "191.5", "(a)"),
        ("220(A)(1) PC", "220", "(a)(1)"),
        ("206 PC", "206", ""),
        ("288.7(A) PC", "288.7", "(a)"),
        ("236.1(C)(2) PC", "236.1", "(c)(2)"),
        ("288(A) PC", "288", "(a)"),
        ("288(C)(1) PC", "288", "(c)(1)"),
        ("647(F) PC-DISORDERLY CONDUCT:ALCOHOL", "647", "(f)"),
        ("667(E)(2)(C)(IV) PC", "667", "(e)(2)(c)(iv)"),
        ("290(A)(1)(A) PC", "290", "(a)(1)(a)"),
        ("P.C. 187(A)", "187", "(a)"),
        ("187(A) P.C.-MURDER", "187", "(a)"),
    ],
)
def test_penal_code_sections_keep_their_subdivisions(text: str, section: str, subdivisions: str) -> None:
    assert named(text) == ("PC", section, subdivisions)
    assert read(text).readable


def test_subdivisions_of_314_are_printed_as_decimals() -> None:
    assert named("314.1 PC") == named("314(1) PC") == ("PC", "314", "(1)")


@pytest.mark.parametrize(
    ("text", "section", "subdivisions", "readable"),
    [
        ("266H PC", "266h", "", True),
        ("266H(B) PC", "266h", "(b)", True),
        ("653F(C) PC", "653f", "(c)", True),
        ("273AB PC", "273ab", "", True),
        ("288A(C)(1) PC", "288a", "(c)(1)", True),
        ("288A PC", "288a", "", False),
        ("647A(1) PC", "647a", "(1)", False),
        ("647F PC", "647", "(f)", True),
        ("187A PC", "187", "(a)", True),
    ],
)
def test_a_letter_is_part_of_the_section_where_the_code_has_such_sections(
    text: str, section: str, subdivisions: str, readable: bool
) -> None:
    assert named(text) == ("PC", section, subdivisions)
    assert read(text).readable is readable


# Attempts and conspiracies


@pytest.mark.parametrize(
    "text",
    [
        "664/11357(c) HS",
        "664.11357(c) HS",
        "66411357(c) HS",
        "664-11357(c) HS",
        "664 11357(c) HS",
        "664-11357(C) HS-POSSESS MARIJUANA",
        "664/11357(C) PC",
        "664 PC/11357(C) HS",
        "664/HS 11357(C)",
        "PC 664/HS 11357(C)",
        "HS 664/11357(C)",
        "11357(C)/664 HS",
        "11357(C) HS/664 PC",
    ],
)
def test_an_attempt_is_read_in_every_form(text: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.subdivisions) == ("HS", "11357", "(c)")
    assert (offense.attempt, offense.conspiracy, offense.readable) == (True, False, True)


@pytest.mark.parametrize(
    "text",
    ["664-187 PC", "187-664 PC", "664/187 PC", "664187 PC", "PC 664-187", "664/PC 187", "664 PC-187 PC"],
)
def test_an_attempted_murder_is_read_from_both_sides(text: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.attempt, offense.readable) == ("PC", "187", True, True)


@pytest.mark.parametrize(
    "text", ["182(A)(1)/11359 PC", "182/11359 HS", "182 PC/11359 HS", "182(A)(1)/11359 HS-CONSP"]
)
def test_a_conspiracy_has_the_code_of_its_target(text: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.subdivisions) == ("HS", "11359", "")
    assert (offense.attempt, offense.conspiracy, offense.readable) == (False, True, True)


def test_both_forms_can_stand_together() -> None:
    offense = read("664/182/11359 HS")
    assert (offense.section, offense.attempt, offense.conspiracy, offense.readable) == (
        "11359",
        True,
        True,
        True,
    )


@pytest.mark.parametrize("text", ["182(A)(1) PC-CONSPIRACY:COMMIT CRIME", "182(A)(1) PC-2 OR MORE PERSONS"])
def test_a_bare_conspiracy_is_the_offense_itself(text: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.subdivisions) == ("PC", "182", "(a)(1)")
    assert (offense.conspiracy, offense.readable, offense.printed) == (True, True, "182(A)(1) PC")


def test_an_attempt_of_nothing_leaves_the_section_open() -> None:
    assert read("664 PC-ATTEMPT") == Offense(None, None, "", True, False, "664 PC", readable=False)


def test_a_section_of_five_digits_that_begins_with_664_is_no_attempt() -> None:
    offense = read("66411 GC")
    assert (offense.section, offense.attempt) == ("66411", False)


# What is not certainly one offense


@pytest.mark.parametrize(
    "text",
    [
        "11357/11358 HS",
        "11357-11360 HS",
        "11357(A) HS/11358 HS",
        "11357 HS-11358 HS",
        "11357(B) HS AND 11358 HS",
        "11357 AND 11358 HS",
        "11357(A)(B) HS",
        "11357(A)&(B) HS",
        "11357(A),(B) HS",
        "211/212.5(C) PC",
        "11357AB HS",
        "11357.5.1 HS",
        "18211359 HS",
        "011357 HS",
        "11357(B HS",
        "-11357 HS",
        "HS",
        "MARIJUANA",
        "SEE COMMENT FOR CHARGE",
    ],
)
def test_a_text_that_is_not_one_offense_leaves_the_section_open(text: str) -> None:
    offense = read(text)
    assert (offense.code, offense.section, offense.readable) == (None, None, False)


@pytest.mark.parametrize(
    "text", ["11357(B)", "11357(B)-POSSESS", "11357(B) XX", "11357(B) PC", "PC 11357(B) HS"]
)
def test_a_section_without_a_believable_code_is_any_code_s(text: str) -> None:
    assert named(text) == (None, "11357", "(b)")
    assert not read(text).readable


def test_a_code_beside_664_or_182_alone_is_not_the_target_s() -> None:
    assert named("182 PC/4060") == (None, "4060", "")


def test_a_form_that_comes_after_the_offense_makes_it_uncertain() -> None:
    assert named("187 PC-664 PC") == named("187 PC ATTEMPT") == ("PC", "187", "")
    assert not read("187 PC-664 PC").readable
    assert not read("187 PC ATTEMPT").readable


@pytest.mark.parametrize("text", [None, "", "   ", "NULL", "null", " x ", "X", "#"])
def test_blanks_and_fillers_are_no_offense(text: str | None) -> None:
    assert parse_california(text) is None


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("11357(B) HS-POSSESS MARIJUANA", "11357(B) HS"),
        ("  664-11359  HS - ATTEMPT ", "664-11359 HS"),
        ("11357(b)hs", "11357(b)hs"),
        ("11357(A)&(B) HS-POSSESS", "11357(A)&(B) HS"),
        ("11357/11358 HS-POSSESS", "11357/11358 HS"),
        ("UNKNOWN-OFFENSE", "UNKNOWN"),
    ],
)
def test_what_was_printed_is_kept_without_the_description(text: str, printed: str) -> None:
    assert read(text).printed == printed


# Comments


def in_comment(comment: str) -> list[tuple[str | None, str | None, str, bool]]:
    return [(each.code, each.section, each.subdivisions, each.readable) for each in find_in_comment(comment)]


def test_a_comment_names_its_offenses_in_order() -> None:
    assert in_comment(
        "CNT 01: 11358 HS-CULTIVATE MARIJUANA; CNT 02: H&S 11357(B) AND 664/187(A) PC, FINE $11357"
    ) == [
        ("HS", "11358", "", True),
        ("HS", "11357", "(b)", True),
        ("PC", "187", "(a)", True),
    ]


def test_an_offense_of_a_comment_is_printed_without_the_words_around_it() -> None:
    (offense,) = find_in_comment("charge: 664/11359 hs poss for sale")
    assert (offense.printed, offense.attempt, offense.readable) == ("664/11359 hs", True, True)


@pytest.mark.parametrize("comment", ["11357(A)/11358 HS", "HS 11357(A) HS 11358", "11357(A) HS 11358 HS"])
def test_two_offenses_of_a_comment_are_two(comment: str) -> None:
    assert in_comment(comment) == [("HS", "11357", "(a)", True), ("HS", "11358", "", True)]


def test_a_cannabis_section_without_a_code_is_named_for_review() -> None:
    assert in_comment("POSS 28.5 GRAMS, 11357(B)") == [(None, "11357", "(b)", False)]


@pytest.mark.parametrize("words", ["ATT", "ATTEMPTED", "CONSPIRACY TO COMMIT", "CONSP:"])
def test_a_form_said_in_words_makes_the_offense_uncertain(words: str) -> None:
    assert in_comment(f"{words} 11359 HS") == [("HS", "11359", "", False)]


def test_an_attempt_alone_is_named_beside_its_neighbour() -> None:
    assert in_comment("11359 HS, 664 PC") == [("HS", "11359", "", True), (None, None, "", False)]


def test_with_several_targets_it_is_open_which_was_attempted() -> None:
    assert in_comment("664/211/212.5 PC") == [("PC", "211", "", False), ("PC", "212.5", "", False)]


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "COUNT 3",
        "ON 11/09/2016",
        "CASE BA11357",
        "CASE BA113579",
        "FINE $11358",
        "ZIP 90012",
        "1 PC OF ROCK",
    ],
)
def test_other_numbers_of_a_comment_are_no_offenses(comment: str | None) -> None:
    assert find_in_comment(comment) == []


@pytest.mark.parametrize(
    "text",
    [
        "SEE COMMENT FOR CHARGE",
        "see comment for charge",
        "  See  Comment for Charge ",
        "SEE COMMENTS FOR CHARGES",
    ],
)
def test_a_pointer_to_the_comment_is_seen_in_any_case(text: str) -> None:
    assert is_see_comment(text)


@pytest.mark.parametrize("text", [None, "", "11357 HS", "11357 HS-SEE COMMENT FOR CHARGE", "COMMENT"])
def test_an_offense_is_no_pointer_to_the_comment(text: str | None) -> None:
    assert not is_see_comment(text)


# Entries of lists


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        ("HS 11357", "11357 HS", True),
        ("HS 11357", "11357(B)(2) HS", True),
        ("HS 11357", "11357.5 HS", False),
        ("HS 11357", "11357 VC", False),
        ("PC 288(a)", "288(A) PC", True),
        ("PC 288(a)", "288(A)(1) PC", True),
        ("PC 288(a)", "288(B) PC", False),
        ("PC 288(a)", "288 PC", False),
        ("PC 288(a)(1)", "288(A) PC", False),
        ("PC 288(a)", "288A(B) PC", False),
        ("PC 288a", "288A(B) PC", True),
        ("PC 288", "288A(B) PC", False),
        ("PC 314(1)", "314.1 PC", True),
        ("PC 187..191.5", "187(A) PC", True),
        ("PC 187..191.5", "190.2 PC", True),
        ("PC 187..191.5", "191.5(A) PC", True),
        ("PC 187-191.5", "191.5(A) PC", True),
        ("PC 187..191.5", "192(A) PC", False),
        ("PC 187..191.5", "191.6 PC", False),
        ("PC 187..191.5", "186.22 PC", False),
        ("PC 187..191.5", "1875 PC", False),
        ("PC 190.*", "190 PC", True),
        ("PC 190.*", "190.25 PC", True),
        ("PC 190.*", "190.2(A) PC", True),
        ("PC 190.*", "1901 PC", False),
        ("PC 190.*", "191 PC", False),
    ],
)
def test_an_entry_matches_its_sections_and_what_is_below_them(entry: str, text: str, expected: bool) -> None:
    assert matches(read(text), parse_entry(entry)) is expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        # a murder, its attempt, a conspiracy, an attempt of a conspiracy
        (parse_entry("PC 187"), [True, False, False, False]),
        (parse_entry("attempt of PC 187"), [False, True, False, False]),
        (parse_entry("conspiracy of PC 187"), [False, False, True, False]),
        (parse_entry("PC 187", attempts=True), [True, True, False, False]),
        (parse_entry("PC 187", conspiracies=True), [True, False, True, False]),
        (parse_entry("PC 187", attempts=True, conspiracies=True), [True, True, True, True]),
    ],
)
def test_attempts_and_conspiracies_match_only_where_the_entry_says_so(entry, expected) -> None:  # type: ignore[no-untyped-def]
    offenses = [read(text) for text in ("187 PC", "664/187 PC", "182/187 PC", "664/182/187 PC")]
    assert [matches(offense, entry) for offense in offenses] == expected


def test_an_entry_for_the_conspiracy_statute_matches_a_bare_conspiracy_only() -> None:
    entry = parse_entry("PC 182")
    assert [matches(read(text), entry) for text in ("182(A)(1) PC", "182/187 PC", "664/182 PC")] == [
        True,
        False,
        False,
    ]


def test_an_offense_without_a_code_may_be_under_entries_of_any_code() -> None:
    assert [
        matches(read("11357(B)"), parse_entry(each)) for each in ("HS 11357", "VC 11357", "HS 11358")
    ] == [
        True,
        True,
        False,
    ]


def test_an_offense_without_a_section_matches_no_entry() -> None:
    assert not matches(read("664 PC"), parse_entry("attempt of PC 1..99999"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not understood"),
        ("11357", "not understood"),
        ("HS11357", "not understood"),
        ("hs 11357", "not understood"),
        ("HS 11357(B)", "not understood"),
        ("PC 187..", "not understood"),
        ("PC 187(a)..191", "not understood"),
        ("664/PC 187", "not understood"),
        ("XX 187", r"unknown code \[XX\]"),
        ("PC 191.5..187", "ends before it begins"),
    ],
)
def test_an_entry_that_cannot_be_read_is_refused_with_its_text(text: str, message: str) -> None:
    with pytest.raises(PackRefused, match=message) as refused:
        parse_entry(text)
    assert f"[{text}]" in str(refused.value)
    assert "\n" not in str(refused.value)


# Properties

# Sections that say something else when they are printed: 664 and 182, decimals of 314, HS sections under PC.
sections = st.one_of(
    st.integers(10, 99_999).filter(lambda n: n not in (182, 664) and not 11350 <= n <= 11392).map(str),
    st.tuples(st.integers(10, 9_999), st.integers(1, 99))
    .filter(lambda n: n[0] not in (182, 314, 664))
    .map(lambda n: f"{n[0]}.{n[1]}"),
    st.sampled_from(["266h", "653f", "273ab", "476a"]),
)
cannabis = st.tuples(st.just("HS"), st.sampled_from(["11357", "11358", "11359", "11360", "11357.5", "11362"]))
letters = st.sampled_from("abcdefg")
subdivisions = st.one_of(
    st.just(()),
    st.tuples(letters),
    st.tuples(letters, st.integers(1, 20).map(str)),
    st.tuples(st.integers(1, 9).map(str)),
    st.tuples(letters, st.integers(1, 9).map(str), letters, st.sampled_from(["i", "iv", "ix"])),
)
code_spellings = st.sampled_from(["{0}{1}", "{0}&{1}", "{0} & {1}", "{0} {1}", "{0}.{1}.", "{0}/{1}"])
prefixes = st.sampled_from(["", "664/", "664-", "664 ", "182/", "182-", "182(A)(1)/", "664/182/"])
descriptions = st.sampled_from(["", "-POSSESS MARIJUANA", " - 28.5 GRAMS", "-"])


def code_and_section(draw: st.DrawFn) -> tuple[str, str]:
    code, section = draw(st.one_of(cannabis, st.tuples(st.sampled_from(sorted(CODES)), sections)))
    return ("PC" if section[-1].isalpha() else code), section


@st.composite
def printed_offenses(draw: st.DrawFn) -> tuple[str, Offense]:
    code, section = code_and_section(draw)
    levels, prefix, upper = draw(subdivisions), draw(prefixes), draw(st.booleans())
    spelled = draw(code_spellings).format(*code)
    groups = "".join(f"({level})" for level in levels)
    body = draw(
        st.sampled_from(
            [
                f"{prefix}{section}{groups} {spelled}",
                f"{prefix}{section}{groups}-{spelled}",
                f"{spelled} {prefix}{section}{groups}",
            ]
        )
    )
    offense = Offense(code, section, groups, "664" in prefix, "182" in prefix, "", readable=True)
    return (body.upper() if upper else body) + draw(descriptions), offense


@given(printed_offenses())
def test_what_is_printed_is_read_back(printed: tuple[str, Offense]) -> None:
    text, offense = printed
    assert replace(read(text), printed="") == offense


@given(printed_offenses(), st.sampled_from(["CNT 01: ", "charge: ", "POSS OF MARIJUANA, "]))
def test_a_comment_gives_the_same_offense(printed: tuple[str, Offense], words: str) -> None:
    text, _ = printed
    assert find_in_comment(words + text)[:1] == [read(text)]


@given(printed_offenses())
def test_an_offense_is_under_its_own_entry(printed: tuple[str, Offense]) -> None:
    _, offense = printed
    entry = parse_entry(
        f"{offense.code} {offense.section}{offense.subdivisions}", attempts=True, conspiracies=True
    )
    assert matches(offense, entry)


tokens = st.sampled_from(
    [
        "664",
        "182",
        "11357",
        "187",
        "288",
        "A",
        "(B)",
        "(1)",
        ".5",
        ".",
        "-",
        "/",
        " ",
        "&",
        "HS",
        "PC",
        "H&S",
        "XX",
        "AND",
        "²",
        "\u017f",
    ]
)


@given(st.one_of(st.text(), st.lists(tokens).map("".join), st.from_regex(r"[0-9]{1,9}[ (.A-Z/-]{0,9}")))
def test_no_text_raises_and_what_is_readable_is_whole(text: str) -> None:
    for offense in (parse_california(text), *find_in_comment(text)):
        if offense is not None:
            assert not offense.readable or (offense.code in CODES and offense.section is not None)
            assert offense.section is not None or offense.subdivisions == ""


def test_a_number_of_any_length_is_read_in_time() -> None:
    assert read("9" * 50_000 + " HS").section is None
    assert find_in_comment(" " * 50_000 + "(" * 50_000 + "1" * 50_000 + " PC") != []
