"""A real cluster for tests: jobs submitted to it as a person submits them, what Spark says of their tasks, and ends that nobody planned."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from scripts.cluster import SPARK_HOME, Cluster

ROOT = Path(__file__).resolve().parents[1]
PROPERTIES = ROOT / "deploy" / "spark-defaults.conf"
SECONDS_FOR_A_JOB = 280


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def install_wheel(folder: Path) -> Path:
    """Build the wheel and lay it into a folder, as for the Python of a driver; without a network, where uv has seen the builder before."""
    own = ROOT / ".tools" / "uv"
    uv = str(own) if own.exists() else "uv"
    build = [uv, "build", "--quiet", "--wheel", "--out-dir", str(folder / "dist"), str(ROOT)]
    if subprocess.run([*build, "--offline"], check=False, capture_output=True).returncode:
        subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    installed = folder / "installed"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", sys.executable, "--target", str(installed), str(wheel)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return installed


@dataclass(frozen=True)
class Submitted:
    """A job on its way: its driver's process, the port of Spark's status API, and the folder of its event log and of what it said."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    def ended(self) -> tuple[int, str]:
        """Wait for it: its exit code, and what it said (stdout, then stderr)."""
        try:
            code = self.process.wait(SECONDS_FOR_A_JOB)
        except BaseException:
            self.kill()
            raise
        return code, (self.folder / "stdout").read_text() + (self.folder / "stderr").read_text()

    def report(self) -> dict[str, Any]:
        """What it reported, when it ended well."""
        code, said = self.ended()
        assert code == 0, said
        return dict(json.loads((self.folder / "stdout").read_text()))

    def kill(self) -> None:
        """End driver and JVM at once, as a lost machine would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def executor_at_work(self) -> int:
        """Wait for an executor that runs tasks, and stop it: its process id.

        It stands still when Spark is asked again, so the tasks that Spark then counts as running cannot end any more.
        """
        for _ in self._while_it_runs():
            for id in self._at_work():
                pid = _process(f"--executor-id {id} ", f"--app-id {self._application()}")
                if pid is None:
                    continue
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.3)
                if id in self._at_work():
                    return pid
                os.kill(pid, signal.SIGCONT)
        raise AssertionError("no executor ran a task")

    def wait_for_a_failed_task(self) -> None:
        """Wait until a task failed."""
        for _ in self._while_it_runs():
            if any(each["failedTasks"] for each in self._executors()):
                return
        raise AssertionError("no task failed")

    def wait_for_a_second_try(self) -> None:
        """Wait until Spark runs a task a second time beside the first, which takes too long."""
        for _ in self._while_it_runs():
            stages = self._asked(f"applications/{self._application()}/stages?status=active&details=true")
            if any(task["speculative"] for stage in stages for task in stage["tasks"].values()):
                return
        raise AssertionError("no task was run a second time")

    def wait_for_an_event(self, name: str) -> None:
        """Wait until an event of a kind stands in Spark's log of the job."""
        for _ in self._while_it_runs():
            if any(f'"Event":"{name}"' in file.read_text() for file in (self.folder / "events").iterdir()):
                return
        raise AssertionError(f"no {name} came")

    def _while_it_runs(self) -> Iterator[None]:
        """Turns of a wait, for as long as a job may take."""
        until = time.monotonic() + SECONDS_FOR_A_JOB
        while time.monotonic() < until:
            assert self.process.poll() is None, f"the job ended before: {self.ended()}"
            yield
            time.sleep(0.02)

    def _executors(self) -> list[dict[str, Any]]:
        application = self._application()
        return self._asked(f"applications/{application}/executors") if application else []

    def _at_work(self) -> list[str]:
        return [each["id"] for each in self._executors() if each["id"] != "driver" and each["activeTasks"]]

    def _application(self) -> str | None:
        applications = self._asked("applications")
        return str(applications[0]["id"]) if applications else None

    def _asked(self, path: str) -> list[dict[str, Any]]:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}", timeout=10) as answer:
                return list(json.load(answer))
        except (OSError, ValueError):
            return []

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of one kind in Spark's log of the job."""
        lines = [
            line for file in (self.folder / "events").iterdir() for line in file.read_text().splitlines()
        ]
        found = [json.loads(line) for line in lines if f'"Event":"{name}"' in line]
        assert lines
        return found

    def tasks_lost(self) -> int:
        """How many tasks ended because their executor did."""
        reasons = [each["Task End Reason"]["Reason"] for each in self.events("SparkListenerTaskEnd")]
        return reasons.count("ExecutorLostFailure")


def submit(
    cluster: Cluster,
    program: Path,
    folder: Path,
    job: str,
    *arguments: str,
    properties: Path = PROPERTIES,
    host: str = "127.0.0.1",
    inside: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> Submitted:
    """Submit a job of the installed wheel, with `settings` of Spark. Its executors have no Python; its status API and event log are on, to
    be looked at."""
    (folder / "events").mkdir(parents=True)
    port = free_port()
    python = Path(sys.executable)
    given = [
        "spark.executor.memory=1g",
        "spark.driver.memory=1g",
        f"spark.driver.host={host}",
        f"spark.pyspark.driver.python={python}",
        "spark.pyspark.python=/nowhere",
        "spark.sql.shuffle.partitions=4",
        "spark.ui.enabled=true",
        f"spark.ui.port={port}",
        "spark.ui.liveUpdate.period=0",
        "spark.eventLog.enabled=true",
        "spark.eventLog.compress=false",
        "spark.eventLog.rolling.enabled=false",
        f"spark.eventLog.dir={(folder / 'events').as_uri()}",
        *settings,
    ]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYSPARK_", "CLEAR_RECORD_"))
    }
    environment |= {"SPARK_HOME": str(SPARK_HOME), "PYTHONPATH": str(program), "SPARK_LOCAL_IP": host}
    command = [
        *inside, str(SPARK_HOME / "bin" / "spark-submit"),
        "--master", cluster.url, "--properties-file", str(properties), "--jars", f"{ROOT}/.jars/*/*.jar",
        *(part for each in given for part in ("--conf", each)),
        str(program / "jobs" / f"{job}.py"), *arguments,
    ]  # fmt: skip
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
        )  # fmt: skip
    return Submitted(process, port, folder)


def commands() -> list[str]:
    """The command lines of all processes, each after its process id."""
    shown = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True)
    return [line.strip() for line in shown.stdout.splitlines()]


def _process(*parts: str) -> int | None:
    """The executor whose command line has all of `parts`."""
    for line in commands():
        if "CoarseGrainedExecutorBackend" in line and all(part in f"{line} " for part in parts):
            return int(line.split()[0])
    return None


def worker_of(cluster: Cluster, executor: int) -> str:
    """The name of the worker that started an executor's process."""
    shown = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(executor)], capture_output=True, text=True, check=True
    )
    return next(name for name, pid in cluster.running().items() if pid == int(shown.stdout))
