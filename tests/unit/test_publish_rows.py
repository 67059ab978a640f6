import csv
import gzip
import random
from pathlib import Path

import pytest

from clear_record.errors import NotReproducible
from clear_record.publish.extract import Places, extract
from clear_record.publish.layout import (
    ADDED_COLUMNS,
    ALL_RESULTS,
    CONDENSED_RESULTS,
    DECIDED_RESULTS,
    WITHOUT_COUNTY_RESULTS,
)
from clear_record.publish.merge import Merged, merge
from clear_record.publish.rows import Part

COLUMNS = tuple(f"COLUMN_{at}" for at in range(95))
BLANK = [""] * len(ADDED_COLUMNS)


def line(*cells: str) -> str:
    return ",".join([*cells, *[""] * (95 - len(cells))])


def lists(
    tmp_path: Path,
    content: bytes,
    determinations: str = "",
    *,
    has_header: bool = False,
    encoding: str = "utf-8",
) -> tuple[Merged, dict[str, list[list[str]]]]:
    """What merge writes for a file of that content, by list, header and all."""
    file, determined = tmp_path / "extract.dat", tmp_path / "determined"
    file.write_bytes(content)
    determined.write_text(determinations)
    done = merge(Part(file, encoding, COLUMNS, has_header), [determined], tmp_path / "out")
    written = {}
    for path in (tmp_path / "out").iterdir():
        with path.open(newline="", encoding="utf-8") as opened:
            written[path.name] = list(csv.reader(opened))
    return done, written


def cells_of(tmp_path: Path, content: bytes, *, encoding: str = "utf-8") -> list[list[str]]:
    _, written = lists(tmp_path, content, encoding=encoding)
    assert all(row[95:] == BLANK for row in written[ALL_RESULTS][1:])
    return [row[:95] for row in written[ALL_RESULTS][1:]]


def test_a_row_without_a_header_gets_the_names_of_the_layout(tmp_path: Path) -> None:
    _, written = lists(tmp_path, (line("1") + "\n").encode())
    assert written[ALL_RESULTS] == [[*COLUMNS, *ADDED_COLUMNS], [*line("1").split(","), *BLANK]]
    assert written[DECIDED_RESULTS] == [[*COLUMNS, *ADDED_COLUMNS]]


def test_a_delivered_header_stays_as_it_is_but_for_its_mark_of_byte_order(tmp_path: Path) -> None:
    header = ",".join(["record_id", *COLUMNS[1:]])
    _, written = lists(tmp_path, ("\ufeff" + header + "\n" + line("1")).encode(), has_header=True)
    assert written[ALL_RESULTS][0][:2] == ["record_id", "COLUMN_1"]
    assert len(written[ALL_RESULTS]) == 2


def test_latin_1_becomes_utf_8(tmp_path: Path) -> None:
    assert cells_of(tmp_path, line("Muñoz").encode("latin-1"), encoding="iso-8859-1")[0][0] == "Muñoz"


def test_line_ends_of_windows_become_those_of_unix(tmp_path: Path) -> None:
    cells_of(tmp_path, (line("1") + "\r\n" + line("2") + "\r\n").encode())
    assert b"\r" not in (tmp_path / "out" / ALL_RESULTS).read_bytes()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path: Path, start: str) -> None:
    plain = "" if start == "\r" else start + "1"
    quoted = f'"{start}1, 2"'
    content = line(plain, "a", plain, quoted, "b" + start.strip()) + "\n" + line(quoted) + "\n" + line(plain)
    first, second, third = cells_of(tmp_path, content.encode())
    safe = f"'{plain}" if plain else ""
    assert first[:5] == [safe, "a", safe, f"'{start}1, 2", "b" + start.strip()]
    assert (second[0], third[0]) == (f"'{start}1, 2", safe)


def test_a_lone_hyphen_of_the_delivery_is_made_safe_too(tmp_path: Path) -> None:
    assert cells_of(tmp_path, line("-", "x").encode())[0][:2] == ["'-", "x"]


@pytest.mark.parametrize(
    "cell",
    [
        '"SMITH,JOHN"',
        '"SAYS ""SO"", TWICE"',
        "5'11\"",
        '""',
        '"A"',
        '"""="""',
        '"a"b',
        "x\x00y",
        "x\x01,"[:2],
    ],
)
def test_quotes_are_read_as_csv_says(tmp_path: Path, cell: str) -> None:
    content = line("1", cell, "2", cell) + "\n" + line("3", "plain")
    expected = next(csv.reader([line("1", cell, "2", cell)]))
    first, second = cells_of(tmp_path, content.encode())
    assert first == expected
    assert second[:2] == ["3", "plain"]


def test_a_quoted_newline_makes_a_row_longer_and_counts_as_a_line(tmp_path: Path) -> None:
    content = line("1") + "\n" + line("2", '"one\ntwo, =3\r\nthree"', "x") + "\n" + line("3") + "\n"
    done, written = lists(tmp_path, content.encode(), "2\t1\tlong\n5\t1\tnext\n")
    rows = written[ALL_RESULTS][1:]
    assert (done.rows_count, done.decided_count) == (3, 2)
    assert rows[1][1] == "one\ntwo, =3\r\nthree"
    assert [row[95] for row in rows] == ["", "long", "next"]


def test_a_quote_that_is_never_closed_takes_no_other_row(tmp_path: Path) -> None:
    content = line('"1', "2") + "\n" + "".join(line(str(at)) + "\n" for at in range(3000))
    rows = cells_of(tmp_path, content.encode())
    assert len(rows) == 3001
    assert (rows[0][0], rows[-1][0]) == ('"1', "2999")


def test_rows_of_another_length_keep_the_columns_in_place(tmp_path: Path) -> None:
    content = "1,2\n" + line("3") + ",96,97\n" + line("4") + "\n"
    done, written = lists(tmp_path, content.encode(), "3\t1\tdecided\n")
    assert done.rows_count == 3
    assert [row[:2] for row in written[ALL_RESULTS][1:]] == [["1", "2"], ["3", ""], ["4", ""]]
    assert [row[95] for row in written[ALL_RESULTS][1:]] == ["", "", "decided"]


def test_blank_lines_are_no_rows_and_count_as_lines(tmp_path: Path) -> None:
    done, written = lists(tmp_path, (line("1") + "\n\n  \n" + line("2") + "\n").encode(), "4\t1\tsecond\n")
    assert done.rows_count == 2
    assert written[ALL_RESULTS][2][95] == "second"


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    assert cells_of(tmp_path, gzip.compress(line("packed").encode()))[0][0] == "packed"


def test_determinations_are_taken_by_line_from_any_number_of_files(tmp_path: Path) -> None:
    file = tmp_path / "extract.dat"
    file.write_text("".join(line(str(at)) + "\n" for at in range(1, 1001)))
    (tmp_path / "a").write_text("3\t1\tthree\n700\t0\tseven hundred\n")
    (tmp_path / "b").write_text("2\t1\ttwo\n1000\t1\tthousand\n")
    done = merge(Part(file, "utf-8", COLUMNS, False), [tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert done == Merged(rows_count=1000, decided_count=4, without_county_count=1)
    with (tmp_path / "out" / DECIDED_RESULTS).open(newline="") as opened:
        assert [(row[0], row[95]) for row in list(csv.reader(opened))[1:]] == [
            ("2", "two"),
            ("3", "three"),
            ("1000", "thousand"),
        ]
    with (tmp_path / "out" / WITHOUT_COUNTY_RESULTS).open(newline="") as opened:
        assert [(row[0], row[95]) for row in list(csv.reader(opened))[1:]] == [("700", "seven hundred")]


@pytest.mark.parametrize("decided", [2, 9])
def test_a_determination_without_a_row_is_refused(tmp_path: Path, decided: int) -> None:
    content = line("1", '"two\nlines"') + "\n" + line("2") + "\n"
    with pytest.raises(NotReproducible, match=f"line {decided} was decided, and no row"):
        lists(tmp_path, content.encode(), f"{decided}\t1\tlost\n")


def test_the_parts_of_a_file_add_up_to_the_whole(tmp_path: Path) -> None:
    rows = [line(str(at), '"A,B"' if at % 7 == 0 else "C").encode() + b"\n" for at in range(1, 901)]
    file, determined = tmp_path / "extract.dat", tmp_path / "determined"
    file.write_bytes(b"".join([",".join(COLUMNS).encode() + b"\n", *rows]))
    determined.write_text("".join(f"{at}\t{at % 2}\tdecided {at}\n" for at in range(2, 902, 3)))
    whole = Part(file, "utf-8", COLUMNS, True)
    begins_at = len(b"".join([",".join(COLUMNS).encode() + b"\n", *rows[:399]]))
    parts = [
        Part(file, "utf-8", COLUMNS, True, 0, 1, 400),
        Part(file, "utf-8", COLUMNS, True, begins_at, 401),
    ]
    merge(whole, [determined], tmp_path / "whole")
    for at, part in enumerate(parts):
        merge(part, [determined], tmp_path / str(at))
    for path in (tmp_path / "whole").iterdir():
        together = b"".join((tmp_path / str(at) / path.name).read_bytes() for at in range(2))
        assert together == path.read_bytes()


def test_what_csv_reads_of_the_list_is_what_it_reads_of_the_delivery(tmp_path: Path) -> None:
    chance = random.Random(11)
    pieces = ["", "A", '"A,B"', '"A ""B"", C"', "=1", '"=1,2"', "-", "é", '"l1\nl2"', "x y", "@", "+1"]
    content = "\n".join(",".join(chance.choice(pieces) for _ in range(95)) for _ in range(300)) + "\n"
    expected = [
        [f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row]
        for row in csv.reader(content.splitlines(keepends=True))
    ]
    _, written = lists(tmp_path, content.encode())
    assert [row[:95] for row in written[ALL_RESULTS][1:]] == expected
    assert [row[0] for row in written[CONDENSED_RESULTS][1:]] == [row[11] for row in expected]


def test_extract_takes_case_numbers_and_comments_that_name_an_offense(tmp_path: Path) -> None:
    file = tmp_path / "extract.dat"
    cells = line("P1", "101002001000", "CASE 1", '"SEE 11358 HS, ""AND"" 11359(A) HS"')
    file.write_text(
        "\n".join([cells, line(" P1", "101002001000", "", "FINE $250"), line("P2", "", "X", "11357.5 HS")])
    )
    extract(Part(file, "utf-8", COLUMNS, False), Places(0, 1, 2, 3, 94), tmp_path / "rows", b"4")
    assert [row.split("\t") for row in (tmp_path / "rows").read_text().splitlines()] == [
        ["4", "1", "P1", "101002001", "CASE 1", 'SEE 11358 HS, "AND" 11359(A) HS', "11358 11359(a)"],
        ["4", "2", "P1", "101002001", "", "", ""],
        ["4", "3", "3", "line", "X", "", ""],
    ]
