"""What an incremental run builds on must stand before it in the chain, and build on the rest."""

from collections.abc import Sequence
from typing import Any

import pytest

from clear_record.audit.verify.chain import check_builds_on
from clear_record.audit.verify.findings import Audited


def run(id: str, *builds_on: str, kind: str = "") -> dict[str, Any]:
    return {
        "run_id": id,
        "builds_on": list(builds_on),
        "kind": kind or ("incremental" if builds_on else "full"),
    }


def found(*runs: dict[str, Any]) -> Sequence[str]:
    audited = Audited()
    check_builds_on(runs[:-1], runs[-1], audited)
    return [each.says for each in audited.findings]


def test_a_full_run_and_runs_that_build_on_it_are_sound() -> None:
    assert not found(run("a"))
    assert not found(run("a"), run("b", "a"))
    assert not found(run("a"), run("b", "a"), run("other"), run("c", "b", "a"))


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ([run("b", kind="incremental")], "run b is incremental, and builds on no run"),
        ([run("a"), run("b", "a", kind="full")], "run b is full, and builds on a"),
        ([run("b", "a")], "run b builds on run a, which is not before it in the chain"),
        ([run("a"), run("b", "a"), run("c", "b")], "run c does not build on the runs on which run b does"),
        ([run("a"), run("x"), run("b", "a", "x")], "run b does not build on the runs on which run a does"),
    ],
)
def test_a_run_made_to_build_on_others_is_found(runs: list[dict[str, Any]], says: str) -> None:
    assert found(*runs) == [says]
