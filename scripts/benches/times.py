"""decide of more records than can be invented in a sitting: those of a lake so many times, under shifted ids.

times.py LAKE OUT N    writes the record tables of LAKE, N times, as the lake OUT
"""

import sys
from pathlib import Path

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.lake import Lake
from clear_record.spark import session
from clear_record.tables import TABLES
from scripts.benches.commands import STATEWIDE_PACKS, cold, decide_by, ingest_of, log_of
from scripts.benches.floor import RECORDS
from scripts.benches.inputs import FOLDER, ROOT, empty_lake, forget_decisions, statewide_tables
from scripts.benches.measured import Measured
from scripts.benches.usage import Usage, stage_alone

COPIED = (*RECORDS, "salt")
COPIED_ONCE = ("coverage", "delivery", "withdrawal")


def many_times(convictions: int, seed: int, times: int) -> Measured:
    """decide with three packs at once, cold, on the records of so many convictions, so many times."""
    once, lake = FOLDER / f"lake-{convictions}-{seed}", empty_lake("times-lake")
    # Deliveries come last: what stopped before is ingested again.
    if not any((once / "delivery").glob("*.parquet")):
        cold("ingest", *ingest_of(statewide_tables(convictions, seed)), f"--lake={once}")
    script = str(ROOT / "scripts" / "benches" / "times.py")
    stage_alone("times", [sys.executable, script, str(once), str(lake), str(times)], log_of("times"))
    return Measured(f"{convictions:,} convictions, {times} times", lake, lambda _: run_decide(lake))


def run_decide(lake: Path) -> list[Usage]:
    """Decide, from a lake without decisions."""
    forget_decisions(lake)
    return [cold("decide", *decide_by(*STATEWIDE_PACKS), f"--lake={lake}")]


def write_many_times(here: Lake, there: Lake, times: int) -> None:
    """Write the record tables of a lake so many times to another one; all but the first time every id is another one."""
    there.create([TABLES[name] for name in (*COPIED, *COPIED_ONCE)])
    numbers = F.broadcast(here.spark.range(times).withColumnRenamed("id", "_time"))
    for name in (*COPIED, *COPIED_ONCE):
        rows = here.read(name)
        if name in COPIED:
            columns = [_shifted(each) if _is_of_record(each) else F.col(each) for each in rows.columns]
            rows = rows.crossJoin(numbers).select(*columns)
        rows.write.format("delta").mode("append").save(there.path(name))


def _is_of_record(column: str) -> bool:
    return column.endswith("_id") and column != "delivery_id"


def _shifted(name: str) -> Column:
    other = F.md5(F.concat_ws("|", name, F.col("_time").cast("string")))
    return F.when((F.col("_time") == 0) | F.isnull(name), F.col(name)).otherwise(other).alias(name)


if __name__ == "__main__":
    source, out, times = sys.argv[1:]
    spark = session("times")
    write_many_times(Lake(spark, source), Lake(spark, out), int(times))
