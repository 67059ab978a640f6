from collections.abc import Sequence
from pathlib import Path

import pytest

from clear_record.configuration import conf_folders, find_source
from clear_record.decide.assignment import Assignment
from clear_record.errors import InputRefused
from clear_record.law.strict_yaml import read_yaml
from clear_record.runs import Gate, Office, Request, RunConfiguration, assignments, read_run_configuration

COUNTIES = ("ALPHA", "BETA", "GAMMA", "LOS ANGELES")

PACK = """\
pack: us_zz/{name}
title: A pack of an invented state
layer: {layer}
status: draft
in_force: {{from: 2000-01-01}}
authority: {{cite: ZZ 1, evidence: C}}
scope: {{says: a conviction, cite: ZZ 1, test: charge.kind = 'conviction'}}
criteria:
  - {{id: record_is_complete, says: all is there, cite: ZZ 1, evidence: C, test: true}}
ladder: [seal]
remedies:
  - {{when: age_at(charge.convicted_on) >= parameters.age_years, gives: seal}}
  - {{otherwise: true, gives: none}}
"""
PARAMETERS = """\
age_years: {says: age, at_least: 18, at_most: 99, values: [{from: 2000-01-01, is: 50, cite: ZZ 1, evidence: C}]}
"""


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Packs of an invented state: a law and two policies."""
    for name, layer in (("law", "statute"), ("policy_a", "policy"), ("policy_b", "policy")):
        folder = tmp_path / "conf/packs/us_zz" / name
        folder.mkdir(parents=True)
        (folder / "pack.yaml").write_text(PACK.format(name=name, layer=layer))
        (folder / "parameters.yaml").write_text(PARAMETERS)
    return tmp_path / "conf"


def decided_by(
    conf: Path, packs: Sequence[str] = (), offices: Sequence[Office] = (), counties: Sequence[str] = ()
) -> list[tuple[str, tuple[str, ...], bool]]:
    made = assignments(packs, offices, counties, COUNTIES, [conf])
    return [(each.pack.name, each.counties, each.takes_unreadable) for each in made]


def office(name: str, *counties: str, **parameters: object) -> Office:
    return Office(counties=counties, pack=f"us_zz/{name}", parameters=parameters)


def refusal(
    conf: Path, packs: Sequence[str] = (), offices: Sequence[Office] = (), counties: Sequence[str] = ()
) -> str:
    with pytest.raises(InputRefused) as refused:
        assignments(packs, offices, counties, COUNTIES, [conf])
    assert "\n" not in str(refused.value)
    return str(refused.value)


# ---- packs, offices and counties


def test_a_pack_decides_all_counties_unless_some_are_asked_for(conf: Path) -> None:
    assert decided_by(conf, ["us_zz/law"]) == [("us_zz/law", (), True)]
    assert decided_by(conf, ["us_zz/law"], counties=["BETA", "BETA"]) == [("us_zz/law", ("BETA",), True)]


def test_a_pack_that_is_named_twice_decides_once(conf: Path) -> None:
    assert decided_by(conf, ["us_zz/law", "us_zz/law"]) == [("us_zz/law", (), True)]


def test_an_office_without_counties_decides_those_that_no_other_names(conf: Path) -> None:
    offices = [office("policy_a", "BETA"), office("policy_b")]
    assert decided_by(conf, ["us_zz/law"], offices) == [
        ("us_zz/law", (), True),
        ("us_zz/policy_a", ("BETA",), False),
        ("us_zz/policy_b", ("ALPHA", "GAMMA", "LOS ANGELES"), True),
    ]


def test_the_only_office_decides_all_counties(conf: Path) -> None:
    assert decided_by(conf, offices=[office("policy_b")]) == [("us_zz/policy_b", (), True)]


def test_counties_that_are_asked_for_leave_the_other_offices_out(conf: Path) -> None:
    offices = [office("policy_a", "BETA", "GAMMA"), office("policy_b")]
    assert decided_by(conf, offices=offices, counties=["BETA"]) == [("us_zz/policy_a", ("BETA",), False)]
    assert decided_by(conf, offices=offices, counties=["ALPHA"]) == [("us_zz/policy_b", ("ALPHA",), True)]


def test_an_office_of_all_others_decides_nothing_where_there_are_none(conf: Path) -> None:
    offices = [office("policy_a", *COUNTIES), office("policy_b")]
    assert decided_by(conf, offices=offices) == [("us_zz/policy_a", COUNTIES, False)]


def test_each_office_has_its_own_choices(conf: Path) -> None:
    made = assignments(
        [], [office("policy_a", "ALPHA", age_years=40), office("policy_a", "BETA")], [], COUNTIES, [conf]
    )
    assert [each.pack.parameters["age_years"].values[0].value for each in made] == [40, 50]
    assert made[0].pack.fingerprint != made[1].pack.fingerprint


def test_an_unknown_county_names_the_nearest(conf: Path) -> None:
    message = "there is no county [Los Angelos] in the source; the nearest is [LOS ANGELES]"
    assert refusal(conf, ["us_zz/law"], counties=["Los Angelos"]) == message
    assert refusal(conf, offices=[office("policy_a", "Los Angelos")]) == message


def test_an_unknown_pack_names_the_nearest(conf: Path) -> None:
    message = "there is no pack [us_zz/policy_c]; the nearest is [us_zz/policy_b]"
    assert refusal(conf, ["us_zz/policy_c"]) == message
    assert refusal(conf, offices=[office("policy_c")]) == f"office of [all other counties]: {message}"


@pytest.mark.parametrize(
    "offices",
    [
        [office("policy_a", "BETA"), office("policy_b", "BETA")],
        [office("policy_a", "BETA", "BETA")],
    ],
)
def test_a_county_has_one_office(conf: Path, offices: list[Office]) -> None:
    assert refusal(conf, offices=offices) == "[BETA] stands under two offices; a county has one"


def test_only_one_office_stands_for_all_other_counties(conf: Path) -> None:
    message = "[all other counties] stands under two offices; a county has one"
    assert refusal(conf, offices=[office("policy_a"), office("policy_b")]) == message


def test_a_pack_is_not_decided_both_for_all_and_for_an_office(conf: Path) -> None:
    message = "pack [us_zz/policy_a] stands both among the packs and as the policy of an office"
    assert refusal(conf, ["us_zz/policy_a"], [office("policy_a", "BETA")]) == message


def test_no_office_chooses_a_statute(conf: Path) -> None:
    assert "pack [us_zz/law] is a statute" in refusal(conf, offices=[office("law", "BETA")])


def test_a_choice_that_the_pack_does_not_know_names_the_office(conf: Path) -> None:
    assert refusal(conf, offices=[office("policy_a", "BETA", age_year=40)]) == (
        "office of [BETA]: pack [us_zz/policy_a] has no parameter [age_year]; the nearest is [age_years]"
    )


# ---- options of the command line


def policy_file(folder: Path, text: str) -> Path:
    path = folder / "office.yaml"
    path.write_text(text)
    return path


def of_options(
    conf: Path, packs: Sequence[str], policy: Path | None, counties: Sequence[str]
) -> list[Assignment]:
    asked = Request.of_options(packs, policy, counties)
    return assignments(asked.packs, asked.offices, asked.counties, COUNTIES, [conf])


def test_the_policy_file_is_for_the_pack_that_it_names(conf: Path, tmp_path: Path) -> None:
    policy = policy_file(tmp_path, "pack: us_zz/policy_a\nparameters: {age_years: 65}\n")
    made = of_options(conf, ["us_zz/policy_a", "us_zz/law"], policy, ["BETA"])
    assert [(each.pack.name, each.counties, each.takes_unreadable) for each in made] == [
        ("us_zz/law", ("BETA",), True),
        ("us_zz/policy_a", ("BETA",), True),
    ]
    assert made[1].pack.parameters["age_years"].values[0].value == 65


def test_without_a_policy_file_a_policy_pack_has_its_own_values(conf: Path) -> None:
    (made,) = of_options(conf, ["us_zz/policy_a"], None, [])
    assert (made.counties, made.pack.parameters["age_years"].values[0].value) == ((), 50)


def test_a_policy_file_for_a_pack_that_is_not_asked_for_is_an_error(conf: Path, tmp_path: Path) -> None:
    policy = policy_file(tmp_path, "pack: us_zz/policy_a\n")
    with pytest.raises(InputRefused) as refused:
        of_options(conf, ["us_zz/law"], policy, [])
    assert (
        str(refused.value) == f"[{policy}] is a policy for pack [us_zz/policy_a]: add --pack us_zz/policy_a"
    )


def test_the_options_file_of_the_program_is_for_the_office_policy(tmp_path: Path) -> None:
    policy = tmp_path / "options.json"
    policy.write_text("{}")
    with pytest.raises(InputRefused, match=r"add --pack us_ca/office_policy"):
        Request.of_options(["us_ca/prop64"], policy, [])
    assert Request.of_options(["us_ca/prop64", "us_ca/office_policy"], policy, []).packs == ("us_ca/prop64",)


def test_a_value_that_the_pack_does_not_allow_names_the_policy_file(conf: Path, tmp_path: Path) -> None:
    policy = policy_file(tmp_path, "pack: us_zz/policy_a\nparameters: {age_years: 17}\n")
    with pytest.raises(InputRefused) as refused:
        of_options(conf, ["us_zz/policy_a"], policy, [])
    assert str(refused.value) == f"{policy}: parameter [age_years]: [17] is not from 18 to 99"


# ---- run configurations


def configuration(folder: Path, text: str) -> Path:
    path = folder / "state.yaml"
    path.write_text("source: us_zz\nas_of: 2020-07-01\n" + text)
    return path


def test_a_policy_file_stands_relative_to_the_run_configuration(conf: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    policy_file(tmp_path, "pack: us_zz/policy_a\nparameters: {age_years: 65}\n")
    asked = read_run_configuration(
        configuration(tmp_path / "runs", "offices: [{policy: ../office.yaml, counties: [BETA]}]\n")
    ).request
    (made,) = assignments(asked.packs, asked.offices, asked.counties, COUNTIES, [conf])
    assert (made.counties, made.pack.parameters["age_years"].values[0].value) == (("BETA",), 65)


def test_a_run_configuration_may_name_a_vault(tmp_path: Path) -> None:
    named, unnamed = (
        read_run_configuration(configuration(tmp_path, f"packs: [us_zz/law]\n{line}")).vault
        for line in ("vault: s3a://people/vault\n", "")
    )
    assert (named, unnamed) == ("s3a://people/vault", None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE: names neither packs nor offices; there is nothing to decide"),
        (
            "packs: [a/b]\ngate: {sample_error_at_most: 1}\n",
            "FILE:4: gate.sample_error_at_most: input should be less than 1",
        ),
        (
            "packs: [a/b]\ngate: {sample_error: 0.01}\n",
            "FILE:4: gate.sample_error: [sample_error] is not a known key; did you mean [sample_error_at_most]?",
        ),
        (
            "packs: [a/b]\nofices: []\n",
            "FILE:4: ofices: [ofices] is not a known key; did you mean [offices]?",
        ),
        (
            "offices: [{counties: [A], pak: a/b}]\n",
            "FILE:3: offices.0.pak: [pak] is not a known key; did you mean [pack]?",
        ),
        (
            "offices: [{counties: [A]}]\n",
            "FILE:3: offices.0: an office names either a policy file, or a pack and its parameters",
        ),
        (
            "offices: [{policy: a.json, pack: a/b}]\n",
            "FILE:3: offices.0: an office names either a policy file, or a pack and its parameters",
        ),
        (
            "offices: [{policy: a.json, parameters: {a: 1}}]\n",
            "FILE:3: offices.0: an office names either a policy file, or a pack and its parameters",
        ),
        (
            'offices: [{pack: us_ca/office_policy, parameters: {dismissed_sections: ["11357"], reduced_sections: ["11357"]}}]\n',
            "FILE:3: offices.0: section [11357] stands both on the dismiss list and on the reduce list",
        ),
        ("packs: [a/b]\nreceived_on: soon\n", "FILE:4: received_on: input should be a valid date"),
        ("packs: a/b\n", "FILE:3: packs: input should be a valid tuple"),
    ],
)
def test_a_run_configuration_that_says_something_else_is_an_error(
    tmp_path: Path, text: str, message: str
) -> None:
    path = configuration(tmp_path, text)
    with pytest.raises(InputRefused) as refused:
        read_run_configuration(path)
    assert str(refused.value).replace(str(path), "FILE").startswith(message)
    assert "\n" not in str(refused.value)


# ---- the run configurations that are shipped


def shipped(name: str) -> tuple[RunConfiguration, list[Assignment], list[str]]:
    (conf,) = conf_folders()
    asked = read_run_configuration(conf / "runs" / f"{name}.yaml")
    known = list(read_yaml(find_source(asked.source, [conf]))["counties"])
    request = asked.request
    return asked, assignments(request.packs, request.offices, request.counties, known, [conf]), known


@pytest.mark.parametrize("name", ["demo", "california"])
def test_every_county_of_california_has_the_law_and_one_policy(name: str) -> None:
    _, made, known = shipped(name)
    assert made[0].pack.name == "us_ca/prop64"
    assert made[0].counties == ()
    assert sorted(county for each in made[1:] for county in each.counties) == sorted(known)
    assert all(each.pack.layer == "policy" for each in made[1:])


def test_california_gives_each_office_choices_of_its_own() -> None:
    _, made, known = shipped("california")
    assert len(known) == 58
    chosen = [each for each in made if each.pack.name == "us_ca/office_policy"]
    assert len(chosen) == len({each.pack.fingerprint for each in chosen}) == 53


def test_the_demo_takes_charges_without_a_county_to_the_office_of_all_others() -> None:
    _, made, _ = shipped("demo")
    assert [each.pack.name for each in made if each.takes_unreadable] == [
        "us_ca/prop64",
        "us_ca/office_policy",
    ]


def test_in_california_a_charge_without_a_county_is_decided_by_the_pack_of_most_offices() -> None:
    _, made, _ = shipped("california")
    assert {each.pack.name for each in made if each.takes_unreadable} == {
        "us_ca/prop64",
        "us_ca/office_policy",
    }


def test_a_gate_holds_for_the_packs_that_it_names_or_for_all(tmp_path: Path) -> None:
    read = read_run_configuration(
        configuration(tmp_path, "packs: [a/b]\ngate: {sample_error_at_most: 0.01}\n")
    )
    assert read.gate == Gate(sample_error_at_most=0.01, confidence=0.95)
    assert read.gate.packs_of(["a/b", "a/c", "a/b"]) == ["a/b", "a/c"]
    named = Gate(sample_error_at_most=0.01, packs=("a/c",))
    assert named.packs_of(["a/b", "a/c"]) == ["a/c"]
    with pytest.raises(
        InputRefused, match=r"the gate names pack \[a/c\], which the run does not have; the nearest is"
    ):
        named.packs_of(["a/b"])
