import json
from pathlib import Path
from typing import Any

import pytest

from clear_record.configuration import conf_folders
from clear_record.errors import InputRefused
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.policies import OFFICE_POLICY, Policy, read_policy

EXAMPLE: dict[str, Any] = {
    "baselineEligibility": {"dismiss": ["11357", "11358"], "reduce": ["11359", "11360"]},
    "additionalRelief": {
        "subjectUnder21AtConviction": True,
        "subjectAgeThreshold": 57,
        "yearsSinceConvictionThreshold": 10,
        "yearsCrimeFreeThreshold": 0,
        "subjectHasOnlyProp64Charges": True,
        "subjectIsDeceased": True,
    },
}
OFF: dict[str, Any] = {
    "dismissed_sections": [],
    "reduced_sections": [],
    "relieves_under_21": False,
    "age_years": 0,
    "years_since_conviction": 0,
    "years_without_conviction": 0,
    "relieves_only_cannabis": False,
    "relieves_deceased": False,
}


def written(folder: Path, text: str, name: str = "office.json") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputRefused) as refused:
        read_policy(path)
    message = str(refused.value)
    assert str(path) in message
    assert "\n" not in message
    return message.replace(str(path), "FILE")


def test_the_options_file_of_the_program_gives_the_office_policy_its_choices(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path, json.dumps(EXAMPLE)))
    assert policy.pack == OFFICE_POLICY
    assert policy.parameters == {
        "dismissed_sections": ["11357", "11358"],
        "reduced_sections": ["11359", "11360"],
        "relieves_under_21": True,
        "age_years": 57,
        "years_since_conviction": 10,
        "years_without_conviction": 0,
        "relieves_only_cannabis": True,
        "relieves_deceased": True,
    }


@pytest.mark.parametrize(
    "options",
    [{}, {"baselineEligibility": {}}, {"additionalRelief": {}}, {"baselineEligibility": {"dismiss": []}}],
)
def test_a_key_that_is_absent_is_off(tmp_path: Path, options: dict[str, Any]) -> None:
    assert read_policy(written(tmp_path, json.dumps(options))).parameters == OFF


def test_the_order_of_keys_and_sections_says_nothing(tmp_path: Path) -> None:
    turned = {name: dict(reversed(part.items())) for name, part in reversed(EXAMPLE.items())}
    turned["baselineEligibility"] = {"reduce": ["11360", "11359"], "dismiss": ["11358", "11357"]}
    one = read_policy(written(tmp_path, json.dumps(EXAMPLE)))
    assert read_policy(written(tmp_path, json.dumps(turned), "turned.json")) == one


@pytest.mark.parametrize("years", [0, 40, 65])
def test_an_age_at_the_ends_of_its_range_is_accepted(tmp_path: Path, years: int) -> None:
    options = {"additionalRelief": {"subjectAgeThreshold": years}}
    assert read_policy(written(tmp_path, json.dumps(options))).parameters["age_years"] == years


def test_a_byte_order_mark_and_tabs_are_read(tmp_path: Path) -> None:
    text = "\ufeff" + json.dumps(EXAMPLE, indent="\t")
    assert read_policy(written(tmp_path, text)).parameters["age_years"] == 57


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"baselineEligability": {}}, "baselineEligability: [baselineEligability] is not a known key; "),
        (
            {"additionalRelief": {"subjectAgeTreshold": 50}},
            "additionalRelief.subjectAgeTreshold: [subjectAgeTreshold] is not a known key; did you mean [subjectAgeThreshold]?",
        ),
        ({"baselineEligibility": {"dismissed": []}}, "did you mean [dismiss]?"),
        (
            {"baselineEligibility": {"dismiss": ["11356"]}},
            "baselineEligibility.dismiss.0: input should be '11357', '11358', '11359' or '11360'",
        ),
        (
            {"baselineEligibility": {"dismiss": ["11357(b)"]}},
            "baselineEligibility.dismiss.0: input should be",
        ),
        ({"baselineEligibility": {"dismiss": [11357]}}, "baselineEligibility.dismiss.0: input should be"),
        ({"baselineEligibility": {"dismiss": "11357"}}, "dismiss: input should be a valid list"),
        (
            {"baselineEligibility": {"dismiss": ["11358", "11359"], "reduce": ["11359"]}},
            "baselineEligibility: section [11359] stands both on the dismiss list and on the reduce list",
        ),
        (
            {"additionalRelief": {"subjectAgeThreshold": 39}},
            "additionalRelief.subjectAgeThreshold: [39] is not from 40 to 65, or 0, which is off",
        ),
        ({"additionalRelief": {"subjectAgeThreshold": 66}}, "[66] is not from 40 to 65"),
        ({"additionalRelief": {"yearsSinceConvictionThreshold": 16}}, "[16] is not from 1 to 15"),
        ({"additionalRelief": {"yearsCrimeFreeThreshold": -1}}, "[-1] is not from 1 to 15"),
        ({"additionalRelief": {"yearsCrimeFreeThreshold": 7.5}}, "should be a valid integer"),
        ({"additionalRelief": {"subjectAgeThreshold": "57"}}, "should be a valid integer"),
        ({"additionalRelief": {"subjectAgeThreshold": True}}, "should be a valid integer"),
        (
            {"additionalRelief": {"subjectIsDeceased": 1}},
            "subjectIsDeceased: input should be a valid boolean",
        ),
        ({"additionalRelief": {"subjectIsDeceased": "true"}}, "input should be a valid boolean"),
        ({"additionalRelief": {"subjectIsDeceased": None}}, "input should be a valid boolean"),
        ({"additionalRelief": []}, "additionalRelief: input should be"),
        ([], "the file: input should be"),
    ],
)
def test_an_unknown_key_or_value_of_the_options_file_is_an_error(
    tmp_path: Path, options: Any, message: str
) -> None:
    assert message in refusal(written(tmp_path, json.dumps(options)))


def test_a_repeated_key_of_the_options_file_is_an_error(tmp_path: Path) -> None:
    text = '{"additionalRelief": {"subjectIsDeceased": true, "subjectIsDeceased": false}}'
    assert refusal(written(tmp_path, text)) == "FILE: the key [subjectIsDeceased] stands here a second time"


def test_what_is_not_json_names_its_line(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, '{\n"additionalRelief": {,}}')).startswith("FILE:2: this is not JSON")


def test_a_file_of_ours_names_its_pack(tmp_path: Path) -> None:
    text = "pack: us_ca/policy_sacramento_2019\nparameters: {years_without_conviction: 7}\n"
    policy = read_policy(written(tmp_path, text, "office.yaml"))
    assert policy == Policy(pack="us_ca/policy_sacramento_2019", parameters={"years_without_conviction": "7"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parameters: {}\n", "FILE:1: pack: field required"),
        (
            "pack: a/b\nparameter: {}\n",
            "FILE:2: parameter: [parameter] is not a known key; did you mean [parameters]?",
        ),
        ("pack: a/b\npack: a/b\n", "FILE:2: the key [pack] stands here a second time"),
        ("pack: a/b\nparameters: [57]\n", "FILE:2: parameters: input should be a valid dictionary"),
        (
            'pack: us_ca/office_policy\nparameters: {dismissed_sections: ["11357"], reduced_sections: ["11357"]}\n',
            "FILE:1: the file: section [11357] stands both on the dismiss list and on the reduce list",
        ),
        ("", "FILE: the file is empty"),
    ],
)
def test_what_a_file_of_ours_does_not_know_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(written(tmp_path, text, "office.yaml")) == message


def test_a_file_of_another_kind_or_none_is_an_error(tmp_path: Path) -> None:
    assert "is neither .json" in refusal(written(tmp_path, "{}", "office.txt"))
    assert "cannot be read" in refusal(tmp_path / "absent.json")


def test_the_example_that_is_shipped_is_read() -> None:
    example = conf_folders()[-1] / "policies/example.json"
    assert json.loads(example.read_text()) == EXAMPLE
    assert read_policy(example).pack == OFFICE_POLICY


def test_the_office_policy_takes_every_choice_of_the_options_file(tmp_path: Path) -> None:
    policy = read_policy(written(tmp_path, json.dumps(EXAMPLE)))
    pack = load_pack(find_packs(conf_folders())[policy.pack], policy.parameters)
    assert pack.parameters["age_years"].values[0].value == 57
    assert pack.parameters["dismissed_sections"].values[0].value == ("11357", "11358")
    assert {*pack.parameters} - {"set_aside_counts_as_prior"} == {*policy.parameters}


@pytest.mark.parametrize(
    ("key", "name", "years"),
    [
        ("subjectAgeThreshold", "age_years", (-1, 0, 1, 39, 40, 65, 66)),
        ("yearsSinceConvictionThreshold", "years_since_conviction", (-1, 0, 1, 15, 16)),
        ("yearsCrimeFreeThreshold", "years_without_conviction", (-1, 0, 1, 15, 16)),
    ],
)
def test_the_pack_and_the_options_file_allow_the_same_years(
    tmp_path: Path, key: str, name: str, years: tuple[int, ...]
) -> None:
    folder = find_packs(conf_folders())[OFFICE_POLICY]

    def is_accepted(read: Any) -> bool:
        try:
            read()
        except InputRefused:
            return False
        return True

    for each in years:
        path = written(tmp_path, json.dumps({"additionalRelief": {key: each}}))
        by_file = is_accepted(lambda path=path: read_policy(path))
        assert by_file == is_accepted(lambda each=each: load_pack(folder, {name: each})), each
