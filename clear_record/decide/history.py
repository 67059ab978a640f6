"""Questions to the rest of a person's record, as windows over the person and short arrays of candidate rows.

What a question asks of the other record alone is computed on that record's own row. Rows that can still count become
candidates: a window gives each charge the short array of its person's candidates, and only what relates the two is asked
on the array.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.evaluate import Names, Value, interval, truth
from clear_record.decide.values import Interval, Truth
from clear_record.law.expressions import And, Expression, Name, walk
from clear_record.law.pack import Question

# How certainly a row counts, in the order in which "or" prefers them.
_NO, _UNKNOWN, _OPEN_LAW, _YES = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's value, and the ids of the records that it rests on (array of strings)."""

    value: Value
    witnesses: Column | None


def add_candidates(frame: DataFrame, questions: Mapping[str, Question], names: Names, prefix: str) -> DataFrame:
    """Add for each question the array `<prefix><question>` of the person's rows that can count."""
    person = Window.partitionBy("subject_id")
    own = replace(names, other=F.col, charge=None)
    columns = {}
    for name, question in questions.items():
        alone, _ = _terms(question)
        standing = _standing(values.conjunction([_is_of_kind(question, own), *[truth(term, own) for term in alone]]))
        fields = [F.col(column).alias(column) for column in _needed_columns(question)]
        if question.of is not None:
            day = interval(question.of, own)
            fields += [day.low.alias("_low"), day.high.alias("_high")]
        candidate = F.struct(standing.alias("_standing"), *fields)
        columns[f"{prefix}{name}"] = F.collect_list(F.when(standing > _NO, candidate)).over(person)
    return frame.withColumns(columns)


def answer(question: Question, candidates: Column, names: Names, witnesses_count: int) -> Answer:
    """The answer for the charge of a row, from the array that `add_candidates` made for it.

    `witnesses_count` is how many records prove it: one for `any`, k for a count compared with k.
    """
    _, relating = _terms(question)

    def matched(other: Column) -> Column:
        both = replace(names, other=other.getField)
        terms = [_standing_truth(other["_standing"]), *_within(question, both), *[truth(each, both) for each in relating]]
        standing = _standing(values.conjunction(terms))
        return F.struct(standing.alias("_standing"), *[other[field].alias(field) for field in _kept_fields(question)])

    rows = F.filter(F.transform(candidates, matched), lambda row: row["_standing"] > _NO)
    if question.ask in ("any", "count"):
        witnesses = F.transform(F.slice(_in_order(rows), 1, witnesses_count), lambda row: row["charge_id"])
        return Answer(_any(rows) if question.ask == "any" else _count(rows, question.distinct), witnesses)
    return Answer(_extreme(rows, is_latest=question.ask == "latest"), None)


def _any(rows: Column) -> Truth:
    best = F.coalesce(F.array_max(F.transform(rows, lambda row: row["_standing"])), F.lit(_NO))
    return _standing_truth(best)


def _count(rows: Column, distinct: str) -> Interval:
    def counted(kept: Column) -> Column:
        key = lambda row: F.coalesce(row[distinct], row["charge_id"])  # noqa: E731
        return F.size(F.array_distinct(F.transform(kept, key))).cast("double")

    certain = F.filter(rows, lambda row: row["_standing"] == _YES)
    is_open_law = F.exists(rows, lambda row: row["_standing"] == _OPEN_LAW)
    return Interval(counted(certain), counted(rows), open_law=is_open_law)


def _extreme(rows: Column, *, is_latest: bool) -> Interval:
    """The latest (or earliest) day over the rows; a row that may count can only widen the interval."""
    certain = F.filter(rows, lambda row: row["_standing"] == _YES)
    near, far = ("_low", "_high") if is_latest else ("_high", "_low")
    extreme = F.array_max if is_latest else F.array_min
    near_end = extreme(F.transform(certain, lambda row: row[near]))
    far_is_open = F.exists(rows, lambda row: row[far].isNull())
    far_end = F.when(~far_is_open, extreme(F.transform(rows, lambda row: row[far])))
    absent = F.when(F.size(rows) == 0, True).when(F.size(certain) > 0, False)
    return Interval(near_end, far_end, absent) if is_latest else Interval(far_end, near_end, absent)


def _in_order(rows: Column) -> Column:
    """The rows that prove an answer: those that count for certain first, then by day of conviction (open last) and id."""
    keyed = F.transform(
        rows,
        lambda row: F.struct(
            (row["_standing"] != _YES).alias("is_uncertain"),
            row["convicted_earliest"].isNull().alias("is_undated"),
            row["convicted_earliest"].alias("convicted_earliest"),
            row["charge_id"].alias("charge_id"),
        ),
    )
    return F.array_sort(keyed)


def _standing(term: Truth) -> Column:
    open_law = F.lit(False) if term.open_law is None else term.open_law
    return (
        F.when(term.value, _YES).when(~term.value, _NO).when(open_law, _OPEN_LAW).otherwise(_UNKNOWN)
    )


def _standing_truth(standing: Column) -> Truth:
    return Truth(F.when(standing == _YES, True).when(standing == _NO, False), standing == _OPEN_LAW)


def _terms(question: Question) -> tuple[list[Expression], list[Expression]]:
    """The terms of `where` about the other record alone, and those that relate it to the charge."""
    terms = question.where.terms if isinstance(question.where, And) else (question.where,)
    relating = [term for term in terms if _asks_of_the_charge(term)]
    return [term for term in terms if term not in relating], relating


def _asks_of_the_charge(term: Expression) -> bool:
    # A parameter is the charge's too: an office sets its own, by the charge's county.
    return any(isinstance(node, Name) and node.scope in ("charge", "fact", "parameters") for node in walk(term))
