"""A Docker engine of a test's own, beside the machine's: it can be ended and started again."""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.actors.containers import image

START_DEADLINE = 40.0


class Engine:
    """A dockerd with its own data, socket and containerd namespace. It has no network: runners need none."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        return f"unix://{self._directory}/docker.sock"

    def start(self) -> None:
        at = self._directory
        options = [
            *(f"--data-root={at}/data", f"--exec-root={at}/exec", f"--pidfile={at}/docker.pid", f"--host={self.host}"),
            *("--bridge=none", "--iptables=false", "--ip6tables=false", f"--containerd-namespace={at.name}"),
            f"--containerd-plugins-namespace={at.name}-plugins",
        ]
        with (at / "dockerd.log").open("ab") as log:
            # In a network namespace of its own: an engine without a bridge removes the default one of its namespace.
            self._process = subprocess.Popen(["unshare", "--net", "dockerd", *options], stdout=log, stderr=log)
        deadline = time.monotonic() + START_DEADLINE
        while subprocess.run(["docker", "--host", self.host, "info"], capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, (at / "dockerd.log").read_text()[-3000:]
            time.sleep(0.1)  # the engine has no signal to wait on before it listens

    def stop(self) -> None:
        """End it, as a service manager would; its containers end first."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(START_DEADLINE)

    def kill(self) -> None:
        """As the machine would; its containers and those who watch over them live on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(START_DEADLINE)

    def load(self, name: str) -> None:
        """Take an image over from the machine's engine."""
        with subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE) as saved:
            loading = ["docker", "--host", self.host, "load"]
            subprocess.run(loading, stdin=saved.stdout, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def own_engine() -> Iterator[Engine]:
    """An engine that has the Python runner's image; DOCKER_HOST names it meanwhile."""
    # Short, as it goes into the names of sockets; and hex, as containerd takes it for a namespace's name.
    directory = Path(tempfile.gettempdir()) / f"engine-{secrets.token_hex(4)}"
    directory.mkdir(mode=0o700)
    engine = Engine(directory)
    before = os.environ.get("DOCKER_HOST")
    engine.start()
    try:
        engine.load(image("python"))
        os.environ["DOCKER_HOST"] = engine.host
        yield engine
    finally:
        if before is None:
            os.environ.pop("DOCKER_HOST", None)
        else:
            os.environ["DOCKER_HOST"] = before
        engine.stop()
        # An engine that was killed leaves its data mounted, once for every time that it was started.
        subprocess.run(["umount", "--recursive", str(directory / "data")], capture_output=True, check=False)
        shutil.rmtree(directory, ignore_errors=True)
