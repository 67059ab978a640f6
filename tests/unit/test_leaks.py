"""The check for leaks finds what is put where it must not be."""

from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.lakes import write_rows
from tests.leaks import leaks_in, said_in

NAME = "TESTPERSON"


def fact(printed: str) -> dict[str, object]:
    return {
        "fact_id": "f",
        "subject_id": "s",
        "name": "unknown",
        "printed": printed,
        "delivery_id": "d",
        "file": 1,
        "line": 2,
    }


def test_a_lake_without_names_has_no_leak(tmp_path: Path) -> None:
    write_rows(tmp_path, "fact", [fact("AS PRINTED")] * 3)
    assert leaks_in(tmp_path, {NAME}) == []


@pytest.mark.parametrize("printed", [f"{NAME}, P1", f"of {NAME}", "ZZCANARY7"])
def test_a_name_in_a_column_of_the_lake_is_found(tmp_path: Path, printed: str) -> None:
    # Often enough that its page holds it once, in a dictionary.
    write_rows(tmp_path, "fact", [fact(printed)] * 1000)
    assert any(".parquet" in each for each in leaks_in(tmp_path, {NAME}))


def test_a_name_in_the_statistics_or_the_history_of_a_table_is_found(tmp_path: Path) -> None:
    write_rows(tmp_path, "fact", [fact(NAME)])
    assert any("_delta_log" in each for each in leaks_in(tmp_path, {NAME}))
    table = DeltaTable(str(tmp_path / "fact"))
    table.create_checkpoint()
    for path in tmp_path.rglob("*.json"):
        path.unlink()
    assert any("checkpoint" in each for each in leaks_in(tmp_path, {NAME}))


def test_a_name_in_a_message_is_found_as_a_word() -> None:
    assert said_in(f"row of [{NAME}]", {NAME}) == [NAME]
    assert said_in("TESTPERSONS", {NAME}) == []
