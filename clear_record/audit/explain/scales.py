"""Days and numbers as whole steps, and where along them something turns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from clear_record.audit.said import day_in_words, number_in_words
from clear_record.law.known_values import Interval

# Numbers of facts are told apart to the thousandth; no quantity is a million.
_PARTS, _MOST = 1000, 1_000_000


@dataclass(frozen=True, slots=True)
class Scale:
    """Days or numbers as whole steps from `first` to `last`, of which an end may stand for all that lies beyond."""

    first: int
    last: int
    value: Callable[[int], Any]
    words: Callable[[Any, Any], str]
    is_open_above: bool = True

    def interval(self, low: int, high: int) -> Interval:
        return Interval(self.value(low), self.value(high))

    def in_words(self, low: int, high: int) -> str:
        """The steps from `low` to `high`, both with them."""
        begins = None if low == self.first and high < self.last else self.value(low)
        ends = None if high == self.last and self.is_open_above else self.value(high)
        return "any" if (low, high) == (self.first, self.last) else self.words(begins, ends)

    def pieces(self, truths: Iterator[Callable[[int], Any]]) -> list[tuple[int, int]]:
        """The ranges of steps, both ends with them, between the places at which one of these turns."""
        cuts = sorted({cut for truth in truths for cut in turns(truth, self.first, self.last)})
        return [(low, next_low - 1) for low, next_low in pairwise([self.first, *cuts, self.last + 1])]


def days(low: date | None, high: date | None) -> Scale:
    """The days from `low` to `high`, either open."""
    first, last = low or date.min, high or date.max
    return Scale(
        first.toordinal(),
        max(first, last).toordinal(),
        date.fromordinal,
        day_in_words,
        is_open_above=high is None,
    )


def counts(low: float, high: float) -> Scale:
    """Whole numbers."""
    return Scale(int(low), int(high), float, number_in_words, is_open_above=False)


def quantities(unit: str | None) -> Scale:
    """Numbers of any size, none below zero."""
    return Scale(
        0, _MOST * _PARTS, lambda step: step / _PARTS, lambda low, high: _range_in_words(low, high, unit)
    )


def turns(truth: Callable[[int], Any], low: int, high: int) -> Iterator[int]:
    """The steps after `low` at which a truth is another one than a step before."""
    if truth(low) == truth(high):
        return
    if high - low == 1:
        yield high
        return
    middle = (low + high) // 2
    yield from turns(truth, low, middle)
    yield from turns(truth, middle, high)


def _range_in_words(low: float | None, high: float | None, unit: str | None) -> str:
    """A range of quantities by its cuts: a step beyond a round number is `more than` that, a step before one `under` it."""
    of = f" {unit}" if unit else ""
    if low is not None and low == high:
        return f"{low:g}{of}"
    begins = "" if low is None else _end(low, -1, "at least", "more than")
    ends = "" if high is None else _end(high, 1, "at most", "under")
    return " and ".join(each for each in (begins, ends) if each) + of


def _end(value: float, way: int, at: str, beyond: str) -> str:
    neighbor = value + way / _PARTS
    is_rounder = len(f"{neighbor:.3f}".rstrip("0")) < len(f"{value:.3f}".rstrip("0"))
    return f"{beyond} {round(neighbor, 3):g}" if is_rounder else f"{at} {value:g}"
