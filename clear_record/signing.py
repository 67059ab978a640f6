"""Signatures of runs: DSSE envelopes around in-toto statements, by Ed25519.

DSSE: https://github.com/secure-systems-lab/dsse (protocol v1); the statement: https://in-toto.io/Statement/v1. What is signed is the
hash of the run's row, which binds all that the run rests on: the run before it, deliveries, law, and the roots of what was written.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from clear_record.errors import InputRefused
from clear_record.keys import private_text, write_private
from clear_record.roots import ALGORITHM

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
_PREDICATE_TYPE = "urn:clear-record:run:1"
_SETTLEMENT_TYPE = "urn:clear-record:settlement:1"
_SEAL_TYPE = "urn:clear-record:seal:1"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key of Ed25519; `id` is the SHA-256 of its public key, `public_key` that key's 32 bytes in hex."""

    private: Ed25519PrivateKey
    public_key: str

    @property
    def id(self) -> str:
        return key_id(self.public_key)

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"

    def sign(self, statement: Mapping[str, Any]) -> str:
        """The DSSE envelope around a statement, as JSON."""
        payload = json.dumps(statement, sort_keys=True).encode()
        signature = self.private.sign(_to_be_signed(payload))
        return json.dumps(
            {
                "payloadType": PAYLOAD_TYPE,
                "payload": base64.b64encode(payload).decode(),
                "signatures": [{"keyid": self.id, "sig": base64.b64encode(signature).decode()}],
            },
            sort_keys=True,
        )


def key_id(public_key: str) -> str:
    """The id of a public key, given in hex."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()


def make_signing_key(path: Path) -> SigningKey:
    """A new key in `path`, readable by its owner only, and its public key beside it in `<path>.pub`; both are PEM.

    Raises InputRefused where one of the files is there.
    """
    public_path = path.with_name(f"{path.name}.pub")
    private = Ed25519PrivateKey.generate()
    if public_path.exists() or path.exists():
        raise InputRefused(f"[{path}] or [{public_path}] is there already, and a key is never written over")
    write_private(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    public_path.write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return _signing_key(private)


def read_signing_key(path: Path) -> SigningKey:
    """The key in a PEM file. Raises InputRefused where others can read it or it is no such key."""
    text = private_text(path, "signing key", "an Ed25519 private key in PEM")
    try:
        private = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise InputRefused(
            f"[{path}] is no signing key: it holds an Ed25519 private key in PEM, without a password"
        ) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InputRefused(f"[{path}] is a key of another kind: make one with clear-record signing-key")
    return _signing_key(private)


def _signing_key(private: Ed25519PrivateKey) -> SigningKey:
    return SigningKey(private, _hex(private.public_key()))


def read_public_key(path: Path) -> str:
    """The public key in a PEM file, in hex. Raises InputRefused where it is none of Ed25519."""
    try:
        public = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputRefused(f"[{path}] cannot be read as a public key in PEM") from error
    if not isinstance(public, Ed25519PublicKey):
        raise InputRefused(f"[{path}] is a key of another kind than Ed25519")
    return _hex(public)


def _hex(public: Ed25519PublicKey) -> str:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def statement(run: Mapping[str, Any]) -> dict[str, Any]:
    """The in-toto statement about a row of `run`, nested rows as mappings."""
    return {
        "_type": _STATEMENT_TYPE,
        "subject": [
            {"name": f"run/{run['run_id']}", "digest": {"sha256": run["row_sha256"]}},
            *(
                {
                    "name": f"run/{run['run_id']}/{each['table_name']}",
                    "digest": {ALGORITHM: each["content_root"]},
                }
                for each in run["outputs"]
            ),
        ],
        "predicateType": _PREDICATE_TYPE,
        "predicate": {
            "position": run["position"],
            "as_of": run["as_of"].isoformat(),
            "packs": [{name: each[name] for name in ("pack", "fingerprint")} for each in run["packs"]],
            "deliveries": [dict(each) for each in run["deliveries"]],
            "seals": [dict(each) for each in run["seals"]],
            "previous_sha256": run["previous_sha256"],
        },
    }


def settlement_statement(settlement: Mapping[str, Any]) -> dict[str, Any]:
    """The in-toto statement about a row of `settlement`, whose id is the hash of what it says."""
    settlement_id = settlement["settlement_id"]
    return {
        "_type": _STATEMENT_TYPE,
        "subject": [{"name": f"settlement/{settlement_id}", "digest": {"sha256": settlement_id}}],
        "predicateType": _SETTLEMENT_TYPE,
        "predicate": {name: settlement[name] for name in ("run_id", "charge_id", "name", "settled_by")},
    }


def seal_statement(seal: Mapping[str, Any]) -> dict[str, Any]:
    """The in-toto statement about a row of `seal`, nested rows as mappings."""
    return {
        "_type": _STATEMENT_TYPE,
        "subject": [
            {"name": f"seal/{seal['seal_id']}", "digest": {"sha256": seal["row_sha256"]}},
            {"name": f"seal/{seal['seal_id']}/sealed_row", "digest": {ALGORITHM: seal["content_root"]}},
        ],
        "predicateType": _SEAL_TYPE,
        "predicate": {
            "position": seal["position"],
            "sealed_on": seal["sealed_on"].isoformat(),
            **{name: seal[name] for name in ("sealed_by", "under", "previous_sha256")},
        },
    }


def signed_payload(envelope: str, public_key: str) -> bytes | None:
    """What an envelope holds, if `public_key` (hex) signed it; None where it did not, or the envelope is none."""
    try:
        read = json.loads(envelope)
        payload = base64.b64decode(read["payload"], validate=True)
        signatures = [base64.b64decode(each["sig"], validate=True) for each in read["signatures"]]
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    if read.get("payloadType") != PAYLOAD_TYPE:
        return None
    return payload if any(_verifies(public, each, payload) for each in signatures) else None


def is_signed_by_its_key(row: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether the envelope of a row (key_id, public_key, envelope) is by the key that the row names, and says just this statement."""
    public_key, envelope = row["public_key"], row["envelope"]
    if public_key is None or envelope is None:
        return False
    payload = signed_payload(envelope, public_key)
    return payload is not None and key_id(public_key) == row["key_id"] and json.loads(payload) == said


def _verifies(public: Ed25519PublicKey, signature: bytes, payload: bytes) -> bool:
    try:
        public.verify(signature, _to_be_signed(payload))
    except InvalidSignature:
        return False
    return True


def _to_be_signed(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding."""
    return b" ".join(
        [b"DSSEv1", b"%d" % len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), b"%d" % len(payload), payload]
    )
