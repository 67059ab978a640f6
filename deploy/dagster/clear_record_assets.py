"""The jobs in order, in Dagster: three assets, each a spark-submit of its own that says in JSON what it did."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import dagster

PROGRAM = "/opt/clear-record"  # jobs/, policy.json, python/ with the wheel, spark-defaults.conf that names spark.jars too
RECORDS = "/records"  # a folder that the driver and all executors see
KEY = "/run/secrets/clear-record/id.key"  # on the machine of the driver, readable by its user only
ARGUMENTS = {
    "ingest": ["--source", "us_ca_doj", "--input", f"{RECORDS}/deliveries", "--id-key", KEY],
    "decide": [
        "--pack",
        "us_ca/prop64",
        "--pack",
        "us_ca/office_policy",
        "--policy",
        f"{PROGRAM}/policy.json",
    ],
    "publish": ["--input", f"{RECORDS}/deliveries", "--out", f"{RECORDS}/results", "--replace"],
}


class Law(dagster.Config):
    """The day for which the law is applied, and the cluster."""

    as_of: str
    master: str = "spark://localhost:7077"


def submit(job: str, master: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a job of the cluster; what it reports. Raises CalledProcessError, whose code says why (0 done, 2 refused, 75 busy, ...)."""
    command = [
        "spark-submit", "--master", master, "--properties-file", f"{PROGRAM}/spark-defaults.conf",
        "--conf", f"spark.pyspark.driver.python={PROGRAM}/python/bin/python",
        f"{PROGRAM}/jobs/{job}.py", *arguments, "--lake", f"{RECORDS}/lake", "--json",
    ]  # fmt: skip
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


@dagster.asset
def record_tables(config: Law) -> dagster.MaterializeResult:
    """What a delivery brought."""
    done = submit("ingest", config.master, ARGUMENTS["ingest"])
    return dagster.MaterializeResult(metadata={"delivery_id": done["delivery_id"]})


@dagster.asset(deps=[record_tables])
def decisions(config: Law) -> dagster.MaterializeResult:
    """One committed run."""
    done = submit("decide", config.master, [*ARGUMENTS["decide"], "--as-of", config.as_of])
    return dagster.MaterializeResult(
        metadata={"run_id": done["run_id"], "content_root": done["content_root"]}
    )


@dagster.asset(deps=[decisions])
def lists(config: Law) -> dagster.MaterializeResult:
    """The lists of that run."""
    submit("publish", config.master, ARGUMENTS["publish"])
    return dagster.MaterializeResult(metadata={"folder": f"{RECORDS}/results"})


# One at a time, in this order.
clear_record = dagster.define_asset_job(
    "clear_record",
    selection=[record_tables, decisions, lists],
    executor_def=dagster.in_process_executor,
)
definitions = dagster.Definitions(assets=[record_tables, decisions, lists], jobs=[clear_record])
