"""Runner containers for tests, started exactly as deploy/runner-profiles.json says."""

import json
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.agent.agent_client import Client

ROOT = Path(__file__).resolve().parents[3]
PROFILES: dict[str, dict[str, Any]] = json.loads((ROOT / "deploy/runner-profiles.json").read_text())
START_DEADLINE = 20.0
PAUSE_TRIES = 10


@dataclass(frozen=True)
class Runner:
    """A running container and the socket of its agent."""

    name: str
    socket: Path
    engine: tuple[str, ...] = ()

    def connect(self) -> Client:
        return Client(self.socket)

    def logs(self) -> str:
        return docker(*self.engine, "logs", self.name)

    def state(self) -> str:
        """What the engine says of it, and its last words."""
        said = docker(*self.engine, "inspect", "--format={{json .State}}", self.name)
        return f"{said.strip()} {docker(*self.engine, 'logs', '--tail=20', self.name)}"

    def root(self, *command: str) -> str:
        """What a command prints that is run as root inside, beside the agent."""
        return docker(*self.engine, "exec", self.name, *command)

    def resize(self, memory_bytes: int, processes: int) -> None:
        """As an executor does for a job that may use less than the container."""
        sizes = [f"--memory={memory_bytes}", f"--memory-swap={memory_bytes}", f"--pids-limit={processes}"]
        docker(*self.engine, "update", *sizes, self.name)


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout + done.stderr


def pause(name: str) -> None:
    """The version 1 freezer gives up on processes that are just being made; then it is asked again."""
    for _ in range(PAUSE_TRIES - 1):
        try:
            docker("pause", name)
        except AssertionError:
            continue
        return
    docker("pause", name)


@dataclass(frozen=True)
class Variation:
    """How a container differs from its profile: other values, more options, an engine and a command of its own."""

    profile: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    engine: tuple[str, ...] = ()


AS_IT_IS = Variation()


@contextmanager
def runner(language: str, directory: Path, variation: Variation = AS_IT_IS, **environment: str) -> Iterator[Runner]:
    own = uuid.uuid4().hex[:8]
    name, sockets = f"agent-test-{language}-{own}", directory / own  # short: a socket's path has 107 bytes at most
    sockets.mkdir(mode=0o700, parents=True)
    options = [*_options(PROFILES[language] | variation.profile, sockets, environment), *variation.options]
    engine = variation.engine
    docker(*engine, "run", "--detach", "--name", name, *options, image(language), *variation.command)
    try:
        _wait_for(sockets / "agent.sock", name, engine)
        yield Runner(name, sockets / "agent.sock", engine)
    finally:
        docker(*engine, "rm", "--force", name)


def image(language: str) -> str:
    """RUNNER_IMAGES: where the images were built under another name, `{}` standing for the language."""
    pattern = os.environ.get("RUNNER_IMAGES")
    return pattern.format(language) if pattern else str(PROFILES[language]["image"])


def _options(profile: dict[str, Any], sockets: Path, environment: dict[str, str]) -> list[str]:
    cpus = min(profile["cpus"], os.cpu_count() or 1)
    options = ["--read-only"] if profile["read_only"] else []
    options += [f"--network={profile['network']}", f"--cpus={cpus}"]
    seccomp = ROOT / profile["seccomp"] if profile["seccomp"] else "unconfined"
    options += [f"--security-opt=seccomp={seccomp}", f"--shm-size={profile['shm_size']}"]
    options += [f"--pids-limit={profile['pids']}", f"--memory={profile['memory']}"]
    options += [f"--memory-swap={profile['memory_swap']}", f"--volume={sockets}:{profile['socket_directory']}"]
    options += [f"--cap-drop={name}" for name in profile["cap_drop"]]
    options += [f"--cap-add={name}" for name in profile["cap_add"]]
    options += [f"--security-opt={option}" for option in profile["security_opt"]]
    options += [f"--tmpfs={place}:{how}" for place, how in profile["tmpfs"].items()]
    options += [f"--ulimit={name}={value}" for name, value in profile["ulimits"].items()]
    options += [f"--sysctl={name}={value}" for name, value in profile["sysctls"].items()]
    return options + [f"--env={name}={value}" for name, value in environment.items()]


def _listens(path: Path) -> bool:
    """Its file alone does not say so: a socket has one before it listens."""
    with socket.socket(socket.AF_UNIX) as attempt:
        try:
            attempt.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True


def _wait_for(path: Path, name: str, engine: tuple[str, ...]) -> None:
    deadline = time.monotonic() + START_DEADLINE
    while not _listens(path):
        assert time.monotonic() < deadline, f"no agent in {name}: {docker(*engine, 'logs', name)}"
        time.sleep(0.01)  # a poll with a deadline: the engine has no signal for a socket file
