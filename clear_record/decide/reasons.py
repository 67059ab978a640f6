"""The texts of the choice that decided, from a decision's trace: what offices read beside a determination.

The rows of a policy pack ask for criteria alone, and the trace has a letter for each, so the row that decided can be found
again without the record.
"""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.values import Truth
from clear_record.law.expressions import And, Expression, Literal, Name, Not, Or
from clear_record.law.pack import Pack, Row


def reason(pack: Pack, trace: Column, remedy: Column) -> Column:
    """The reason of the row that decided: the first that holds for certain, else the first possible one of that remedy.

    Null where the row has no reason, where the record is not complete, and where several results are possible of which none
    is certain: then the missing facts are the reason. `remedy` is that of the decision (`at_least:X` is X).
    """
    return _text_of_row(pack, trace, remedy, [row.reason for row in pack.rows])


def alternative(pack: Pack, trace: Column, remedy: Column) -> Column:
    """The other relief to which the row that decided points; null where `reason` would be, and where it points to none."""
    return _text_of_row(pack, trace, remedy, [row.alternative for row in pack.rows])


def _text_of_row(pack: Pack, trace: Column, remedy: Column, texts: Sequence[str | None]) -> Column:
    letters = {each.id: _truth(F.substring(trace, at + 1, 1)) for at, each in enumerate(pack.criteria)}
    whens = [_read(row.when, letters) for row in pack.rows]
    given = F.regexp_replace(remedy, "^at_least:", "")
    found = F.lit(None).cast("string")
    for at in reversed(range(len(pack.rows))):
        row = pack.rows[at]
        others = [
            F.coalesce(when, F.lit(True)) if earlier.gives != row.gives else F.lit(False)
            for earlier, when in zip(pack.rows[:at], whens[:at], strict=True)
        ]
        is_given = given.isin(*_remedies(row))
        decides = F.coalesce(whens[at], F.lit(False)) & is_given
        if row.gives in ("none", "review", "refer"):
            # Nothing else may have been possible: else it was not this row that decided, but what is not known.
            decides &= ~values.one_of(others)
        found = F.when(decides, F.lit(texts[at])).otherwise(found)
    stops = values.one_of(
        [
            F.coalesce(when, F.lit(False)) & given.isin(*_remedies(row))
            for row, when in zip(pack.rows, whens, strict=True)
        ],
    )
    possible = F.lit(None).cast("string")
    for row, when, text in reversed(list(zip(pack.rows, whens, texts, strict=True))):
        is_possible = when.isNull() & given.isin(*_remedies(row)) & remedy.startswith("at_least:")
        possible = F.when(is_possible, F.lit(text)).otherwise(possible)
    is_complete = F.coalesce(letters[pack.criteria[0].id].value, F.lit(False))
    return F.when(is_complete, F.when(stops, found).otherwise(possible))


def _remedies(row: Row) -> tuple[str, ...]:
    """What the remedy of a decision is called that the row gave."""
    if row.gives == "review":
        return ("none",)
    return (row.gives,) if row.if_serving is None else (row.gives, row.if_serving)


def _truth(letter: Column) -> Truth:
    return Truth(F.when(letter.isin("T", "t", "-"), True).when(letter.isin("F", "f"), False))


def _read(node: Expression, letters: Mapping[str, Truth]) -> Column:
    """A `when` over the letters of the trace; unknown where it asks for more than criteria."""
    match node:
        case Literal(value=bool() as constant):
            return F.lit(constant)
        case Name(scope="criterion", name=id):
            return letters[id].value
        case Not(term=term):
            return ~_read(term, letters)
        case And(terms=terms):
            return values.conjunction([Truth(_read(term, letters)) for term in terms]).value
        case Or(terms=terms):
            return values.disjunction([Truth(_read(term, letters)) for term in terms]).value
    return F.lit(None).cast("boolean")
