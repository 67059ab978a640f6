"""The errors that a person can cause, and the exit code of each.

A message is one line: what is wrong, where, what was expected, and the way on. It never holds a person's values.
"""

import re

# How Spark ends a job whose task lost its executor more often than it may, or whose executors could not be kept up.
_SPARK_EXECUTORS_LOST = (
    "ExecutorLostFailure",
    "Master removed our application",
    "because SparkContext was shut down",
    "on a stopped SparkContext",
    # What all executors that kept it took with them.
    "CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND",
)
_NO_SPACE = ("No space left on device", "Disk quota exceeded")
_SPARK_FILE_GONE = re.compile(
    r"\[FAILED_READ_FILE\.FILE_NOT_EXIST\] Encountered error while reading file (\S+)\.\s"
)


class ClearRecordError(Exception):
    """Root of the family; `exit_code` is what the command line exits with."""

    exit_code = 2


class InputRefused(ClearRecordError):
    """A delivery, file, option or configuration cannot be accepted as it is."""


class PackRefused(InputRefused):
    """A rule pack says something that the law language does not allow."""


class NeedsOverride(ClearRecordError):
    """Possible, but only when a person says so by name; the override is logged."""

    exit_code = 3


class NotReproducible(ClearRecordError):
    """Something that a run rests on is gone or is no longer what it was."""

    exit_code = 4


class Busy(ClearRecordError):
    """Another job writes the same tables; try again later."""

    exit_code = 75


class ExecutorsLost(ClearRecordError):
    """Spark gave a job up because its executors ended; try again later."""

    exit_code = 75


class DiskFull(ClearRecordError):
    """A disk had no room left; try again once there is some."""

    exit_code = 75


def files_gone(what: str) -> NotReproducible:
    """What is said where the files of `what` were vacuumed or deleted."""
    return NotReproducible(
        f"not reproducible: files gone: {what} was vacuumed or deleted; bring it back from a copy of the lake"
    )


def as_files_gone(error: Exception) -> NotReproducible | None:
    """The error of ours for Spark's that a file which a table names is not there; None for any other error."""
    named = _SPARK_FILE_GONE.search(str(error))
    return None if named is None else files_gone(f"[{named[1]}]")


def as_executors_lost(error: Exception) -> ExecutorsLost | None:
    """The error of ours where Spark gave a job up because its executors ended; None for any other error."""
    if not any(words in str(error) for words in _SPARK_EXECUTORS_LOST):
        return None
    return ExecutorsLost(
        "Spark lost executors too often and gave the job up; nothing more was committed; look at the memory and the machines of "
        "the cluster, then run this again"
    )


def as_disk_full(error: Exception) -> DiskFull | None:
    """The error of ours where a disk was full, of the lake or of what Spark spills; None for any other error."""
    if not any(words in str(error) for words in _NO_SPACE):
        return None
    return DiskFull("no space left on a disk; nothing more was committed; make room, then run this again")


def foreseen(error: Exception) -> ClearRecordError | None:
    """The error of ours for what can befall any job; None for any other error. A disk that is full ends executors, too."""
    return as_files_gone(error) or as_disk_full(error) or as_executors_lost(error)
