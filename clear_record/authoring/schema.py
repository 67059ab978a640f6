"""JSON Schemas of the files of a pack, for editors: they complete keys and mark what the reader would refuse.

They come from the models that the reader uses. It reads every scalar as text and an editor does not, so a text may be a number or
true here.
"""

from typing import Any

from pydantic import BaseModel

from clear_record.law.cases import CaseFile
from clear_record.law.pack_reader import MODELS

_SCALAR = ["string", "number", "boolean"]


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a file of a pack: `pack`, `parameters`, `offenses`, or one of its `cases`."""
    models: dict[str, type[BaseModel]] = {**MODELS, "cases": CaseFile}
    schema = _read_by_editors(models[kind].model_json_schema(by_alias=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"clear-record: {kind} of a rule pack",
    }


def _read_by_editors(node: Any) -> Any:
    if isinstance(node, list):
        return [_read_by_editors(each) for each in node]
    if not isinstance(node, dict):
        return node
    read = {
        key: _read_by_editors(each) for key, each in node.items() if key != "title" or isinstance(each, dict)
    }
    if node.get("const") == "true":
        return {"enum": ["true", True]}
    if node.get("type") == "string" and "enum" not in node and "const" not in node and "format" not in node:
        read["type"] = _SCALAR
    return read
