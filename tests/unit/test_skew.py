"""Tables of which too much is of one person or of one county: the same rows otherwise."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from scripts.benches import skew

PEOPLE, CHARGES = 400, 6_000


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    of_charge = f"SELECT 'Z' || i % {PEOPLE} AS PERSON_NO, 'C' || i AS CHARGE_NO"
    rows = f"FROM range({CHARGES}) AS t(i)"
    selected = {
        "people": f"SELECT 'Z' || i AS PERSON_NO FROM range({PEOPLE}) AS t(i)",
        "charges": f"{of_charge}, 'COUNTY ' || i % 40 AS COUNTY {rows}",
        "sentences": f"{of_charge}, i AS LENGTH {rows}",
    }
    for name, sql in selected.items():
        (folder / name).mkdir(parents=True)
        duckdb.execute(f"COPY ({sql}) TO '{folder / name / 'part.parquet'}' (FORMAT parquet)")
    return folder


def changed(tables: Path, how: Callable[[Path, Path], None]) -> Path:
    out = tables.with_name("out")
    how(tables, out)
    return out


def most(tables: Path, table: str, column: str) -> int:
    rows = duckdb.read_parquet(f"{tables}/{table}/*.parquet")
    return max(int(count) for count, _ in rows.aggregate(f"count(*), {column}").fetchall())


def test_so_many_charges_are_one_persons_with_all_that_belongs_to_them(tables: Path) -> None:
    out = changed(tables, skew.one_person)
    own = CHARGES // PEOPLE
    for table in ("charges", "sentences"):
        assert skew.CHARGES_OF_ONE <= most(out, table, "PERSON_NO") <= skew.CHARGES_OF_ONE + own
    charges, sentences = (duckdb.read_parquet(f"{out}/{name}/*.parquet") for name in ("charges", "sentences"))
    assert len(charges) == len(charges.join(sentences, "PERSON_NO, CHARGE_NO")) == CHARGES
    assert most(out, "charges", "COUNTY") == CHARGES // 40


def test_four_of_five_charges_are_in_one_county(tables: Path) -> None:
    out = changed(tables, skew.one_county)
    assert 0.78 < most(out, "charges", "COUNTY") / CHARGES < 0.85
    assert most(out, "charges", "PERSON_NO") == CHARGES // PEOPLE
