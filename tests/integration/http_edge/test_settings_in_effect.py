"""What every variable of the edge does, seen from outside; and that a bad value is one line and exit code 2."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from streams.ports import Topology
from streams.redis import RedisLog, open_log
from streams.settings import RedisSettings, StreamSettings
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import HELLO, Client, ask_until, assert_problem
from tests.integration.http_edge.edge_process import EdgeProcess, refused_start, running_edge, settings_for

TTL = STREAM_SETTINGS.job_ttl
PRODUCTION = {"ENVIRONMENT": "production", "REDIS_PASSWORD": "pw8"}  # a Redis that asks for none takes any


@asynccontextmanager
async def client_of(redis: RedisServer, log: RedisLog, **settings: str) -> AsyncIterator[Client]:
    """A client of an edge with `settings`, which knows of an executor."""
    await PlayedActors(log).appear()
    with running_edge(redis, **settings) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=30) as http:
            client = Client(http)
            await client.languages()
            yield client


BAD_VALUES = (
    ("HTTP_HOST", "192.0.2.1", "an address of this machine"),
    ("HTTP_HOST", "no such host", "an address of this machine"),
    ("HTTP_PORT", "65536", "a whole number from 1 to 65535"),
    ("HTTP_READ_TIMEOUT", "5", "a positive duration"),
    ("HTTP_WRITE_TIMEOUT", "-1s", "a positive duration"),
    ("HTTP_SHUTDOWN_TIMEOUT", "0s", "a positive duration"),
    ("REDIS_ADDR", "redis", "host:port"),
    ("REDIS_DB", "16", "a whole number from 0 to 15"),
    ("MAX_TIMEOUT", "1 minute", "a positive duration"),
    ("SOURCE_LIMIT", "1MB!", "a positive size"),
    ("STDIN_LIMIT", "0", "a positive size"),
    ("QUEUE_LIMIT", "0", "a whole number from 1"),
    ("JOB_TTL", "1h", "at least STREAM_RETENTION"),
    ("STREAM_RETENTION", "x", "a positive duration"),
    ("IDEMPOTENCY_TTL", "x", "a positive duration"),
    ("IDEMPOTENCY_TTL", "25h", "at most JOB_TTL"),
    ("STREAM_PARTITIONS", "3", "2, with which the streams in this Redis were made"),
    ("STREAM_LANES", "65", "a whole number from 1 to 64"),
    ("ENVIRONMENT", "staging", "one of development, production"),
    ("ALLOW_ANONYMOUS", "maybe", "one of true, false"),
    ("DATABASE_URL", "mysql://u:hunter2@h/d", "a URL such as postgresql://"),
    ("LOG_FORMAT", "xml", "one of auto, json, console"),
    ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
)


@pytest.mark.parametrize(("name", "value", "expected"), BAD_VALUES)
def test_a_bad_value_is_one_line_and_exit_code_2(
    redis_server: RedisServer, redis_log: RedisLog, name: str, value: str, expected: str
) -> None:
    """With the variable, the value (unless it is a secret) and what is expected."""
    del redis_log  # it has stored the topology
    ended = refused_start({**settings_for(redis_server), name: value})
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 2
    assert line.startswith(f"{name}=")
    assert f"expected {expected}" in line
    assert ("hunter2" if "hunter2" in value else "(hidden)") not in line
    assert name == "DATABASE_URL" or value in line


def test_a_port_in_use_is_named(redis_server: RedisServer) -> None:
    """The port of this Redis is one."""
    ended = refused_start({**settings_for(redis_server), "HTTP_PORT": str(redis_server.port)})
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert f"HTTP_PORT={redis_server.port}: expected a free port" in ended.stderr


@pytest.mark.parametrize(
    "settings",
    [{"REDIS_PASSWORD": "changeme"}, {"DATABASE_URL": "postgresql://postgres:postgres@db/codeportal"}],
)
def test_production_refuses_default_secrets(redis_server: RedisServer, settings: dict[str, str]) -> None:
    """Without printing them."""
    ended = refused_start({**settings_for(redis_server), **PRODUCTION, **settings})
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert next(iter(settings)) in ended.stderr
    assert "changeme" not in ended.stderr


@pytest.mark.parametrize("command", [("http_edge",), ("actors", "projector"), ("actors", "executor", "python")])
def test_production_refuses_a_redis_that_is_open_to_all(redis_server: RedisServer, command: tuple[str, ...]) -> None:
    """Every process of a service, with one line."""
    ended = refused_start({**settings_for(redis_server), "ENVIRONMENT": "production"}, command)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1)
    assert ended.stderr.startswith("REDIS_PASSWORD='': expected a password")


async def test_production_closes_anonymous_use(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """401 says how to authenticate; health stays open."""
    async with client_of(redis_server, redis_log, **PRODUCTION) as client:
        for answer in (await client.submit(), await client.read("x"), await client.cancel("x")):
            assert_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert (await client.http.get("/health")).status_code == 200
    assert await redis_log.backlog("python") == 0


async def test_allow_anonymous_opens_production(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """For who knows what that means."""
    async with client_of(redis_server, redis_log, **PRODUCTION, ALLOW_ANONYMOUS="true") as client:
        assert (await client.submit()).status_code == 202


async def test_http_host_is_where_it_listens(redis_server: RedisServer) -> None:
    """And nowhere else."""
    with running_edge(redis_server, HTTP_HOST="127.0.0.2") as edge:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"http://127.0.0.2:{edge.port}/health")).status_code == 200
            with pytest.raises(httpx.ConnectError):
                await http.get(f"http://127.0.0.1:{edge.port}/health")


async def test_source_and_stdin_limits_bound_what_is_taken(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """Each its own field, to the byte."""
    async with client_of(redis_server, redis_log, SOURCE_LIMIT="10", STDIN_LIMIT="20") as client:
        assert (await client.submit({"language": "python", "code": "#" * 10, "stdin": "x" * 20})).status_code == 202
        answer = await client.submit({"language": "python", "code": "#" * 11, "stdin": "x" * 21})
        problem = assert_problem(answer, 413, "11 bytes", "21 bytes")
        assert [error["field"] for error in problem["errors"]] == ["code", "stdin"]


async def test_max_timeout_bounds_what_may_be_asked_for(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """And the document says so."""
    async with client_of(redis_server, redis_log, MAX_TIMEOUT="90s") as client:
        assert (await client.submit({**HELLO, "timeout": "1m30s"})).status_code == 202
        assert_problem(await client.submit({**HELLO, "timeout": "90001ms"}), 400, "1m30s")
        assert "1m30s" in (await client.http.get("/openapi.json")).text


async def test_plans_bound_anonymous_clients(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """Counted in Redis, until a job's ending is projected."""
    async with client_of(redis_server, redis_log, PLANS="anonymous=jobs:2") as client:
        left = [(await client.submit()).headers["RateLimit"] for _ in range(2)]
        assert left == ['"jobs";r=1', '"jobs";r=0']
        refused = await client.submit()
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert refused.json()["violated-policies"] == ["jobs"]
        await PlayedActors(redis_log).run_next()
        assert (await client.submit()).status_code == 202


async def test_a_full_queue_answers_429_at_once(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """With Retry-After, and takes more as soon as there is room."""
    async with client_of(redis_server, redis_log, QUEUE_LIMIT="3") as client:
        answers = [await client.submit() for _ in range(5)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
        assert_problem(answers[-1], 429, "python")
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert await redis_log.backlog("python") == 3
        await PlayedActors(redis_log).run_next()
        await ask_until(client.submit, lambda answer: answer.status_code == 202)


async def test_idempotency_ttl_is_how_long_a_key_holds(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """After it the same key is a new request."""
    async with client_of(redis_server, redis_log, IDEMPOTENCY_TTL="300ms") as client:
        key = {"Idempotency-Key": "k"}
        first = (await client.submit(headers=key)).json()["id"]
        await ask_until(lambda: client.submit(headers=key), lambda answer: answer.json()["id"] != first)


async def test_partitions_and_lanes_divide_the_streams(redis_server: RedisServer) -> None:
    """One partition and one lane are one stream."""
    settings = StreamSettings(Topology(1, 1), TTL, TTL, TTL)
    async with (
        open_log(redis_server.settings, settings) as log,
        client_of(redis_server, log, STREAM_PARTITIONS="1", STREAM_LANES="1") as client,
    ):
        for _ in range(8):
            await client.submit()
    with redis_server.client() as redis:
        assert redis.xlen("sandbox:{0}:submissions:python:interactive-0") == 8


async def test_redis_db_and_password_are_used(tmp_path: Path) -> None:
    """The password may come from a file, as Docker's secrets do."""
    server = RedisServer(tmp_path, free_port())
    server.start()
    with server.client() as redis:
        redis.config_set("requirepass", "hunter2")
    (tmp_path / "password").write_text("hunter2\n")
    settings = RedisSettings("127.0.0.1", server.port, "hunter2", 5)
    try:
        async with open_log(settings, STREAM_SETTINGS) as log:
            for secret in ({"REDIS_PASSWORD": "hunter2"}, {"REDIS_PASSWORD_FILE": str(tmp_path / "password")}):
                async with client_of(server, log, REDIS_DB="5", **secret) as client:
                    assert (await client.submit()).status_code == 202
            assert await log.backlog("python") == 2
        with running_edge(server) as edge:
            async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=30) as http:
                assert (await http.get("/health/ready")).status_code == 503  # without the password
    finally:
        server.stop()


async def test_log_format_and_level_shape_what_is_said(redis_server: RedisServer) -> None:
    """Readable for people; nothing but errors when only they are asked for."""
    with running_edge(redis_server, LOG_FORMAT="json", LOG_LEVEL="info") as edge:
        await asyncio.to_thread(edge.wait_for_line, '"event":"listening"')
        assert edge.said[0].startswith("{")
    readable = await asyncio.to_thread(said_by, redis_server, LOG_FORMAT="console")
    assert "listening" in readable
    assert "{" not in readable
    assert await asyncio.to_thread(said_by, redis_server, LOG_FORMAT="json", LOG_LEVEL="error") == ""


def said_by(redis: RedisServer, **settings: str) -> str:
    """All that an edge says that is ended once it serves."""
    edge = EdgeProcess(settings_for(redis, **settings))
    edge.stop()
    return "".join(edge.said)
