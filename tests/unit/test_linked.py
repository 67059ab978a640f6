"""Which ids are one person, asked of one person: the rules of tests/spark/test_links.py, and what a search that follows links adds."""

from collections.abc import Collection
from datetime import date
from typing import Any

import pytest

from clear_record.audit.linked import linked

LINKS = (
    ("A", "B", "merge", date(2020, 1, 1), None),
    ("B", "C", "merge", date(2021, 1, 1), None),
    # The state took back, on a day, what it had said.
    ("D", "E", "merge", date(2020, 1, 1), None),
    ("D", "E", "split", date(2021, 6, 1), None),
    ("F", "G", "merge", None, date(2021, 6, 1)),
    ("H", "I", "conflict", date(2020, 1, 1), date(2022, 1, 1)),
    # Of two things said on one day the careful one holds; in whatever order the pair is written.
    ("L", "M", "merge", date(2020, 1, 1), None),
    ("M", "L", "conflict", date(2020, 1, 1), None),
    # What is open about one id of a person is open about the person.
    ("C", "N", "unknown", None, None),
    # The id that stays comes first, though another one would by its letters.
    ("Z", "P", "merge", date(2020, 1, 1), None),
)
COLUMNS = ("subject_id", "linked_subject_id", "kind", "linked_from", "linked_until")


def links_of(ids: Collection[str]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, each, strict=True)) for each in LINKS if set(each[:2]) & set(ids)]


@pytest.mark.parametrize(
    ("id", "day", "person", "ids", "in_conflict"),
    [
        ("B", "2019-12-31", "B", "B", ""),
        ("B", "2020-12-31", "A", "AB", ""),
        ("C", "2021-01-01", "A", "ABC", "C"),
        ("A", "2021-01-01", "A", "ABC", "C"),
        ("E", "2021-05-31", "D", "DE", ""),
        ("E", "2021-06-01", "E", "E", ""),
        ("G", "2021-05-31", "F", "FG", ""),
        ("G", "2021-06-01", "G", "G", ""),
        ("I", "2021-12-31", "I", "I", "I"),
        ("I", "2022-01-01", "I", "I", ""),
        ("L", "2020-01-01", "L", "L", "L"),
        ("P", "2020-01-01", "Z", "PZ", ""),
        ("X", "2020-01-01", "X", "X", ""),
    ],
)
def test_the_person_of_an_id_on_a_day(id: str, day: str, person: str, ids: str, in_conflict: str) -> None:
    found = linked(id, links_of, date.fromisoformat(day))
    assert (found.person_id, found.ids, found.in_conflict) == (
        person,
        frozenset(ids),
        frozenset(in_conflict),
    )
