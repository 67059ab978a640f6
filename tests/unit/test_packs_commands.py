"""The commands of those who write rule packs, as they are called: what they print, and with what they exit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from clear_record import terminal
from clear_record.authoring.schema import schema_of
from clear_record.cli import main
from clear_record.configuration import conf_folders

SHIPPED = conf_folders()[0]
PROP64 = SHIPPED / "packs/us_ca/prop64"
Ran = tuple[int, str, str]
Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with 100 columns: its exit code, stdout and stderr."""
    monkeypatch.setattr(terminal.report, "width", 100)

    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as stopped:
            main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return int(stopped.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def copy_of_prop64(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROP64, tmp_path / "older prop64"))


def change(file: Path, text: str, other: str) -> None:
    assert text in file.read_text()
    file.write_text(file.read_text().replace(text, other, 1))


# ---- list


def test_list_says_of_each_pack_what_it_is_and_from_when_it_holds(run: Run) -> None:
    code, out, err = run("packs", "list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    at = lines.index("us_ca/prop64")
    assert lines[at + 1] == "  Proposition 64, relief for past cannabis convictions (HSC 11361.8)"
    assert lines[at + 2].startswith("  statute, draft, in force from 2016-11-09; 26 criteria, ")
    assert lines[at + 3] == "  HSC 11361.8(a), (b), (e), (f), (m), with 11357 to 11360 and 11362.1 [K]"
    assert [line for line in lines if not line.startswith(" ")] == sorted(
        f"{folder.parent.name}/{folder.name}" for folder in (SHIPPED / "packs").glob("*/*")
    )


def test_list_gives_one_json_list(run: Run) -> None:
    code, out, _ = run("packs", "list", "--json")
    by_name = {each["name"]: each for each in json.loads(out)}
    assert code == 0
    assert by_name["us_ca/prop64"]["in_force_from"] == "2016-11-09"
    assert by_name["us_ca/prop64"]["authority"]["evidence"] == "K"
    assert by_name["us_ca/prop64"]["cases"] > 100


def test_list_names_a_pack_that_cannot_be_read_and_all_others(run: Run, tmp_path: Path) -> None:
    run("packs", "new", "us_zz/broken", "--conf", tmp_path)
    change(tmp_path / "packs/us_zz/broken/pack.yaml", "layer: statute", "layer: custom")
    code, out, _ = run("packs", "list", "--conf", tmp_path)
    assert code == 0
    assert "us_zz/broken\n  cannot be read:" in out
    assert "us_ca/prop64\n  Proposition 64" in out


def test_of_several_folders_of_configuration_the_first_wins(run: Run, tmp_path: Path) -> None:
    for folder, title in (("one", "The first"), ("two", "The second")):
        (tmp_path / folder).mkdir()
        run("packs", "new", "us_zz/law", "--conf", tmp_path / folder)
        pack = tmp_path / folder / "packs/us_zz/law/pack.yaml"
        change(pack, "title: A law that seals older convictions", f"title: {title}")
    _, out, _ = run("packs", "list", "--conf", tmp_path / "one", "--conf", tmp_path / "two")
    assert "us_zz/law\n  The first" in out


def test_a_folder_of_configuration_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    code, out, err = run("packs", "list", "--conf", tmp_path / "nothing")
    assert (code, out) == (2, "")
    assert err == f"clear-record: --conf [{tmp_path}/nothing] is not a folder; it holds sources/ and packs/\n"


# ---- show


def test_show_prints_every_part_of_a_pack_and_nothing_wider_than_the_terminal(run: Run) -> None:
    code, out, err = run("packs", "show", "us_ca/prop64")
    assert (code, err) == (0, "")
    assert "1. Scope: which charges are decided" in out
    assert "5. Remedies" in out
    assert "       Holds where the quantity of concentrated cannabis is at most 8 g.\n" in out
    assert "       If it is not known, it is presumed to hold.\n" in out
    assert max(map(len, out.splitlines())) <= 100


def test_show_as_of_a_day_gives_the_values_and_entries_of_that_day(run: Run) -> None:
    _, before, _ = run("packs", "show", "us_ca/prop64", "--as-of", "2020-12-31")
    _, after, _ = run("packs", "show", "us_ca/prop64", "--as-of", "2021-01-01")
    assert "until 2021-01-01: PC 286; PC 287" in before
    assert "from 2021-01-01: PC 286(c)" not in before
    assert "from 2021-01-01: PC 286(c)" in after
    assert "{prior_anchor: offense} is conviction" in after


def test_show_of_a_name_that_is_none_names_the_nearest(run: Run) -> None:
    code, out, err = run("packs", "show", "us_ca/prop46")
    assert (code, out) == (2, "")
    assert err == "clear-record: there is no pack [us_ca/prop46]; the nearest is [us_ca/prop64]\n"


def test_show_of_a_day_that_is_none_is_refused(run: Run) -> None:
    code, _, err = run("packs", "show", "us_ca/prop64", "--as-of", "yesterday")
    assert code == 2
    assert err.count("\n") == 1


def test_show_takes_a_folder_whatever_it_is_called(run: Run, copy_of_prop64: Path) -> None:
    code, out, _ = run("packs", "show", copy_of_prop64)
    assert code == 0
    assert out.startswith("us_ca/prop64: Proposition 64")


# ---- check


def test_the_packs_that_are_shipped_lack_nothing(run: Run) -> None:
    code, out, err = run("packs", "check")
    assert (code, err) == (0, "")
    packs_count = len(list((SHIPPED / "packs").glob("*/*/pack.yaml")))
    assert out == f"{packs_count} packs, 0 errors, 0 warnings\n"


def test_check_says_each_finding_in_one_line_and_exits_with_1(run: Run, tmp_path: Path) -> None:
    run("packs", "new", "us_zz/law", "--conf", tmp_path)
    folder = tmp_path / "packs/us_zz/law"
    change(folder / "cases/waiting_period.yaml", "{is_held: true}", "{is_held: unknown}")
    code, out, err = run("packs", "check", "us_zz/law", "--conf", tmp_path)
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"{folder}/pack.yaml:3: 1 of 7 cases are not decided as they say; `packs test` names them",
        f"{folder}/pack.yaml:19: criterion [record_is_complete]: no case leaves it open (U in the trace)",
        "1 pack, 2 errors, 0 warnings",
    ]


def test_warnings_alone_are_no_failure(run: Run, tmp_path: Path) -> None:
    run("packs", "new", "us_zz/law", "--conf", tmp_path)
    lists = tmp_path / "packs/us_zz/law/offenses.yaml"
    change(lists, "certain: [", "certain: [{statute: HS 11364, until: 2021-01-01}, ")
    code, out, _ = run("packs", "check", "us_zz/law", "--conf", tmp_path, "--json")
    assert code == 0
    (finding,) = json.loads(out)["us_zz/law"]
    assert finding == {
        "place": f"{lists}:2",
        "message": "reached: HS 11364 is not listed from 2021-01-01 until 2022-01-01",
        "is_error": False,
    }


def test_a_pack_that_is_refused_hides_no_finding_of_another(run: Run, tmp_path: Path) -> None:
    for name in ("us_zz/one", "us_zz/two"):
        run("packs", "new", name, "--conf", tmp_path)
    change(tmp_path / "packs/us_zz/one/pack.yaml", "status: draft ", "status: final ")
    change(tmp_path / "packs/us_zz/two/parameters.yaml", "from: 2020-01-01", "from: 2021-01-01")
    code, out, _ = run("packs", "check", "us_zz/one", "us_zz/two", "--conf", tmp_path)
    assert code == 1
    assert "one/pack.yaml:6: status: " in out
    assert "two/parameters.yaml:2: waiting_years: it has no value" in out
    assert out.endswith("2 packs, 2 errors, 0 warnings\n")


def test_check_of_a_name_that_is_none_is_refused(run: Run) -> None:
    code, _, err = run("packs", "check", "us_ca/prop65")
    assert (code, err) == (
        2,
        "clear-record: there is no pack [us_ca/prop65]; the nearest is [us_ca/prop64]\n",
    )


# ---- diff


def test_diff_of_a_pack_with_itself_finds_nothing(run: Run) -> None:
    assert run("packs", "diff", "us_ca/prop64", "us_ca/prop64") == (0, "Nothing changed.\n", "")


def test_how_a_pack_is_laid_out_is_no_change(run: Run, copy_of_prop64: Path) -> None:
    pack = copy_of_prop64 / "pack.yaml"
    pack.write_text(
        "# Another comment.\n" + pack.read_text().replace("fact.plants, up_to", "fact.plants,  up_to")
    )
    assert run("packs", "diff", copy_of_prop64, "us_ca/prop64")[0] == 0


@pytest.mark.parametrize(
    ("file", "text", "older", "line"),
    [
        ("pack.yaml", "status: draft", "status: reviewed", "pack status: changed"),
        ("pack.yaml", "from: 2016-11-09}", "from: 2016-11-08}", "pack in force: changed"),
        ("pack.yaml", "A conviction, or", "Any conviction, or", "scope: reworded"),
        ("pack.yaml", "'conviction', 'adjudication')", "'conviction')", "scope: test changed"),
        ("pack.yaml", "sentence_ends_on > as_of", "sentence_ends_on >= as_of", "scope serving: changed"),
        ("pack.yaml", "within: anywhere", "within: state", "question registrable_conviction_at_any_time: asks otherwise"),
        ("pack.yaml", "other.state <> this.state and ", "", "question prior_felony_elsewhere: condition changed"),
        ("pack.yaml", "The offense is cultivation.", "Cultivation.", "criterion is_cultivation: reworded"),
        ("pack.yaml", "concentrate_g <= 8", "concentrate_g <= 9", "criterion is_within_concentrate_limit: test changed"),
        ("pack.yaml", "evidence: S8", "evidence: K", "criterion is_cultivation: evidence changed"),
        ("pack.yaml", "applies: charge.offense.section = '11359'", "applies: charge.kind = 'charge'", "criterion no_use_of_person_under_21: applies otherwise"),
        ("pack.yaml", "    gives: review", "    gives: refer", "remedies row 2: changed"),
        ("parameters.yaml", "is: offense", "is: any", "parameter prior_anchor: value from 2016-11-09 changed"),
        ("offenses.yaml", "certain: [HS 11358]", "certain: [HS 11358, HS 11359]", "list cultivation: certain HS 11359 (with attempts) removed"),
        ("offenses.yaml", "certain: [HS 11358]", "certain: [{statute: HS 11358, from: 1976-01-01}]", "list cultivation: certain HS 11358 (with attempts) changed"),
    ],
)  # fmt: skip
def test_diff_names_what_changed(
    run: Run, copy_of_prop64: Path, file: str, text: str, older: str, line: str
) -> None:
    change(copy_of_prop64 / file, text, older)
    code, out, err = run("packs", "diff", copy_of_prop64, "us_ca/prop64")
    assert (code, err) == (1, "")
    assert [each for each in out.splitlines() if not each.startswith(" ")] == [line]


def test_diff_tells_what_was_and_what_is(run: Run, copy_of_prop64: Path) -> None:
    change(copy_of_prop64 / "pack.yaml", "concentrate_g <= 8", "concentrate_g <= 9")
    _, out, _ = run("packs", "diff", copy_of_prop64, "us_ca/prop64")
    assert out.splitlines()[1:] == [
        "    was: the quantity of concentrated cannabis is at most 9 g",
        "    is:  the quantity of concentrated cannabis is at most 8 g",
    ]
    _, out, _ = run("packs", "diff", copy_of_prop64, "us_ca/prop64", "--json")
    assert json.loads(out) == [
        {
            "part": "criterion",
            "name": "is_within_concentrate_limit",
            "what": "test changed",
            "before": "the quantity of concentrated cannabis is at most 9 g",
            "after": "the quantity of concentrated cannabis is at most 8 g",
        }
    ]


def test_diff_says_whether_the_id_of_a_criterion_was_retired(run: Run, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        run("packs", "new", "us_zz/law", "--conf", tmp_path / name)
    old, new = (tmp_path / name / "packs/us_zz/law" for name in ("old", "new"))
    change(old / "pack.yaml", "criteria:", "retired: [is_final]\ncriteria:")
    added = "\n  - {id: is_final, says: It is final., cite: Code, evidence: K, test: charge.is_understood}\nladder:"
    change(new / "pack.yaml", "\nladder:", added)
    _, out, _ = run("packs", "diff", old, new)
    assert "criterion is_final: added, though its id had been retired\n" in out
    _, out, _ = run("packs", "diff", new, old)
    assert "criterion is_final: removed\n" in out
    change(old / "pack.yaml", "retired: [is_final]", "retired: []")
    _, out, _ = run("packs", "diff", new, old)
    assert "criterion is_final: removed, and not listed as retired\n" in out


def test_diff_of_a_folder_that_is_no_pack_is_refused(run: Run, tmp_path: Path) -> None:
    code, _, err = run("packs", "diff", tmp_path, "us_ca/prop64")
    assert (code, err) == (2, f"clear-record: [{tmp_path}] is no pack: it has no pack.yaml\n")


# ---- new


def test_a_new_pack_passes_check_and_test(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("packs", "new", "us_ny/sealing", "--conf", tmp_path)
    folder = tmp_path / "packs/us_ny/sealing"
    assert code == 0
    assert out.startswith(f"{folder} is a pack")
    assert run("packs", "check", "us_ny/sealing", "--conf", tmp_path)[:2] == (
        0,
        "1 pack, 0 errors, 0 warnings\n",
    )
    assert run("packs", "test", "us_ny/sealing", "--conf", tmp_path)[:2] == (0, "7 of 7 pass\n")
    assert "state: NY\n" in (folder / "cases/waiting_period.yaml").read_text()


@pytest.mark.parametrize(
    "name", ["prop64", "us_ca/Prop64", "us_ca/prop64/more", "../us_ca/law", "us_ca/", ""]
)
def test_a_name_that_is_none_is_refused(run: Run, tmp_path: Path, name: str) -> None:
    code, _, err = run("packs", "new", name, "--conf", tmp_path)
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert err == f"clear-record: [{name}] is no name of a pack: write it as us_ca/prop64, in small letters\n"


def test_a_name_that_a_pack_has_is_refused(run: Run, tmp_path: Path) -> None:
    code, _, err = run("packs", "new", "us_ca/prop64", "--conf", tmp_path)
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert err == f"clear-record: there is a pack [us_ca/prop64] in {PROP64}: choose another name\n"


def test_without_a_folder_to_write_to_nothing_is_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("packs", "new", "us_zz/law")
    assert (code, list(tmp_path.iterdir())) == (2, [])
    assert err == "clear-record: there is no folder [conf] to write packs to: name one with --conf\n"


def test_a_pack_laid_over_may_take_a_list_of_a_shipped_one(run: Run, tmp_path: Path) -> None:
    run("packs", "new", "us_zz/law", "--conf", tmp_path)
    folder = tmp_path / "packs/us_zz/law"
    change(folder / "pack.yaml", "offenses.reached", "offenses.cannabis")
    (folder / "offenses.yaml").write_text("cannabis: {from_pack: us_ca/office_policy}\n")
    assert run("packs", "test", "us_zz/law", "--conf", tmp_path)[:2] == (0, "7 of 7 pass\n")
    assert run("packs", "check", "us_zz/law", "--conf", tmp_path)[0] == 0
    assert "; the list of us_ca/office_policy" in run("packs", "show", "us_zz/law", "--conf", tmp_path)[1]


# ---- schema


@pytest.mark.parametrize(("kind", "files"), [("pack", "pack.yaml"), ("parameters", "parameters.yaml"), ("offenses", "offenses.yaml"), ("cases", "cases/*.yaml")])  # fmt: skip
def test_every_file_of_every_pack_is_as_its_schema_says(
    run: Run, tmp_path: Path, kind: str, files: str
) -> None:
    run("packs", "new", "us_zz/law", "--conf", tmp_path)
    _, out, _ = run("packs", "schema", kind)
    validator = jsonschema.Draft202012Validator(
        json.loads(out), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    validator.check_schema(validator.schema)
    folders = [SHIPPED / "packs", tmp_path / "packs", Path(__file__).parents[1] / "packs"]
    found = [file for folder in folders for file in folder.glob(f"us_*/*/{files}")]
    assert len(found) > 6
    for file in found:
        assert [error.message for error in validator.iter_errors(as_an_editor_reads(file))] == [], file


def as_an_editor_reads(file: Path) -> object:
    """Editors read numbers and true as such, and a day as text."""

    class Editor(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it of the class
            first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return yaml.load(file.read_text(), Loader=Editor)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pack", {"pack": "us_zz/law", "titel": "A misspelt key"}),
        ("parameters", {"years": {"says": "Without values"}}),
        ("offenses", {"reached": {"says": "a", "cite": "b", "evidence": "K", "certain": [["HS 1"]]}}),
        ("cases", {"says": "a", "given": {}, "cases": [{"name": "b", "expect": {"outcome": "maybe"}}]}),
    ],
)
def test_a_schema_marks_what_the_reader_would_refuse(kind: str, content: object) -> None:
    assert not jsonschema.Draft202012Validator(schema_of(kind)).is_valid(content)


def test_the_schema_of_a_file_that_is_none_is_refused(run: Run) -> None:
    code, _, err = run("packs", "schema", "laws")
    assert code == 2
    assert err.count("\n") == 1
