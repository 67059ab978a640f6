"""A PostgreSQL of its own for a test: in a temporary folder, on a free port, under a user who is not root, with a password."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD, DATABASE = "records", "ZZCANARYPASSWORD", "postgres"
MISSING = "PostgreSQL is not installed: apt-get install postgresql (scripts/test does it where it may)"


@dataclass(frozen=True)
class Database:
    """A running server: the client program, and its port."""

    client: Path
    port: int

    @property
    def url(self) -> str:
        return f"jdbc:postgresql://127.0.0.1:{self.port}/{DATABASE}"

    def run(self, sql: str) -> None:
        """Run statements (of psql, whose \\copy reads files of ours)."""
        subprocess.run(
            [self.client, "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", DATABASE, "-q", "-v", "ON_ERROR_STOP=1"],
            input=sql,
            text=True,
            check=True,
            capture_output=True,
            env={**os.environ, "PGPASSWORD": PASSWORD},
        )  # fmt: skip


def find_programs() -> tuple[Path, Path] | None:
    """The folder of PostgreSQL's server programs, which Debian keeps off the PATH, and the client psql; None without them."""
    on_path = shutil.which("initdb")
    folders = [
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
        *([Path(on_path).parent] if on_path else []),
    ]
    for folder in folders:
        client = shutil.which("psql", path=os.pathsep.join([str(folder), os.environ.get("PATH", "")]))
        if client and all((folder / name).is_file() for name in ("initdb", "pg_ctl")):
            return folder, Path(client)
    return None


@contextmanager
def running() -> Iterator[Database]:
    """A server that runs until the block ends. Raises FileNotFoundError where PostgreSQL is not installed."""
    found = find_programs()
    if found is None:
        raise FileNotFoundError(MISSING)
    programs, client = found
    # The server refuses to run as root, and its user must reach its folder.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="clear-record-postgres-"))
    try:
        (folder / "password").write_text(PASSWORD)
        if user is not None:
            for path in (folder, folder / "password"):
                shutil.chown(path, user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])

        def call(program: str, *arguments: str) -> None:
            subprocess.run(
                [programs / program, "-D", folder / "data", *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                user=user,
            )

        call(
            "initdb",
            "-U",
            USER,
            "-E",
            "UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
            f"--pwfile={folder}/password",
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield Database(client, port)
        finally:
            call("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
