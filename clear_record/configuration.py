"""Where a state's own files are found: sources, packs and run configurations, shipped ones and those laid over them."""

from collections.abc import Sequence
from pathlib import Path

from clear_record.errors import InputRefused


def conf_folders(*overlays: Path) -> tuple[Path, ...]:
    """The folders that hold `sources/` and `packs/`, the first one winning: `overlays`, then the shipped one.

    Raises InputRefused for an overlay that is not a folder, and where the package is read from an archive.
    """
    package = Path(__file__).resolve().parent
    # A wheel carries conf/ inside the package; a checkout has it beside the package.
    shipped = package / "conf" if (package / "conf").is_dir() else package.parent / "conf"
    if not shipped.is_dir():
        raise InputRefused(
            "clear-record runs from an archive, in which its sources and packs are no files; "
            "install the wheel for the Python of the driver, and leave it out of --py-files"
        )
    for overlay in overlays:
        if not overlay.is_dir():
            raise InputRefused(f"--conf [{overlay}] is not a folder; it holds sources/ and packs/")
    return (*overlays, shipped)


def find_source(name: str, folders: Sequence[Path]) -> Path:
    """The description of a source, `sources/<name>.yaml`. Raises InputRefused with the names that there are."""
    known: dict[str, Path] = {}
    for folder in reversed(folders):
        known.update({path.stem: path for path in (folder / "sources").glob("*.yaml")})
    if name not in known:
        raise InputRefused(f"there is no source [{name}]; known are: {', '.join(sorted(known))}")
    return known[name]
