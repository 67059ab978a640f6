"""explain: the story of a charge, or of all charges of a person, in one run, from the lake alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from clear_record.audit.assigned import OfficesOf, assignments_of
from clear_record.audit.explain.explanation import charge_in_words, recorded, told_decision
from clear_record.audit.explain.told import Seen, ToldDecision
from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.records import Person, RunRecords, is_one_of
from clear_record.audit.rows_in_duckdb import dicts
from clear_record.audit.sealed import check_not_sealed, gone, sealed_decisions, seals_since
from clear_record.errors import InputRefused
from clear_record.keys import IdKey
from clear_record.law.person import MOST_CHARGES
from clear_record.law.reference import Evaluation, Record
from clear_record.rejects import REASONS
from clear_record.seals import Seal, in_words, mark_of

_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class ToldCharge:
    """A charge: what its record said, what it did not say, where it came from, and the decision of each pack that was asked."""

    charge_id: str
    says: str
    recorded: tuple[Seen, ...]
    not_recorded: tuple[str, ...]
    none_of: tuple[str, ...]
    came_with: str
    decisions: tuple[ToldDecision, ...]
    not_asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What a run knew and decided of a person: of one charge, or of all. No name and no number of a person stands in it.

    `person` says under how many ids the state keeps the person and what holds the decisions; `others` are the person's charges
    that are not told, in a line each.
    """

    run_id: str
    as_of: date
    subject_id: str
    person: tuple[str, ...]
    charges: tuple[ToldCharge, ...]
    others: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether a decision that the lake keeps is not the one that is told."""
        return any(each.differences for charge in self.charges for each in charge.decisions)

    def as_dict(self) -> dict[str, Any]:
        """The story for a program."""
        return {**asdict(self), "differs": self.differs}


def story_of_charge(lake: LakeFiles, run_id: str, charge_id: str, pack: str | None = None) -> Story:
    """The story of a charge, by its id or the first 8 characters or more of it, under each pack of the run, or under one.

    Raises InputRefused for an unknown run, charge or pack, NotReproducible where the charge or its decision was sealed, or the files of
    a version, or a pack's text, are gone.
    """
    check_not_sealed(lake, charge_id)
    teller = _Teller(lake, lake.run(run_id), pack)
    charge, subject = _one_charge(teller.records, charge_id)
    return teller.story(subject, charge)


def story_of_person(
    lake: LakeFiles, run_id: str, state_id: str, key: IdKey, pack: str | None = None
) -> Story:
    """The story of all charges of a person, by the state's id, which is told to nobody; else as `story_of_charge`.

    Raises InputRefused also for a key that made none of the run's ids, and where the run read no charge of such a person.
    """
    teller = _Teller(lake, lake.run(run_id), pack)
    kept = sorted({str(row["id_key"]) for row in teller.records.deliveries})
    if key.fingerprint not in kept:
        raise InputRefused(
            f"the id key [{key.path}] ({key.fingerprint}) is not the one under which the lake keeps people ({', '.join(kept)}): name "
            "its file with --id-key"
        )
    story = teller.story(key.id_of(state_id))
    if not story.charges:
        raise InputRefused(f"run [{story.run_id}] read no charge of a person with this id")
    return story


def _one_charge(records: RunRecords, charge_id: str) -> tuple[str, str]:
    if len(charge_id) < _SHORTEST:
        raise InputRefused(
            f"[{charge_id}] is too short: give the id of a charge, or its first {_SHORTEST} digits"
        )
    found = records.charges_that_begin(charge_id)
    if len(found) > 1:
        raise InputRefused(f"{len(found)} charges begin with [{charge_id}]: give more digits of the id")
    for each in found.items():
        return each
    whole = "; of one that was sealed give the whole id" if records.lake.seals else ""
    raise InputRefused(f"there is no charge [{charge_id}] in the records that the run read{whole}")


class _Teller:
    def __init__(self, lake: LakeFiles, run: Mapping[str, Any], pack: str | None) -> None:
        self.lake, self.run = lake, run
        self.records = RunRecords(lake, run)
        self.assignments = assignments_of(lake, run)
        self.offices = OfficesOf.of(self.assignments)
        if pack is not None:
            self.offices = [each for each in self.offices if each.name == pack]
            if not self.offices:
                used = ", ".join(dict.fromkeys(each["pack"] for each in run["packs"]))
                raise InputRefused(f"run [{run['run_id']}] has no pack [{pack}]: it has {used}")

    def story(self, subject_id: str, charge_id: str | None = None) -> Story:
        """The story of one charge of a person, or of all."""
        person = self.records.person(subject_id, [each.pack for each in self.assignments])
        # As the person lived them.
        rows = sorted(person.rows, key=_first_day)
        told = [row for row in rows if charge_id in (None, row["charge_id"])]
        kept = self._kept([row["charge_id"] for row in told])
        sealed = seals_since(self.lake, self.run, person.linked.ids)
        if charge_id is not None and not kept:
            seal = sealed_decisions(self.lake, self.run).get(mark_of(charge_id))
            if seal is not None:
                raise gone(seal)
        return Story(
            run_id=self.run["run_id"],
            as_of=self.run["as_of"],
            subject_id=person.linked.person_id,
            person=tuple(_of_person(person, sealed)),
            charges=tuple(self._charge(person, row, kept, is_whole=not sealed) for row in told),
            others=tuple(charge_in_words(row) for row in rows if row not in told),
        )

    def _charge(
        self,
        person: Person,
        charge: Record,
        kept: Mapping[tuple[str, str], Mapping[str, Any]],
        *,
        is_whole: bool,
    ) -> ToldCharge:
        as_of, charge_id = self.run["as_of"], charge["charge_id"]
        decisions, not_asked = [], []
        for office in self.offices:
            pack = office.pack_for(charge["county"])
            if pack is None:
                not_asked.append(f"{office.name} (of {_listed(office.counties)})")
            else:
                row = kept.get((office.name, charge_id))
                told = told_decision(pack, person.rows, charge, as_of, row)
                # What the run saw besides is sealed: another answer is no difference.
                decisions.append(told if is_whole else replace(told, differences=()))
        any_pack = self.assignments[0].pack
        evaluation = Evaluation(any_pack, person.rows, charge, as_of, frozenset(charge["covered"]))
        values, unknown, absent = recorded(evaluation)
        return ToldCharge(
            charge_id=charge_id,
            says=charge_in_words(charge),
            recorded=tuple(values),
            not_recorded=tuple(unknown),
            none_of=tuple(absent),
            came_with=f"delivery {charge['delivery_id']}, file {charge['file']}, line {charge['line']}",
            decisions=tuple(decisions),
            not_asked=tuple(not_asked),
        )

    def _kept(self, charge_ids: Sequence[str]) -> dict[tuple[str, str], dict[str, Any]]:
        """The decisions that the lake keeps of these charges, by pack and charge."""
        is_told = is_one_of("charge_id", charge_ids)
        with self.lake.reading("decision"):
            decisions = self.lake.decisions(self.run, self.run["decision_version"])
            rows = dicts(decisions.filter(is_told))
        return {(row["pack"], row["charge_id"]): row for row in rows}


def _first_day(row: Record) -> tuple[date, str]:
    days = [row[f"{name}_earliest"] or row[f"{name}_latest"] for name in ("convicted", "arrest", "disposed")]
    return next((day for day in days if day is not None), date.max), row["charge_id"]


def _of_person(person: Person, sealed: Sequence[Seal]) -> Iterator[str]:
    ids = person.linked.ids
    if sealed:
        yield (
            f"A part of the record that the run read is gone ({in_words(sealed)}): what is told here is told without it, and the run may "
            "have decided otherwise."
        )
    if len(ids) > 1:
        yield f"The state keeps the person under {len(ids)} ids, which were one person on that day."
    if person.linked.in_conflict:
        yield "Held: on that day it was open whether the person is the same as another one."
    if any(row["is_crowded"] for row in person.rows):
        yield (
            f"Held: {len(person.rows):,} charges stand under the id, more than {MOST_CHARGES:,}: it may be that of several people, "
            "and nothing is concluded from one of its charges for another."
        )
    for row in person.rejects:
        reason = REASONS.get(row["code"], "could not be believed")
        field = f" in {row['field']}" if row["field"] else ""
        yield (
            f"Held: a row about the person was rejected: {reason}{field} ({row['code']}; delivery {row['delivery_id']}, "
            f"file {row['file']}, line {row['line']})."
        )


def _listed(counties: Sequence[str]) -> str:
    few = ", ".join(counties[:3])
    return few if len(counties) <= 3 else f"{few} and {len(counties) - 3} more counties"
