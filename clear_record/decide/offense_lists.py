"""Whether an offense stands in a list of statutes, as Columns: what `clear_record.law.offenses.matches` says of one.

Entries of one code that ask the same become one membership in a set of sections, so that a list of a hundred statutes
costs a few look-ups.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pyspark.sql import Column
from pyspark.sql import functions as F

from clear_record.decide.standings import NO, OPEN_LAW, UNKNOWN, YES
from clear_record.decide.values import one_of
from clear_record.law.offenses import CONSPIRACY, OffenseEntry, section_order
from clear_record.law.pack import ListedOffense, OffenseList, Period
from clear_record.law.vocabulary import Entry


@dataclass
class Memberships:
    """The columns that say for a row whether its offenses stand in lists: one for each list, however many ask for it."""

    _columns: dict[tuple[object, ...], tuple[str, Column]] = field(default_factory=dict)

    def column_name(self, offense: Entry, offenses: OffenseList, law_of: Column, begins_on: object) -> str:
        """The name of the column of an offense and a list, on a day of the law; `begins_on` tells such days apart."""
        is_dated = any(each.period != Period() for each in offenses.entries)
        key = (offense.name, offenses.entries, begins_on if is_dated else None)
        if key not in self._columns:
            printed = PrintedOffense(*[F.col(column) for column in offense.columns])
            name = f"_listed_{len(self._columns)}"
            self._columns[key] = (name, standing_in(printed, offenses, law_of))
        return self._columns[key][0]

    def columns(self) -> Iterator[tuple[str, Column]]:
        yield from self._columns.values()


@dataclass(frozen=True, slots=True)
class PrintedOffense:
    """The columns of an offense, in the vocabulary's order."""

    code: Column
    section: Column
    subdivisions: Column
    attempt: Column
    conspiracy: Column
    is_readable: Column


def standing_in(offense: PrintedOffense, offenses: OffenseList, law_of: Column) -> Column:
    """How certainly an offense stands in a list on the day `law_of`, as a standing.

    YES if a certain entry matches, OPEN_LAW if only a possible one does, else NO. Of an offense that is not readable: UNKNOWN
    without a section, else UNKNOWN if an entry matches, else NO.
    """
    certain = _matches_one(offense, [each for each in offenses.entries if each.is_certain], law_of)
    possible = _matches_one(offense, [each for each in offenses.entries if not each.is_certain], law_of)
    is_readable = F.coalesce(offense.is_readable, F.lit(False))
    return (
        F.when(offense.section.isNull(), F.lit(UNKNOWN))
        .when(certain, F.when(is_readable, F.lit(YES)).otherwise(F.lit(UNKNOWN)))
        .when(possible, F.when(is_readable, F.lit(OPEN_LAW)).otherwise(F.lit(UNKNOWN)))
        .otherwise(F.lit(NO))
    )


def _matches_one(offense: PrintedOffense, entries: Sequence[ListedOffense], law_of: Column) -> Column:
    alike: dict[tuple[object, ...], list[OffenseEntry]] = defaultdict(list)
    for each in entries:
        entry = each.entry
        forms = (entry.completed, entry.attempts, entry.conspiracies)
        alike[entry.code, each.period, forms].append(entry)
    conditions = [
        _is_of_code(offense, code)  # type: ignore[arg-type]
        & _is_one_of_forms(offense, *forms)  # type: ignore[misc]
        & _is_in_force(period, law_of)  # type: ignore[arg-type]
        & _is_one_of_sections(offense, group)
        for (code, period, forms), group in alike.items()
    ]
    return F.coalesce(one_of(conditions), F.lit(False))


def _is_of_code(offense: PrintedOffense, code: str) -> Column:
    return offense.code.isNull() | (offense.code == code)


def _is_one_of_forms(offense: PrintedOffense, completed: bool, attempts: bool, conspiracies: bool) -> Column:
    attempt = F.coalesce(offense.attempt, F.lit(False))
    # A bare 182 is the offense that an entry for PC 182 means, and not a conspiracy to commit PC 182.
    conspiracy = F.coalesce(offense.conspiracy, F.lit(False)) & (offense.section != CONSPIRACY)
    other_form = (F.lit(attempts) | ~attempt) & (F.lit(conspiracies) | ~conspiracy)
    return F.when(attempt | conspiracy, other_form).otherwise(completed)


def _is_in_force(period: Period, law_of: Column) -> Column:
    begun = F.lit(True) if period.begins_on is None else law_of >= F.lit(period.begins_on)
    return begun if period.ends_on is None else begun & (law_of < F.lit(period.ends_on))


def _is_one_of_sections(offense: PrintedOffense, entries: Sequence[OffenseEntry]) -> Column:
    whole = [
        e.first
        for e in entries
        if e.first == e.last and not (e.has_decimals or e.is_chapter or e.subdivisions)
    ]
    conditions = [offense.section.isin(sorted(whole))] if whole else []
    for entry in entries:
        if entry.is_chapter:
            conditions.append(offense.section.startswith(entry.first))
        elif entry.has_decimals:
            conditions.append(
                (offense.section == entry.first) | offense.section.startswith(f"{entry.first}.")
            )
        elif entry.first != entry.last:
            conditions.append(_is_between(offense.section, entry.first, entry.last))
        elif entry.subdivisions:
            subdivisions = F.coalesce(offense.subdivisions, F.lit(""))
            conditions.append((offense.section == entry.first) & subdivisions.startswith(entry.subdivisions))
    return one_of(conditions)


def _is_between(section: Column, first: str, last: str) -> Column:
    """Sections in the order of the code: by number, lettered ones after their number."""
    number = F.regexp_extract(section, r"^([0-9]+(?:\.[0-9]+)?)", 1).try_cast("decimal(18,8)")
    place = F.struct(number, F.regexp_extract(section, r"([a-z]*)$", 1))
    ends = [
        F.struct(F.lit(number).cast("decimal(18,8)"), F.lit(letters))
        for number, letters in map(section_order, (first, last))
    ]
    return (place >= ends[0]) & (place <= ends[1])
