"""scripts/cluster without a cluster: what it leaves alone, and what it says."""

import subprocess
from pathlib import Path

import pytest

from scripts.cluster import Cluster, main


def test_a_process_that_has_a_noted_number_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        try:
            (tmp_path / "pids").mkdir()
            (tmp_path / "pids" / "worker-1").write_text(f"{other.pid}\n")
            cluster = Cluster(tmp_path)
            assert cluster.running() == {}
            cluster.stop()
            assert other.poll() is None
        finally:
            other.kill()


@pytest.mark.parametrize(
    ("verb", "code", "words"), [("status", 1, "scripts/cluster up"), ("down", 0, "ended 0")]
)
def test_without_a_cluster_it_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, code: int, words: str
) -> None:
    assert main([verb, "--folder", str(tmp_path), "--web-port", "9"]) == code
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
