"""Decides the tests of packs on Spark, all cases of a pack in one job: the compiler as an engine of `packs test`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from clear_record.decide.assignment import Assignment
from clear_record.decide.compiler import decisions
from clear_record.law.pack import Pack
from clear_record.law.pack_tests import Case, Engine
from clear_record.law.person import COLUMNS
from clear_record.law.reference import Decision
from clear_record.spark import small_table

_SCHEMA = ", ".join(f"{name} {ddl}" for name, ddl in COLUMNS.items()) + ", covered array<string>, as_of date"


def engine_on(spark: SparkSession) -> Engine:
    """An engine that compiles packs to Spark; see `clear_record.law.pack_tests`."""

    def decide(cases: Sequence[Case]) -> list[Decision | None]:
        decided: dict[tuple[str, str], Decision] = {}
        numbered = [_Numbered(number, case) for number, case in enumerate(cases)]
        of_packs: dict[str, list[_Numbered]] = {}
        for each in numbered:
            of_packs.setdefault(each.case.pack.name, []).append(each)
        # A plan takes far longer to make than to run, and one core makes it.
        with ThreadPoolExecutor(2) as pool:
            for found in pool.map(lambda of_pack: _decided(spark, of_pack), of_packs.values()):
                decided |= found
        return [decided.get((each.subject_id, each.case.person.charge_id)) for each in numbered]

    return decide


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A case with an id of its own for its person: charges of different cases may bear the same id."""

    number: int
    case: Case

    @property
    def subject_id(self) -> str:
        return str(self.number)


def _decided(spark: SparkSession, cases: Sequence[_Numbered]) -> dict[tuple[str, str], Decision]:
    packs = {each.case.pack.fingerprint: each.case.pack for each in cases}
    if len(packs) > 1 and any(
        q.within == "same_county" for pack in packs.values() for q in pack.questions.values()
    ):
        return {
            key: decision
            for fingerprint in packs
            for key, decision in _decided(
                spark, [each for each in cases if each.case.pack.fingerprint == fingerprint]
            ).items()
        }
    # Cases under different choices of the same pack are those of different offices, each of a county of its own.
    county = (
        dict(zip(packs, ("office " + str(at) for at in range(len(packs))), strict=True))
        if len(packs) > 1
        else {}
    )
    rows = [
        _row(each, row, county.get(each.case.pack.fingerprint))
        for each in cases
        for row in each.case.person.rows
    ]
    assignments = [
        Assignment(pack, (county[key],) if county else (), takes_unreadable=not county)
        for key, pack in packs.items()
    ]
    frame = decisions(small_table(spark, rows, _SCHEMA), assignments, F.col("as_of"))
    return _collected(frame, {county.get(key): pack for key, pack in packs.items()})


def _row(each: _Numbered, row: Any, county: str | None) -> tuple[Any, ...]:
    given = {**row, "subject_id": each.subject_id}
    if county is not None:
        given["county"] = county
    person = each.case.person
    return (*[given.get(name) for name in COLUMNS], sorted(person.covered), each.case.as_of)


def _collected(frame: DataFrame, packs: dict[str | None, Pack]) -> dict[tuple[str, str], Decision]:
    """The decisions by person and charge; `packs` are by county where they differ."""
    one = packs.get(None)
    return {
        (row["subject_id"], row["charge_id"]): _decision(row, one or packs[row["county"]])
        for row in frame.collect()
    }


def _decision(row: Row, pack: Pack) -> Decision:
    given = None if row["remedy_row"] is None else pack.rows[row["remedy_row"] - 1]
    return Decision(
        **{
            name: row[name]
            for name in ("outcome", "remedy", "remedy_row", "eligible_on", "recheck_on", "trace", "missing")
        },
        witnesses=None if row["witnesses"] is None else tuple(row["witnesses"]),
        reason=given and given.reason,
        alternative=given and given.alternative,
    )
