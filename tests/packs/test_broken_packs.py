"""A zoo of broken packs: each file says one change to the sound pack, and the message with which it is refused, word by word."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from clear_record.errors import InputRefused, PackRefused
from clear_record.law.expressions import walk
from clear_record.law.pack_reader import load_pack, pack_of
from clear_record.law.strict_yaml import read_model

HERE = Path(__file__).parent
ANIMALS = sorted((HERE / "broken").glob("*.yaml"))


class Animal(BaseModel):
    """A file of the sound pack, a text in it (else the whole file), what stands there instead, and the message."""

    file: str
    replaces: str | None = None
    text: str = Field(alias="with")
    refused: str


def sound_texts() -> dict[str, str]:
    texts = {
        name: (HERE / "sound" / name).read_text()
        for name in ("pack.yaml", "parameters.yaml", "offenses.yaml")
    }
    return {**texts, "us_zz/violence/offenses.yaml": (HERE / "sound/lender.yaml").read_text()}


def broken_texts(animal: Animal) -> Mapping[str, str]:
    texts = sound_texts()
    if animal.replaces is None:
        return {**texts, animal.file: animal.text}
    assert texts[animal.file].count(animal.replaces) >= 1, "the sound pack has changed"
    return {**texts, animal.file: texts[animal.file].replace(animal.replaces, animal.text, 1)}


def test_the_sound_pack_is_sound() -> None:
    pack = pack_of(sound_texts())
    assert pack.name == "us_zz/minor_offenses"
    assert len(list(walk(pack.scope))) > 1


@pytest.mark.parametrize("file", ANIMALS, ids=lambda file: file.stem)
def test_a_broken_pack_is_refused_with_file_line_and_what_was_expected(file: Path) -> None:
    animal = read_model(Animal, file)
    with pytest.raises(InputRefused) as refused:
        pack_of(broken_texts(animal))
    assert str(refused.value) == animal.refused
    assert "\n" not in animal.refused


def write_pack(conf: Path, name: str, texts: Mapping[str, str]) -> Path:
    folder = conf / "packs" / name
    folder.mkdir(parents=True)
    for file, text in texts.items():
        (folder / file).write_text(text)
    return folder


def lent_and_sound(conf: Path) -> tuple[Path, Path]:
    texts = sound_texts()
    lent = texts.pop("us_zz/violence/offenses.yaml").replace("passed_on: {from_pack: us_zz/third}\n", "")
    lender = write_pack(conf, "us_zz/violence", {"pack.yaml": "", "offenses.yaml": lent})
    return write_pack(conf, "us_zz/minor_offenses", texts), lender


def test_a_list_of_another_pack_is_the_list_that_this_pack_has(tmp_path: Path) -> None:
    folder, _ = lent_and_sound(tmp_path)
    entries = load_pack(folder).lists["violent"].entries
    assert [(each.entry.first, each.is_certain) for each in entries] == [
        ("187", True),
        ("203", True),
        ("207", False),
    ]


def test_the_texts_of_a_pack_say_it_whole_without_the_folder_of_the_other(tmp_path: Path) -> None:
    folder, lender = lent_and_sound(tmp_path)
    loaded = load_pack(folder)
    (lender / "offenses.yaml").unlink()
    again = pack_of(loaded.texts)
    assert again == loaded
    assert again.fingerprint == loaded.fingerprint


def test_a_change_of_the_other_packs_list_changes_the_fingerprint(tmp_path: Path) -> None:
    folder, lender = lent_and_sound(tmp_path)
    before = load_pack(folder).fingerprint
    lists = lender / "offenses.yaml"
    lists.write_text(lists.read_text().replace("PC 207", "PC 209"))
    assert load_pack(folder).fingerprint != before


def test_a_list_is_taken_from_the_folder_that_wins_for_its_pack(tmp_path: Path) -> None:
    folder, _ = lent_and_sound(tmp_path / "shipped")
    own = {"pack.yaml": "", "offenses.yaml": "violent: {says: a, cite: b, evidence: C, certain: [PC 1]}\n"}
    overlay = write_pack(tmp_path / "overlay", "us_zz/violence", own)
    pack = load_pack(folder, packs={"us_zz/violence": overlay})
    assert [each.entry.first for each in pack.lists["violent"].entries] == ["1"]


def test_a_list_of_a_pack_that_is_not_there_names_the_nearest_pack(tmp_path: Path) -> None:
    folder, _ = lent_and_sound(tmp_path)
    lists = folder / "offenses.yaml"
    lists.write_text(lists.read_text().replace("us_zz/violence", "us_zz/violent"))
    with pytest.raises(PackRefused) as refused:
        load_pack(folder)
    assert str(refused.value) == (
        f"{lists}:6: violent: there is no pack [us_zz/violent] with offense lists; the nearest is [us_zz/violence]"
    )


def test_a_pack_in_a_folder_of_another_name_is_refused(tmp_path: Path) -> None:
    lent_and_sound(tmp_path)
    texts = sound_texts()
    del texts["us_zz/violence/offenses.yaml"]
    folder = write_pack(tmp_path, "us_zz/small_offenses", texts)
    with pytest.raises(PackRefused, match=r"calls itself \[us_zz/minor_offenses\]"):
        load_pack(folder)


def test_a_folder_without_a_pack_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"is no pack: it has no pack.yaml"):
        load_pack(tmp_path)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"wating_years": 5}, "has no parameter [wating_years]; the nearest is [waiting_years]"),
        ({"waiting_years": 11}, "parameter [waiting_years]: [11] is not from 1 to 10, or 0, which is off"),
        ({"waiting_years": "soon"}, "parameter [waiting_years]: [soon] is not a number"),
        ({"waiting_years": "nan"}, "parameter [waiting_years]: [nan] is not a number"),
        ({"waiting_years": True}, "parameter [waiting_years]: [true] is not a number"),
        ({"waiting_years": {"a": 1}}, "a text, a number, true, false or a list of texts was expected"),
        ({"grades": ["M", "F"]}, "parameter [grades]: [F] is not one of M, I"),
    ],
)
def test_a_choice_that_the_pack_does_not_know_is_refused(
    tmp_path: Path, choices: dict[str, object], message: str
) -> None:
    folder, _ = lent_and_sound(tmp_path)
    with pytest.raises(InputRefused) as refused:
        load_pack(folder, choices)
    assert message in str(refused.value)


def test_the_same_choices_have_one_fingerprint_however_they_are_written(tmp_path: Path) -> None:
    folder, _ = lent_and_sound(tmp_path)
    one = load_pack(folder, {"waiting_years": 0, "grades": ["M", "I"]})
    other = load_pack(folder, {"grades": ["I", "M"], "waiting_years": "0"})
    assert one.fingerprint == other.fingerprint
    assert one.parameters["waiting_years"].values[0].value == 0
