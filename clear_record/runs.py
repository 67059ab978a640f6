"""What a run is asked to do: which packs decide which counties, from options of the command line or a run configuration.

A state runs its offices at once: each county's district attorney has a policy of its own, and the law is one for all.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from clear_record.decide.assignment import Assignment
from clear_record.errors import InputRefused
from clear_record.law.pack import Pack, find_packs, load_pack
from clear_record.law.strict_yaml import read_yaml

_OFFICE_OPTIONS_PACK = "us_ca/office_policy"


class Office(BaseModel):
    """The policy of one or more counties; without counties, of all that no other office names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pack: str
    counties: tuple[str, ...] = ()
    parameters: dict[str, Any] = {}
    options: Path | None = None


class RunConfiguration(BaseModel):
    """A file of conf/runs: the whole flow, ingest, decide and publish, for a state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    inputs: tuple[str, ...] = ()
    lake: str | None = None
    out: Path | None = None
    as_of: date
    received_on: date | None = None
    counties: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    offices: tuple[Office, ...] = ()


def read_run_configuration(path: Path) -> RunConfiguration:
    """Read a run configuration. Raises InputRefused with file, place and what was expected."""
    try:
        configuration = RunConfiguration.model_validate(read_yaml(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputRefused(f"{path}: {place}: {first['msg'][0].lower()}{first['msg'][1:]}") from error
    if not configuration.packs and not configuration.offices:
        raise InputRefused(f"{path}: names neither packs nor offices; there is nothing to decide")
    return configuration


def check_counties(counties: Sequence[str], known: Sequence[str]) -> None:
    """Raise InputRefused for a county that the source does not have, with the nearest that it has."""
    for county in counties:
        if county not in known:
            nearest = get_close_matches(county.upper(), known, n=1, cutoff=0.0)
            raise InputRefused(f"there is no county [{county}] in the source; the nearest is [{nearest[0]}]")


def assignments(
    packs: Sequence[str], offices: Sequence[Office], counties: Sequence[str], known: Sequence[str], conf: Sequence[Path]
) -> list[Assignment]:
    """Which pack decides which counties.

    `packs` decide all `counties` (all of the source if empty); each of `offices` decides its own of them. Raises
    InputRefused for an unknown pack or county, and for a county with two offices.
    """
    folders = find_packs(conf)
    chosen = tuple(dict.fromkeys(counties))
    check_counties(chosen, known)
    result = [Assignment(_load(folders, name, {}), chosen) for name in dict.fromkeys(packs)]
    taken: dict[str, str] = {}
    for office in offices:
        check_counties(office.counties, known)
        for county in office.counties:
            if county in taken:
                raise InputRefused(f"county [{county}] has two offices: [{taken[county]}] and [{office.pack}]")
            taken[county] = office.pack
    rest = tuple(county for county in chosen or known if county not in taken)
    for office in offices:
        own = tuple(county for county in office.counties if not chosen or county in chosen) or (
            () if office.counties else (rest if taken or chosen else ())
        )
        if office.counties and not own:
            continue
        parameters = {**(office_options(office.options) if office.options else {}), **office.parameters}
        result.append(Assignment(_load(folders, office.pack, parameters), own))
    return result


def _load(folders: Mapping[str, Path], name: str, parameters: Mapping[str, Any]) -> Pack:
    if name not in folders:
        nearest = get_close_matches(name, folders, n=1, cutoff=0.0)
        raise InputRefused(f"there is no pack [{name}]; the nearest is [{nearest[0] if nearest else 'none'}]")
    return load_pack(folders[name], parameters)
