"""What Spark's Columns lack."""

from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F


def let(value: Column, body: Callable[[Column], Column]) -> Column:
    """`body` of a value that is computed once, however often it stands in it."""
    return F.get(F.transform(F.array(value), body), F.lit(0))
