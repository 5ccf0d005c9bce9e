"""Traces leave real processes and arrive at a real OTLP receiver: edge, executor with a container, projector."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import RedisServer, free_port
from tests.integration.actors.containers import RunnerHost, runner_host
from tests.integration.http_edge.edge_process import running_edge
from tests.integration.tracing.receiver import Receiver, receiving

DEADLINE = 60.0
QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "50"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RunnerHost]:
    job_dir = tmp_path / "jobs"
    job_dir.mkdir(mode=0o700)
    with runner_host(job_dir) as host:
        yield host


@asynccontextmanager
async def actor(redis: RedisServer, *words: str, **variables: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "actors", *words),
        env={
            "PATH": os.environ["PATH"],
            **({"DOCKER_HOST": os.environ["DOCKER_HOST"]} if "DOCKER_HOST" in os.environ else {}),
            "REDIS_ADDR": f"127.0.0.1:{redis.port}",
            "STREAM_PARTITIONS": "2",
            "STREAM_LANES": "2",
            **variables,
        },
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            assert await process.wait() == 0


@pytest.mark.docker
async def test_one_trace_from_real_processes_arrives_at_a_receiver(
    redis_server: RedisServer, host: RunnerHost, receiver: Receiver
) -> None:
    host.start()
    exporting = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{receiver.port}", **QUICK}
    executing = {"SANDBOX_POOL": host.pool, "SANDBOX_JOB_DIR": str(host.job_dir)}
    with running_edge(redis_server, **exporting) as edge:
        async with (
            actor(redis_server, "projector", **exporting),
            actor(redis_server, "executor", "python", **exporting, **executing),
            httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=DEADLINE) as http,
        ):
            job = await finished(http)
            assert (job["status"], job["stdout"]) == ("succeeded", "1\n")
            await asyncio.to_thread(receiver.wait_for, "POST /v1/execute", "queue", "attempt", "run", "project")
    assert receiver.paths == {"/v1/traces"}
    trace = next(span.trace for span in receiver.spans if span.name == "attempt")  # earlier requests were refused
    spans = {span.name: span for span in receiver.spans if span.trace == trace}
    assert {name: span.service for name, span in spans.items()} == {
        "POST /v1/execute": "codeportal-edge",
        "queue": "codeportal-executor",
        "attempt": "codeportal-executor",
        "run": "codeportal-executor",
        "project": "codeportal-projector",
    }
    assert spans["attempt"].parent == spans["queue"].parent == spans["POST /v1/execute"].id
    assert spans["run"].parent == spans["project"].parent == spans["attempt"].id


async def finished(http: httpx.AsyncClient) -> dict[str, object]:
    """A job's end. The language is offered once its executor has found a runner."""
    async with asyncio.timeout(DEADLINE):
        while True:
            answer = await http.post(
                "/v1/execute", json={"language": "python", "code": "print(1)"}, params={"wait": "30s"}
            )
            if answer.status_code == 200:
                found: dict[str, object] = answer.json()
                return found
            assert answer.status_code == 400, answer.text
            await asyncio.sleep(0.1)  # heartbeats are state, not messages


async def test_a_collector_that_is_away_holds_nothing_up(redis_server: RedisServer) -> None:
    exporting = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}", **QUICK}
    with running_edge(redis_server, **exporting) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as http:
            for _ in range(20):
                assert (await http.get("/v1/languages")).status_code == 200
        began = time.monotonic()
        edge.stop()
        assert time.monotonic() - began < 10


async def test_a_protocol_that_we_do_not_speak_ends_the_start_with_one_line(redis_server: RedisServer) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "actors", "projector"),
        env={
            "PATH": os.environ["PATH"],
            "REDIS_ADDR": f"127.0.0.1:{redis_server.port}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert said == b"OTEL_EXPORTER_OTLP_PROTOCOL='grpc': expected http/protobuf\n"
