"""The summary of a run: what was read, what was decided, who is reached, and what stands in the way.

As JSON it is for programs; on a terminal it is for a person who has to act on it. It names nobody, and counts by race are
hidden where they are of few people.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from clear_record.law.words import fact_in_words, in_words
from clear_record.publish.determinations import Tally
from clear_record.publish.statistics import Group, People, PeopleOfGroup
from clear_record.publish.suppression import FEWEST_SHOWN, suppressed_table
from clear_record.rejects import REASONS

_FACTS_SHOWN = 5
_HIDDEN = "*"


@dataclass(frozen=True, slots=True)
class Read:
    """What the run read."""

    deliveries: int
    rows: int
    rows_rejected: Mapping[str, int]
    people: int
    convictions: int


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """What a group of packs decided; counts of charges but where people are said."""

    title: str
    packs: tuple[str, ...]
    in_scope: int
    eligible: Mapping[str, int]
    remedy_open: Mapping[str, int]
    not_yet: int
    not_eligible: int
    no_determination: int
    to_review: int
    missing_facts: Mapping[str, int]
    not_in_scope: Mapping[str, int]
    people: PeopleOfGroup
    by_race: Mapping[str, Mapping[str, int | None]]

    @property
    def decided(self) -> int:
        """Charges in scope that need no one's review."""
        return self.in_scope - self.to_review


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one run."""

    run_id: str
    as_of: str
    draft_packs: tuple[str, ...]
    read: Read
    with_felony: int
    with_conviction: int
    groups: tuple[GroupSummary, ...]

    def as_dict(self) -> dict[str, Any]:
        groups = [{**asdict(group), "decided": group.decided} for group in self.groups]
        return {**asdict(self), "groups": groups, "fewest_people_shown_by_race": FEWEST_SHOWN}

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        if self.draft_packs:
            yield Text(
                f"DRAFT LAW: {', '.join(self.draft_packs)}. No lawyer has reviewed it; act on nothing here.",
                "bold red",
            )
        yield Text(f"Run {self.run_id}, as of {self.as_of}", "bold")
        yield Text(
            f"{self.read.people:,} people with {self.read.convictions:,} standing convictions, "
            f"read from {self.read.rows:,} rows of {_of(self.read.deliveries, 'delivery', 'deliveries')}"
        )
        if self.read.rows_rejected:
            codes = ", ".join(
                f"{count:,} {REASONS.get(code, code)} ({code})"
                for code, count in self.read.rows_rejected.items()
            )
            rejected = sum(self.read.rows_rejected.values())
            yield Text(
                f"{_of(rejected, 'row', 'rows')} could not be believed: {codes}. Their people are held for review."
            )
        for group in self.groups:
            yield Text()
            yield Text(group.title, "bold underline")
            yield Padding(_outcomes(group), (0, 0, 0, 2))
            yield from (Padding(Text(line), (0, 0, 0, 2)) for line in _sentences(group, self))
            yield Padding(_rates(group), (1, 0, 0, 2))
            if any(count is None for counts in group.by_race.values() for count in counts.values()):
                yield Text(
                    f"  {_HIDDEN} hidden: fewer than {FEWEST_SHOWN} people, or computable from the others",
                    "dim",
                )


def _of(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _outcomes(group: GroupSummary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim")
    table.add_column("")
    table.add_column("charges", justify="right")
    table.add_column("people", justify="right")
    table.add_row("in scope", f"{group.in_scope:,}", f"{group.people.in_scope:,}")
    for remedy, count in group.eligible.items():
        table.add_row(
            f"eligible: {in_words(remedy)}",
            f"{count:,}",
            f"{group.people.by_remedy[remedy]:,}",
            style="green",
        )
    for remedy, count in group.remedy_open.items():
        name = f"eligible: {in_words(remedy.partition(':')[2])} or better, still open"
        table.add_row(name, f"{count:,}", f"{group.people.by_remedy[remedy]:,}", style="green")
    if group.to_review:
        table.add_row(
            "to review by hand", f"{group.to_review:,}", f"{group.people.to_review:,}", style="yellow"
        )
    for name, count in (("not yet", group.not_yet), ("not eligible", group.not_eligible)):
        if count:
            table.add_row(name, f"{count:,}", "")
    if group.no_determination:
        table.add_row("no determination (not a denial)", f"{group.no_determination:,}", "")
    return table


def _sentences(group: GroupSummary, summary: Summary) -> Iterator[str]:
    if group.missing_facts:
        counts: dict[str, int] = {}
        for name, count in group.missing_facts.items():
            # Two facts of one name are mostly missing together: the larger count is that of the charges.
            counts[fact_in_words(name)] = max(count, counts.get(fact_in_words(name), 0))
        facts = list(counts.items())[:_FACTS_SHOWN]
        yield "Most often not known: " + ", ".join(f"{fact} ({count:,})" for fact, count in facts)
    people = group.people
    yield (
        f"If all of it is granted: {people.left_without_felony:,} of {summary.with_felony:,} people with a felony have none left, "
        f"{people.left_without_conviction:,} of {summary.with_conviction:,} with a conviction have none left."
    )
    if group.not_in_scope:
        reasons = ", ".join(f"{count:,} ({in_words(reason)})" for reason, count in group.not_in_scope.items())
        yield f"Charges of which no pack here speaks, which says nothing about them: {reasons}"


def _rates(group: GroupSummary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("race as recorded", "people in scope", "eligible", "to review"):
        table.add_column(name, justify="left" if name.startswith("race") else "right")
    for race, counts in group.by_race.items():
        whole = counts["in_scope"]
        cells = [_rate(counts[name], whole) for name in ("eligible", "to_review")]
        table.add_row(in_words(race), _HIDDEN if whole is None else f"{whole:,}", *cells)
    return table


def _rate(count: int | None, whole: int | None) -> str:
    if count is None or not whole:
        return _HIDDEN
    return f"{count:,} ({count / whole:.0%})"


def group_summary(
    group: Group,
    tallies: Sequence[Tally],
    out_of_scope: Mapping[str, int],
    by_race: Mapping[str, People],
) -> GroupSummary:
    """What the decisions of a group of packs (its own `tallies`) and the people of each race come to."""

    def total(*, outcome: str, is_none: bool = False) -> int:
        same = (each for each in tallies if each.outcome == outcome and each.is_no_determination is is_none)
        return sum(each.charges_count for each in same)

    eligible: dict[str, int] = dict.fromkeys(group.remedies, 0)
    missing: dict[str, int] = {}
    for each in tallies:
        if each.outcome == "eligible":
            eligible[each.remedy] += each.charges_count
        if each.outcome == "needs_review":
            for name in each.missing_facts:
                missing[name] = missing.get(name, 0) + each.charges_count
    counted = {race: people.by_group[group.title] for race, people in by_race.items()}
    rows = {
        race: {"in_scope": each.in_scope, "eligible": each.eligible, "to_review": each.to_review}
        for race, each in sorted(counted.items(), key=lambda item: (-item[1].in_scope, item[0]))
        if each.in_scope
    }
    open_remedies = {each.remedy for each in tallies if each.is_open}
    return GroupSummary(
        title=group.title,
        packs=group.packs,
        in_scope=sum(each.charges_count for each in tallies),
        eligible={remedy: count for remedy, count in eligible.items() if remedy not in open_remedies},
        remedy_open={remedy: count for remedy, count in eligible.items() if remedy in open_remedies},
        not_yet=total(outcome="not_yet"),
        not_eligible=total(outcome="not_eligible"),
        no_determination=total(outcome="not_eligible", is_none=True),
        to_review=total(outcome="needs_review"),
        missing_facts=dict(sorted(missing.items(), key=lambda item: (-item[1], item[0]))),
        not_in_scope=dict(out_of_scope),
        people=reduce(add, counted.values()),
        by_race=suppressed_table(rows, "in_scope", ("eligible", "to_review")),
    )


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish wrote: the summary, the folder, its files, and the rows and decided rows in them."""

    summary: Summary
    out: Path
    files: tuple[str, ...]
    rows_count: int
    decided_rows_count: int
    without_county_count: int

    def as_dict(self) -> dict[str, Any]:
        """What --json prints: the summary, and where everything is."""
        return {
            "run_id": self.summary.run_id,
            "out": str(self.out),
            "files": [str(self.out / name) for name in self.files],
            "rows_count": self.rows_count,
            "decided_rows_count": self.decided_rows_count,
            "without_county_count": self.without_county_count,
            "summary": self.summary.as_dict(),
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield self.summary
        yield Text()
        yield Text(
            f"{self.rows_count:,} rows published, {self.decided_rows_count:,} of them with a determination:"
        )
        if self.without_county_count:
            yield Text(f"{self.without_county_count:,} of them are of no readable county, and listed apart.")
        for name in self.files:
            yield Text(f"  {self.out / name}", no_wrap=True, overflow="fold")
