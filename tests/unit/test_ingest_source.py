"""The description of a source: what its texts mean, and what a description may not say."""

from pathlib import Path

import pytest

from clear_record.configuration import conf_folders, find_source
from clear_record.errors import InputRefused
from clear_record.ingest.source import read_source
from clear_record.ingest.texts import DISPOSITION_CODES, code_bit, read_disposition

PATH = find_source("us_ca_doj", conf_folders())
SOURCE = read_source(PATH)


@pytest.mark.parametrize(
    ("text", "codes", "under", "grade_after"),
    [
        ("CONVICTED", ["convicted"], None, None),
        ("convicted-prob/jail", ["convicted"], None, None),
        ("CONVICTED-CONV SET ASIDE & DISM PER 1203.4 PC", ["convicted", "set_aside"], "1203.4", None),
        ("CONV SET ASIDE & DISM PER 1203.4 PC", ["set_aside"], "1203.4", None),
        ("CONV SET ASIDE & DISM PER 1203.4A PC", ["set_aside"], "1203.4A", None),
        ("DISM PER 11361.8 HS", ["dismissed"], None, None),
        ("DISMISSED/FURTHERANCE OF JUSTICE", ["dismissed"], None, None),
        ("DISM-REDUCED 17", ["unknown"], None, None),
        ("DEJ PER 1000 PC", ["diverted"], None, None),
        ("ACQUITTED", ["acquitted"], None, None),
        ("REDUCED TO MISDEMEANOR PER 17(B) PC", ["reduced"], None, "M"),
        ("RESENTENCED", ["resentenced"], None, None),
        ("RESENTENCED TO MISDEMEANOR PER 1170.18 PC", ["resentenced"], None, "M"),
        ("PROB REVOKED", ["revoked"], None, None),
        ("PROS REL-DET ONLY-LACK OF EVIDENCE", ["released"], None, None),
        ("REMANDED TO THE MOON", ["unknown"], None, None),
    ],
)
def test_a_disposition_says_what_its_text_says(
    text: str, codes: list[str], under: str | None, grade_after: str | None
) -> None:
    reading = read_disposition(text, SOURCE.dispositions)
    assert [code for code in DISPOSITION_CODES if reading.codes & code_bit(code)] == codes
    assert (reading.under, reading.grade_after) == (under, grade_after)


def test_the_source_has_all_columns_and_counties() -> None:
    assert (len(SOURCE.columns), len(SOURCE.counties)) == (95, 58)
    assert SOURCE.columns[76] == "FE_NUM_CRT_CASE"


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("subject: SUBJECT_ID", "subject: SUBJECT", "SUBJECT"),
        ("  SENT_ORDER, SENT_LOC_CODE", "  SENT_ORDER, SENT_ORDER, SENT_LOC_CODE", "twice"),
        ("state: CA", "state: CA\ncolour: red", "colour"),
        ('pattern: "^ACQUIT|', 'pattern: "^(ACQUIT|', "regular expression"),
    ],
)
def test_a_description_that_cannot_hold_is_refused_with_its_line(
    written: str, instead: str, said: str, tmp_path: Path
) -> None:
    text = PATH.read_text()
    assert written in text
    path = tmp_path / "us_ca_doj.yaml"
    path.write_text(text.replace(written, instead))
    with pytest.raises(InputRefused, match=said) as refused:
        read_source(path)
    assert str(path) in str(refused.value)
