"""A real PostgreSQL server of the test run's own: reached by a Unix socket that nobody else can reach."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

START_DEADLINE = 30.0
# Nothing here has to survive a crash of the machine; what survives one of the server is the same without syncing.
_OPTIONS = {"fsync": "off", "listen_addresses": "", "max_connections": "50", "shared_buffers": "32MB", "jit": "off"}
_SUPERUSER = "tester"


def programs() -> Path:
    """Where Debian keeps initdb and the others: beside each other, by version, the newest last."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    assert found, "PostgreSQL is missing: apt-get install postgresql (deploy/test does)"
    return found[-1].parent


def _unprivileged() -> dict[str, str]:
    """Who the server runs as: PostgreSQL refuses to be root's."""
    return {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}


@dataclass(frozen=True)
class TestDatabase:
    """One database of a server. `url` is a DATABASE_URL."""

    __test__ = False

    server: "PostgresServer"
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def psql(self, command: str) -> str:
        """What psql prints for `command`: one line a row, columns separated by `|`."""
        return self.server.psql(command, self.name)


@dataclass
class PostgresServer:
    """A cluster in `directory`, which belongs to whoever runs it."""

    directory: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create(self) -> None:
        initdb = ("--auth=trust", f"--username={_SUPERUSER}", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", *initdb, f"--pgdata={self._data}")
        lines = [
            f"{name} = '{value}'" for name, value in {**_OPTIONS, "unix_socket_directories": self.directory}.items()
        ]
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def start(self) -> None:
        """Returns when it accepts connections."""
        self._control("start", "--wait", f"--timeout={START_DEADLINE:g}", f"--log={self.directory / 'log'}")

    def stop(self, how: str = "fast") -> None:
        """`fast` as an operator does, `immediate` as a crash does."""
        self._control("stop", "--wait", f"--mode={how}")

    def start_again(self) -> None:
        """Starts it unless it runs."""
        if not (self._data / "postmaster.pid").exists():
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """While inside, it neither answers nor hangs up."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def url(self, name: str) -> str:
        return f"postgresql://{_SUPERUSER}@/{name}?host={self.directory}"

    def psql(self, command: str, name: str = "postgres") -> str:
        quiet = ("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1")
        return self._run("psql", *quiet, "-h", str(self.directory), "-U", _SUPERUSER, "-d", name, "-c", command).strip()

    @contextmanager
    def database(self) -> Iterator[TestDatabase]:
        """A database of its own, dropped at the end."""
        name = f"test_{next(self._numbers)}"
        self.psql(f"CREATE DATABASE {name}")
        try:
            yield TestDatabase(self, name)
        finally:
            self.psql(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _signal(self, number: signal.Signals) -> None:
        """To the server and all of its backends, which are its children."""
        main = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in (main, *map(int, children)):
            with suppress(ProcessLookupError):  # a backend whose client has gone ends as soon as it may
                os.kill(pid, number)

    def _control(self, command: str, *words: str) -> None:
        self._run("pg_ctl", command, f"--pgdata={self._data}", *words)

    def _run(self, program: str, *words: str) -> str:
        # No pipe: the server that pg_ctl starts would hold it open.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [programs() / program, *words],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                timeout=2 * START_DEADLINE,
                **_unprivileged(),  # type: ignore[call-overload]  # user and group, or neither
            )
            output.seek(0)
            said = output.read().decode()
        assert done.returncode == 0, f"{program} {' '.join(words)}: {said}"
        return said


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """A server for as long as the block. Its directory is short: a socket's path may have 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix="codeportal-postgres-", dir="/tmp"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    server = PostgresServer(directory)
    try:
        server.create()
        server.start()
        yield server
    finally:
        if (directory / "data" / "postmaster.pid").exists():
            server.stop("immediate")
        shutil.rmtree(directory)
