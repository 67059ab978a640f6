"""Statutes of other states than California: read as each writes them, or not at all."""

import pytest

from clear_record.errors import PackRefused
from clear_record.law.offenses import CODES, matches, parse_entry, parse_offense
from clear_record.law.statutes import STATES


@pytest.mark.parametrize(
    ("state", "text", "section", "subdivisions"),
    [
        ("CO", "18-4-401", "18-4-401", ""),
        ("CT", "53a-125b", "53a-125b", ""),
        ("CT", "21a-279(c)", "21a-279", "(c)"),
        ("DE", "16 4764", "16 4764", ""),
        ("IL", "720 ILCS 550/4", "720 ilcs 550/4", ""),
        ("IL", "720 ILCS 5/12-3.2(a)(1)", "720 ilcs 5/12-3.2", "(a)(1)"),
        ("MI", "333.7403(2)(a)(v)", "333.7403", "(2)(a)(v)"),
        ("MN", "609.52 MISD", "609.52", ""),
        ("MN", "169A.27", "169a.27", ""),
        ("MO", "571.030", "571.030", ""),
        ("NJ", "2C:35-10(a)(4)", "2c:35-10", "(a)(4)"),
        ("IL", "720 ILCS 5/33A-2(a)", "720 ilcs 5/33a-2", "(a)"),
        ("MO", "579.015.4", "579.015", "(4)"),
        ("MO", "571.030.1(11)", "571.030", "(1)(11)"),
        ("NJ", "2C:35-10A(4)", "2c:35-10", "(a)(4)"),
        ("NJ", "24:21-20", "24:21-20", ""),
        ("NJ", "39:4-49.1", "39:4-49.1", ""),
        ("NY", "VTL 1192.1", "vtl 1192", "(1)"),
        ("NY", "VTL 1192(2-A)", "vtl 1192", "(2-a)"),
        ("NM", "30-31-23", "30-31-23", ""),
        ("NY", "PL  221.10", "pl 221.10", ""),
        ("PA", "18 4915.1", "18 4915.1", ""),
        ("PA", "35 780-113(a)(30)", "35 780-113", "(a)(30)"),
        ("PA", "18 3121(a.1)", "18 3121", "(a.1)"),
        ("MN", "609.52.2(a)(1)", "609.52", "(2)(a)(1)"),
        ("MN", "152.027 subd. 3", "152.027", "(3)"),
        ("MN", "609.52, subd. 2(a)", "609.52", "(2)(a)"),
        ("UT", "58-37-8(2)(a)(i)", "58-37-8", "(2)(a)(i)"),
        ("VA", "18.2-250.1", "18.2-250.1", ""),
        ("VT", "18 4230 (a)", "18 4230", "(a)"),
    ],
)
def test_a_statute_is_read_as_its_state_writes_it(
    state: str, text: str, section: str, subdivisions: str
) -> None:
    offense = parse_offense(text, state)
    assert offense is not None
    assert (offense.code, offense.section, offense.subdivisions) == (state, section, subdivisions)
    assert offense.readable


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ("CO", "C.R.S. 18-4-401"),
        ("NJ", "2C:35-10AB"),
        ("PA", "3929"),
        ("PA", "18 3929/18 3503"),
        ("MN", "609.52/609.53"),
        ("NY", "221.10"),
    ],
)
def test_another_text_is_not_read(state: str, text: str) -> None:
    offense = parse_offense(text, state)
    assert offense is not None
    assert (offense.code, offense.section, offense.readable) == (None, None, False)


def test_without_a_text_or_a_state_that_is_known_there_is_no_offense() -> None:
    assert parse_offense(None, "PA") is None
    assert parse_offense(" ", "PA") is None
    assert parse_offense("200.030", "NV") is None
    assert parse_offense("200.030", None) is None


def test_california_is_read_as_before() -> None:
    offense = parse_offense("11357(B) HS", "CA")
    assert offense is not None
    assert (offense.code, offense.section, offense.subdivisions) == ("HS", "11357", "(b)")


@pytest.mark.parametrize(
    ("state", "text", "section", "attempt", "conspiracy"),
    [
        ("NY", "PL 110-221.15", "pl 221.15", True, False),
        ("NY", "PL 110/221.15", "pl 221.15", True, False),
        ("NY", "PL 110.00/PL 221.15", "pl 221.15", True, False),
        ("NJ", "2C:5-1 / 2C:35-10(a)(4)", "2c:35-10", True, False),
        ("NJ", "2C:5-2/2C:35-10(a)(4)", "2c:35-10", False, True),
        ("PA", "18 901(a)/18 3929", "18 3929", True, False),
        ("MI", "750.92/333.7403", "333.7403", True, False),
        ("IL", "720 ILCS 5/8-4/720 ILCS 550/5", "720 ilcs 550/5", True, False),
        ("PA", "18 901", "18 901", False, False),
    ],
)
def test_an_attempt_and_a_conspiracy_stand_before_the_offense(
    state: str, text: str, section: str, attempt: bool, conspiracy: bool
) -> None:
    offense = parse_offense(text, state)
    assert offense is not None
    assert (offense.section, offense.attempt, offense.conspiracy) == (section, attempt, conspiracy)


@pytest.mark.parametrize(
    ("entry", "flags", "text", "is_reached"),
    [
        ("NY PL 221.15", {}, "PL 110-221.15", False),
        ("NY PL 221.15", {"attempts": True}, "PL 110-221.15", True),
        ("NY PL 221.15", {"attempts": True}, "PL 221.15", True),
        ("attempt of NY PL 221.15", {}, "PL 221.15", False),
        ("attempt of NY PL 221.15", {}, "PL 110-221.15", True),
        ("conspiracy of NY PL 221.15", {}, "PL 105/PL 221.15", True),
    ],
)
def test_an_entry_reaches_attempts_and_conspiracies_where_it_says_so(
    entry: str, flags: dict[str, bool], text: str, is_reached: bool
) -> None:
    offense = parse_offense(text, "NY")
    assert offense is not None
    assert matches(offense, parse_entry(entry, **flags)) == is_reached


@pytest.mark.parametrize(
    ("entry", "state", "text", "is_reached"),
    [
        ("PA 18 3929", "PA", "18 3929(a)", True),
        ("PA 18 3929(b)", "PA", "18 3929(a)", False),
        ("PA 18 3929(a)", "PA", "18 3929(a)(1)", True),
        ("PA 18 392", "PA", "18 3929", False),
        ("VT 18 4230", "PA", "18 4230", False),
        ("PA 18 27*", "PA", "18 2701", True),
        ("PA 18 27*", "PA", "18 3929", False),
        ("MN 169A.*", "MN", "169A.27", True),
        ("MN 169A.*", "MN", "169.27", False),
        ("IL 720 ILCS 550/4", "IL", "720 ILCS 550/4", True),
        ("HS 11357", "NV", "11357", False),
    ],
)
def test_an_entry_reaches_its_statute_and_what_is_below_it(
    entry: str, state: str, text: str, is_reached: bool
) -> None:
    offense = parse_offense(text, state)
    assert (offense is not None and matches(offense, parse_entry(entry))) == is_reached


@pytest.mark.parametrize("entry", ["PA 3929", "NJ 2C:35-10AB", "PA 18 *x", "PA *"])
def test_an_entry_that_is_no_statute_of_its_state_is_refused(entry: str) -> None:
    with pytest.raises(PackRefused, match="is not a statute as"):
        parse_entry(entry)


def test_no_state_is_mistaken_for_a_code_of_california() -> None:
    assert not STATES & CODES
