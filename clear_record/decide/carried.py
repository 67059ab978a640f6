"""Carries values from one projection to the next, as columns of a step.

A value that many others use is to be computed once: Spark keeps a column that is used more than once as a projection of its own.
"""

from collections.abc import Callable

from pyspark.sql import Column

from clear_record.decide.evaluate import Value
from clear_record.decide.values import Interval, Truth


def fields_of(name: str, value: Value) -> dict[str, Column]:
    """The columns that hold a truth, a date or a number, by name; what it cannot be has none."""
    match value:
        case Truth(certain=certain, possible=possible, open_law=open_law):
            columns = {"certain": certain, "possible": possible, "open_law": open_law}
        case Interval(low=low, high=high, absent=absent, open_law=open_law):
            columns = {"low": low, "high": high, "open_law": open_law}
            if absent is not None:
                columns |= {"is_absent": absent.certain, "may_be_absent": absent.possible}
        case _:
            raise TypeError(f"a code is not carried: {name}")
    return {f"{name}__{part}": column for part, column in columns.items() if column is not None}


def carried(name: str, value: Value, column: Callable[[str], Column]) -> Value:
    """The same value out of its columns."""
    has_mark = isinstance(value, Truth | Interval) and value.open_law is not None
    open_law = column(f"{name}__open_law") if has_mark else None
    match value:
        case Truth():
            return Truth(column(f"{name}__certain"), column(f"{name}__possible"), open_law)
        case Interval(type=type, absent=absent):
            is_absent = (
                None
                if absent is None
                else Truth(column(f"{name}__is_absent"), column(f"{name}__may_be_absent"))
            )
            return Interval(column(f"{name}__low"), column(f"{name}__high"), type, is_absent, open_law)
    raise TypeError(f"a code is not carried: {name}")
