"""Questions to the rest of a person's record, as windows over the person and short arrays of candidate rows.

What a question asks of the other record alone is computed on that record's own row. Rows that can still count become
candidates: a window gives each charge the short array of its person's candidates, and only what relates the two is asked
on the array.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pyspark.sql import Column, Window
from pyspark.sql import functions as F

from clear_record.decide import values
from clear_record.decide.evaluate import Names, Value, interval, truth
from clear_record.decide.standings import NO, OPEN_LAW, YES, any_of, least_of, standing_of, truth_of
from clear_record.decide.values import Interval, Truth
from clear_record.law.expressions import And, Expression, In, Name, walk
from clear_record.law.pack import Question
from clear_record.law.vocabulary import Entry, Type

# What is kept of a record that counts, to say which records an answer rests on.
_ORDER = ("_is_uncertain", "_is_undated", "convicted_earliest", "charge_id", "_standing")
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


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's value, and the ids of the records that it rests on (array of strings)."""

    value: Value
    witnesses: Column | None


def candidates(question: Question, names: Names, is_granted: Truth | None = None) -> Column:
    """The array of the person's rows that can count, as a window over the person.

    `is_granted`, for a question of grants, says whether a row is given relief with the caps left aside.
    """
    own = replace(names, other=F.col, charge=None)
    alone, relating = _terms(question, names)
    terms = [is_granted or _is_of_kind(question, own), *[truth(term, own) for term in alone]]
    fields = [F.col(column).alias(column) for column in _needed_columns(question, relating, names)]
    if question.of is not None:
        day = interval(question.of, own)
        fields += [day.low.alias("_low"), day.high.alias("_high")]
        if day.absent is not None:
            terms.append(values.negation(day.absent))
    standing = least_of([standing_of(term) for term in terms])
    candidate = F.struct(*_in_order(F.col, standing), *fields)
    return over_person(F.collect_list(F.when(standing > NO, candidate)))


def records_that_count(question: Question, found: Column, names: Names) -> Column:
    """Of the `candidates` that a row carries, those that count for its charge, and how certainly."""
    _, relating = _terms(question, names)
    if not relating and _WITHIN[question.within] is None and question.first_by is None:
        # Nothing relates the two but that they are not the same.
        return (
            found
            if question.includes_this
            else F.filter(found, lambda other: other["charge_id"] != F.col("charge_id"))
        )

    def related(other: Column) -> list[Truth]:
        both = replace(names, other=other.getField)
        return [*_within(question, both), *[truth(each, both) for each in relating]]

    def matched(other: Column) -> Column:
        standing = least_of([other["_standing"], *[standing_of(term) for term in related(other)]])
        kept = dict.fromkeys([question.distinct, *(("_low", "_high") if question.of is not None else ())])
        return F.struct(
            *_in_order(other.getField, standing),
            *[other[field].alias(field) for field in kept if field not in _ORDER],
        )

    # Most are sorted out by a glance, before how certainly the others count is asked.
    may_count = F.filter(found, lambda other: values.all_of([term.possible for term in related(other)]))
    return F.transform(may_count, matched)


def answer(question: Question, rows: Column) -> Answer:
    """The answer from the `records_that_count`."""
    if question.has_witnesses:
        first = F.slice(F.sort_array(rows), 1, question.witnesses_count)["charge_id"]
        witnesses = F.when(F.size(rows) > 0, first)
        if question.ask == "count":
            return Answer(_count(rows, question.distinct), witnesses)
        return Answer(_any(rows) if question.ask == "any" else values.negation(_any(rows)), witnesses)
    return Answer(_extreme(rows, is_latest=question.ask == "latest"), None)


def _any(rows: Column) -> Truth:
    return truth_of(any_of(rows["_standing"]))


def _count(rows: Column, distinct: str) -> Interval:
    certain = F.filter(rows, lambda row: row["_standing"] == YES)
    least, _ = _distinct(certain, distinct)
    _, most = _distinct(rows, distinct)
    return Interval(
        least.cast("double"), most.cast("double"), Type.NUMBER, open_law=_counts_by_open_law(rows)
    )


def _distinct(rows: Column, column: str) -> tuple[Column, Column]:
    """The least and the most values that rows can have: one that is not known may be that of another row, or of none."""
    if column == "charge_id":
        return F.size(rows), F.size(rows)
    known = F.size(F.array_distinct(F.array_compact(rows[column])))
    unknown = F.size(rows) - F.size(F.array_compact(rows[column]))
    return F.greatest(known, F.least(unknown, F.lit(1))), known + unknown


def _extreme(rows: Column, *, is_latest: bool) -> Interval:
    """The latest (or earliest) day over the rows; a row that may count can only widen the interval."""
    certain = F.filter(rows, lambda row: row["_standing"] == YES)
    near, far = ("_low", "_high") if is_latest else ("_high", "_low")
    extreme = F.array_max if is_latest else F.array_min
    low, high = values.open_low(Type.DATE), values.open_high(Type.DATE)
    near_none, far_none = (low, high) if is_latest else (high, low)
    near_end = F.coalesce(extreme(certain[near]), near_none)
    far_end = F.coalesce(extreme(rows[far]), far_none)
    absent = Truth(F.size(rows) == 0, F.size(certain) == 0)
    low, high = (near_end, far_end) if is_latest else (far_end, near_end)
    return Interval(low, high, Type.DATE, absent, _counts_by_open_law(rows))


def _counts_by_open_law(rows: Column) -> Column:
    """Whether it is for the law to say of one of the rows if it counts."""
    return F.array_contains(rows["_standing"], OPEN_LAW)


def _in_order(row: Callable[[str], Column], standing: Column) -> list[Column]:
    """The first fields of a candidate, by which they are sorted: what counts for certain comes first, then by day of conviction (open
    last) and id."""
    return [
        (standing != YES).alias("_is_uncertain"),
        row("convicted_earliest").isNull().alias("_is_undated"),
        row("convicted_earliest").alias("convicted_earliest"),
        row("charge_id").alias("charge_id"),
        standing.alias("_standing"),
    ]


def _terms(question: Question, names: Names) -> tuple[list[Expression], list[Expression]]:
    """The terms of `where` about the other record alone, and those that relate it to the charge."""
    terms = question.sought.terms if isinstance(question.sought, And) else (question.sought,)
    relating = [term for term in terms if _asks_of_the_charge(term, names)]
    return [term for term in terms if term not in relating], relating


def _asks_of_the_charge(term: Expression, names: Names) -> bool:
    return any(isinstance(node, Name) and _is_of_the_charge(node, names) for node in walk(term))


def _is_of_the_charge(name: Name, names: Names) -> bool:
    # A parameter that offices set each for itself comes with the charge's county, and whether a fact of the person is absent
    # is a matter of the sources of the charge's state.
    is_fact_of_person = name.scope == "subject" and name.entry is not None and name.entry.coverage is not None
    is_of_its_office = name.scope == "parameters" and name.name in names.varying
    return name.scope in ("charge", "fact") or is_fact_of_person or is_of_its_office


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


def _within(question: Question, both: Names) -> list[Truth]:
    """What relates the two records by where they are from; a null case, county or state is unknown."""
    assert both.charge is not None
    assert both.other is not None
    relations = (
        []
        if question.includes_this
        else [values.recorded(both.charge("charge_id") != both.other("charge_id"))]
    )
    column = _WITHIN[question.within]
    if column is not None:
        relations.append(values.recorded(both.charge(column) == both.other(column)))
    if question.first_by is not None:
        relations.append(_comes_first(question.first_by, both))
    return relations


def _comes_first(day: Entry, both: Names) -> Truth:
    """Whether the other record comes before the charge, by a day (an absent one last) and the id."""
    assert both.charge is not None
    assert both.other is not None
    others, this = (
        interval(Name(scope, day.short_name, day.type, day), both) for scope in ("other", "charge")
    )
    same = values.compare("=", others, this)
    ways = [values.compare("<", others, this)]
    if others.absent is not None and this.absent is not None:
        others_is_absent, this_is_absent = others.absent, this.absent
        ways.append(values.conjunction([values.negation(others_is_absent), this_is_absent]))
        same = values.disjunction([same, values.conjunction([others_is_absent, this_is_absent])])
    ways.append(
        values.conjunction([same, values.recorded(both.other("charge_id") < both.charge("charge_id"))])
    )
    return values.disjunction(ways)


def _needed_columns(question: Question, relating: Sequence[Expression], names: Names) -> list[str]:
    """The columns of the other record that are still asked for once it is a candidate."""
    asked: set[str] = set()
    for node in (node for term in relating for node in walk(term)):
        if isinstance(node, In) and isinstance(node.options, Name) and node.options.scope == "offenses":
            assert isinstance(node.item, Name)
            assert node.item.entry is not None
            asked.add(names.listed(node.item.entry, node.options.name))
        elif (
            isinstance(node, Name)
            and node.scope == "other"
            and node.entry is not None
            and node.type is not Type.OFFENSE
        ):
            asked.update(node.entry.columns)
    within = _WITHIN[question.within]
    if question.first_by is not None:
        asked.update(question.first_by.columns)
    return sorted((asked | {question.distinct} | ({within} if within else set())) - set(_ORDER))
