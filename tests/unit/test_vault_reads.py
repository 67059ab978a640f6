"""Who read the vault, as an auditor asks it: no Spark is started."""

import json
from pathlib import Path

import pytest

from clear_record.audit.vault_reads import vault_reads
from clear_record.errors import InputRefused
from tests.flow.commands import command
from tests.lakes import write_rows


def read(at: str, by: str) -> dict[str, object]:
    counts = {"subjects_count": 2, "charges_count": 3}
    return {
        "read_id": f"{by}-{at}",
        "run_id": "r1",
        "read_by": by,
        "read_at": at,
        "purpose": "lists into [/out]",
        **counts,
    }


@pytest.fixture
def vault(tmp_path: Path) -> str:
    reads = [read("2025-06-02T08:00:00+00:00", "B. Clerk"), read("2025-06-01T08:00:00+00:00", "A. Clerk")]
    write_rows(tmp_path, "vault_read", reads)
    return str(tmp_path)


def test_reads_are_told_the_first_first(vault: str) -> None:
    assert [each["read_by"] for each in vault_reads(vault).rows] == ["A. Clerk", "B. Clerk"]
    code, said = command("vault-reads", "--vault", vault, "--json")
    assert (code, json.loads(said)["reads"][0]["charges_count"]) == (0, 3)


def test_reads_are_told_in_words(vault: str) -> None:
    code, said = command("vault-reads", "--vault", vault)
    assert code == 0, said
    assert "A. Clerk" in said.splitlines()[1]
    assert "[/out]" in said


def test_a_folder_that_is_no_vault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"there is no vault in \[.*\]: no table \[vault_read\] is there"):
        vault_reads(str(tmp_path))
    with pytest.raises(InputRefused, match="reads a vault on a disk"):
        vault_reads("s3a://records/vault")
