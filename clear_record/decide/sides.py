"""What relates two records, cut into what each says alone.

What each record says alone is computed once on its own row, so that of each pair only comparisons are left.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from clear_record.law.expressions import (
    And,
    Compare,
    Expression,
    Name,
    Not,
    Or,
    asks_other,
    names_in,
    type_of,
)
from clear_record.law.vocabulary import Type

_CARRIED = (Type.BOOLEAN, Type.DATE, Type.NUMBER)


@dataclass
class Sides:
    """The expressions that each side says alone, by the names under which they stand in what relates the two: `charge_side.<n>` and
    `other_side.<n>`.

    `is_of_charge` says of a name that is not the other record's whether it is a matter of the charge's row; else it is the same for all.
    """

    is_of_charge: Callable[[Name], bool]
    of_charge: dict[str, Expression] = field(default_factory=dict)
    of_other: dict[str, Expression] = field(default_factory=dict)

    def cut(self, node: Expression) -> Expression:
        """The same with its one-sided parts under their names."""
        is_of_other = asks_other(node)
        is_of_charge = any(name.scope != "other" and self.is_of_charge(name) for name in names_in(node))
        if is_of_other != is_of_charge and type_of(node) in _CARRIED:
            return self._named(node, "other_side" if is_of_other else "charge_side")
        match node:
            case And(terms=terms):
                return And(tuple(map(self.cut, terms)))
            case Or(terms=terms):
                return Or(tuple(map(self.cut, terms)))
            case Not(term=term):
                return Not(self.cut(term))
            case Compare(operator=operator, left=left, right=right):
                return Compare(operator, self.cut(left), self.cut(right))
        return node

    def _named(self, node: Expression, scope: str) -> Name:
        of = self.of_other if scope == "other_side" else self.of_charge
        name = next((name for name, each in of.items() if each == node), str(len(of)))
        of[name] = node
        return Name(scope, name, type_of(node))
