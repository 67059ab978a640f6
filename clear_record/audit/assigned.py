"""The law of a run as the lake keeps it: its packs, and which of them decides a charge of a county."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clear_record.audit.lake_files import LakeFiles
from clear_record.decide.assignment import Assignment
from clear_record.errors import NotReproducible, PackRefused
from clear_record.law.pack import DatedValue, Pack, Parameter, Period
from clear_record.law.pack_reader import pack_of


def assignments_of(lake: LakeFiles, run: Mapping[str, Any]) -> list[Assignment]:
    """The packs of a run from the texts that the lake keeps, with their counties.

    Raises NotReproducible where a text is gone, or is not of today's law language any more.
    """
    texts = {row["fingerprint"]: row["texts"] for row in lake.all_rows("pack")}
    assigned = []
    for used in run["packs"]:
        name = used["pack"]
        if used["fingerprint"] not in texts:
            raise NotReproducible(f"the text of pack [{name}] of run [{run['run_id']}] is gone")
        try:
            pack = pack_of(texts[used["fingerprint"]], name)
        except PackRefused as error:
            raise NotReproducible(
                f"the text of pack [{name}] of run [{run['run_id']}] is not of today's law language: {error}"
            ) from error
        assigned.append(Assignment(pack, tuple(used["counties"]), used["takes_unreadable"]))
    return assigned


@dataclass(frozen=True, slots=True)
class OfficesOf:
    """The assignments of one pack, which differ in counties and in the choices of offices."""

    assignments: tuple[Assignment, ...]

    @staticmethod
    def of(assignments: Sequence[Assignment]) -> "list[OfficesOf]":
        """The assignments by pack, in their order."""
        names = dict.fromkeys(each.pack.name for each in assignments)
        return [OfficesOf(tuple(each for each in assignments if each.pack.name == name)) for name in names]

    @property
    def name(self) -> str:
        return self.assignments[0].pack.name

    @property
    def counties(self) -> tuple[str, ...]:
        """The counties that are named; none where the pack is asked of all."""
        if any(not each.counties for each in self.assignments):
            return ()
        return tuple(sorted({county for each in self.assignments for county in each.counties}))

    def pack_for(self, county: str | None) -> Pack | None:
        """The pack with the choices that hold for a charge of this county (None: it cannot be read); None where it is not asked."""
        if county is None:
            packs = [each.pack for each in self.assignments if each.takes_unreadable]
            return _whatever_office(packs) if len(packs) > 1 else next(iter(packs), None)
        of_county = [each.pack for each in self.assignments if county in each.counties]
        of_the_rest = [each.pack for each in self.assignments if not each.counties]
        return next(iter([*of_county, *of_the_rest]), None)


def _whatever_office(packs: Sequence[Pack]) -> Pack:
    """A pack of which it is open whose choices hold: what offices set each for itself is unknown, and may change when one's does."""
    (first, *others) = packs
    days = sorted({day for pack in packs for day in pack.changing_days})
    unknown = {
        name: _unknown(parameter, days)
        for name, parameter in first.parameters.items()
        if any(other.parameters[name].values != parameter.values for other in others)
    }
    return replace(
        first,
        parameters={**first.parameters, **unknown},
        fingerprint=f"{first.fingerprint} of whatever office",
    )


def _unknown(parameter: Parameter, days: Sequence[Any]) -> Parameter:
    """A parameter that has a value on no day, and changes on these."""
    some = parameter.values[0]
    never = tuple(DatedValue(some.value, Period(day, day), some.cite, some.evidence) for day in days)
    return replace(parameter, values=never)
