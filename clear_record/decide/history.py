"""Questions to the rest of a person's record, as windows over the person and short arrays of candidate rows.

What a question asks of one record alone is computed on that record's own row. Rows that can still count become candidates: a window
gives each charge the short array of its person's candidates, and only what relates the two is asked on the array, which Spark
interprets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pyspark.sql import Column, Window
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.carried import carried, fields_of
from clear_record.decide.evaluate import Names, Row, Value, interval, truth, value
from clear_record.decide.sides import Sides
from clear_record.decide.standings import NO, OPEN_LAW, YES, least_of, standing_of
from clear_record.decide.values import Code, Interval, Truth
from clear_record.law.expressions import And, Expression, Name
from clear_record.law.pack import Question
from clear_record.law.vocabulary import Entry, Type

# What is kept of a record that counts, to say which records an answer rests on.
_ORDER = ("_is_undated", "convicted_earliest", "charge_id", "_standing")
_WITHIN = {
    "same_case": "case_id",
    "same_cycle": "cycle_id",
    "same_county": "county",
    "state": "state",
    "anywhere": None,
}


def over_person(column: Column) -> Column:
    """An aggregate over all rows of the person."""
    return column.over(Window.partitionBy("subject_id"))


def is_crowded() -> Column:
    """Whether a row is of a person with too many records to relate them: who has no candidates, and of whom no answer is known."""
    return F.coalesce(F.col("is_crowded"), F.lit(False))


def first_of_person(day: Column) -> Column:
    """The first of a day of all rows of the person; null of a crowded person, of whom no answer is known, and none changes."""
    return over_person(F.min(F.when(~is_crowded(), day)))


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's value, and the ids of the records that it rests on (array of strings)."""

    value: Truth | Interval
    witnesses: Column | None


@dataclass(frozen=True)
class Inquiry:
    """A question to the rest of the person's record, from each charge.

    First come the `candidates`, over the person; then what the charge says alone (`sides`), the candidates that `may_count` for it,
    and of these the ones that do for certain (`sure`), and the others; and then the `answer`.
    """

    question: Question
    names: Names

    # ---- over the person

    def candidates(self, is_granted: Truth | None = None) -> Column:
        """The array of the person's rows that can count, as a window over the person.

        `is_granted`, for a question of grants, says whether a row is given relief with the caps left aside.
        """
        question, own = self.question, self._own
        terms = [is_granted or _is_of_kind(question, own), *[truth(term, own) for term in self._alone]]
        columns = {name: F.col(name) for name in self._needed_columns}
        for name, each in self._others_sides.items():
            columns |= fields_of(f"side_{name}", each)
        if question.of is not None:
            day = interval(question.of, own)
            columns |= {"_low": day.low, "_high": day.high}
            if day.absent is not None:
                terms.append(values.negation(day.absent))
        standing = least_of([standing_of(term) for term in terms])
        fields = [column.alias(name) for name, column in columns.items()]
        candidate = F.struct(*_in_order(standing), *fields)
        return over_person(F.collect_list(F.when((standing > NO) & ~is_crowded(), candidate)))

    # ---- of each charge

    def sides(self) -> dict[str, Column]:
        """What the charge says alone, by names that begin with `side_`."""
        return {
            column: each
            for name, value in self._charges_sides.items()
            for column, each in fields_of(f"side_{name}", value).items()
        }

    def may_count(self, found: Column, side: Row) -> Column:
        """Of the candidates that a row carries, those that may count for its charge; `side` gives a column of `sides`."""
        if self._is_unrelated:
            return found
        return F.filter(
            found, lambda other: values.all_of([term.possible for term in self._related(other, side)])
        )

    def sure(self, found: Column, side: Row) -> Column:
        """Of those that may count the ones that do."""
        return F.filter(found, lambda other: self._is_sure(other, side))

    def unsure(self, found: Column, side: Row) -> Column:
        """Of those that may count the ones of which it is open."""
        return F.filter(found, lambda other: ~self._is_sure(other, side))

    def is_law_open(self, unsure: Column, side: Row) -> Column:
        """Whether it is for the law to say of one of the unsure if it counts."""
        is_open = F.array_contains(unsure["_standing"], OPEN_LAW)
        if self._is_unrelated:
            return is_open

        def of_relation(other: Column) -> Column:
            return values.or_false(values.conjunction(self._related(other, side)).open_law)

        return is_open | F.exists(unsure, of_relation)

    def answer(self, sure: Column, unsure: Column, is_law_open: Column) -> Answer:
        """The answer from the records that count, and those that may."""
        question = self.question
        if not question.has_witnesses:
            return Answer(_extreme(sure, unsure, is_law_open, is_latest=question.ask == "latest"), None)
        first = F.concat(F.sort_array(sure), F.sort_array(unsure))["charge_id"]
        is_any = Truth(F.size(sure) > 0, (F.size(sure) > 0) | (F.size(unsure) > 0))
        witnesses = F.when(is_any.possible, F.slice(first, 1, question.witnesses_count))
        if question.ask == "count":
            return Answer(_count(sure, unsure, is_law_open, question.distinct), witnesses)
        is_any = values.with_open_law(is_any, [is_law_open])
        return Answer(is_any if question.ask == "any" else values.negation(is_any), witnesses)

    # ---- what is asked

    @property
    def _own(self) -> Names:
        return replace(self.names, other=F.col, charge=None)

    @cached_property
    def _terms(self) -> Sequence[Expression]:
        sought = self.question.sought
        return sought.terms if isinstance(sought, And) else (sought,)

    @cached_property
    def _alone(self) -> list[Expression]:
        """The terms of `where` about the other record alone."""
        return [term for term in self._terms if not self.names.asks_charge(term)]

    @cached_property
    def _cut(self) -> tuple[Sides, list[Expression]]:
        """The terms that relate the two, and what each of the two says alone in them."""
        sides = Sides(self.names.is_of_the_charge)
        return sides, [sides.cut(term) for term in self._terms if term not in self._alone]

    @cached_property
    def _others_sides(self) -> dict[str, Truth | Interval]:
        sides, day = self._cut[0], self.question.first_by
        own = {name: _carriable(value(each, self._own)) for name, each in sides.of_other.items()}
        return own if day is None else {**own, "first": interval(_named("other", day), self._own)}

    @cached_property
    def _charges_sides(self) -> dict[str, Truth | Interval]:
        sides, day = self._cut[0], self.question.first_by
        of_charge = {name: _carriable(value(each, self.names)) for name, each in sides.of_charge.items()}
        return (
            of_charge if day is None else {**of_charge, "first": interval(_named("charge", day), self.names)}
        )

    @property
    def _is_unrelated(self) -> bool:
        question = self.question
        is_anywhere = _WITHIN[question.within] is None and question.first_by is None
        return question.includes_this and is_anywhere and not self._cut[1]

    def _related(self, other: Column, side: Row) -> list[Truth]:
        """What relates the two records, by where they are from and by `where`; a null case, county or state is unknown."""
        question = self.question
        relations: list[Truth] = []
        if not question.includes_this:
            relations.append(values.recorded(F.col("charge_id") != other.getField("charge_id")))
        column = _WITHIN[question.within]
        if column is not None:
            relations.append(values.recorded(F.col(column) == other.getField(column)))
        known = {
            f"other_side.{name}": carried(f"side_{name}", each, other.getField)
            for name, each in self._others_sides.items()
        }
        known |= {
            f"charge_side.{name}": carried(f"side_{name}", each, side)
            for name, each in self._charges_sides.items()
        }
        if question.first_by is not None:
            others, this = known["other_side.first"], known["charge_side.first"]
            assert isinstance(others, Interval)
            assert isinstance(this, Interval)
            is_before = values.recorded(other.getField("charge_id") < F.col("charge_id"))
            relations.append(_comes_first(others, this, is_before))
        both = replace(self.names, other=other.getField, known={**self.names.known, **known})
        return [*relations, *[truth(term, both) for term in self._cut[1]]]

    def _is_sure(self, other: Column, side: Row) -> Column:
        is_certain = other.getField("_standing") == YES
        if self._is_unrelated:
            return is_certain
        return values.all_of([is_certain, *[term.certain for term in self._related(other, side)]])

    @cached_property
    def _needed_columns(self) -> list[str]:
        """The columns of the other record that are still asked for once it is a candidate."""
        asked = {self.question.distinct, *self.names.columns_of_other(self._cut[1])}
        within = _WITHIN[self.question.within]
        if within is not None:
            asked.add(within)
        return sorted(asked - set(_ORDER))


def _carriable(found: Value) -> Truth | Interval:
    assert not isinstance(found, Code)
    return found


def _named(scope: str, day: Entry) -> Name:
    return Name(scope, day.short_name, day.type, day)


def _count(sure: Column, unsure: Column, is_law_open: Column, distinct: str) -> Interval:
    """The least and the most that count: a value that is not known may be that of another row, or of none."""
    if distinct == "charge_id":
        least, most = F.size(sure), F.size(sure) + F.size(unsure)
    else:
        known, unknown = _known_and_unknown(sure[distinct])
        least = F.greatest(known, F.least(unknown, F.lit(1)))
        known, unknown = _known_and_unknown(F.concat(sure[distinct], unsure[distinct]))
        most = known + unknown
    return Interval(least.cast("double"), most.cast("double"), Type.NUMBER, open_law=is_law_open)


def _known_and_unknown(codes: Column) -> tuple[Column, Column]:
    """How many different codes an array has, and how many that are not known."""
    known = F.array_compact(codes)
    return F.size(F.array_distinct(known)), F.size(codes) - F.size(known)


def _extreme(sure: Column, unsure: Column, is_law_open: Column, *, is_latest: bool) -> Interval:
    """The latest (or earliest) day over the rows; a row that may count can only widen the interval."""
    near, far = ("_low", "_high") if is_latest else ("_high", "_low")
    of_array, of_two = (F.array_max, F.greatest) if is_latest else (F.array_min, F.least)
    ends = values.open_low(Type.DATE), values.open_high(Type.DATE)
    near_none, far_none = ends if is_latest else (ends[1], ends[0])
    near_end = F.coalesce(of_array(sure[near]), near_none)
    # Spark's greatest and least pass over nulls: of arrays without rows.
    far_end = F.coalesce(of_two(of_array(sure[far]), of_array(unsure[far])), far_none)
    has_none = F.size(sure) == 0
    absent = Truth(has_none & (F.size(unsure) == 0), has_none)
    low, high = (near_end, far_end) if is_latest else (far_end, near_end)
    return Interval(low, high, Type.DATE, absent, is_law_open)


def _in_order(standing: Column) -> list[Column]:
    """The first fields of a candidate, by which they are sorted to prove an answer: by day of conviction (open last) and id."""
    day = F.col("convicted_earliest")
    return [
        day.isNull().alias("_is_undated"),
        day.alias("convicted_earliest"),
        F.col("charge_id").alias("charge_id"),
        standing.alias("_standing"),
    ]


def _is_of_kind(question: Question, own: Names) -> Truth:
    """Whether a record is of the kind asked for; a conviction only if it had happened by as_of."""
    assert own.other is not None
    kind = own.other("kind")
    if question.kind == "charges":
        return values.known(F.lit(True))
    if question.kind == "arrests":
        return values.recorded(kind == "arrest")
    absent = values.event_is_absent(own.other("convicted_earliest"), own.other("convicted_latest"), own.as_of)
    return values.conjunction([values.recorded(kind == "conviction"), values.negation(absent)])


def _comes_first(others: Interval, this: Interval, is_before: Truth) -> Truth:
    """Whether the other record comes before the charge, by a day (an absent one last) and the id."""
    same = values.compare("=", others, this)
    ways = [values.compare("<", others, this)]
    if others.absent is not None and this.absent is not None:
        ways.append(values.conjunction([values.negation(others.absent), this.absent]))
        same = values.disjunction([same, values.conjunction([others.absent, this.absent])])
    ways.append(values.conjunction([same, is_before]))
    return values.disjunction(ways)
