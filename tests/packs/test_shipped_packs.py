"""The packs that are shipped: each loads, says what a pack of its layer must, and decides its own cases as they say."""

from functools import cache
from pathlib import Path

import pytest

from clear_record.configuration import conf_folders
from clear_record.law.cases import read_cases
from clear_record.law.expressions import Literal, Name, children, walk
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack, pack_of
from clear_record.law.pack_tests import Case, decide_by_reference, run

PACKS = find_packs(conf_folders())
POLICIES = [
    "us_ca/office_policy",
    "us_ca/policy_los_angeles_2019",
    "us_ca/policy_sacramento_2019",
    "us_ca/policy_san_francisco_2018",
    "us_ca/policy_san_joaquin_2019",
]
STATUTES = [
    "us_ca/arrest_relief_851_93",
    "us_ca/conviction_relief_1203_425",
    "us_ca/prop64",
    "us_co/automatic_sealing",
    "us_ct/cannabis_erasure",
    "us_ct/erasure",
    "us_de/mandatory_expungement",
    "us_il/minor_cannabis",
    "us_mi/automatic_set_aside",
    "us_mn/automatic_expungement",
    "us_mn/cannabis_expungement",
    "us_mo/marijuana_expungement",
    "us_nj/marijuana_expungement",
    "us_nm/cannabis_expungement",
    "us_ny/clean_slate",
    "us_ny/mrta",
    "us_pa/clean_slate",
    "us_ut/automatic_expungement",
    "us_va/automatic_sealing",
    "us_vt/marijuana_expungement",
]


@cache
def cases_of(name: str) -> list[Case]:
    return read_cases(PACKS[name])


@pytest.fixture(scope="module")
def packs() -> dict[str, Pack]:
    return {name: load_pack(folder) for name, folder in PACKS.items()}


def test_the_packs_that_are_shipped_are_these() -> None:
    assert sorted(PACKS) == sorted([*POLICIES, *STATUTES])


@pytest.mark.parametrize("name", STATUTES)
def test_a_law_with_a_clause_that_is_to_be_verified_is_a_draft(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    marks = {pack.evidence, *[each.evidence for each in pack.criteria]}
    marks |= {each.evidence for each in pack.lists.values()}
    assert pack.layer == "statute"
    assert pack.status == "draft" or "K" not in marks


@pytest.mark.parametrize("name", sorted(PACKS))
def test_a_pack_is_the_same_when_it_is_read_from_its_kept_texts(packs: dict[str, Pack], name: str) -> None:
    assert pack_of(packs[name].texts) == packs[name]


@pytest.mark.parametrize("name", sorted(PACKS))
def test_every_case_of_a_pack_is_decided_as_it_says(name: str) -> None:
    cases = cases_of(name)
    assert len(cases) > 0
    assert {tested.id: tested.differences for tested in run(cases) if not tested.has_passed} == {}


@pytest.mark.parametrize("name", sorted(PACKS))
def test_the_name_of_a_case_stands_once(name: str) -> None:
    names = [case.id for case in cases_of(name)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", POLICIES)
def test_every_row_of_a_policy_decides_a_case(name: str) -> None:
    decided: set[int] = set()
    for case, decision in zip(cases_of(name), decide_by_reference(cases_of(name)), strict=True):
        if decision is not None and decision.reason is not None:
            decided |= {at for at, row in enumerate(case.pack.rows) if row.reason == decision.reason}
    rows = load_pack(PACKS[name]).rows
    assert [row.reason for at, row in enumerate(rows) if row.reason and at not in decided] == []


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_asks_first_for_the_record_and_for_earlier_relief(packs: dict[str, Pack], name: str) -> None:
    pack = packs[name]
    assert (pack.layer, pack.status) == ("policy", "draft")
    assert [each.id for each in pack.criteria[:2]] == ["record_is_complete", "not_already_relieved"]
    assert (pack.rows[0].gives, pack.rows[0].reason) == ("no_change", "Already set aside or dismissed")


@pytest.mark.parametrize("name", POLICIES)
def test_the_row_of_a_policy_that_decided_can_be_read_from_the_trace(
    packs: dict[str, Pack], name: str
) -> None:
    pack = packs[name]
    assert not any(row.requires for row in pack.rows)
    for row in pack.rows:
        leaves = [node for node in walk(row.when) if not children(node)]
        assert all(
            isinstance(leaf, Literal) or (isinstance(leaf, Name) and leaf.scope == "criterion")
            for leaf in leaves
        )


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_has_a_reason_for_whatever_it_gives(packs: dict[str, Pack], name: str) -> None:
    assert all(row.reason is not None for row in packs[name].rows if row.gives != "none")


@pytest.mark.parametrize("name", ["us_ca/policy_los_angeles_2019", "us_ca/policy_san_francisco_2018"])
@pytest.mark.parametrize("listed", ["super_strikes", "no_super_strikes", "registrable"])
def test_the_flows_know_the_strikes_of_the_statute(packs: dict[str, Pack], name: str, listed: str) -> None:
    assert packs[name].lists[listed] == packs["us_ca/prop64"].lists[listed]


def reasons(pack: Pack) -> list[str | None]:
    return [row.reason for row in pack.rows[1:]]


def test_the_flow_of_los_angeles_gives_the_texts_that_the_office_knows(packs: dict[str, Pack]) -> None:
    assert reasons(packs["us_ca/policy_los_angeles_2019"]) == [
        "Misdemeanor or Infraction",
        "Occurred after 11/09/2016",
        "11357(a) or 11357(b)",
        "Other 11357",
        "PC 667(e)(2)(c)(iv)",
        "PC 290",
        "Two priors",
        "50 years or older",
        "21 years or younger",
        "Only has 11357-60 charges and completed sentence",
        "No convictions in past 10 years",
        "Currently serving sentence",
        "Deceased",
        "No applicable eligibility criteria",
    ]


def test_the_flow_of_san_joaquin_gives_the_texts_that_the_office_knows(packs: dict[str, Pack]) -> None:
    assert {
        "No Related Prop64 Charges",
        "No convictions in past 5 years",
        "Has convictions in past 5 years",
        "Sentence Completed",
        "Sentence not Completed",
    } <= {*reasons(packs["us_ca/policy_san_joaquin_2019"])}


def test_what_an_office_chose_stands_in_its_reasons() -> None:
    folder: Path = PACKS["us_ca/office_policy"]
    chosen = load_pack(folder, {"age_years": 60, "years_since_conviction": 12, "years_without_conviction": 3})
    assert {
        "60 years or older",
        "Conviction occurred 12 or more years ago",
        "No convictions in the past 3 years",
    } <= {*reasons(chosen)}
