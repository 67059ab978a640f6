"""What a pack that can be read still lacks: cases at its thresholds and of its criteria, and dates without gaps or overlaps.

docs/law-language.md says which findings are errors and which are warnings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from clear_record.authoring.in_english import any_of, period_in_words, shown
from clear_record.authoring.thresholds import Shown, in_words, shown_by, thresholds_of
from clear_record.errors import InputRefused
from clear_record.law.cases import read_cases
from clear_record.law.expressions import Literal
from clear_record.law.pack import ListedOffense, Pack, Parameter, Period
from clear_record.law.pack_reader import documents_of, load_pack
from clear_record.law.pack_tests import Case, decide_by_reference, differences
from clear_record.law.reference import Decision
from clear_record.law.strict_yaml import Document


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a pack, and where: file and line, or nothing where the message says it."""

    place: str
    message: str
    is_error: bool = True

    def __str__(self) -> str:
        return ": ".join(
            each for each in (self.place, "" if self.is_error else "warning", self.message) if each
        )

    def as_json(self) -> dict[str, Any]:
        """The object that `packs check --json` prints for it."""
        return {"place": self.place, "message": self.message, "is_error": self.is_error}


def check_pack(folder: Path, packs: Mapping[str, Path]) -> list[Finding]:
    """The findings about the pack of a folder; `packs` are the folders of those whose lists it may take."""
    try:
        pack = load_pack(folder, packs=packs)
        cases = read_cases(folder, packs)
    except InputRefused as error:
        return [Finding("", str(error))]
    check = _Check(pack, cases, documents_of(pack, folder))
    return [*check.dates(), *(check.cases_decide() if cases else check.has_no_cases(folder))]


@dataclass(frozen=True)
class _Check:
    pack: Pack
    cases: Sequence[Case]
    documents: Mapping[str, Document]

    def at(self, file: str, *place: str | int) -> str:
        return self.documents[file].at(place)

    def has_no_cases(self, folder: Path) -> Iterator[Finding]:
        yield Finding(f"{folder}/cases", "the pack has no cases")

    # ---- dates

    def dates(self) -> Iterator[Finding]:
        for parameter in self.pack.parameters.values():
            place = self.at("parameters.yaml", parameter.name)
            for problem in _gaps(parameter, self.pack.in_force):
                yield Finding(place, f"{parameter.name}: {problem}")
        for name, listed in self.pack.lists.items():
            if name in self.pack.lenders:
                continue  # what is wrong with a list of another pack is said there
            place = self.at("offenses.yaml", name)
            for message, is_error in _of_entries(listed.entries):
                yield Finding(place, f"{name}: {message}", is_error)

    # ---- cases

    def cases_decide(self) -> Iterator[Finding]:
        decisions = decide_by_reference(self.cases)
        failed = sum(bool(differences(*each)) for each in zip(self.cases, decisions, strict=True))
        if failed:
            yield Finding(
                self.at("pack.yaml", "pack"),
                f"{failed} of {len(self.cases)} cases are not decided as they say; `packs test` names them",
            )
        yield from self.criteria(decisions)
        yield from self.thresholds()
        yield from self.values()

    def criteria(self, decisions: Sequence[Decision | None]) -> Iterator[Finding]:
        traces = [decision.trace for decision in decisions if decision is not None]
        for position, criterion in enumerate(self.pack.criteria):
            letters = {trace[position] for trace in traces}
            place = self.at("pack.yaml", "criteria", position)
            # What is written to be open law or true has no F: its U is what keeps it from holding.
            is_open = criterion.test == Literal(True)
            for letter, does in (
                ("T", "meets it"),
                ("U", "leaves it open") if is_open else ("F", "fails it"),
            ):
                if letter not in letters:
                    yield Finding(
                        place, f"criterion [{criterion.id}]: no case {does} ({letter} in the trace)"
                    )

    def thresholds(self) -> Iterator[Finding]:
        found = shown_by(self.cases)
        for threshold in thresholds_of(self.pack):
            lacking = found.get(threshold, Shown()).lacking(threshold)
            if lacking:
                left, right = in_words(threshold, self.pack)
                where = ".".join(str(part) for part in threshold.place)
                yield Finding(
                    self.at("pack.yaml", *threshold.place),
                    f"{where}: no case has {left} {any_of(lacking)} {right}",
                    threshold.is_of_law,
                )

    def values(self) -> Iterator[Finding]:
        days = [max(case.as_of, case.pack.in_force.begins_on or case.as_of) for case in self.cases]
        for parameter in self.pack.parameters.values():
            if len(parameter.values) == 1:
                continue
            for position, value in enumerate(parameter.values):
                if not _is_empty(value.period) and not any(map(value.period.holds_on, days)):
                    yield Finding(
                        self.at("parameters.yaml", parameter.name, "values", position),
                        f"{parameter.name}: no case is decided {period_in_words(value.period)}, when it is "
                        f"{shown(value.value)}",
                        is_error=False,
                    )


def _gaps(parameter: Parameter, in_force: Period) -> Iterator[str]:
    """The days on which the law is in force and a parameter has no value."""
    first, last = parameter.values[0].period, parameter.values[-1].period
    if first.begins_on is not None and (in_force.begins_on is None or in_force.begins_on < first.begins_on):
        since = "at all times before" if in_force.begins_on is None else f"from {in_force.begins_on} until"
        yield f"it has no value {since} {first.begins_on}, when the law is in force"
    for before, after in pairwise(parameter.values):
        if before.period.ends_on != after.period.begins_on:
            yield f"it has no value from {before.period.ends_on} until {after.period.begins_on}"
    if last.ends_on is not None and (in_force.ends_on is None or last.ends_on < in_force.ends_on):
        until = "" if in_force.ends_on is None else f" until {in_force.ends_on}"
        yield f"it has no value from {last.ends_on} on{until}, when the law is in force"
    for each in parameter.values:
        if _is_empty(each.period):
            yield f"its value {shown(each.value)} holds on no day ({period_in_words(each.period)})"


def _of_entries(entries: Sequence[ListedOffense]) -> Iterator[tuple[str, bool]]:
    by_statute: dict[object, list[ListedOffense]] = {}
    for each in entries:
        by_statute.setdefault(each.entry, []).append(each)
        if _is_empty(each.period):
            yield f"{each.statute} holds on no day ({period_in_words(each.period)})", True
    for same in by_statute.values():
        for one, other in combinations(same, 2):
            if _overlap(one.period, other.period):
                yield f"{one.statute} stands twice on the same days", True
        days = sorted(
            (each.period for each in same), key=lambda each: (each.begins_on is not None, each.begins_on)
        )
        for before, after in pairwise(days):
            if (
                before.ends_on is not None
                and after.begins_on is not None
                and before.ends_on < after.begins_on
            ):
                # A statute may have been repealed and enacted again: only a person can tell.
                yield f"{same[0].statute} is not listed from {before.ends_on} until {after.begins_on}", False


def _is_empty(period: Period) -> bool:
    return None not in (period.begins_on, period.ends_on) and not any(map(period.holds_on, period.days))


def _overlap(one: Period, other: Period) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Period, other: Period) -> bool:
    return one.begins_on is None or other.ends_on is None or one.begins_on < other.ends_on
