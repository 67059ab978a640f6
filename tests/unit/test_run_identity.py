"""What a run's id is made of."""

import ast
from importlib import resources
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
    monkeypatch.setattr(plan, "DECIDING_PACKAGES", ("deciding",))
    before = plan.code_sha256()
    (inside / "typing.py").write_text("x = 1\n")
    assert plan.code_sha256() != before


# Imported where charges are decided, without a say in what is: how rows are vouched for and kept, and what is said of them.
WITHOUT_A_SAY = {"errors", "roots", "salts", "signing", "vault"}


def test_the_code_of_a_run_is_every_module_that_has_a_say_in_it() -> None:
    packages = {name.removeprefix("clear_record.") for name in plan.DECIDING_PACKAGES}
    root = Path(str(resources.files("clear_record")))
    sources = [source for package in packages for source in (root / package).rglob("*.py")]
    imported = {
        module.split(".")[1]
        for source in sources
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ImportFrom) and (module := node.module or "").startswith("clear_record.")
    }
    having_a_say = {name.removesuffix(".py") for name in plan.DECIDING_MODULES}
    assert imported - packages - having_a_say == WITHOUT_A_SAY
