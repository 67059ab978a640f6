"""A seeded, stratified sample of a run's charges for attorneys to check: decided ones, and those that a pack left out of scope.

A charge's place in the draw is SHA-256(seed|run_id|pack|charge_id): whoever has the run and the seed can draw the same again, in any
engine, and nobody chooses.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from math import ceil
from typing import Any, NamedTuple

import duckdb

from clear_record.audit.assigned import OfficesOf, assignments_of
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.lake_writes import append
from clear_record.audit.records import RunRecords
from clear_record.audit.review.reasons import reason_of
from clear_record.audit.rows_in_duckdb import dicts, relation
from clear_record.audit.sealed import sealed_decisions
from clear_record.errors import InputRefused, NotReproducible
from clear_record.seals import in_words, unknown_to
from clear_record.tables import OUT_OF_SCOPE, SAMPLE

STRATA = ("pack", "outcome", "reason", "county")
# Cells of these columns that are too small for a stratum of their own are put together; a pack and an outcome always stand alone.
_MERGED = {"reason": "other reasons", "county": "other counties"}
# A stratum can expect so many of a draw.
_FEWEST = 3
_DECISION = ("pack", "outcome", "remedy", "remedy_row", "trace", "missing")
_DECISION_TYPES = dict.fromkeys(_DECISION, "VARCHAR") | {"remedy_row": "INTEGER", "missing": "BIGINT"}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn of a run: a `size` over all strata by their share, rounded up in each, or so many `per_stratum`.

    `strata` are some of `STRATA`, from the first on the coarser ones; `packs` are those of the run that are meant, none is all.
    """

    run_id: str
    seed: int
    size: int | None = None
    per_stratum: int | None = None
    strata: tuple[str, ...] = STRATA
    packs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.size is None) == (self.per_stratum is None):
            raise InputRefused(
                "a sample has either a size (--size) or a number in each stratum (--per-stratum)"
            )
        unknown = [name for name in self.strata if name not in STRATA]
        if unknown or not self.strata or self.strata[0] != "pack" or len(set(self.strata)) < len(self.strata):
            raise InputRefused(
                f"the strata [{','.join(self.strata)}] are not pack, then some of outcome, reason, county"
            )

    @property
    def sample_id(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]

    @property
    def asked(self) -> str:
        return f"size {self.size}" if self.size is not None else f"per_stratum {self.per_stratum}"

    def drawn_of(self, stratum_size: int, total: int) -> int:
        """How many are drawn of a stratum."""
        if self.per_stratum is not None:
            return min(stratum_size, self.per_stratum)
        assert self.size is not None
        return min(stratum_size, ceil(self.size * stratum_size / total))

    def smallest(self, total: int) -> int:
        """The size below which a cell gets no stratum of its own."""
        return self.per_stratum or ceil(_FEWEST * total / (self.size or 1))


def draw(lake: LakeFiles, plan: Plan) -> list[dict[str, Any]]:
    """The rows of `sample`, numbered by stratum. Reads the run's decisions and its charges once, and changes nothing.

    Raises InputRefused for an unknown run or pack and an empty draw, and NotReproducible where what the run read is gone.
    """
    run = lake.run(plan.run_id)
    names = list(dict.fromkeys(each["pack"] for each in run["packs"]))
    for name in plan.packs:
        if name not in names:
            raise InputRefused(f"run [{plan.run_id}] has no pack [{name}]; it has {', '.join(names)}")
    population = _population(lake, run, plan.packs or names)
    with lake.reading("decision"):
        cells = population.aggregate("pack, outcome, reason, county, count(*)").fetchall()
        strata = list(_strata([_Cell(*cell) for cell in cells], plan))
        if not strata:
            raise InputRefused(f"run [{plan.run_id}] read no charge that could be drawn")
        drawn = _drawn(lake, population, strata, plan).fetchall()
    return [
        {
            "sample_id": plan.sample_id,
            "number": number,
            "run_id": plan.run_id,
            "seed": plan.seed,
            "asked": plan.asked,
            "strata": ",".join(plan.strata),
            **dict(zip(_DRAWN, row, strict=True)),
        }
        for number, row in enumerate(drawn, start=1)
    ]


def kept(lake: LakeFiles, sample_id: str) -> list[dict[str, Any]]:
    """The rows of a sample that was drawn before, by number; none where there is no such sample."""
    if not lake.has("sample"):
        return []
    found = [row for row in lake.all_rows("sample") if row["sample_id"] == sample_id]
    return sorted(found, key=lambda row: row["number"])


def keep(lake: LakeFiles, drawn: Sequence[Mapping[str, Any]]) -> bool:
    """Write a sample, once; whether it is new. Raises NotReproducible where the lake keeps another draw under its id."""
    sample_id = drawn[0]["sample_id"]
    there = kept(lake, sample_id)
    if not there:
        story = {"job": "sample", "sample_id": sample_id, "run_id": drawn[0]["run_id"]}
        append(lake, SAMPLE, drawn, write_id=f"sample/{sample_id}", story=story)
        return True
    if there != list(drawn):
        since = unknown_to(lake.run(drawn[0]["run_id"]), lake.seals)
        if since:
            raise NotReproducible(
                f"sample [{sample_id}] was drawn before, and cannot be drawn again: charges of the run were {in_words(since)}"
            )
        raise NotReproducible(
            f"sample [{sample_id}] was drawn before, and other charges are drawn now: the run's rows or texts were changed"
        )
    return False


# ---- the charges of a run

_DRAWN = ("pack", "charge_id", "subject_id", "outcome", "reason", "stratum", "stratum_size", "stratum_drawn")


def _population(lake: LakeFiles, run: Mapping[str, Any], packs: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """pack, charge_id, subject_id, county, outcome and reason (its name) of all that the packs decided or left out of scope."""
    offices = [each for each in OfficesOf.of(assignments_of(lake, run)) if each.name in packs]
    listed = ", ".join(f"'{name}'" for name in packs)
    decisions = lake.decisions(run).filter(f"pack IN ({listed})")
    charges = RunRecords(lake, run).table("charge")
    left_out = [_left_out(lake, run, charges, decisions, each) for each in offices]
    return reduce(duckdb.DuckDBPyRelation.union, left_out, _decided(lake, decisions, offices))


def _decided(
    lake: LakeFiles, decisions: duckdb.DuckDBPyRelation, offices: Sequence[OfficesOf]
) -> duckdb.DuckDBPyRelation:
    """A run has few different decisions: each gets its reason once."""
    # The offices of a pack differ in what they chose, not in its rows and criteria.
    packs = {each.name: each.assignments[0].pack for each in offices}
    with lake.reading("decision"):
        different = dicts(decisions.select(", ".join(_DECISION)).distinct())
    reasons = [{**row, "reason": reason_of(packs[row["pack"]], row).name} for row in different]
    named = relation(lake.duckdb, reasons, {**_DECISION_TYPES, "reason": "VARCHAR"})
    same = " AND ".join(f"d.{name} IS NOT DISTINCT FROM r.{name}" for name in _DECISION)
    joined = decisions.set_alias("d").join(named.set_alias("r"), same)
    return joined.select("d.pack, d.charge_id, d.subject_id, d.county, d.outcome, r.reason")


def _left_out(
    lake: LakeFiles,
    run: Mapping[str, Any],
    charges: duckdb.DuckDBPyRelation,
    decisions: duckdb.DuckDBPyRelation,
    offices: OfficesOf,
) -> duckdb.DuckDBPyRelation:
    """The charges of a pack's counties that it did not decide. Raises NotReproducible where the run counted others."""
    pack = offices.name
    asked = charges.filter("county IS NOT NULL")
    if offices.counties:
        named = [{"county": county} for county in offices.counties]
        asked = asked.join(relation(lake.duckdb, named, {"county": "VARCHAR"}), "county", how="semi")
    if any(each.takes_unreadable for each in offices.assignments):
        asked = asked.union(charges.filter("county IS NULL"))
    own = decisions.filter(f"pack = '{pack}'").select("charge_id")
    left = asked.join(own, "charge_id", how="anti")
    sealed = sealed_decisions(lake, run)
    if sealed:
        # Of a charge that is there a decision was sealed, because it rests on one that is gone.
        marks = relation(lake.duckdb, [{"mark": mark} for mark in sealed], {"mark": "VARCHAR"})
        left = left.join(marks, "sha256(charge_id) = mark", how="anti")
    counts = {each["reason"]: each["charges_count"] for each in run["out_of_scope"] if each["pack"] == pack}
    ended = counts.get("the law has ended", 0)
    with lake.reading("charge"):
        found = left.aggregate("count(*)").fetchall()[0][0]
    counted = ended + counts.get("not in scope", 0)
    if found > counted or (found < counted and not unknown_to(run, lake.seals)):
        raise NotReproducible(
            f"the charges that pack [{pack}] left out of scope are not those that run [{run['run_id']}] counted"
        )
    # A law ends for all charges at once.
    reason = "the law has ended" if ended else "not in scope"
    return left.select(
        f"'{pack}' AS pack, charge_id, subject_id, county, '{OUT_OF_SCOPE}' AS outcome, '{reason}' AS reason"
    )


# ---- strata


class _Cell(NamedTuple):
    """The finest of what strata are made of, and how many charges it has."""

    pack: str
    outcome: str
    reason: str
    county: str | None
    size: int


@dataclass(frozen=True, slots=True)
class _Stratum:
    """A stratum: its name, the cells that it holds, and their size."""

    name: str
    cells: tuple[_Cell, ...]

    @property
    def size(self) -> int:
        return sum(cell.size for cell in self.cells)


def _strata(cells: Sequence[_Cell], plan: Plan) -> Iterator[_Stratum]:
    total = sum(cell.size for cell in cells)
    yield from _cut(sorted(cells, key=str), plan.strata, (), plan.smallest(total))


def _cut(
    cells: Sequence[_Cell], columns: Sequence[str], names: tuple[str, ...], smallest: int
) -> Iterator[_Stratum]:
    """The strata by the columns: what is too small in a column is put together, and not cut further."""
    if not columns:
        yield _Stratum(" / ".join(names), tuple(cells))
        return
    column, *finer = columns
    groups: dict[str, list[_Cell]] = {}
    for cell in cells:
        groups.setdefault(getattr(cell, column) or "county not read", []).append(cell)
    small: list[_Cell] = []
    for name, group in groups.items():
        if column in _MERGED and len(groups) > 1 and sum(cell.size for cell in group) < smallest:
            small += group
        else:
            yield from _cut(group, finer, (*names, name), smallest)
    if small:
        yield _Stratum(" / ".join((*names, _MERGED[column])), tuple(small))


def _drawn(
    lake: LakeFiles, population: duckdb.DuckDBPyRelation, strata: Sequence[_Stratum], plan: Plan
) -> duckdb.DuckDBPyRelation:
    total = sum(stratum.size for stratum in strata)
    rows = [
        {
            "pack": pack,
            "outcome": outcome,
            "reason": reason,
            "county": county,
            "position": position,
            "stratum": stratum.name,
            "stratum_size": stratum.size,
            "stratum_drawn": plan.drawn_of(stratum.size, total),
        }
        for position, stratum in enumerate(strata)
        for pack, outcome, reason, county, _ in stratum.cells
    ]
    texts = dict.fromkeys((*STRATA, "stratum"), "VARCHAR")
    numbers = dict.fromkeys(("position", "stratum_size", "stratum_drawn"), "BIGINT")
    cells = relation(lake.duckdb, rows, {**texts, **numbers}).set_alias("c")
    same = " AND ".join(f"p.{name} IS NOT DISTINCT FROM c.{name}" for name in STRATA)
    placed = (
        population.set_alias("p")
        .join(cells, same)
        .select(
            "p.pack, p.charge_id, p.subject_id, p.outcome, p.reason, c.stratum, c.stratum_size, c.stratum_drawn, c.position, "
            f"sha256(concat_ws('|', '{plan.seed}', '{plan.run_id}', p.pack, p.charge_id)) AS place"
        )
    )
    ranked = placed.select("*, row_number() OVER (PARTITION BY position ORDER BY place) AS rank")
    chosen = ranked.filter("rank <= stratum_drawn").order("position, rank")
    return chosen.select(", ".join(_DRAWN))
