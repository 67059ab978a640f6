import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from clear_record.configuration import conf_folders, find_source
from clear_record.errors import InputRefused, NotReproducible
from clear_record.ingest.source import Source, read_source
from clear_record.ingest.tables.source import TablesSource, read_any_source
from clear_record.lake import Lake
from clear_record.law.expressions import Name
from clear_record.law.kept import pack_row
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack
from clear_record.law.vocabulary import Type
from clear_record.publish.layout import ADDED_COLUMNS
from clear_record.publish.publish import publish
from clear_record.publish.summary import Published
from clear_record.spark import small_table
from clear_record.tables import TABLES
from clear_record.vault.keeping import keep_identities
from clear_record.vault.place import VaultAccess, made_vault

pytestmark = pytest.mark.spark

AS_OF = date(2020, 7, 1)
RUN = "r" * 32
READ = ("charge", "subject", "registration", "reject", "subject_link", "withdrawal", "delivery")
CANARY_NAME, CANARY_SSN = "ZZCANARY,NADIA", "900123456"


def source_of(name: str) -> Source:
    return read_source(find_source(name, conf_folders()))


COLUMNS = source_of("us_ca_doj").columns


def printed(**cells: str) -> str:
    """A row of the extract; the columns that are not named are blank."""
    values = [cells.get(name, "") for name in COLUMNS]
    return ",".join(f'"{value}"' if "," in value else value for value in values)


def court(person: str, count: str, **cells: str) -> str:
    return printed(
        **{
            "SUBJECT_ID": person, "PRI_NAME": CANARY_NAME, "PRI_SSN": CANARY_SSN, "CNT_ORDER": count,
            "STP_TYPE_DESCR": "COURT ACTION", "DISP_DESCR": "CONVICTED", "END_OF_REC": "END", **cells,
        }
    )  # fmt: skip


@dataclass(frozen=True)
class World:
    """A lake with one run over two deliveries, and the delivered files."""

    lake: Lake
    folder: Path
    files: tuple[Path, ...]
    published: Published

    def rows(self, file: str, name: str) -> list[list[str]]:
        with (self.published.out / file / name).open(newline="") as opened:
            return list(csv.reader(opened))

    def added(self, file: str, line: int) -> dict[str, str]:
        """The 18 cells of the row at a line of a file with a header and no long row."""
        row = self.rows(file, "All_Results.csv")[line - 1]
        return dict(zip(ADDED_COLUMNS, row[len(COLUMNS) :], strict=True))


def write(lake: Lake, name: str, *rows: Mapping[str, Any], sequence: int = 1) -> None:
    contract = TABLES[name]
    values = [tuple(row.get(column) for column in contract.column_names) for row in rows]
    lake.append(
        name, lake.spark.createDataFrame(values, contract.ddl), write_id=name, story={}, sequence=sequence
    )


def charge(id: str, person: str, offense: str, day: str | None, line: int, **columns: Any) -> dict[str, Any]:
    code, section, subdivisions = [*offense.split(), ""][:3]
    on = date.fromisoformat(day) if day else None
    return {
        "subject_id": person, "charge_id": id, "cycle_id": f"{person}-1", "kind": "conviction", "state": "CA",
        "county": "LOS ANGELES", "offense_code": code, "offense_section": section, "offense_subdivisions": subdivisions,
        "offense_attempt": False, "offense_conspiracy": False, "offense_is_readable": True, "grade": "F",
        "convicted_earliest": on, "convicted_latest": on, "is_understood": True, "delivery_id": "d1", "file": 1, "line": line,
        **columns,
    }  # fmt: skip


def trace(pack: Pack, *true: str, unknown: Sequence[str] = ()) -> str:
    return "".join(
        "U"
        if each.id in unknown
        else "T"
        if each.id in ("record_is_complete", "not_already_relieved", *true)
        else "F"
        for each in pack.criteria
    )


def missing(pack: Pack, *names: str) -> int:
    return sum(1 << pack.facts.index(name) for name in names)


def row(pack: Pack, criterion: str) -> dict[str, int]:
    """The row of remedies (from 1) that a criterion chooses."""
    chosen = [
        at for at, each in enumerate(pack.rows, 1) if each.when == Name("criterion", criterion, Type.BOOLEAN)
    ]
    return {"remedy_row": chosen[0]}


def decision(
    pack: Pack, charge_id: str, person: str, outcome: str, remedy: str, letters: str, **columns: Any
) -> dict[str, Any]:
    return {
        "run_id": RUN, "pack": pack.name, "charge_id": charge_id, "subject_id": person, "county": "LOS ANGELES",
        "outcome": outcome, "remedy": remedy, "trace": letters, **columns,
    }  # fmt: skip


def delivery(id: str, received_on: date, *files: tuple[Path, bool, int]) -> dict[str, Any]:
    known = [
        (
            path.name,
            path.as_uri(),
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_size,
            rows,
            has_header,
        )
        for path, has_header, rows in files
    ]
    rows_count = sum(rows for _, _, rows in files)
    return {
        "delivery_id": id, "position": int(id[1:]), "source": "us_ca_doj", "files": known, "rows_read_count": rows_count,
        "rows_accepted_count": rows_count, "rows_collapsed_count": 0, "rows_rejected_count": 0, "control_totals": {},
        "received_on": received_on, "outputs": [], "row_sha256": "0" * 64,
    }  # fmt: skip


@pytest.fixture(scope="module")
def packs() -> tuple[Pack, Pack]:
    folders = find_packs(conf_folders())
    choices = {"dismissed_sections": ["11357"], "reduced_sections": ["11359", "11360"], "age_years": 57}
    return load_pack(folders["us_ca/prop64"]), load_pack(folders["us_ca/office_policy"], choices)


@pytest.fixture(scope="module")
def world(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, packs: tuple[Pack, Pack]) -> World:
    folder = tmp_path_factory.mktemp("publish")
    law, policy = packs
    first, second, third = folder / "north.dat", folder / "south.dat", folder / "east.dat"
    first.write_text(
        "\n".join(
            [
                ",".join(COLUMNS),
                # 2 to 5: a count in three rows, of which one stands apart, and a strike.
                court(
                    "1001",
                    "101002001000",
                    OFN="LA-1",
                    OFFENSE_DESCR="11357(B) HS-POSSESS",
                    COMMENT_TEXT="=2+2",
                ),
                court("1001", "101002001000", OFN="LA-2", COMMENT_TEXT="WITH 11358 HS, CULTIVATION"),
                court("1001", "102002001000", OFN="LA-9", OFFENSE_DESCR="187(A) PC-MURDER"),
                court("1001", "101002001000", OFN="LA-1"),
                # 6 and 7: birth date not recorded; no county.
                court("1002", "101002001000", OFN="SF-1", OFFENSE_DESCR="11359 HS-POSSESS FOR SALE"),
                court("1003", "101002001000", OFFENSE_DESCR="11360(A) HS-SELL"),
                # 8: rejected for its number of fields. 9: an arrest of the person of 7.
                "1004,A",
                printed(SUBJECT_ID="1003", CNT_ORDER="102001001000", STP_TYPE_DESCR="ARREST", OFN="-"),
                # 10: already set aside. 11: no choice of the office. 12: year of the conviction only.
                court("1005", "101002001000", OFN="SD-1", OFFENSE_DESCR="11358 HS"),
                court("1006", "101002001000", OFN="@1", OFFENSE_DESCR="11358 HS", COMMENT_TEXT="11358 HS"),
                court("1006", "101003001000", OFFENSE_DESCR="11357(A) HS"),
            ]
        )
        + "\n"
    )
    second.write_bytes((court("1001", "101002001000", OFN="LA-3") + "\r\n").encode())
    third.write_text(",".join(COLUMNS) + "\n" + court("2001", "101002001000") + "\n")
    lake = Lake(spark, str(folder / "lake"))
    lake.create(TABLES[name] for name in (*READ, "decision", "pack", "run"))
    write(
        lake,
        "delivery",
        delivery("d1", date(2020, 1, 1), (first, True, 11), (second, False, 1)),
    )
    set_aside = {"set_aside_earliest": date(2010, 1, 1), "set_aside_latest": date(2010, 1, 1)}
    write(
        lake,
        "charge",
        charge("c1", "p1", "HS 11357 (b)", "1995-07-02", 2),
        charge("c2", "p1", "PC 187 (a)", "2001-03-04", 4),
        charge("c3", "p2", "HS 11359", "2017-01-01", 6),
        charge("c4", "p3", "HS 11360 (a)", "2016-11-09", 7, county=None),
        charge("c5", "p5", "HS 11358", "1999-01-01", 10, **set_aside),
        charge("c6", "p6", "HS 11358", "2000-02-29", 11, offense_attempt=True, grade="M"),
        charge(
            "c7",
            "p6",
            "HS 11357 (a)",
            None,
            12,
            convicted_earliest=date(2004, 1, 1),
            convicted_latest=date(2004, 12, 31),
        ),
        charge("c8", "p6", "HS 11357 (a)", "2021-01-01", 12, kind="arrest"),
        charge("x1", "p9", "HS 11357 (a)", "2001-01-01", 2, delivery_id="d2"),
    )
    dead = {"deceased_earliest": date(2019, 1, 1), "deceased_latest": date(2019, 1, 1)}
    write(
        lake,
        "subject",
        *[
            {"subject_id": person, "race": race, "delivery_id": "d1", "file": 1, "line": 2, **more}
            for person, race, more in (
                ("p1", "black", {}), ("p2", "white", {}), ("p3", None, dead), ("p5", "white", {}), ("p6", "black", {}),
            )
        ],
    )  # fmt: skip
    registered = {
        "kind": "sex_offender",
        "registered_from_earliest": date(2018, 1, 1),
        "registered_from_latest": date(2018, 1, 1),
    }
    place = {"delivery_id": "d1", "file": 1, "line": 2}
    write(lake, "registration", {"registration_id": "g1", "subject_id": "p2", **registered, **place})
    write(lake, "reject", {"delivery_id": "d1", "file": 1, "line": 8, "code": "Q001"})
    inputs = [(each.name, each.table_id, each.version) for each in lake.versions(READ).values()]
    open_birth = {"missing": missing(policy, "subject.birth_on")}
    write(
        lake,
        "decision",
        decision(policy, "c1", "p1", "eligible", "dismiss_seal", trace(policy, "is_dismissed_11357"), **row(policy, "is_dismissed_11357")),
        decision(
            policy, "c3", "p2", "eligible", "at_least:redesignate_misdemeanor",
            trace(policy, "is_reduced_11359", unknown=["has_reached_age", "no_choice_applies"]), **open_birth, **row(policy, "is_reduced_11359"),
        ),
        decision(policy, "c4", "p3", "eligible", "redesignate_misdemeanor", trace(policy, "is_reduced_11360"), county=None, **row(policy, "is_reduced_11360")),
        decision(policy, "c5", "p5", "not_eligible", "no_change", trace(policy).replace("T", "T", 1)[:1] + "F" + trace(policy)[2:], remedy_row=1),
        decision(policy, "c6", "p6", "not_eligible", "none", trace(policy, "no_choice_applies"), remedy_row=len(policy.rows)),
        decision(
            policy, "c7", "p6", "needs_review", "none",
            trace(policy, unknown=["has_reached_age", "no_choice_applies"]), **open_birth,
        ),
        decision(law, "c1", "p1", "eligible", "dismiss_seal", "T" * len(law.criteria)),
        decision(law, "c3", "p2", "not_eligible", "none", "F" * len(law.criteria)),
        decision(policy, "c1", "p1", "not_eligible", "none", trace(policy), run_id="another run"),
    )  # fmt: skip
    write(
        lake,
        "pack",
        *[pack_row(each) for each in packs],
    )
    write(
        lake,
        "run",
        {
            "run_id": RUN, "position": 1, "kind": "full", "builds_on": [], "settled_to": 0, "stopped": [], "as_of": AS_OF, "options": "{}", "inputs": inputs,
            "deliveries": [("d1", "0" * 64)],
            "seals": [],
            "packs": [(each.name, each.fingerprint, each.status, each.layer, [], True) for each in packs],
            "id_keys": [], "outputs": [], "decision_version": 1, "outcomes": [], "out_of_scope": [(policy.name, "scope", 2), (law.name, "scope", 5)], "engines": {},
            "row_sha256": "0" * 64,
        },
    )  # fmt: skip
    # What came after the run is not the run's.
    write(lake, "delivery", delivery("d2", date(2020, 6, 1), (third, True, 1)), sequence=2)
    published = publish(lake, "latest", folder / "out", source_of)
    return World(lake, folder, (first, second, third), published)


def test_every_delivered_row_is_published_in_order_with_its_own_cells(world: World) -> None:
    published = world.rows("north", "All_Results.csv")
    with world.files[0].open(newline="") as opened:
        delivered = list(csv.reader(opened))
    assert len(published) == len(delivered)
    for row, original in zip(published, delivered, strict=True):
        safe = [f"'{cell}" if cell[:1] in ("=", "+", "-", "@") and cell else cell for cell in original]
        assert row[: len(COLUMNS)] == (safe + [""] * len(COLUMNS))[: len(COLUMNS)]
        assert len(row) == len(COLUMNS) + len(ADDED_COLUMNS)
    assert published[0][len(COLUMNS) :] == list(ADDED_COLUMNS)
    assert b"\r" not in (world.published.out / "south" / "All_Results.csv").read_bytes()
    assert world.rows("south", "All_Results.csv")[0] == [*COLUMNS, *ADDED_COLUMNS]


def test_columns_are_filled_on_the_first_row_of_a_decided_count_alone(world: World) -> None:
    rows = world.rows("north", "All_Results.csv") + world.rows("south", "All_Results.csv")[1:]
    filled = [at for at, row in enumerate(rows, start=1) if any(row[len(COLUMNS) :])]
    assert filled == [1, 2, 6, 7, 10, 11, 12]


def test_the_columns_tell_the_record_of_the_person(world: World) -> None:
    assert world.added("north", 2) == {
        "Case Number": "LA-1; LA-2; LA-3",
        "# of convictions on record": "2",
        "Possible Other P64 Charges": "WITH 11358 HS, CULTIVATION",
        "Occurred after 11/9/2016": "N",
        "Superstrike Code Section(s)": "187(A) PC",
        "PC290 Code Section(s)": "187(A) PC (possible)",
        "PC290 Registration": "-",
        "Date of Conviction": "07/02/1995",
        "Years Since This Conviction": "24.9",
        "Years Since Any Conviction": "19.3",
        "# of Prop 64 convictions": "1",
        "# of HS 11357 convictions": "1",
        "# of HS 11358 convictions": "0",
        "# of HS 11359 convictions": "0",
        "# of HS 11360 convictions": "0",
        "Deceased": "-",
        "Eligibility Determination": "Eligible for Dismissal",
        "Eligibility Reason": "Dismiss all HS 11357 convictions",
    }


def test_a_remedy_that_is_still_open_says_what_is_missing(world: World) -> None:
    added = world.added("north", 6)
    assert added["Eligibility Determination"] == "Eligible for Reduction"
    assert added["Eligibility Reason"] == "Reduce all HS 11359 convictions; Not known: date of birth"
    assert (added["PC290 Registration"], added["Occurred after 11/9/2016"]) == ("Yes", "Y")


def test_the_day_of_the_act_is_not_after_it(world: World) -> None:
    added = world.added("north", 7)
    assert added["Occurred after 11/9/2016"] == "N"
    assert (added["Case Number"], added["Deceased"]) == ("-", "Deceased")


def test_a_conviction_that_was_set_aside_is_shown_and_not_counted(world: World) -> None:
    added = world.added("north", 10)
    assert (added["Eligibility Determination"], added["Eligibility Reason"]) == (
        "Not eligible",
        "Already set aside or dismissed",
    )
    assert (added["# of convictions on record"], added["# of Prop 64 convictions"]) == ("0", "0")
    assert (added["Years Since This Conviction"], added["Years Since Any Conviction"]) == ("21.4", "-")


def test_no_determination_is_blank_and_an_attempt_counts_as_its_section(world: World) -> None:
    added = world.added("north", 11)
    assert (added["Eligibility Determination"], added["Eligibility Reason"]) == ("", "")
    assert (added["# of HS 11358 convictions"], added["# of HS 11357 convictions"]) == ("1", "1")
    assert (added["Case Number"], added["Possible Other P64 Charges"]) == ("'@1", "-")


def test_a_year_alone_is_no_date_and_decides_no_number(world: World) -> None:
    added = world.added("north", 12)
    assert (added["Eligibility Determination"], added["Eligibility Reason"]) == (
        "Hand Review",
        "Not known: date of birth",
    )
    assert (added["Date of Conviction"], added["Years Since This Conviction"]) == ("", "")
    assert added["Occurred after 11/9/2016"] == "N"


def test_decided_convictions_and_those_without_a_county_have_lists_of_their_own(world: World) -> None:
    everything = world.rows("north", "All_Results.csv")
    decided, apart = world.rows("north", "Prop64_Results.csv"), world.rows("north", "Without_County.csv")
    assert decided == [everything[at - 1] for at in (1, 2, 6, 10, 11, 12)]
    assert apart == [everything[at - 1] for at in (1, 7)]
    assert not (world.published.out / "south" / "Without_County.csv").exists()


def test_the_condensed_list_has_the_columns_that_offices_read(world: World) -> None:
    everything, condensed = (
        world.rows("north", "All_Results.csv"),
        world.rows("north", "All_Results_Condensed.csv"),
    )
    names = [
        *(
            "CII_NUMBER",
            "PRI_NAME",
            "GENDER",
            "PRI_DOB",
            "RACE_DESCR",
            "CYC_DATE",
            "STP_EVENT_DATE",
            "STP_ORI_DESCR",
        ),
        *(
            "STP_ORI_CNTY_NAME",
            "DISP_DATE",
            "OFN",
            "OFFENSE_DESCR",
            "DISP_DESCR",
            "CONV_STAT_DESCR",
            "SENT_LOC_DESCR",
        ),
        *("SENT_LENGTH", "SENT_TIME_CODE", "CYC_AGE", "COMMENT_TEXT", "END_OF_REC"),
    ]
    assert condensed[0] == [*names, *ADDED_COLUMNS]
    places = [COLUMNS.index(name) for name in names]
    assert condensed[1:] == [[*(row[at] for at in places), *row[len(COLUMNS) :]] for row in everything[1:]]


def test_the_summary_counts_what_was_read_and_decided(world: World) -> None:
    summary = world.published.as_dict()["summary"]
    assert json.loads(json.dumps(summary)) == json.loads((world.published.out / "summary.json").read_text())
    assert summary["read"] == {
        "deliveries": 1, "rows": 12, "rows_rejected": {"Q001": 1}, "people": 5, "convictions": 6,
    }  # fmt: skip
    law, policy = summary["groups"]
    assert (policy["in_scope"], policy["decided"], policy["to_review"]) == (6, 5, 1)
    assert policy["eligible"] == {"dismiss_seal": 1, "redesignate_misdemeanor": 1}
    assert policy["remedy_open"] == {"at_least:redesignate_misdemeanor": 1}
    assert (policy["not_eligible"], policy["no_determination"]) == (1, 1)
    assert policy["missing_facts"] == {"subject.birth_on": 1}
    assert policy["not_in_scope"] == {"scope": 2}
    assert (summary["with_felony"], summary["with_conviction"]) == (4, 4)
    # p1 keeps a murder, p2 and p3 a misdemeanor each, p6 a felony.
    assert policy["people"]["left_without_felony"] == 2
    assert policy["people"]["left_without_conviction"] == 0
    assert policy["people"]["eligible"] == 3
    assert (law["in_scope"], law["eligible"], law["people"]["in_scope"]) == (2, {"dismiss_seal": 1}, 2)
    assert all(count is None for race in policy["by_race"].values() for count in race.values())


def test_the_summary_reads_well_and_names_nobody(world: World) -> None:
    console = Console(width=120, record=True, file=None, quiet=False)
    with console.capture() as said:
        console.print(world.published)
    text = said.get()
    assert "DRAFT LAW" in text
    assert "no determination (not a denial)" in text
    assert "1 row could not be believed: 1 another number of fields (Q001)" in text
    assert str(world.published.out / "summary.json") in text.replace("\n", "")


def test_names_and_numbers_go_into_the_lists_and_nowhere_else(world: World) -> None:
    lists = {"All_Results.csv", "All_Results_Condensed.csv", "Prop64_Results.csv", "Without_County.csv"}
    for path in world.folder.rglob("*"):
        if path.is_file() and path.suffix != ".dat":
            content = path.read_bytes()
            has_name = b"ZZCANARY" in content or CANARY_SSN.encode() in content
            assert not has_name or path.name in lists
    assert not [path.name for path in world.folder.iterdir() if path.name.startswith(".")]


def test_an_unknown_run_is_refused_with_the_latest(world: World) -> None:
    with pytest.raises(InputRefused, match=f"there is no run \\[nope\\]; the latest is \\[{RUN}\\]"):
        publish(world.lake, "nope", world.folder / "other", source_of)


def test_a_changed_file_is_refused_and_a_moved_one_is_found_by_its_content(
    world: World, tmp_path: Path
) -> None:
    first = world.files[0]
    content = first.read_bytes()
    moved = tmp_path / "moved.dat"
    moved.write_bytes(content)
    out = tmp_path / "out"
    first.write_bytes(content.replace(b"LA-9", b"LA-8"))
    try:
        with pytest.raises(NotReproducible, match=r"file \[north.dat\] has changed since .*--input"):
            publish(world.lake, RUN, out, source_of)
        first.unlink()
        with pytest.raises(NotReproducible, match=r"file \[north.dat\] is not there any more .*--input"):
            publish(world.lake, RUN, out, source_of)
        assert not out.exists()
        assert publish(world.lake, RUN, out, source_of, inputs=[str(tmp_path)]).decided_rows_count == 6
        assert (out / "north" / "All_Results.csv").exists()
    finally:
        first.write_bytes(content)


# --- a lake with files and tables --------------------------------------------------------------------------


def any_source(name: str) -> Source | TablesSource:
    return read_any_source(find_source(name, conf_folders()))


def test_a_run_over_files_and_tables_has_the_lists_of_both(
    spark: SparkSession, tmp_path: Path, packs: tuple[Pack, Pack]
) -> None:
    law, policy = packs
    file = tmp_path / "all.dat"
    file.write_text(",".join(COLUMNS) + "\n" + court("1001", "101002001000", OFN="LA-1") + "\n")
    lake = Lake(spark, str(tmp_path / "lake"))
    lake.create(TABLES[name] for name in (*READ, "decision", "pack", "run"))
    tables = {**delivery("d2", date(2020, 1, 2)), "source": "us_pa_courts"}
    write(lake, "delivery", delivery("d1", date(2020, 1, 1), (file, True, 1)), tables)
    docket = {"delivery_id": "d2", "county": "ST. CLAIR", "state": "PA", "offense_raw": "18 3929(a)"}
    write(
        lake,
        "charge",
        charge("c1", "p1", "HS 11357 (b)", "2010-01-01", 2),
        charge("c2", "p2", "PA 3929", "2010-01-01", 2, **docket),
        charge("c3", "p3", "PA 3929", None, 3, **docket | {"county": None}),
    )
    born = {"birth_earliest": date(1980, 3, 1), "birth_latest": date(1980, 3, 31), "line": 1, "file": 1}
    write(
        lake,
        "subject",
        *[
            {"subject_id": id, "delivery_id": d, **born}
            for id, d in (("p1", "d1"), ("p2", "d2"), ("p3", "d2"))
        ],
    )
    held = missing(policy, "subject.birth_on")
    write(
        lake,
        "decision",
        decision(policy, "c1", "p1", "eligible", "dismiss_seal", trace(policy, "is_dismissed_11357"), **row(policy, "is_dismissed_11357")),
        decision(law, "c2", "p2", "eligible", "dismiss_seal", "T" * len(law.criteria), county="ST. CLAIR"),
        decision(policy, "c3", "p3", "needs_review", "none", trace(policy, unknown=["has_reached_age"]), county=None, missing=held),
        decision(law, "c3", "p3", "not_eligible", "none", "F" * len(law.criteria), county=None),
    )  # fmt: skip
    write(lake, "pack", *[pack_row(each) for each in packs])
    inputs = [(name, each.table_id, each.version) for name, each in lake.versions(READ).items()]
    write(lake, "run", {
        "run_id": RUN, "position": 1, "kind": "full", "builds_on": [], "settled_to": 0, "stopped": [], "as_of": AS_OF, "options": "{}", "inputs": inputs, "deliveries": [],
        "packs": [(each.name, each.fingerprint, each.status, each.layer, [], True) for each in packs],
        "id_keys": [], "seals": [], "outputs": [], "decision_version": 1, "outcomes": [], "out_of_scope": [], "engines": {}, "row_sha256": "0" * 64,
    })  # fmt: skip
    access = VaultAccess("A. Clerk", datetime(2025, 6, 1, tzinfo=UTC))
    with pytest.raises(NotReproducible, match="there is no vault in"):
        publish(lake, RUN, tmp_path / "out", any_source, access=access)
    people = [("p2", "d2", "10002", {"name": '=Formula, "A"'}), ("p3", "d2", "10003", {})]
    charges: list[tuple[Any, ...]] = [
        ("c2", "p2", "d2", "CP-2|1", "CP-2", {}),
        ("c3", "p3", "d2", "CP-3|1", None, {}),
    ]
    identities = {
        "identity": small_table(spark, people, TABLES["identity"].ddl),
        "charge_identity": small_table(spark, charges, TABLES["charge_identity"].ddl),
    }
    keep_identities(made_vault(lake, None), "d2", identities, {})
    with pytest.raises(InputRefused, match="name it with --by NAME"):
        publish(lake, RUN, tmp_path / "out", any_source)
    published = publish(lake, RUN, tmp_path / "out", any_source, access=access)
    assert [*published.files] == [
        "All_Results.csv", "All_Results_Condensed.csv", "Prop64_Results.csv", "st_clair/eligible.csv", "unknown_county/needs_review.csv",
        "summary.json",
    ]  # fmt: skip
    assert (published.rows_count, published.decided_rows_count, published.without_county_count) == (3, 3, 1)
    (eligible,) = listed(published, "st_clair/eligible.csv")
    assert eligible == {
        "person_number": "10002", "name": "'=Formula, \"A\"", "birth_on": "1980-03-01 to 1980-03-31", "case_number": "CP-2",
        "charge_key": "CP-2|1", "county": "ST. CLAIR", "offense": "18 3929(a)", "convicted_on": "2010-01-01", "pack": "us_ca/prop64",
        "pack_status": law.status, "outcome": "eligible", "remedy": "dismiss seal", "eligible_on": "", "reason": "", "open_criteria": "",
        "charge_id": "c2",
    }  # fmt: skip
    (review,) = listed(published, "unknown_county/needs_review.csv")
    says = {each.id: each.says for each in policy.criteria}
    assert (review["name"], review["case_number"], review["convicted_on"]) == ("", "", "")
    assert (review["reason"], review["open_criteria"]) == (
        "Not known: date of birth",
        says["has_reached_age"],
    )


def listed(published: Published, name: str) -> list[dict[str, str]]:
    with (published.out / name).open(newline="") as opened:
        return list(csv.DictReader(opened))
