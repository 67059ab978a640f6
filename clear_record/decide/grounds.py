"""What a decision rests on: the facts that were needed and unknown, and the other records that decided."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.criteria import Criteria
from clear_record.decide.evaluate import Value, value
from clear_record.decide.remedies import BandColumns
from clear_record.decide.values import Code, Truth
from clear_record.law.expressions import Name
from clear_record.law.pack import Pack, facts_in
from clear_record.law.vocabulary import VOCABULARY, Type


@dataclass(frozen=True)
class Grounds:
    """The grounds of a pack's decisions on a row: its criteria, bands, scope and serving, and which rows of remedies are left open."""

    criteria: Criteria
    bands: dict[str, BandColumns]
    scope: Truth
    serving: Truth | None
    open_rows: Sequence[Column]

    @property
    def pack(self) -> Pack:
        return self.criteria.pack

    def missing(self) -> Column:
        """The bits of the facts that are unknown and stand where something is open; null where there are none."""
        bit = {fact: 1 << position for position, fact in enumerate(self.pack.facts)}
        needed = [
            (is_open, sum(bit[fact] for fact in facts)) for is_open, facts in self._open_places() if facts
        ]
        unknown = [(self._is_unknown(fact), mask) for fact, mask in bit.items()]
        bits = _bits(needed).bitwiseAND(_bits(unknown))
        return F.when(bits != 0, bits)

    def _open_places(self) -> Iterator[tuple[Column, Sequence[str]]]:
        """Where something may be open: whether it is, and the facts that stand there."""
        yield self.scope.is_unknown, facts_in((self.pack.scope,))
        if self.pack.serving is not None:
            assert self.serving is not None
            yield self.serving.is_unknown, facts_in((self.pack.serving,))
        for name, band in self.pack.bands.items():
            asked = (band.of,) if band.applies is None else (band.of, band.applies)
            yield self.bands[name].is_open, facts_in(asked)
        for criterion in self.pack.criteria:
            yield self.criteria.is_unknown(criterion), facts_in(tuple(criterion.expressions))
        for row, is_open in zip(self.pack.rows, self.open_rows, strict=True):
            yield is_open, facts_in((row.when,))

    def _is_unknown(self, fact: str) -> Column:
        names = self.criteria.with_history
        scope, _, name = fact.partition(".")
        if scope == "history":
            return _is_unknown(names.known[fact])
        entry = VOCABULARY[fact]
        if entry.type is Type.OFFENSE:
            return ~F.coalesce(F.col(entry.columns[-1]), F.lit(False))
        return _is_unknown(value(Name(scope, name, entry.type, entry), names))

    def witnesses(self, witnesses_of: Callable[[str], Column]) -> Column:
        """The ids of the records that criteria which are F or U rest on, in the order of the criteria; null where none.

        `witnesses_of` gives the array of ids that the answer of a question rests on.
        """
        found = []
        for criterion in self.pack.criteria:
            for fact in facts_in(tuple(criterion.expressions)):
                scope, _, name = fact.partition(".")
                if scope == "history" and self.pack.questions[name].has_witnesses:
                    rests = self.criteria.is_open_or_false(criterion)
                    found.append(F.when(rests, witnesses_of(name)))
        if not found:
            return F.lit(None).cast("array<string>")
        nobody = F.array().cast("array<string>")
        witnesses = F.array_distinct(F.concat(*[F.coalesce(each, nobody) for each in found]))
        return F.when(F.size(witnesses) > 0, witnesses)


def _is_unknown(found: Value) -> Column:
    """Whether a value is not known: a date or number that is not one, a code or truth that is null."""
    if isinstance(found, Truth):
        return found.is_unknown
    unknown = found.value.isNull() if isinstance(found, Code) else ~found.is_exact
    if found.absent is None:
        return unknown
    return found.absent.is_unknown | (~found.absent.possible & unknown)


def _bits(conditions: Sequence[tuple[Column, int]]) -> Column:
    """The masks of the conditions that hold, put together."""
    masks = [F.when(holds, F.lit(mask)).otherwise(F.lit(0)).cast("bigint") for holds, mask in conditions]
    return reduce(Column.bitwiseOR, masks, F.lit(0).cast("bigint"))
