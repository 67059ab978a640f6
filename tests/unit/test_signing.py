"""Signatures of runs: what is signed, by which key, and what is no signature."""

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from clear_record.errors import InputRefused
from clear_record.signing import (
    key_id,
    make_signing_key,
    read_public_key,
    read_signing_key,
    signed_payload,
    statement,
)

RUN: dict[str, Any] = {
    "run_id": "r1",
    "row_sha256": "ab" * 32,
    "outputs": [{"table_name": "decision", "content_root": "cd" * 32}],
    "position": 1,
    "as_of": date(2025, 1, 1),
    "packs": [{"pack": "us_zz/law", "fingerprint": "ef" * 32, "status": "draft"}],
    "deliveries": [{"delivery_id": "d1", "row_sha256": "01" * 32}],
    "seals": [{"seal_id": "s1", "row_sha256": "03" * 32}],
    "previous_sha256": None,
}


def test_what_a_key_signs_its_public_key_verifies(tmp_path: Path) -> None:
    made = make_signing_key(tmp_path / "key")
    key = read_signing_key(tmp_path / "key")
    assert key.id == made.id == key_id(read_public_key(tmp_path / "key.pub"))
    payload = signed_payload(key.sign(statement(RUN)), key.public_key)
    assert payload is not None
    said = json.loads(payload)
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    assert said["subject"][0] == {"name": "run/r1", "digest": {"sha256": RUN["row_sha256"]}}
    assert said["predicate"]["as_of"] == "2025-01-01"


def test_the_signature_is_over_the_encoding_of_dsse(tmp_path: Path) -> None:
    """Anybody's tool can verify it: the bytes are those of the protocol."""
    key = make_signing_key(tmp_path / "key")
    envelope = json.loads(key.sign({"a": 1}))
    payload = base64.b64decode(envelope["payload"])
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d %s" % (len(payload), payload)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_key))
    public.verify(base64.b64decode(envelope["signatures"][0]["sig"]), signed)


@pytest.mark.parametrize("part", ["payload", "payloadType", "signatures"])
def test_an_envelope_of_which_a_part_was_changed_is_not_signed(tmp_path: Path, part: str) -> None:
    key, other = make_signing_key(tmp_path / "key"), make_signing_key(tmp_path / "other")
    envelope = json.loads(key.sign(statement(RUN)))
    changed = json.loads(other.sign(statement({**RUN, "run_id": "r2"}))) | {"payloadType": "text/plain"}
    assert signed_payload(json.dumps(envelope | {part: changed[part]}), key.public_key) is None


@pytest.mark.parametrize(
    "envelope", ["", "[]", "{}", '{"payload": 1, "signatures": []}', '"x"', "\N{SNOWMAN}"]
)
def test_what_is_no_envelope_is_not_signed(tmp_path: Path, envelope: str) -> None:
    key = make_signing_key(tmp_path / "key")
    assert signed_payload(envelope, key.public_key) is None
    assert signed_payload(key.sign(statement(RUN)), "no key") is None


def test_a_private_key_is_for_its_owner_and_is_never_written_over(tmp_path: Path) -> None:
    make_signing_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputRefused, match="never written over"):
        make_signing_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(InputRefused, match=r"signing key .* can be read by others: run chmod 600 on it"):
        read_signing_key(tmp_path / "key")


def test_what_is_no_key_is_refused_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "key"
    with pytest.raises(InputRefused, match="cannot be read"):
        read_signing_key(file)
    file.touch(mode=0o600)
    file.write_text("not a key")
    with pytest.raises(InputRefused, match="is no signing key"):
        read_signing_key(file)
    with pytest.raises(InputRefused, match="cannot be read as a public key"):
        read_public_key(file)
