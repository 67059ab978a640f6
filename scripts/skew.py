"""An invented state's tables with the same rows, of which far too many are of one person or of one county: for measurements."""

from collections.abc import Callable
from pathlib import Path

import duckdb

CHARGES_OF_ONE = 5_000


def one_person(tables: Path, out: Path) -> None:
    """Copy `tables` (Parquet, as `synth statewide` writes them) to `out`; 5,000 charges, with all that belongs to them, are one person's."""
    with duckdb.connect() as connection:
        charges = connection.read_parquet(f"{tables}/charges/*.parquet")
        charges.project("CHARGE_NO").order("hash(CHARGE_NO)").limit(CHARGES_OF_ONE).create("taken")
        charges.aggregate("min(PERSON_NO) AS PERSON_NO").create("one")
        is_taken = "CHARGE_NO IN (SELECT CHARGE_NO FROM taken)"
        _copied(
            connection,
            tables,
            out,
            lambda columns: (
                f"* REPLACE (CASE WHEN {is_taken} THEN (SELECT PERSON_NO FROM one) ELSE PERSON_NO END AS PERSON_NO)"
                if "CHARGE_NO" in columns
                else "*"
            ),
        )


def one_county(tables: Path, out: Path) -> None:
    """Copy `tables` to `out`, with four of five charges in one county."""
    with duckdb.connect() as connection:
        charges = connection.read_parquet(f"{tables}/charges/*.parquet")
        charges.aggregate("min(COUNTY) AS COUNTY").create("one")
        is_moved = "hash(CHARGE_NO) % 5 > 0"
        _copied(
            connection,
            tables,
            out,
            lambda columns: (
                f"* REPLACE (CASE WHEN {is_moved} THEN (SELECT COUNTY FROM one) ELSE COUNTY END AS COUNTY)"
                if "COUNTY" in columns
                else "*"
            ),
        )


def _copied(
    connection: duckdb.DuckDBPyConnection, tables: Path, out: Path, projection: Callable[[list[str]], str]
) -> None:
    """Each table as its columns say that it is to be projected."""
    for folder in sorted(each for each in tables.iterdir() if each.is_dir()):
        rows = connection.read_parquet(f"{folder}/*.parquet")
        (out / folder.name).mkdir(parents=True)
        rows.project(projection(rows.columns)).write_parquet(str(out / folder.name / "part.parquet"))
