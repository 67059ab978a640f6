"""What a run is asked to do: which packs decide which counties, from options of the command line or a run configuration.

A state runs its offices at once: each county's district attorney has a policy of its own, and the law is one for all.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clear_record.decide.assignment import Assignment
from clear_record.errors import InputRefused, PackRefused
from clear_record.law.pack import Pack
from clear_record.law.pack_reader import find_packs, load_pack, named_packs
from clear_record.law.strict_yaml import read_model
from clear_record.policies import Policy, check_choices, read_policy


class Office(BaseModel):
    """The policy of one or more counties; without counties, of all that no other office names.

    It stands in a `policy` file, or here as a `pack` and its `parameters`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    counties: tuple[str, ...] = ()
    policy: Path | None = None
    pack: str | None = None
    parameters: dict[str, Any] = {}

    @model_validator(mode="after")
    def _has_one_policy(self) -> Self:
        if (self.policy is None) == (self.pack is None) or (self.policy and self.parameters):
            raise ValueError("an office names either a policy file, or a pack and its parameters")
        if self.pack is not None:
            check_choices(self.pack, self.parameters)
        return self

    @property
    def place(self) -> str:
        """Where its choices were written, for a message."""
        return str(self.policy or f"office of [{', '.join(self.counties) or 'all other counties'}]")

    def choices(self) -> Policy:
        """The pack and what the office chose. Raises InputRefused for a policy file that cannot be read."""
        if self.policy is not None:
            return read_policy(self.policy)
        assert self.pack is not None
        return Policy(pack=self.pack, parameters=self.parameters)


@dataclass(frozen=True, slots=True)
class Request:
    """The packs that decide for all, the offices with their policies, and the counties whose charges are decided (none: all)."""

    packs: tuple[str, ...] = ()
    offices: tuple[Office, ...] = ()
    counties: tuple[str, ...] = ()

    @classmethod
    def of_options(cls, packs: Sequence[str], policy: Path | None, counties: Sequence[str]) -> Self:
        """What `--pack`, `--policy` and `--county` ask for: the policy file is for the one of the packs that it names."""
        if policy is None:
            return cls(tuple(packs), (), tuple(counties))
        office = Office(policy=policy)
        pack = office.choices().pack
        if pack not in packs:
            raise InputRefused(f"[{policy}] is a policy for pack [{pack}]: add --pack {pack}")
        return cls(tuple(name for name in packs if name != pack), (office,), tuple(counties))


class Gate(BaseModel):
    """What must be shown before a run is published: that a sample of it was reviewed, and its bound of errors.

    The exact one-sided bound of each of `packs` (none: of each pack of the run) is at most `sample_error_at_most`, a share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample_error_at_most: float = Field(gt=0, lt=1)
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    packs: tuple[str, ...] = ()

    def packs_of(self, names: Iterable[str]) -> list[str]:
        """The packs that it holds for, of those of a run. Raises InputRefused for one that the run does not have."""
        known = list(dict.fromkeys(names))
        for pack in self.packs:
            if pack not in known:
                raise InputRefused(
                    f"the gate names pack [{pack}], which the run does not have{_nearest(pack, known)}"
                )
        return list(self.packs) or known


class RunConfiguration(BaseModel):
    """A file of conf/runs: the whole flow, ingest, decide and publish, for a state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    inputs: tuple[str, ...] = ()
    lake: str | None = None
    vault: str | None = None
    out: Path | None = None
    as_of: date
    received_on: date | None = None
    counties: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    offices: tuple[Office, ...] = ()
    gate: Gate | None = None

    @property
    def request(self) -> Request:
        return Request(self.packs, self.offices, self.counties)


def read_run_configuration(path: Path) -> RunConfiguration:
    """A run configuration; the policy files that it names stand relative to its folder.

    Raises InputRefused with file, line, place and what was expected.
    """
    configuration = read_model(RunConfiguration, path)
    if not configuration.packs and not configuration.offices:
        raise InputRefused(f"{path}: names neither packs nor offices; there is nothing to decide")
    offices = tuple(
        office if office.policy is None else office.model_copy(update={"policy": path.parent / office.policy})
        for office in configuration.offices
    )
    return configuration.model_copy(update={"offices": offices})


def check_counties(counties: Sequence[str], known: Sequence[str]) -> None:
    """Raises InputRefused for a county that the source does not have, with the nearest that it has."""
    for county in counties:
        if county not in known:
            raise InputRefused(
                f"there is no county [{county}] in the source{_nearest(county.strip().upper(), known)}"
            )


def assignments(
    packs: Sequence[str],
    offices: Sequence[Office],
    counties: Sequence[str],
    known: Sequence[str],
    conf: Sequence[Path],
) -> list[Assignment]:
    """Which pack decides which counties.

    `packs` decide all `counties` (all of the source if empty); each of `offices` decides its own of them. `known` are the
    source's counties, `conf` the folders with packs. Raises InputRefused for an unknown pack or county, for a county with
    two offices, and for a choice that its pack does not know.
    """
    folders = find_packs(conf)
    chosen = tuple(dict.fromkeys(counties))
    check_counties(chosen, known)
    named = [county for office in offices for county in office.counties]
    check_counties(named, known)
    _check_one_office_each(offices)
    result = [Assignment(_load(folders, name, {}), chosen) for name in dict.fromkeys(packs)]
    rest = tuple(county for county in chosen or known if county not in named)
    # A charge without a readable county may be anybody's: it goes to the office of all others, else to the pack of most
    # offices, where what these chose differently is unknown.
    has_default = any(not office.counties for office in offices)
    policies = [office.choices() for office in offices]
    commonest = next(iter(Counter(policy.pack for policy in policies).most_common(1)), ("", 0))[0]
    for office, policy in zip(offices, policies, strict=True):
        if policy.pack in packs:
            raise InputRefused(
                f"pack [{policy.pack}] stands both among the packs and as the policy of an office"
            )
        own = tuple(county for county in office.counties if county in (chosen or known))
        if not office.counties:
            own = rest if named or chosen else ()
        # Nobody asked for its counties, or others have them all: an empty tuple would mean all of them.
        if not own and (named or chosen):
            continue
        takes_unreadable = not office.counties if has_default else policy.pack == commonest
        result.append(Assignment(_load_policy(folders, policy, office.place), own, takes_unreadable))
    return result


def _check_one_office_each(offices: Sequence[Office]) -> None:
    taken: set[str] = set()
    for office in offices:
        for county in office.counties or ("all other counties",):
            if county in taken:
                raise InputRefused(f"[{county}] stands under two offices; a county has one")
            taken.add(county)


def _load_policy(folders: Mapping[str, Path], policy: Policy, place: str) -> Pack:
    """The pack with the office's choices; what is wrong with these names the place where they were written."""
    try:
        pack = _load(folders, policy.pack, policy.parameters)
    except PackRefused:
        raise
    except InputRefused as error:
        raise InputRefused(f"{place}: {error}") from error
    if pack.layer != "policy":
        raise InputRefused(
            f"{place}: pack [{pack.name}] is a statute, which no office chooses; name it among packs"
        )
    return pack


def _load(folders: Mapping[str, Path], name: str, parameters: Mapping[str, Any]) -> Pack:
    return load_pack(named_packs(folders, [name])[name], parameters, folders)


def _nearest(name: str, known: Sequence[str]) -> str:
    nearest = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
    return f"; the nearest is [{nearest[0]}]" if nearest else ""
