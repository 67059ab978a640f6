"""Whether the tables of a lake are still what their contracts say: columns, partitions, properties, constraints."""

import json
from typing import Any

from clear_record.audit.lake_files import LakeFiles
from clear_record.audit.verify.findings import Audited
from clear_record.errors import NotReproducible
from clear_record.tables import TABLES, Table

_DDL = {"integer": "int", "long": "bigint"}


def check_contracts(lake: LakeFiles, audited: Audited) -> None:
    """Find what was changed of each table that the lake has."""
    for table in TABLES.values():
        if not lake.has(table.name):
            continue
        try:
            _check(lake, table, audited)
        except NotReproducible as error:
            audited.found("log", table.name, str(error))
        audited.count("tables")


def _check(lake: LakeFiles, table: Table, audited: Audited) -> None:
    log = lake.table(table.name)
    fields = json.loads(log.schema().to_json())["fields"]
    actual = [(each["name"], _ddl(each["type"]), each["nullable"]) for each in fields]
    expected = [(each.name, each.type, each.nullable) for each in table.columns]
    if actual != expected:
        names = sorted({name for name, *_ in set(actual) ^ set(expected)}) or ["their order"]
        audited.found(
            "properties", table.name, f"its columns are not those of the contract: {', '.join(names)}"
        )
    if tuple(log.metadata().partition_columns) != table.partitioned_by:
        audited.found("properties", table.name, "it is partitioned otherwise than the contract says")
    properties = log.metadata().configuration
    for name, setting in table.properties.items():
        if properties.get(name) != setting:
            audited.found(
                "properties", table.name, f"its property {name} is [{properties.get(name)}], not [{setting}]"
            )


def _ddl(type: Any) -> str:
    """A type of a Delta schema as Spark DDL."""
    if isinstance(type, str):
        return _DDL.get(type, type)
    match type["type"]:
        case "array":
            return f"array<{_ddl(type['elementType'])}>"
        case "map":
            return f"map<{_ddl(type['keyType'])}, {_ddl(type['valueType'])}>"
        case _:
            fields = ", ".join(f"{each['name']}: {_ddl(each['type'])}" for each in type["fields"])
            return f"struct<{fields}>"
