"""A whole portal of a test's own, every part a real process: Redis, edge, projector, janitor, executors, runners."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
from redis import Redis

from tests.clocks import FakeClock
from tests.conftest import RedisServer, free_port
from tests.integration.actors.containers import RunnerHost

DEADLINE = 30.0
CLAIM_TIMEOUT = 3
EXECUTORS = 2


@dataclass
class Part:
    """One process, and how to start it again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait(self) -> int:
        assert self.process is not None
        return self.process.wait(DEADLINE)

    def kill(self) -> None:
        """As the machine would: nothing is said, nothing is handed back."""
        self.signal(signal.SIGKILL)
        self.wait()


class Setting(Protocol):
    """What a fault wants of the system: Redis's fsync policy, and the parts whose clocks it will set."""

    @property
    def fsync(self) -> str: ...

    @property
    def faked(self) -> tuple[str, ...]: ...

    @property
    def replica(self) -> bool: ...

    @property
    def attempts(self) -> int: ...


@dataclass
class System:
    """The parts by name. Redis is `redis`, and may be started with options."""

    directory: Path
    redis: RedisServer
    runners: list[str]
    environment: dict[str, str]
    fault: "Setting"
    parts: dict[str, Part] = field(default_factory=dict)
    replica: RedisServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['HTTP_PORT']}"

    def add(self, name: str, module: str, *arguments: str) -> Part:
        command = [sys.executable, "-W", "error", "-m", module, *arguments]
        part = Part(name, command, {**self.environment, **self._fake(name)}, self.directory / f"{name}.log")
        self.parts[name] = part
        part.start()
        return part

    # -- Redis and clocks

    def start_redis(self) -> None:
        """With the fault's options, over the data that is there."""
        self.redis.environment = self._fake("redis")
        self.redis.start("--appendfsync", self.fault.fsync)

    def kill_redis(self) -> None:
        assert self.redis.process is not None
        self.redis.process.kill()
        self.redis.process.wait(DEADLINE)

    def start_replica(self) -> None:
        """A replica that has all that Redis has."""
        directory = Path(tempfile.mkdtemp(dir=self.directory, prefix="replica-"))
        self.replica = RedisServer(directory, free_port())
        self.replica.start("--appendfsync", self.fault.fsync, "--replicaof", "127.0.0.1", str(self.redis.port))
        deadline = time.monotonic() + DEADLINE
        with self.replica.client() as client:
            while client.info("replication")["master_link_status"] != "up":
                assert time.monotonic() < deadline, "the replica does not get in touch"
                time.sleep(0.01)  # a replica has no signal for being in touch

    def part_replica(self) -> None:
        """From here on the replica hears nothing."""
        assert self.replica is not None
        with self.replica.client() as client:
            client.replicaof("NO", "ONE")

    @contextmanager
    def promoted_replica(self) -> Iterator[None]:
        """Redis is dead: inside, the replica is Redis, though nobody knows; afterwards it has Redis's address."""
        assert self.replica is not None
        address = self.redis.port
        self.part_replica()
        self.redis, self.replica = self.replica, None
        yield
        with self.client() as client:
            client.config_set("port", address)
        self.redis.port = address
        self.start_replica()

    def revive_redis(self) -> None:
        """Start it again if it has ended by itself."""
        assert self.redis.process is not None
        if self.fault.fsync == "always":
            self.redis.process.wait(DEADLINE)
            self.start_redis()

    def clock(self, name: str) -> FakeClock:
        """The clock of a part that the fault named."""
        return FakeClock(self.directory / f"{name}.clock")

    def _fake(self, name: str) -> dict[str, str]:
        return self.clock(name).environment if name in self.fault.faked else {}

    def client(self) -> Redis:
        return self.redis.client()

    def now_ms(self) -> int:
        """Redis's time, in which positions are."""
        with self.client() as client:
            seconds, microseconds = client.time()
            return int(seconds) * 1000 + int(microseconds) // 1000

    def await_ready(self) -> None:
        """Until jobs get done. Nothing signals readiness, so it is asked for."""
        deadline = time.monotonic() + DEADLINE
        answer = "no answer"
        while time.monotonic() < deadline:
            try:
                response = httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False)
                answer = response.text
                if response.status_code == 200:
                    return
            except httpx.TransportError as error:
                answer = repr(error)
            time.sleep(0.05)
        raise AssertionError(f"not ready: {answer}\n{self.logs()}")

    def logs(self) -> str:
        """The last of what everybody wrote."""
        logs = sorted(self.directory.glob("*.log"))
        return "\n".join(f"-- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in logs)


@contextmanager
def system(directory: Path, disk: Path, host: RunnerHost, runners: list[str], fault: Setting) -> Iterator[System]:
    """A system that is ready, Redis's data in `disk`, with everything ended on the way out."""
    server = RedisServer(disk, free_port())
    environment = {
        "PATH": os.environ["PATH"],
        "REDIS_ADDR": f"127.0.0.1:{server.port}",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(free_port()),
        "SANDBOX_POOL": host.pool,
        "SANDBOX_JOB_DIR": str(host.job_dir),
        "CLAIM_TIMEOUT": f"{CLAIM_TIMEOUT}s",
        "MAX_ATTEMPTS": str(fault.attempts),
        "STREAM_PARTITIONS": "2",
        "STREAM_LANES": "2",
        "LOG_FORMAT": "json",
        **{name: os.environ[name] for name in ("DOCKER_HOST",) if name in os.environ},
    }
    at = System(directory, server, runners, environment, fault)
    try:
        at.start_redis()
        if fault.replica:
            at.start_replica()
        at.add("edge", "http_edge")
        at.add("projector", "actors", "projector")
        at.add("janitor", "actors", "janitor")
        for number in range(EXECUTORS):
            at.add(f"executor-{number}", "actors", "executor", "python")
        at.await_ready()
        yield at
    finally:
        for part in at.parts.values():
            part.signal(signal.SIGCONT)
            part.signal(signal.SIGKILL)
            part.wait()
        for each in (server, at.redis, at.replica):
            if each is not None and each.process is not None:
                each.process.kill()
                each.process.wait()
