"""Driver and worker on two addresses of two networks, with nothing else to reach, authenticated and encrypted between each other."""

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.cluster import Cluster
from tests.clusters import PROPERTIES, commands, install_wheel, submit
from tests.flow.whole_flow import WholeFlow

pytestmark = [pytest.mark.spark, pytest.mark.slow]

DRIVER, WORKER = "10.97.0.1", "10.97.0.2"


@dataclass(frozen=True)
class Networks:
    """Two network namespaces, by name, and a wire between them."""

    driver: str
    worker: str

    @staticmethod
    def inside(name: str) -> tuple[str, ...]:
        return ("ip", "netns", "exec", name)


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def networks() -> Iterator[Networks]:
    """Made by root where the kernel allows it; elsewhere the test is skipped."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces are made by root, with ip (iproute2)")
    made = Networks(f"cr{os.getpid()}d", f"cr{os.getpid()}w")
    try:
        try:
            run("ip", "netns", "add", made.driver)
            run("ip", "netns", "add", made.worker)
            run(
                "ip",
                "link",
                "add",
                made.driver,
                "netns",
                made.driver,
                "type",
                "veth",
                "peer",
                "name",
                made.worker,
                "netns",
                made.worker,
            )
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine makes no network namespaces: {error.stderr.decode().strip()}")
        for name, address in ((made.driver, DRIVER), (made.worker, WORKER)):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", name)
            for device in ("lo", name):
                run("ip", "-n", name, "link", "set", device, "up")
        yield made
    finally:
        for name in (made.driver, made.worker):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


@pytest.mark.usefixtures("spark")
def test_the_whole_flow_between_two_addresses_finds_what_one_machine_finds(
    networks: Networks, tmp_path: Path
) -> None:
    secret = secrets.token_hex(32)
    properties = tmp_path / "secured.conf"
    properties.touch(0o600)
    properties.write_text(
        f"{PROPERTIES.read_text()}\nspark.authenticate true\nspark.authenticate.secret {secret}\n"
        "spark.network.crypto.enabled true\nspark.io.encryption.enabled true\n"
    )
    program = install_wheel(tmp_path / "wheel")
    flow = WholeFlow.of(tmp_path, program, people=60)
    cluster = Cluster(tmp_path / "cluster", host=DRIVER)
    given = ("--properties-file", str(properties))
    try:
        cluster.start_master(*given, inside=networks.inside(networks.driver))
        cluster.start_worker("worker", *given, cores=2, host=WORKER, inside=networks.inside(networks.worker))
        wait_until_registered(cluster)
        job = submit(
            cluster, program, tmp_path / "job", *flow.arguments("there"),
            properties=properties, host=DRIVER, inside=networks.inside(networks.driver),
        )  # fmt: skip
        seen: list[str] = []
        while job.process.poll() is None:
            seen += [line for line in commands() if secret in line]
            time.sleep(0.5)
        report = job.report()
    finally:
        cluster.stop()
    assert seen == []
    assert {each["Executor Info"]["Host"] for each in job.events("SparkListenerExecutorAdded")} == {WORKER}
    (environment,) = job.events("SparkListenerEnvironmentUpdate")
    told = environment["Spark Properties"]
    for name in ("authenticate", "network.crypto.enabled", "io.encryption.enabled"):
        assert told[f"spark.{name}"] == "true"
    assert secret not in str(environment)
    flow.is_found_here_too("there", report)


def wait_until_registered(cluster: Cluster) -> None:
    """Nothing outside of the namespace reaches the master, so its worker's log is asked."""
    until = time.monotonic() + 60
    while "Successfully registered with master" not in (
        log := (cluster.folder / "logs" / "worker").read_text()
    ):
        assert time.monotonic() < until, log
        time.sleep(0.2)
