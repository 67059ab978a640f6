"""A lake that grows night by night: deliveries that add, correct and withdraw records of families at random, links and settled facts.

People of different families never meet, so each family is a history of its own, and one run decides all of them at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from clear_record.law.vocabulary import Entry, Type
from clear_record.tables import CHARGE
from tests.lakes import write_rows
from tests.strategies import World, person

Row = dict[str, Any]
TABLES = (
    "charge", "subject", "registration", "reject", "fact", "subject_link", "coverage", "withdrawal", "settlement", "salt", "delivery",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """What a state can say of one thing: the table, the id by which it is withdrawn, and its row without where it came from."""

    table: str
    id: str
    row: Row


@dataclass
class Family:
    """A few ids that may be one person, what is known of them by (table, id) with the delivery that says so, and what may yet be said."""

    ids: Sequence[str]
    ahead: list[Record]
    known: dict[tuple[str, str], tuple[str, Record]] = field(default_factory=dict)


class Nights:
    """The lake under `root`, and the families of whom it is told; `facts` are those that records and settlements tell."""

    def __init__(
        self,
        root: Path,
        worlds: Sequence[World],
        families: int,
        seed: int,
        first_day: date,
        facts: Sequence[Entry],
    ) -> None:
        self.root, self.random, self.day = root, Random(seed), first_day
        self.night, self.facts = 0, facts
        self.families = [self._family(f"{number:04d}", worlds) for number in range(families)]
        salts = [
            {"subject_id": id, "salt": f"{self.random.getrandbits(256):064x}"}
            for family in self.families
            for id in family.ids
        ]
        self._write({"salt": salts, "coverage": self._coverage(worlds)})

    def _family(self, name: str, worlds: Sequence[World]) -> Family:
        choose = self.random.choice
        ids = [f"{name}-{letter}" for letter in "abc"[: choose((1, 1, 2, 3))]]
        ahead = []
        for id in ids:
            rows, _ = person(choose, choose(worlds), id.replace("-", ""), self.day)
            ahead += records_of(id, rows, self.facts)
        self.random.shuffle(ahead)
        if choose((True, False)):
            # What is rare comes late, and so alone.
            ahead.sort(key=lambda each: each.table != "registration")
        return Family(ids, ahead)

    def _coverage(self, worlds: Sequence[World]) -> list[Row]:
        kinds = ("charge", "registration", "pending_charge", "fact:conduct", "fact:knew_minor")
        return [
            {"record_kind": kind, "jurisdiction": world.state, "delivery_id": "night-0", "source": "s"}
            for kind in kinds
            for world in worlds
            if self.random.random() < 0.7
        ]

    def pass_night(self, days: int, share: float = 0.7) -> None:
        """Something happens to a share of the families, and so many days go by."""
        delivery_id = f"night-{self.night}"
        rows: dict[str, list[Row]] = {name: [] for name in TABLES}
        for family in self.families:
            if self.night == 0 or self.random.random() < share:
                for name, row in self._happens(family, delivery_id):
                    rows[name].append(row)
        rows["delivery"].append(
            {"delivery_id": delivery_id, "row_sha256": delivery_id, "received_on": self.day}
        )
        self._write(rows)
        self.night += 1
        self.day += timedelta(days=days)

    def _write(self, rows: Mapping[str, Iterable[Row]]) -> None:
        for name in TABLES:
            given = list(rows.get(name, ()))
            if given or not (self.root / name).exists():
                write_rows(self.root, name, given)

    def _happens(self, family: Family, delivery_id: str) -> Iterator[tuple[str, Row]]:
        random, choose = self.random, self.random.choice
        # The first delivery brings most of it.
        count = len(family.ahead) * 4 // 5 + 1 if self.night == 0 else choose((0, 0, 1))
        for _ in range(min(count, len(family.ahead))):
            yield from self._say(family, family.ahead.pop(), delivery_id)
        if self.night == 0:
            return
        what = choose(
            ("correct", "correct", "take back", "gone", "hold", "link", "link", "settle", "nothing")
        )
        if what == "correct" and family.known:
            table = choose([*dict.fromkeys(table for table, _ in family.known)])
            known = [each for _, each in family.known.values() if each.table == table]
            record = self._other_content(choose(known), family)
            yield from self._say(family, record, delivery_id)
        elif what == "take back" and family.known:
            yield from self._withdraw(family, choose([*family.known]), delivery_id, "gone")
        elif what == "gone":
            id = choose(family.ids)
            for key in [key for key, (_, each) in family.known.items() if each.row["subject_id"] == id]:
                yield from self._withdraw(family, key, delivery_id, "gone")
        elif what == "hold":
            row = {"subject_id": choose(family.ids), "code": "Q010"}
            yield from self._say(family, Record("reject", row["subject_id"], row), delivery_id)
        elif what == "link" and len(family.ids) > 1:
            row = self._link(family.ids)
            yield from self._say(family, Record("subject_link", row["subject_id"], row), delivery_id)
        elif what == "settle":
            charges = [each.row for (table, _), (_, each) in family.known.items() if table == "charge"]
            if charges:
                yield "settlement", _settlement(random, choose(charges), self.night, self.facts)

    def _say(self, family: Family, record: Record, delivery_id: str) -> Iterator[tuple[str, Row]]:
        """A record, in place of what was known under its id."""
        key = (record.table, record.id)
        if key in family.known:
            if family.known[key][0] == delivery_id:
                return
            yield from self._withdraw(family, key, delivery_id, "corrected")
        family.known[key] = (delivery_id, record)
        yield record.table, {**record.row, "delivery_id": delivery_id, "file": 1, "line": 1}

    def _withdraw(
        self, family: Family, key: tuple[str, str], delivery_id: str, kind: str
    ) -> Iterator[tuple[str, Row]]:
        came_with, record = family.known[key]
        # A delivery takes nothing back that it says itself.
        if came_with == delivery_id:
            return
        del family.known[key]
        yield (
            "withdrawal",
            {
                "delivery_id": delivery_id,
                "subject_id": record.row["subject_id"],
                "charge_id": record.row.get("charge_id"),
                "table_name": record.table,
                "record_id": record.id,
                "withdrawn_delivery_id": came_with,
                "kind": kind,
            },
        )

    def _other_content(self, record: Record, family: Family) -> Record:
        """The same record with what another person's says, now and then of another id of the family."""
        choose = self.random.choice
        id = choose((record.row["subject_id"], record.row["subject_id"], *family.ids))
        if record.table == "subject_link":
            return Record(record.table, record.id, {**self._link(family.ids), "subject_id": record.id})
        if record.table in ("subject", "reject"):
            id = record.row["subject_id"]
        rows, _ = person(choose, World("CA", ("11359 HS", "11357(A) HS", "459 PC")), "x", self.day)
        others = [each for each in records_of(id, rows, self.facts) if each.table == record.table]
        if not others:
            return record
        keep: Row = {name: record.row[name] for name in ("charge_id", "registration_id", "fact_id", "cycle_id", "case_id", "state")
                if name in record.row}  # fmt: skip
        return Record(record.table, record.id, {**choose(others).row, **keep})

    def _link(self, ids: Sequence[str]) -> Row:
        choose = self.random.choice
        one, other = self.random.sample(ids, 2)
        days = (None, self.day - timedelta(days=9), self.day, self.day + timedelta(days=20))
        return {
            "subject_id": one,
            "linked_subject_id": other,
            "kind": choose(("merge", "merge", "merge", "split", "conflict")),
            "linked_from": choose(days),
            "linked_until": choose((None, None, self.day + timedelta(days=60))),
        }


def records_of(subject_id: str, rows: Sequence[Row], facts: Sequence[Entry]) -> list[Record]:
    """The records of which a person's rows (as an evaluator sees them) could have been gathered."""
    of_person = {"subject_id": subject_id}
    first = rows[0]
    found = [
        Record("subject", subject_id, {**of_person, **_ends(first, "birth"), **_ends(first, "deceased")})
    ]
    duty = _ends(first, "registered", "registered_from")
    if any(duty.values()):
        id = f"{subject_id}-duty"
        found.append(
            Record("registration", id, {**of_person, "registration_id": id, "kind": "sex_offender", **duty})
        )
    if first["is_held"]:
        found.append(Record("reject", subject_id, {**of_person, "code": "Q010"}))
    for row in rows:
        charge = {column.name: row.get(column.name) for column in CHARGE.columns}
        found.append(Record("charge", row["charge_id"], {**charge, **of_person}))
        for fact in facts:
            printed = _printed(fact, row)
            if printed is not None and not (fact.is_of_person and row is not first):
                id = f"{row['charge_id']}-{fact.short_name}"
                charge_id = None if fact.is_of_person else row["charge_id"]
                said = {"fact_id": id, "charge_id": charge_id, "name": fact.short_name, "value": printed}
                found.append(Record("fact", id, {**of_person, **said, "source": "s"}))
    return found


def _ends(row: Mapping[str, Any], name: str, named: str | None = None) -> Row:
    return {f"{named or name}_{end}": row[f"{name}_{end}"] for end in ("earliest", "latest")}


def _printed(fact: Entry, row: Mapping[str, Any]) -> str | None:
    if fact.type is Type.DATE:
        low, high = (row[name] for name in fact.columns)
        return None if low in (None, date.min) and high is None else f"{low or ''}..{high or ''}"
    value = row[fact.columns[0]]
    return None if value is None else str(value).lower() if fact.type is not Type.CODE else value


def _settlement(random: Random, charge: Row, night: int, facts: Sequence[Entry]) -> Row:
    values: Mapping[Type, Sequence[Any]] = {
        Type.BOOLEAN: ("true", "false"),
        Type.NUMBER: ("1", "30"),
        Type.CODE: ("sale",),
        Type.DATE: ("2016-11-09",),
    }
    fact = random.choice([each for each in facts if not each.is_of_person])
    return {
        "settlement_id": f"{random.getrandbits(128):032x}",
        "charge_id": charge["charge_id"],
        "subject_id": charge["subject_id"],
        "name": fact.short_name,
        "value": random.choice((None, *values[fact.type])),
        "position": night * 10000 + random.randrange(10000),
    }
