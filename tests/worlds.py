"""People of each state, made of what its packs turn on: the statutes of their lists, the grades that they name, the days on which they change."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from clear_record.law.expressions import Compare, In, Literal, Name, walk
from clear_record.law.pack import Pack
from tests.strategies import BARS, OTHER, PROP_64, Rows, World, person, with_sources

_LATEST_DAY = date(2026, 11, 26)


@dataclass(frozen=True, slots=True)
class StateWorld:
    """A state's world, the grades of its law, and days for which to decide."""

    world: World
    grades: tuple[str, ...]
    days: tuple[date, ...]


def world_of(packs: Sequence[Pack]) -> StateWorld:
    """The world of the packs of one state."""
    (state,) = {pack.name[3:5].upper() for pack in packs}
    listed = dict.fromkeys(
        entry.statute for pack in packs for each in pack.lists.values() for entry in each.entries
    )
    printed = [each for statute in listed if (each := _printed(statute, state)) is not None]
    own = (*PROP_64, *BARS, *OTHER) if state == "CA" else ("no statute at all", None)
    grades = dict.fromkeys(code for pack in packs for code in _grades(pack))
    changes = {day for pack in packs for day in pack.changing_days}
    around = {day + timedelta(days=by) for day in changes for by in (-1, 0)} | {_LATEST_DAY}
    return StateWorld(World(state, (*printed, *own)), tuple(grades) or ("F", "M"), tuple(sorted(around)))


def crowd(worlds: Sequence[StateWorld], count: int, seed: int) -> list[tuple[Rows, date]]:
    """So many people of each state, and the day for which each is decided."""
    random = Random(seed)
    return [
        (with_sources(random.choice, _graded(rows, each, random)), as_of)
        for each in worlds
        for number in range(count)
        for rows, as_of in [
            person(random.choice, each.world, f"{each.world.state}-{number}", random.choice(each.days))
        ]
    ]


def _graded(rows: Rows, world: StateWorld, random: Random) -> Rows:
    """The rows with grades of the state, where it graded them."""
    return [
        {**row, **{name: random.choice(world.grades) for name in ("grade", "grade_after") if row[name]}}
        for row in rows
    ]


def _printed(statute: str, state: str) -> str | None:
    """A statute of a list as a record prints it; None where it is of another state, or prints in another way."""
    if state == "CA":
        found = re.fullmatch(r"([A-Z]{2}) ([0-9.]+[a-z]*)((?:\([a-z0-9]+\))*)", statute)
        return f"{found[2]}{found[3]} {found[1]}".upper() if found else None
    of_state = statute.removeprefix(f"{state} ")
    return None if of_state == statute else of_state.replace("*", "1")


def _grades(pack: Pack) -> Iterable[str]:
    """The grades that a pack names, itself or in a parameter."""
    for node in (node for each in (*pack.expressions, *pack.asked_of_history) for node in walk(each)):
        match node:
            case In(item=Name(name="grade"), options=tuple() as options):
                yield from (str(each.value) for each in options)
            case In(item=Name(name="grade"), options=Name(scope="parameters", name=name)):
                for each in pack.parameters[name].values:
                    yield from each.value if isinstance(each.value, tuple) else ()
            case Compare(left=Name(name="grade"), right=Literal(value=str() as grade)):
                yield grade
