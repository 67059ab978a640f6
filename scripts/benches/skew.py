"""An invented state's tables with the same rows, of which far too many are of one person or of one county: for measurements."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from scripts.benches.commands import cold
from scripts.benches.inputs import FOLDER, made_once, statewide_tables
from scripts.benches.measured import Measured
from scripts.benches.statewide import run_stages
from scripts.benches.usage import Usage

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


SKEWS = {"one person": one_person, "one county": one_county}


def skewed(convictions: int, seed: int) -> Measured:
    """Ingest and decide of the same rows three times: as they are, 5,000 charges of one person, four of five in one county."""
    tables = statewide_tables(convictions, seed)
    inputs = {"as it is": tables}
    for name, make in SKEWS.items():
        target = FOLDER / f"{tables.name}-{name.replace(' ', '-')}"
        inputs[name] = made_once(target, partial(make, tables))
    size = f"{convictions:,} convictions"
    return Measured(size, tables, lambda _: run_skewed(inputs), costs_of_skew)


def run_skewed(inputs: Mapping[str, Path]) -> list[Usage]:
    """Ingest and decide of each input on an empty lake."""
    return [
        replace(usage, stage=f"{usage.stage}, {name}")
        for name, tables in inputs.items()
        for usage in run_stages(tables, cold, "skewed-lake")
    ]


def costs_of_skew(usages: Sequence[Usage]) -> list[str]:
    """What each skew costs in terms of the same stage without it."""
    by_stage = {usage.stage: usage for usage in usages}
    return [
        f"{stage} with {name}: {by_stage[f'{stage}, {name}'].wall_seconds / even.wall_seconds:.2f} times the wall time and "
        f"{by_stage[f'{stage}, {name}'].cpu_seconds / even.cpu_seconds:.2f} times the CPU"
        for stage in ("ingest", "decide")
        for name in SKEWS
        for even in (by_stage[f"{stage}, as it is"],)
    ]
