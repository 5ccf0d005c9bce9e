"""Fixtures for every test: private Redis and PostgreSQL servers, and logs over the former."""

import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from streams.ports import Topology
from streams.redis import RedisLog, open_log
from streams.settings import RedisSettings, StreamSettings
from tests.postgres_server import PostgresServer, TestDatabase, running_server

# How long an example takes is the machine's doing: a property says nothing of it.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

START_DEADLINE = 10.0


@dataclass
class RedisServer:
    """A real redis-server of the test run's own, on a free port of the loopback interface."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, *options: str) -> None:
        arguments = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.directory), "--save", "")
        with (self.directory / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", *arguments, "--appendonly", "yes", "--appendfsync", "always", *options],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
            )
        deadline = time.monotonic() + START_DEADLINE
        while True:
            try:
                with self.client() as client:
                    client.ping()
            except redis.exceptions.RedisError:
                assert time.monotonic() < deadline, (self.directory / "redis.log").read_text()
                time.sleep(0.01)  # the server has no signal to wait on before it listens
            else:
                return

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(START_DEADLINE)

    def client(self, db: int = 0) -> redis.Redis:
        return redis.Redis(host="127.0.0.1", port=self.port, db=db, socket_timeout=5)

    @property
    def settings(self) -> RedisSettings:
        return RedisSettings("127.0.0.1", self.port, "", 0)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """The run's Redis, emptied."""
    with shared_redis.client() as client:
        client.flushall()
    return shared_redis


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[RedisServer]:
    """Another Redis, empty, to import into."""
    server = RedisServer(tmp_path, free_port())
    server.start()
    yield server
    server.stop()


STREAM_SETTINGS = StreamSettings(Topology(2, 2), timedelta(hours=1), timedelta(hours=1), timedelta(hours=1))


@pytest.fixture
async def redis_log(redis_server: RedisServer) -> AsyncIterator[RedisLog]:
    async with open_log(redis_server.settings, STREAM_SETTINGS) as log:
        yield log


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(shared_postgres: PostgresServer) -> Iterator[TestDatabase]:
    """A database of the test's own on the run's PostgreSQL; `.url` is its DATABASE_URL."""
    with shared_postgres.database() as database:
        yield database


@pytest.fixture
def own_postgres() -> Iterator[TestDatabase]:
    """A database on a server of the test's own, to stop, freeze and start again."""
    with running_server() as server, server.database() as database:
        yield database
        server.start_again()
