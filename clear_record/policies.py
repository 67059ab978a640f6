"""What an office chose: the policy pack that it applies, and its choices in place of the pack's own parameters.

Counties still have the options file of the program of 2019-20, in JSON. A file of ours is YAML and names its pack:
`pack: us_ca/office_policy`, `parameters: {age_years: 57}`.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from clear_record.errors import InputRefused
from clear_record.law.strict_yaml import Document, read_model, read_text, validated

OFFICE_POLICY = "us_ca/office_policy"
_DISMISSED, _REDUCED = "dismissed_sections", "reduced_sections"


class Policy(BaseModel):
    """A policy pack by its name, and the office's choices by the names of its parameters.

    Which parameters there are, and which values they take, the pack says when it is loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: str
    parameters: dict[str, Any] = {}

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        check_choices(self.pack, self.parameters)
        return self


def check_choices(pack: str, parameters: Mapping[str, Any]) -> None:
    """Raises ValueError where two choices of an office exclude each other, which no parameter can say of itself."""
    if pack == OFFICE_POLICY:
        _check_apart(*(_texts(parameters.get(name)) for name in (_DISMISSED, _REDUCED)))


def _texts(given: Any) -> list[str]:
    return [each for each in given if isinstance(each, str)] if isinstance(given, list | tuple) else []


def _check_apart(dismissed: Iterable[str], reduced: Iterable[str]) -> None:
    both = sorted({*dismissed} & {*reduced})
    if both:
        raise ValueError(f"section [{both[0]}] stands both on the dismiss list and on the reduce list")


def read_policy(path: Path) -> Policy:
    """The choices of a file: of the program's options file if it is called .json, else of a YAML file of ours.

    Raises InputRefused with the file, the key and what was expected.
    """
    if path.suffix.lower() == ".json":
        return validated(_ProgramOptions, _read_json(path)).policy
    if path.suffix.lower() in (".yaml", ".yml"):
        return read_model(Policy, path)
    raise InputRefused(f"policy file [{path}] is neither .json (options of the program of 2019-20) nor .yaml")


# ---- the options file of the program of 2019-20; a key that is absent is off


def _within(least: int, most: int) -> AfterValidator:
    def check(years: int) -> int:
        if years != 0 and not least <= years <= most:
            raise ValueError(f"[{years}] is not from {least} to {most}, or 0, which is off")
        return years

    return AfterValidator(check)


_Section = Literal["11357", "11358", "11359", "11360"]


class _Program(BaseModel):
    # Strict, since JSON has numbers and truths of its own: "57" and 1 are mistakes.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Baseline(_Program):
    dismiss: list[_Section] = []
    reduce: list[_Section] = []

    @model_validator(mode="after")
    def _has_sections_apart(self) -> Self:
        _check_apart(self.dismiss, self.reduce)
        return self


class _AdditionalRelief(_Program):
    relieves_under_21: Annotated[bool, Field(alias="subjectUnder21AtConviction")] = False
    age_years: Annotated[int, _within(40, 65), Field(alias="subjectAgeThreshold")] = 0
    years_since_conviction: Annotated[int, _within(1, 15), Field(alias="yearsSinceConvictionThreshold")] = 0
    years_without_conviction: Annotated[int, _within(1, 15), Field(alias="yearsCrimeFreeThreshold")] = 0
    relieves_only_cannabis: Annotated[bool, Field(alias="subjectHasOnlyProp64Charges")] = False
    relieves_deceased: Annotated[bool, Field(alias="subjectIsDeceased")] = False


class _ProgramOptions(_Program):
    baseline: Annotated[_Baseline, Field(alias="baselineEligibility")] = _Baseline()
    additional: Annotated[_AdditionalRelief, Field(alias="additionalRelief")] = _AdditionalRelief()

    @property
    def policy(self) -> Policy:
        # The order in which an office wrote its sections says nothing: the same choices are the same policy.
        sections = {_DISMISSED: sorted({*self.baseline.dismiss}), _REDUCED: sorted({*self.baseline.reduce})}
        return Policy(pack=OFFICE_POLICY, parameters={**sections, **self.additional.model_dump()})


def _read_json(path: Path) -> Document:
    def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise InputRefused(f"{path}: the key [{key}] stands here a second time")
            found[key] = value
        return found

    try:
        content = json.loads(read_text(path).removeprefix("\ufeff"), object_pairs_hook=unrepeated)
    except json.JSONDecodeError as error:
        raise InputRefused(f"{path}:{error.lineno}: this is not JSON: {error.msg}") from error
    return Document(str(path), content)
