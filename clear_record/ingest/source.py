"""A source: the layout of an extract and what its texts mean, as conf/sources describes it.

This kind is one flat file (`kind: extract`); a state's own tables are of another (`clear_record.ingest.tables.source`).
"""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from clear_record.law.strict_yaml import read_model

Disposition = Literal[
    "convicted", "adjudicated", "dismissed", "acquitted", "set_aside", "reduced", "resentenced", "diverted", "released", "revoked",
    "unknown",
]  # fmt: skip


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"[{pattern}] is not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Part(BaseModel):
    """A piece of a description: it has no other keys than its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Delivering(Part):
    """What a delivery is beside those before it.

    `additions` only add. `changes` have the people of whom something changed, and `snapshot` everybody, each with all that is known of the
    person: they correct and withdraw. Of each kind of record that was delivered before, a share of `gone_share` can be gone in one delivery.
    """

    name: str
    deliveries: Literal["additions", "changes", "snapshot"] = "additions"
    gone_share: float | None = Field(None, ge=0, le=1)

    @model_validator(mode="after")
    def _says_how_much_can_be_gone(self) -> Self:
        if (self.deliveries == "additions") != (self.gone_share is None):
            raise ValueError(
                "gone_share says which share of each kind of record can be gone in one delivery: changes and snapshot need it, additions have none"
            )
        return self


# Of these Spark decodes each, and none has the byte of a line's end within a character.
Encoding = Literal["utf-8", "iso-8859-1", "us-ascii"]


class Layout(Protocol):
    """What is asked of a source to cut its files into rows.

    `header_line` is the text of the header where it is known; else a first line is one that begins with `header` or names the
    `person_column`.
    """

    @property
    def name(self) -> str: ...
    @property
    def encoding(self) -> Encoding: ...
    @property
    def is_utf8(self) -> bool: ...
    @property
    def delimiter(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def header(self) -> str: ...
    @property
    def header_line(self) -> str | None: ...
    @property
    def person_column(self) -> str: ...
    @property
    def minimum_rows(self) -> int: ...
    @property
    def malformed_share(self) -> float: ...


class Roles(Part):
    """The column that plays each part."""

    subject: str
    birth: str
    sex: str
    race_code: str
    race: str
    cycle_date: str
    step_date: str
    step_kind: str
    county: str
    count_order: str
    disposition_date: str
    offense_number: str
    charged: str
    charged_grade: str
    disposed: str
    disposed_grade: str
    convicted: str
    convicted_grade: str
    case_number: str
    disposition: str
    grade: str
    sentence_kind: str
    sentence_length: str
    sentence_unit: str
    sentence_unit_name: str
    comment: str


class CodedTexts(Part):
    """A code and the whole texts that are printed for it."""

    code: str
    texts: tuple[str, ...]


class CodedBeginnings(Part):
    """A kind and the beginnings of the texts that are printed for it."""

    kind: str
    starts_with: tuple[str, ...]


class DispositionRule(Part):
    """What a disposition text that `pattern` finds says: `under` finds the statute in its first group."""

    codes: tuple[Disposition, ...] = Field(min_length=1)
    pattern: Pattern
    under: Pattern | None = None
    grade_after: str | None = None


class RegistrationRule(Part):
    """The kind of a registration whose offense text `pattern` finds."""

    kind: Literal["sex_offender", "narcotics", "other"]
    pattern: Pattern


class Source(Delivering):
    """A layout and the meaning of its texts; docs/formats has the layout in words."""

    kind: Literal["extract"] = "extract"
    state: str
    encoding: Encoding
    delimiter: str = Field(min_length=1, max_length=1)
    header: str
    minimum_rows: int = Field(ge=1)
    malformed_share: float = Field(ge=0, lt=1)
    columns: tuple[str, ...]
    roles: Roles
    key: tuple[str, ...]
    subject_id_pattern: Pattern
    count_order_pattern: Pattern
    fillers: tuple[str, ...]
    date_sentinels: tuple[str, ...]
    no_date_before: date
    offense_to_arrest_years: dict[str, int]
    step_kinds: tuple[CodedBeginnings, ...]
    dispositions: tuple[DispositionRule, ...]
    grades: tuple[CodedTexts, ...]
    sentence_kinds: tuple[CodedBeginnings, ...]
    time_units: tuple[CodedTexts, ...]
    sexes: tuple[CodedTexts, ...]
    races: tuple[CodedTexts, ...]
    registrations: tuple[RegistrationRule, ...]
    coverage: tuple[str, ...]
    counties: tuple[str, ...]

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> "Source":
        known = set(self.columns)
        if len(known) != len(self.columns):
            raise ValueError("a name stands twice in columns")
        for name in (self.header, *self.key, *self.roles.model_dump().values()):
            if name not in known:
                raise ValueError(f"[{name}] is not one of columns")
        return self

    def position(self, role: str) -> int:
        """Where the column that plays a part stands, from 0."""
        return self.columns.index(getattr(self.roles, role))

    @property
    def header_line(self) -> str | None:
        """The text of the header: it is not known before a file is seen."""
        return None

    @property
    def person_column(self) -> str:
        """The column that holds the person's id."""
        return self.roles.subject

    @property
    def is_utf8(self) -> bool:
        """Whether the files are in UTF-8, which Spark reads as it is."""
        return self.encoding == "utf-8"


def read_source(path: Path) -> Source:
    """The description of a source. Raises InputRefused with file, line and what was expected."""
    return read_model(Source, path)


def texts_of(code: str, entries: Sequence[CodedTexts]) -> tuple[str, ...]:
    """The texts that are printed for a code; none for an unknown one."""
    return tuple(text for entry in entries if entry.code == code for text in entry.texts)
