"""The table of remedies over all open combinations of bands at once.

A combination takes one part of each band. The combinations are the bits of a long: a comparison of a band is a constant
mask of those in which it holds, a comparison of anything else holds in all or in none, and `and`, `or`, `not` are the bits' own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.values import Interval, Truth
from clear_record.law.expressions import And, Compare, Expression, In, Literal, Name, Not, Or
from clear_record.law.pack import Band

_ALL = -1


@dataclass(frozen=True, slots=True)
class Masks:
    """Where a `when` may be true and where it may be false, as masks of combinations; in both it is unknown."""

    true: Column
    false: Column


@dataclass(frozen=True, slots=True)
class BandColumns:
    """What is known of a band on a row: which of its parts are open (bit mask), and whether it is closed (T, F, U)."""

    open_parts: Column
    closed: Column | None


class Combinations:
    """The combinations of a pack's bands, and the masks of what they say."""

    def __init__(self, bands: Mapping[str, Band]) -> None:
        self._bands = bands
        self._all = list(product(*[range(band.parts_count) for band in bands.values()]))
        self._position = {name: position for position, name in enumerate(bands)}

    def open(self, columns: Mapping[str, BandColumns]) -> Column:
        """The mask of the combinations that a row leaves open."""
        masks = []
        for name, band in self._bands.items():
            choices = [
                F.when(columns[name].open_parts.bitwiseAND(1 << part) != 0, self._mask(name, {part})).otherwise(0)
                for part in range(band.parts_count)
            ]
            masks.append(reduce(Column.bitwiseOR, choices))
        return reduce(Column.bitwiseAND, masks, F.lit(_long((1 << len(self._all)) - 1)))

    def holds(self, name: str, parts: set[int], closed: Column | None) -> Masks:
        """The masks of "the band is in one of `parts`": false wherever the band is closed."""
        inside, outside = self._mask(name, parts), self._mask(name, set(range(self._bands[name].parts_count)) - parts)
        if closed is None:
            return Masks(inside, outside)
        return Masks(
            F.when(closed, F.lit(0)).otherwise(inside),
            F.when(~closed, outside).otherwise(F.lit(_ALL)),
        )

    def _mask(self, name: str, parts: set[int]) -> Column:
        position = self._position[name]
        bits = sum(1 << index for index, combination in enumerate(self._all) if combination[position] in parts)
        return F.lit(_long(bits))


def everywhere(term: Truth) -> Masks:
    """A truth that no band is part of: the same in every combination."""
    nowhere = F.lit(_long(0))
    return Masks(
        F.when(F.coalesce(term.value, F.lit(True)), F.lit(_long(_ALL))).otherwise(nowhere),
        F.when(F.coalesce(~term.value, F.lit(True)), F.lit(_long(_ALL))).otherwise(nowhere),
    )


def all_of(terms: Sequence[Masks]) -> Masks:
    return Masks(
        reduce(Column.bitwiseAND, [term.true for term in terms]), reduce(Column.bitwiseOR, [term.false for term in terms])
    )


def one_of(terms: Sequence[Masks]) -> Masks:
    return Masks(
        reduce(Column.bitwiseOR, [term.true for term in terms]), reduce(Column.bitwiseAND, [term.false for term in terms])
    )


def negated(term: Masks) -> Masks:
    return Masks(term.false, term.true)


def _long(bits: int) -> int:
    """A mask of 64 bits as the signed number that a long holds."""
    bits &= (1 << 64) - 1
    return bits - (1 << 64) if bits >> 63 else bits
