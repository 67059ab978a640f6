"""Random people for the tests of the evaluators: rows of `clear_record.law.person`, whole and of the right types.

What is random is only which of several options is chosen, so that one generator serves hypothesis (`people`), which shrinks,
and a seed (`random_people`), which makes thousands at once. The options lean to what the law turns on: its sections, strikes,
registrable offenses, boundary days, and all that can be unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from clear_record.law.dates import years_after
from clear_record.law.offenses import parse_california, parse_offense
from clear_record.law.person import blank_row
from clear_record.law.statutes import STATES
from clear_record.law.vocabulary import FACTS, VOCABULARY, Absence, Entry, Type

Option = TypeVar("Option")
Choose = Callable[[Sequence[Any]], Any]
Rows = list[dict[str, Any]]

PROP_64 = (
    *(
        "11357(A) HS",
        "11357(B) HS",
        "11357(C) HS",
        "11357(D) HS",
        "11357 HS",
        "11358 HS",
        "11358 HS",
        "11359 HS",
        "11359 HS",
    ),
    *(
        "11360(A) HS",
        "11360(A) HS",
        "11360(B) HS",
        "11360 HS",
        "664/11359 HS",
        "182(A)(1)/11359 PC",
        "11530 HS",
        "11357.5 HS",
    ),
)
BARS = (
    *(
        "187(A) PC",
        "664/187(A) PC",
        "209(B)(1) PC",
        "191.5(A) PC",
        "192(A) PC",
        "288(A) PC",
        "288(C)(1) PC",
        "288A PC",
    ),
    *(
        "261 PC",
        "261.5 PC",
        "286(C)(1) PC",
        "314.1 PC",
        "653F(B) PC",
        "653F(C) PC",
        "272 PC",
        "245(A)(1) PC",
        "245 PC",
    ),
    *("207(A) PC", "220(A)(1) PC", "664/288(A) PC", "182/187 PC", "266H(A) PC", "286 PC", "215 PC"),
)
OTHER = (
    *(
        "459 PC",
        "484 PC",
        "537 PC",
        "11350 HS",
        "23152(A) VC",
        "SEE COMMENT FOR CHARGE",
        "11357 11358 HS",
        "ZZZ",
        None,
    ),
    "11359 PC",
)
# Offenses of tests/packs/us_zz/older_offenses.
OLDER_OFFENSES = (
    "11364 HS",
    "11364 HS",
    "11365 HS",
    "11366 HS",
    "211 PC",
    "187(A) PC",
    "664/211 PC",
    "21453 VC",
    "11364.5 HS",
)

BOUNDARY_DAYS = (
    *(
        date(1990, 5, 1),
        date(1999, 3, 31),
        date(2005, 8, 15),
        date(2008, 2, 29),
        date(2011, 1, 1),
        date(2014, 3, 14),
    ),
    *(
        date(2016, 11, 8),
        date(2016, 11, 9),
        date(2016, 11, 10),
        date(2016, 1, 1),
        date(2015, 12, 31),
        date(1976, 1, 1),
    ),
    *(date(1975, 12, 31), date(2019, 12, 31), date(2020, 1, 1), date(2004, 2, 29)),
)
AS_OF_DAYS = (
    *(
        date(2020, 7, 1),
        date(2020, 7, 1),
        date(2016, 11, 8),
        date(2016, 11, 9),
        date(2021, 1, 1),
        date(2021, 6, 30),
    ),
    *(date(2021, 7, 1), date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29)),
)
OTHER_STATES = {
    "PA": ("18 3929", "18 3929(a)", "18 2709 M1", "35 780(a)(16)", "3929"),
    "MN": ("169A.20", "169A.27", "609.52 MISD", "152.025"),
    "NJ": ("2C:35-10(a)(4)", "2C:35-10", "2C:35-10.5", "2C:5-1/2C:35-10", "2C:11-3"),
    "NY": ("PL 221.10", "PL 221.05(1)", "VTL 1192", None),
    "IL": ("720 ILCS 550/4", "720 ILCS 550/4(a)", "720 ILCS 5/9-1"),
}
# Kinds of records of which a source may have been loaded.
SOURCES = ("pending_charge", "fact:conduct", "fact:knew_minor")
_FACT_VALUES: dict[str, tuple[Any, ...]] = {
    "cannabis_g": (5.0, 28.0, 28.5, 28.6, 2268.0),
    "concentrate_g": (3.0, 4.0, 4.5, 8.0, 8.1),
    "plants": (1.0, 5.0, 6.0, 7.0, 40.0),
    "conduct": ("sale", "gift", "import", "transport"),
    "env_violation": ("FGC 5650",),
    "cannabis_oz": (1.0, 2.0, 2.1),
    "substance": ("marijuana", "hashish"),
    "max_penalty_years": (0.25, 1.0, 4.0, 8.0),
    "max_penalty_days": (90.0, 93.0, 365.0),
    "sentence_years": (0.5, 1.0, 3.0, 16.0),
    "granted_felony_set_asides": (0.0, 1.0, 2.0),
    "granted_misdemeanor_set_asides": (0.0, 1.0, 3.0),
    "charge_outcome": ("dismissed", "acquitted", "diverted"),
    "relief_granted": ("1203.4", "851.91"),
}
_AGES = (16.0, 17.0, 18.0, 20.0, 21.0, 30.0)


@dataclass(frozen=True, slots=True)
class World:
    """What people of a pack are made of: their state, the printed offenses of charges, and where else they were charged."""

    state: str
    offenses: tuple[str | None, ...]
    elsewhere: tuple["World", ...] = ()


CALIFORNIA = World("CA", (*PROP_64, *PROP_64, *BARS, *OTHER))
INVENTED_STATE = World("ZZ", (*OLDER_OFFENSES, *OLDER_OFFENSES, *OTHER))
ALL_STATES = replace(CALIFORNIA, elsewhere=tuple(World(*each) for each in OTHER_STATES.items()))


def random_people(
    count: int, seed: int, world: World = CALIFORNIA, as_of: date | None = None
) -> list[tuple[Rows, date]]:
    """So many people and the day for which each is decided; ids of persons and charges are their own."""
    random = Random(seed)
    return [person(random.choice, world, str(number), as_of) for number in range(count)]


def people(world: World = CALIFORNIA, as_of: date | None = None) -> st.SearchStrategy[tuple[Rows, date]]:
    """A person's rows and the day for which they are decided."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Rows, date]:
        return person(lambda options: draw(st.sampled_from(options)), world, "0", as_of)

    return drawn()


def person(choose: Choose, world: World, name: str, as_of: date | None = None) -> tuple[Rows, date]:
    """A person's rows; `choose` takes one of several options."""
    as_of = as_of or choose(AS_OF_DAYS)
    is_clean = choose((True, False))
    birth = choose(
        (None, date(1985, 6, 15), date(1996, 2, 29), date(1998, 11, 9), _some_day(choose, 1940, 2000))
    )
    turning_points = [
        *BOUNDARY_DAYS,
        *_around(as_of),
        *_around(years_after(as_of, -10)),
        *_around(years_after(as_of, -7)),
    ]
    if birth is not None:
        turning_points += [*_around(years_after(birth, 18)), *_around(years_after(birth, 21))]
    of_person = {
        "subject_id": f"person-{name}",
        **_ends("birth", _widened(choose, is_clean, birth)),
        **_event(choose, is_clean, "deceased", turning_points, 8),
        **_event(choose, is_clean, "registered", turning_points, 5),
        "is_held": not is_clean and choose((False,) * 6 + (True,)),
        "is_crowded": not is_clean and choose((False,) * 9 + (True,)),
        **_facts(choose, is_clean, turning_points, of_person=True),
    }
    count = choose((1, 1, 2, 2, 3, 4, 6))
    rows = [
        {
            **_charge(choose, is_clean, world, f"{name}-{number}", turning_points),
            **of_person,
            **_sources_of_person(choose, of_person),
        }
        for number in range(count)
    ]
    return rows, as_of


def _sources_of_person(choose: Choose, of_person: dict[str, Any]) -> dict[str, Any]:
    """Whether a fact of the person is absent, which the sources of one state can say and those of another not."""
    columns = [fact.columns[1] for fact in FACTS if fact.is_of_person]
    return {column: choose((True, None)) for column in columns if of_person[column] is True}


def _charge(
    choose: Choose, is_clean: bool, world: World, charge_id: str, turning_points: list[date]
) -> dict[str, Any]:
    if world.elsewhere:
        world = choose((world,) * 4 + world.elsewhere)
    kind = choose(("conviction",) * 8 + ("adjudication", "charge", "arrest"))
    is_convicted = kind in ("conviction", "adjudication")
    person_name = charge_id.partition("-")[0]
    return {
        **blank_row(),
        "charge_id": charge_id,
        "case_id": choose((None, f"case-{person_name}-1", f"case-{person_name}-2", f"case-{person_name}-3")),
        "cycle_id": choose((f"cycle-{person_name}-1", f"cycle-{person_name}-2")),
        "kind": kind,
        "state": world.state if is_clean else choose((world.state,) * 8 + ("NV", None)),
        "county": choose(("LOS ANGELES", "LOS ANGELES", "YOLO", None)),
        **_offense(choose, "offense", world),
        **_offense(choose, "charged", world),
        "grade": choose(("F", "F", "F", "M", "M", "I", "F" if is_clean else None)),
        "grade_is_in_conflict": choose((False, False, True, None)),
        "grade_after": choose((None, "M", "F", "I")),
        **_ends("offense", _widened(choose, is_clean, choose(turning_points))),
        **_ends("arrest", _widened(choose, is_clean, choose(turning_points))),
        **_ends("charged", _widened(choose, is_clean, choose(turning_points))),
        **_ends("disposed", _widened(choose, is_clean, choose(turning_points))),
        **_ends(
            "convicted", _widened(choose, is_clean, choose(turning_points)) if is_convicted else (None, None)
        ),
        **_event(choose, is_clean, "dismissed", turning_points, 8),
        **_event(choose, is_clean, "set_aside", turning_points, 6),
        "set_aside_under": choose((None, "1203.4", "1203.4a")),
        **_event(choose, is_clean, "reduced", turning_points, 4),
        **_event(choose, is_clean, "resentenced", turning_points, 8),
        **_ends("sentence_ends", _widened(choose, is_clean, choose(turning_points))),
        **_ends("supervision_ends", _widened(choose, is_clean, choose(turning_points))),
        **_event(choose, is_clean, "supervision_revoked", turning_points, 6),
        "sentence_has_prison": choose((False, True, None)),
        "sentence_has_jail": choose((False, True, None)),
        "sentence_has_probation": choose((False, True, None)),
        "is_understood": is_clean or choose((True,) * 6 + (False,)),
        **_facts(choose, is_clean, turning_points, of_person=False),
    }


def _offense(choose: Choose, prefix: str, world: World) -> dict[str, Any]:
    printed = choose(world.offenses)
    # The invented state prints its statutes as California does.
    offense = parse_offense(printed, world.state) if world.state in STATES else parse_california(printed)
    if offense is None:
        return {f"{prefix}_raw": printed, f"{prefix}_is_readable": choose((False, None))}
    return {
        f"{prefix}_code": offense.code,
        f"{prefix}_section": offense.section,
        f"{prefix}_subdivisions": offense.subdivisions,
        f"{prefix}_attempt": offense.attempt,
        f"{prefix}_conspiracy": offense.conspiracy,
        f"{prefix}_is_readable": offense.readable,
        f"{prefix}_raw": printed,
    }


def _facts(choose: Choose, is_clean: bool, turning_points: list[date], *, of_person: bool) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for fact in FACTS:
        if fact.is_of_person != of_person:
            continue
        if fact.type is Type.DATE:
            day = choose((None, choose(turning_points)))
            at_any_time = fact.is_event and day is None and not is_clean and choose((True, False))
            ends = (date.min, None) if at_any_time else _widened(choose, is_clean, day)
            columns |= zip(fact.columns, ends, strict=True)
            continue
        options = (True, False) if fact.type is Type.BOOLEAN else _FACT_VALUES.get(fact.short_name, _AGES)
        value = choose((None, None, *options))
        columns[fact.columns[0]] = value
        if fact.absence is Absence.NONE:
            # Nothing recorded: none where the source was loaded, else unknown. A recorded one may be of unknown value.
            columns[fact.columns[1]] = value is None and (is_clean or choose((True, None, False)))
    return columns


def with_sources(choose: Choose, rows: Rows) -> Rows:
    """The rows with `covered`: the kinds of records that were loaded for the state of each."""
    loaded: dict[str | None, tuple[str, ...]] = {}
    for row in rows:
        if row["state"] not in loaded:
            loaded[row["state"]] = tuple(kind for kind in SOURCES if choose((True, False)))
    return [{**row, "covered": loaded[row["state"]]} for row in rows]


def contradicting(choose: Choose, rows: Rows) -> Rows:
    """The rows with a day of one of them that ends before it begins, as two sources that contradict each other give it."""
    at = choose(range(len(rows)))
    entry = choose([entry for entry in VOCABULARY.values() if entry.type is Type.DATE])
    ends = dict(zip(entry.columns, (date(2016, 11, 9), date(2011, 1, 1)), strict=True))
    return [{**row, **ends} if entry.is_of_person or number == at else row for number, row in enumerate(rows)]


def filled_in(choose: Choose, rows: Rows) -> Rows | None:
    """The same person with one thing that was unknown now known, in one of the ways that were open; None if nothing was."""
    unknown = [
        (at, entry)
        for entry in VOCABULARY.values()
        for at, row in enumerate(rows)
        if _is_open(row, entry) and (not entry.is_of_person or all(_is_open(each, entry) for each in rows))
    ]
    if not unknown:
        return None
    at, entry = choose(unknown)
    known = _known(choose, rows, rows[at], entry)
    is_of_person = entry.scope == "subject"
    return [{**row, **known} if is_of_person or number == at else row for number, row in enumerate(rows)]


def _is_open(row: dict[str, Any], entry: Entry) -> bool:
    first, *others = [row[column] for column in entry.columns]
    if entry.type is Type.DATE:
        is_absent = entry.is_event and first is None and others[0] is None
        return not is_absent and (first is None or first != others[0])
    if entry.type is Type.OFFENSE:
        return False
    if entry.absence is Absence.NONE:
        return first is None and others[0] is not True
    return first is None and not others


def _known(choose: Choose, rows: Rows, row: dict[str, Any], entry: Entry) -> dict[str, Any]:
    first, *others = [row[column] for column in entry.columns]
    if entry.type is Type.DATE:
        latest = others[0] or date(2030, 1, 1)
        earliest = first or years_after(latest, -30)
        return dict.fromkeys(entry.columns, choose((earliest, latest, earliest + (latest - earliest) / 2)))
    if others and others[0] is None and choose((True, False)):
        return {entry.columns[1]: True}
    options = values_of(entry)
    if entry.name == "charge.case_id":
        # A charge whose case was not known may belong to a case of the person's, or to one of its own.
        options = [each[entry.columns[0]] or "case-of-its-own" for each in rows]
    known = {entry.columns[0]: choose(options)}
    return {**known, entry.columns[1]: False} if others else known


def values_of(entry: Entry) -> Sequence[Any]:
    """Values that a boolean, a number or a code can have in a record; the laws of tests turn on them, too."""
    name = entry.short_name.removeprefix("charged_")
    return _VALUES[name] if name in _VALUES else _BY_TYPE[entry.type]


_VALUES: Mapping[str, Sequence[Any]] = {
    "charge_id": ("0-0", "0-1"),
    "case_id": ("case-0-1", "case-0-2"),
    "cycle_id": ("cycle-0-1", "cycle-0-2"),
    "kind": ("conviction", "adjudication", "charge", "arrest"),
    "state": ("CA", "ZZ", "NV", "PA"),
    "county": ("YOLO", "LOS ANGELES"),
    "grade": ("F", "M", "I"),
    "grade_after": ("F", "M", "I"),
    "set_aside_under": ("1203.4", "1203.4a"),
    "offense.code": ("HS", "PC", "PA"),
    "offense.section": ("11357", "11359", "187"),
    "offense.subdivisions": ("", "(a)", "(b)"),
    **_FACT_VALUES,
}
_BY_TYPE: Mapping[Type, Sequence[Any]] = {Type.BOOLEAN: (True, False), Type.NUMBER: _AGES}


def _around(day: date) -> tuple[date, date, date]:
    return day - timedelta(days=1), day, day + timedelta(days=1)


def _some_day(choose: Choose, first_year: int, last_year: int) -> date:
    year = choose(range(first_year, last_year + 1))
    return date(year, 1, 1) + timedelta(days=choose(range(365)))


def _event(
    choose: Choose, is_clean: bool, name: str, turning_points: list[date], rarity: int
) -> dict[str, Any]:
    has_happened = choose((False,) * rarity + (True, True))
    return _ends(name, _widened(choose, is_clean, choose(turning_points)) if has_happened else (None, None))


def _widened(choose: Choose, is_clean: bool, day: date | None) -> tuple[date | None, date | None]:
    """A day as it may be recorded: exactly, as its month or year, with an open end, or not at all."""
    precision = "day" if is_clean else choose(("day",) * 7 + ("month", "year", "from", "until", "nothing"))
    if day is None or precision == "nothing":
        return None, None
    if precision == "month":
        return day.replace(day=1), day.replace(day=28)
    if precision == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    return (None if precision == "until" else day), (None if precision == "from" else day)


def _ends(name: str, interval: tuple[date | None, date | None]) -> dict[str, date | None]:
    return {f"{name}_earliest": interval[0], f"{name}_latest": interval[1]}
