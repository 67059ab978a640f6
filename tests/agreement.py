"""Both evaluators on the same packs and people, and every field of every decision on which they differ."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from clear_record.decide.assignment import Assignment
from clear_record.decide.compiler import decisions
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import pack_of
from clear_record.law.person import COLUMNS
from clear_record.law.reference import Decision, evaluate, scoped_from
from clear_record.spark import small_table
from clear_record.tables import OUT_OF_SCOPE
from tests.random_packs import chosen_by_an_office, random_texts
from tests.strategies import ALL_STATES, Rows, contradicting, random_people, with_sources

SCHEMA = ", ".join(f"{name} {ddl}" for name, ddl in COLUMNS.items()) + ", covered array<string>, as_of date"
FIELDS = ("outcome", "remedy", "remedy_row", "eligible_on", "recheck_on", "trace", "missing", "witnesses")
# Spark plans all packs of a job at once, and its planner takes more than twice as long for twice as many.
PACKS_OF_A_JOB = 5

People = Sequence[tuple[Rows, date]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A charge on which the evaluators differ: the pack that decides it, the person's rows, the day, and in words what differs."""

    pack: Pack
    rows: Rows
    as_of: date
    charge_id: str
    says: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared: packs, people, the outcomes of the reference (None: not decided) for each charge and pack, what differs."""

    packs: Sequence[Pack]
    people: People
    outcomes: Counter[str | None]
    differences: Sequence[Difference]


def compared_at_random(spark: SparkSession, packs: int, people: int, seed: int) -> Iterator[Compared]:
    """So many random packs on so many random people each, the packs of one job at a time; a seed gives the same ones."""
    for first in range(0, packs, PACKS_OF_A_JOB):
        random = Random(f"{seed} from {first}")
        numbers = range(first, min(first + PACKS_OF_A_JOB, packs))
        assignments = [each for number in numbers for each in random_assignments(random, number)]
        yield compared(spark, assignments, random_crowd(random, people))


def random_assignments(random: Random, number: int) -> list[Assignment]:
    """A random pack, which an office may use with choices of its own."""
    texts = random_texts(random.choice, f"us_zz/random_{number}")
    pack = pack_of(texts)
    chosen = chosen_by_an_office(random.choice, texts)
    # An office's choices are of policy: which grants come first is asked of the law alone.
    if pack.questions_of_grants or chosen is None:
        return [Assignment(pack)]
    return [Assignment(pack), Assignment(pack_of(chosen), ("LOS ANGELES",), takes_unreadable=False)]


def random_crowd(random: Random, count: int) -> list[tuple[Rows, date]]:
    """Random people with the sources of their states; the records of a few contradict themselves."""
    choose = random.choice
    crowd = random_people(count, random.randrange(2**32), ALL_STATES)
    turned = [
        (contradicting(choose, rows) if random.random() < 0.1 else rows, as_of) for rows, as_of in crowd
    ]
    return [(with_sources(choose, rows), as_of) for rows, as_of in turned]


def compared(spark: SparkSession, assignments: Sequence[Assignment], people: People) -> Compared:
    """What differs, of all charges of the people under each pack; all are decided in one job.

    A row says in `covered` which kinds of records were loaded for its state.
    """
    with ThreadPoolExecutor(1) as beside:
        # While Spark computes, this process has time for the reference evaluator.
        compiling = beside.submit(compiled, spark, assignments, people)
        asked = [
            (
                pack,
                rows,
                as_of,
                row["charge_id"],
                _Expected(
                    evaluate(pack, rows, row["charge_id"], as_of, row["covered"]),
                    scoped_from(pack, rows, row["charge_id"], as_of, row["covered"]),
                ),
            )
            for name in dict.fromkeys(each.pack.name for each in assignments)
            for rows, as_of in people
            for row in rows
            for pack in [_pack_of_office(assignments, name, row["county"])]
        ]
        found = compiling.result()
    return Compared(
        packs=list({each.pack.name: each.pack for each in assignments}.values()),
        people=people,
        outcomes=Counter(
            None if expected.decision is None else expected.decision.outcome for *_, expected in asked
        ),
        differences=[
            Difference(pack, rows, as_of, charge_id, says)
            for pack, rows, as_of, charge_id, expected in asked
            for says in _differing(expected, found.get((pack.name, charge_id)))
        ],
    )


def _pack_of_office(assignments: Sequence[Assignment], name: str, county: str | None) -> Pack:
    """The pack with the choices that hold for a county: those of its office, else those of all others."""
    ways = [each for each in assignments if each.pack.name == name]
    return next((each for each in ways if county in each.counties), ways[0]).pack


def compiled(
    spark: SparkSession, assignments: Sequence[Assignment], people: People
) -> dict[tuple[str, str], Row]:
    """The compiler's decisions, by pack and charge."""
    rows = [
        (*[row[name] for name in COLUMNS], row["covered"], as_of)
        for person, as_of in people
        for row in person
    ]
    frame = small_table(spark, rows, SCHEMA)
    return {
        (row["pack"], row["charge_id"]): row
        for row in decisions(frame, assignments, F.col("as_of"), with_rechecks=True).collect()
    }


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the reference says of a charge: its decision, or from which day on it may be in scope."""

    decision: Decision | None
    scoped_from: date | None


def _differing(expected: _Expected, found: Row | None) -> Iterator[str]:
    is_decided = found is not None and found["outcome"] != OUT_OF_SCOPE
    if (expected.decision is not None) != is_decided:
        yield f"only the {'compiler' if is_decided else 'reference'} decides it"
    elif expected.decision is not None and found is not None:
        yield from _otherwise(expected.decision, found)
    elif expected.scoped_from != (found and found["recheck_on"]):
        yield f"in scope from: the reference says {expected.scoped_from}, the compiler {found and found['recheck_on']}"


def _otherwise(expected: Decision, found: Row) -> Iterator[str]:
    for name in FIELDS:
        value: Any = tuple(found[name]) if isinstance(found[name], list) else found[name]
        if value != getattr(expected, name):
            yield f"{name}: the reference says {getattr(expected, name)}, the compiler {value}"
