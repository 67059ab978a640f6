"""The table of remedies over all open combinations of bands at once.

A combination takes one part of each band. The combinations are the bits of a long: a comparison of a band is a constant mask of those
in which it holds, a comparison of anything else holds in all or in none, and `and`, `or`, `not` are the bits' own.
What is still possible for a charge is a mask of results: a bit for each remedy of the ladder, and one for each of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.values import Interval, Truth, conjunction, disjunction, negation
from clear_record.law.expressions import And, BandIs, Expression, Not, Or
from clear_record.law.pack import Band

_ALL = -1


@dataclass(frozen=True, slots=True)
class Masks:
    """Where a `when` may be true and where it may be false, as masks of combinations; in both it is unknown."""

    true: Column
    false: Column


@dataclass(frozen=True, slots=True)
class BandColumns:
    """What is known of a band on a row: which of its parts are open, as bits, and whether it is closed (T, F, U)."""

    open_parts: Column
    closed: Truth

    @property
    def is_open(self) -> Column:
        """Whether more than one part is left, or it is open whether the band is closed."""
        return self.closed.is_unknown | (~self.closed.possible & (F.bit_count(self.open_parts) > 1))


class Combinations:
    """The combinations of a pack's bands, and the masks of what they say."""

    def __init__(self, bands: Mapping[str, Band]) -> None:
        self._bands = bands
        self._all = list(product(*[range(band.parts_count) for band in bands.values()]))
        self._position = {name: position for position, name in enumerate(bands)}

    def left_open(self, columns: Mapping[str, BandColumns]) -> Column:
        """The mask of the combinations that a row leaves open."""
        masks = [
            reduce(
                Column.bitwiseOR,
                [
                    F.when(
                        columns[name].open_parts.bitwiseAND(_bits(1 << part)) != 0, self._mask(name, {part})
                    ).otherwise(_bits(0))
                    for part in range(band.parts_count)
                ],
            )
            for name, band in self._bands.items()
        ]
        return reduce(Column.bitwiseAND, masks, _bits((1 << len(self._all)) - 1))

    def holds(self, name: str, parts: frozenset[int], closed: Truth) -> Masks:
        """The masks of "the band is in one of `parts`": false wherever the band is closed."""
        inside = self._mask(name, parts)
        outside = self._mask(name, set(range(self._bands[name].parts_count)) - parts)
        return Masks(
            F.when(closed.certain, _bits(0)).otherwise(inside),
            F.when(closed.possible, _bits(_ALL)).otherwise(outside),
        )

    def _mask(self, name: str, parts: set[int] | frozenset[int]) -> Column:
        position = self._position[name]
        return _bits(
            sum(1 << index for index, combination in enumerate(self._all) if combination[position] in parts)
        )


def open_parts(band: Band, value: Truth | Interval | Column) -> Column:
    """The parts of a band, as bits, that are left open by what is known of its value: a truth, an interval or a code's Column."""
    parts = [
        F.when(is_open, _bits(1 << part)).otherwise(_bits(0))
        for part, is_open in enumerate(_are_open(band, value))
    ]
    return reduce(Column.bitwiseOR, parts)


def _are_open(band: Band, value: Truth | Interval | Column) -> list[Column]:
    cuts = band.cuts
    if isinstance(value, Truth):
        return [value.possible, ~value.certain]
    if isinstance(value, Column):
        listed = [F.coalesce(value == code, F.lit(True)) for code in cuts.values]
        return [*listed, F.coalesce(~value.isin(list(cuts.values)), F.lit(True))]
    ends = [F.lit(cut) for cut in cuts.cuts]
    may_be_below = [(value.low < end) if cuts.cut_is_above else (value.low <= end) for end in ends]
    may_be_above = [(value.high >= end) if cuts.cut_is_above else (value.high > end) for end in ends]
    return [
        above & below
        for above, below in zip([F.lit(True), *may_be_above], [*may_be_below, F.lit(True)], strict=True)
    ]


def masks_of(
    node: Expression,
    truth: Callable[[Expression], Truth],
    combinations: Combinations,
    bands: Mapping[str, BandColumns],
) -> Masks:
    """A `when` over all combinations; `truth` gives what no band is part of."""
    if not _names_a_band(node):
        return _everywhere(truth(node))
    match node:
        case BandIs(band=name, parts=parts):
            return combinations.holds(name, parts, bands[name].closed)
        case Not(term=term):
            inner = masks_of(term, truth, combinations, bands)
            return Masks(inner.false, inner.true)
        case And(terms=terms) | Or(terms=terms):
            inner_masks = [masks_of(term, truth, combinations, bands) for term in terms]
            trues, falses = [each.true for each in inner_masks], [each.false for each in inner_masks]
            if isinstance(node, And):
                return Masks(reduce(Column.bitwiseAND, trues), reduce(Column.bitwiseOR, falses))
            return Masks(reduce(Column.bitwiseOR, trues), reduce(Column.bitwiseAND, falses))
    raise AssertionError(f"{node} cannot hold a band")


def read_rows(whens: Sequence[Masks], left_open: Column) -> tuple[list[Column], list[Column]]:
    """For each row of the table whether its result is possible, and whether its `when` is U in an open combination.

    Rows are read in order, and one that holds for certain stops the reading of a combination.
    """
    possible, unknown = [], []
    remaining = left_open
    for masks in whens:
        reached = remaining.bitwiseAND(masks.true)
        possible.append(reached != 0)
        unknown.append(reached.bitwiseAND(masks.false) != 0)
        remaining = remaining.bitwiseAND(masks.false)
    return possible, unknown


def _names_a_band(node: Expression) -> bool:
    match node:
        case BandIs():
            return True
        case Not(term=term):
            return _names_a_band(term)
        case And(terms=terms) | Or(terms=terms):
            return any(_names_a_band(term) for term in terms)
    return False


def _everywhere(term: Truth) -> Masks:
    """A truth that no band is part of: the same in every combination."""
    return Masks(
        F.when(term.possible, _bits(_ALL)).otherwise(_bits(0)),
        F.when(term.certain, _bits(0)).otherwise(_bits(_ALL)),
    )


def _bits(bits: int) -> Column:
    """A mask of 64 bits as the signed number that a long holds."""
    bits &= (1 << 64) - 1
    return F.lit(bits - (1 << 64) if bits >> 63 else bits).cast("bigint")


class Results:
    """The results that a pack can give, as bits: the remedies of its ladder, and what is not a remedy."""

    def __init__(self, ladder: Sequence[str]) -> None:
        self._ladder = tuple(ladder)
        self._names = (*ladder, "none", "no_change", "not_yet", "review", "refer")

    def bit(self, name: str) -> Column:
        """The bit of a remedy, or of none, no_change, not_yet, review or refer."""
        return F.lit(1 << self._names.index(name))

    def of_row(self, given: Column, lasting: Sequence[Truth], passing: Sequence[Truth]) -> Column:
        """The results that a row can have: what is `given` if all that it requires may hold, else none or not_yet.

        `lasting` and `passing` say for each requirement whether it holds (T, F, U); one that passes is only a matter of time.
        """
        last, passed = conjunction(lasting), conjunction(passing)
        is_granted = last.possible & passed.possible
        may_be_refused = ~last.certain
        may_be_later = last.possible & ~passed.certain
        possible = [
            F.when(is_granted, given).otherwise(F.lit(0)),
            F.when(may_be_refused, self.bit("none")).otherwise(F.lit(0)),
            F.when(may_be_later, self.bit("not_yet")).otherwise(F.lit(0)),
        ]
        return reduce(Column.bitwiseOR, possible)

    def outcome(self, possible: Column) -> Column:
        """eligible, not_yet, not_eligible or needs_review, from the mask of what is possible.

        Where contradictory values leave nothing possible, a person looks at it.
        """
        eligible = (1 << len(self._ladder)) - 1
        not_yet = 1 << self._names.index("not_yet")
        denied = sum(1 << self._names.index(name) for name in ("none", "no_change"))
        return (
            F.when(self._only(possible, eligible), "eligible")
            .when(self._only(possible, denied), "not_eligible")
            .when(self._only(possible, denied | not_yet), "not_yet")
            .otherwise("needs_review")
        )

    def deciding(self, possible: Column) -> Column:
        """The bit of the one result, or of the least of several remedies; null where the results are of several kinds."""
        least = possible.bitwiseAND(-possible)
        is_decided = (possible == least) | self._only(possible, (1 << len(self._ladder)) - 1)
        return F.when(is_decided & (possible != 0), least)

    def gives_relief(self, possible: Column) -> Truth:
        """Whether a remedy is certain (T), out of the question (F), or may come, also from a review (U)."""
        remedies = (1 << len(self._ladder)) - 1
        may_be = remedies | sum(1 << self._names.index(name) for name in ("review", "refer"))
        is_out = (possible != 0) & (possible.bitwiseAND(F.lit(may_be)) == 0)
        return Truth(self._only(possible, remedies), ~is_out)

    def remedy(self, possible: Column) -> Column:
        """The remedy: of several the least with `at_least:`; none where no relief is certain."""
        remedy = F.when(possible == self.bit("no_change"), "no_change").when(
            possible == self.bit("refer"), "refer"
        )
        is_eligible = self._only(possible, (1 << len(self._ladder)) - 1)
        for name in self._ladder:
            is_least = is_eligible & (possible.bitwiseAND(self.bit(name)) != 0)
            remedy = remedy.when(is_least & (possible == self.bit(name)), name).when(
                is_least, f"at_least:{name}"
            )
        return remedy.otherwise("none")

    @staticmethod
    def _only(possible: Column, bits: int) -> Column:
        return (possible != 0) & (possible.bitwiseAND(F.lit(~bits)) == 0)


def closed_of(applies: Truth | None, absent: Truth | None) -> Truth:
    """Whether a band is closed: it does not apply, or its value is known to be absent."""
    conditions = [] if applies is None else [negation(applies)]
    conditions += [] if absent is None else [absent]
    return disjunction(conditions)
