"""What a run's id is made of."""

from pathlib import Path

import pytest

from clear_record.decide import plan


def test_the_code_of_a_run_is_every_source_of_the_packages_that_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "deciding" / "tables"
    inside.mkdir(parents=True)
    for folder in (inside.parent, inside):
        (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plan, "_DECIDING_PACKAGES", ("deciding",))
    before = plan.code_sha256()
    (inside / "typing.py").write_text("x = 1\n")
    assert plan.code_sha256() != before
