"""The thresholds of a pack, and which sides of each its cases show: the day before, the day itself, the day after; below, at, above.

A threshold is a cut of a band, the end of a wait, or a comparison of a date or number. A case shows a side of it only if the comparison
matters there: if the criterion, question, scope or row that it stands in would come out otherwise were it turned round.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product

from clear_record.authoring.in_english import English
from clear_record.law.expressions import (
    AS_OF,
    MIRRORED,
    Call,
    Compare,
    Expression,
    Literal,
    Name,
    type_of,
    walk,
)
from clear_record.law.known_values import FALSE, TRUE, Interval, Truth
from clear_record.law.pack import Band, Pack
from clear_record.law.pack_tests import Case
from clear_record.law.reference import Evaluation, Record
from clear_record.law.strict_yaml import Place
from clear_record.law.vocabulary import VOCABULARY, Type

_OF_RECORDS = ("charge", "other", "subject", "fact", "history")
_BIRTH = Name("subject", "birth_on", Type.DATE, VOCABULARY["subject.birth_on"])


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison at a place of pack.yaml; `right` is what the left side is measured by.

    `is_of_law`: a number, date or period that the law or an office sets, or the day of the decision; else two days or numbers of
    the record are compared. `is_wait`: the left side is the day on which a wait ends.
    """

    place: Place
    operator: str
    left: Expression
    right: Expression
    node: Expression | None = None
    is_of_law: bool = True
    is_wait: bool = False

    @property
    def is_of_days(self) -> bool:
        return type_of(self.right) is Type.DATE


@dataclass(slots=True)
class Shown:
    """What the cases show of a threshold: for each side the distances (in days, or in units) at which it matters."""

    distances: set[float] = field(default_factory=set)

    def lacking(self, threshold: Threshold) -> list[str]:
        """The sides that no case shows, in words.

        Of days the two between which the answer changes must be next to each other; a third, which is asked for where the law sets
        the day, may lie anywhere beyond.
        """
        is_before, is_after = threshold.operator in ("<", ">="), threshold.operator in ("<=", ">")
        if not threshold.is_of_days:
            needed = {"below": self.has_side(-1), "at": self.has_side(0), "above": self.has_side(1)}
        else:
            before = (
                {"before": self.has_side(-1)} if is_after else {"on the day before": -1 in self.distances}
            )
            after = {"after": self.has_side(1)} if is_before else {"on the day after": 1 in self.distances}
            needed = {**before, "on": self.has_side(0), **after}
        if not threshold.is_of_law and (is_before or is_after):
            del needed[list(needed)[-1 if is_before else 0]]
        return [side for side, is_shown in needed.items() if not is_shown]

    def has_side(self, side: int) -> bool:
        """Whether the left side lay below (-1), at (0) or above (1) the right one."""
        return any((each > 0) - (each < 0) == side for each in self.distances)


def in_words(threshold: Threshold, pack: Pack) -> tuple[str, str]:
    """The two sides of a threshold."""
    english = English(pack, in_question=threshold.place[0] == "history")
    match threshold.left:
        case _ if threshold.is_wait:
            left = "the end of the wait"
        case Call(function="years_after", arguments=(Name(scope="subject", name="birth_on"), years)):
            left = f"the birthday at {english.words(years)}"
        case _:
            left = english.words(threshold.left)
    return left, english.words(threshold.right)


def thresholds_of(pack: Pack) -> list[Threshold]:
    """The thresholds of a pack, in the order in which they are written."""
    found = list(_compared(pack.scope, ("scope", "test")))
    if pack.serving is not None:
        found += _compared(pack.serving, ("serving",))
    for question in pack.questions.values():
        found += _compared(question.where, ("history", question.name, "where"))
    for band in pack.bands.values():
        found += _cuts(band)
    for position, criterion in enumerate(pack.criteria):
        for part in ("applies", "test", "unsettled"):
            if (asked := getattr(criterion, part)) is not None:
                found += _compared(asked, ("criteria", position, part))
        if criterion.wait is not None:
            place = ("criteria", position, "wait")
            found.append(Threshold(place, "<=", criterion.wait.starts_on, AS_OF, is_wait=True))
    for position, row in enumerate(pack.rows):
        found += _compared(row.when, ("remedies", position, "when"))
    return list(dict.fromkeys(found))


def shown_by(cases: Sequence[Case]) -> Mapping[Threshold, Shown]:
    """What the cases show of each threshold of their packs."""
    shown: dict[Threshold, Shown] = {}
    of_packs: dict[str, list[Threshold]] = {}
    for case in cases:
        if case.pack.fingerprint not in of_packs:
            of_packs[case.pack.fingerprint] = thresholds_of(case.pack)
        probe = _Probe(case.pack, case.person.rows, case.charge, case.as_of, case.person.covered)
        for threshold in of_packs[case.pack.fingerprint]:
            found = shown.setdefault(threshold, Shown())
            for distance, other in probe.distances(threshold):
                if distance not in found.distances and probe.matters(threshold, other):
                    found.distances.add(distance)
    return shown


def _compared(expression: Expression, place: Place) -> Iterator[Threshold]:
    for node in walk(expression):
        if not isinstance(node, Compare) or type_of(node.left) not in (Type.DATE, Type.NUMBER):
            continue
        below = [each for each in walk(node) if isinstance(each, Name | Literal)]
        if not any(isinstance(each, Name) and each.scope in _OF_RECORDS for each in below):
            continue  # an office's choice is compared, and no record
        operator, left, right = node.operator, node.left, node.right
        if left == AS_OF or isinstance(left, Literal):
            operator, left, right = MIRRORED[operator], right, left
        is_of_law = any(
            isinstance(each, Literal) or each == AS_OF or each.scope == "parameters" for each in below
        )
        yield Threshold(place, operator, left, right, node, is_of_law)


def _cuts(band: Band) -> Iterator[Threshold]:
    place = ("bands", band.name)
    for cut in band.cuts.cuts:
        match band.of:
            case Call(function="age_at", arguments=(day,)):
                yield Threshold(place, "<=", Call("years_after", (_BIRTH, Literal(cut))), day)
            case _:
                yield Threshold(place, ">=" if band.cuts.cut_is_above else "<=", band.of, Literal(cut))
    if band.applies is not None:
        yield from _compared(band.applies, (*place, "applies"))


class _Probe(Evaluation):
    """A case in which one comparison can be turned round."""

    turned: Expression | None = None
    turned_to: Truth = TRUE

    def __init__(
        self, pack: Pack, person: Sequence[Record], charge: Record, as_of: date, covered: frozenset[str]
    ) -> None:
        super().__init__(pack, person, charge, as_of, covered)
        if self.is_decided:
            self.ask_criteria()

    def truth(
        self, node: Expression, other: Record | None = None, parts: Mapping[str, int] | None = None
    ) -> Truth:
        if self.turned is not None and node == self.turned:
            return self.turned_to
        return super().truth(node, other, parts)

    def distances(self, threshold: Threshold) -> Iterator[tuple[float, Record | None]]:
        """How far the left side lies from the right where both are known, in days or units; of a question for each record."""
        if not self.is_decided and threshold.place[0] != "scope":
            return
        others: Sequence[Record | None] = [None]
        if threshold.place[0] == "history":
            question = self.pack.questions[str(threshold.place[1])]
            own = None if question.includes_this else self.charge["charge_id"]
            others = [row for row in self.person if row["charge_id"] != own]
        for other in others:
            left, right = self.left_of(threshold, other), self.interval(threshold.right, other)
            if (
                left.low is not None
                and left.low == left.high
                and right.low is not None
                and right.low == right.high
            ):
                between = left.low - right.low
                yield (between.days if isinstance(between, timedelta) else between), other

    def left_of(self, threshold: Threshold, other: Record | None) -> Interval:
        if threshold.is_wait:
            waited = self.criteria[self.pack.criteria[int(threshold.place[1])].id].day
            assert waited is not None
            return waited
        return self.interval(threshold.left, other)

    def matters(self, threshold: Threshold, other: Record | None) -> bool:
        """Whether what the comparison stands in comes out otherwise if it is turned round."""
        if threshold.node is None:
            return self.applies(threshold)
        found = []
        for turned_to in (TRUE, FALSE):
            self.turned, self.turned_to = threshold.node, turned_to
            found.append(self.value_around(threshold.place, other))
        self.turned = None
        return found[0] != found[1]

    def applies(self, threshold: Threshold) -> bool:
        """Whether a band is open to its value, and a wait is asked for."""
        part, which, *_ = threshold.place
        if part == "bands":
            return self.is_closed[str(which)].value is False
        return self.criteria[self.pack.criteria[int(which)].id].letter != "-"

    def value_around(self, place: Place, other: Record | None) -> object:
        if place[0] == "scope":
            return self.truth(self.pack.scope)
        if place[0] == "serving":
            assert self.pack.serving is not None
            return self.truth(self.pack.serving)
        part, which, *_ = place
        if part == "history":
            assert other is not None
            return self.counts(self.pack.questions[str(which)], other)
        if part == "bands":
            applies = self.pack.bands[str(which)].applies
            assert applies is not None
            return self.truth(applies)
        if part == "criteria":
            return self.criterion(self.pack.criteria[int(which)]).letter
        return self.truths_of_row(int(which))

    def truths_of_row(self, position: int) -> list[Truth]:
        when = self.pack.rows[position].when
        combinations = product(*self.open_parts.values())
        return [
            self.truth(when, parts=dict(zip(self.open_parts, each, strict=True))) for each in combinations
        ]
