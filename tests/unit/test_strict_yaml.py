"""YAML that says one thing only: what is read, and what is refused with its line."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from clear_record.errors import InputRefused
from clear_record.law.strict_yaml import parse_yaml, read_model, read_yaml, validated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    years: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    inner: Inner | None = None


def test_every_scalar_is_text() -> None:
    content = parse_yaml("a: NO\nb: 2016-11-09\nc: 010\nd: null\ne: [1, ~]\nf: ''\n", "x").content
    assert content == {"a": "NO", "b": "2016-11-09", "c": "010", "d": "null", "e": ["1", "~"], "f": ""}


def test_a_document_knows_the_line_of_every_place() -> None:
    document = parse_yaml("a:\n  - b: 1\n    c: 2\n  - d\n", "x.yaml")
    assert document.at(("a", 0, "c")) == "x.yaml:3"
    assert document.at(("a", 1)) == "x.yaml:4"
    assert document.at(("a", 0, "nothing", 3)) == "x.yaml:2"
    assert document.at(()) == "x.yaml:1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml: the file is empty"),
        ("# nothing\n", "x.yaml: the file is empty"),
        ("a: 1\na: 2\n", "x.yaml:2: the key [a] stands here a second time"),
        ("a: {b: 1, b: 2}\n", "x.yaml:1: the key [b] stands here a second time"),
        ("a: &here 1\nb: *here\n", "x.yaml:1: an alias or anchor [here] is not allowed"),
        ("b: *there\n", "x.yaml:1: an alias or anchor [there] is not allowed"),
        ("a: !!int 1\n", "x.yaml:1: a tag ["),
        ("a: !python/object 1\n", "x.yaml:1: a tag ["),
        ("? [a, b]\n: 1\n", "x.yaml:1: a key must be a text"),
        ("a: 1\n---\nb: 2\n", "x.yaml: the file holds more than one document"),
        ("a: [1\nb: 2\n", "x.yaml:2: this is not YAML"),
        ("a: 'open\n", "x.yaml:"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(InputRefused) as refused:
        parse_yaml(text, "x.yaml")
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)


def test_a_model_is_filled_from_texts() -> None:
    assert validated(Outer, parse_yaml("title: T\ninner: {years: 7}\n", "x")) == Outer(
        title="T", inner=Inner(years=7)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("titel: T\n", "x.yaml:1: titel: [titel] is not a known key; did you mean [title]?"),
        (
            "title: T\ninner:\n  yaers: 7\n",
            "x.yaml:3: inner.yaers: [yaers] is not a known key; did you mean [years]?",
        ),
        ("title: T\ninner:\n  years: seven\n", "x.yaml:3: inner.years: input should be a valid integer"),
        ("- a\n", "x.yaml:1: the file: input should be a valid dictionary"),
        ("inner: {years: 7}\n", "x.yaml:1: title: field required"),
    ],
)
def test_what_does_not_fit_a_model_is_refused_with_place_and_line(text: str, message: str) -> None:
    with pytest.raises(InputRefused) as refused:
        validated(Outer, parse_yaml(text, "x.yaml"))
    assert str(refused.value).startswith(message)


def test_files_are_read_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("title: Año\n", encoding="utf-8")
    assert read_yaml(path) == {"title": "Año"}
    assert read_model(Outer, path).title == "Año"
    path.write_bytes("title: Año\n".encode("latin-1"))
    with pytest.raises(InputRefused, match="cannot be read as a UTF-8 text file"):
        read_yaml(path)
    with pytest.raises(InputRefused, match="cannot be read"):
        read_yaml(tmp_path / "nothing.yaml")
