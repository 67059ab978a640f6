"""What `scripts/bench --compare` holds a decide against, each a process of its own on the lake that was decided:

floor.py copy LAKE OUT       the tables that decide reads, written again by Spark as plain Parquet, and nothing else
floor.py by-hand LAKE OUT    one law by hand in DuckDB (floor.sql), on the same files; exit 1 where its outcomes are not the last run's
"""

import sys
from datetime import date
from pathlib import Path

from clear_record.audit.lake_files import LakeFiles
from clear_record.tables import OUT_OF_SCOPE

LAW = "us_zz/second_chance"
RECORDS = ("charge", "subject", "registration", "reject", "fact", "subject_link")
COPIED = (*RECORDS, "coverage")
_READ_BY_HAND = ("charge", "fact", "reject", "subject_link", "coverage")


def copy(lake: str, out: Path) -> None:
    """Read and write the tables that decide reads."""
    from clear_record.spark import session

    spark = session("floor")
    for name in COPIED:
        rows = spark.read.format("delta").load(f"{lake}/{name}")
        rows.write.mode("overwrite").parquet(str(out / name))


def by_hand(lake: LakeFiles, as_of: date, out: Path) -> None:
    """Decide the law in DuckDB: Parquet with charge_id, subject_id and outcome in the file `out`."""
    committed = f"SELECT delivery_id FROM {lake.source('delivery')}"
    for name in _READ_BY_HAND:
        lake.duckdb.sql(
            f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {lake.source(name)} WHERE delivery_id IN ({committed})"
        )
    law = Path(__file__).with_suffix(".sql").read_text()
    lake.duckdb.execute("SET VARIABLE as_of = $as_of", {"as_of": as_of})
    lake.duckdb.execute(f"COPY ({law}) TO '{out}' (FORMAT parquet)")


def differing(lake: LakeFiles, run_id: str, out: Path) -> int:
    """How many charges have another outcome in a run than by hand."""
    decided = (
        f"SELECT * FROM {lake.source('decision', run_ids=[run_id])} WHERE pack = '{LAW}' AND run_id = '{run_id}' "
        f"AND outcome <> '{OUT_OF_SCOPE}'"
    )
    found = lake.duckdb.sql(
        f"SELECT count(*) FROM ({decided}) AS decided FULL JOIN read_parquet('{out}') AS hand USING (charge_id) "
        "WHERE decided.outcome IS DISTINCT FROM hand.outcome"
    )
    return int(found.fetchall()[0][0])


def main() -> int:
    """Runs what the command line asks for."""
    what, root, out = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if what == "copy":
        copy(root, out)
        return 0
    lake = LakeFiles(root)
    run = lake.run("latest")
    by_hand(lake, run["as_of"], out)
    wrong = differing(lake, run["run_id"], out)
    if wrong:
        print(f"{wrong} charges have another outcome by hand than in run {run['run_id']}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
