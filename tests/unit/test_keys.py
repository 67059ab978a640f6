"""The ring of id keys: what a file may hold, what a text becomes under it, and what is refused in one line."""

import hmac
import stat
from pathlib import Path

import pytest

from clear_record.errors import InputRefused
from clear_record.ingest.ids import id_columns
from clear_record.keys import IdKey, beside, id_key, kept_id_key, longer_id_key, write_private
from clear_record.tables import RECORD_TABLES

FIRST, SECOND = "1f" * 32, "a0" * 40


def ring(folder: Path, text: str, name: str = "key") -> IdKey:
    write_private(folder / name, text)
    return kept_id_key(folder / name)


def by_hand(secret: str, text: str) -> str:
    return hmac.new(bytes.fromhex(secret), text.encode(), "sha256").hexdigest()


def test_the_id_of_a_text_is_keyed_by_each_secret_of_the_ring_in_turn(tmp_path: Path) -> None:
    key = ring(tmp_path, f"{FIRST}\n\n{SECOND}\n")
    assert key.id_of("A1") == by_hand(SECOND, by_hand(FIRST, "A1")[:32])[:32]
    assert key.id_of("A1", digits=15) == by_hand(SECOND, by_hand(FIRST, "A1")[:15])[:15]


def test_a_ring_of_one_secret_is_a_plain_keyed_hash(tmp_path: Path) -> None:
    assert ring(tmp_path, FIRST).id_of("A1") == by_hand(FIRST, "A1")[:32]


def test_the_last_secret_makes_the_ids_of_a_ring_from_those_of_the_ring_before(tmp_path: Path) -> None:
    before = ring(tmp_path, FIRST)
    after = longer_id_key(before, tmp_path / "longer")
    assert after.last.id_of(before.id_of("A1")) == after.id_of("A1")
    assert before.id_of("A1") != after.id_of("A1")


def test_a_fingerprint_is_that_of_the_whole_ring_and_tells_no_secret(tmp_path: Path) -> None:
    texts = (FIRST, SECOND, f"{FIRST}\n{SECOND}", f"{SECOND}\n{FIRST}", FIRST + SECOND)
    keys = [ring(tmp_path, text, str(at)) for at, text in enumerate(texts)]
    assert len({key.fingerprint for key in keys}) == len(texts)
    assert ring(tmp_path, f"\n{FIRST.upper()}  \n\n", "same").fingerprint == keys[0].fingerprint
    for key in keys:
        assert FIRST[:8] not in repr(key)
        assert SECOND[:8] not in repr(key)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"the id key \[.*\] is empty: it holds 64 hex digits or more in each line"),
        ("ab" * 31, r"line 1 of the id key \[.*\] is too short: it holds 64 hex digits or more"),
        (f"{FIRST}\nab\n", r"line 2 of the id key \[.*\] is too short"),
        (f"{FIRST}\n{'xy' * 32}\n", r"line 2 of the id key \[.*\] is not hex"),
    ],
)
def test_a_key_that_is_short_or_no_hex_is_refused_by_its_line_and_not_told(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InputRefused, match=message) as refused:
        ring(tmp_path, text)
    assert FIRST not in str(refused.value)
    assert "xy" not in str(refused.value)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    ring(tmp_path, FIRST).path.chmod(0o640)
    with pytest.raises(InputRefused, match="can be read by others: run chmod 600 on it"):
        kept_id_key(tmp_path / "key")


def test_a_key_that_is_missing_is_refused_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be read: name a file that holds 64 hex digits"):
        id_key(str(tmp_path / "lake"), tmp_path / "nowhere")


def test_a_key_is_made_beside_a_lake_once_and_never_for_one_with_deliveries(tmp_path: Path) -> None:
    lake = str(tmp_path / "lake")
    made = id_key(lake)
    assert made.is_new
    assert stat.S_IMODE(beside(lake).stat().st_mode) == 0o600
    assert id_key(lake) == IdKey(made.secrets, made.path)
    (tmp_path / "lake" / "delivery").mkdir(parents=True)
    beside(lake).unlink()
    with pytest.raises(
        InputRefused, match=r"the id key of the lake .* is not at .*: name its file with --id-key"
    ):
        id_key(lake)
    assert not beside(lake).exists()


def test_a_longer_ring_is_made_once_and_its_file_is_never_written_over(tmp_path: Path) -> None:
    before = ring(tmp_path, FIRST)
    longer = longer_id_key(before, tmp_path / "longer")
    assert longer.secrets[:-1] == before.secrets
    assert stat.S_IMODE(longer.path.stat().st_mode) == 0o600
    assert before.path.read_text() == FIRST
    assert longer_id_key(before, longer.path).secrets == longer.secrets
    for other in (
        before,
        ring(tmp_path, f"{SECOND}\n{FIRST}", "other"),
        longer_id_key(longer, tmp_path / "third"),
    ):
        kept = other.path.read_text()
        with pytest.raises(InputRefused, match="with one more secret: name a file that is not there"):
            longer_id_key(before, other.path)
        assert other.path.read_text() == kept


def test_the_columns_that_hold_keyed_ids_are_known() -> None:
    found = {name for table in RECORD_TABLES for name in id_columns(table)}
    assert found == {
        "record_id", "subject_id", "linked_subject_id", "charge_id", "case_id", "cycle_id", "supervision_id", "registration_id", "fact_id",
    }  # fmt: skip
