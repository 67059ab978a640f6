"""Driver and worker on two addresses of two networks, with nothing else to reach, authenticated and encrypted between each other."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.cluster import Cluster
from tests.clusters import PROPERTIES, Submitted, commands, install_wheel, submit
from tests.flow.whole_flow import WholeFlow

pytestmark = [pytest.mark.spark, pytest.mark.slow]

DRIVER, WORKER = "10.97.0.1", "10.97.0.2"
SECONDS_CUT = 20
# What Spark's messages name, where anybody on the wire can read them.
READABLE = b"org.apache.spark."
# Writes all that goes over a network device (the first argument) to a file (the second).
LISTEN = """
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
wire.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
wire.bind((sys.argv[1], 0))
with open(sys.argv[2], "wb", buffering=0) as heard:
    print("listening", flush=True)
    while True:
        heard.write(wire.recv(1 << 17))
"""


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
            wire = f"{made.driver} netns {made.driver} type veth peer name {made.worker} netns {made.worker}"
            run("ip", "link", "add", *wire.split())
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


@dataclass(frozen=True)
class Secured:
    """A cluster in two networks, its secret, what submits the whole flow to it (under a secret), and all that went over the wire."""

    cluster: Cluster
    secret: str
    flow: WholeFlow
    submit: Callable[[str], Submitted]
    heard: Path


def encrypting(*, is_on: bool) -> str:
    return "".join(
        f"spark.{name}.enabled {str(is_on).lower()}\n" for name in ("network.crypto", "io.encryption")
    )


@pytest.fixture
def secured(networks: Networks, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Secured]:
    """Encrypted, unless a test asks for the same without it."""
    secret, encryption = secrets.token_hex(32), encrypting(is_on=getattr(request, "param", True))
    program = install_wheel(tmp_path / "wheel")
    flow = WholeFlow.of(tmp_path, program, people=60)
    cluster = Cluster(tmp_path / "cluster", host=DRIVER)
    heard = tmp_path / "heard"

    def properties_with(secret: str) -> Path:
        properties = tmp_path / f"{secret[:8]}.conf"
        properties.touch(0o600)
        properties.write_text(
            f"{PROPERTIES.read_text()}\nspark.authenticate true\nspark.authenticate.secret {secret}\n{encryption}"
        )
        return properties

    def submitted(secret: str) -> Submitted:
        return submit(
            cluster, program, tmp_path / f"job-{secret[:8]}", *flow.arguments("there"),
            properties=properties_with(secret), host=DRIVER, inside=networks.inside(networks.driver),
        )  # fmt: skip

    given = ("--properties-file", str(properties_with(secret)))
    listen = [*networks.inside(networks.driver), sys.executable, "-c", LISTEN, networks.driver, str(heard)]
    with subprocess.Popen(listen, stdout=subprocess.PIPE) as listening:
        try:
            assert listening.stdout is not None
            assert listening.stdout.readline() == b"listening\n"
            cluster.start_master(*given, inside=networks.inside(networks.driver))
            cluster.start_worker(
                "worker", *given, cores=2, host=WORKER, inside=networks.inside(networks.worker)
            )
            wait_until_registered(cluster)
            yield Secured(cluster, secret, flow, submitted, heard)
        finally:
            listening.kill()
            cluster.stop()


@pytest.mark.usefixtures("spark")
def test_the_whole_flow_between_two_addresses_finds_what_one_machine_finds(secured: Secured) -> None:
    job = secured.submit(secured.secret)
    seen: list[str] = []
    while job.process.poll() is None:
        seen += [line for line in commands() if secured.secret in line]
        time.sleep(0.5)
    report = job.report()
    assert seen == []
    assert {each["Executor Info"]["Host"] for each in job.events("SparkListenerExecutorAdded")} == {WORKER}
    (environment,) = job.events("SparkListenerEnvironmentUpdate")
    told = environment["Spark Properties"]
    for name in ("authenticate", "network.crypto.enabled", "io.encryption.enabled"):
        assert told[f"spark.{name}"] == "true"
    assert secured.secret not in str(environment)
    secured.flow.is_found_here_too("there", report)
    heard = secured.heard.read_bytes()
    assert len(heard) > 1_000_000
    assert READABLE not in heard
    assert secured.secret.encode() not in heard


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("secured", [False], indirect=True)
def test_without_encryption_anybody_on_the_wire_can_read(secured: Secured) -> None:
    job = secured.submit(secured.secret)
    job.wait_for_an_event("SparkListenerJobEnd")
    job.kill()
    assert READABLE in secured.heard.read_bytes()


@pytest.mark.usefixtures("spark")
def test_a_job_with_another_secret_is_let_in_nowhere(secured: Secured) -> None:
    code, said = secured.submit(secrets.token_hex(32)).ended()
    assert code != 0, said
    assert not (secured.flow.folder / "there" / "delivery").exists()


@pytest.mark.usefixtures("spark")
def test_a_wire_that_is_cut_for_a_while_changes_no_decision(secured: Secured, networks: Networks) -> None:
    job = secured.submit(secured.secret)
    job.wait_for_an_event("SparkListenerJobEnd")
    run("ip", "-n", networks.driver, "link", "set", networks.driver, "down")
    time.sleep(SECONDS_CUT)
    assert job.process.poll() is None
    run("ip", "-n", networks.driver, "link", "set", networks.driver, "up")
    secured.flow.is_found_here_too("there", job.report())


def wait_until_registered(cluster: Cluster) -> None:
    """Nothing outside of the namespace reaches the master, so its worker's log is asked."""
    until = time.monotonic() + 60
    while "Successfully registered with master" not in (
        log := (cluster.folder / "logs" / "worker").read_text()
    ):
        assert time.monotonic() < until, log
        time.sleep(0.2)
