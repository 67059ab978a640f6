"""Deliveries of changed people, made of an invented state's tables: what a night brings, for measurements and tests."""

from pathlib import Path

import duckdb


def write_changes(tables: Path, out: Path, share: float, night: int) -> None:
    """A share of the people of `tables` (Parquet, as `synth statewide` writes them), whole, other ones each night, into the folder `out`.

    Of their charges every second misdemeanor is a felony now and every second felony a misdemeanor, and the first of the people has no
    charge any more.
    """
    out.mkdir(parents=True)
    with duckdb.connect() as connection:
        people = connection.read_parquet(f"{tables}/people/*.parquet").filter(
            f"hash(PERSON_NO || '{night}') % 1000000 < {round(share * 1_000_000)}"
        )
        people.project("PERSON_NO").distinct().create("named")
        for table in sorted(each.name for each in tables.iterdir() if each.is_dir()):
            rows = connection.read_parquet(f"{tables}/{table}/*.parquet").filter(
                "PERSON_NO IN (SELECT PERSON_NO FROM named)"
            )
            if table != "people":
                rows = rows.filter("PERSON_NO <> (SELECT min(PERSON_NO) FROM named)")
            if table == "charges":
                is_other = f"hash(PERSON_NO || CHARGE_NO || '{night}') % 2 = 0"
                other = "CASE GRADE WHEN 'M' THEN 'F' WHEN 'F' THEN 'M' ELSE GRADE END"
                rows = rows.project(f"* REPLACE (CASE WHEN {is_other} THEN {other} ELSE GRADE END AS GRADE)")
            (out / table).mkdir()
            rows.write_parquet(str(out / table / "part.parquet"))
