import csv
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clear_record.errors import InputRefused
from clear_record.law.dates import DateInterval, DateKind
from clear_record.law.offenses import find_in_comment, is_see_comment, parse_california
from clear_record.synth import shares, story
from clear_record.synth.dirt import FAULTS
from clear_record.synth.layout import COLUMNS, segment
from clear_record.synth.people import CANARY, FORMULAS
from clear_record.synth.us_ca_doj import _CHUNKS_WORTH_A_POOL, CHUNK, Made, generate

SUBJECTS = 3000
Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, list[Row]]:
    path = tmp_path_factory.mktemp("synth") / "extract.dat"
    return generate(SUBJECTS, 11, path, processes=1), read(path)


@pytest.fixture(scope="module")
def made(extract: tuple[Made, list[Row]]) -> Made:
    return extract[0]


@pytest.fixture(scope="module")
def rows(extract: tuple[Made, list[Row]]) -> list[Row]:
    return extract[1]


def first_of_each(rows: list[Row], *columns: str) -> Iterator[Row]:
    seen = set()
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key not in seen:
            seen.add(key)
            yield row


def convictions(rows: list[Row]) -> Iterator[Row]:
    convicted = [row for row in rows if row["DISP_DESCR"].startswith("CONVICTED")]
    return first_of_each(convicted, "SUBJECT_ID", "CNT_ORDER", "OFFENSE_DESCR")


def cannabis_section(row: Row) -> str | None:
    """The section among 11357 to 11360 that a conviction is for."""
    printed = next(
        (row[c] for c in ("CONV_OFFENSE_DESCR", "DISP_OFFENSE_DESCR") if len(row[c]) > 4),
        row["OFFENSE_DESCR"],
    )
    if is_see_comment(printed) or not printed:
        offense = next(iter(find_in_comment(row["COMMENT_TEXT"])), None)
    else:
        offense = parse_california(printed)
    if offense is None or offense.code != "HS" or offense.conspiracy:
        return None
    return offense.section if offense.section in ("11357", "11358", "11359", "11360") else None


# The layout


def test_the_layout_has_the_columns_of_the_doj_in_their_places() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 95
    places = {"RECORD_ID": 0, "SUBJECT_ID": 2, "PRI_DOB": 14, "RACE_DESCR": 22, "CYC_DATE": 37, "STP_EVENT_DATE": 40,
              "STP_ORI_CNTY_NAME": 48, "CNT_ORDER": 50, "OFFENSE_DESCR": 54, "CONV_OFFENSE_DESCR": 63, "FE_NUM_CRT_CASE": 76,
              "DISP_DESCR": 80, "CONV_STAT_DESCR": 82, "SENT_LENGTH": 87, "COMMENT_TEXT": 93, "END_OF_REC": 94}  # fmt: skip
    assert {name: COLUMNS.index(name) for name in places} == places


def test_a_segment_refuses_columns_that_are_not_its_own_or_not_in_order() -> None:
    assert segment("CYC_ORDER", "STP_ORDER", "CYC_DATE", STP_SEG_SEP="STP")(("19990101",)) == ",19990101,STP,"
    with pytest.raises(ValueError, match="in their order"):
        segment("CYC_ORDER", "STP_ORDER", "CYC_DATE", "CYC_ORDER")
    with pytest.raises(ValueError, match="SENT_ORDER"):
        segment("CYC_ORDER", "STP_ORDER", "SENT_ORDER")


def test_every_row_has_95_fields_under_a_header_and_ends_in_a_line_feed(tmp_path: Path) -> None:
    made = generate(300, 1, tmp_path / "a.dat")
    text = (tmp_path / "a.dat").read_bytes()
    assert text.endswith(b"\n")
    assert b"\r" not in text
    with (tmp_path / "a.dat").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == list(COLUMNS)
    assert {len(row) for row in rows} == {95}
    assert len(rows) == made.rows == text.count(b"\n") - 1


def test_the_header_can_be_left_out(tmp_path: Path) -> None:
    generate(5, 1, tmp_path / "with.dat")
    generate(5, 1, tmp_path / "without.dat", header=False)
    header, _, rest = (tmp_path / "with.dat").read_bytes().partition(b"\n")
    assert header.startswith(b"RECORD_ID,")
    assert (tmp_path / "without.dat").read_bytes() == rest


def test_keys_are_unique_and_counts_have_twelve_digits(rows: list[Row], made: Made) -> None:
    assert len({row["RECORD_ID"] for row in rows}) == len(rows) == made.rows
    assert len({row["SUBJECT_ID"] for row in rows}) == made.subjects == SUBJECTS
    for row in rows:
        assert re.fullmatch(r"[1-9]\d{2}\d{3}\d{3}000", row["CNT_ORDER"])
        assert row["CNT_ORDER"][:6] == row["CYC_ORDER"] + row["STP_ORDER"]


# The same seed, the same bytes


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_processes(tmp_path: Path) -> None:
    subjects = _CHUNKS_WORTH_A_POOL * CHUNK
    for name, processes in (("one", 1), ("two", 2)):
        truth = tmp_path / f"{name}.jsonl"
        generate(subjects, 5, tmp_path / name / "x.dat", dirty=0.01, truth=truth, processes=processes)
    assert (tmp_path / "one" / "x.dat").read_bytes() == (tmp_path / "two" / "x.dat").read_bytes()
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    for seed in (5, 6):
        generate(20, seed, tmp_path / f"{seed}.dat")
    five, six = ((tmp_path / f"{seed}.dat").read_text(encoding="utf-8") for seed in (5, 6))
    assert five != six


def test_the_bytes_of_a_seed_are_known(tmp_path: Path) -> None:
    """They change with any change of shares, texts or draws: then they are to be written here anew."""
    generate(200, 7, tmp_path / "x.dat", dirty=0.02, truth=tmp_path / "truth")
    digests = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()[:16] for name in ("x.dat", "truth")]
    assert digests == ["8c5c9dacb23d6c55", "a9ac183c5ef30906"]


def test_more_people_and_more_files_leave_the_rows_as_they_are(tmp_path: Path) -> None:
    generate(CHUNK, 5, tmp_path / "few.dat")
    generate(2 * CHUNK, 5, tmp_path / "many.dat")
    assert (tmp_path / "many.dat").read_bytes().startswith((tmp_path / "few.dat").read_bytes())
    generate(CHUNK, 5, tmp_path / "three", files=3)
    rows = [row for path in (tmp_path / "three").iterdir() for row in read(path)]
    by_id = {row["RECORD_ID"]: row for row in read(tmp_path / "few.dat")}
    assert {row["RECORD_ID"]: row for row in rows} == by_id
    assert len(rows) == len(by_id)


# Calibration


def test_rows_and_convictions_a_person_are_those_of_the_doj_s_extract(made: Made, rows: list[Row]) -> None:
    assert 8 < made.rows / made.subjects < 10
    assert 1.65 < made.convictions / made.subjects < 1.95
    assert made.convictions == pytest.approx(len(list(convictions(rows))), rel=0.01)
    assert 350 < sum(len(",".join(row.values())) for row in rows) / len(rows) < 450


def test_races_are_those_of_los_angeles(rows: list[Row]) -> None:
    people = Counter(row["RACE_DESCR"] for row in first_of_each(rows, "SUBJECT_ID"))
    assert people["HISPANIC"] / SUBJECTS == pytest.approx(0.45, abs=0.03)
    assert people["BLACK"] / SUBJECTS == pytest.approx(0.32, abs=0.03)
    assert people["WHITE"] / SUBJECTS == pytest.approx(0.20, abs=0.03)


def test_cannabis_convictions_are_those_that_were_announced(rows: list[Row]) -> None:
    cannabis = [(cannabis_section(row), row) for row in convictions(rows)]
    cannabis = [(section, row) for section, row in cannabis if section is not None]
    people = {row["SUBJECT_ID"] for _, row in cannabis}
    assert 1.2 < len(cannabis) / len(people) < 1.35
    assert 0.9 < len(people) / SUBJECTS < 1
    sections = Counter(section for section, _ in cannabis)
    assert sections.most_common(1)[0][0] == "11359"
    assert min(sections.values()) / len(cannabis) > 0.1

    in_los_angeles = [row for _, row in cannabis if row["STP_ORI_CNTY_NAME"].strip() == shares.LOS_ANGELES]
    assert len(in_los_angeles) / len(cannabis) == pytest.approx(66 / 220, abs=0.04)
    felonies = sum(row["CONV_STAT_DESCR"].strip() == "FELONY" for row in in_los_angeles)
    misdemeanors = sum(row["CONV_STAT_DESCR"].strip() == "MISDEMEANOR" for row in in_los_angeles)
    assert felonies / (felonies + misdemeanors) == pytest.approx(62 / 66, abs=0.05)
    decades = Counter(row["STP_EVENT_DATE"][:3] for _, row in cannabis)
    assert decades["200"] > decades["198"] > decades["197"] > 0
    assert any(
        row["STP_EVENT_DATE"].startswith("196") and row["OFFENSE_DESCR"].startswith("1153") for row in rows
    )
    assert any(row["STP_EVENT_DATE"][:8] > "20161109" for _, row in cannabis)


def test_there_are_58_counties(rows: list[Row]) -> None:
    assert len(shares.CONVICTIONS_BY_COUNTY) == 58
    names = {row["STP_ORI_CNTY_NAME"].strip() for row in rows} - {"", "NULL", "x", "#"}
    assert names <= set(shares.CONVICTIONS_BY_COUNTY)
    assert len(names) > 50


# Awkward things

AWKWARD: dict[str, Callable[[Row], object]] = {
    "a year alone": lambda row: re.fullmatch(r"\d{4}0000", row["STP_EVENT_DATE"]),
    "a month alone": lambda row: re.fullmatch(r"\d{4}(0[1-9]|1[0-2])00", row["STP_EVENT_DATE"]),
    "zeros for a date": lambda row: row["STP_EVENT_DATE"] == "00000000",
    "no date of a cycle": lambda row: row["CYC_DATE"] == "",
    "30 February": lambda row: row["CYC_DATE"].endswith("0230"),
    "a sentinel": lambda row: "19000101" in (row["CYC_DATE"], row["STP_EVENT_DATE"], row["PRI_DOB"]),
    "no birth date": lambda row: row["PRI_DOB"] == "",
    "a padded felony": lambda row: row["CONV_STAT_DESCR"] == "FELONY   ",
    "a missing severity": lambda row: row["DISP_DESCR"] == "CONVICTED" and row["CONV_STAT_DESCR"] == "",
    "a severity in conflict": lambda row: row["CONV_STAT_DESCR"] == "FELONY" and row["OFFENSE_TOC"] == "M" and row["CONV_OFFENSE_DESCR"] == "",
    "a disposition dated otherwise": lambda row: row["DISP_DATE"] not in ("", row["STP_EVENT_DATE"]),
    "set aside": lambda row: row["DISP_DESCR"] == story.SET_ASIDE_AFTER_PROBATION,
    "set aside within the conviction": lambda row: row["DISP_DESCR"] == story.CONVICTED_AND_SET_ASIDE,
    "reduced under 17(b)": lambda row: row["DISP_DESCR"] == story.REDUCED_17B,
    "resentenced": lambda row: row["DISP_DESCR"] == story.RESENTENCED,
    "relieved before": lambda row: row["DISP_DESCR"] == story.DISMISSED_11361_8,
    "see comment": lambda row: row["OFFENSE_DESCR"] == "SEE COMMENT FOR CHARGE",
    "see comment in lower case": lambda row: row["OFFENSE_DESCR"] == "see comment for charge",
    "no offense but a comment": lambda row: row["OFFENSE_DESCR"] == "" and find_in_comment(row["COMMENT_TEXT"]),
    "a comment that names another": lambda row: row["COMMENT_TEXT"] == "ALSO 11358 HS" and "11359" in row["OFFENSE_DESCR"],
    "664/": lambda row: row["OFFENSE_DESCR"].startswith("664/11"),
    "664-": lambda row: row["OFFENSE_DESCR"].startswith("664-11"),
    "664 glued": lambda row: row["OFFENSE_DESCR"].startswith("66411"),
    "/664": lambda row: re.match(r"113\d\d\S*/664 HS", row["OFFENSE_DESCR"]),
    "182(A)(1)": lambda row: re.match(r"182\(A\)\(1\)/113\S* PC", row["OFFENSE_DESCR"]),
    "H&S": lambda row: row["OFFENSE_DESCR"].startswith("H&S 113"),
    "11357B HS": lambda row: re.match(r"11357[A-D] HS", row["OFFENSE_DESCR"]),
    "11357.5": lambda row: row["OFFENSE_DESCR"].startswith("11357.5"),
    "11357 VC": lambda row: row["OFFENSE_DESCR"].startswith("11357 VC"),
    "a section of before 1972": lambda row: row["OFFENSE_DESCR"].startswith("11530"),
    "a subdivision of after 2016": lambda row: row["OFFENSE_DESCR"].startswith("11359(B) HS"),
    "a super strike": lambda row: row["OFFENSE_DESCR"].startswith("187(A) PC"),
    "a registrable offense": lambda row: row["OFFENSE_DESCR"].startswith("288(A) PC"),
    "a near miss": lambda row: row["OFFENSE_DESCR"].startswith(("192(A) PC", "261.5(C) PC", "537(A)(1) PC")),
    "convicted of another": lambda row: len(row["CONV_OFFENSE_DESCR"]) > 4,
    "another at disposition": lambda row: row["DISP_OFFENSE_DESCR"] != "",
    "a filler for an offense": lambda row: row["CONV_OFFENSE_DESCR"] == "NULL",
    "a filler for a case number": lambda row: row["FE_NUM_CRT_CASE"] in ("#", "x"),
    "a fine without length": lambda row: row["SENT_LOC_DESCR"] == "FINE" and row["SENT_LENGTH"] == "",
    "a length not recorded": lambda row: row["SENT_LOC_DESCR"] == "JAIL" and row["SENT_LENGTH"] == "",
    "a padded county": lambda row: row["STP_ORI_CNTY_NAME"].endswith("   "),
    "no county": lambda row: row["STP_ORI_CNTY_NAME"] == "",
    "a comma in an offense": lambda row: "," in row["OFFENSE_DESCR"],
    "quotes in a name": lambda row: '"' in row["PRI_NAME"],
    "a formula for a name": lambda row: row["PRI_NAME"] in FORMULAS,
    "a formula in a comment": lambda row: row["COMMENT_TEXT"] in FORMULAS,
    "a registration": lambda row: row["STP_TYPE_DESCR"] == "REGISTRATION" and row["OFFENSE_DESCR"].startswith("290"),
    "a registration for narcotics": lambda row: row["STP_TYPE_DESCR"] == "REGISTRATION" and row["OFFENSE_DESCR"].startswith("11590"),
    "probation": lambda row: row["STP_TYPE_DESCR"] == "PROBATION",
    "custody": lambda row: row["STP_TYPE_DESCR"] == "CUSTODY",
    "an applicant": lambda row: row["STP_TYPE_DESCR"] == "APPLICANT",
    "deceased": lambda row: row["STP_TYPE_DESCR"] == "DECEASED",
    "a letter that is not ASCII": lambda row: not row["PRI_NAME"].isascii(),
}  # fmt: skip


@pytest.mark.parametrize("awkward", AWKWARD)
def test_awkward_things_occur(rows: list[Row], awkward: str) -> None:
    assert any(map(AWKWARD[awkward], rows))


def test_sentence_parts_share_a_count_and_may_be_identical(rows: list[Row]) -> None:
    parts: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row["SENT_ORDER"]:
            parts[row["SUBJECT_ID"], row["CNT_ORDER"], row["OFFENSE_DESCR"], row["OFN"]].append(row)
    sentences = [[(row["SENT_LOC_DESCR"], row["SENT_LENGTH"]) for row in count] for count in parts.values()]
    assert sum(len(sentence) > 1 for sentence in sentences) > len(sentences) / 2
    assert any(len(set(sentence)) < len(sentence) for sentence in sentences)
    assert {row["SENT_TIME_CODE"] for row in rows} == {"", "D", "M", "Y"}


def test_two_offenses_may_share_a_number(rows: list[Row]) -> None:
    offenses: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        offenses[row["SUBJECT_ID"], row["CNT_ORDER"]].add(row["OFFENSE_DESCR"])
    assert any(len(each) > 1 for each in offenses.values())


def test_numbers_may_change_between_arrest_and_court(rows: list[Row]) -> None:
    steps: dict[tuple[str, str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        step = row["SUBJECT_ID"], row["CYC_ORDER"], row["STP_ORDER"]
        steps[step][row["OFFENSE_DESCR"]].add(row["CNT_ORDER"][6:9])
    two_counts = [{"001"}, {"002"}]
    swapped = [
        steps[subject, cycle, "002"] == dict(zip(arrest, two_counts[::-1], strict=True))
        for (subject, cycle, step), arrest in list(steps.items())
        if step == "001" and list(arrest.values()) == two_counts
    ]
    assert any(swapped)


def test_strikes_stand_before_and_after_cannabis_convictions(rows: list[Row]) -> None:
    orders: dict[str, dict[bool, set[str]]] = defaultdict(lambda: {True: set(), False: set()})
    strike = re.compile(r"(187|191\.5|209|288)\(")
    for row in convictions(rows):
        if strike.match(row["OFFENSE_DESCR"]) or cannabis_section(row):
            orders[row["SUBJECT_ID"]][cannabis_section(row) is not None].add(row["CYC_ORDER"])
    both = [(min(each[False]), min(each[True])) for each in orders.values() if each[False] and each[True]]
    assert any(strike < cannabis for strike, cannabis in both)
    assert any(strike > cannabis for strike, cannabis in both)


def test_invented_people_can_be_searched_for(rows: list[Row]) -> None:
    assert {row["PRI_SSN"][:3] for row in rows} == {"900"}
    canaries = {row["SUBJECT_ID"] for row in rows if row["PRI_NAME"].startswith(CANARY)}
    assert 1 <= len(canaries) < SUBJECTS / 100


# Where rows stand


def test_people_are_spread_over_files_and_within_them(tmp_path: Path) -> None:
    generate(600, 3, tmp_path / "out", files=3)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"us_ca_doj-00{n}-of-003.dat" for n in (1, 2, 3)]
    files_of: dict[str, set[str]] = defaultdict(set)
    not_contiguous = set()
    for name in names:
        ids = [row["SUBJECT_ID"] for row in read(tmp_path / "out" / name)]
        blocks = Counter(now for before, now in zip(["", *ids], ids, strict=False) if before != now)
        not_contiguous |= {subject for subject, count in blocks.items() if count > 1}
        for subject in ids:
            files_of[subject].add(name)
    assert len(files_of) == 600
    assert 0.05 < sum(len(files) > 1 for files in files_of.values()) / 600 < 0.35
    assert not_contiguous


def test_within_one_file_some_people_are_not_contiguous(rows: list[Row]) -> None:
    ids = [row["SUBJECT_ID"] for row in rows]
    blocks = sum(before != now for before, now in zip(["", *ids], ids, strict=False))
    assert SUBJECTS * 1.02 < blocks < SUBJECTS * 1.2


def test_each_file_has_rows_however_few_people_there_are(tmp_path: Path) -> None:
    generate(4, 3, tmp_path / "out", files=4)
    assert all(read(path) for path in (tmp_path / "out").iterdir())


# Dirt


def reject_codes(line: str) -> set[str]:
    """The codes under which a row must be rejected, by docs/formats/ca_doj.md and the reject table."""
    cells = next(csv.reader([line]))
    if len(cells) != 95:
        return {"Q001"}
    row, codes = dict(zip(COLUMNS, cells, strict=True)), set()
    if any(ord(character) < 32 for character in line):
        codes.add("Q002")
    for column in ("PRI_DOB", "CYC_DATE", "STP_EVENT_DATE", "DISP_DATE"):
        reading = DateInterval.parse_yyyymmdd(row[column])
        if reading.kind is DateKind.UNREADABLE:
            codes.add("Q010")
        earliest = reading.interval.earliest
        if earliest is not None and earliest > shares.EXTRACTED_ON:
            codes.add("Q011")
    if not re.fullmatch(r"[1-9][0-9]{0,3}|", row["SENT_LENGTH"]):
        codes.add("Q012")
    if not re.fullmatch(r"[0-9]{12}", row["CNT_ORDER"]):
        codes.add("Q020")
    return codes


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def test_truth_names_every_dirty_row_and_the_one_code_it_must_get(tmp_path: Path) -> None:
    generate(900, 4, tmp_path / "clean", files=2)
    made = generate(900, 4, tmp_path / "dirty", files=2, dirty=0.05, truth=tmp_path / "truth.jsonl")
    truth = [json.loads(line) for line in lines_of(tmp_path / "truth.jsonl")]
    assert len(truth) == made.dirty_rows == round(0.05 * made.rows)
    assert truth == sorted(truth, key=lambda known: (known["file"], known["line"]))
    by_place = {(known["file"], known["line"]): known for known in truth}
    assert len(by_place) == len(truth)
    for path in sorted((tmp_path / "clean").iterdir()):
        clean, dirty = lines_of(path), lines_of(tmp_path / "dirty" / path.name)
        assert len(clean) == len(dirty)
        for number, (before, after) in enumerate(zip(clean, dirty, strict=True), start=1):
            known = by_place.get((path.name, number))
            if number > 1:
                assert reject_codes(before) == set()
            if known is None:
                assert before == after
                continue
            assert reject_codes(after) == {known["code"]}
            cells_before, cells_after = next(csv.reader([before])), next(csv.reader([after]))
            assert cells_before[2] == cells_after[2] == known["subject_id"]
            if known["field"] is not None:
                changed = [c for c, x, y in zip(COLUMNS, cells_before, cells_after, strict=True) if x != y]
                assert changed == [known["field"]]
    assert {known["fault"] for known in truth} == {fault.name for fault in FAULTS.values}


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.0), (0.0003, 0.0003), (1.0, 1.0)])
def test_the_share_of_dirty_rows_is_exact(tmp_path: Path, share: float, expected: float) -> None:
    made = generate(CHUNK + 200, 4, tmp_path / "x.dat", dirty=share, truth=tmp_path / "truth")
    assert made.dirty_rows == round(expected * made.rows) == len(lines_of(tmp_path / "truth"))


def test_no_dirt_is_an_empty_truth_and_the_place_of_one_file_is_its_name(tmp_path: Path) -> None:
    generate(50, 4, tmp_path / "x.dat", truth=tmp_path / "known" / "truth")
    assert (tmp_path / "known" / "truth").read_text() == ""
    generate(50, 4, tmp_path / "x.dat", dirty=0.05, truth=tmp_path / "known" / "truth")
    assert {json.loads(line)["file"] for line in lines_of(tmp_path / "known" / "truth")} == {"x.dat"}


# Where it writes


def test_an_earlier_extract_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "x.dat").write_text("something longer than nothing")
    generate(3, 1, tmp_path / "x.dat")
    assert read(tmp_path / "x.dat")
    generate(8, 1, tmp_path / "new" / "out", files=4)
    generate(8, 1, tmp_path / "new" / "out", files=2)
    assert len(list((tmp_path / "new" / "out").iterdir())) == 2
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["out"]


def test_what_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file.dat").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").touch()
    file, folder, new = tmp_path / "file.dat", tmp_path / "folder", tmp_path / "new"
    refused: list[Callable[[], Made]] = [
        lambda: generate(0, 1, new),
        lambda: generate(5, -1, new),
        lambda: generate(5, 1, new, files=0),
        lambda: generate(5, 1, new, files=6),
        lambda: generate(5, 1, new, dirty=1.5),
        lambda: generate(5, 1, new, dirty=float("nan")),
        lambda: generate(5, 1, folder),
        lambda: generate(5, 1, file, files=2),
        lambda: generate(5, 1, folder, files=2),
        lambda: generate(5, 1, new, truth=folder),
        lambda: generate(5, 1, new, truth=new),
        lambda: generate(5, 1, new, files=2, truth=new / "truth"),
    ]
    for attempt in refused:
        with pytest.raises(InputRefused) as refusal:
            attempt()
        assert "\n" not in str(refusal.value)
    assert (folder / "letter.txt").exists()
    assert not new.exists()
