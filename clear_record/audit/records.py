"""The records of one person as a run read them: what `clear_record.decide.gather` brings together for all, for one and without Spark."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, reduce
from typing import Any

from duckdb import ColumnExpression, ConstantExpression, DuckDBPyRelation, Expression, FunctionExpression

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.linked import Linked, linked
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.errors import NotReproducible
from clear_record.law.pack import Pack
from clear_record.law.person import MOST_CHARGES
from clear_record.law.vocabulary import FACTS, Absence, Entry, Type
from clear_record.withdrawals import RECORDS_OF, is_withdrawn

Record = dict[str, Any]

# What Spark reads as a boolean.
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


@dataclass(frozen=True, slots=True)
class Person:
    """A person on the day of a run: the gathered rows, one a charge, by charge_id; the rejected rows that hold the person; the
    ids that stand for the person, and those that may be somebody else's.
    """

    linked: Linked
    rows: Sequence[Record]
    rejects: Sequence[Record]


class RunRecords:
    """The record tables of a lake at the versions that a run read: rows of the deliveries that were committed then, but those that one of
    them withdrew."""

    def __init__(self, lake: LakeFiles, run: Mapping[str, Any]) -> None:
        self.lake, self.as_of = lake, run["as_of"]
        self._inputs = {each["table_name"]: each for each in run["inputs"]}
        self._tables: dict[str, DuckDBPyRelation] = {}

    def rows(self, name: str, *conditions: Expression) -> list[Record]:
        """The rows of a record table that meet all conditions.

        Raises NotReproducible where the version's files are gone, or the table was made anew since.
        """
        with self.lake.reading(name):
            return dicts(reduce(DuckDBPyRelation.filter, conditions, self.table(name)))

    def table(self, name: str) -> DuckDBPyRelation:
        """The rows of a record table, for DuckDB to read. Raises as `rows`."""
        rows = self._delivered(name)
        if name not in RECORDS_OF:
            return rows
        condition = is_withdrawn(name, name, "withdrawal")
        withdrawn = self._delivered("withdrawal").set_alias("withdrawal")
        return rows.set_alias(name).join(withdrawn, condition, how="anti")

    def _delivered(self, name: str) -> DuckDBPyRelation:
        return self._table(name).filter(
            is_one_of("delivery_id", {row["delivery_id"] for row in self.deliveries})
        )

    @cached_property
    def deliveries(self) -> list[Record]:
        """The rows of `delivery` that were there."""
        with self.lake.reading("delivery"):
            return dicts(self._table("delivery"))

    def _table(self, name: str) -> DuckDBPyRelation:
        """A table at the version that was read; its log is read once."""
        if name not in self._tables:
            at = self._inputs[name]
            table = self.lake.table(name, at["version"])
            if str(table.metadata().id) != at["table_id"]:
                raise NotReproducible(
                    f"table [{name}] was made anew since: it is no longer the one that was read"
                )
            self._tables[name] = self.lake.rows(name, at["version"])
        return self._tables[name]

    def charges_that_begin(self, charge_id: str) -> dict[str, str]:
        """The person id of each charge whose id begins with this text."""
        begins = FunctionExpression(
            "starts_with", ColumnExpression("charge_id"), ConstantExpression(charge_id)
        )
        return {row["charge_id"]: row["subject_id"] for row in self.rows("charge", begins)}

    def person(self, subject_id: str, packs: Iterable[Pack]) -> Person:
        """The person of an id, with the facts that packs ask for; `rows` is empty where there is no charge."""
        found = linked(subject_id, self._links, self.as_of)
        of_person = is_one_of("subject_id", found.ids)
        tables = {
            name: self.rows(name, of_person)
            for name in ("charge", "subject", "registration", "reject", "fact")
        }
        settled = self._settled(of_person)
        named = {name.entry for pack in packs for name in pack.names}
        whole = _of_person(tables, is_in_conflict=bool(found.in_conflict))
        rows = [
            {
                **charge,
                "subject_id": found.person_id,
                **whole,
                **self._of_charge(charge, tables["fact"], settled, named),
            }
            for charge in sorted(tables["charge"], key=lambda row: row["charge_id"])
        ]
        return Person(found, rows, tables["reject"])

    def _links(self, ids: Collection[str]) -> list[Record]:
        return self.rows("subject_link", is_one_of("subject_id", ids) | is_one_of("linked_subject_id", ids))

    def _settled(self, of_person: Expression) -> dict[tuple[str, str], str | None]:
        """The value that a reviewer settled last, by charge and name of the fact; None where there was no such thing."""
        with self.lake.reading("settlement"):
            found = dicts(self._table("settlement").filter(of_person))
        rows = sorted(found, key=lambda row: row["position"])
        return {(row["charge_id"], row["name"]): row["value"] for row in rows}

    def _of_charge(
        self,
        charge: Record,
        facts: Sequence[Record],
        settled: Mapping[tuple[str, str], str | None],
        named: Collection[Entry | None],
    ) -> Record:
        """The columns of the facts that are asked for, and `covered`: the kinds of records that were loaded for the charge's state."""
        covered = self._covered.get(charge["state"], frozenset())
        columns: Record = {"covered": sorted(covered)}
        for fact in (each for each in FACTS if each in named):
            of = charge["charge_id"], fact.short_name
            recorded = [
                row["value"]
                for row in facts
                if row["name"] == fact.short_name
                and (fact.is_of_person or row["charge_id"] == charge["charge_id"])
            ]
            is_covered = fact.coverage in covered
            if of in settled:
                # Who saw the file knows better than what is recorded, also that there was nothing.
                recorded, is_covered = [value for value in (settled[of],) if value is not None], True
            columns |= zip(fact.columns, _columns_of(fact, recorded, is_covered), strict=True)
        return columns

    @cached_property
    def _covered(self) -> dict[str, frozenset[str]]:
        """The kinds of records that were loaded, by state."""
        covered: dict[str, frozenset[str]] = {}
        for row in self.rows("coverage"):
            state = row["jurisdiction"]
            covered[state] = covered.get(state, frozenset()) | {row["record_kind"]}
        return covered


def is_one_of(column: str, values: Collection[str]) -> Expression:
    """Whether a column of text is one of these."""
    constants = [ConstantExpression(each) for each in sorted(values)]
    return ColumnExpression(column).isin(*constants) if constants else ConstantExpression(value=False)


def _of_person(tables: Mapping[str, Sequence[Record]], is_in_conflict: bool) -> Record:
    """What is known of a person, on each of the person's charges."""
    subjects = tables["subject"]
    is_crowded = len(tables["charge"]) > MOST_CHARGES
    duties = [row for row in tables["registration"] if row["kind"] == "sex_offender"]

    def ends(rows: Sequence[Record], name: str, end: str) -> list[date]:
        return [row[f"{name}_{end}"] for row in rows if row[f"{name}_{end}"] is not None]

    return {
        # Two deliveries can give two birth dates: what both leave open is open.
        "birth_earliest": min(ends(subjects, "birth", "earliest"), default=None),
        "birth_latest": max(ends(subjects, "birth", "latest"), default=None),
        "deceased_earliest": min(ends(subjects, "deceased", "earliest"), default=None),
        "deceased_latest": min(ends(subjects, "deceased", "latest"), default=None),
        "registered_earliest": min(ends(duties, "registered_from", "earliest"), default=None),
        "registered_latest": min(ends(duties, "registered_from", "latest"), default=None),
        "is_held": is_in_conflict or bool(tables["reject"]) or is_crowded,
        "is_crowded": is_crowded,
    }


def _columns_of(fact: Entry, recorded: Sequence[str | None], is_covered: bool) -> Iterator[Any]:
    """The columns of a fact, from the values of its rows: values that contradict each other are unknown."""
    known = {value for value in recorded if value is not None}
    value = known.pop() if len(known) == 1 else None
    # A recorded "unknown" says that there was such a thing; a silent source that was loaded, that there was none.
    is_absent = False if recorded else True if is_covered else None
    if fact.type is Type.DATE:
        yield from _ends_of_day(fact, value, is_absent)
        return
    yield None if value is None else _typed(fact, value)
    if fact.absence is Absence.NONE:
        yield is_absent


def _typed(fact: Entry, value: str) -> bool | float | str | None:
    if fact.type is Type.BOOLEAN:
        return _BOOLEANS[value.strip().lower()]
    return float(value) if fact.type is Type.NUMBER else value


def _ends_of_day(fact: Entry, value: str | None, is_absent: bool | None) -> tuple[date | None, date | None]:
    """The ends of a day that is printed as `2016-11-09`, or as two with `..` between, of which one may be open.

    An event of which nothing is known may have happened at any time, or not.
    """
    printed = ("", "") if value is None else (value.split("..")[0], value.split("..")[-1])
    earliest, latest = (_day(each) for each in printed)
    is_open = earliest is None and latest is None and not is_absent
    return (date.min if is_open and fact.absence is Absence.NONE else earliest), latest


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
