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
    """A name: its type, the columns that hold it, what absence means, its meaning and unit."""

    name: str
    type: Type
    columns: tuple[str, ...]
    absence: Absence
    says: str
    unit: str | None = None

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
    def coverage(self) -> str:
        """The kind of record in `coverage` that says whether the source of a fact was loaded."""
        return f"fact:{self.short_name}"


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


def _fact(name: str, type: Type, says: str, absence: Absence, unit: str | None = None) -> Entry:
    column = f"fact_{name}"
    columns = (column,) if absence is Absence.UNKNOWN else (column, f"{column}_is_absent")
    return Entry(f"fact.{name}", type, columns, absence, says, unit)


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
    _attribute("charge.is_linked", Type.BOOLEAN, "every disposition of its cycle was tied to one count"),
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
    _attribute("subject.is_held", Type.BOOLEAN, "a row about the person could not be believed"),
)

_FACTS = (
    _fact("cannabis_g", Type.NUMBER, "quantity of cannabis", Absence.UNKNOWN, "g"),
    _fact("concentrate_g", Type.NUMBER, "quantity of concentrated cannabis", Absence.UNKNOWN, "g"),
    _fact("plants", Type.NUMBER, "number of plants", Absence.UNKNOWN, "plants"),
    _fact("conduct", Type.CODE, "sale, gift, import or transport", Absence.UNKNOWN),
    _fact("buyer_age", Type.NUMBER, "age of who bought; none if nobody did", Absence.NONE, "years"),
    _fact("recipient_age", Type.NUMBER, "age of who was given it; none if nobody was", Absence.NONE, "years"),
    _fact("used_person_age", Type.NUMBER, "age of a person used in the offense", Absence.NONE, "years"),
    _fact("knew", Type.BOOLEAN, "knew that the person used was under 21", Absence.NONE),
    _fact("knew_minor", Type.BOOLEAN, "knew that the other person was a minor", Absence.NONE),
    _fact("env_violation", Type.CODE, "environmental statute that was broken", Absence.NONE),
)

VOCABULARY = {entry.name: entry for entry in (*_CHARGE, *_SUBJECT, *_FACTS)}
FACTS = _FACTS
