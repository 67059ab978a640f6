"""Where a state's own files are found."""

from pathlib import Path

import pytest

from clear_record import configuration
from clear_record.configuration import conf_folders, find_source
from clear_record.errors import InputRefused


def test_the_shipped_files_are_found() -> None:
    (shipped,) = conf_folders()
    assert find_source("us_ca_doj", [shipped]).is_file()


def test_an_overlay_comes_first(tmp_path: Path) -> None:
    source = tmp_path / "sources" / "us_ca_doj.yaml"
    source.parent.mkdir()
    source.touch()
    assert find_source("us_ca_doj", conf_folders(tmp_path)) == source


def test_an_overlay_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"--conf \[.*nowhere\] is not a folder"):
        conf_folders(tmp_path / "nowhere")


def test_an_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "clear_record-0.1.0-py3-none-any.whl"
    archive.touch()
    monkeypatch.setattr(configuration, "__file__", str(archive / "clear_record" / "configuration.py"))
    with pytest.raises(InputRefused, match="leave it out of --py-files"):
        conf_folders()
