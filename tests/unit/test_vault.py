"""Where a vault may be, and which modules may write and read it. No JVM: a place needs no session."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import clear_record
from clear_record.errors import InputRefused
from clear_record.lake import Lake
from clear_record.vault.place import made_vault

PACKAGE = Path(clear_record.__file__).parent


def lake_at(root: str) -> Lake:
    no_session: SparkSession = None  # type: ignore[assignment]
    return Lake(no_session, root)


def test_a_vault_is_made_beside_the_lake_and_closed_to_others(tmp_path: Path) -> None:
    vault = made_vault(lake_at(str(tmp_path / "lake")), None)
    assert vault.root == str(tmp_path / "lake.vault")
    assert Path(vault.root).stat().st_mode & 0o777 == 0o700


def test_a_vault_that_others_can_look_into_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir(mode=0o750)
    with pytest.raises(InputRefused, match=r"is open to others: run chmod 700 on it"):
        made_vault(lake_at(str(tmp_path / "lake")), str(tmp_path / "vault"))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputRefused, match="is not a folder"):
        made_vault(lake_at(str(tmp_path / "lake")), str(tmp_path / "file"))


@pytest.mark.parametrize(
    ("lake", "vault"),
    [
        ("lake", "lake"),
        ("lake", "lake/vault"),
        ("lake", "other/../lake/vault"),
        ("vault/lake", "vault"),
    ],
)
def test_a_vault_and_its_lake_stand_apart(tmp_path: Path, lake: str, vault: str) -> None:
    with pytest.raises(InputRefused, match="stand one inside of the other"):
        made_vault(lake_at(str(tmp_path / lake)), str(tmp_path / vault))
    with pytest.raises(InputRefused, match="stand one inside of the other"):
        made_vault(lake_at(f"s3a://records/{lake}"), f"s3a://records/{vault.replace('other/../', '')}")


def test_a_link_into_the_lake_is_inside_of_it(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "vault").symlink_to(tmp_path / "lake")
    with pytest.raises(InputRefused, match="stand one inside of the other"):
        made_vault(lake_at(str(tmp_path / "lake")), str(tmp_path / "vault"))
    with pytest.raises(InputRefused, match="stand one inside of the other"):
        made_vault(lake_at(str(tmp_path / "lake")), (tmp_path / "lake" / "vault").as_uri())


def test_a_lake_in_an_object_store_must_name_its_vault() -> None:
    with pytest.raises(InputRefused, match="needs --vault ROOT"):
        made_vault(lake_at("s3a://records/lake"), None)
    assert made_vault(lake_at("s3a://records/lake"), "s3a://people/vault").root == "s3a://people/vault"
    assert made_vault(lake_at("s3a://records/lake"), "s3a://records/lake-vault").root.endswith("vault")


def importers(module: str) -> Iterator[str]:
    """The modules of the program that import a module, or a part of it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            )
            origin = node.module if isinstance(node, ast.ImportFrom) else None
            if origin == module or module in names or any(f"{origin}.{name}" == module for name in names):
                yield str(path.relative_to(PACKAGE))


def test_ingest_alone_writes_the_vault_and_publish_alone_reads_it() -> None:
    assert {path.partition("/")[0] for path in importers("clear_record.vault.keeping")} == {"ingest"}
    assert {path.partition("/")[0] for path in importers("clear_record.vault.reading")} == {"publish"}
    assert set(importers("clear_record.vault.sealing")) == {"seal/seal.py"}
    assert set(importers("clear_record.vault.rotating")) == {"rotation.py"}
    assert set(importers("clear_record.vault.place")) == {
        "cli.py", "cli_keys.py", "cli_seal.py", "ingest/delivery.py", "publish/publish.py", "vault/reading.py",
    }  # fmt: skip


def test_no_other_module_names_the_tables_of_the_vault() -> None:
    allowed = {
        "tables.py",
        "vault/keeping.py",
        "vault/reading.py",
        "ingest/tables/identities.py",
        "ingest/tables/delivery.py",
    }
    named = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in ("identity", "charge_identity")
    }
    assert named <= {*allowed, "vault/place.py"}
