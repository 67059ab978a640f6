"""Jobs on a real cluster, by spark-submit with the wheel and the jars: what they find is what one machine finds, whatever is killed on the way."""

import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from scripts.cluster import Cluster
from tests.clusters import Submitted, free_port, install_wheel, submit, worker_of
from tests.flow.conftest import THIRD_DAY, Statewide, decide_arguments, is_the_same
from tests.flow.whole_flow import WholeFlow

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(tmp_path_factory.mktemp("wheel"))


@contextmanager
def workers(folder: Path, count: int, *settings: str) -> Iterator[Cluster]:
    """A master with `settings`, and workers of one core, each at an address of its own: Spark tries no task again beside itself."""
    folder.mkdir()
    properties = folder / "master.conf"
    properties.write_text("\n".join(settings))
    started = Cluster(folder, port=free_port(), web_port=free_port())
    started.start_master("--properties-file", str(properties))
    try:
        for number in range(count):
            started.start_worker(f"worker-{number + 1}", host=f"127.0.0.{number + 1}")
        started.wait_for_workers(count)
        yield started
    finally:
        started.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with workers(tmp_path / "cluster", 2) as started:
        yield started


def submit_decide(
    cluster: Cluster, program: Path, lake: Path, name: str = "job", settings: Sequence[str] = ()
) -> Submitted:
    folder = lake.parent / name
    arguments = decide_arguments(str(lake), "--as-of", THIRD_DAY)
    return submit(cluster, program, folder, *arguments, settings=settings)


def gives_up(job: Submitted, lake: Path, before: int) -> None:
    """The job ends and says that its executors are lost; `run` stands at the version that it had before."""
    code, said = job.ended()
    assert code == 75, said
    assert "clear-record: Spark lost executors" in said
    assert DeltaTable(str(lake / "run")).version() == before


@dataclass(frozen=True)
class Survivor:
    """A job that lost an executor while its tasks ran, what it reported, and the folder of its cluster."""

    job: Submitted
    report: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def survivor(statewide: Statewide, program: Path, tmp_path_factory: pytest.TempPathFactory) -> Survivor:
    folder = tmp_path_factory.mktemp("survivor")
    shutil.copytree(statewide.folder / "lake", folder / "lake")
    with workers(folder / "cluster", 2) as cluster:
        job = submit_decide(cluster, program, folder / "lake")
        os.kill(job.executor_at_work(), signal.SIGKILL)
        return Survivor(job, job.report(), folder / "cluster")


def test_an_executor_killed_while_its_tasks_run_changes_no_decision(
    decided_here: dict[str, Any], survivor: Survivor
) -> None:
    assert is_the_same(survivor.report, decided_here)
    assert survivor.job.tasks_lost() > 0
    assert len(survivor.job.events("SparkListenerExecutorAdded")) > 2


def test_what_spark_submit_is_told_holds_and_the_rest_is_ours(survivor: Survivor) -> None:
    (environment,) = survivor.job.events("SparkListenerEnvironmentUpdate")
    told = environment["Spark Properties"]
    assert (told["spark.sql.shuffle.partitions"], told["spark.ui.enabled"]) == ("4", "true")
    assert told["spark.sql.requireAllClusterKeysForCoPartition"] == "false"


def test_executors_log_nothing_of_their_tasks(survivor: Survivor) -> None:
    logs = [file.read_text() for file in survivor.folder.glob("work/*/app-*/*/stderr")]
    assert len(logs) > 2
    said = re.compile(r" (TRACE|DEBUG|INFO|WARN|ERROR) ")
    assert [line for log in logs for line in log.splitlines() if said.search(line)] == []


@pytest.mark.slow
def test_a_worker_killed_while_its_tasks_run_changes_no_decision(
    decided_here: dict[str, Any], copied: Path, cluster: Cluster, program: Path
) -> None:
    job = submit_decide(cluster, program, copied)
    executor = job.executor_at_work()
    worker = worker_of(cluster, executor)
    cluster.kill(worker)
    os.kill(executor, signal.SIGKILL)
    assert is_the_same(job.report(), decided_here)
    assert job.tasks_lost() > 0
    assert cluster.workers() == 1


@pytest.mark.slow
def test_a_job_ends_without_its_master_and_the_next_one_says_that_it_cannot_start(
    decided_here: dict[str, Any], copied: Path, cluster: Cluster, program: Path
) -> None:
    job = submit_decide(cluster, program, copied)
    executor = job.executor_at_work()
    cluster.kill("master")
    os.kill(executor, signal.SIGCONT)
    assert is_the_same(job.report(), decided_here)
    code, said = submit_decide(cluster, program, copied, name="next").ended()
    assert code != 0, said


@pytest.mark.slow
def test_a_job_that_loses_all_its_executors_commits_nothing_and_says_so(
    decided_here: dict[str, Any], copied: Path, program: Path
) -> None:
    before = DeltaTable(str(copied / "run")).version()
    # Spark does not count a killed executor against its tasks; the master gives up when none is left and it may try no more.
    with workers(copied.parent / "one", 1, "spark.deploy.maxExecutorRetries 1") as cluster:
        job = submit_decide(cluster, program, copied)
        os.kill(job.executor_at_work(), signal.SIGKILL)
        gives_up(job, copied, before)
        assert is_the_same(submit_decide(cluster, program, copied, name="again").report(), decided_here)


@pytest.mark.slow
def test_a_task_that_fails_is_tried_again_and_leaves_one_copy_of_its_rows(
    decided_here: dict[str, Any], copied: Path, cluster: Cluster, program: Path
) -> None:
    file = max((copied / "charge").glob("*.parquet"), key=lambda each: each.stat().st_size)
    file.rename(copied / file.name)
    # It fails as fast as it is tried, until the file is back.
    job = submit_decide(cluster, program, copied, settings=["spark.task.maxFailures=100000"])
    job.wait_for_a_failed_task()
    (copied / file.name).rename(file)
    assert is_the_same(job.report(), decided_here)


@pytest.mark.slow
def test_a_task_that_is_run_twice_because_it_is_slow_leaves_one_copy_of_its_rows(
    decided_here: dict[str, Any], copied: Path, cluster: Cluster, program: Path
) -> None:
    soon = {"interval": "100ms", "quantile": "0.25", "minTaskRuntime": "1s", "task.duration.threshold": "1s"}
    settings = [
        "spark.speculation=true",
        *[f"spark.speculation.{name}={each}" for name, each in soon.items()],
    ]
    job = submit_decide(cluster, program, copied, settings=settings)
    executor = job.executor_at_work()
    job.wait_for_a_second_try()
    os.kill(executor, signal.SIGCONT)
    assert is_the_same(job.report(), decided_here)


@pytest.mark.slow
def test_executors_without_memory_end_the_job_and_it_commits_nothing(
    decided_here: dict[str, Any], copied: Path, program: Path
) -> None:
    before = DeltaTable(str(copied / "run")).version()
    with workers(copied.parent / "small", 1, "spark.deploy.maxExecutorRetries 1") as cluster:
        # The memory for classes: that for rows is spilled before it ends.
        small = ["spark.executor.extraJavaOptions=-XX:MaxMetaspaceSize=80m"]
        gives_up(submit_decide(cluster, program, copied, settings=small), copied, before)
        assert is_the_same(submit_decide(cluster, program, copied, name="again").report(), decided_here)


@pytest.mark.slow
@pytest.mark.usefixtures("spark")
def test_the_whole_flow_killed_and_submitted_again_finds_what_one_machine_finds(
    cluster: Cluster, program: Path, tmp_path: Path
) -> None:
    flow = WholeFlow.of(tmp_path, program, people=300)
    first = submit(cluster, program, tmp_path / "first", *flow.arguments("there"))
    executor = first.executor_at_work()
    first.kill()
    os.kill(executor, signal.SIGCONT)
    assert not (tmp_path / "there" / "run").exists()
    second = submit(cluster, program, tmp_path / "second", *flow.arguments("there"))
    os.kill(second.executor_at_work(), signal.SIGKILL)
    flow.is_found_here_too("there", second.report())
    assert second.tasks_lost() > 0
