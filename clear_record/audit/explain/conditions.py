"""The conditions of a pack as trees in English, each part with whether it held."""

from collections.abc import Callable
from dataclasses import dataclass

from clear_record.authoring.in_english import English
from clear_record.law.expressions import And, Expression, Not, Or
from clear_record.law.known_values import Truth, negation


@dataclass(frozen=True, slots=True)
class Condition:
    """A sentence and whether it holds (true, false, unknown); with `terms`, whether all of them do (`and`) or one (`or`)."""

    says: str
    holds: str
    joined: str = ""
    terms: tuple["Condition", ...] = ()


def condition(
    node: Expression, english: English, truth: Callable[[Expression], Truth], is_negated: bool = False
) -> Condition:
    """The tree of a boolean expression, a `not` carried inward as `English.clause` does."""
    found = negation(truth(node)) if is_negated else truth(node)
    match node:
        case Not(term=term):
            return condition(term, english, truth, not is_negated)
        case And(terms=terms) | Or(terms=terms):
            joined = "and" if isinstance(node, And) is not is_negated else "or"
            says = "all of these hold" if joined == "and" else "at least one of these holds"
            below = tuple(condition(each, english, truth, is_negated) for each in terms)
            return Condition(says, in_a_word(found), joined, below)
    return Condition(english.clause(node, is_negated).in_one_line, in_a_word(found))


def in_a_word(truth: Truth) -> str:
    """true, false or unknown."""
    return "unknown" if truth.value is None else "true" if truth.value else "false"
