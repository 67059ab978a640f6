"""How the place of a lake is written: a path, an object store's URI, or `catalog:CATALOG.SCHEMA` (of Spark's own catalog also
`catalog:SCHEMA`)."""

import re
from pathlib import Path

from clear_record.errors import InputRefused

SPARKS_OWN_CATALOG = "spark_catalog"
_CATALOG = "catalog:"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def is_folder(lake: str) -> bool:
    """Whether a lake is a folder of this machine by its name."""
    return "://" not in lake and not is_schema(lake)


def is_schema(lake: str) -> bool:
    """Whether a lake is a schema of a catalog."""
    return lake.startswith(_CATALOG)


def root_of(lake: str) -> str:
    """The root of a lake that is a path or a URI. Delta takes a relative path for the name of a table in a catalog."""
    return str(Path(lake).absolute()) if is_folder(lake) else lake.rstrip("/")


def schema_of(lake: str) -> tuple[str, str]:
    """The catalog and the schema that a lake is. Raises InputRefused where it is not written as one."""
    parts = lake.removeprefix(_CATALOG).split(".")
    if len(parts) > 2 or not all(map(_NAME.fullmatch, parts)):
        raise InputRefused(
            f"[{lake}] names no schema: write catalog:CATALOG.SCHEMA in letters, digits, - and _"
        )
    return (parts[0], parts[1]) if len(parts) == 2 else (SPARKS_OWN_CATALOG, parts[0])


def table_in(*parts: str) -> str:
    """The name of a table as SQL has it, of catalog, schema and table."""
    return ".".join(f"`{each}`" for each in parts)
