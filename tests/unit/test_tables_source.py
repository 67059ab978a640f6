"""The description of a state's own tables: what it may say, and what refuses it."""

from pathlib import Path

import pytest

from clear_record.configuration import conf_folders, find_source
from clear_record.errors import InputRefused
from clear_record.ingest.source import Source
from clear_record.ingest.tables.source import (
    CONFLICTS,
    Role,
    TablesSource,
    read_any_source,
    shape_of_dates,
)

STATEWIDE = find_source("us_zz_statewide", conf_folders())
COURTS = find_source("us_pa_courts", conf_folders())


def read(path: Path) -> TablesSource:
    source = read_any_source(path)
    assert isinstance(source, TablesSource)
    return source


def test_the_kind_of_a_source_says_how_it_is_read() -> None:
    assert isinstance(read_any_source(find_source("us_ca_doj", conf_folders())), Source)
    assert [name for name, _ in read(COURTS).tables.described()] == ["people", "charges", "sentences"]
    assert len(list(read(STATEWIDE).tables.described())) == 8


def test_every_column_that_plays_a_part_is_known_by_its_part() -> None:
    charges = read(COURTS).tables.charges
    assert charges.roles["charge"] == (Role.CHARGE, ("DOCKET", "SEQ"))
    assert charges.roles_of(Role.PAST) == ["offense_day", "arrest", "disposed"]
    assert "OFF_DESC" not in charges.mapped


def test_what_identifies_is_read_and_plays_no_part() -> None:
    people = read(STATEWIDE).tables.people
    assert people.identity == {"name": "FULL_NAME", "ssn": "SSN"}
    assert {"FULL_NAME", "SSN"} <= set(people.read)
    assert not {"FULL_NAME", "SSN"} & set(people.mapped)


def test_only_conflicts_that_can_arise_need_a_rule() -> None:
    assert {kind for kind in CONFLICTS if read(STATEWIDE).can_have(kind)} == set(CONFLICTS)
    assert {kind for kind in CONFLICTS if read(COURTS).can_have(kind)} == {
        "birth_dates",
        "without_charge",
        "without_person",
    }


@pytest.mark.parametrize(
    ("pattern", "shape"),
    [("yyyy-MM-dd", r"^[0-9]{4}\-[0-9]{2}\-[0-9]{2}$"), ("MM/dd/yyyy", "^[0-9]{2}/[0-9]{2}/[0-9]{4}$"), ("yyyyMMdd", "^[0-9]{4}[0-9]{2}[0-9]{2}$")],
)  # fmt: skip
def test_a_pattern_of_dates_is_read_in_its_one_shape(pattern: str, shape: str) -> None:
    assert shape_of_dates(pattern) == shape


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("kind: tables", "kind: table", "kind: [table] is no kind of source: expected one of extract, tables"),
        ("birth: DOB", "birthday: DOB", "[birthday] is not a known key; did you mean [birth]"),
        ("dates: [MM/dd/yyyy, MM/yyyy]", "dates: [M/d/yyyy]", "[M/d/yyyy] is no pattern of a date"),
        ("dates: [MM/dd/yyyy, MM/yyyy]", "dates: [MM/yyyy]", "have no pattern of a whole day"),
        ("dates: [MM/dd/yyyy, MM/yyyy]", "dates: [MM/dd]", "leaves out what a day needs"),
        ("sex: {male: [M], female: [F]}", "sex: {male: [M], female: [m]}", "the text [M] stands for both [male] and [female]"),
        ("sex: {male: [M], female: [F]}", "sex: {man: [M]}", "'male', 'female' or 'other'"),
        ("  - kind: birth_dates\n    rule: both", "  - kind: birth_dates\n    rule: believe_charge", "[believe_charge] cannot decide [birth_dates]: expected one of both, believe_people, review"),
        ("  - kind: without_person\n    rule: keep\n    says: Defendants of magisterial courts are not in the table of people; their birth date stays open.\n", "", "conflicts: [without_person] has no rule"),
        ("identity: {name: DEF_NAME}", 'unused: {DEF_NAME: ""}', "unused column [DEF_NAME] of table [DEFENDANTS] needs a reason"),
        ("identity: {name: DEF_NAME}", "unused: {DOB: Twice.}", "[DOB] of table [DEFENDANTS] is both used and unused"),
        ("identity: {name: DEF_NAME}", "identity: {name: DEF_NAME}\n    unused: {DEF_NAME: Identity.}", "[DEF_NAME] of table [DEFENDANTS] is both used and unused"),
        ("identity: {name: DEF_NAME}", "identity: {Full Name: DEF_NAME}", "Full Name"),
        ("    unused: {OFF_DESC:", "    identity: {name: OTN}\n    unused: {OFF_DESC:", "identity [name] is both of people and of charges"),
        ("    length_in: month\n", "    length_in: month\n    identity: {judge: JUDGE}\n", "identity of table [SENTENCE_PARTS]: only people and charges have one"),
        ("    key: [DOCKET, SEQ, PART]\n", "", "table [SENTENCE_PARTS] needs a key"),
        ("charge: [DOCKET, SEQ], kind", "charge: [DOCKET], kind", "is not known by 2 columns"),
        ("    length_in: month\n", "", "need a column of units, or length_in for all"),
        ("coverage: [charge,", "coverage: [fact:shoes,", "[fact:shoes] is no kind of record"),
        ("statutes: PA", "statutes: ZZ", "how [ZZ] prints its statutes is not known"),
        ('ADAMS: ["01"]', 'ADAM: ["01"]', "[ADAM] is not one of counties"),
        ("grade: GRADE_CD", "charged_offense: GRADE_CD", "codes of [grade] of table [DOCKET_CHARGES] belong to no column"),
    ],
)  # fmt: skip
def test_a_description_that_cannot_hold_is_refused_with_its_file(
    written: str, instead: str, said: str, tmp_path: Path
) -> None:
    text = COURTS.read_text()
    assert written in text
    path = tmp_path / "us_pa_courts.yaml"
    path.write_text(text.replace(written, instead, 1))
    with pytest.raises(InputRefused) as refused:
        read_any_source(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
