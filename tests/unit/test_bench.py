import json
import sys
from pathlib import Path

import pytest

from scripts.benches import commands
from scripts.benches.compare import ratios
from scripts.benches.usage import Sample, Stage, Usage, measure, medians, stages_of, usage_of

MEGABYTE = 1_000_000

# A process that holds 100 MB and burns CPU in a child, while its parent waits.
PARENT_AND_CHILD = """
import subprocess, sys
child = '''
import time
held = bytearray(100_000_000)
held[::4096] = b"x" * len(held[::4096])
until = time.process_time() + 0.6
while time.process_time() < until: pass
time.sleep(0.3)
'''
subprocess.run([sys.executable, "-c", child], check=True)
print("done")
"""


# A process of 200 MB that starts others all the time: between fork and exec each of them shows its memory again.
ONE_THAT_FORKS = """
import os, time
held = b"x" * 200_000_000
for _ in range(40):
    if (child := os.fork()) == 0:
        time.sleep(0.02)
        os._exit(0)
    os.waitpid(child, 0)
"""


def report_of(*stages: tuple[str, float, float]) -> str:
    names = ("stage", "started_at", "wall_seconds")
    return json.dumps({"stages": [dict(zip(names, stage, strict=True)) for stage in stages]})


def test_memory_and_cpu_of_descendants_count(tmp_path: Path) -> None:
    samples, report = measure([sys.executable, "-c", PARENT_AND_CHILD], tmp_path / "run.log")

    assert report == "done\n"
    assert max(sample.resident_bytes for sample in samples) > 100 * MEGABYTE
    assert 0.5 < samples[-1].cpu_seconds <= 2 * samples[-1].at + 1


def test_what_was_only_just_forked_holds_no_memory_of_its_own(tmp_path: Path) -> None:
    samples, _ = measure([sys.executable, "-c", ONE_THAT_FORKS], tmp_path / "run.log")

    assert 200 * MEGABYTE < max(sample.resident_bytes for sample in samples) < 300 * MEGABYTE


def test_a_run_that_fails_ends_the_bench_and_names_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        measure([sys.executable, "-c", "import sys; sys.exit(3)"], tmp_path / "run.log")

    assert f"exit code 3; what it said is in {tmp_path / 'run.log'}" in capsys.readouterr().err


def test_the_stages_of_a_run_cover_its_whole_time() -> None:
    stages = stages_of(report_of(("ingest", 4.0, 20.0), ("decide", 24.0, 10.0)), ended_at=36.0)

    assert stages == [
        Stage("start-up", 0.0, 4.0),
        Stage("ingest", 4.0, 24.0),
        Stage("decide", 24.0, 34.0),
        Stage("shut-down", 34.0, 36.0),
    ]


@pytest.mark.parametrize(
    "report", [report_of(), report_of(("ingest", 4.0, 40.0)), report_of(("ingest", -1.0, 2.0)), "no JSON"]
)
def test_a_report_that_does_not_fit_the_run_is_refused(report: str) -> None:
    with pytest.raises(ValueError, match=r"stage|Expecting"):
        stages_of(report, ended_at=36.0)


def test_a_stage_has_its_own_cpu_and_peak() -> None:
    samples = [
        Sample(0.0, 0.0, 0),
        Sample(1.0, 1.0, 9 * MEGABYTE),
        Sample(2.0, 2.0, 3 * MEGABYTE),
        Sample(3.0, 4.0, 5 * MEGABYTE),
        Sample(4.0, 5.0, 8 * MEGABYTE),
    ]

    assert usage_of(Stage("decide", 2.0, 3.5), samples) == Usage("decide", 1.5, 2.0, 5 * MEGABYTE)


def test_medians_are_taken_for_each_figure_by_itself() -> None:
    runs = [
        [Usage("ingest", 1.0, 9.0, 5)],
        [Usage("ingest", 2.0, 7.0, 4)],
        [Usage("ingest", 3.0, 8.0, 9)],
    ]

    assert medians(runs) == [Usage("ingest", 2.0, 8.0, 5)]


def test_a_decide_is_told_in_terms_of_what_it_is_held_against() -> None:
    usages = [
        Usage("copy by Spark", 10.0, 20.0, 1),
        Usage("decide", 30.0, 50.0, 1),
        Usage("by hand", 2.0, 4.0, 1),
    ]
    assert ratios(usages) == [
        "decide: 3.0 times the wall time and 2.5 times the CPU of copy by Spark",
        "decide: 15.0 times the wall time and 12.5 times the CPU of by hand",
    ]


def test_stages_in_one_process_have_each_their_own_time_and_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "FOLDER", tmp_path)
    conf = f"--conf={Path(__file__).parents[1]}"
    with commands.Warm() as run:
        first, second = (run("list", "packs", "list", conf) for _ in range(2))
        with pytest.raises(SystemExit):
            run("show", "packs", "show", "us_zz/none", conf)

    assert first.stage == second.stage == "list"
    # The second need not load the program.
    assert 0 < second.wall_seconds < first.wall_seconds
    assert second.cpu_seconds < first.cpu_seconds
    log = tmp_path / "warm.log"
    assert f"show ended with exit code 2; what it said is in {log}" in capsys.readouterr().err
    assert "us_zz/second_chance" in log.read_text()
    assert "us_zz/none" in log.read_text()
