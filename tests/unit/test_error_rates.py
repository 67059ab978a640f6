"""Exact bounds, against published values and against what they promise."""

import random
from collections.abc import Sequence
from fractions import Fraction
from math import comb

import pytest

from clear_record.audit.review.clopper_pearson import interval, upper
from clear_record.audit.review.error_rates import Stratum, strata_of, weighted_at_most, weighted_rate


@pytest.mark.parametrize(
    ("errors", "drawn", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 5
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
        (3, 100, 0.0062, 0.0852),
        (10, 10, 0.6915, 1.0),
    ],
)
def test_two_sided_bounds_are_the_published_ones(errors: int, drawn: int, low: float, high: float) -> None:
    assert interval(errors, drawn, 0.95) == pytest.approx((low, high), abs=5e-5)


def test_one_sided_bounds_are_the_published_ones() -> None:
    assert upper(0, 300, 0.95) == pytest.approx(0.00994, abs=5e-6)
    # So many must be drawn that 95 % are right with 95 % confidence, with no error, one, two or three.
    for errors, drawn in enumerate((59, 93, 124, 153)):
        assert upper(errors, drawn, 0.95) < 0.05 < upper(errors, drawn - 1, 0.95)


def test_at_the_bound_so_few_errors_are_just_that_improbable() -> None:
    for errors, drawn in ((2, 40), (17, 60), (39, 40)):
        bound = Fraction(upper(errors, drawn, 0.99))
        tail = sum(
            comb(drawn, each) * bound**each * (1 - bound) ** (drawn - each) for each in range(errors + 1)
        )
        assert float(tail) == pytest.approx(0.01, rel=1e-9)


def test_of_nothing_drawn_nothing_is_known() -> None:
    assert upper(0, 0, 0.95) == 1
    assert interval(0, 0, 0.95) == (0, 1)


def stratum(size: int, drawn: int, wrong: int, right: int | None = None, cannot_say: int = 0) -> Stratum:
    return Stratum("p", "s", size, drawn, wrong, drawn - wrong if right is None else right, cannot_say)


def test_a_stratum_that_was_drawn_whole_is_known() -> None:
    whole = stratum(20, 20, 1)
    assert whole.is_whole
    assert (whole.rate, whole.at_most(0.95), whole.between(0.95)) == (0.05, 0.05, (0.05, 0.05))
    assert not stratum(20, 20, 1, right=18).is_whole


def test_the_rate_over_strata_is_weighted_by_their_sizes() -> None:
    assert weighted_rate([stratum(900, 10, 0), stratum(100, 10, 5)]) == pytest.approx(0.05)
    assert weighted_rate([stratum(900, 10, 0), stratum(100, 10, 0, right=0, cannot_say=10)]) is None


def test_a_proportional_draw_has_the_bound_of_one_draw() -> None:
    assert weighted_at_most([stratum(2000, 200, 0), stratum(1000, 100, 0)], 0.95) == pytest.approx(
        upper(0, 300, 0.95)
    )


def test_a_stratum_that_was_drawn_thinly_widens_the_bound() -> None:
    even, thin = [stratum(1000, 150, 0)] * 2, [stratum(1000, 200, 0), stratum(1000, 100, 0)]
    assert weighted_at_most(thin, 0.95) == pytest.approx(1.5 * weighted_at_most(even, 0.95))


def test_over_strata_what_was_not_found_right_counts_as_wrong() -> None:
    found_wrong = weighted_at_most([stratum(1000, 100, 3)], 0.95)
    assert weighted_at_most([stratum(1000, 100, 1, right=97, cannot_say=1)], 0.95) == found_wrong


def _found(rng: random.Random, strata: Sequence[tuple[int, int, int]]) -> list[Stratum]:
    """A draw from strata of (size, drawn, wrong ones in it)."""
    wrong = [sum(at < bad for at in rng.sample(range(size), drawn)) for size, drawn, bad in strata]
    return [stratum(size, drawn, found) for (size, drawn, _), found in zip(strata, wrong, strict=True)]


@pytest.mark.parametrize(
    "strata",
    [
        [(5000, 79, 150), (800, 13, 0), (60, 1, 30), (3000, 48, 15)],
        [(500, 50, 10), (5000, 50, 100)],
        [(40, 40, 4), (400, 4, 4)],
    ],
)
def test_the_bound_over_strata_holds_as_often_as_it_says(strata: list[tuple[int, int, int]]) -> None:
    rng = random.Random(1)
    rate = sum(bad for *_, bad in strata) / sum(size for size, *_ in strata)
    missed = sum(weighted_at_most(_found(rng, strata), 0.95) < rate for _ in range(400))
    assert missed / 400 <= 0.05


def test_of_a_reviewers_marks_the_last_counts_and_wrong_outweighs_right() -> None:
    sample = [{"number": number, "pack": "p", "stratum": "s", "stratum_size": 9} for number in (1, 2, 3, 4)]

    def mark(number: int, by: str, mark: str, position: int) -> dict[str, object]:
        return {"number": number, "marked_by": by, "mark": mark, "position": position}

    marks = [
        mark(1, "A", "right", 2),
        mark(1, "A", "wrong", 1),
        mark(2, "A", "right", 2),
        mark(2, "B", "wrong", 1),
        mark(3, "A", "cannot_say", 2),
        mark(3, "B", "right", 1),
    ]
    assert strata_of(sample, marks) == [Stratum("p", "s", 9, 4, wrong=1, right=2, cannot_say=0)]
    assert strata_of(sample, [])[0].unmarked == 4
