"""A real standalone cluster of Spark on this machine, to run jobs as a cluster runs them: a master and workers, each a process of its own.

    scripts/cluster up        # says what to give to spark-submit
    scripts/cluster status
    scripts/cluster down

It is Spark's own from the pip package. What it writes (logs, scratch, process ids) is in one folder, and only processes that are
named there are ended.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pyspark

ROOT = Path(__file__).resolve().parent.parent
SPARK_HOME = Path(pyspark.__file__).parent
SECONDS_TO_START = 60
SECONDS_TO_END = 10


class NotStarted(Exception):
    """The cluster did not come up; the message says where its logs are."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A master at an address of its own, and the folder that holds all that the cluster writes."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 7077
    web_port: int = 8080
    started: list[subprocess.Popen[bytes]] = field(default_factory=list, compare=False)

    @property
    def url(self) -> str:
        """What spark-submit takes as --master."""
        return f"spark://{self.host}:{self.port}"

    def start_master(self, *options: str, inside: Sequence[str] = ()) -> None:
        """Start the master; `options` are Spark's own, `inside` a command that runs another (ip netns exec NAME)."""
        place = ("--host", self.host, "--port", str(self.port), "--webui-port", str(self.web_port))
        self._start("master", "org.apache.spark.deploy.master.Master", (*place, *options), self.host, inside)

    def start_worker(
        self,
        name: str,
        *options: str,
        cores: int = 1,
        memory: str = "1g",
        host: str | None = None,
        inside: Sequence[str] = (),
    ) -> None:
        """Start a worker that offers `cores` and `memory`, at `host` (default: the master's)."""
        at = host or self.host
        given = ("--host", at, "--cores", str(cores), "--memory", memory, "--webui-port", "0")
        place = (*given, "--work-dir", str(self.folder / "work" / name))
        self._start(name, "org.apache.spark.deploy.worker.Worker", (*place, *options, self.url), at, inside)

    def _start(self, name: str, main: str, options: Sequence[str], host: str, inside: Sequence[str]) -> None:
        for each in ("logs", "pids", "scratch"):
            (self.folder / each).mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "SPARK_HOME": str(SPARK_HOME),
            "SPARK_LOCAL_IP": host,
            "SPARK_LOCAL_DIRS": str(self.folder / "scratch"),
            "SPARK_DAEMON_MEMORY": "256m",
        }
        command = [*inside, str(SPARK_HOME / "bin" / "spark-class"), main, *options]
        with (self.folder / "logs" / name).open("w") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        (self.folder / "pids" / name).write_text(f"{process.pid}\n")

    def state(self) -> dict[str, Any] | None:
        """What the master says of itself, its workers and applications; None if it does not answer."""
        try:
            with urlopen(f"http://{self.host}:{self.web_port}/json/", timeout=5) as answer:
                said = json.load(answer)
        except (OSError, ValueError):
            return None
        return dict(said) if said["url"] == self.url else None

    def workers(self) -> int:
        """How many workers the master counts as alive."""
        state = self.state()
        return 0 if state is None else int(state["aliveworkers"])

    def wait_for_workers(self, count: int) -> None:
        """Wait until `count` workers are alive. Raises NotStarted if they are not in a minute."""
        until = time.monotonic() + SECONDS_TO_START
        while self.workers() != count:
            if time.monotonic() > until:
                raise NotStarted(f"{self.workers()} of {count} workers came up; see [{self.folder / 'logs'}]")
            time.sleep(0.2)

    def running(self) -> dict[str, int]:
        """The process id of each of its processes that still runs, by name."""
        noted = {file.name: int(file.read_text()) for file in sorted((self.folder / "pids").glob("*"))}
        return {name: pid for name, pid in noted.items() if _is_of_spark(pid)}

    def kill(self, name: str) -> None:
        """End one process at once, as a lost machine would."""
        _signal(self.running()[name], signal.SIGKILL)

    def stop(self) -> None:
        """End all its processes, workers first."""
        running = self.running()
        for pid in (*(pid for name, pid in running.items() if name != "master"), *running.values()):
            _signal(pid, signal.SIGTERM)
        until = time.monotonic() + SECONDS_TO_END
        while (left := self.running()) and time.monotonic() < until:
            time.sleep(0.1)
        for pid in left.values():
            _signal(pid, signal.SIGKILL)
        for process in self.started:
            process.wait()
        for file in (self.folder / "pids").glob("*"):
            file.unlink()


def _is_of_spark(pid: int) -> bool:
    """Whether the process is one of Spark's: its number may have gone to another since it was noted. One that ended is none."""
    shown = subprocess.run(
        ["ps", "-ww", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return not shown.startswith("Z") and "org.apache.spark.deploy." in shown


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what a person asks for; 0 done, 1 there is no cluster, 2 refused."""
    asked = _options(arguments)
    cluster = Cluster(asked.folder.resolve(), asked.host, asked.port, asked.web_port)
    return {"up": _up, "down": _down, "status": _status}[asked.verb](cluster, asked)


def _up(cluster: Cluster, asked: argparse.Namespace) -> int:
    if cluster.running():
        return _say(f"a cluster of [{cluster.folder}] runs already; scripts/cluster down ends it", 2)
    if cluster.state() is not None:
        return _say(f"there is a master at [{cluster.url}] already; choose --port and --web-port", 2)
    cluster.start_master()
    try:
        for number in range(1, asked.workers + 1):
            cluster.start_worker(f"worker-{number}", cores=asked.cores, memory=asked.memory)
        cluster.wait_for_workers(asked.workers)
    except BaseException as error:
        cluster.stop()
        if isinstance(error, NotStarted):
            return _say(f"the cluster was not started: {error}", 2)
        raise
    sys.stdout.write(f"--master {cluster.url} --jars '{ROOT}/.jars/*/*.jar'\n")
    return _say(f"{asked.workers} workers are up; status: http://{cluster.host}:{cluster.web_port}", 0)


def _down(cluster: Cluster, _: argparse.Namespace) -> int:
    ended = len(cluster.running())
    cluster.stop()
    return _say(f"ended {ended} processes", 0)


def _status(cluster: Cluster, _: argparse.Namespace) -> int:
    state = cluster.state()
    if state is None:
        return _say(f"no master answers at [{cluster.url}]; scripts/cluster up starts one", 1)
    sys.stdout.write(f"{cluster.url}: {state['status']}\n")
    for worker in state["workers"]:
        sys.stdout.write(
            f"worker {worker['host']}:{worker['port']}: {worker['state']}, {worker['coresused']} of {worker['cores']} cores "
            f"and {worker['memoryused']} of {worker['memory']} MB in use\n"
        )
    for application in state["activeapps"]:
        sys.stdout.write(f"{application['id']}: {application['name']}, {application['state']}\n")
    return 0


def _say(words: str, code: int) -> int:
    sys.stderr.write(f"clear-record: {words}\n")
    return code


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/cluster", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("verb", choices=("up", "down", "status"))
    parser.add_argument("--workers", type=int, default=2, help="number of workers (2)")
    parser.add_argument("--cores", type=int, default=1, help="cores that each worker offers (1)")
    parser.add_argument("--memory", default="2g", help="memory that each worker offers (2g)")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / ".cluster", help="folder for logs and scratch (.cluster)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address of master and workers (127.0.0.1)")
    parser.add_argument("--port", type=int, default=7077, help="port of the master (7077)")
    parser.add_argument("--web-port", type=int, default=8080, help="port of the master's page (8080)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
