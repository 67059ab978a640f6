"""The description of a state's own tables: names, keys, the column that plays each part, codes, dates, and rules for conflicts.

docs/sources.md says in words what may stand in it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from clear_record.errors import InputRefused
from clear_record.ingest.source import Delivering, Disposition, Encoding, Part, Pattern, Source
from clear_record.law.statutes import STATES
from clear_record.law.strict_yaml import parse_yaml, read_text, validated
from clear_record.law.vocabulary import FACTS

Format = Literal["csv", "parquet", "delta", "jdbc"]
TableName = Literal[
    "people",
    "charges",
    "dispositions",
    "sentences",
    "supervision",
    "registrations",
    "facts",
    "links",
]

FACTS_OF_CHARGE = {entry.short_name: entry for entry in FACTS if not entry.is_of_person}
FACTS_OF_PERSON = {entry.short_name: entry for entry in FACTS if entry.is_of_person}


class Role(StrEnum):
    """How the column of a part is read."""

    PERSON = "person"  # the state's person id
    CHARGE = "charge"  # the columns that identify a charge of the person
    TEXT = "text"
    CODE = "code"  # by the table's own map
    PAST = "past"  # a day that is not after the delivery
    DAY = "day"  # a day that may be still to come
    COUNT = "count"  # a whole number
    VALUE = "value"  # of a fact: read as the vocabulary says


Person = Annotated[str, Role.PERSON]
ChargeKey = Annotated[tuple[str, ...], Role.CHARGE]
Text = Annotated[str | None, Role.TEXT]
Code = Annotated[str | None, Role.CODE]
Past = Annotated[str | None, Role.PAST]
Day = Annotated[str | None, Role.DAY]
Count = Annotated[str | None, Role.COUNT]

_PIECES = {"yyyy": "[0-9]{4}", "MM": "[0-9]{2}", "dd": "[0-9]{2}"}
_DATE_PATTERN = re.compile(r"(?:yyyy|MM|dd)(?:[-/. ]?(?:yyyy|MM|dd)){0,2}")


def _is_date_pattern(pattern: str) -> str:
    pieces = re.findall("yyyy|MM|dd", pattern)
    in_order = [piece for piece in ("yyyy", "MM", "dd") if piece in pieces]
    if _DATE_PATTERN.fullmatch(pattern) is None or sorted(in_order) != sorted(pieces):
        raise ValueError(
            f"[{pattern}] is no pattern of a date: write yyyy, MM and dd once each, as MM/dd/yyyy"
        )
    if in_order not in (["yyyy", "MM", "dd"], ["yyyy", "MM"], ["yyyy"]):
        raise ValueError(f"[{pattern}] leaves out what a day needs: yyyy alone, yyyy and MM, or all three")
    return pattern


DatePattern = Annotated[str, AfterValidator(_is_date_pattern)]


def shape_of_dates(pattern: str) -> str:
    """The regular expression of texts of a date pattern: nothing else is tried to be read by it."""
    shape = re.sub("yyyy|MM|dd", lambda piece: _PIECES[piece[0]], re.escape(pattern).replace(r"\ ", " "))
    return f"^{shape}$"


def _has_each_text_once(codes: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    seen: dict[str, str] = {}
    for code, texts in codes.items():
        for text in map(spelled, texts):
            if seen.setdefault(text, code) != code:
                raise ValueError(f"the text [{text}] stands for both [{seen[text]}] and [{code}]")
    return codes


def spelled(text: str) -> str:
    """A text as codes are compared: in upper case, trimmed, with single blanks."""
    return " ".join(text.upper().split())


_UNIQUE = AfterValidator(_has_each_text_once)
IdentityName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
Free = Annotated[dict[str, tuple[str, ...]], _UNIQUE]
"""A map from a code of the state's own choice to the texts that are printed for it."""


# --- what each table can hold ------------------------------------------------------------------------------


class PeopleColumns(Part):
    """A person; several rows of one may say different things."""

    subject: Person
    birth: Past = None
    sex: Code = None
    race: Code = None
    deceased: Past = None


class PeopleCodes(Part):
    """What the texts of people mean."""

    sex: Annotated[dict[Literal["male", "female", "other"], tuple[str, ...]], _UNIQUE] = Field(
        default_factory=dict
    )
    race: Annotated[
        dict[
            Literal["asian", "black", "hispanic", "native_american", "white", "other"],
            tuple[str, ...],
        ],
        _UNIQUE,
    ] = Field(default_factory=dict)


class ChargeColumns(Part):
    """A charge or conviction. `status` and `disposed` are the charge's own word on how it ended."""

    subject: Person
    charge: ChargeKey
    case: Text = None
    cycle: Text = None
    county: Code = None
    offense: Annotated[str, Role.TEXT]
    charged_offense: Text = None
    grade: Code = None
    offense_day: Past = None
    arrest: Past = None
    filed: Past = None
    status: Code = None
    disposed: Past = None
    birth: Past = None


class ChargeCodes(Part):
    """What the texts of charges mean; without a map, a county's text is its name."""

    county: Free = Field(default_factory=dict)
    grade: Free = Field(default_factory=dict)
    status: Annotated[dict[Disposition, tuple[str, ...]], _UNIQUE] = Field(default_factory=dict)


class DispositionColumns(Part):
    """An event that decided or changed a charge."""

    subject: Person
    charge: ChargeKey
    disposed: Past = None
    code: Annotated[str, Role.CODE]
    under: Text = None
    grade: Code = None
    grade_after: Code = None


class DispositionCodes(Part):
    """What the texts of dispositions mean."""

    code: Annotated[dict[Disposition, tuple[str, ...]], _UNIQUE]
    grade: Free = Field(default_factory=dict)
    grade_after: Free = Field(default_factory=dict)


class SentenceColumns(Part):
    """A part of a sentence. `status` says whether it is served, `completed` on which day."""

    subject: Person
    charge: ChargeKey
    kind: Annotated[str, Role.CODE]
    length: Count = None
    unit: Code = None
    begins: Day = None
    ends: Day = None
    status: Code = None
    completed: Past = None


class SentenceCodes(Part):
    """What the texts of sentences mean."""

    kind: Annotated[dict[Literal["prison", "jail", "probation", "fine", "other"], tuple[str, ...]], _UNIQUE]
    unit: Annotated[dict[Literal["day", "month", "year"], tuple[str, ...]], _UNIQUE] = Field(
        default_factory=dict
    )
    status: Annotated[dict[Literal["complete", "open"], tuple[str, ...]], _UNIQUE] = Field(
        default_factory=dict
    )


class SupervisionColumns(Part):
    """A period of supervision, of a charge or (without one) of the person."""

    subject: Person
    charge: ChargeKey = ()
    kind: Code = None
    begins: Day = None
    ends: Day = None
    revoked: Past = None
    terminated: Past = None
    outcome: Code = None


class SupervisionCodes(Part):
    """What the texts of supervision mean."""

    kind: Annotated[
        dict[Literal["probation", "parole", "post_release", "other"], tuple[str, ...]],
        _UNIQUE,
    ] = Field(default_factory=dict)
    outcome: Annotated[
        dict[Literal["completed", "revoked", "terminated", "open", "other"], tuple[str, ...]],
        _UNIQUE,
    ] = Field(default_factory=dict)


class RegistrationColumns(Part):
    """A duty to register."""

    subject: Person
    kind: Annotated[str, Role.CODE]
    statute: Text = None
    begins: Past = None
    ends: Day = None


class RegistrationCodes(Part):
    """What the texts of registrations mean."""

    kind: Annotated[dict[Literal["sex_offender", "narcotics", "other"], tuple[str, ...]], _UNIQUE]


class FactColumns(Part):
    """A fact of a charge, or of the person: its name, value and unit."""

    subject: Person
    charge: ChargeKey = ()
    name: Annotated[str, Role.CODE]
    value: Annotated[str, Role.VALUE]
    unit: Code = None
    printed: Text = None
    recorded: Past = None


class FactCodes(Part):
    """The facts by their names in the vocabulary, and what coded values (`true`, `false`, `marijuana`) and units are printed as."""

    name: Free
    value: Free = Field(default_factory=dict)
    unit: Free = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_facts(self) -> "FactCodes":
        for name in self.name:
            if name not in FACTS_OF_CHARGE and name not in FACTS_OF_PERSON:
                raise ValueError(f"[{name}] is not a fact of the vocabulary (docs/law-language.md)")
        return self


class LinkColumns(Part):
    """That two person ids are, or are no longer, one person."""

    subject: Person
    linked_subject: Person
    kind: Annotated[str, Role.CODE]
    begins: Past = None
    ends: Day = None


class LinkCodes(Part):
    """What the texts of links mean."""

    kind: Annotated[dict[Literal["merge", "split", "conflict"], tuple[str, ...]], _UNIQUE]


# --- a table -----------------------------------------------------------------------------------------------


class Ranges(Part):
    """How a database table is read in parts: by ranges of a numeric column, from `lowest` to `highest`."""

    column: str
    lowest: int
    highest: int
    parts: int = Field(ge=2, le=200)


class Table(Part):
    """One table as a state has it. What is not said here is said once for the whole source."""

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    columns: Part
    codes: Part = Part()
    key: tuple[str, ...] = ()
    identity: dict[IdentityName, str] = Field(default_factory=dict)
    unused: dict[str, str] = Field(default_factory=dict)
    dates: tuple[DatePattern, ...] | None = None
    encoding: Encoding | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    minimum_rows: int | None = Field(None, ge=0)
    ranges: Ranges | None = None

    charge_is_optional: ClassVar[bool] = False
    names_its_rows: ClassVar[bool] = False
    """Whether the vault keeps how its rows are named: the person's number or the charge's key, and what `identity` says."""

    @property
    def roles(self) -> dict[str, tuple[Role, tuple[str, ...]]]:
        """The parts that are played: how each is read, and by which columns."""
        played = {}
        for name, field in type(self.columns).model_fields.items():
            chosen = getattr(self.columns, name)
            if chosen:
                role = next(each for each in field.metadata if isinstance(each, Role))
                played[name] = (role, chosen if isinstance(chosen, tuple) else (chosen,))
        return played

    def roles_of(self, *kinds: Role) -> list[str]:
        """The parts that are read in one of these ways."""
        return [name for name, (role, _) in self.roles.items() if role in kinds]

    def column_of(self, role: str) -> str:
        """The (first) column that plays a part."""
        return self.roles[role][1][0]

    @property
    def mapped(self) -> tuple[str, ...]:
        """The columns that play a part, in their order; key columns that play none come last."""
        played = [column for _, columns in self.roles.values() for column in columns]
        return tuple(dict.fromkeys((*played, *self.key)))

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that are read: those that play a part, and those that identify."""
        return tuple(dict.fromkeys((*self.mapped, *self.identity.values())))

    def codes_of(self, role: str) -> Mapping[str, tuple[str, ...]]:
        """What the texts of a coded part mean; empty without a map."""
        return getattr(self.codes, role, None) or {}

    @model_validator(mode="after")
    def _is_consistent(self) -> "Table":
        for column, reason in self.unused.items():
            if column in self.read:
                raise ValueError(f"[{column}] of table [{self.name}] is both used and unused")
            if not reason.strip():
                raise ValueError(f"unused column [{column}] of table [{self.name}] needs a reason")
        if self.identity and not self.names_its_rows:
            raise ValueError(
                f"identity of table [{self.name}]: only people and charges have one; name the columns under unused"
            )
        for role in self.roles_of(Role.CODE):
            if not self.codes_of(role) and role != "county":
                raise ValueError(f"[{role}] of table [{self.name}] is a code and has no map under codes")
        for role in type(self.codes).model_fields:
            if self.codes_of(role) and role not in self.roles:
                raise ValueError(f"codes of [{role}] of table [{self.name}] belong to no column")
        return self


class People(Table):
    """The people."""

    names_its_rows: ClassVar[bool] = True

    columns: PeopleColumns
    codes: PeopleCodes = PeopleCodes()


class Charges(Table):
    """Their charges or convictions."""

    names_its_rows: ClassVar[bool] = True

    columns: ChargeColumns
    codes: ChargeCodes = ChargeCodes()


class Dispositions(Table):
    """What decided or changed charges."""

    columns: DispositionColumns
    codes: DispositionCodes


class Sentences(Table):
    """Parts of sentences."""

    columns: SentenceColumns
    codes: SentenceCodes
    length_in: Literal["day", "month", "year"] | None = None

    @model_validator(mode="after")
    def _measures_lengths(self) -> "Sentences":
        if self.columns.length and (self.columns.unit is None) == (self.length_in is None):
            raise ValueError(f"lengths of table [{self.name}] need a column of units, or length_in for all")
        return self


class Supervision(Table):
    """Periods of supervision."""

    charge_is_optional: ClassVar[bool] = True

    columns: SupervisionColumns
    codes: SupervisionCodes = SupervisionCodes()


class Registrations(Table):
    """Duties to register."""

    columns: RegistrationColumns
    codes: RegistrationCodes


class Facts(Table):
    """Facts by their names in the vocabulary."""

    charge_is_optional: ClassVar[bool] = True

    columns: FactColumns
    codes: FactCodes


class Links(Table):
    """Merges and splits of person ids."""

    columns: LinkColumns
    codes: LinkCodes


class Tables(Part):
    """The tables of a source, by what they hold."""

    people: People
    charges: Charges
    dispositions: Dispositions | None = None
    sentences: Sentences | None = None
    supervision: Supervision | None = None
    registrations: Registrations | None = None
    facts: Facts | None = None
    links: Links | None = None

    @model_validator(mode="after")
    def _identify_their_rows(self) -> "Tables":
        names = [table.name for _, table in self.described()]
        if len(set(names)) != len(names):
            raise ValueError("two tables have the same name")
        both = self.people.identity.keys() & self.charges.identity.keys()
        if both:
            raise ValueError(
                f"identity [{min(both)}] is both of people and of charges: give one of them another name"
            )
        width = len(self.charges.columns.charge)
        for holds, table in self.described():
            by_own_key = holds not in ("people", "charges")
            if by_own_key != bool(table.key):
                raise ValueError(
                    f"table [{table.name}] needs a key: the columns that no two of its rows share"
                    if by_own_key
                    else f"table [{table.name}] is known by its subject and charge: it takes no key"
                )
            charge = getattr(table.columns, "charge", ())
            if charge and len(charge) != width:
                raise ValueError(
                    f"a charge of table [{table.name}] is not known by {width} columns, as charges are"
                )
        return self

    def described(self) -> Iterator[tuple[TableName, Table]]:
        """The tables that there are, with what they hold, in the order of a delivery."""
        for name in type(self).model_fields:
            if (table := getattr(self, name)) is not None:
                yield name, table  # type: ignore[misc]  # the fields are the names


def columns_of(holds: TableName) -> type[Part]:
    """The model of the parts that columns of such a table can play."""
    return _COLUMNS[holds]


_COLUMNS: dict[TableName, type[Part]] = {
    "people": PeopleColumns,
    "charges": ChargeColumns,
    "dispositions": DispositionColumns,
    "sentences": SentenceColumns,
    "supervision": SupervisionColumns,
    "registrations": RegistrationColumns,
    "facts": FactColumns,
    "links": LinkColumns,
}


# --- conflicts ---------------------------------------------------------------------------------------------

Rule = Literal[
    "believe_supervision",
    "believe_sentence",
    "believe_charge",
    "believe_disposition",
    "believe_people",
    "both",
    "keep",
    "reject",
    "review",
]


@dataclass(frozen=True, slots=True)
class ConflictKind:
    """A disagreement that tables can have, the rules that can decide it, and the tables or parts without which it cannot arise."""

    says: str
    rules: tuple[str, ...]
    needs: tuple[tuple[str, str], ...] = ()


CONFLICTS: dict[str, ConflictKind] = {
    "revoked_but_complete": ConflictKind(
        "supervision was revoked, and the sentence is marked complete",
        ("believe_supervision", "believe_sentence", "both", "review"),
        (("supervision", "charge"), ("sentences", "status")),
    ),
    "supervision_end": ConflictKind(
        "supervision ends on another day than the probation of the sentence",
        ("believe_supervision", "believe_sentence", "both", "review"),
        (("supervision", "charge"), ("sentences", "kind")),
    ),
    "birth_dates": ConflictKind(
        "rows about one person print different birth dates",
        ("both", "believe_people", "review"),
        (("people", "birth"),),
    ),
    "without_charge": ConflictKind(
        "a disposition, sentence, supervision or fact names a charge that is not there",
        ("reject",),
    ),
    "without_person": ConflictKind(
        "a charge names a person who is not among the people",
        ("keep", "review"),
    ),
    "convicted_without_disposition": ConflictKind(
        "the charge says that it ended in a conviction, and no disposition says so",
        ("believe_charge", "believe_disposition", "review"),
        (("charges", "status"), ("dispositions", "code")),
    ),
    "disposition_without_conviction": ConflictKind(
        "a disposition convicts, and the charge says that it ended otherwise",
        ("believe_charge", "believe_disposition", "review"),
        (("charges", "status"), ("dispositions", "code")),
    ),
    "grades": ConflictKind(
        "the charge and the disposition that convicts print different grades",
        ("believe_charge", "believe_disposition", "both", "review"),
        (("charges", "grade"), ("dispositions", "grade")),
    ),
}


class ConflictRule(Part):
    """What is done where tables disagree, and why."""

    kind: str
    rule: Rule
    says: str = Field(min_length=1)

    @model_validator(mode="after")
    def _is_known(self) -> "ConflictRule":
        if self.kind not in CONFLICTS:
            raise ValueError(f"[{self.kind}] is no kind of conflict: expected one of {', '.join(CONFLICTS)}")
        rules = CONFLICTS[self.kind].rules
        if self.rule not in rules:
            raise ValueError(f"[{self.rule}] cannot decide [{self.kind}]: expected one of {', '.join(rules)}")
        return self


# --- the source --------------------------------------------------------------------------------------------


class TablesSource(Delivering):
    """A state's own tables: where each stands, and what it means."""

    kind: Literal["tables"]
    state: str
    statutes: str
    formats: tuple[Format, ...] = Field(min_length=1)
    encoding: Encoding = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    minimum_rows: int = Field(1, ge=0)
    malformed_share: float = Field(0.0, ge=0, lt=1)
    subject_id_pattern: Pattern
    fillers: tuple[str, ...] = ()
    dates: tuple[DatePattern, ...] = Field(min_length=1)
    date_sentinels: tuple[str, ...] = ()
    no_date_before: date
    offense_to_arrest_years: dict[str, int] = Field(min_length=1)
    coverage: tuple[str, ...]
    counties: tuple[str, ...] = Field(min_length=1)
    conflicts: tuple[ConflictRule, ...]
    tables: Tables
    other_tables: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> "TablesSource":
        if self.statutes != "CA" and self.statutes not in STATES:
            raise ValueError(
                f"statutes: how [{self.statutes}] prints its statutes is not known: expected CA or one of {', '.join(sorted(STATES))}"
            )
        for kind in self.coverage:
            if not is_record_kind(kind):
                raise ValueError(f"coverage: [{kind}] is no kind of record")
        for _, table in self.tables.described():
            if not any("dd" in pattern for pattern in self.dates_of(table)):
                raise ValueError(f"dates of table [{table.name}] have no pattern of a whole day")
        county = self.tables.charges.codes.county
        for name in county:
            if name not in self.counties:
                raise ValueError(f"codes: [{name}] is not one of counties")
        kinds = [rule.kind for rule in self.conflicts]
        for kind in CONFLICTS:
            if kinds.count(kind) > 1:
                raise ValueError(f"conflicts: [{kind}] has two rules")
            if self.can_have(kind) and kind not in kinds:
                raise ValueError(
                    f"conflicts: [{kind}] has no rule: {CONFLICTS[kind].says}; expected one of {', '.join(CONFLICTS[kind].rules)}"
                )
        return self

    def can_have(self, kind: str) -> bool:
        """Whether the tables can disagree in this way."""
        tables = dict(self.tables.described())
        return all(name in tables and role in tables[name].roles for name, role in CONFLICTS[kind].needs)

    def rule_of(self, kind: str) -> str:
        """The rule for a kind of conflict; `review` for one that cannot arise here."""
        return next((rule.rule for rule in self.conflicts if rule.kind == kind), "review")

    def dates_of(self, table: Table) -> tuple[str, ...]:
        """The patterns of a table's dates."""
        return table.dates or self.dates


def is_record_kind(kind: str) -> bool:
    """Whether `coverage` may name a kind of record."""
    plain = ("charge", "disposition", "sentence", "supervision", "registration", "pending_charge")
    name = kind.removeprefix("fact:")
    return kind in plain or (kind != name and (name in FACTS_OF_CHARGE or name in FACTS_OF_PERSON))


_KINDS: dict[str, type[Source] | type[TablesSource]] = {"extract": Source, "tables": TablesSource}


def read_any_source(path: Path) -> Source | TablesSource:
    """The description of a source of any kind. Raises InputRefused with file, line and what was expected."""
    document = parse_yaml(read_text(path), str(path))
    kind = document.content.get("kind", "extract") if isinstance(document.content, dict) else "extract"
    if kind not in _KINDS:
        raise InputRefused(
            f"{document.at(('kind',))}: kind: [{kind}] is no kind of source: expected one of {', '.join(_KINDS)}"
        )
    return validated(_KINDS[kind], document)
