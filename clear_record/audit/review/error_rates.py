"""What the marks of a sample say: the share of wrong decisions in each stratum and in all, with exact bounds.

In a stratum that was drawn whole nothing is estimated. Elsewhere charges are drawn without being put back, where the exact bounds of the
binomial distribution hold and are a little wide. Over all strata the rate is weighted by their sizes. Its bound: the errors that a
stratified draw finds vary less than those of one binomial draw of the same mean rate (Hoeffding 1956), so the bound of the latter holds
for the mean over what was drawn, and that, times the largest weight of a stratum against its share of the draw, for the mean over all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clear_record.audit.review.clopper_pearson import interval, upper


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum of a sample: charges in it, drawn, and found wrong, right, or neither (cannot_say)."""

    pack: str
    name: str
    size: int
    drawn: int
    wrong: int
    right: int
    cannot_say: int

    @property
    def is_whole(self) -> bool:
        """Whether all of it was drawn and found right or wrong: then the rate is known."""
        return self.wrong + self.right == self.size

    @property
    def unmarked(self) -> int:
        return self.drawn - self.wrong - self.right - self.cannot_say

    @property
    def rate(self) -> float | None:
        """The share of wrong ones among those that were found right or wrong; None where there are none."""
        found = self.wrong + self.right
        return self.wrong / found if found else None

    def at_most(self, confidence: float) -> float:
        """The upper bound of the rate (one-sided)."""
        found = self.wrong + self.right
        return self.wrong / self.size if self.is_whole else upper(self.wrong, found, confidence)

    def between(self, confidence: float) -> tuple[float, float]:
        """The bounds of the rate (two-sided)."""
        if self.is_whole:
            return self.wrong / self.size, self.wrong / self.size
        return interval(self.wrong, self.wrong + self.right, confidence)


def strata_of(sample: Iterable[Mapping[str, Any]], marks: Iterable[Mapping[str, Any]]) -> list[Stratum]:
    """The strata of a sample (rows of `sample`) with what was found (rows of `review_mark`).

    Of a reviewer's marks of a charge the last counts; where reviewers differ, one that says wrong outweighs one that says right.
    """
    last: dict[tuple[int, str], str] = {}
    for mark in sorted(marks, key=lambda mark: mark["position"]):
        last[mark["number"], mark["marked_by"]] = mark["mark"]
    said: dict[int, set[str]] = defaultdict(set)
    for (number, _), word in last.items():
        said[number].add(word)
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in sorted(sample, key=lambda row: row["number"]):
        groups[row["stratum"]].append(row)
    strata = []
    for name, rows in groups.items():
        found = [_verdict(said[row["number"]]) for row in rows]
        counts = {word: found.count(word) for word in ("wrong", "right", "cannot_say")}
        strata.append(Stratum(rows[0]["pack"], name, rows[0]["stratum_size"], len(rows), **counts))
    return strata


def _verdict(said: set[str]) -> str | None:
    return next((word for word in ("wrong", "right", "cannot_say") if word in said), None)


def weighted_rate(strata: Sequence[Stratum]) -> float | None:
    """The rate over all charges of these strata; None where in one of them nothing was found right or wrong."""
    rates = [(each.rate, each.size) for each in strata]
    if not rates or any(rate is None for rate, _ in rates):
        return None
    return sum((rate or 0.0) * size for rate, size in rates) / sum(size for _, size in rates)


def weighted_at_most(strata: Sequence[Stratum], confidence: float) -> float:
    """The upper bound (one-sided) of the rate over all charges of these strata.

    Whoever cannot say has not found a decision right: what was drawn and not found right counts as wrong.
    """
    drawn = sum(each.drawn for each in strata)
    size = sum(each.size for each in strata)
    not_right = sum(each.drawn - each.right for each in strata)
    if drawn == size:
        return not_right / size if size else 1.0
    largest_weight = max((each.size / size) / (each.drawn / drawn) for each in strata)
    # Hoeffding's theorem reaches down to one error more than was found.
    bound = max(upper(not_right, drawn, confidence), (not_right + 1) / drawn)
    return min(1.0, largest_weight * bound)
