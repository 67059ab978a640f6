"""The key under which person ids enter the lake.

A state's person id is an identity too, so the lake holds only its HMAC-SHA-256. Who has the key can tell which person a row
is about; who has only the lake cannot.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from clear_record.errors import InputRefused

_KEY_BYTES = 32
ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class IdKey:
    """A key: its bytes, the file that holds it, and whether this call made it."""

    secret: bytes
    path: Path
    is_new: bool = False

    @property
    def fingerprint(self) -> str:
        """What stands in the `delivery` table: it tells keys apart and does not tell the key."""
        return hashlib.sha256(b"clear-record id key\n" + self.secret).hexdigest()[:16]

    def id_of(self, text: str) -> str:
        """What `clear_record.ingest.ids.keyed` makes of a text: the first 128 bits of its HMAC-SHA-256, in hex."""
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()[:ID_DIGITS]

    def __repr__(self) -> str:
        return f"IdKey({self.fingerprint})"


def id_key(lake: str, path: Path | None = None) -> IdKey:
    """The key in `path`; without one, the key beside the lake, made if it is not there.

    A key file holds at least 32 bytes in hex and is readable by its owner only. Raises InputRefused otherwise, and for a
    lake that is not a folder of this machine without `path`: a key belongs to people, not to an object store.
    """
    if path is None:
        if "://" in lake:
            raise InputRefused(
                f"a lake at [{lake}] needs --id-key FILE: no key is kept beside an object store"
            )
        path = beside(lake)
        if not path.exists():
            return _made(path)
    return IdKey(_read(path), path)


def kept_id_key(path: Path) -> IdKey:
    """The key in a file, as `id_key` reads it; none is made."""
    return IdKey(_read(path), path)


def beside(lake: str) -> Path:
    """Where the key of a lake in a folder is kept, if no other place is named."""
    return Path(f"{lake.rstrip('/')}.id-key")


def _made(path: Path) -> IdKey:
    secret = secrets.token_bytes(_KEY_BYTES)
    write_private(path, secret.hex() + "\n")
    return IdKey(secret, path, is_new=True)


def _read(path: Path) -> bytes:
    text = private_text(path, "id key", "64 hex digits")
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError as error:
        raise InputRefused(f"the id key [{path}] is not hex: it holds 64 hex digits or more") from error
    if len(secret) < _KEY_BYTES:
        raise InputRefused(f"the id key [{path}] is too short: it holds 64 hex digits or more")
    return secret


def private_text(path: Path, what: str, holds: str) -> str:
    """The text of a file that only its owner may read. Raises InputRefused where others may, or nobody can."""
    try:
        mode = path.stat().st_mode
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"the {what} [{path}] cannot be read: name a file that holds {holds}") from error
    if mode & 0o077:
        raise InputRefused(f"the {what} [{path}] can be read by others: run chmod 600 on it")
    return text


def write_private(path: Path, text: str) -> None:
    """A new file that only its owner may read. Raises FileExistsError where there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
