"""How the place of a lake is written."""

import pytest

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.views import Engine, delta_sources
from clear_record.errors import InputRefused
from clear_record.keys import id_key
from clear_record.lake_names import is_folder, schema_of


@pytest.mark.parametrize(
    ("lake", "expected"),
    [
        ("catalog:justice.records", ("justice", "records")),
        ("catalog:records", ("spark_catalog", "records")),
        ("catalog:a-b.c_1", ("a-b", "c_1")),
    ],
)
def test_a_schema_is_named_with_its_catalog_or_is_in_sparks_own(lake: str, expected: tuple[str, str]) -> None:
    assert schema_of(lake) == expected


@pytest.mark.parametrize(
    "lake", ["catalog:", "catalog:a.b.c", "catalog:a.", "catalog:a`b", "catalog:a b.c", "catalog:.b"]
)
def test_what_is_no_name_of_a_schema_is_refused(lake: str) -> None:
    with pytest.raises(InputRefused, match=r"write catalog:CATALOG\.SCHEMA"):
        schema_of(lake)


def test_a_path_is_a_folder_and_neither_a_uri_nor_a_schema_is() -> None:
    lakes = ("lake", "/srv/catalog", "s3a://records/lake", "catalog:records")
    assert [is_folder(lake) for lake in lakes] == [True, True, False, False]


def test_no_key_is_kept_beside_a_schema() -> None:
    with pytest.raises(InputRefused, match="needs --id-key FILE"):
        id_key("catalog:records")


def test_an_audit_without_spark_says_that_it_reads_the_schemas_location() -> None:
    with pytest.raises(InputRefused, match="of a catalog's schema, its location"):
        LakeFiles("catalog:records")


def test_spark_names_the_tables_of_a_schema_and_duckdb_does_not_know_them() -> None:
    assert delta_sources(Engine.SPARK, "catalog:records")["run"] == "`spark_catalog`.`records`.`run`"
    with pytest.raises(InputRefused, match="only Spark knows"):
        delta_sources(Engine.DUCKDB, "catalog:records")
