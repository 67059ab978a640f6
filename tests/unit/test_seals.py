"""What seals say: marks, versions that can no longer be read as they were, and what a run could not know."""

import hashlib
from datetime import date
from typing import Any

from clear_record.seals import in_words, is_purged, mark_of, marked_by, unknown_to
from clear_record.signing import SigningKey, is_signed_by_its_key, make_signing_key, seal_statement
from clear_record.tables import TABLES

SEALS: list[dict[str, Any]] = [
    {
        "seal_id": f"s{number}",
        "position": number,
        "sealed_on": date(2021, 2, number),
        "under": "PC 851.8",
        "sealed_by": "A. Clerk",
        "marks": [mark_of(f"c{number}")],
        "tables": [{"table_name": "charge", "version": 3 * number, "rows_count": 1}],
        "content_root": "00",
        "previous_sha256": None,
        "row_sha256": f"h{number}",
    }
    for number in (1, 2)
]


def test_versions_up_to_a_seal_are_purged_and_later_ones_are_not() -> None:
    assert [is_purged(SEALS, "charge", version) for version in (0, 3, 6, 7)] == [True, True, True, False]
    assert not is_purged(SEALS, "subject", 0)


def test_a_sealed_charge_is_known_by_a_hash_of_its_id() -> None:
    assert marked_by(SEALS)[hashlib.sha256(b"c2").hexdigest()]["seal_id"] == "s2"


def test_a_run_knows_the_seals_that_it_names() -> None:
    run = {"seals": [{"seal_id": "s1", "row_sha256": "h1"}]}
    assert [each["seal_id"] for each in unknown_to(run, SEALS)] == ["s2"]
    assert in_words(SEALS) == "sealed on 2021-02-01 under PC 851.8, sealed on 2021-02-02 under PC 851.8"


def test_a_seal_is_signed_over_its_hash_and_what_it_left(tmp_path: Any) -> None:
    key: SigningKey = make_signing_key(tmp_path / "key")
    signed = {
        **SEALS[0],
        "key_id": key.id,
        "public_key": key.public_key,
        "envelope": key.sign(seal_statement(SEALS[0])),
    }
    assert is_signed_by_its_key(signed, seal_statement(signed))
    for other in ({"row_sha256": "other"}, {"content_root": "other"}, {"under": "other"}):
        assert not is_signed_by_its_key(signed, seal_statement({**signed, **other}))


def test_no_log_of_a_table_has_the_id_of_a_person_or_charge_in_its_statistics() -> None:
    named = {
        name
        for table in TABLES.values()
        for name in table.properties["delta.dataSkippingStatsColumns"].split(",")
    }
    assert named <= {"", "run_id", "delivery_id"}
