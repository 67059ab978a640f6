"""Which ids are one person on a day, asked of one person: what `clear_record.decide.links` says of all of them on Spark."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

Link = Mapping[str, Any]

# Where a pair has several links that began on one day, the careful one holds.
_CAREFUL_FIRST = ("unknown", "conflict", "split", "merge")


@dataclass(frozen=True, slots=True)
class Linked:
    """The id that stays, all ids that stand for the same person, and those of them that may be somebody else, too."""

    person_id: str
    ids: frozenset[str]
    in_conflict: frozenset[str]


def linked(subject_id: str, links_of: Callable[[Collection[str]], Iterable[Link]], day: date) -> Linked:
    """The person of an id on a day; `links_of` gives the rows of `subject_link` that name one of these ids on either side."""
    ids = {subject_id}
    while True:
        holding = list(_holding(links_of(ids), day))
        merges = [each for each in holding if each["kind"] == "merge"]
        found = ids | {id for each in merges for id in _sides(each)}
        if found == ids:
            break
        ids = found
    joined = {each["linked_subject_id"] for each in merges}
    open_ones = [each for each in holding if each["kind"] in ("conflict", "unknown")]
    return Linked(
        # The ids that stay come before those that were joined to others.
        person_id=min(ids, key=lambda each: (each in joined, each)),
        ids=frozenset(ids),
        in_conflict=frozenset(id for each in open_ones for id in _sides(each)) & ids,
    )


def _holding(links: Iterable[Link], day: date) -> Iterator[Link]:
    """For each pair of ids the link that holds on a day: of those that began, the last."""
    of_pairs: dict[tuple[str, ...], Link] = {}
    for link in sorted(links, key=_latest_first):
        if link["linked_from"] is None or link["linked_from"] <= day:
            of_pairs.setdefault(tuple(sorted(_sides(link))), link)
    return (each for each in of_pairs.values() if each["linked_until"] is None or day < each["linked_until"])


def _latest_first(link: Link) -> tuple[int, int, date, str]:
    """The order in which links of a pair hold; one of an open day began before all others."""
    begun = link["linked_from"] or date.min
    return (
        -begun.toordinal(),
        _CAREFUL_FIRST.index(link["kind"]),
        link["linked_until"] or date.max,
        link["subject_id"],
    )


def _sides(link: Link) -> tuple[str, str]:
    return link["subject_id"], link["linked_subject_id"]
