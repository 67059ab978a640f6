"""The definitions of deploy/ call the jobs that there are, in order, with options that they have. Schemas of the platforms: docs/deploy/."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from clear_record.cli import app

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(file for file in DEPLOY.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
Calls = list[tuple[str, list[str]]]


def documents(file: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / file).read_text()))


def constants(file: str) -> dict[str, Any]:
    """The constants of a Python file, without the packages that it imports."""
    tree = ast.parse((DEPLOY / file).read_text())
    tree.body = [
        each for each in tree.body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]).isupper()
    ]
    found: dict[str, Any] = {}
    exec(compile(tree, file, "exec"), found)  # noqa: S102 - a file of this repository
    return found


def databricks() -> Iterator[tuple[str, list[str]]]:
    (bundle,) = documents("databricks/databricks.yml")
    tasks = bundle["resources"]["jobs"]["clear_record"]["tasks"]
    for at, task in enumerate(tasks):
        waits_for = [each["task_key"] for each in task.get("depends_on", [])]
        assert waits_for == [each["task_key"] for each in tasks[max(at - 1, 0) : at]]
        yield task["spark_python_task"]["python_file"], task["spark_python_task"]["parameters"]


def emr() -> Iterator[tuple[str, list[str]]]:
    for step in json.loads((DEPLOY / "emr" / "steps.json").read_text()):
        arguments = step["HadoopJarStep"]["Args"]
        (at,) = [place for place, each in enumerate(arguments) if each.endswith(".py")]
        assert step["ActionOnFailure"] == "CANCEL_AND_WAIT"
        yield arguments[at], arguments[at + 1 :]


def dataproc() -> Iterator[tuple[str, list[str]]]:
    (template,) = documents("dataproc/workflow.yaml")
    steps = template["jobs"]
    for at, step in enumerate(steps):
        assert step.get("prerequisiteStepIds", []) == [each["stepId"] for each in steps[max(at - 1, 0) : at]]
        yield step["pysparkJob"]["mainPythonFileUri"], step["pysparkJob"]["args"]


def airflow() -> Iterator[tuple[str, list[str]]]:
    for job, arguments in constants("airflow/clear_record_dag.py")["ARGUMENTS"].items():
        given = [each.replace("{{ params.as_of }}", "2020-07-01") for each in arguments]
        yield f"{job}.py", [*given, "--lake", "/records/lake"]


def dagster() -> Iterator[tuple[str, list[str]]]:
    for job, arguments in constants("dagster/clear_record_assets.py")["ARGUMENTS"].items():
        day = ["--as-of", "2020-07-01"] if job == "decide" else []
        yield f"{job}.py", [*arguments, *day, "--lake", "/records/lake", "--json"]


def spark_operator() -> Iterator[tuple[str, list[str]]]:
    (application,) = documents("kubernetes/sparkapplication.yaml")
    yield application["spec"]["mainApplicationFile"], application["spec"]["arguments"]


@pytest.mark.parametrize(
    ("calls", "order"),
    [
        *(
            (platform, ["ingest", "decide", "publish"])
            for platform in (databricks, emr, dataproc, airflow, dagster)
        ),
        (spark_operator, ["run"]),
    ],
)
def test_a_platform_calls_the_jobs_in_order_with_options_that_they_have(
    calls: Callable[[], Iterator[tuple[str, list[str]]]], order: list[str]
) -> None:
    commands = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - click's type is not typer's
    called = []
    for main_file, arguments in calls():
        job = Path(main_file).stem
        assert (ROOT / "jobs" / f"{job}.py").exists()
        given = [each.replace("${var.as_of}", "2020-07-01") for each in arguments]
        commands[job].make_context(job, given)  # refuses unknown options, and wants those that are needed
        called.append(job)
    assert called == order


def test_what_spark_is_told_is_the_same_on_all_platforms() -> None:
    told = dict(
        re.split(r"\s+", line, maxsplit=1)
        for line in (DEPLOY / "spark-defaults.conf").read_text().splitlines()
        if line and not line.startswith("#")
    )
    (application,) = documents("kubernetes/sparkapplication.yaml")
    (workflow,) = documents("dataproc/workflow.yaml")
    (bundle,) = documents("databricks/databricks.yml")
    assert told.items() <= application["spec"]["sparkConf"].items()
    for step in workflow["jobs"]:
        assert told.items() <= step["pysparkJob"]["properties"].items()
    (cluster,) = bundle["resources"]["jobs"]["clear_record"]["job_clusters"]
    results = {name: setting for name, setting in told.items() if name.startswith("spark.sql.")}
    assert cluster["new_cluster"]["spark_conf"] == results


def test_both_ways_to_kubernetes_make_the_same_pods() -> None:
    (application,) = documents("kubernetes/sparkapplication.yaml")
    for role in ("driver", "executor"):
        (pod,) = documents(f"kubernetes/{role}-pod.yaml")
        assert application["spec"][role]["template"]["spec"] == pod["spec"]


def test_only_the_driver_gets_the_key() -> None:
    (pod,) = documents("kubernetes/executor-pod.yaml")
    assert "key" not in str(pod)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_no_key_stands_in_a_definition(file: Path) -> None:
    assert re.findall(r"\b[0-9a-fA-F]{32,}\b|-----BEGIN|AKIA[A-Z0-9]{16}", file.read_text()) == []


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.suffix == ".sh"], ids=lambda file: file.parent.name
)
def test_bash_can_read_the_scripts(file: Path) -> None:
    assert subprocess.run(["bash", "-n", str(file)], check=False, capture_output=True).stderr == b""


@pytest.mark.parametrize(
    ("script", "settings"),
    [
        ("standalone", {"MASTER": "spark://m:7077", "JARS": "/jars", "PYTHON": sys.executable}),
        ("kubernetes", {"API": "k8s://https://h:6443", "IMAGE": "registry/clear-record:1"}),
    ],
)
def test_a_submit_script_hands_the_options_to_the_job_as_they_are(
    script: str, settings: dict[str, str], tmp_path: Path
) -> None:
    stand_in = tmp_path / "spark-submit"
    stand_in.write_text("#!/bin/sh\nfor each; do printf '%s\\n' \"$each\"; done\n")
    stand_in.chmod(0o755)
    options = ["--input", "a folder/with blanks", "--lake", "/records/lake"]
    asked = [str(DEPLOY / script / "submit.sh"), "ingest", *options]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", **settings}
    said = subprocess.run(
        asked, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    at = next(place for place, each in enumerate(said) if each.endswith("jobs/ingest.py"))
    assert said[at + 1 :] == options
    (properties,) = [said[place + 1] for place, each in enumerate(said) if each == "--properties-file"]
    assert Path(properties).resolve() == DEPLOY / "spark-defaults.conf"
    without = subprocess.run(
        asked, env={"PATH": environment["PATH"]}, check=False, capture_output=True, text=True
    )
    assert (without.returncode, without.stdout) == (1, "")


def test_every_platform_has_a_page_and_every_page_a_platform() -> None:
    platforms = {each.name for each in DEPLOY.iterdir() if each.is_dir()}
    assert {page.stem for page in (ROOT / "docs" / "deploy").glob("*.md")} - {"README"} == platforms
