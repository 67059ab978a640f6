"""The compiler: rule packs to one Spark plan that decides every charge of a person at once.

It computes what `clear_record.law.reference` computes, for a whole table: docs/law-language.md says what. `as_of` is a Column, so that
cases of different days can run in one job. Open bands are taken in every combination by bits of a long: a comparison of a
band is a constant mask of the combinations in which it holds, so all of them are read at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

from clear_record.decide import history, values
from clear_record.decide.evaluate import Names, interval, truth, value
from clear_record.decide.remedies import Reading, read_remedies
from clear_record.decide.values import Code, Interval, Truth
from clear_record.law.pack import Criterion, Pack
