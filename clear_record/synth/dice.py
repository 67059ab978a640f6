"""Chance that is the same on every machine: uniform numbers from a seed, and draws from tables of shares."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate, chain
from typing import Generic, TypeVar

from numpy.random import PCG64, SeedSequence

T = TypeVar("T")

Roll = Callable[[], float]
"""Gives the next number of a stream, uniform in [0, 1)."""

_BLOCK = 4096


def dice(*key: int) -> Roll:
    """The stream of numbers that belongs to a key (seed, purpose, chunk); streams of other keys are independent.

    Rests on raw bits alone, which numpy keeps the same in all versions, as it does not its distributions.
    """
    return chain.from_iterable(_blocks(PCG64(SeedSequence(key)))).__next__


def _blocks(bits: PCG64) -> Iterator[list[float]]:
    while True:
        yield ((bits.random_raw(_BLOCK) >> 11) * 2.0**-53).tolist()


def between(first: int, last: int, roll: Roll) -> int:
    """A whole number from `first` to `last`, both included."""
    return first + int(roll() * (last - first + 1))


class Shares(Generic[T]):
    """Values with their weights, which need not sum to one; `draw(roll)` gives each as often as its weight says."""

    __slots__ = ("draw", "values")

    def __init__(self, weights: Mapping[T, float]) -> None:
        values = self.values = tuple(weights)
        sums = list(accumulate(weights.values()))
        # The last bound is left out: what lies above all others is the last value, rounding or not.
        bounds = [bound / sums[-1] for bound in sums[:-1]]

        # A closure and no method: most of the time of an extract is spent in draws.
        def draw(roll: Roll) -> T:
            return values[bisect_right(bounds, roll())]

        self.draw: Callable[[Roll], T] = draw
