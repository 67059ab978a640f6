import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def pinned(package: str) -> str:
    found = re.search(rf'"{package}==([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    assert found, f"pyproject.toml pins no {package}"
    return found[1]


def test_the_listed_jars_are_those_of_the_pinned_delta_for_the_pinned_spark() -> None:
    spark = pinned("pyspark").rpartition(".")[0]
    listed = [line.split()[1] for line in (ROOT / "scripts" / "delta-jars.sha256").read_text().splitlines()]

    assert f"io.delta_delta-spark_{spark}_2.13-{pinned('delta-spark')}.jar" in listed
    assert all(jar.endswith(f"-{pinned('delta-spark')}.jar") for jar in listed if jar.startswith("io.delta_"))
