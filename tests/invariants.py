"""What must hold of every decision of the reference evaluator: each function says where it does not, in words.

They take a pack, a person's rows (`covered` in a row, if it is there, says which kinds of records were loaded for its state) and
the day of the decision.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import Any

import yaml

from clear_record.law.expressions import Name, walk
from clear_record.law.pack import Pack, Row
from clear_record.law.pack_reader import pack_of
from clear_record.law.reference import Decision, Evaluation
from tests.strategies import Choose, Rows, filled_in

Invariant = Callable[[Pack, Rows, date, Choose], Iterator[str]]

_HELD = {"T": True, "t": True, "-": True, "F": False, "f": False, "U": None}
_FAR = timedelta(days=40 * 365)


def evaluations(pack: Pack, rows: Rows, as_of: date) -> Iterator[Evaluation]:
    """The evaluation of each charge, decided or not."""
    for row in rows:
        yield Evaluation(pack, rows, row, as_of, frozenset(row.get("covered", ())))


def decisions(pack: Pack, rows: Rows, as_of: date) -> dict[str, Decision | None]:
    """The decision of each charge, by its id; None where the pack does not decide it."""
    return {
        each.charge["charge_id"]: each.decision() if each.is_decided else None
        for each in evaluations(pack, rows, as_of)
    }


def order_of_rows(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:
    """The order in which a person's rows stand never matters."""
    at = choose(range(len(rows)))
    before = decisions(pack, rows, as_of)
    for turned in ([*rows[at:], *rows[:at]], rows[::-1]):
        after = decisions(pack, turned, as_of)
        yield from (f"{id}: {before[id]} became {after[id]}" for id in before if before[id] != after[id])


def facts_filled_in(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:
    """A missing fact that is filled in never turns relief into none or back, except through a presumption."""
    filled = filled_in(choose, rows)
    if filled is None:
        return
    after = decisions(pack, filled, as_of)
    for id, decision in decisions(pack, rows, as_of).items():
        if decision is None or decision.outcome == "needs_review" or {*decision.trace} & {*"tf"}:
            continue
        found = after[id]
        if (decision.outcome == "eligible") != (found is not None and found.outcome == "eligible"):
            changed = [
                {name: value for name, value in new.items() if value != old[name]}
                for old, new in zip(rows, filled, strict=True)
            ]
            yield f"{id}: {decision} became {found} by {changed}"


def day_before_recheck(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:
    """On every day before `recheck_on` the decision is the same in every field; without one for ever."""
    for id, decision in decisions(pack, rows, as_of).items():
        if decision is None:
            continue
        last = (decision.recheck_on or as_of + _FAR) - timedelta(days=1)
        between = as_of + timedelta(days=choose(range((last - as_of).days + 1)))
        for day in (between, last):
            after = decisions(pack, rows, day)[id]
            if after != decision:
                yield f"{id}: {decision} became {after} on {day}"


def later_days(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:
    """Where nothing but waits ends until a later day, what was not yet stays due on its day, and is not denied.

    Packs in which anything but a requirement turns on a wait are left out: there one wait may give way to another.
    """
    if _asks_of_waits(pack):
        return
    for evaluation in evaluations(pack, rows, as_of):
        before = evaluation.decision() if evaluation.is_decided else None
        if before is None or before.outcome != "not_yet" or before.eligible_on is None:
            continue
        ends = [
            day
            for found in evaluation.criteria.values()
            if found.day
            for day in (found.day.low, found.day.high)
        ]
        changing = Counter(evaluation.days_to_recheck()) - Counter(day for day in ends if day is not None)
        due_on = before.eligible_on
        for later in {choose((due_on - timedelta(days=1), as_of + timedelta(days=1))), due_on, due_on + _FAR}:
            if later <= as_of or any(as_of < day <= later for day in changing):
                continue
            id = evaluation.charge["charge_id"]
            after = decisions(pack, rows, later)[id]
            if after is None or not _is_due(after, due_on, later):
                yield f"{id}: {before} became {after} on {later}"


def _is_due(decision: Decision, due_on: date, day: date) -> bool:
    """Whether a decision of a day keeps what an earlier one promised for `due_on`."""
    if decision.outcome == "not_yet":
        return day < due_on == decision.eligible_on
    return decision.outcome == "needs_review" or (decision.outcome, decision.eligible_on) == (
        "eligible",
        due_on,
    )


def _asks_of_waits(pack: Pack) -> bool:
    waits = {each.id for each in pack.criteria if each.wait is not None}
    asked = (node for expression in pack.expressions for node in walk(expression) if isinstance(node, Name))
    return any(name.scope == "criterion" and name.name in waits for name in asked)


def explained_by_trace(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:  # noqa: ARG001
    """Outcome and remedy follow from the trace and from which rows of the table are possible, and from nothing else.

    They are found anew by trying every way in which the requirements that are unknown can turn out.
    """
    for evaluation in evaluations(pack, rows, as_of):
        if not evaluation.is_decided:
            continue
        decision = evaluation.decision()
        held = {each.id: _HELD[letter] for each, letter in zip(pack.criteria, decision.trace, strict=True)}
        rows_possible = [pack.rows[at] for at in evaluation.reading[0]]
        possible = {result for row in rows_possible for result in _results(pack, row, held, evaluation)}
        expected = _settled(pack, possible) if decision.trace[0] == "T" else ("needs_review", "none")
        if (decision.outcome, decision.remedy) != expected:
            yield f"{evaluation.charge['charge_id']}: {decision}, and the trace says {expected} of {sorted(possible)}"


def _results(
    pack: Pack, row: Row, held: dict[str, bool | None], evaluation: Evaluation
) -> Iterator[tuple[str, str]]:
    """What a row gives in each way in which its requirements, the scope and `serving` can turn out."""
    gives_nothing = row.gives in ("none", "no_change")
    is_of_time = {each.id: each.when_false == "not_yet" and not gives_nothing for each in pack.criteria}
    asked = {id: held[id] for id in row.requires} | {"scope": evaluation.scope.value}
    if row.gives in pack.ladder:
        asked["in_force"] = evaluation.is_in_force
    for turned in product(*([value] if value is not None else [True, False] for value in asked.values())):
        failed = [name for name, holds in zip(asked, turned, strict=True) if not holds]
        if any(name != "in_force" and not is_of_time.get(name) for name in failed):
            yield "not_eligible", "none"
        elif failed:
            yield "not_yet", "none"
        elif row.gives not in pack.ladder:
            yield _WITHOUT_REMEDY[row.gives]
        else:
            serving = evaluation.serving.value
            if serving is not True or row.if_serving is None:
                yield "eligible", row.gives
            if serving is not False and row.if_serving is not None:
                yield "eligible", row.if_serving


_WITHOUT_REMEDY = {
    "none": ("not_eligible", "none"),
    "no_change": ("not_eligible", "no_change"),
    "review": ("needs_review", "none"),
    "refer": ("needs_review", "refer"),
}


def _settled(pack: Pack, possible: set[tuple[str, str]]) -> tuple[str, str]:
    """The decision of several results, as the last table of docs/law-language.md (Remedies) has it."""
    outcomes = {outcome for outcome, _ in possible}
    if len(possible) == 1:
        return next(iter(possible))
    if outcomes == {"eligible"}:
        return "eligible", "at_least:" + min((remedy for _, remedy in possible), key=pack.ladder.index)
    if outcomes and not outcomes & {"eligible", "needs_review"}:
        return ("not_yet" if "not_yet" in outcomes else "not_eligible"), "none"
    return "needs_review", "none"


def open_law(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:  # noqa: ARG001
    """What the open law of `possible` entries decides is not presumed: no t or f where it would be T one way and F the other."""
    if all(each.is_certain for listed in pack.lists.values() for each in listed.entries):
        return
    found = decisions(pack, rows, as_of)
    settled = [decisions(each, rows, as_of) for each in _settled_law(pack)]
    for id, decision in found.items():
        one, other = (each[id] for each in settled)
        if decision is None or one is None or other is None:
            continue
        for criterion, letter, *ways in zip(
            pack.criteria, decision.trace, one.trace, other.trace, strict=True
        ):
            if letter in "tf" and {_HELD[way] for way in ways} == {True, False} and not {*ways} & {*"tf"}:
                yield f"{id}: {criterion.id} is {letter}, and {' or '.join(ways)} by what the law may mean"


@lru_cache(maxsize=64)
def _settled_law(pack: Pack) -> tuple[Pack, Pack]:
    """The pack in both ways in which its open law can be settled: with all `possible` entries certain, and without them."""

    def changed(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Pack:
        texts = {
            name: yaml.safe_dump(
                {
                    listed: change(entry) if "from_pack" not in entry else entry
                    for listed, entry in yaml.load(text, Loader=yaml.BaseLoader).items()
                },
                default_style="'",
            )
            if name.endswith("offenses.yaml")
            else text
            for name, text in pack.texts.items()
        }
        return pack_of(texts)

    return (
        changed(
            lambda each: {
                **each,
                "possible": [],
                "certain": [*each.get("certain", []), *each.get("possible", [])],
            }
        ),
        changed(lambda each: {**each, "possible": []}),
    )


def form(pack: Pack, rows: Rows, as_of: date, choose: Choose) -> Iterator[str]:  # noqa: ARG001
    """The fields of a decision fit each other, and its day."""
    remedies = {"none", "no_change", "refer", *pack.ladder, *(f"at_least:{each}" for each in pack.ladder)}
    for id, decision in decisions(pack, rows, as_of).items():
        if decision is None:
            continue
        due_on, outcome, witnesses = decision.eligible_on, decision.outcome, decision.witnesses or ()
        holds = {
            "its remedy is one of the pack": decision.remedy in remedies,
            "its trace has a letter for each criterion": len(decision.trace) == len(pack.criteria),
            "a remedy is for who is eligible": (outcome == "eligible")
            == (decision.remedy.removeprefix("at_least:") in pack.ladder),
            "what is checked again is later": decision.recheck_on is None or decision.recheck_on > as_of,
            "facts that are missing are the pack's": 0 <= (decision.missing or 0) < 1 << len(pack.facts),
            "witnesses stand once": len({*witnesses}) == len(witnesses),
            "who is eligible needs no witness": outcome != "eligible" or not witnesses,
            "who is eligible has waited": outcome != "eligible" or due_on is None or due_on <= as_of,
            "who is not yet still waits": outcome != "not_yet" or due_on is None or due_on > as_of,
        }
        yield from (f"{id}: not so of {decision}: {said}" for said, is_so in holds.items() if not is_so)


INVARIANTS: tuple[Invariant, ...] = (
    order_of_rows,
    facts_filled_in,
    day_before_recheck,
    later_days,
    explained_by_trace,
    open_law,
    form,
)


def broken(
    pack: Pack, rows: Rows, as_of: date, choose: Choose, invariants: Sequence[Invariant] = INVARIANTS
) -> list[str]:
    """Which of the invariants do not hold, and where."""
    return [f"{each.__name__}: {said}" for each in invariants for said in each(pack, rows, as_of, choose)]
