"""The laws of fourteen states: both evaluators decide random people of each state alike."""

from random import SystemRandom

import pytest
from pyspark.sql import SparkSession

from clear_record.configuration import conf_folders
from clear_record.decide.assignment import Assignment
from clear_record.law.pack_reader import find_packs, load_pack
from tests.agreement import compared
from tests.worlds import crowd, world_of

FOLDERS = find_packs(conf_folders())
STATES = sorted({name.partition("/")[0] for name in FOLDERS} - {"us_ca"})
# Spark plans the laws of so many states together; of all at once its planner would take minutes.
STATES_OF_A_JOB = 4
PEOPLE_OF_A_STATE = 150

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("first", range(0, len(STATES), STATES_OF_A_JOB))
def test_both_evaluators_agree_on_random_people_of_each_state(spark: SparkSession, first: int) -> None:
    by_state = [
        [load_pack(folder, packs=FOLDERS) for name, folder in FOLDERS.items() if name.startswith(f"{state}/")]
        for state in STATES[first : first + STATES_OF_A_JOB]
    ]
    seed = SystemRandom().randrange(2**32)
    people = crowd([world_of(packs) for packs in by_state], PEOPLE_OF_A_STATE, seed)
    found = compared(spark, [Assignment(pack) for packs in by_state for pack in packs], people)
    told = [f"{each.pack.name} {each.charge_id}: {each.says}" for each in found.differences]
    assert told == [], f"seed {seed}"
    assert {"eligible", "not_yet", "not_eligible", "needs_review"} <= {*found.outcomes}
