"""The ring of keys under which ids enter the lake.

A state's person id is an identity too, and so is a docket number, so the lake holds only their HMAC-SHA-256. Who has the ring
can tell which person a row is about; who has only the lake cannot, not even by trying all numbers that a state can print.

A key file is a ring: one secret a line, the oldest first. The id of a text is the HMAC under the last secret of the HMAC under the
one before, down to the HMAC of the text under the first. So a new secret makes every id anew from the id that is there
(docs/decisions/ids-are-keyed-and-rotate.md), and nothing has to be delivered again.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from clear_record.errors import InputRefused
from clear_record.lake_names import is_folder

_KEY_BYTES = 32
ID_DIGITS = 32


@dataclass(frozen=True, slots=True)
class IdKey:
    """A ring: its secrets, the oldest first, the file that holds them, and whether this call made it."""

    secrets: tuple[bytes, ...]
    path: Path
    is_new: bool = False

    @property
    def fingerprint(self) -> str:
        """What stands in the tables `delivery` and `run`: it tells rings apart and does not tell their secrets."""
        return hashlib.sha256(f"clear-record id key\n{self.text}".encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The ring as a key file has it."""
        return "".join(f"{secret.hex()}\n" for secret in self.secrets)

    @property
    def last(self) -> "IdKey":
        """The last secret alone, which makes the ring's ids from those of the ring before it."""
        return IdKey(self.secrets[-1:], self.path)

    def id_of(self, text: str, digits: int = ID_DIGITS) -> str:
        """What `clear_record.ingest.ids.keyed` makes of a text: the first 128 bits of its HMAC-SHA-256, in hex, under each secret."""
        for secret in self.secrets:
            text = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:digits]
        return text

    def __repr__(self) -> str:
        return f"IdKey({self.fingerprint})"


def id_key(lake: str, path: Path | None = None) -> IdKey:
    """The ring in `path`; without one, the ring beside the lake, made of one secret if neither is there.

    A key file holds in each line at least 32 bytes in hex, and is readable by its owner only. Raises InputRefused otherwise, and
    without `path` for a lake that is not a folder of this machine (a key belongs to people, not to an object store) and for one
    that has deliveries and no key beside it.
    """
    if path is None:
        if not is_folder(lake):
            raise InputRefused(f"a lake at [{lake}] needs --id-key FILE: a key is kept beside a folder only")
        path = beside(lake)
        if not path.exists():
            if Path(lake, "delivery").exists():
                raise InputRefused(
                    f"the id key of the lake [{lake}] is not at [{path}]: name its file with --id-key; another key would not "
                    "meet the same people"
                )
            return _made(path, ())
    return kept_id_key(path)


def kept_id_key(path: Path) -> IdKey:
    """The ring in a file, as `id_key` reads it; none is made."""
    return IdKey(_read(path), path)


def longer_id_key(key: IdKey, path: Path) -> IdKey:
    """The ring with one more secret, made and kept in `path`; or as an earlier call left it there.

    Raises InputRefused where the file holds anything else: it is never written over.
    """
    if not path.exists():
        return _made(path, key.secrets)
    longer = kept_id_key(path)
    if longer.secrets[:-1] != key.secrets:
        raise InputRefused(
            f"[{path}] is there and is not [{key.path}] with one more secret: name a file that is not there"
        )
    return longer


def beside(lake: str) -> Path:
    """Where the key of a lake in a folder is kept, if no other place is named."""
    return Path(f"{lake.rstrip('/')}.id-key")


def _made(path: Path, before: tuple[bytes, ...]) -> IdKey:
    key = IdKey((*before, secrets.token_bytes(_KEY_BYTES)), path, is_new=True)
    write_private(path, key.text)
    return key


def _read(path: Path) -> tuple[bytes, ...]:
    text = private_text(path, "id key", "64 hex digits in each line")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise InputRefused(f"the id key [{path}] is empty: it holds 64 hex digits or more in each line")
    return tuple(_secret(line, f"line {number} of the id key [{path}]") for number, line in lines)


def _secret(line: str, where: str) -> bytes:
    try:
        secret = bytes.fromhex(line)
    except ValueError as error:
        raise InputRefused(f"{where} is not hex: it holds 64 hex digits or more") from error
    if len(secret) < _KEY_BYTES:
        raise InputRefused(f"{where} is too short: it holds 64 hex digits or more")
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
