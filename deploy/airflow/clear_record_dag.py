"""The jobs in order, in Airflow: each a spark-submit of its own, repeated as it is when it fails, since the same work writes nothing twice."""

from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG, Param

PROGRAM = "/opt/clear-record"  # jobs/, policy.json, python/ with the wheel, spark-defaults.conf that names spark.jars too
RECORDS = "/records"  # a folder that the driver and all executors see
KEY = "/run/secrets/clear-record/id.key"  # on the machine of the driver, readable by its user only
ARGUMENTS = {
    "ingest": ["--source", "us_ca_doj", "--input", f"{RECORDS}/deliveries", "--id-key", KEY],
    "decide": [
        "--pack", "us_ca/prop64", "--pack", "us_ca/office_policy", "--policy", f"{PROGRAM}/policy.json",
        "--as-of", "{{ params.as_of }}",
    ],
    "publish": ["--input", f"{RECORDS}/deliveries", "--out", f"{RECORDS}/results", "--replace"],
}  # fmt: skip

with DAG(
    "clear_record",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    # An Airflow date or run id would make other work of the same records: the day of the law is asked for.
    params={"as_of": Param("2020-07-01", type="string", format="date")},
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    start_date=datetime(2020, 1, 1),  # noqa: DTZ001 - Airflow's own example; it takes UTC
) as dag:
    previous = None
    for job, arguments in ARGUMENTS.items():
        task = SparkSubmitOperator(
            task_id=job,
            conn_id="spark_clear_record",
            application=f"{PROGRAM}/jobs/{job}.py",
            application_args=[*arguments, "--lake", f"{RECORDS}/lake"],
            properties_file=f"{PROGRAM}/spark-defaults.conf",
            conf={"spark.pyspark.driver.python": f"{PROGRAM}/python/bin/python"},
        )
        if previous is not None:
            previous >> task
        previous = task
