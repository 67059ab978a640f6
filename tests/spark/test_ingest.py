"""Ingest on extracts written by hand: what earlier systems got wrong, links of steps, dates, ids, and the rows of a delivery."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import Row, SparkSession

from clear_record.configuration import conf_folders, find_source
from clear_record.ingest.delivery import ingest
from clear_record.ingest.source import read_source
from clear_record.keys import IdKey, id_key
from clear_record.lake import Lake
from clear_record.records import Records
from tests.spark.extracts import arrest, court, row, write

pytestmark = pytest.mark.spark

SOURCE = read_source(find_source("us_ca_doj", conf_folders()))
RECEIVED = date(2020, 1, 15)
SET_ASIDE = "CONV SET ASIDE & DISM PER 1203.4 PC"

FIRST = [
    # 1: a conviction without a date, 2: no birth date, 3: padded severity
    court("P01", "1", "", "11359 HS", PRI_DOB=""),
    # a partial day of birth, a day that does not exist, a sentinel
    court("P02", "2", "20050600", "11359 HS", PRI_DOB="19870230"),
    court("P03", "3", "20050601", "11359 HS", PRI_DOB="19000101", CONV_STAT_DESCR="FELONY   "),
    # 4: set aside by a later court step
    arrest("P04", "4", "20010101", "11358 HS"),
    court("P04", "5", "20010301", "11358 HS"),
    court("P04", "6", "20040401", "11358 HS", SET_ASIDE, step=3),
    # 5: convicted of another offense than charged
    arrest("P05", "7", "20010101", "11359 HS"),
    court("P05", "8", "20010301", "11359 HS", CONV_OFFENSE_DESCR="11357(C) HS", CONV_STAT_DESCR="MISDEMEANOR"),
    court("P06", "9", "20010301", "11359 HS", DISP_OFFENSE_DESCR="11357(B) HS", CONV_STAT_DESCR="INFRACTION"),
    # 6: a synthetic cannabinoid, an attempt, a lower-case pointer to the comment
    court("P07", "10", "20140301", "11357.5 HS"),
    court("P08", "11", "20140301", "664-11359 HS"),
    court("P09", "12", "20140301", "see comment for charge", COMMENT_TEXT="CNT 01: 11358 HS-CULTIVATE"),
    # 9: sentence parts of two counts, the same part twice, a leap year
    court("P10", "13", "20040229", "11359 HS", SENT_ORDER="1", SENT_LOC_DESCR="JAIL", SENT_LENGTH="12", SENT_TIME_CODE="M"),
    court("P10", "14", "20040229", "11359 HS", SENT_ORDER="2", SENT_LOC_DESCR="JAIL", SENT_LENGTH="12", SENT_TIME_CODE="M"),
    court("P10", "15", "20040229", "11358 HS", count=2, SENT_ORDER="1", SENT_LOC_DESCR="FINE"),
    # 10: a second, different offense under the same count
    court("P11", "16", "20010301", "11359 HS"),
    court("P11", "17", "20010301", "459 PC"),
    # 11: one person over two files
    court("P12", "18", "20010301", "11359 HS"),
    # 17(b), a plea in another order, a registration, a death, a juvenile
    court("P13", "19", "20010301", "11359 HS"),
    court("P13", "20", "20030301", "11359 HS", "REDUCED TO MISDEMEANOR PER 17(B) PC", step=3, CONV_STAT_DESCR="MISDEMEANOR"),
    arrest("P14", "21", "20010101", "11359 HS", count=1),
    arrest("P14", "22", "20010101", "11357(B) HS", count=2),
    court("P14", "23", "20010301", "11357(B) HS", count=1),
    row("P15", "24", 101, 1, 1, STP_TYPE_DESCR="REGISTRATION", STP_EVENT_DATE="19990101", OFFENSE_DESCR="290(A)(1)(A) PC"),
    row("P15", "25", 102, 1, 1, STP_TYPE_DESCR="DECEASED", STP_EVENT_DATE="20110505"),
    # a set-aside that joins to no conviction
    arrest("P16", "26", "20010101", "11359 HS"),
    court("P16", "27", "20010301", "11359 HS"),
    court("P16", "28", "20050301", "459 PC", SET_ASIDE, step=3, count=7),
    # severity in conflict, an unknown county, an unknown disposition
    court("P17", "29", "20010301", "11359 HS", OFFENSE_TOC="M"),
    court("P18", "30", "20010301", "11359 HS", STP_ORI_CNTY_NAME="ATLANTIS"),
    court("P19", "31", "20010301", "11359 HS", "REMANDED TO THE MOON"),
    # formula cells and quotes are delivered as they are
    court("P20", "32", "20010301", "11359 HS", PRI_NAME='=1+1, "JR"', COMMENT_TEXT='SAID "NO", AND LEFT'),
]  # fmt: skip
SECOND = [
    court("P12", "40", "20030301", "211 PC", cycle=102),
    # what cannot be believed: a date, a length, a key, the future, a birth after the arrest
    court("P21", "41", "2001-03-01", "11359 HS"),
    court("P22", "42", "20010301", "11359 HS", SENT_ORDER="1", SENT_LOC_DESCR="JAIL", SENT_LENGTH="1e2", SENT_TIME_CODE="D"),
    court("P23", "43", "20010301", "11359 HS", CNT_ORDER="NA"),
    court("P24", "44", "20210301", "11359 HS"),
    court("P25", "45", "19650301", "11359 HS", PRI_DOB="19700101"),
    court("P26", "46", "20010301", "11359\x1b HS"),
    # the same row twice, and the same key with other content
    court("P27", "47", "20010301", "11359 HS"),
    court("P27", "47", "20010301", "11359 HS"),
    court("P28", "48", "20010301", "11359 HS"),
    court("P28", "48", "20020301", "11359 HS"),
]  # fmt: skip


@dataclass(frozen=True)
class Ingested:
    """A lake with one delivery of two files."""

    lake: Lake
    key: IdKey
    folder: Path
    subject_ids: dict[str, str]

    def charges(self, person: str) -> list[Row]:
        of_person = Records(self.lake).rows("charge").where(f"subject_id = '{self.subject_ids[person]}'")
        return sorted(of_person.collect(), key=lambda each: (each["file"], each["line"]))

    def charge(self, person: str) -> Row:
        (charge,) = self.charges(person)
        return charge

    def of(self, table: str, person: str) -> list[Row]:
        return Records(self.lake).rows(table).where(f"subject_id = '{self.subject_ids[person]}'").collect()


@pytest.fixture(scope="module")
def ingested(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    folder = tmp_path_factory.mktemp("ingest")
    write(folder / "in" / "a.dat", FIRST)
    write(folder / "in" / "b.dat", SECOND, header=False, end="\r\n")
    lake = Lake(spark, str(folder / "lake"))
    key = id_key(str(folder / "lake"))
    ingest(lake, SOURCE, [str(folder / "in")], key, RECEIVED)
    people = sorted({each["SUBJECT_ID"] for each in (*FIRST, *SECOND)})
    return Ingested(lake, key, folder, {person: key.id_of(person) for person in people})


def ends(charge: Row, name: str) -> tuple[date | None, date | None]:
    return charge[f"{name}_earliest"], charge[f"{name}_latest"]


# What earlier systems got wrong (docs/formats/ca_doj.md)


def test_1_a_missing_conviction_date_is_open_and_not_year_one(ingested: Ingested) -> None:
    earliest, latest = ends(ingested.charge("P01"), "convicted")
    assert latest == RECEIVED
    assert earliest is not None
    assert earliest.year >= SOURCE.no_date_before.year


def test_1_a_partial_conviction_date_is_its_month(ingested: Ingested) -> None:
    assert ends(ingested.charge("P02"), "convicted") == (date(2005, 6, 1), date(2005, 6, 30))


def test_2_a_missing_birth_date_is_open(ingested: Ingested) -> None:
    (person,) = ingested.of("subject", "P01")
    assert ends(person, "birth")[0] is None
    (of_a_sentinel,) = ingested.of("subject", "P03")
    assert ends(of_a_sentinel, "birth")[0] is None


def test_2_a_birth_date_that_does_not_exist_is_its_month(ingested: Ingested) -> None:
    (person,) = ingested.of("subject", "P02")
    assert ends(person, "birth") == (date(1987, 2, 1), date(1987, 2, 28))


def test_3_a_padded_felony_is_a_felony(ingested: Ingested) -> None:
    assert ingested.charge("P03")["grade"] == "F"


def test_4_a_conviction_that_was_set_aside_says_so_and_stays_a_conviction(ingested: Ingested) -> None:
    charge = ingested.charge("P04")
    assert (charge["kind"], ends(charge, "convicted")) == ("conviction", (date(2001, 3, 1),) * 2)
    assert (ends(charge, "set_aside"), charge["set_aside_under"]) == ((date(2004, 4, 1),) * 2, "1203.4")
    assert charge["is_understood"]
    assert [
        each["code"] for each in sorted(ingested.of("disposition", "P04"), key=lambda d: d["sequence"])
    ] == [
        "convicted",
        "set_aside",
    ]


@pytest.mark.parametrize(("person", "subdivisions", "grade"), [("P05", "(c)", "M"), ("P06", "(b)", "I")])
def test_5_the_offense_of_conviction_is_preferred_to_the_charged_one(
    ingested: Ingested, person: str, subdivisions: str, grade: str
) -> None:
    charge = ingested.charge(person)
    assert (charge["offense_section"], charge["offense_subdivisions"], charge["grade"]) == (
        "11357",
        subdivisions,
        grade,
    )
    assert charge["charged_section"] == "11359"


def test_6_a_synthetic_cannabinoid_is_not_11357(ingested: Ingested) -> None:
    assert ingested.charge("P07")["offense_section"] == "11357.5"


def test_6_an_attempt_is_seen(ingested: Ingested) -> None:
    charge = ingested.charge("P08")
    assert (charge["offense_section"], charge["offense_attempt"]) == ("11359", True)


def test_6_a_pointer_to_the_comment_is_seen_in_lower_case(ingested: Ingested) -> None:
    charge = ingested.charge("P09")
    assert (charge["offense_code"], charge["offense_section"], charge["offense_is_readable"]) == (
        "HS",
        "11358",
        True,
    )


def test_9_sentence_parts_stay_with_their_count_and_may_run_together_or_in_turn(ingested: Ingested) -> None:
    jailed, fined = ingested.charges("P10")
    # 12 months from 29 February 2004 end on 1 March 2005 at the earliest; one after the other they end two years later.
    assert ends(jailed, "sentence_ends") == (date(2005, 3, 1), date(2006, 3, 1))
    assert (jailed["sentence_parts_count"], jailed["sentence_has_jail"]) == (2, True)
    assert (fined["offense_section"], fined["sentence_parts_count"], fined["sentence_has_jail"]) == (
        "11358",
        1,
        False,
    )
    assert len(ingested.of("sentence", "P10")) == 3


def test_10_a_second_offense_under_the_same_count_is_a_charge_of_its_own(ingested: Ingested) -> None:
    assert {each["offense_section"] for each in ingested.charges("P11")} == {"11359", "459"}


def test_11_a_person_in_two_files_is_one_person(ingested: Ingested) -> None:
    assert [each["file"] for each in ingested.charges("P12")] == [1, 2]
    assert len(ingested.of("subject", "P12")) == 1


def test_12_a_malformed_record_does_not_reject_the_file(ingested: Ingested) -> None:
    rejected = {
        (each["file"], each["line"], each["code"]) for each in Records(ingested.lake).rows("reject").collect()
    }
    assert rejected == {
        (2, 2, "Q010"), (2, 3, "Q012"), (2, 4, "Q020"), (2, 5, "Q011"), (2, 6, "Q011"), (2, 7, "Q002"),
        (2, 10, "Q030"), (2, 11, "Q030"),
    }  # fmt: skip
    assert not ingested.charges("P22")


# Links, events, grades


def test_a_reduction_keeps_the_grade_before_and_after(ingested: Ingested) -> None:
    charge = ingested.charge("P13")
    assert (charge["grade"], charge["grade_after"]) == ("F", "M")
    assert ends(charge, "reduced") == (date(2003, 3, 1),) * 2


def test_a_court_step_joins_its_arrest_by_the_offense_also_under_another_number(ingested: Ingested) -> None:
    kinds = {each["offense_section"]: each["kind"] for each in ingested.charges("P14")}
    assert kinds == {"11359": "arrest", "11357": "conviction"}


def test_a_change_that_joins_to_no_count_holds_its_cycle(ingested: Ingested) -> None:
    assert {each["is_understood"] for each in ingested.charges("P16")} == {False}


def test_a_severity_in_conflict_is_kept_as_one(ingested: Ingested) -> None:
    charge = ingested.charge("P17")
    assert (charge["grade"], charge["grade_is_in_conflict"]) == (None, True)


def test_an_unknown_county_is_no_county(ingested: Ingested) -> None:
    assert ingested.charge("P18")["county"] is None


def test_an_unknown_disposition_is_kept_counted_and_holds_its_cycle(ingested: Ingested) -> None:
    charge = ingested.charge("P19")
    assert (charge["kind"], charge["is_understood"]) == ("charge", False)
    assert [each["code"] for each in ingested.of("disposition", "P19")] == ["unknown"]


def test_a_registration_and_a_death_are_dated(ingested: Ingested) -> None:
    (registration,) = ingested.of("registration", "P15")
    assert (registration["kind"], registration["registered_from_latest"]) == (
        "sex_offender",
        date(1999, 1, 1),
    )
    (person,) = ingested.of("subject", "P15")
    assert ends(person, "deceased") == (date(2011, 5, 5),) * 2


def test_the_offense_date_is_derived_from_the_arrest(ingested: Ingested) -> None:
    charge = ingested.charge("P04")
    assert charge["offense_date_is_derived"]
    assert ends(charge, "offense") == (date(1998, 1, 1), date(2001, 1, 1))


def test_quotes_and_formula_cells_cut_no_row(ingested: Ingested) -> None:
    assert ingested.charge("P20")["offense_section"] == "11359"


# The delivery


def test_every_row_is_accounted_for(ingested: Ingested) -> None:
    (delivery,) = ingested.lake.read("delivery").collect()
    assert delivery["rows_read_count"] == len(FIRST) + len(SECOND)
    counts = [delivery[f"rows_{name}_count"] for name in ("accepted", "collapsed", "rejected")]
    assert (sum(counts), counts[1], counts[2]) == (delivery["rows_read_count"], 1, 8)
    assert [file["has_header"] for file in delivery["files"]] == [True, False]


def test_the_line_is_the_true_line_of_the_file(ingested: Ingested) -> None:
    assert (ingested.charge("P08")["file"], ingested.charge("P08")["line"]) == (1, 12)
    assert [each["line"] for each in ingested.charges("P12")] == [19, 1]


def test_the_same_delivery_again_adds_nothing_under_whatever_name(ingested: Ingested, tmp_path: Path) -> None:
    for name in ("a.dat", "b.dat"):
        (tmp_path / f"moved-{name}").write_bytes((ingested.folder / "in" / name).read_bytes())
    before = ingested.lake.version("charge")
    again = ingest(ingested.lake, SOURCE, [str(tmp_path)], ingested.key, RECEIVED)
    assert not again.is_new
    assert ingested.lake.version("charge") == before
