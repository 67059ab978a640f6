"""The way from one run to another, one thing exchanged after the other: what the law would have said on each step of it.

From the first run's decisions to the second's: the records that the second read, its law, its options (which packs for which counties,
what offices chose), its day. Where the program differs from today's, the runs' own decisions stand at the ends, and what lies between
them and today's is `code`. What is the same in both runs is no step and costs nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pyspark.sql import DataFrame

from clear_record.audit.assigned import assignments_of
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.verify.recompute import decide_again
from clear_record.decide.assignment import Assignment
from clear_record.decide.committed import inputs_of, standing_decisions
from clear_record.decide.plan import code_sha256
from clear_record.errors import PackRefused
from clear_record.lake import Lake, TableVersion
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import OPTIONS, pack_of

CAUSES = ("records", "law", "options", "as_of", "code")


@dataclass(frozen=True, slots=True)
class _Basis:
    """All that decides: which law for whom, on which versions of the records, as of which day."""

    assigned: Sequence[Assignment]
    inputs: Mapping[str, TableVersion]
    as_of: date

    @property
    def law(self) -> object:
        return [(each.pack.fingerprint, each.counties, each.takes_unreadable) for each in self.assigned]


@dataclass(frozen=True, slots=True)
class Side:
    """A run that is compared: its row of `run`, and what decided it."""

    run: Mapping[str, Any]
    basis: _Basis

    @classmethod
    def of(cls, files: LakeFiles, run: Mapping[str, Any]) -> Self:
        """Raises NotReproducible where a pack's text is gone."""
        return cls(run, _Basis(assignments_of(files, run), inputs_of(run), run["as_of"]))

    @property
    def packs(self) -> dict[str, Pack]:
        """The packs by name; of one that offices chose for, with the choices of the last."""
        return {each.pack.name: each.pack for each in self.basis.assigned}


@dataclass(frozen=True, slots=True)
class Step:
    """What was exchanged, and the decisions after it (columns of `decision` but run_id)."""

    cause: str
    decisions: DataFrame


def steps_between(lake: Lake, before: Side, after: Side) -> tuple[DataFrame, list[Step]]:
    """The decisions of run `before`, and the steps from them to those of run `after`.

    Raises NotReproducible where a version is gone that a step needs.
    """
    code = code_sha256()
    first, last = before.basis, after.basis
    bases = list(_bases(first, last))
    steps = [Step(cause, _decided(lake, basis)) for cause, basis in bases[:-1]]
    if before.run["engines"]["code"] != code:
        steps.insert(0, Step("code", _decided(lake, first)))
    if after.run["engines"]["code"] == code and bases:
        steps.append(Step(bases[-1][0], _stored(lake, after.run)))
    else:
        steps += [Step(cause, _decided(lake, basis)) for cause, basis in bases[-1:]]
        steps.append(Step("code", _stored(lake, after.run)))
    return _stored(lake, before.run), steps


def _bases(first: _Basis, last: _Basis) -> Iterator[tuple[str, _Basis]]:
    """What each exchange comes to, the first basis left out and the last one at the end; those that change nothing are none."""
    exchanged = (
        ("records", _Basis(first.assigned, last.inputs, first.as_of)),
        ("law", _Basis(_with_law_of(first.assigned, last.assigned), last.inputs, first.as_of)),
        ("options", _Basis(last.assigned, last.inputs, first.as_of)),
        ("as_of", last),
    )
    current = first
    for cause, basis in exchanged:
        if (basis.law, basis.inputs, basis.as_of) != (current.law, current.inputs, current.as_of):
            yield cause, basis
        current = basis


def _with_law_of(old: Sequence[Assignment], new: Sequence[Assignment]) -> list[Assignment]:
    """The old assignments by the new text of each pack, with the choices that offices made before.

    A pack that the new run does not have, or whose new text does not know these choices, is left to `options`.
    """
    texts = {each.pack.name: each.pack.texts for each in new}
    return [
        Assignment(_by_text(each.pack, texts.get(each.pack.name)), each.counties, each.takes_unreadable)
        for each in old
    ]


def _by_text(pack: Pack, texts: Mapping[str, str] | None) -> Pack:
    if texts is None:
        return pack
    together = {name: text for name, text in texts.items() if name != OPTIONS}
    if OPTIONS in pack.texts:
        together[OPTIONS] = pack.texts[OPTIONS]
    try:
        return pack_of(together, pack.name)
    except PackRefused:
        return pack


def options_in_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Which packs decide for which counties in only one of two runs, a line each."""

    def said(run: Mapping[str, Any]) -> list[str]:
        return [
            f"{each['pack']} for {', '.join(each['counties']) or 'all counties'}" for each in run["packs"]
        ]

    was, now = said(before), said(after)
    changed = [f"no longer {each}" for each in was if each not in now] + [
        f"now {each}" for each in now if each not in was
    ]
    if json.loads(before["options"]) != json.loads(after["options"]):
        changed.append(f"asked for {after['options']}, before {before['options']}")
    return changed


def _decided(lake: Lake, basis: _Basis) -> DataFrame:
    return decide_again(lake, basis.assigned, basis.inputs, basis.as_of)


def _stored(lake: Lake, run: Mapping[str, Any]) -> DataFrame:
    return standing_decisions(lake, run).drop("run_id")
