"""Carries values from one projection to the next, as fields of one struct a step.

A value that many others use is to be computed once: Spark keeps a column that is used more than once as a projection of
its own, and a struct that is null where a pack does not decide a row costs nothing there.
"""

from pyspark.sql import Column

from clear_record.decide.evaluate import Value
from clear_record.decide.values import Interval, Truth, or_false
from clear_record.law.vocabulary import Type


def fields_of(name: str, value: Value) -> list[Column]:
    """The fields of a struct that hold a truth, a date or a number."""
    match value:
        case Truth(value=column, open_law=open_law):
            columns = {"value": column, "open_law": or_false(open_law)}
        case Interval(low=low, high=high, absent=absent, open_law=open_law):
            columns = {"low": low, "high": high, "absent": or_false(absent), "open_law": or_false(open_law)}
        case _:
            raise TypeError(f"a code is not carried: {name}")
    return [column.alias(f"{name}__{part}") for part, column in columns.items()]


def value_of(step: Column, name: str, type: Type) -> Value:
    """A value out of a step's struct."""
    if type is Type.BOOLEAN:
        return Truth(step[f"{name}__value"], step[f"{name}__open_law"])
    return Interval(*(step[f"{name}__{part}"] for part in ("low", "high", "absent", "open_law")))
