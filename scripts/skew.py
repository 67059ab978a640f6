"""An invented state's tables with the same rows, of which far too many are of one person or of one county: for measurements."""

from pathlib import Path

import duckdb

CHARGES_OF_ONE = 5_000


def one_person(tables: Path, out: Path) -> None:
    """Copy `tables` (Parquet, as `synth statewide` writes them) to `out`; 5,000 charges, with all that belongs to them, are one person's."""
    taken = f"SELECT CHARGE_NO FROM charges ORDER BY hash(CHARGE_NO) LIMIT {CHARGES_OF_ONE}"
    _moved(tables, out, "PERSON_NO", f"CHARGE_NO IN ({taken})")


def one_county(tables: Path, out: Path) -> None:
    """Copy `tables` to `out`, with four of five charges in one county."""
    _moved(tables, out, "COUNTY", "hash(CHARGE_NO) % 5 > 0")


def _moved(tables: Path, out: Path, column: str, is_moved: str) -> None:
    """Each table; where it is of charges and has the column, that is the least of all in the rows that are moved."""
    with duckdb.connect() as connection:
        connection.read_parquet(f"{tables}/charges/*.parquet").create_view("charges")
        least = f"(SELECT min({column}) FROM charges)"
        moved = f"* REPLACE (CASE WHEN {is_moved} THEN {least} ELSE {column} END AS {column})"
        for folder in sorted(each for each in tables.iterdir() if each.is_dir()):
            rows = connection.read_parquet(f"{folder}/*.parquet")
            (out / folder.name).mkdir(parents=True)
            is_of_charges = {"CHARGE_NO", column} <= {*rows.columns}
            rows.project(moved if is_of_charges else "*").write_parquet(
                str(out / folder.name / "part.parquet")
            )
