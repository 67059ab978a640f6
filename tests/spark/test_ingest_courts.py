"""Another state's tables: Latin-1, other names, days as MM/DD/YYYY, grades M1 to S, and charges that say themselves how they ended."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from clear_record.errors import InputRefused
from clear_record.ingest.delivery import Delivered, ingest
from clear_record.keys import IdKey, id_key
from clear_record.lake import Lake
from clear_record.records import Records
from tests.tables_sources import source_of

pytestmark = pytest.mark.spark

DELIVERY = Path(__file__).resolve().parents[1] / "sources" / "us_pa_courts"
RECEIVED = date(2020, 1, 15)


SOURCE = source_of("us_pa_courts")


@dataclass(frozen=True)
class Ingested:
    lake: Lake
    key: IdKey
    delivered: Delivered

    def charges(self) -> dict[int, Row]:
        """The charges by their line."""
        return {row["line"]: row for row in Records(self.lake).rows("charge").collect()}

    def named(self, table: str, delivery: Delivered) -> list[Row]:
        """The rows that a delivery has in a table of the vault."""
        vault = Lake(self.lake.spark, f"{self.lake.root}.vault")
        return vault.read(table).where(F.col("delivery_id") == delivery.delivery_id).collect()

    def totals(self) -> dict[str, int]:
        return {
            name: count
            for name, count in self.delivered.row["control_totals"].items()
            if count and ":" in name
        }


@pytest.fixture(scope="module")
def ingested(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    folder = tmp_path_factory.mktemp("courts")
    lake, key = Lake(spark, str(folder / "lake")), id_key(str(folder / "lake"))
    return Ingested(lake, key, ingest(lake, SOURCE, [str(DELIVERY)], key, RECEIVED))


def ends(row: Row, name: str) -> tuple[date | None, date | None]:
    return row[f"{name}_earliest"], row[f"{name}_latest"]


def test_statutes_and_grades_are_the_states_own(ingested: Ingested) -> None:
    theft, assault = ingested.charges()[2], ingested.charges()[3]
    assert (theft["offense_code"], theft["offense_section"], theft["offense_subdivisions"]) == (
        "PA",
        "18 3929",
        "(a)",
    )
    assert (theft["grade"], assault["grade"], theft["county"]) == ("M1", "F1", "PHILADELPHIA")
    assert not ingested.charges()[4]["offense_is_readable"]
    assert ingested.charges()[4]["offense_raw"] == "ORDINANCE 7"


def test_a_charge_says_itself_how_it_ended(ingested: Ingested) -> None:
    charges = ingested.charges()
    assert {line: row["kind"] for line, row in charges.items()} == {
        2: "conviction", 3: "charge", 4: "conviction", 5: "charge", 6: "conviction", 7: "charge", 8: "conviction",
    }  # fmt: skip
    assert ends(charges[2], "convicted") == (date(2010, 11, 9),) * 2
    assert ends(charges[3], "dismissed") == (date(2010, 11, 9),) * 2
    assert ends(charges[4], "convicted") == (date(2015, 9, 1), date(2015, 9, 30))
    assert ends(charges[8], "convicted") == (date(2004, 1, 2), RECEIVED)
    assert Records(ingested.lake).rows("disposition").count() == 7


def test_sentences_run_together_or_in_turn(ingested: Ingested) -> None:
    charges = ingested.charges()
    assert ends(charges[2], "sentence_ends") == (date(2012, 11, 9), date(2013, 2, 9))
    assert (charges[2]["sentence_has_jail"], charges[2]["sentence_has_probation"]) == (True, True)
    assert ends(charges[4], "supervision_ends") == (date(2017, 9, 14),) * 2
    assert charges[6]["sentence_parts_count"] == 1


def test_what_cannot_be_read_is_rejected_with_its_line_and_holds_the_person(ingested: Ingested) -> None:
    rejects = {
        (row["file"], row["line"], row["code"], row["field"])
        for row in Records(ingested.lake).rows("reject").collect()
    }
    # A day that February never has, one without its zeros, and a sentence of a charge that is not there.
    assert rejects == {(1, 4, "Q010", "DOB"), (2, 9, "Q010", "OFF_DT"), (3, 6, "Q040", None)}
    assert ingested.charges()[6]["kind"] == "conviction"


def test_unknown_codes_are_counted_and_leave_their_charges_to_a_person(ingested: Ingested) -> None:
    charges = ingested.charges()
    assert {line for line, row in charges.items() if not row["is_understood"]} == {5, 7}
    counted = {name: count for name, count in ingested.totals().items() if name.startswith("unknown")}
    assert counted == {
        "unknown_codes:DEFENDANTS.RACE_CD": 1,
        "unknown_codes:DOCKET_CHARGES.CNTY": 1,
        "unknown_codes:DOCKET_CHARGES.DISP": 1,
    }


def test_people_are_read_and_those_whom_only_a_docket_names_are_open(ingested: Ingested) -> None:
    people = {ends(row, "birth"): row for row in Records(ingested.lake).rows("subject").collect()}
    assert people[(date(1980, 3, 14),) * 2]["race"] == "white"
    assert people[date(1979, 7, 1), date(1979, 7, 31)]["sex"] == "female"
    assert (None, None) in people
    assert ingested.totals()["conflicts:without_person"] == 1
    assert ingested.delivered.row["control_totals"]["dates_unknown_by_sentinel"] == 1


def test_no_name_of_a_person_is_in_the_lake(ingested: Ingested) -> None:
    for path in Path(ingested.lake.root).rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert not [name for name in ("Testperson", "CP-51-CR-0000001") if name.encode() in held], path


def test_the_vault_names_everyone_of_whom_a_row_can_be_read(ingested: Ingested) -> None:
    people = {row["person_number"]: row for row in ingested.named("identity", ingested.delivered)}
    assert {number: row["parts"].get("name") for number, row in people.items()} == {
        "10001": "Núñez, Testperson",
        "10002": "Müller, Sample",
        # Held for a birth date that no February has.
        "10003": "Éxample, Nobody",
        "10004": "Specimen, Invented",
        # Named by a docket alone.
        "10005": None,
        "10006": "Placeholder, A",
    }
    assert {row["subject_id"] for row in people.values()} == {ingested.key.id_of(number) for number in people}


def test_ingest_says_where_the_names_are(ingested: Ingested) -> None:
    assert ingested.delivered.vault == ingested.delivered.as_dict()["vault"] == f"{ingested.lake.root}.vault"


def test_the_vault_names_the_charges_by_key_and_case(ingested: Ingested) -> None:
    named = {row["charge_id"]: row for row in ingested.named("charge_identity", ingested.delivered)}
    first = named[ingested.charges()[2]["charge_id"]]
    assert (first["charge_key"], first["case_number"]) == ("CP-51-CR-0000001-2010|1", "CP-51-CR-0000001-2010")
    assert {row["charge_id"] for row in ingested.charges().values()} <= named.keys()


# A second delivery adds, and never changes


def test_a_second_delivery_adds_what_is_new_and_holds_what_contradicts(
    ingested: Ingested, tmp_path: Path
) -> None:
    folder = Path(copytree(DELIVERY, tmp_path / "in"))
    charges = (folder / "DOCKET_CHARGES.csv").read_bytes().replace(b"|M1|", b"|M2|")
    new = (
        b"10001|CP-51-CR-0000099-2012|1|51|18 3929|RETAIL THEFT|M1|05/01/2012|05/02/2012|GUILTY|11/09/2012\n"
    )
    (folder / "DOCKET_CHARGES.csv").write_bytes(charges + new)
    people = (folder / "DEFENDANTS.csv").read_bytes()
    (folder / "DEFENDANTS.csv").write_bytes(people.replace(b"Testperson", b"Renamed"))
    again = ingest(ingested.lake, SOURCE, [str(folder)], ingested.key, date(2020, 2, 15))
    added = Records(ingested.lake).rows("charge").where(f"delivery_id = '{again.delivery_id}'").collect()
    assert [row["line"] for row in added] == [10]
    rejects = Records(ingested.lake).rows("reject").where(f"delivery_id = '{again.delivery_id}'").collect()
    assert ("Q030", 2, 2) in {(row["code"], row["file"], row["line"]) for row in rejects}
    totals = again.row["control_totals"]
    assert (totals["rows_accepted:DOCKET_CHARGES"], totals["rows_collapsed:DOCKET_CHARGES"]) == (1, 6)
    assert (totals["rows_accepted:DEFENDANTS"], totals["rows_collapsed:DEFENDANTS"]) == (0, 4)
    assert totals["rows_collapsed:SENTENCE_PARTS"] == 2
    assert not Records(ingested.lake).rows("supervision").count()
    # Who is known already may have another name; what is said already is not kept again.
    names = {row["person_number"]: row["parts"].get("name") for row in ingested.named("identity", again)}
    assert names == {"10001": "Núñez, Renamed"}
    cases = [row["case_number"] for row in ingested.named("charge_identity", again)]
    assert cases == ["CP-51-CR-0000099-2012"]


# What refuses a delivery whole


@pytest.mark.parametrize(
    ("file", "written", "instead", "message"),
    [
        (
            "DEFENDANTS.csv",
            "|GENDER|",
            "|SEX|",
            "has columns that the source does not name: SEX and lacks columns: GENDER",
        ),
        ("DEFENDANTS.csv", "|GENDER|", "|DOB|", "has two columns [DOB]"),
        ("SENTENCE_PARTS.csv", "DEF_ID|DOCKET", "DEF_ID,DOCKET", "[SENTENCE_PARTS]"),
    ],
)
def test_a_table_with_other_columns_refuses_the_delivery_in_one_line(
    ingested: Ingested, tmp_path: Path, file: str, written: str, instead: str, message: str
) -> None:
    folder = Path(copytree(DELIVERY, tmp_path / "in"))
    text = (folder / file).read_bytes()
    assert written.encode() in text
    (folder / file).write_bytes(text.replace(written.encode(), instead.encode()))
    with pytest.raises(InputRefused) as refused:
        ingest(ingested.lake, SOURCE, [str(folder)], ingested.key, RECEIVED)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_that_is_missing_or_unknown_refuses_the_delivery(ingested: Ingested, tmp_path: Path) -> None:
    folder = Path(copytree(DELIVERY, tmp_path / "in"))
    (folder / "WARRANTS.csv").write_text("DEF_ID\n1\n")
    with pytest.raises(InputRefused, match=r"\[WARRANTS.csv\] in .* is no table of source \[us_pa_courts\]"):
        ingest(ingested.lake, SOURCE, [str(folder)], ingested.key, RECEIVED)
    (folder / "WARRANTS.csv").unlink()
    (folder / "SENTENCE_PARTS.csv").unlink()
    with pytest.raises(InputRefused, match=r"table \[SENTENCE_PARTS\] of source \[us_pa_courts\] is not in"):
        ingest(ingested.lake, SOURCE, [str(folder)], ingested.key, RECEIVED)
