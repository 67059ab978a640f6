"""Exact (Clopper-Pearson) bounds of an error rate, from the errors found among cases that were drawn at random.

The bounds are quantiles of beta distributions; a library that has them is a large dependency for this one function, and the binomial
distribution that they come from is short: the upper bound is the rate at which so few errors are just that improbable.
"""

from math import exp, fsum, lgamma, log, log1p

_STEPS = 60  # halves of [0, 1]: beyond what a float can tell apart


def upper(errors: int, drawn: int, confidence: float) -> float:
    """The rate that, with this confidence, the true one does not exceed (one-sided). Of nothing drawn nothing is known: 1."""
    if errors >= drawn:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _at_most(errors, drawn, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def interval(errors: int, drawn: int, confidence: float) -> tuple[float, float]:
    """The two ends between which, with this confidence, the true rate lies (two-sided)."""
    one_sided = (1 + confidence) / 2
    # The errors' lower bound is what the others' upper bound leaves.
    return 1 - upper(drawn - errors, drawn, one_sided), upper(errors, drawn, one_sided)


def _at_most(errors: int, drawn: int, rate: float) -> float:
    """The probability of so many errors or fewer, for 0 < rate < 1; in logarithms, which do not overflow."""
    ways = lgamma(drawn + 1)
    return fsum(
        exp(
            ways
            - lgamma(each + 1)
            - lgamma(drawn - each + 1)
            + each * log(rate)
            + (drawn - each) * log1p(-rate)
        )
        for each in range(errors + 1)
    )
