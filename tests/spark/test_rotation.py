"""Rotation of the id key: the same records, people and outcomes under other ids, with nothing delivered again."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F
from rich.console import Console

from clear_record.audit.explain.story import story_of_person
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.review.settle import settle
from clear_record.audit.verify.verify import verify
from clear_record.configuration import conf_folders, find_source
from clear_record.decide.assignment import Assignment
from clear_record.decide.run import Run, decide
from clear_record.errors import InputRefused, NotReproducible
from clear_record.ingest.delivery import Delivered, ingest
from clear_record.ingest.ids import id_columns
from clear_record.ingest.source import read_source
from clear_record.ingest.tables.source import read_any_source
from clear_record.keys import IdKey, beside, id_key, kept_id_key, longer_id_key
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.roots_in_spark import content_roots
from clear_record.rotation import Rotated, rotate
from clear_record.signing import SigningKey, make_signing_key, read_signing_key
from clear_record.spark import small_table
from clear_record.synth.statewide import generate
from clear_record.tables import RECORD_TABLES, TABLES
from clear_record.vault.place import made_vault, vault_beside
from tests.audit_lake import law
from tests.spark.extracts import arrest, court, row, write

pytestmark = pytest.mark.spark

RECEIVED, LATER, DAY = date(2025, 6, 1), date(2025, 7, 1), date(2026, 11, 20)
BY = "K. Keeper"
EXTRACT = read_source(find_source("us_ca_doj", conf_folders()))
TABLES_SOURCE = read_any_source(find_source("us_zz_statewide", conf_folders()))
# One delivery withdraws nothing.
WITH_IDS = [table.name for table in RECORD_TABLES if id_columns(table) and table.name != "withdrawal"]


@dataclass(frozen=True)
class Old:
    """A lake under a ring of one secret, with a delivery from Delta tables, a run, and a settled fact that is signed."""

    lake: Lake
    key: IdKey
    inputs: Path
    run: Run
    signer: SigningKey

    @property
    def person(self) -> str:
        """The state's id of a person with a charge that was decided."""
        decided = {each["subject_id"] for each in self.lake.read("decision").select("subject_id").collect()}
        # Of two ids that a link makes one person, one has decisions and may have no charge of its own.
        charges = self.lake.spark.read.format("delta").load(str(self.inputs / "charges"))
        printed = sorted(each["PERSON_NO"] for each in charges.select("PERSON_NO").distinct().collect())
        return next(str(each) for each in printed if self.key.id_of(each) in decided)

    def rotated(self, to: Path, **changed: Any) -> tuple[Lake, IdKey]:
        lake = Lake(self.lake.spark, str(to))
        given = {"new_key": beside(str(to)), "by": BY, "on": DAY, "sign_key": self.signer, **changed}
        vault = vault_beside(self.lake, None)
        assert vault is not None
        its_vault = made_vault(lake, None)
        told = rotate(self.lake, lake, self.key, vaults=(vault, its_vault), **given)
        assert told.vault == its_vault.root
        return lake, kept_id_key(given["new_key"])


@dataclass(frozen=True)
class New:
    """A lake that was made of the old one."""

    lake: Lake
    key: IdKey


def decided(lake: Lake) -> Run:
    return decide(lake, [Assignment(law())], date(2025, 6, 1))


@pytest.fixture(scope="module")
def old(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Old:
    folder = tmp_path_factory.mktemp("old")
    generate(
        spark,
        60,
        7,
        folder / "in",
        format="delta",
        wrong=dict.fromkeys(("grades", "sentence_without_charge", "copied_charge"), 0.1),
    )
    # So few people have none of these.
    one, other, day = "Z00000000", "Z00000001", date(2015, 1, 1)
    more = {
        "registry": (one, "R1", "NARCOTICS", "290 PC", day, None),
        "person_links": (one, other, "L1", "MERGED", day, None),
    }
    for name, values in more.items():
        table = spark.read.format("delta").load(str(folder / "in" / name))
        ddl = ", ".join(f"{each.name} {each.dataType.simpleString()}" for each in table.schema)
        small_table(spark, [values], ddl).write.format("delta").mode("append").save(str(folder / "in" / name))
    lake, key = Lake(spark, str(folder / "lake")), id_key(str(folder / "lake"))
    ingest(lake, TABLES_SOURCE, [str(folder / "in")], key, RECEIVED)
    run = decided(lake)
    make_signing_key(folder / "signer")
    signer = read_signing_key(folder / "signer")
    held = lake.read("decision").where("missing > 0").first()
    assert held is not None
    (folder / "settled.csv").write_text(
        f"charge_id,name,value,unit,reference\n{held['charge_id']},fact.cannabis_g,20,g,page 3\n"
    )
    settle(LakeFiles(lake.root), folder / "settled.csv", "A. Attorney", DAY, run.run_id, signer)
    return Old(lake, key, folder / "in", decided(lake), signer)


@pytest.fixture(scope="module")
def new(old: Old, tmp_path_factory: pytest.TempPathFactory) -> New:
    return New(*old.rotated(tmp_path_factory.mktemp("new") / "lake"))


@pytest.fixture(scope="module")
def anew(old: Old, new: New, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The same delivery, ingested under the longer ring."""
    lake = Lake(old.lake.spark, str(tmp_path_factory.mktemp("anew") / "lake"))
    ingest(lake, TABLES_SOURCE, [str(old.inputs)], new.key, RECEIVED)
    return lake


def copied(lake: Lake, to: Path) -> Lake:
    return Lake(lake.spark, str(copytree(lake.root, to)))


def rows(lake: Lake, name: str) -> list[Row]:
    return Records(lake).rows(name).collect()


# Every id is keyed


def test_nothing_that_stands_in_a_lake_as_an_id_is_the_same_under_another_key(old: Old, anew: Lake) -> None:
    for name in WITH_IDS:
        assert lake_ids(old.lake, name).isdisjoint(lake_ids(anew, name)), name
    lines = [{each["line"] for each in rows(lake, "charge")} for lake in (old.lake, anew)]
    assert lines[0].isdisjoint(lines[1])


def lake_ids(lake: Lake, name: str) -> set[str]:
    found = Records(lake).rows(name).select(F.explode(F.array(*id_columns(TABLES[name]))).alias("id"))
    return {each["id"] for each in found.collect()} - {None}


# What a rotation carries


def test_the_vault_names_the_same_people_and_charges_under_the_new_ids(new: New, anew: Lake) -> None:
    for name in ("identity", "charge_identity"):
        carried, made = (
            {
                tuple(each)
                for each in Lake(lake.spark, f"{lake.root}.vault")
                .read(name)
                .withColumn("parts", F.to_json("parts"))
                .collect()
            }
            for lake in (new.lake, anew)
        )
        assert carried
        assert carried == made, name


def test_every_row_is_carried_under_the_keyed_hashes_of_its_ids(old: Old, new: New) -> None:
    def carried(name: str, each: Row) -> tuple[Any, ...]:
        said = each.asDict()
        for column in id_columns(TABLES[name]):
            if said[column] is not None:
                said[column] = new.key.last.id_of(said[column])
        if "line" in said:
            # All of these tables are Delta tables: none of their rows has a line.
            said["line"] = int(new.key.last.id_of(f"{said['line']:015x}", digits=15), 16)
        return tuple(said.values())

    for table in RECORD_TABLES:
        if table.name != "delivery":
            expected = Counter(carried(table.name, each) for each in rows(old.lake, table.name))
            assert Counter(map(tuple, rows(new.lake, table.name))) == expected, table.name
    assert all(rows(new.lake, name) for name in WITH_IDS)


def test_a_delivery_keeps_all_but_its_roots_and_key(old: Old, new: New) -> None:
    (before,), (after,) = rows(old.lake, "delivery"), rows(new.lake, "delivery")
    changed = {name for name in before.asDict() if before[name] != after[name]}
    assert changed == {"id_key", "rotation", "outputs", "row_sha256"}
    assert (before["id_key"], after["id_key"]) == (old.key.fingerprint, new.key.fingerprint)


def test_the_new_lake_says_where_it_comes_from(old: Old, new: New) -> None:
    (note,) = new.lake.read("rotation").collect()
    (delivery,) = rows(old.lake, "delivery")
    assert note.asDict(recursive=True) | {"row_sha256": None} == {
        "position": 1,
        "id_key_before": old.key.fingerprint,
        "id_key": new.key.fingerprint,
        "head_sha256": old.run.row["row_sha256"],
        "deliveries": [{name: delivery[name] for name in ("delivery_id", "row_sha256")}],
        "rotated_by": BY,
        "rotated_on": DAY,
        "row_sha256": None,
    }
    assert rows(new.lake, "delivery")[0]["rotation"] == note["row_sha256"]


def test_a_rotation_that_was_edited_is_found(new: New, tmp_path: Path) -> None:
    decided(new.lake)
    lake = copied(new.lake, tmp_path / "lake")
    rotation = f"delta.`{lake.path('rotation')}`"
    lake.spark.sql(f"ALTER TABLE {rotation} SET TBLPROPERTIES ('delta.appendOnly' = 'false')")
    lake.spark.sql(f"UPDATE {rotation} SET rotated_by = 'Nobody'")
    found = [each.says for each in verify(LakeFiles(lake.root)).findings if each.check == "delivery_row"]
    (delivery,) = rows(lake, "delivery")
    assert found == [
        f"the rotation that carried delivery {delivery['delivery_id']} over was edited, or is gone"
    ]


# What ingest makes under the longer ring


def assert_alike(rotated: Lake, anew: Lake) -> None:
    """Each record table says the same, ids and lines included, whether it was carried or read."""
    (carried,), (read,) = rows(rotated, "delivery"), rows(anew, "delivery")
    # Salts are random: under the same ones the same rows have the same roots.
    roots = [
        {
            name: root.root
            for name, root in content_roots(
                {each["table_name"]: Records(lake).rows(each["table_name"]) for each in read["outputs"]},
                rotated.read("salt"),
            ).items()
        }
        for lake in (rotated, anew)
    ]
    assert roots[0] == roots[1]
    assert (carried["delivery_id"], carried["id_key"]) == (read["delivery_id"], read["id_key"])


def test_ingest_of_tables_under_the_longer_ring_makes_what_the_rotation_made(
    old: Old, new: New, anew: Lake
) -> None:
    assert_alike(new.lake, anew)
    assert not ingest(new.lake, TABLES_SOURCE, [str(old.inputs)], new.key, LATER).is_new


def printed(told: Rotated) -> str:
    console = Console(width=1000)
    with console.capture() as captured:
        console.print(told)
    return captured.get()


def test_ingest_of_an_extract_under_the_longer_ring_makes_what_the_rotation_made(
    spark: SparkSession, tmp_path: Path
) -> None:
    sentence: dict[str, Any] = {"SENT_LOC_DESCR": "PROBATION", "SENT_LENGTH": "3", "SENT_TIME_CODE": "Y"}
    registration: dict[str, Any] = {
        "STP_TYPE_DESCR": "REGISTRATION", "STP_EVENT_DATE": "19990101", "OFFENSE_DESCR": "290 PC",
    }  # fmt: skip
    given = [
        arrest("P1", "1", "20010101", "11359 HS"),
        court("P1", "2", "20010301", "11359 HS", **sentence),
        court("P2", "3", "2001-03-01", "11359 HS"),
        row("P1", "4", 103, 1, 1, **registration),
    ]
    path = str(write(tmp_path / "a.dat", given))
    before, rotated, anew = (Lake(spark, str(tmp_path / name)) for name in ("before", "rotated", "anew"))
    key = id_key(before.root)
    ingest(before, EXTRACT, [path], key, RECEIVED)
    told = rotate(before, rotated, key, beside(rotated.root), BY, DAY)
    assert told.vault is None
    assert "No vault stood beside the lake" in printed(told)
    ingest(anew, EXTRACT, [path], kept_id_key(beside(rotated.root)), RECEIVED)
    assert_alike(rotated, anew)
    for name in ("charge", "supervision", "registration", "reject"):
        assert lake_ids(anew, name)
        assert lake_ids(before, name).isdisjoint(lake_ids(anew, name)), name


def test_a_second_delivery_joins_the_same_people(old: Old, new: New, tmp_path: Path) -> None:
    lake, key = copied(new.lake, tmp_path / "lake"), new.key
    folder = Path(copytree(old.inputs, tmp_path / "in"))
    charges = lake.spark.read.format("delta").load(str(folder / "charges"))
    mine = (
        charges.where(F.col("PERSON_NO") == old.person).limit(1).withColumn("CHARGE_NO", F.lit("C999999999"))
    )
    mine.write.format("delta").mode("append").save(str(folder / "charges"))
    before = {name: Records(lake).rows(name).count() for name in ("charge", "subject")}
    second = ingest(lake, TABLES_SOURCE, [str(folder)], key, LATER)
    assert joined(lake, second, "subject") == []
    assert [each["subject_id"] for each in joined(lake, second, "charge")] == [key.id_of(old.person)]
    assert Records(lake).rows("charge").count() == before["charge"] + 1
    assert decided(lake).row["id_keys"] == [key.fingerprint]


def joined(lake: Lake, delivered: Delivered, name: str) -> list[Row]:
    return [each for each in rows(lake, name) if each["delivery_id"] == delivered.delivery_id]


# What is decided and told


def test_the_outcomes_are_the_same_charge_by_charge_and_the_run_names_its_key(old: Old, new: New) -> None:
    run = decided(new.lake)
    assert (old.run.row["id_keys"], run.row["id_keys"]) == ([old.key.fingerprint], [new.key.fingerprint])
    assert (run.row["position"], run.row["previous_sha256"]) == (1, None)

    def outcomes(run: Run, lake: Lake, named: Callable[[str], str]) -> dict[str, tuple[Any, ...]]:
        told = ("pack", "outcome", "remedy", "remedy_row", "eligible_on", "recheck_on", "trace", "missing")
        decisions = lake.read("decision").where(F.col("run_id") == run.run_id).collect()
        return {named(each["charge_id"]): tuple(each[name] for name in told) for each in decisions}

    before = outcomes(old.run, old.lake, new.key.last.id_of)
    assert before == outcomes(run, new.lake, str)
    assert {each[1] for each in before.values()} >= {"eligible", "needs_review", "not_eligible"}
    found = verify(LakeFiles(new.lake.root), records=True)
    assert found.findings == []
    assert (found.checked["settlements"], found.checked["rotations"]) == (1, 1)


def test_a_person_is_told_of_under_the_new_ring_and_under_no_other(old: Old, new: New) -> None:
    run = decided(new.lake)
    files = LakeFiles(new.lake.root)
    told = story_of_person(files, run.run_id, old.person, new.key)
    assert told.subject_id == new.key.id_of(old.person)
    for other in (old.key, new.key.last):
        with pytest.raises(InputRefused, match="is not the one under which the lake keeps people"):
            story_of_person(files, run.run_id, old.person, other)


def test_the_old_key_alone_maps_nobody(old: Old, new: New) -> None:
    known = {each for name in WITH_IDS for each in lake_ids(old.lake, name)}
    held = {each for name in WITH_IDS for each in lake_ids(new.lake, name)}
    assert known.isdisjoint(held)
    assert {old.key.id_of(each) for each in known}.isdisjoint(held)


# What is refused


def test_a_delivery_under_another_key_than_the_lakes_is_refused(old: Old, new: New, tmp_path: Path) -> None:
    for lake, key in ((old.lake, new.key), (new.lake, old.key), (new.lake, id_key(str(tmp_path / "other")))):
        with pytest.raises(InputRefused, match="is not the one under which the lake keeps people"):
            ingest(lake, TABLES_SOURCE, [str(old.inputs)], key, RECEIVED)


def test_a_lake_with_deliveries_under_different_keys_is_not_decided(old: Old, tmp_path: Path) -> None:
    lake = copied(old.lake, tmp_path / "lake")
    (delivery,) = rows(lake, "delivery")
    other = delivery.asDict(recursive=True) | {"delivery_id": "other", "id_key": "0" * 16}
    lake.append("delivery", small_table(lake.spark, [other], TABLES["delivery"].ddl), write_id="x", story={})
    with pytest.raises(
        InputRefused, match=r"has deliveries under 2 id keys, .*: the same people would not meet"
    ):
        decided(lake)


def test_a_rotation_that_was_stopped_is_read_by_nobody_and_completed_by_the_same_call(
    old: Old, new: New, tmp_path: Path
) -> None:
    to = tmp_path / "lake"
    for stopped_at in ("subject", "settlement", "delivery"):
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(Lake, "append", stopping_at(stopped_at))
            with pytest.raises(KeyboardInterrupt):
                old.rotated(to)
    lake = Lake(old.lake.spark, str(to))
    begun = kept_id_key(beside(str(to)))
    with pytest.raises(
        InputRefused, match="holds no delivery: ingest one, or run rotate-key again if it was stopped"
    ):
        decided(lake)
    with pytest.raises(
        InputRefused, match=r"rotate-key was stopped before the lake .* was whole: run it again"
    ):
        ingest(lake, TABLES_SOURCE, [str(old.inputs)], begun, RECEIVED)
    with pytest.raises(
        InputRefused, match=r"was begun under a key that is not at \[.*elsewhere\]: name its file"
    ):
        old.rotated(to, new_key=tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()
    _, key = old.rotated(to)
    assert key == begun
    for name in WITH_IDS:
        assert Records(lake).rows(name).count() == Records(new.lake).rows(name).count()
    decided(lake)
    assert verify(LakeFiles(lake.root), records=True).findings == []
    version = lake.version("delivery")
    again = rotate(old.lake, lake, old.key, beside(str(to)), BY, LATER, old.signer)
    assert (again.is_new, lake.version("delivery")) == (False, version)


def stopping_at(table: str) -> Callable[..., None]:
    append = Lake.append

    def stopping(lake: Lake, name: str, *given: Any, **more: Any) -> None:
        if name == table:
            raise KeyboardInterrupt
        append(lake, name, *given, **more)

    return stopping


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"sign_key": None},
            "settlements of the lake are signed: name the key that signs them anew with --sign-key",
        ),
        ({"new_key": "old"}, "with one more secret: name a file that is not there"),
    ],
)
def test_what_would_lose_a_signature_or_a_key_is_refused_before_anything_is_written(
    old: Old, tmp_path: Path, changed: Mapping[str, Any], message: str
) -> None:
    given = {name: old.key.path if value == "old" else value for name, value in changed.items()}
    with pytest.raises(InputRefused, match=message):
        old.rotated(tmp_path / "lake", **given)
    assert not (tmp_path / "lake").exists()


def test_a_place_that_holds_another_lake_is_refused(old: Old, new: New, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"\[.*\] holds another lake: name a place that holds none"):
        old.rotated(Path(old.lake.root), new_key=tmp_path / "key")
    assert not (tmp_path / "key").exists()
    other = longer_id_key(old.key, tmp_path / "other").path
    with pytest.raises(
        InputRefused, match=r"was made of another lake, or of other deliveries than .* has now"
    ):
        old.rotated(Path(new.lake.root), new_key=other)


def test_a_ring_that_is_not_the_lakes_is_refused(old: Old, new: New, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="is not the one under which the lake keeps people"):
        rotate(
            old.lake,
            Lake(old.lake.spark, str(tmp_path / "lake")),
            new.key,
            tmp_path / "key",
            BY,
            DAY,
            old.signer,
        )
    assert not (tmp_path / "key").exists()


def test_records_that_are_not_those_that_were_committed_are_not_carried(old: Old, tmp_path: Path) -> None:
    lake = copied(old.lake, tmp_path / "old")
    lake.append("subject", lake.read("subject").limit(1), write_id="x", story={})
    to = Lake(lake.spark, str(tmp_path / "lake"))
    with pytest.raises(
        NotReproducible, match="is not what was committed: clear-record verify --records says where"
    ):
        rotate(lake, to, old.key, tmp_path / "key", BY, DAY, old.signer)
    assert to.read("delivery").isEmpty()
