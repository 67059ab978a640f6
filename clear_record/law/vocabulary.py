"""The one vocabulary of the law language: every name of a record that a pack may use, and what its absence means.

An entry says which columns hold it. Both evaluators, vignettes, `fact` rows and weights files map through it; the columns are those
of a gathered row (`clear_record.decide.gather`): a row of `charge` with what is known of its person and its facts.
"""

from dataclasses import dataclass
from enum import StrEnum

OFFENSE_FIELDS = ("code", "section", "subdivisions", "attempt", "conspiracy", "is_readable")


class Type(StrEnum):
    """The types of values; docs/law-language.md says what a value of each is and when it is unknown."""

    BOOLEAN = "boolean"
    DATE = "date"
    NUMBER = "number"
    CODE = "code"
    CODES = "codes"
    OFFENSE = "offense"


class Absence(StrEnum):
    """What it means that nothing is recorded."""

    UNKNOWN = "unknown"  # an attribute: it has a value, which was not recorded
    NONE = "none"  # an event or a flag: it did not happen; of a fact only where its source was loaded


@dataclass(frozen=True, slots=True)
class Entry:
    """A name: its type, the columns that hold it, what absence means, its meaning and unit.

    `coverage`, of a fact, is the kind of record in `coverage` that says whether its source was loaded.
    """

    name: str
    type: Type
    columns: tuple[str, ...]
    absence: Absence
    says: str
    unit: str | None = None
    coverage: str | None = None

    @property
    def scope(self) -> str:
        """What it is asked of: charge, subject or fact."""
        return self.name.partition(".")[0]

    @property
    def short_name(self) -> str:
        return self.name.partition(".")[2]

    @property
    def is_event(self) -> bool:
        return self.type is Type.DATE and self.absence is Absence.NONE

    @property
    def is_of_person(self) -> bool:
        """Whether it is known of a person, and so on each of the person's charges."""
        return self.scope == "subject"


def _date(name: str, says: str, absence: Absence, column: str | None = None) -> Entry:
    stem = column or name.partition(".")[2].removesuffix("_on")
    return Entry(name, Type.DATE, (f"{stem}_earliest", f"{stem}_latest"), absence, says)


def _attribute(name: str, type: Type, says: str, column: str | None = None) -> Entry:
    return Entry(name, type, (column or name.partition(".")[2],), Absence.UNKNOWN, says)


def _offense(name: str, prefix: str, says: str) -> list[Entry]:
    # Of an offense that is not certainly read only code and section can be known.
    doubtful = ("subdivisions", "attempt", "conspiracy")
    types = {"attempt": Type.BOOLEAN, "conspiracy": Type.BOOLEAN}
    return [
        Entry(
            name,
            Type.OFFENSE,
            tuple(f"{prefix}_{field}" for field in OFFENSE_FIELDS),
            Absence.UNKNOWN,
            says,
        ),
        *[
            Entry(
                f"{name}.{field}",
                types.get(field, Type.CODE),
                (f"{prefix}_{field}", f"{prefix}_is_readable")
                if field in doubtful
                else (f"{prefix}_{field}",),
                Absence.UNKNOWN,
                f"{says}: its {field}",
            )
            for field in OFFENSE_FIELDS[:-1]
        ],
    ]


def _fact(
    name: str, type: Type, says: str, absence: Absence, unit: str | None = None, coverage: str | None = None
) -> Entry:
    """A name that rows of `fact` hold under its short name: of a charge (`fact.x`) or of a person (`subject.x`)."""
    short_name = name.partition(".")[2]
    column = f"fact_{short_name}"
    if type is Type.DATE:
        # Whether an event is absent, its two ends say themselves.
        stem = column.removesuffix("_on")
        columns: tuple[str, ...] = (f"{stem}_earliest", f"{stem}_latest")
    else:
        columns = (column,) if absence is Absence.UNKNOWN else (column, f"{column}_is_absent")
    return Entry(name, type, columns, absence, says, unit, coverage or f"fact:{short_name}")


_CHARGE = (
    _attribute("charge.charge_id", Type.CODE, "the charge itself"),
    _attribute("charge.case_id", Type.CODE, "case of the charge"),
    _attribute("charge.cycle_id", Type.CODE, "arrest cycle of the charge"),
    _attribute("charge.kind", Type.CODE, "conviction, adjudication (juvenile), charge or arrest"),
    _attribute("charge.state", Type.CODE, "postal code of the state whose record it is"),
    _attribute("charge.county", Type.CODE, "county of the convicting step"),
    *_offense("charge.offense", "offense", "the offense of conviction, else the charged one"),
    *_offense("charge.charged_offense", "charged", "the charged offense"),
    _attribute("charge.grade", Type.CODE, "grade at conviction, in the state's code"),
    _attribute("charge.grade_is_in_conflict", Type.BOOLEAN, "the source prints two grades"),
    _attribute("charge.grade_after", Type.CODE, "grade from a reduction on"),
    _attribute("charge.set_aside_under", Type.CODE, "statute of the set-aside as printed (1203.4)"),
    _attribute("charge.is_understood", Type.BOOLEAN, "all that the source says of it was understood"),
    _attribute("charge.sentence_has_prison", Type.BOOLEAN, "a part of the sentence is state prison"),
    _attribute("charge.sentence_has_jail", Type.BOOLEAN, "a part of the sentence is jail"),
    _attribute("charge.sentence_has_probation", Type.BOOLEAN, "a part of the sentence is probation"),
    _date("charge.offense_on", "day of the offense", Absence.UNKNOWN),
    _date("charge.arrested_on", "day of the arrest", Absence.UNKNOWN, "arrest"),
    _date("charge.charged_on", "day on which the charge was filed", Absence.UNKNOWN),
    _date("charge.sentence_ends_on", "end of the whole sentence", Absence.UNKNOWN),
    _date("charge.supervision_ends_on", "end of the last supervision for this charge", Absence.UNKNOWN),
    _date("charge.disposed_on", "first disposition", Absence.NONE),
    _date("charge.convicted_on", "conviction", Absence.NONE),
    _date("charge.dismissed_on", "dismissal or acquittal", Absence.NONE),
    _date("charge.set_aside_on", "the conviction was set aside", Absence.NONE),
    _date("charge.reduced_on", "reduction of the grade", Absence.NONE),
    _date("charge.resentenced_on", "resentencing", Absence.NONE),
    _date("charge.supervision_revoked_on", "revocation of supervision", Absence.NONE),
)

_SUBJECT = (
    _date("subject.birth_on", "date of birth", Absence.UNKNOWN),
    _date("subject.deceased_on", "death", Absence.NONE),
    _date(
        "subject.sex_offender_registered_on",
        "first duty to register as a sex offender",
        Absence.NONE,
        "registered",
    ),
    _attribute("subject.is_held", Type.BOOLEAN, "the person is held for review"),
)

_UNKNOWN, _NONE = Absence.UNKNOWN, Absence.NONE

# A limit is never converted, a measurement is: what laws limit in several units has a name for each, and a source records all.
_FACTS = (
    # ---- what was done
    _fact("fact.cannabis_g", Type.NUMBER, "quantity of cannabis", _UNKNOWN, "g"),
    _fact("fact.cannabis_oz", Type.NUMBER, "the same quantity, for limits in ounces", _UNKNOWN, "oz"),
    _fact("fact.concentrate_g", Type.NUMBER, "quantity of concentrated cannabis", _UNKNOWN, "g"),
    _fact("fact.plants", Type.NUMBER, "number of plants", _UNKNOWN, "plants"),
    _fact("fact.substance", Type.CODE, "the drug: marijuana, hashish, concentrate, ...", _UNKNOWN),
    _fact("fact.conduct", Type.CODE, "sale, gift, import or transport", _UNKNOWN),
    _fact("fact.buyer_age", Type.NUMBER, "age of who bought; none if nobody did", _NONE, "years"),
    _fact("fact.recipient_age", Type.NUMBER, "age of who was given it; none if nobody was", _NONE, "years"),
    _fact("fact.used_person_age", Type.NUMBER, "age of a person used in the offense", _NONE, "years"),
    _fact("fact.knew", Type.BOOLEAN, "knew that the person used was under 21", _NONE),
    _fact("fact.knew_minor", Type.BOOLEAN, "knew that the other person was a minor", _NONE),
    _fact("fact.env_violation", Type.CODE, "environmental statute that was broken", _NONE),
    _fact("fact.family_violence", Type.BOOLEAN, "a crime of family or domestic violence", _NONE),
    _fact("fact.victim_rights_crime", Type.BOOLEAN, "a crime under a victim rights act", _NONE),
    # ---- what the law and the court made of it
    _fact("fact.max_penalty_years", Type.NUMBER, "the law's maximum, not the sentence", _UNKNOWN, "years"),
    _fact("fact.max_penalty_days", Type.NUMBER, "the same maximum, a year taken as 365", _UNKNOWN, "days"),
    _fact("fact.proceedings_initiated", Type.BOOLEAN, "proceedings began after the arrest", _NONE),
    _fact(
        "fact.charge_outcome",
        Type.CODE,
        "how it ended without a conviction: dismissed, acquitted, diverted, ...; none if it did not",
        _NONE,
    ),
    _fact("fact.diversion_completed_on", Type.DATE, "diversion or deferred entry was completed", _NONE),
    _fact("fact.final_disposition_on", Type.DATE, "the last disposition, after which nothing is open", _NONE),
    _fact("fact.last_activity_on", Type.DATE, "last entry of any kind in the case", _UNKNOWN),
    _fact("fact.active_warrant", Type.BOOLEAN, "a warrant is active in the case", _NONE),
    # ---- the sentence
    _fact("fact.sentenced_on", Type.DATE, "day on which the sentence was imposed", _UNKNOWN),
    _fact("fact.sentence_years", Type.NUMBER, "imposed length of the whole sentence", _UNKNOWN, "years"),
    _fact("fact.released_on", Type.DATE, "release from incarceration", _NONE),
    _fact("fact.supervision_released_on", Type.DATE, "release from supervision", _NONE),
    _fact("fact.discharged_on", Type.DATE, "discharge of the whole sentence", _NONE),
    _fact("fact.restitution_ordered", Type.BOOLEAN, "a court ordered restitution", _NONE),
    _fact("fact.restitution_paid", Type.BOOLEAN, "the restitution is paid", _UNKNOWN),
    _fact("fact.fines_paid", Type.BOOLEAN, "fines, fees and costs are paid", _UNKNOWN),
    # ---- relief
    _fact("fact.relief_granted", Type.CODE, "relief already granted, by its statute (1203.4, 851.91)", _NONE),
    _fact("fact.relief_requested_on", Type.DATE, "the person asked for relief, where a form must be", _NONE),
    _fact("fact.relief_prohibited_on", Type.DATE, "a court prohibited relief", _NONE),
    _fact("fact.pardoned_on", Type.DATE, "pardon", _NONE),
    # ---- the person
    _fact(
        "subject.has_pending_charge", Type.BOOLEAN, "a charge is pending now", _NONE, None, "pending_charge"
    ),
    _fact("subject.is_registrant", Type.BOOLEAN, "on a sex-offender registry now", _NONE),
    _fact("subject.is_supervised", Type.BOOLEAN, "on probation, parole or the like now", _NONE),
    _fact("subject.is_incarcerated", Type.BOOLEAN, "in prison or jail now", _NONE),
    _fact(
        "subject.granted_felony_set_asides",
        Type.NUMBER,
        "felony set-asides granted before, which count against a lifetime cap",
        _NONE,
        "convictions",
    ),
    _fact(
        "subject.granted_misdemeanor_set_asides",
        Type.NUMBER,
        "misdemeanor set-asides granted before, which count against a lifetime cap",
        _NONE,
        "convictions",
    ),
)

VOCABULARY = {entry.name: entry for entry in (*_CHARGE, *_SUBJECT, *_FACTS)}
FACTS = _FACTS
