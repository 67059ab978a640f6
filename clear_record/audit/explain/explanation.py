"""The story of decisions: what a run saw of a person, and of each charge under each pack what follows, by which law, and what would
change it. It is told from the lake alone, and decided again by the reference evaluator.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any

from clear_record.audit.explain.conditions import Condition, condition, in_a_word
from clear_record.audit.explain.supposing import (
    Supposed,
    fact_of,
    missing_names,
    supposed,
    supposing_complete,
)
from clear_record.audit.explain.told import Missing, Seen, ToldCriterion, ToldDecision, ToldRow, in_words
from clear_record.audit.said import day_in_words, offense_in_words, value_in_words
from clear_record.authoring.in_english import English, shown
from clear_record.authoring.show import GIVES, LAYERS, ON_UNKNOWN, STATUS
from clear_record.law.expressions import AS_OF, Expression, In, Literal, Name, walk
from clear_record.law.known_values import Truth
from clear_record.law.pack import Criterion, Pack, Row
from clear_record.law.person import MOST_CHARGES
from clear_record.law.reference import Decision, Evaluation, Record
from clear_record.law.vocabulary import VOCABULARY, Entry, Type

_LETTERS = {
    "T": "true",
    "F": "false",
    "U": "unknown",
    "t": "unknown, taken as true",
    "f": "unknown, taken as false",
    "-": "not asked, because it does not apply",
}
# The fields of a decision that the lake keeps.
_STORED = [each.name for each in fields(Decision) if each.name not in ("reason", "alternative")]
_RECORDS_SHOWN = 5
_LONGEST_CONDITION = 140


def told_decision(
    pack: Pack, person: Sequence[Record], charge: Record, as_of: date, kept: Mapping[str, Any] | None
) -> ToldDecision:
    """The story of a charge under a pack; `kept` is its row in `decision`, None where there is none."""
    return _Told(Evaluation(pack, person, charge, as_of, frozenset(charge["covered"])), kept).decision()


class _Told:
    def __init__(self, evaluation: Evaluation, kept: Mapping[str, Any] | None) -> None:
        self.evaluation, self.kept, self.pack = evaluation, kept, evaluation.pack
        self.english = English(self.pack, evaluation.law_of)

    @cached_property
    def decided(self) -> Decision | None:
        return self.evaluation.decision() if self.evaluation.is_decided else None

    def decision(self) -> ToldDecision:
        pack, decided = self.pack, self.decided
        scope = condition(pack.scope, self.english, self.evaluation.truth)
        # No fact alone changes what is decided of a crowded person, and each would be tried over all of the person's records.
        is_supposed = decided is not None and not self.evaluation.is_crowded
        return ToldDecision(
            pack=pack.name,
            title=pack.title,
            layer=LAYERS[pack.layer],
            status=STATUS[pack.status],
            cite=f"{pack.cite} [{pack.evidence}]",
            fingerprint=pack.fingerprint,
            in_force=self.in_force(),
            outcome="out_of_scope" if decided is None else decided.outcome,
            remedy="none" if decided is None else decided.remedy,
            reason=None if decided is None else decided.reason,
            alternative=None if decided is None else decided.alternative,
            days=() if decided is None else tuple(self.days(decided)),
            scope=(pack.scope_says, pack.scope_cite, scope),
            criteria=() if decided is None else tuple(self.criteria()),
            rows=() if decided is None else tuple(self.rows(decided)),
            missing=tuple(self.missing()) if is_supposed else (),
            if_complete=self.if_complete() if is_supposed else None,
            witnesses=() if decided is None else tuple(self.witnesses(decided)),
            decision=None if decided is None else {name: getattr(decided, name) for name in _STORED},
            kept=None if self.kept is None else {name: self.kept[name] for name in _STORED},
            differences=tuple(self.differences()),
        )

    def in_force(self) -> str | None:
        """What is to be said where the law does not hold on the day of the decision."""
        period = self.pack.in_force
        if period.ends_on is not None and period.ends_on <= self.evaluation.as_of:
            return f"The law ended on {period.ends_on}."
        if not self.evaluation.is_in_force:
            return f"The law begins on {period.begins_on}; it is asked here by its numbers and lists of that day."
        return None

    # ---- the decision

    def differences(self) -> Iterator[str]:
        """Where the decision that the lake keeps is another one."""
        decided, kept = self.decided, self.kept
        if (decided is None) != (kept is None):
            yield (
                "the run kept no decision, and there is one now"
                if kept is None
                else f"the run decided it ({kept['outcome']}), and now it is out of scope"
            )
        if decided is None or kept is None:
            return
        known = {name: getattr(decided, name) for name in _STORED}
        known |= {name: self.evaluation.charge[name] for name in ("case_id", "subject_id", "county")}
        for name, value in known.items():
            stored = tuple(kept[name]) if isinstance(kept[name], list) else kept[name]
            if stored != value:
                yield f"{name} was {stored} in the run, and is {value} now"

    def days(self, decided: Decision) -> Iterator[str]:
        """The days on which something changes, in sentences."""
        if decided.outcome == "not_yet":
            yield self.becomes_eligible(decided)
        elif decided.eligible_on is not None:
            yield f"It has been eligible since {decided.eligible_on}."
        if decided.recheck_on is not None:
            yield f"The next day on which the answer can change, the record unchanged: {decided.recheck_on}."

    def becomes_eligible(self, decided: Decision) -> str:
        day = decided.eligible_on
        if day is None:
            waits = [
                each.id
                for each in self.pack.criteria
                if each.when_false == "not_yet" and self.evaluation.criteria[each.id].truth.value is not True
            ]
            what = f" ({', '.join(waits)})" if waits else ""
            return f"No day can be told on which it becomes eligible: it waits for what has no certain day{what}."
        same = self.evaluation
        then = Evaluation(same.pack, same.person, same.charge, day, same.covered)
        found = then.decision() if then.is_decided else None
        if found is not None and found.outcome == "eligible":
            return f"On {day} it becomes {in_words(found.outcome, found.remedy)}, the record unchanged."
        outcome = "out of scope" if found is None else in_words(found.outcome, found.remedy)
        return f"The waits end on {day}; the answer of that day, the record unchanged: {outcome}."

    def witnesses(self, decided: Decision) -> Iterator[Seen]:
        rows = {row["charge_id"]: row for row in self.evaluation.person}
        for charge_id in decided.witnesses or ():
            yield Seen(charge_id, charge_in_words(rows[charge_id]))

    # ---- criteria

    def criteria(self) -> Iterator[ToldCriterion]:
        for number, criterion in enumerate(self.pack.criteria, 1):
            found = self.evaluation.criteria[criterion.id]
            yield ToldCriterion(
                number=number,
                id=criterion.id,
                letter=found.letter,
                holds=_LETTERS[found.letter],
                says=criterion.says,
                cite=criterion.cite,
                evidence=criterion.evidence,
                seen=tuple(self.seen(list(criterion.expressions))),
                notes=tuple(self.notes(criterion)),
                conditions=tuple(self.conditions(criterion)),
            )

    def notes(self, criterion: Criterion) -> Iterator[str]:
        found = self.evaluation.criteria[criterion.id]
        if criterion.wait is not None and found.day is not None and found.letter != "-":
            yield f"The wait ends: {value_in_words(found.day, Type.DATE)}."
        if found.letter in "tf":
            yield f"Where it is not known, {ON_UNKNOWN[criterion.on_unknown].format(criterion.covered_by)}."
        if found.letter == "U" and criterion == self.pack.criteria[0]:
            yield "So a person looks at the record, whatever the other criteria say."
        elif found.letter == "U" and found.truth.open_law:
            yield "What the law means here is open: no fact settles it."
        if found.truth.value is False and criterion.when_false == "not_yet":
            yield "While it is false, the answer is “not yet”."

    def conditions(self, criterion: Criterion) -> Iterator[tuple[str, Condition]]:
        parts = (
            ("Asked only where", criterion.applies),
            ("Holds where", criterion.test),
            ("The law is open where", criterion.unsettled),
        )
        for head, node in parts:
            if node is not None and node != Literal(value=True):
                yield head, condition(node, self.english, self.evaluation.truth)
        if criterion.wait is not None:
            passed, _ = self.evaluation.test(criterion)
            yield "Holds from", Condition(self.english.wait(criterion.wait), in_a_word(passed))

    # ---- what was seen

    def seen(self, expressions: Sequence[Expression]) -> Iterator[Seen]:
        """What expressions ask for, each once, with the values that it had."""
        nodes = dict.fromkeys(node for expression in expressions for node in walk(expression))
        for node in nodes:
            if isinstance(node, Name) and node != AS_OF and node.scope != "offenses":
                yield self.seen_of(node)
            elif isinstance(node, In) and isinstance(node.options, Name) and node.options.scope == "offenses":
                yield self.membership(node, node.options.name)

    def membership(self, node: In, listed: str) -> Seen:
        """Whether the charge's offense stands on a list."""
        found = self.evaluation.truth(node)
        is_possible = found.value is None and found.open_law
        stands = "possibly, which the law leaves open" if is_possible else value_in_words(found, Type.BOOLEAN)
        offense = self.english.words(node.item).removeprefix("the ")
        return Seen(f"{offense} on the list {listed}", stands, self.pack.lists[listed].cite)

    def seen_of(self, name: Name) -> Seen:
        if name.scope == "parameters":
            return self.parameter(name.name)
        if name.scope == "history":
            return self.answer(name)
        if name.scope == "criterion":
            return Seen(
                self.english.criterion(name.name), _LETTERS[self.evaluation.criteria[name.name].letter]
            )
        return Seen(self.label(name), self.value(name))

    def value(self, name: Name) -> str:
        if name.type is Type.OFFENSE:
            assert name.entry is not None
            return offense_in_words(self.evaluation.charge, name.entry.columns[0].partition("_")[0])
        unit = None if name.entry is None else name.entry.unit
        return value_in_words(self.evaluation.named(name, None), name.type, unit)

    def label(self, name: Name) -> str:
        if name.scope == "history":
            return self.english.words(name).removeprefix("the answer to ")
        said = self.english.clause_or_words(name) if name.type is Type.BOOLEAN else self.english.words(name)
        return said.removeprefix("the ")

    def parameter(self, name: str) -> Seen:
        parameter, day = self.pack.parameters[name], self.evaluation.law_of
        holding = next((each for each in parameter.values if each.period.holds_on(day)), None)
        says = f"parameter {name} ({parameter.says.rstrip('.')})"
        if holding is None:
            return Seen(says, f"unknown on {day}")
        begins = f" (since {holding.period.begins_on})" if holding.period.begins_on else ""
        return Seen(says, f"{shown(holding.value)}{begins}", f"{holding.cite} [{holding.evidence}]")

    def answer(self, name: Name) -> Seen:
        """A question to the rest of the record: its answer, and the records that count or may count."""
        found = self.evaluation.matches[name.name]
        told = [
            f"{'' if each.counts.value else 'may count: '}{charge_in_words(each.row)}"
            for each in found[:_RECORDS_SHOWN]
        ]
        if len(found) > _RECORDS_SHOWN:
            told.append(f"and {len(found) - _RECORDS_SHOWN} more")
        if self.evaluation.is_crowded:
            told.append(f"not answered: more than {MOST_CHARGES:,} charges stand under the person's id")
        return Seen(f"{self.label(name)}: {self.asked(name.name)}?", self.value(name), None, tuple(told))

    def asked(self, name: str) -> str:
        """A question with its condition, if that is short: packs show has it whole."""
        question = self.pack.questions[name]
        asked = self.english.question(question)
        where = replace(self.english, in_question=True).clause(question.where).in_one_line
        if where == "always" or len(where) > _LONGEST_CONDITION:
            return asked
        return f"{asked} {'that' if question.ask == 'all' else 'where'} {where}"

    # ---- remedies

    def rows(self, decided: Decision) -> Iterator[ToldRow]:
        possible, _ = self.evaluation.reading
        for at, row in enumerate(self.pack.rows):
            yield ToldRow(
                number=at + 1,
                gives=self.gives(row),
                is_possible=at in possible,
                gave=decided.remedy_row == at + 1,
                when=condition(row.when, self.english, self.when),
                requires=tuple(
                    Seen(self.english.criterion(id), _LETTERS[self.evaluation.criteria[id].letter])
                    for id in row.requires
                ),
                reason=row.reason,
                alternative=row.alternative,
            )

    def gives(self, row: Row) -> str:
        gives = GIVES.get(row.gives, row.gives)
        return gives if row.if_serving is None else f"{gives}; to one who still serves, {row.if_serving}"

    def when(self, node: Expression) -> Truth:
        """A part of a `when` over all combinations of bands that are open."""
        open_parts = self.evaluation.open_parts
        values = {
            self.evaluation.truth(node, parts=dict(zip(open_parts, combination, strict=True))).value
            for combination in product(*open_parts.values())
        }
        return Truth(values.pop() if len(values) == 1 else None)

    # ---- what is missing

    def missing(self) -> Iterator[Missing]:
        """What was needed and is unknown; also where the law says how to take it, because what shows it may change the answer."""
        for name in missing_names(self.evaluation):
            yield Missing(
                name=fact_of(name),
                says=self.answer(name).name if name.scope == "history" else self.label(name),
                recorded=self.value(name),
                values=tuple(map(self.told, supposed(self.evaluation, name))),
            )

    def if_complete(self) -> Supposed | None:
        is_complete = self.evaluation.criteria[self.pack.criteria[0].id].truth.value
        return None if is_complete else self.told(supposing_complete(self.evaluation))

    def told(self, value: Supposed) -> Supposed:
        """The same with the facts that are still missing in words."""
        names = {fact_of(name): name for name in self.pack.names}
        return replace(value, missing=tuple(self.label(names[each]) for each in value.missing))


def charge_in_words(row: Record) -> str:
    """A record in one line, by the first digits of its id."""
    kind = row["kind"]
    said = [f"{kind} {row['charge_id'][:8]}", offense_in_words(row)]
    for word, name in (("convicted", "convicted"), ("arrested", "arrest")):
        low, high = row[f"{name}_earliest"], row[f"{name}_latest"]
        if low is not None or high is not None:
            said.append(f"{word} {day_in_words(low, high)}")
            break
    if row["county"]:
        said.append(row["county"])
    return ", ".join(said)


def recorded(evaluation: Evaluation) -> tuple[list[Seen], list[str], list[str]]:
    """What the record says of a charge and of its person; of which facts it says nothing; and which events and flags it has none of."""
    told = _Told(evaluation, None)
    values: list[Seen] = []
    unknown: list[str] = []
    absent: list[str] = []
    for entry in _entries(evaluation.charge):
        name = Name(entry.scope, entry.short_name, entry.type, entry)
        label, value = told.label(name), told.value(name)
        if value in ("none", "no") and entry.type is not Type.CODE:
            absent.append(label)
        elif value in ("unknown", "not recorded"):
            unknown.append(label)
        else:
            values.append(Seen(label, value))
    return values, unknown, absent


def _entries(charge: Record) -> Iterator[Entry]:
    """The names whose columns a gathered row has; ids and the parts of an offense aside."""
    for entry in VOCABULARY.values():
        is_id = entry.short_name in ("charge_id", "case_id", "cycle_id")
        if not is_id and "." not in entry.short_name and set(entry.columns) <= charge.keys():
            yield entry
