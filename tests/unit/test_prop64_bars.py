"""Which printed offenses keep a felony under Proposition 64: near misses and forms that earlier systems got wrong."""

from datetime import date
from functools import cache
from typing import Any

import pytest

from clear_record.configuration import conf_folders
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.law.reference import Decision, evaluate
from clear_record.law.vignettes import person_of

STRIKE, REGISTRABLE = "no_prior_super_strike", "no_prior_registrable_conviction"


@cache
def prop64() -> Pack:
    return load_pack(find_packs(conf_folders())["us_ca/prop64"])


def decide_with_prior(as_of: date = date(2020, 7, 1), **prior: Any) -> Decision:
    """A possession for sale of 2012, with a conviction of 2001 before it."""
    facts = {
        "subject": {"dob": "1970-01-01"},
        "target": {
            "section_raw": "11359 HS",
            "level": "F",
            "offense_date": "2012-01-01",
            "conviction_date": "2012-06-01",
            "sentence_complete": True,
        },
        "history": [{"kind": "conviction", "level": "F", "conviction_date": "2001-05-05", **prior}],
    }
    person = person_of(facts, "CA", as_of, "test")
    decision = evaluate(prop64(), person.rows, person.charge_id, as_of, person.covered)
    assert decision is not None
    return decision


def letters(decision: Decision) -> str:
    """The letters of the two bars: super strike, registrable conviction."""
    trace = {each.id: letter for each, letter in zip(prop64().criteria, decision.trace, strict=True)}
    return trace[STRIKE] + trace[REGISTRABLE]


@pytest.mark.parametrize(
    ("printed", "bars"),
    [
        # missed by an earlier system
        ("187(A) PC", "FU"),
        ("664/187(A) PC", "FU"),
        ("664-187 PC", "FU"),
        ("187-664 PC", "FU"),
        ("191.5(A) PC", "FT"),
        ("209(B)(1) PC", "FU"),
        ("206 PC", "FT"),
        ("288.7(A) PC", "FF"),
        ("236.1(C)(2) PC", "FF"),
        ("288(A) PC", "FF"),
        ("288(C)(1) PC", "TF"),
        ("314.1 PC", "TF"),
        ("220(A)(1) PC", "UU"),
        ("207(A) PC", "UU"),
        # wrongly hit by it
        ("537 PC", "TT"),
        ("337 PC", "TT"),
        ("4637 PC", "TT"),
        ("261.5 PC", "TT"),
        ("653F(B) PC", "FT"),
        ("451.5 PC", "FT"),
        # only with facts that no section number tells
        ("272 PC", "TU"),
        ("261 PC", "UU"),
        ("286 PC", "UF"),
        ("287 PC", "UF"),
        ("289 PC", "UF"),
        ("209 PC", "UU"),
        ("288.2 PC", "TU"),
        ("215 PC", "UT"),
        # the subdivision decides
        ("286(C)(1) PC", "FF"),
        ("288A(C)(2) PC", "FF"),
        ("289(A)(1) PC", "FF"),
        ("653F(C) PC", "TF"),
        ("245(A)(1) PC", "TT"),
        ("245(D)(3) PC", "FT"),
        ("266H(A) PC", "TT"),
        ("266H(B) PC", "TF"),
        ("311.2(A) PC", "TT"),
        ("311.2(B) PC", "TF"),
        # attempts and conspiracies
        ("664/288(A) PC", "UF"),
        ("664/211 PC", "TT"),
        ("182/187 PC", "FU"),
        ("182/288(A) PC", "TF"),
        # no strikes at all
        ("192(A) PC", "TT"),
        ("192.5(A) PC", "TT"),
        ("211 PC", "TT"),
        ("459 PC", "TT"),
        ("187 HS", "TT"),
        ("11359 HS", "TT"),
    ],
)
def test_a_prior_offense_bars_or_leaves_open_or_does_neither(printed: str, bars: str) -> None:
    assert letters(decide_with_prior(section_raw=printed)) == bars


def test_a_prior_that_cannot_be_read_leaves_both_bars_open() -> None:
    assert letters(decide_with_prior(section_raw="SEE COMMENT FOR CHARGE")) == "UU"


def test_a_list_is_that_of_the_day_of_the_decision() -> None:
    before, since = date(2020, 12, 31), date(2021, 1, 1)
    assert letters(decide_with_prior(before, section_raw="286(B)(1) PC")) == "UF"
    assert letters(decide_with_prior(since, section_raw="286(B)(1) PC")) == "UU"
    assert letters(decide_with_prior(since, section_raw="286(C)(1) PC")) == "FF"


@pytest.mark.parametrize(
    ("kind", "bars"), [("conviction", "FF"), ("charge", "TT"), ("arrest", "TT"), ("adjudication", "TT")]
)
def test_only_a_conviction_is_prior(kind: str, bars: str) -> None:
    assert letters(decide_with_prior(section_raw="288(A) PC", kind=kind)) == bars


def test_a_felony_of_another_state_leaves_both_bars_open() -> None:
    assert letters(decide_with_prior(section_raw="200.030", state="NV")) == "UU"
    assert letters(decide_with_prior(section_raw="200.030", state="NV", level="GM")) == "TT"


def test_bars_name_the_record_that_proves_them() -> None:
    decision = decide_with_prior(section_raw="288(A) PC", id="lewd act")
    assert (decision.outcome, decision.remedy, decision.witnesses) == ("not_eligible", "none", ("lewd act",))
