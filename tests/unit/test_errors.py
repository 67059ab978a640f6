"""What a person is told where the lake's files are gone, or Spark's executors are."""

import pytest

from clear_record import cli, cli_audit
from clear_record.errors import DiskFull, as_executors_lost, as_files_gone, foreseen

SPARK_SAYS = """An error occurred while calling o416.collectToPython.
: org.apache.spark.SparkException: [FAILED_READ_FILE.FILE_NOT_EXIST] Encountered error while reading file \
file:/lake/charge/part-00000-4468.c000.snappy.parquet. File does not exist. It is possible the underlying files have been updated.
You can explicitly invalidate the cache in Spark by running 'REFRESH TABLE tableName' command. SQLSTATE: KD001"""


def test_a_file_that_spark_misses_is_named_and_any_other_error_is_not_taken_for_one() -> None:
    gone = as_files_gone(RuntimeError(SPARK_SAYS))
    assert gone is not None
    assert "files gone: [file:/lake/charge/part-00000-4468.c000.snappy.parquet] was vacuumed" in str(gone)
    assert as_files_gone(RuntimeError("[FAILED_READ_FILE.NO_HINT] broken")) is None


def test_a_command_that_misses_a_file_ends_with_exit_code_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def misses(_: str) -> None:
        raise RuntimeError(SPARK_SAYS)

    monkeypatch.setattr(cli_audit, "lake_files", misses)
    with pytest.raises(SystemExit) as ended:
        cli.main(["head", "--lake", "lake"])
    assert ended.value.code == 4
    said = capsys.readouterr().err
    assert said.startswith("clear-record: not reproducible: files gone: [")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "says",
    [
        "Job aborted due to stage failure: Lost task 1.3 in stage 0.0 (TID 7): ExecutorLostFailure (executor 1 exited) Reason: ZZCANARY",
        "Job aborted due to stage failure: Master removed our application: FAILED",
        "java.lang.IllegalStateException: Cannot call methods on a stopped SparkContext.",
        "[CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND] Checkpoint block rdd_7_0 not found! ZZCANARY",
    ],
)
def test_lost_executors_are_told_as_such_and_nothing_that_spark_printed_with_them(says: str) -> None:
    lost = as_executors_lost(RuntimeError(says))
    assert lost is not None
    assert (lost.exit_code, "ZZCANARY" in str(lost)) == (75, False)
    assert as_executors_lost(RuntimeError("Job aborted due to stage failure: ArithmeticException")) is None


def test_a_full_disk_is_said_without_what_was_to_be_written() -> None:
    says = "Job aborted due to stage failure: java.io.IOException: No space left on device at part-0001, row [ZZCANARY]"
    found = foreseen(RuntimeError(says))
    assert isinstance(found, DiskFull)
    assert "ZZCANARY" not in str(found)
    assert foreseen(RuntimeError("a disk")) is None
