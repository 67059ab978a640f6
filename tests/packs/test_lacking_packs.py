"""A zoo of packs that can be read and are refused by `packs check`: each file says one change to a new pack, and what is found, word by word."""

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from clear_record.authoring.check import Finding, check_pack
from clear_record.authoring.new import new_pack
from clear_record.law.pack_reader import find_packs
from clear_record.law.strict_yaml import read_model

HERE = Path(__file__).parent
ANIMALS = sorted((HERE / "lacking").glob("*.yaml"))


class Animal(BaseModel):
    """A file of the new pack, a text in it, what stands there instead, and the findings."""

    file: str
    replaces: str
    text: str = Field(alias="with")
    found: list[str]


def found_in(folder: Path, conf: Path) -> list[Finding]:
    return check_pack(folder, find_packs([conf]))


def test_a_new_pack_lacks_nothing(tmp_path: Path) -> None:
    assert found_in(new_pack("us_zz/new_law", tmp_path, {}), tmp_path) == []


@pytest.mark.parametrize("file", ANIMALS, ids=lambda file: file.stem)
def test_what_a_pack_lacks_is_found_with_file_and_line(file: Path, tmp_path: Path) -> None:
    animal = read_model(Animal, file)
    folder = new_pack("us_zz/new_law", tmp_path, {})
    changed = folder / animal.file
    assert changed.read_text().count(animal.replaces) >= 1, "the new pack has changed"
    changed.write_text(changed.read_text().replace(animal.replaces, animal.text, 1))
    found = [str(each).replace(str(folder), "pack") for each in found_in(folder, tmp_path)]
    assert found == animal.found


def test_a_pack_without_cases_is_refused(tmp_path: Path) -> None:
    folder = new_pack("us_zz/new_law", tmp_path, {})
    (folder / "cases/waiting_period.yaml").unlink()
    (finding,) = found_in(folder, tmp_path)
    assert (finding.place, finding.message) == (f"{folder}/cases", "the pack has no cases")
    assert finding.is_error


def test_what_is_wrong_with_a_borrowed_list_is_said_where_it_stands(tmp_path: Path) -> None:
    lender = new_pack("us_zz/lender", tmp_path, {})
    borrower = new_pack("us_zz/borrower", tmp_path, {})
    lists = lender / "offenses.yaml"
    lists.write_text(lists.read_text().replace("from: 2022-01-01", "from: 2022-01-01, until: 2021-01-01"))
    (borrower / "offenses.yaml").write_text("reached: {from_pack: us_zz/lender}\n")
    assert len(found_in(lender, tmp_path)) == 1
    assert found_in(borrower, tmp_path) == []
