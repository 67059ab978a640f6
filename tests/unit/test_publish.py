import hashlib
import json
from pathlib import Path

import pytest

from clear_record.configuration import conf_folders
from clear_record.errors import InputRefused, NotReproducible
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.publish import delivered
from clear_record.publish.delivered import Delivered, find
from clear_record.publish.determinations import Tally, determination, is_no_determination, reason_given
from clear_record.publish.folder import MANIFEST, written_aside
from clear_record.publish.layout import CONDENSED_COLUMNS
from clear_record.publish.lists import folder_names
from clear_record.publish.suppression import suppressed, suppressed_table


def decided(outcome: str, remedy: str, **more: object) -> Tally:
    given = {
        "pack": "us_ca/office_policy", "office": 0, "remedy_row": 1, "trace": "T", "missing": None, "charges_count": 1, "reason": None,
        "missing_facts": (), "is_no_determination": False, **more,
    }  # fmt: skip
    return Tally(outcome=outcome, remedy=remedy, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "remedy", "word"),
    [
        ("eligible", "dismiss_seal", "Eligible for Dismissal"),
        ("eligible", "redesignate_misdemeanor", "Eligible for Reduction"),
        ("eligible", "at_least:redesignate_misdemeanor", "Eligible for Reduction"),
        ("eligible", "at_least:dismiss_seal", "Eligible for Dismissal"),
        ("not_eligible", "none", "Not eligible"),
        ("not_eligible", "no_change", "Not eligible"),
        ("not_yet", "none", "Not eligible"),
        ("needs_review", "none", "Hand Review"),
        ("needs_review", "refer", "To be reviewed by City Attorneys"),
    ],
)
def test_a_decision_has_the_word_that_offices_know(outcome: str, remedy: str, word: str) -> None:
    assert determination(decided(outcome, remedy)) == word


def test_no_determination_is_blank_and_has_no_reason() -> None:
    none = decided("not_eligible", "none", is_no_determination=True, reason="x")
    assert (determination(none), reason_given(none)) == ("", "")


@pytest.mark.parametrize(
    ("remedy", "letter", "is_none"),
    [
        ("none", "T", True),
        ("none", "U", True),
        ("none", "F", False),
        ("no_change", "T", False),
        ("no_change", "U", False),
    ],
)
def test_what_was_set_aside_is_no_case_of_no_determination(remedy: str, letter: str, is_none: bool) -> None:
    pack = load_pack(find_packs(conf_folders())["us_ca/office_policy"])
    trace = "".join(letter if each.id == "no_choice_applies" else "F" for each in pack.criteria)
    assert is_no_determination(pack, "not_eligible", remedy, trace) is is_none
    assert not is_no_determination(pack, "needs_review", remedy, trace)


def test_what_is_missing_is_said_in_words_and_only_where_it_matters() -> None:
    facts = ("subject.birth_on", "history.latest_conviction")
    said = "Not known: date of birth, latest conviction"
    assert reason_given(decided("needs_review", "none", missing_facts=facts)) == said
    still_open = decided("eligible", "at_least:redesignate_misdemeanor", reason="Reduce", missing_facts=facts)
    assert reason_given(still_open) == f"Reduce; {said}"
    assert (
        reason_given(decided("eligible", "dismiss_seal", reason="Dismiss", missing_facts=facts)) == "Dismiss"
    )


def test_a_person_who_is_held_is_said_to_be() -> None:
    held = decided("needs_review", "none", trace="UTT", missing_facts=("subject.birth_on",))
    assert reason_given(held) == "A row about the person could not be read"


def test_the_condensed_list_ends_with_the_last_column() -> None:
    # Rows are cut at their commas without counting: a missing last cell tells that one is too short.
    assert CONDENSED_COLUMNS[-1] == 94


def test_counts_of_few_people_are_hidden() -> None:
    assert suppressed({"a": 100, "b": 11, "c": 10, "d": 3}) == {"a": 100, "b": 11, "c": None, "d": None}
    assert suppressed({"a": 100, "b": 11}) == {"a": 100, "b": 11}


def test_a_hidden_count_cannot_be_computed_from_the_total() -> None:
    assert suppressed({"a": 100, "b": 20, "c": 5}) == {"a": 100, "b": None, "c": None}
    # Two hidden ones that add up to almost nothing would be told within narrow bounds.
    assert suppressed({"a": 100, "b": 20, "c": 1, "d": 2}) == {"a": 100, "b": None, "c": None, "d": None}
    assert suppressed({"a": 5}) == {"a": None}


def test_the_few_who_are_left_out_are_hidden_as_those_who_are_in() -> None:
    rows = {
        "a": {"whole": 100, "part": 97},
        "b": {"whole": 100, "part": 50},
        "c": {"whole": 100, "part": 60},
        "d": {"whole": 100, "part": 100},
        "e": {"whole": 4, "part": 4},
        "f": {"whole": 40, "part": 20},
    }
    table = suppressed_table(rows, "whole", ["part"])
    assert {race: counts["part"] for race, counts in table.items()} == {
        "a": None, "b": 50, "c": 60, "d": 100, "e": None, "f": None,
    }  # fmt: skip
    assert {race: counts["whole"] for race, counts in table.items()} == {
        "a": 100, "b": 100, "c": 100, "d": 100, "e": None, "f": None,
    }  # fmt: skip


def test_each_delivered_file_has_a_folder_of_its_own_where_there_are_several() -> None:
    assert folder_names(["all.dat"]) == ["."]
    assert folder_names(["a.dat", "b.dat.gz", "A.dat"]) == ["a", "b", "A-2"]


# --- the folder --------------------------------------------------------------------------------------------


def put(out: Path, content: str, *, replace: bool = False) -> None:
    with written_aside(out, "run", replace=replace) as aside:
        (aside.lists / "south").mkdir()
        (aside.lists / "south" / "list.csv").write_text(content)
        (aside.scratch / "rows").write_text("scratch")


def test_lists_are_put_in_place_whole_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    put(out, "first")
    assert (out / "south" / "list.csv").read_text() == "first"
    assert json.loads((out / MANIFEST).read_text())["files"] == ["south/list.csv"]
    assert list(out.parent.iterdir()) == [out]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    put(tmp_path / "out", "first")
    assert (tmp_path / "out" / "south" / "list.csv").exists()


def test_a_folder_that_is_not_empty_is_refused_without_replace(tmp_path: Path) -> None:
    out = tmp_path / "out"
    put(out, "first")
    with pytest.raises(InputRefused, match=r"is not empty.*--replace"):
        put(out, "second")
    put(out, "second", replace=True)
    assert (out / "south" / "list.csv").read_text() == "second"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("has_lists", [True, False])
def test_what_no_publish_wrote_is_never_replaced(tmp_path: Path, has_lists: bool) -> None:
    out = tmp_path / "out"
    if has_lists:
        put(out, "first")
    out.mkdir(exist_ok=True)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputRefused, match=r"holds \[notes.txt\], which no publish wrote"):
        put(out, "second", replace=True)
    assert (out / "notes.txt").read_text() == "mine"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputRefused, match="is not a folder"):
        put(tmp_path / "out", "first", replace=True)


def test_a_failure_leaves_the_old_lists_and_no_scratch(tmp_path: Path) -> None:
    out = tmp_path / "out"
    put(out, "first")
    with pytest.raises(TypeError):
        put(out, None, replace=True)  # type: ignore[arg-type]
    assert (out / "south" / "list.csv").read_text() == "first"
    assert list(tmp_path.iterdir()) == [out]


# --- delivered files ---------------------------------------------------------------------------------------


def known(path: Path) -> Delivered:
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Delivered("d", 1, path.name, path.as_uri(), sha256, len(content), False, "utf-8", ("A", "B"))


def test_a_file_is_found_where_it_was_or_by_its_content_where_it_is_now(tmp_path: Path) -> None:
    was = tmp_path / "was here" / "a#1.dat"
    was.parent.mkdir()
    was.write_text("1,2\n")
    file = known(was)
    assert [[part.file for part in parts] for parts in find([file], [])] == [[was]]
    now = tmp_path / "now" / "b.dat"
    now.parent.mkdir()
    was.rename(now)
    (now.parent / "other.dat").write_text("3,4\n")
    assert [[part.file for part in parts] for parts in find([file], [str(now.parent)])] == [[now]]


def test_a_file_that_is_gone_or_changed_is_refused_with_the_way_on(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_text("1,2\n")
    file = known(path)
    path.write_text("1,3\n")
    with pytest.raises(NotReproducible, match=r"\[a.dat\] has changed since it was ingested .*--input"):
        find([file], [])
    path.unlink()
    with pytest.raises(NotReproducible, match=r"\[a.dat\] is not there any more .*--input"):
        find([file], [])
    with pytest.raises(InputRefused, match=r"--input \[nowhere\] is not there"):
        find([file], ["nowhere"])


def test_a_file_kept_elsewhere_is_asked_for() -> None:
    file = Delivered("d", 1, "a.dat", "s3a://records/a.dat", "0" * 64, 4, False, "utf-8", ("A",))
    with pytest.raises(NotReproducible, match="--input"):
        find([file], [])


def test_a_large_file_is_cut_at_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivered, "_PART_BYTES", 1000)
    monkeypatch.setattr(delivered, "_BLOCK_BYTES", 300)
    path = tmp_path / "a.dat"
    lines = [f"{at},{'x' * (at % 50)}\n" for at in range(1, 401)]
    path.write_text("".join(lines))
    [parts] = find([known(path)], [])
    assert len(parts) > 5
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        assert len("".join(lines[: part.first_line - 1])) == part.begins_at
        assert part.last_line == (following.first_line - 1 if following else None)


def test_a_large_file_is_not_cut_inside_of_a_long_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivered, "_PART_BYTES", 1000)
    monkeypatch.setattr(delivered, "_BLOCK_BYTES", 300)
    path = tmp_path / "a.dat"
    path.write_text('1,"' + "inside\n" * 500 + '"\n')
    assert [(part.begins_at, part.last_line) for part in find([known(path)], [])[0]] == [(0, None)]
