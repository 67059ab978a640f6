"""How certainly something holds, as one small number in place of a truth and its mark of open law.

The numbers stand in the order in which `and` prefers them, so that a conjunction is the least of its terms.
"""

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.values import Truth

NO, OPEN_LAW, UNKNOWN, YES = 0, 1, 2, 3


def standing_of(truth: Truth) -> Column:
    """A truth as NO, OPEN_LAW, UNKNOWN or YES."""
    standing = F.when(truth.certain, F.lit(YES)).when(~truth.possible, F.lit(NO))
    if truth.open_law is not None:
        standing = standing.when(truth.open_law, F.lit(OPEN_LAW))
    return standing.otherwise(F.lit(UNKNOWN))


def truth_of(standing: Column) -> Truth:
    """The truth that `standing_of` gave."""
    return Truth(standing == YES, standing != NO, standing == OPEN_LAW)


def least_of(standings: Sequence[Column]) -> Column:
    """The standing of a conjunction."""
    return F.least(*standings) if len(standings) > 1 else standings[0]
