"""Reads YAML strictly: no aliases, anchors, tags or repeated keys, and every scalar is text until a model converts it.

So `NO` is a text and not false, a date stays as it was written, and a file says one thing only. Problems name file and line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, RootModel, ValidationError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from clear_record.errors import InputRefused

Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text as dicts, lists and texts; `lines` gives the line (from 1) of a place such as ("criteria", 0, "id")."""

    name: str
    content: Any
    lines: Mapping[Place, int] = field(default_factory=dict)

    def at(self, place: Place) -> str:
        """File and line of a place, or of the nearest place around it that the text has; the file alone without lines."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.name}:{self.lines[place]}" if place in self.lines else self.name


def read_yaml(path: Path) -> Any:
    """The content of a file; see `parse_yaml`."""
    return parse_yaml(read_text(path), str(path)).content


def read_text(path: Path) -> str:
    """The text of a configuration file. Raises InputRefused where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"[{path}] cannot be read as a UTF-8 text file") from error


def parse_yaml(text: str, name: str) -> Document:
    """Reads a YAML text; `name` stands in messages. Raises InputRefused with name and line for what is not plain YAML."""
    try:
        # In C: the cases of a pack are thousands of lines, and their authors wait for them.
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputRefused(f"{name}{line}: this is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise InputRefused(f"{name}: this is not YAML") from error
    lines: dict[Place, int] = {}
    remaining = iter(events)
    next(remaining)  # the start of the stream
    first = next(remaining)
    if isinstance(first, StreamEndEvent):
        raise InputRefused(f"{name}: the file is empty")
    content = _content(next(remaining), remaining, name, (), lines)
    next(remaining)  # the end of the document
    if isinstance(next(remaining), DocumentStartEvent):
        raise InputRefused(f"{name}: the file holds more than one document")
    return Document(name, content, lines)


def _content(
    event: Event, remaining: Iterator[Event], name: str, place: Place, lines: dict[Place, int]
) -> Any:
    line = _line_of(event)
    lines[place] = line
    assert isinstance(event, NodeEvent)
    if isinstance(event, AliasEvent) or event.anchor is not None:
        raise InputRefused(
            f"{name}:{line}: an alias or anchor [{event.anchor}] is not allowed: write the value out"
        )
    assert isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent)
    if event.tag is not None:
        raise InputRefused(f"{name}:{line}: a tag [{event.tag}] is not allowed: write the value alone")
    if isinstance(event, ScalarEvent):
        return event.value
    if isinstance(event, SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(item := next(remaining), SequenceEndEvent):
            items.append(_content(item, remaining, name, (*place, len(items)), lines))
        return items
    mapping: dict[str, Any] = {}
    while not isinstance(key := next(remaining), MappingEndEvent):
        if not isinstance(key, ScalarEvent):
            raise InputRefused(f"{name}:{_line_of(key)}: a key must be a text")
        if key.value in mapping:
            raise InputRefused(f"{name}:{_line_of(key)}: the key [{key.value}] stands here a second time")
        value = next(remaining)
        mapping[key.value] = _content(value, remaining, name, (*place, key.value), lines)
        lines[(*place, key.value)] = _line_of(key)
    return mapping


def _line_of(event: Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def read_model(model: type[Model], path: Path) -> Model:
    """A configuration file as a model; see `validated`."""
    return validated(model, parse_yaml(read_text(path), str(path)))


def validated(model: type[Model], document: Document) -> Model:
    """The document as a model. Raises InputRefused with file, line, place and what was expected."""
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # A key that is missing is most often one that was misspelt.
        first = next((each for each in errors if each["type"] == "extra_forbidden"), errors[0])
        is_missing = first["type"] == "missing"
        place = _place_in(document.content, first["loc"]) + (first["loc"][-1:] if is_missing else ())
        where = ".".join(str(part) for part in place) or "the file"
        if first["type"] == "extra_forbidden":
            problem = (
                f"[{place[-1]}] is not a known key{_nearest(str(place[-1]), _models_at(model, place[:-1]))}"
            )
        else:
            problem = first["msg"].removeprefix("Value error, ")
            problem = problem[0].lower() + problem[1:]
        raise InputRefused(f"{document.at(place)}: {where}: {problem}") from error


def _place_in(content: Any, named: Place) -> Place:
    """The place that pydantic names, without what it adds of its own: which alternative of a model it tried."""
    place: Place = ()
    for part in named:
        keys = (
            content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
        )
        if part in keys:
            place, content = (*place, part), content[part]
    return place


def _models_at(model: type[BaseModel], place: Place) -> list[type[BaseModel]]:
    """The models whose keys may stand at a place; what is no field is an index or a key of the reader's own."""
    models = _models_in(model)
    for part in place:
        fields = [
            field
            for each in models
            for name, field in each.model_fields.items()
            if part == (field.alias or name)
        ]
        if fields:
            models = [each for field in fields for each in _models_in(field.annotation)]
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _models_in(annotation.model_fields["root"].annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _nearest(key: str, models: list[type[BaseModel]]) -> str:
    known = [field.alias or name for each in models for name, field in each.model_fields.items()]
    nearest = get_close_matches(key, known, n=1, cutoff=0.5) if key not in known else []
    return f"; did you mean [{nearest[0]}]?" if nearest else ""
