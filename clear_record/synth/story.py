"""One person's record: the cycles of a life, their steps, and what happened to each charge.

Only what happened stands here, not how it is printed (`rows`). A cycle is an arrest episode, or an event of its own
such as a registration; a step is an event in it; an entry is a charge as it stands at that step. Days are proleptic
ordinals, and nothing happens after the extract was made.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from clear_record.synth import shares
from clear_record.synth.days import LAST_DAY, days_of_years
from clear_record.synth.dice import Roll, Shares, between
from clear_record.synth.offenses import (
    NARCOTICS_REGISTRATION,
    OTHER_OFFENSES,
    REGISTRATIONS,
    Offense,
    Print,
    cannabis_offense,
    print_offense,
)
from clear_record.synth.people import Person

ARREST, COURT, PROBATION, CUSTODY = "ARREST/DETAINED/CITED", "COURT ACTION", "PROBATION", "CUSTODY"
REGISTRATION, APPLICANT, DECEASED = "REGISTRATION", "APPLICANT", "DECEASED"

# The texts of dispositions. A conviction is one of CONVICTED with its sentence (CONVICTED-PROB/JAIL) or without.
CONVICTED = "CONVICTED"
CONVICTED_AND_SET_ASIDE = "CONVICTED-CONV SET ASIDE & DISM PER 1203.4 PC"
WITHOUT_COURT = Shares(
    {"": 45, "PROS REL-DET ONLY-LACK OF EVIDENCE": 30, "PROS REJ-INSUFFICIENT EVIDENCE": 25}
)
NOT_CONVICTED = Shares(
    {
        "DISMISSED/FURTHERANCE OF JUSTICE": 34, "DISM-PLEA TO OTHER CHARGE": 32, "DISMISSED": 14,
        "DISM-INSUFFICIENT EVIDENCE": 8, "ACQUITTED": 4, "DEJ PER 1000 PC": 5, "": 3,
    }
)  # fmt: skip
SET_ASIDE_AFTER_PROBATION = "CONV SET ASIDE & DISM PER 1203.4 PC"
SET_ASIDE_WITHOUT_PROBATION = "CONV SET ASIDE & DISM PER 1203.4A PC"
REDUCED_17B = "REDUCED TO MISDEMEANOR PER 17(B) PC"
RESENTENCED, RESENTENCED_1170_18 = "RESENTENCED", "RESENTENCED TO MISDEMEANOR PER 1170.18 PC"
DISMISSED_11361_8, REDUCED_11361_8 = "DISM PER 11361.8 HS", "REDUCED TO MISDEMEANOR PER 11361.8 HS"
DISMISSED_LATER = "DISMISSED/FURTHERANCE OF JUSTICE"
PROBATION_REVOKED = "PROB REVOKED"

_PROP_47_FROM, _PROP_64_FROM = date(2014, 11, 5).toordinal(), date(2016, 11, 9).toordinal()
_PROP_47_SECTIONS = frozenset({"459", "487(A)", "496(A)", "11350(A)", "11377(A)"})


class Part(NamedTuple):
    """A part of a sentence: PROBATION, JAIL, PRISON or FINE, and a length with D, M or Y (both blank: not recorded)."""

    place: str
    length: str = ""
    unit: str = ""


def _parts(place: str, terms: dict[tuple[int, str], float]) -> Shares[Part]:
    """What a part of a sentence in that place can be, with the share of those whose length was not recorded."""
    unknown = sum(terms.values()) * shares.LENGTH_NOT_RECORDED
    return Shares(
        {Part(place): unknown} | {Part(place, str(n), unit): share for (n, unit), share in terms.items()}
    )


_PROBATION = _parts(PROBATION, shares.PROBATION_TERMS)
_JAIL = _parts("JAIL", shares.JAIL_TERMS)
_PRISON = _parts("PRISON", shares.PRISON_TERMS)
_FINE = Part("FINE")


@dataclass(slots=True)
class Charge:
    """A charge through all its steps, as it is printed in each of them.

    `grade` is F, M or I (N for a registration); it and `is_cannabis` are those of the conviction if there is one, also
    where that is for another offense (`convicted_of`).
    """

    offense: Offense
    text: Print
    grade: str
    is_cannabis: bool = False
    convicted_of: Offense | None = None
    is_convicted: bool = False


class Entry(NamedTuple):
    """A charge at a step, under the number that it has there; `convicted_as` is a grade, blank if not convicted."""

    number: int
    charge: Charge | None
    disposition: str = ""
    convicted_as: str = ""
    sentence: tuple[Part, ...] = ()


class Step(NamedTuple):
    """An event of a cycle."""

    kind: str
    day: int
    entries: list[Entry]


@dataclass(slots=True)
class Cycle:
    """An arrest episode, or another event, in a county; its steps are in the order of their days."""

    day: int
    county: shares.Coded
    steps: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class _Episode:
    """What an arrest is about, before it is known what became of it."""

    day: int
    county: shares.Coded
    charges: list[Charge] = field(default_factory=list)
    goes_to_court: bool = True


def tell(person: Person, roll: Roll) -> list[Cycle]:
    """The cycles of a person's record, in the order of their days; death comes last."""
    episodes = _episodes(person, roll)
    cycles = [_cycle(episode, roll) for episode in episodes]
    cycles += _registrations(person, episodes, cycles, roll)
    adult_from = person.born + days_of_years(18)
    if adult_from < LAST_DAY and roll() < shares.APPLICANT:
        day = between(adult_from, LAST_DAY, roll)
        cycles.append(Cycle(day, person.home, [Step(APPLICANT, day, [Entry(1, None)])]))
    cycles.sort(key=lambda cycle: cycle.day)
    if roll() < shares.DECEASED:
        day = between(max(step.day for cycle in cycles for step in cycle.steps), LAST_DAY, roll)
        cycles.append(Cycle(day, person.home, [Step(DECEASED, day, [Entry(1, None)])]))
    return cycles


# --- arrests and their charges -----------------------------------------------------------------------------


def _episodes(person: Person, roll: Roll) -> list[_Episode]:
    first = _Episode(person.first_arrested, _county(person, roll))
    episodes = [first]
    cannabis, others = shares.PROP_64_CONVICTIONS.draw(roll), shares.OTHER_CONVICTIONS.draw(roll)
    if cannabis == 0:
        first.charges.append(_cannabis_charge(first, roll))
    for number in range(cannabis + others):
        if number > 0 and roll() >= shares.SAME_CYCLE:
            episodes.append(_another_episode(person, roll))
            episode = episodes[-1]
        else:
            episode = episodes[between(0, len(episodes) - 1, roll)]
        charge = _cannabis_charge(episode, roll) if number < cannabis else _other_charge(roll)
        _convict(charge, episode, roll)
        episode.charges.append(charge)
    for episode in episodes:
        for _ in range(shares.DISMISSED_COUNTS.draw(roll)):
            is_cannabis = roll() < shares.CANNABIS_AS_CHARGED
            episode.charges.append(_cannabis_charge(episode, roll) if is_cannabis else _other_charge(roll))
    for _ in range(shares.ARRESTS_ONLY.draw(roll)):
        episode = _another_episode(person, roll)
        episode.goes_to_court = False
        episode.charges.append(_other_charge(roll))
        episodes.append(episode)
    return episodes


def _another_episode(person: Person, roll: Roll) -> _Episode:
    years = shares.YEARS_APART.draw(roll)
    apart = between(days_of_years(years) + 1, days_of_years(years + 2), roll)
    earliest = person.born + days_of_years(14)
    day = person.first_arrested + (-apart if roll() < shares.BEFORE_THE_FIRST else apart)
    return _Episode(min(max(day, earliest), LAST_DAY), _county(person, roll))


def _county(person: Person, roll: Roll) -> shares.Coded:
    return shares.COUNTIES.draw(roll) if roll() < shares.AWAY_FROM_HOME else person.home


def _cannabis_charge(episode: _Episode, roll: Roll) -> Charge:
    offense = cannabis_offense(episode.day, episode.county, roll)
    return Charge(offense, print_offense(offense, roll), _grade(offense, roll), is_cannabis=True)


def _other_charge(roll: Roll) -> Charge:
    offense = OTHER_OFFENSES.draw(roll)
    return Charge(offense, print_offense(offense, roll), _grade(offense, roll))


def _grade(offense: Offense, roll: Roll) -> str:
    if offense.grade != "W":
        return offense.grade
    return "F" if roll() < shares.WOBBLER_IS_FELONY else "M"


def _convict(charge: Charge, episode: _Episode, roll: Roll) -> None:
    charge.is_convicted = True
    if roll() < shares.CONVICTED_OF_ANOTHER:
        # A plea to the offense that was drawn; charged was something else.
        charge.convicted_of = charge.offense
        is_cannabis = roll() < shares.CANNABIS_AS_CHARGED
        charged = (
            cannabis_offense(episode.day, episode.county, roll) if is_cannabis else OTHER_OFFENSES.draw(roll)
        )
        charge.offense, charge.text = charged, print_offense(charged, roll)


# --- from arrest to sentence -------------------------------------------------------------------------------


def _cycle(episode: _Episode, roll: Roll) -> Cycle:
    cycle = Cycle(episode.day, episode.county)
    charges = episode.charges
    court_day = episode.day + between(2, 300, roll)
    if not episode.goes_to_court or court_day > LAST_DAY:
        for charge in charges:
            charge.is_convicted = False
        released = [Entry(n, charge, WITHOUT_COURT.draw(roll)) for n, charge in enumerate(charges, start=1)]
        cycle.steps.append(Step(ARREST, episode.day, released))
        return cycle
    if roll() >= shares.NO_ARREST_STEP:
        arrested_for = [charge for charge in charges if roll() >= shares.ADDED_AT_COURT] or charges
        cycle.steps.append(
            Step(ARREST, episode.day, [Entry(n, c) for n, c in enumerate(arrested_for, start=1)])
        )
    filed = [c for c in charges if c.is_convicted or roll() >= shares.DROPPED_BEFORE_COURT] or charges
    entries = [_disposed(n, charge, roll) for n, charge in zip(_numbers(filed, roll), filed, strict=True)]
    cycle.steps.append(Step(COURT, court_day, entries))
    convictions = [entry for entry in entries if entry.convicted_as]
    if convictions:
        later = _supervision(convictions[0], court_day, roll) + _later_changes(convictions, court_day, roll)
        if later:
            cycle.steps += sorted((step for step in later if step.day <= LAST_DAY), key=lambda step: step.day)
    return cycle


def _numbers(charges: list[Charge], roll: Roll) -> list[int]:
    """The numbers of the counts at court: most often those of the arrest."""
    numbers = list(range(1, len(charges) + 1))
    if roll() < shares.COUNTS_RENUMBERED:
        return numbers[::-1] if len(numbers) > 1 else [2]
    is_two_offenses = len(charges) > 1 and charges[0].offense is not charges[1].offense
    if is_two_offenses and roll() < shares.TWO_OFFENSES_ONE_NUMBER:
        return [1, 1, *numbers[1:-1]]
    return numbers


def _disposed(number: int, charge: Charge, roll: Roll) -> Entry:
    if not charge.is_convicted:
        return Entry(number, charge, NOT_CONVICTED.draw(roll))
    sentence = _sentence(charge.grade, roll)
    chance = roll()
    if chance < shares.RELIEF_IN_CONVICTION:
        disposition = CONVICTED_AND_SET_ASIDE
    elif chance < shares.SENTENCE_IN_CONVICTION:
        places = dict.fromkeys(part.place for part in sentence)
        disposition = f"{CONVICTED}-{'/'.join('PROB' if place == PROBATION else place for place in places)}"
    else:
        disposition = CONVICTED
    return Entry(number, charge, disposition, charge.grade, sentence)


def _sentence(grade: str, roll: Roll) -> tuple[Part, ...]:
    parts: list[Part] = []
    if grade == "F" and roll() < shares.PRISON_FOR_FELONY:
        parts.append(_PRISON.draw(roll))
    elif grade != "I":
        if roll() < shares.PROBATION_PART:
            parts.append(_PROBATION.draw(roll))
        if roll() < shares.JAIL_PART or not parts:
            parts.append(_JAIL.draw(roll))
    if grade == "I" or roll() < shares.FINE_PART:
        parts.append(_FINE)
    if roll() < shares.REPEATED_PART:
        parts.append(parts[-1])
    return tuple(parts)


# --- after the sentence ------------------------------------------------------------------------------------


def _supervision(conviction: Entry, court_day: int, roll: Roll) -> list[Step]:
    steps = []
    reference = [Entry(conviction.number, conviction.charge)]
    places = {part.place for part in conviction.sentence}
    if PROBATION in places:
        if roll() < shares.PROBATION_STEP:
            steps.append(Step(PROBATION, court_day + between(0, 10, roll), reference))
        if roll() < shares.PROBATION_REVOKED:
            revoked = [Entry(conviction.number, conviction.charge, PROBATION_REVOKED)]
            steps.append(Step(COURT, court_day + between(60, 330, roll), revoked))
    if not places.isdisjoint({"JAIL", "PRISON"}) and roll() < shares.CUSTODY_STEP:
        steps.append(Step(CUSTODY, court_day + between(0, 30, roll), reference))
    return steps


def _later_changes(convictions: list[Entry], court_day: int, roll: Roll) -> list[Step]:
    """The court step that undid or changed the convictions of a cycle, if there was one and the law allowed it."""
    change = shares.LATER_CHANGES.draw(roll)
    if change == "none":
        return []
    first = convictions[0]
    charge = first.charge
    assert charge is not None
    offense = charge.convicted_of or charge.offense
    day = court_day + between(days_of_years(1), days_of_years(12), roll)
    if change == "set_aside":
        has_probation = any(part.place == PROBATION for part in first.sentence)
        text = SET_ASIDE_AFTER_PROBATION if has_probation else SET_ASIDE_WITHOUT_PROBATION
        return [Step(COURT, day, [Entry(each.number, each.charge, text) for each in convictions])]
    if change == "dismissed":
        return [Step(COURT, day, [Entry(first.number, charge, DISMISSED_LATER)])]
    if change == "reduced_17b" and offense.grade == "W" and charge.grade == "F":
        return [Step(COURT, day, [Entry(first.number, charge, REDUCED_17B, "M")])]
    if change == "resentenced" and charge.grade != "I":
        entry = Entry(first.number, charge, RESENTENCED, charge.grade, _sentence(charge.grade, roll))
        return [Step(COURT, day, [entry])]
    if change == "resentenced_1170_18" and offense.section in _PROP_47_SECTIONS and charge.grade == "F":
        entry = Entry(first.number, charge, RESENTENCED_1170_18, "M", _sentence("M", roll))
        day = max(day, _PROP_47_FROM + between(1, 1000, roll))
        return [Step(COURT, day, [entry])]
    if change == "relieved_11361_8" and charge.is_cannabis and court_day < _PROP_64_FROM:
        is_reduced = charge.grade == "F" and roll() < shares.REDUCED_BY_PETITION
        text, grade = (REDUCED_11361_8, "M") if is_reduced else (DISMISSED_11361_8, "")
        day = max(day, _PROP_64_FROM + between(1, 800, roll))
        return [Step(COURT, day, [Entry(first.number, charge, text, grade)])]
    return []


def _registrations(person: Person, episodes: list[_Episode], cycles: list[Cycle], roll: Roll) -> list[Cycle]:
    due = [
        cycle.steps[-1].day
        for episode, cycle in zip(episodes, cycles, strict=True)
        if any(c.is_convicted and (c.convicted_of or c.offense).is_registrable for c in episode.charges)
    ]
    offense, day = None, person.first_arrested
    if due and roll() < shares.REGISTERED_AS_DUE:
        offense, day = REGISTRATIONS.draw(roll), due[0]
    else:
        chance = roll()
        if chance < shares.REGISTERED_WITHOUT_ONE:
            offense = REGISTRATIONS.draw(roll)
        elif chance > 1 - shares.REGISTERED_FOR_NARCOTICS:
            offense = NARCOTICS_REGISTRATION
    day += between(1, 400, roll)
    if offense is None or day > LAST_DAY:
        return []
    registered = Charge(offense, Print(offense.printed), offense.grade)
    return [Cycle(day, person.home, [Step(REGISTRATION, day, [Entry(1, registered)])])]
