"""After any nights, what stands after incremental runs is what a full run decides, row for row."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyspark.sql import Observation, Row, SparkSession
from pyspark.sql import functions as F

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.verify.contents import check_uncommitted
from clear_record.audit.verify.findings import Audited
from clear_record.audit.verify.recompute import decide_again
from clear_record.decide import incremental
from clear_record.decide.assignment import Assignment
from clear_record.decide.committed import inputs_of, outcomes_of, side_by_side, standing_rows
from clear_record.decide.incremental import base_of
from clear_record.decide.plan import Plan, code_sha256
from clear_record.decide.run import Run, decide
from clear_record.errors import NotReproducible
from clear_record.lake import Lake
from clear_record.law.vocabulary import FACTS
from clear_record.maintain import maintain
from clear_record.signing import SigningKey, make_signing_key
from clear_record.spark import small_table
from clear_record.tables import DECISION, SALT
from tests.agreement import random_assignments
from tests.lakes import write_rows
from tests.nights import Nights
from tests.small_laws import small_law
from tests.strategies import CALIFORNIA

pytestmark = pytest.mark.spark

WAITS = small_law(
    {
        "waited": {
            "when_false": "not_yet",
            "wait": {"from": "charge.convicted_on", "years": "parameters.years", "restarts_on": "history.last"},
        },
        "no_felony": {"test": "not history.felony"},
        "alive": {"test": "subject.deceased_on is null or subject.deceased_on > as_of"},
        "knew": {"test": "not fact.knew_minor", "on_unknown": "presume_true"},
        "not_registered": {"test": "not subject.is_registrant"},
    },
    [{"otherwise": "true", "gives": "seal",
      "requires": ["waited", "no_felony", "alive", "knew", "not_registered"]}],
    parameters={"years": {"says": "s", "values": [{"from": "1990-01-01", "is": 5, "cite": "c", "evidence": "C"}]}},
    first={"test": "true", "unsettled": "subject.is_held"},
    scope="charge.convicted_on <= as_of and charge.dismissed_on is null",
    history={
        "last": {"latest": "convictions", "of": "other.convicted_on", "where": "other.convicted_on > this.convicted_on",
                 "within": "anywhere"},
        "felony": {"any": "convictions", "where": "other.grade = 'F'", "within": "anywhere"},
    },
)  # fmt: skip


def decided(lake: Lake, assignments: Sequence[Assignment], day: date) -> Run:
    """An incremental run, which must say what a full one would."""
    run = decide(lake, assignments, day, incremental=True)
    left_out = Observation()
    full = decide_again(lake, assignments, inputs_of(run.row), day, left_out, with_rechecks=True).persist()
    differing = side_by_side(standing_rows(lake, run.row), full).where("difference IS NOT NULL")
    assert differing.collect() == []
    assert [each.asDict() for each in run.row["outcomes"]] == outcomes_of(full)
    counted = {f"{each['pack']}|{each['reason']}": each["charges_count"] for each in run.row["out_of_scope"]}
    assert counted == left_out.get
    full.unpersist()
    return run


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_random_laws_over_more_nights(spark: SparkSession, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    laws = [each for number in range(2) for each in random_assignments(random, number)]
    assignments = [Assignment(WAITS), *laws]
    facts = sorted(
        {name.entry for each in assignments for name in each.pack.names if name.entry in FACTS},
        key=lambda fact: fact.name,
    )
    lake = Lake(spark, str(tmp_path / "lake"))
    nights = Nights(tmp_path / "lake", [CALIFORNIA], 400, seed=seed, first_day=date(2019, 3, 1), facts=facts)
    for _ in range(5):
        nights.pass_night(random.choice((1, 1, 7, 30, 365)))
        decided(lake, assignments, nights.day)


def test_families_over_some_nights(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    facts = [name.entry for name in WAITS.names if name.entry in FACTS]
    nights = Nights(tmp_path / "lake", [CALIFORNIA], 800, seed=1, first_day=date(2021, 3, 1), facts=facts)
    runs = []
    for days in (1, 30, 400):
        nights.pass_night(days)
        runs.append(decided(lake, [Assignment(WAITS)], nights.day))
    assert [each.row["kind"] for each in runs] == ["full", *["incremental"] * 2]
    for run, before in zip(runs[1:], runs, strict=False):
        assert run.row["builds_on"] == [before.run_id, *before.row["builds_on"]]
        written, all_rows = run.row["outputs"][0]["rows_count"], runs[0].row["outputs"][0]["rows_count"]
        assert 0 < written < all_rows
    # Nothing happens, and nothing is due.
    quiet = decided(lake, [Assignment(WAITS)], nights.day + timedelta(days=1))
    assert (quiet.row["kind"], quiet.is_new) == ("incremental", True)
    empty = decided(lake, [Assignment(WAITS)], nights.day + timedelta(days=1))
    assert (empty.run_id, empty.is_new) == (quiet.run_id, False)


def nights_of_few(lake: Lake, first_day: date) -> Nights:
    """A lake after one night of a few families."""
    facts = [name.entry for name in WAITS.names if name.entry in FACTS]
    nights = Nights(Path(lake.root), [CALIFORNIA], 20, seed=3, first_day=first_day, facts=facts)
    nights.pass_night(1)
    return nights


def test_everything_is_decided_anew_after_so_many_runs_on_each_other(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incremental, "_LONGEST_CHAIN", 2)
    lake = Lake(spark, str(tmp_path / "lake"))
    nights = nights_of_few(lake, date(2021, 3, 1))

    def decided_on(days: int) -> Run:
        return decide(lake, [Assignment(WAITS)], nights.day + timedelta(days=days), incremental=True)

    runs = [decided_on(days) for days in range(3)]
    again = decided_on(2)
    assert (again.run_id, again.is_new) == (runs[2].run_id, False)
    runs.append(decided_on(3))
    assert [len(run.row["builds_on"]) for run in runs] == [0, 1, 2, 0]
    assert runs[3].why_full == "2 runs stand on each other"


def stopped_before_its_row(lake: Lake, day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is stopped once its decisions are written."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("clear_record.decide.run._write_packs", killed)
        with pytest.raises(KeyboardInterrupt):
            decide(lake, [Assignment(WAITS)], day)


@pytest.mark.parametrize("has_classes_of_delta", [True, False])
def test_files_that_were_put_together_since_change_no_run(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_classes_of_delta: bool
) -> None:
    monkeypatch.setattr(Lake, "_has_classes_of_delta", has_classes_of_delta)
    lake = Lake(spark, str(tmp_path / "lake"))
    nights = nights_of_few(lake, date(2021, 3, 1))
    nights.pass_night(1)
    stopped_before_its_row(lake, nights.day, monkeypatch)
    written = lake.read("decision").count()
    version = lake.version("charge")
    maintain(lake)
    assert lake.version("charge") != version
    completed = decide(lake, [Assignment(WAITS)], nights.day)
    assert (completed.is_new, completed.row["stopped"]) == (True, [])
    assert lake.read("decision").count() == written > 0
    maintain(lake)
    for only_changes in (False, True):
        again = decide(lake, [Assignment(WAITS)], nights.day, incremental=only_changes)
        assert (again.run_id, again.is_new) == (completed.run_id, False)


def test_what_a_stopped_run_left_is_not_committed_where_it_is_not_what_is_decided(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    day = nights_of_few(lake, date(2021, 3, 1)).day
    stopped_before_its_row(lake, day, monkeypatch)
    # As many rows as before: one is lost, and another one is there twice.
    lost, repeated = lake.read("decision").limit(2).collect()
    spark.sql(f"ALTER TABLE delta.`{lake.path('decision')}` SET TBLPROPERTIES (delta.appendOnly = false)")
    lake.table("decision").delete(F.col("charge_id") == lost["charge_id"])
    lake.append("decision", small_table(spark, [repeated], DECISION.ddl), write_id="repeated", story={})
    with pytest.raises(NotReproducible, match=r"are not those that were computed .* nothing was committed"):
        decide(lake, [Assignment(WAITS)], day)
    assert lake.read("run").isEmpty()


def test_a_root_over_a_row_twice_is_not_committed(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    day = nights_of_few(lake, date(2021, 3, 1)).day
    # The rows of a person of two salts would have two hashes each.
    salts = lake.read("salt").collect()
    lake.append("salt", small_table(spark, salts, SALT.ddl), write_id="again", story={})
    with pytest.raises(NotReproducible, match="are not those that were computed"):
        decide(lake, [Assignment(WAITS)], day)
    assert lake.read("run").isEmpty()


def test_a_run_names_those_that_were_stopped_before_it_and_verify_lets_them_be(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    day = nights_of_few(lake, date(2021, 3, 1)).day
    stopped_before_its_row(lake, day, monkeypatch)
    (stopped,) = lake.read("decision").select("run_id").distinct().collect()
    rows = lake.read("decision").count()
    decide(lake, [Assignment(WAITS)], day + timedelta(days=1))
    last = decide(lake, [Assignment(WAITS)], day + timedelta(days=2))
    assert last.row["stopped"] == [stopped["run_id"]]

    def audited() -> Audited:
        found = Audited()
        check_uncommitted(LakeFiles(lake.root), found)
        return found

    assert (audited().findings, audited().checked) == ([], {"decisions of stopped runs": rows})
    # Of an attempt that no run has seen nobody says that it was one.
    stopped_before_its_row(lake, day + timedelta(days=3), monkeypatch)
    assert [each.check for each in audited().findings] == ["uncommitted"]


def test_a_quiet_night_under_a_new_key_is_signed_by_it(spark: SparkSession, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    day = nights_of_few(lake, date(2021, 3, 1)).day
    keys = [make_signing_key(tmp_path / name) for name in ("old", "new")]

    def decided_under(key: SigningKey | None) -> Run:
        return decide(lake, [Assignment(WAITS)], day, key=key, incremental=True)

    first, second = (decided_under(key) for key in keys)
    assert second.row["builds_on"] == [first.run_id]
    assert second.row["outputs"][0]["rows_count"] == 0
    assert [(run.row["key_id"], run.is_new) for run in (first, second)] == [(key.id, True) for key in keys]
    signatures = lake.read("signature").select("run_id", "key_id").collect()
    assert {tuple(row) for row in signatures} == {
        (run.run_id, key.id) for run, key in zip((first, second), keys, strict=True)
    }
    # Who asks for no signature takes what stands.
    for again in (decided_under(keys[1]), decided_under(None)):
        assert (again.run_id, again.is_new) == (second.run_id, False)


def test_everything_is_decided_anew_where_a_change_may_reach_anybody(
    spark: SparkSession, tmp_path: Path
) -> None:
    lake = Lake(spark, str(tmp_path / "lake"))
    day = nights_of_few(lake, date(2021, 3, 1)).day
    years = {"says": "s", "values": [
        {"from": "1990-01-01", "is": 5, "cite": "c", "evidence": "C"},
        {"from": "2022-01-01", "is": 4, "cite": "c", "evidence": "C"},
    ]}  # fmt: skip
    asked = {"waited": {"wait": {"from": "charge.convicted_on", "years": "parameters.years"}}}
    law = [Assignment(small_law(asked, [{"otherwise": "true", "gives": "seal", "requires": ["waited"]}], {"years": years}))]  # fmt: skip
    run = decide(lake, law, day, {"asked": "this"})
    inputs = lake.versions(inputs_of(run.row))
    deliveries = lake.read("delivery").collect()
    plan = Plan(inputs, [], deliveries, 0, law, day, {"asked": "this"}, code_sha256())
    assert base_of(lake, plan) == (run.row, "")
    others: Mapping[str, Mapping[str, Any]] = {
        "the program is another": {"code": "of another release"},
        "the packs, their texts or their counties are others": {"assignments": [Assignment(WAITS)]},
        "the options are others": {"options": {"asked": "that"}},
        f"the last run is as of a later day, {day}": {"as_of": day - timedelta(days=1)},
        "the law of us_zz/small changed on 2022-01-01": {"as_of": date(2022, 1, 1)},
        "charges were sealed since": {"seals": [{"seal_id": "s", "row_sha256": "h"}]},
        "the tables are others": {"inputs": {**inputs, "fact": replace(inputs["fact"], table_id="other")}},
        "a delivery that it read is gone, or its row was changed": {"deliveries": deliveries[1:]},
    }
    for why, changed in others.items():
        assert base_of(lake, replace(plan, **changed)) == (None, why)
    # What the counties of a pack are is said beside its text.
    elsewhere = [replace(law[0], counties=("ELM",), takes_unreadable=False)]
    assert base_of(lake, replace(plan, assignments=elsewhere))[0] is None
    loaded = {"delivery_id": "night-9", "source": "s", "record_kind": "fact:plants", "jurisdiction": "CA"}
    write_rows(tmp_path / "lake", "coverage", [loaded])
    later = [*deliveries, Row(delivery_id="night-9", row_sha256="h", id_key=None)]
    at = lake.versions(inputs_of(run.row))
    assert base_of(lake, replace(plan, inputs=at, deliveries=later)) == (
        None,
        "other kinds of records are loaded now",
    )
