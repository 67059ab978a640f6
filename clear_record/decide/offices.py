"""A pack as several offices use it: one set of rules, and what each office chose, by the county of the charge.

58 offices with the same pack are one pass over the records, not 58.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.assignment import Assignment
from clear_record.errors import InputRefused
from clear_record.law.pack import Pack, Parameter
from clear_record.law.vocabulary import Type

_DDL = {Type.BOOLEAN: "boolean", Type.NUMBER: "double", Type.CODE: "string", Type.CODES: "array<string>"}


@dataclass(frozen=True, slots=True)
class Offices:
    """The assignments of one pack, which differ only in the offices' choices."""

    assignments: tuple[Assignment, ...]

    @staticmethod
    def of(assignments: Sequence[Assignment]) -> list["Offices"]:
        """The assignments by pack, in their order. Raises InputRefused where two take the same county."""
        by_pack: dict[str, list[Assignment]] = {}
        for each in assignments:
            by_pack.setdefault(each.pack.name, []).append(each)
        for name, same in by_pack.items():
            named = [county for each in same for county in each.counties or ("all others",)]
            if len(named) != len(set(named)):
                raise InputRefused(f"pack [{name}] is to decide the same county twice, with two policies")
        return [Offices(tuple(same)) for same in by_pack.values()]

    @property
    def pack(self) -> Pack:
        return self.assignments[0].pack

    @property
    def varying(self) -> frozenset[str]:
        """The parameters that are not the same for all."""
        first = self.pack.parameters
        return frozenset(
            name
            for each in self.assignments
            for name, parameter in each.pack.parameters.items()
            if parameter.values != first[name].values
        )

    def takes(self, county: Column) -> Column:
        """Whether the pack decides a charge of the county (null where it cannot be read)."""
        return self._position(county).isNotNull()

    def parameter(self, name: str, law_of: Column) -> Column:
        """The value of a parameter for the office of the charge's county, on a day of the law.

        Null, which is unknown, where the county cannot be read and offices differ.
        """
        if name not in self.varying:
            return _on(self.pack.parameters[name], law_of)
        chosen = F.array(*[_on(each.pack.parameters[name], law_of) for each in self.assignments])
        return F.get(chosen, self._position(F.col("county")))

    def next_change(self, as_of: Column) -> Column:
        """The first day after as_of on which the law changes, or what the office of the charge's county goes by; null where none does."""
        days = [each.pack.changing_days for each in self.assignments]
        if len(set(days)) == 1:
            return _first_after(as_of, days[0])
        nexts = F.array(*[_first_after(as_of, each) for each in days])
        position = self._position(F.col("county"))
        return F.when(position >= 0, F.get(nexts, position)).otherwise(F.array_min(nexts))

    def _position(self, county: Column) -> Column:
        """Which assignment decides a charge; -1 where several would; null where none does."""
        unreadable = [at for at, each in enumerate(self.assignments) if each.takes_unreadable]
        found = F.when(
            county.isNull(), F.lit((unreadable[0] if len(unreadable) == 1 else -1) if unreadable else None)
        )
        for at, each in enumerate(self.assignments):
            if each.counties:
                found = found.when(county.isin(list(each.counties)), F.lit(at))
        rest = next((at for at, each in enumerate(self.assignments) if not each.counties), None)
        return found.otherwise(F.lit(rest)).cast("int")


def _first_after(as_of: Column, days: Sequence[date]) -> Column:
    found = F.lit(None).cast("date")
    for day in sorted(days, reverse=True):
        found = F.when(as_of < F.lit(day), F.lit(day)).otherwise(found)
    return found


def _on(parameter: Parameter, law_of: Column) -> Column:
    ddl = _DDL[parameter.type]
    found = None
    for each in parameter.values:
        literal = (
            F.array(*[F.lit(code) for code in each.value])
            if isinstance(each.value, tuple)
            else F.lit(each.value)
        ).cast(ddl)
        begun = F.lit(True) if each.period.begins_on is None else law_of >= F.lit(each.period.begins_on)
        holds = begun if each.period.ends_on is None else begun & (law_of < F.lit(each.period.ends_on))
        found = F.when(holds, literal) if found is None else found.when(holds, literal)
    assert found is not None
    return found
