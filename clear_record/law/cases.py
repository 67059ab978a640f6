"""The cases of a pack: its own tests, in YAML, each a sentence about a person and what the pack decides.

A file says what all its cases share (`given`), and each case what differs. The facts are those of vignettes.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from clear_record.errors import InputRefused
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import load_pack
from clear_record.law.pack_tests import Case, Expected
from clear_record.law.strict_yaml import read_model
from clear_record.law.vignettes import person_of

_NONE = "none"


def _none_if_said(value: Any) -> Any:
    return None if value == _NONE else value


Day = Annotated[
    date | None, BeforeValidator(_none_if_said, json_schema_input_type=date | Literal["none"] | None)
]
Text = Annotated[str | None, BeforeValidator(_none_if_said)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Expect(_Model):
    outcome: Literal["eligible", "not_yet", "not_eligible", "needs_review", "out_of_scope"]
    remedy: str | None = None
    eligible_on: Day = None
    recheck_on: Day = None
    missing: list[str] = []
    witnesses: list[str] = []
    trace: dict[str, Literal["T", "F", "U", "t", "f", "-"]] = {}
    reason: Text = None
    alternative: Text = None


class _CaseModel(_Model):
    name: str
    as_of: date | None = None
    differs: dict[str, Any] = {}
    options: dict[str, Any] = {}
    expect: _Expect


class CaseFile(_Model):
    """A file of cases."""

    says: str
    state: str = "CA"
    as_of: date | None = None
    options: dict[str, Any] = {}
    given: dict[str, Any]
    cases: Annotated[list[_CaseModel], Field(min_length=1)]


def read_cases(folder: Path, packs: Mapping[str, Path] | None = None) -> list[Case]:
    """The cases of the pack in a folder, of all its files, under the options that each case gives.

    `packs` are the folders of the packs whose offense lists it may take, those beside it if not given. Raises InputRefused with the
    file, the case, and what was expected.
    """
    loaded: dict[str, Pack] = {}
    return [case for file in _files_of(folder) for case in _cases_of_file(folder, file, packs, loaded)]


def count_cases(folder: Path) -> int:
    """How many cases the pack in a folder has. Raises InputRefused for a file of cases that is none."""
    return sum(len(read_model(CaseFile, file).cases) for file in _files_of(folder))


def _files_of(folder: Path) -> list[Path]:
    return sorted((folder / "cases").glob("*.yaml"))


def _cases_of_file(
    folder: Path, file: Path, packs: Mapping[str, Path] | None, loaded: dict[str, Pack]
) -> Iterator[Case]:
    content = read_model(CaseFile, file)
    for model in content.cases:
        place = f"{file}: case [{model.name}]"
        as_of = model.as_of or content.as_of
        if as_of is None:
            raise InputRefused(f"{place}: as_of is missing")
        options = {**content.options, **model.options}
        key = repr(sorted(options.items()))
        if key not in loaded:
            loaded[key] = load_pack(folder, options, packs)
        pack = loaded[key]
        said = model.expect.model_dump(exclude_unset=True, exclude={"outcome", "remedy"})
        for id in said.get("trace", {}):
            if id not in {criterion.id for criterion in pack.criteria}:
                raise InputRefused(f"{place}: the pack has no criterion [{id}]")
        yield Case(
            id=f"{file.stem}: {model.name}",
            rule=pack.name,
            pack=pack,
            person=person_of(_together(content.given, model.differs), content.state, as_of, place),
            as_of=as_of,
            expected=Expected(model.expect.outcome, model.expect.remedy, said),
        )


def _together(given: Mapping[str, Any], differs: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with what differs in its place; a history is told whole."""
    together = dict(given)
    for key, value in differs.items():
        shared = together.get(key)
        if isinstance(value, Mapping) and isinstance(shared, Mapping):
            value = {**shared, **value}
        together[key] = value
    return together
