"""What a lake keeps of a pack: its texts under their fingerprint, and its sentences as rows."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clear_record.law.pack import Pack

LANGUAGE = "clear-record-law-1"
"""The version of the law language: the same text may mean something else in another one."""


def fingerprint_of(texts: Mapping[str, str], language: str = LANGUAGE) -> str:
    """The hash of a pack's texts, by the names of their files, and of the language in which they are read."""
    return hashlib.sha256(json.dumps([language, sorted(texts.items())]).encode()).hexdigest()


def pack_row(pack: "Pack") -> dict[str, Any]:
    """The row of table `pack`."""
    return {
        "fingerprint": pack.fingerprint,
        "pack": pack.name,
        "status": pack.status,
        "layer": pack.layer,
        "language": LANGUAGE,
        "texts": dict(pack.texts),
    }


def criterion_rows(pack: "Pack") -> list[dict[str, Any]]:
    """The rows of table `criterion`: the pack's criteria, then the facts that its decisions can miss."""
    criteria = [
        ("criterion", position, each.id, each.says, each.cite, each.evidence)
        for position, each in enumerate(pack.criteria)
    ]
    facts = [("fact", position, name, None, None, None) for position, name in enumerate(pack.facts)]
    return [
        {
            "pack": pack.name,
            "fingerprint": pack.fingerprint,
            "part": part,
            "position": position,
            "id": id,
            "says": says,
            "cite": cite,
            "evidence": evidence,
        }
        for part, position, id, says, cite, evidence in (*criteria, *facts)
    ]
