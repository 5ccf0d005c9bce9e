"""A host beside this one, as `deploy/up` would see it: another network, another /run, an engine of its own.

Namespaces of the network and of mounts, in which the places of an engine (/run, /etc/docker, /var/lib/docker) are empty
directories. What is there already, the checkout and its programs, is the machine's.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PLACES = {"run": "/run", "etc": "/etc/docker", "lib": "/var/lib/docker"}
START_DEADLINE = 60.0
_CLONE_NEWNET = 0x4000_0000


@dataclass(frozen=True)
class PrivateHost:
    """The process that keeps the namespaces, and the directory that holds the places."""

    keeper: int
    place: Path

    def run(self, *argv: str, env: Mapping[str, str] | None = None, deadline: float = 600.0) -> str:
        """What a program prints there. Fails when it does."""
        done = subprocess.run(
            [*self.enter(), *argv],
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=deadline,
        )
        assert done.returncode == 0, f"{argv[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def copy(self, images: list[str]) -> None:
        """Give its engine images of the machine's."""
        saving = subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE)
        loading = [*self.enter(), "docker", "load", "--quiet"]
        subprocess.run(loading, stdin=saving.stdout, stdout=subprocess.DEVNULL, check=True)
        assert saving.stdout is not None
        saving.stdout.close()
        assert saving.wait() == 0, "docker save"

    def threads(self, number: int) -> ThreadPoolExecutor:
        """Threads whose connections are made there."""
        return ThreadPoolExecutor(number, initializer=self._join_network)

    def _join_network(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/proc/{self.keeper}/ns/net").open("rb") as network:
            if libc.setns(network.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

    def enter(self) -> list[str]:
        """The words in front of a program that is to run there."""
        return ["nsenter", f"--target={self.keeper}", "--net", "--mount", f"--wdns={Path.cwd()}"]


@contextmanager
def private_host() -> Iterator[PrivateHost]:
    """With an engine that answers, and nothing in it."""
    place = Path(tempfile.mkdtemp(prefix="private-host-", dir="/var/tmp"))
    keeper = subprocess.Popen(_keeping(place), stdout=subprocess.PIPE, text=True)
    try:
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "ready\n", "is this root?"
        host = PrivateHost(keeper.pid, place)
        engine = subprocess.Popen([*host.enter(), "dockerd"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(host, engine)
            yield host
        finally:
            engine.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                engine.wait(timeout=60)
    finally:
        keeper.kill()
        keeper.communicate()
        shutil.rmtree(place, ignore_errors=True)


def _keeping(place: Path) -> list[str]:
    for name in PLACES:
        (place / name).mkdir()
    Path("/etc/docker").mkdir(exist_ok=True)
    binds = " && ".join(f"mount --bind {place / name} {there}" for name, there in PLACES.items())
    script = f"ip link set lo up && {binds} && mkdir -p /run/lock && echo ready && exec sleep infinity"
    return ["unshare", "--net", "--mount", "--propagation=private", "sh", "-c", script]


def _wait_for(host: PrivateHost, engine: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while subprocess.run([*host.enter(), "docker", "version"], capture_output=True, check=False).returncode:
        assert engine.poll() is None, f"the engine ended with {engine.returncode}"
        assert time.monotonic() < deadline, "the engine does not answer"
        time.sleep(0.2)  # a poll with a deadline
