"""What the vault keeps of deliveries, and how it is read: once, noted first, the newest first, and of committed deliveries alone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from clear_record.configuration import conf_folders, find_source
from clear_record.errors import ClearRecordError, InputRefused
from clear_record.ingest.delivery import ingest
from clear_record.ingest.tables.source import read_any_source
from clear_record.keys import IdKey, id_key
from clear_record.lake import Lake
from clear_record.records import Records
from clear_record.seal.seal import seal
from clear_record.spark import small_table
from clear_record.synth.statewide import generate
from clear_record.tables import CHARGE_IDENTITY, IDENTITY
from clear_record.vault.keeping import keep_identities, said_anew
from clear_record.vault.place import VaultAccess, vault_beside
from clear_record.vault.reading import Asked, Parts, read_identities
from tests.leaks import traces

pytestmark = pytest.mark.spark

ACCESS = VaultAccess("A. Clerk", datetime(2025, 6, 1, 8, tzinfo=UTC))
ASKED = Asked("r1", "lists into [out]", 2, 1)
PARTS = Parts(("name", "ssn"), ("officer",))


def person(id: str, delivery_id: str, **parts: str) -> dict[str, Any]:
    return {"subject_id": id, "delivery_id": delivery_id, "person_number": f"Z-{id}", "parts": parts}


def charge(id: str, delivery_id: str, case: str | None, **parts: str) -> dict[str, Any]:
    key = {"charge_id": id, "subject_id": "s1", "delivery_id": delivery_id, "charge_key": f"C-{id}"}
    return {**key, "case_number": case, "parts": parts}


def keep(vault: Lake, id: str, people: list[dict[str, Any]], charges: list[dict[str, Any]]) -> None:
    rows = {
        "identity": small_table(vault.spark, people, IDENTITY.ddl),
        "charge_identity": small_table(vault.spark, charges, CHARGE_IDENTITY.ddl),
    }
    keep_identities(vault, id, rows, {"job": "ingest", "delivery_id": id})


def deliveries(spark: SparkSession, *rows: tuple[str, date]) -> DataFrame:
    return small_table(spark, rows, "delivery_id string, received_on date")


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A vault of three deliveries: d1 is the newest, and d3 was never committed."""
    vault = Lake(spark, str(tmp_path_factory.mktemp("vault") / "vault"))
    keep(vault, "d1", [person("s1", "d1", name="NEW, NAME")], [charge("c1", "d1", None)])
    keep(
        vault,
        "d2",
        [person("s1", "d2", name="OLD, NAME", ssn="900-10-0001"), person("s2", "d2")],
        [charge("c1", "d2", "K-1", officer="O-1")],
    )
    keep(vault, "d3", [person("s1", "d3", name="NEVER")], [charge("c1", "d3", "K-3")])
    return vault


def test_of_each_part_the_newest_committed_delivery_that_has_it_counts(
    spark: SparkSession, vault: Lake
) -> None:
    committed = deliveries(spark, ("d1", date(2025, 2, 1)), ("d2", date(2025, 1, 1)))
    people, charges = read_identities(vault, ACCESS, ASKED, committed, PARTS)
    assert {tuple(row) for row in people.collect()} == {
        ("s1", "Z-s1", "NEW, NAME", "900-10-0001"),
        ("s2", "Z-s2", None, None),
    }
    assert {tuple(row) for row in charges.collect()} == {("c1", "C-c1", "K-1", "O-1")}


def test_a_read_is_noted_before_anything_is_read(
    spark: SparkSession, vault: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = vault.read("vault_read").count() if vault.exists("vault_read") else 0

    def unreadable(*_: object) -> DataFrame:
        raise RuntimeError("stopped before the first row")

    access = VaultAccess("B. Clerk", datetime(2025, 6, 2, 9, tzinfo=UTC))
    with monkeypatch.context() as broken:
        broken.setattr(Lake, "read", unreadable)
        with pytest.raises(RuntimeError):
            read_identities(vault, access, ASKED, deliveries(spark, ("d1", date(2025, 2, 1))), PARTS)
    noted = vault.read("vault_read").where("read_by = 'B. Clerk'").collect()
    assert vault.read("vault_read").count() == before + 1
    assert [
        (row["run_id"], row["read_at"], row["subjects_count"], row["charges_count"]) for row in noted
    ] == [("r1", "2025-06-02T09:00:00+00:00", 2, 1)]


def test_the_same_delivery_is_kept_once_and_under_another_key_not_at_all(vault: Lake) -> None:
    before = vault.version("identity")
    keep(vault, "d1", [person("s1", "d1", name="NEW, NAME")], [charge("c1", "d1", None)])
    assert vault.version("identity") == before
    with pytest.raises(
        ClearRecordError, match=r"1 rows of table \[identity\] are not in the vault .*--id-key"
    ):
        keep(vault, "d1", [person("other", "d1", name="NEW, NAME")], [charge("c1", "d1", None)])


def test_what_is_said_already_is_not_kept_again(spark: SparkSession, vault: Lake) -> None:
    committed = deliveries(spark, ("d1", date(2025, 2, 1)), ("d2", date(2025, 1, 1)))
    # Only a delivery that does not count says NEVER and K-3; d1 said last how s1 is named, d2 what its number is.
    people = [
        person("s1", "d4", name="NEW, NAME", ssn="900-10-0001"), person("s2", "d4"), person("s3", "d4"),
        person("s1", "d5", name="OLD, NAME"), person("s1", "d6", name="NEVER"), person("s2", "d7", name="S, 2"),
    ]  # fmt: skip
    charges = [charge("c1", "d4", "K-1"), charge("c1", "d5", None, officer="O-1"), charge("c1", "d6", "K-3")]

    def new(name: str, rows: list[dict[str, Any]], ddl: str) -> list[tuple[str, str]]:
        found = []
        for each in rows:
            said = said_anew(vault, {name: small_table(spark, [each], ddl)}, committed)[name]
            found += [(row[0], row["delivery_id"]) for row in said.collect()]
        return found

    assert new("identity", people, IDENTITY.ddl) == [("s3", "d4"), ("s1", "d5"), ("s1", "d6"), ("s2", "d7")]
    assert new("charge_identity", charges, CHARGE_IDENTITY.ddl) == [("c1", "d6")]


def test_a_vault_in_which_the_read_cannot_be_noted_is_not_read(spark: SparkSession, tmp_path: Path) -> None:
    vault = Lake(spark, str(tmp_path / "vault"))
    keep(vault, "d1", [person("s1", "d1", name="N")], [])
    log = tmp_path / "vault" / "vault_read"
    log.rename(tmp_path / "moved")
    log.write_text("no folder")
    with pytest.raises(InputRefused, match="cannot be written, and who reads identities must be noted there"):
        read_identities(vault, ACCESS, ASKED, deliveries(spark, ("d1", date(2025, 2, 1))), PARTS)


def test_statistics_of_the_vault_are_of_ids_alone(vault: Lake) -> None:
    logs = "".join(path.read_text() for path in Path(vault.root).rglob("_delta_log/*.json"))
    assert "minValues" in logs
    assert [name for name in ("NEW, NAME", "900-10-0001", "Z-s1", "K-1", "C-c1") if name in logs] == []


@dataclass(frozen=True)
class Sealed:
    """A lake and its vault of which a person's one charge and one of another person's charges were sealed; what must be gone, and
    the state's numbers of the first person."""

    lake: Lake
    key: IdKey
    vault: Lake
    inputs: Path
    gone: tuple[str, ...]
    numbers: tuple[str, ...]


STATEWIDE = "us_zz_statewide"


@pytest.fixture(scope="module")
def sealed(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    folder = tmp_path_factory.mktemp("sealed")
    source = read_any_source(find_source(STATEWIDE, conf_folders()))
    generate(spark, 30, 7, folder / "in")
    lake, key = Lake(spark, str(folder / "lake")), id_key(str(folder / "lake"))
    ingest(lake, source, [str(folder / "in")], key, date(2025, 6, 1))
    vault = vault_beside(lake, None)
    assert vault is not None
    people = Records(lake).rows("charge").groupBy("subject_id").agg(F.count("*").alias("count")).collect()
    single = min(row["subject_id"] for row in people if row["count"] == 1)
    of_many = min(row["subject_id"] for row in people if row["count"] > 1)
    charges = {row["subject_id"]: row["charge_id"] for row in Records(lake).rows("charge").collect()}
    ids = [charges[single], charges[of_many]]
    named = vault.read("charge_identity").where(F.col("charge_id") == charges[single]).collect()
    persons = vault.read("identity").where(F.col("subject_id") == single).collect()
    numbers = tuple(row["person_number"] for row in persons)
    gone = (*ids, single, *numbers, *(row["charge_key"] for row in named))
    assert traces(Path(vault.root), *gone) == [*gone]
    seal(lake, ids, "ZZ 1-2", "A. Clerk", date(2025, 6, 2), vault=vault)
    return Sealed(lake, key, vault, folder / "in", gone, numbers)


def test_a_sealed_charge_leaves_the_vault_and_its_files(sealed: Sealed) -> None:
    assert traces(Path(sealed.vault.root), *sealed.gone) == []


def test_a_vault_that_is_named_only_later_loses_them_by_the_same_command(sealed: Sealed) -> None:
    charge_id, _, subject_id, *_ = sealed.gone
    late = Lake(sealed.lake.spark, f"{sealed.lake.root}-late.vault")
    keep(
        late,
        "d1",
        [person(subject_id, "d1"), person("other", "d1")],
        [{**charge(charge_id, "d1", None), "subject_id": subject_id}],
    )
    again = seal(sealed.lake, [charge_id], "ZZ 1-2", "A. Clerk", date(2025, 6, 3), vault=late)
    assert (again.charges_count, again.known_count) == (0, 1)
    assert traces(Path(late.root), charge_id, subject_id, "Z-other") == ["Z-other"]


@pytest.mark.slow
def test_a_sealed_charge_does_not_come_back_with_a_delivery(sealed: Sealed) -> None:
    """Of another day, and without the last charge of the first."""
    (table,) = (sealed.inputs / "charges").glob("*.csv")
    lines = table.read_text().splitlines(keepends=True)
    last = next(
        at for at in reversed(range(len(lines))) if not any(each in lines[at] for each in sealed.numbers)
    )
    # A new file, for which there is no checksum.
    table.with_name("charges.csv").write_text("".join([*lines[:last], *lines[last + 1 :]]))
    table.unlink()
    source = read_any_source(find_source(STATEWIDE, conf_folders()))
    ingest(sealed.lake, source, [str(sealed.inputs)], sealed.key, date(2025, 7, 1))
    assert traces(Path(sealed.vault.root), *sealed.gone) == []
    twice = sealed.vault.read("charge_identity").groupBy("charge_id").count().where("count > 1")
    assert twice.count() > 1
