"""One trace from the request to the projection, over real edge, executor and projector, into OpenTelemetry's memory."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
import structlog
from opentelemetry.trace import StatusCode

from actors.bench import Bench
from actors.executor import Executor
from actors.keeping import Pace
from actors.projector import Projector
from actors.runners.port import CompileReport, Job, RunReport
from http_edge.app import create_app
from http_edge.edge import make_edge
from http_edge.settings import edge_settings
from http_edge.tracing import Traced
from streams import keys
from streams.env import SettingError
from streams.jobid import parse_job_id
from streams.memory import MemoryLog
from streams.system import RandomIds, SystemClock
from streams.tracing import NO_TRACING, is_wanted
from tests.integration.http_edge.client import ask_until
from tests.integration.tracing.spans import Collected, id_of, parent_of, trace_of
from tests.unit.actors.fake_runners import FakeRunner, FakeRunners, exited
from tests.unit.actors.world import LIMITS
from tests.unit.http_edge.edge_in_memory import HOUR, PROJECTOR, PYTHON

CLIENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
COMPILED = CompileReport(exit_code=0, stdout=b"", stderr=b"", duration_ms=20.0, cpu_ms=9.0)


class CompilingRunner(FakeRunner):
    """Breaks on `break` until it has done so `breaks` times; compiles before it runs."""

    breaks = 0

    async def _act(self, job: Job, verb: str, number: str = "0") -> RunReport:
        if verb in ("compiled", "built"):
            compiled = replace(COMPILED, cached=verb == "built")
            return RunReport(
                outcome="exited", stage="run", stdout=b"", stderr=b"", duration_ms=5.0, exit_code=0, compile=compiled
            )
        if verb == "break" and job.attempt > int(number):
            return exited()
        return await super()._act(job, verb, number)


@dataclass
class System:
    """Edge, executor and projector over one log."""

    http: httpx.AsyncClient
    collected: Collected

    async def run(self, code: str, headers: dict[str, str | bytes] | None = None) -> dict[str, object]:
        body = {"language": "python", "code": code}
        given = (headers or {}).items()
        raw = [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in given]
        answer = await self.http.post("/v1/execute", json=body, params={"wait": "20s"}, headers=raw)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


@asynccontextmanager
async def running() -> AsyncIterator[System]:
    collected = Collected()
    settings = edge_settings({})
    log = MemoryLog(settings.streams, SystemClock())
    for report in (PYTHON, PROJECTOR):
        await log.report(report, HOUR)
    runners = FakeRunners(1)
    runners.replace_by(CompilingRunner(runners, "runner-1"))
    bench = Bench(log, runners, SystemClock(), "executor-1", LIMITS, 3, collected.tracing)
    executor = Executor("python", bench, log, Pace(timedelta(seconds=10), timedelta(seconds=1)))
    projector = Projector(log, "projector-1", SystemClock(), collected.tracing)
    edge = make_edge(settings, log, SystemClock(), RandomIds(), "edge-1")
    transport = httpx.ASGITransport(Traced(create_app(edge), collected.tracing))
    working, projecting = asyncio.create_task(executor.run()), asyncio.create_task(projector.run())
    async with edge.running(), httpx.AsyncClient(transport=transport, base_url="http://edge") as http:
        yield System(http, collected)
        executor.stop()
        await working
    await _all_projected(log)
    projecting.cancel()
    await asyncio.wait([projecting])


async def _all_projected(log: MemoryLog) -> None:
    """Those who wait for a job are told before its ending is projected."""

    async def waiting() -> bool:
        streams = log.contents.streams.values()
        return any(each.waiting(keys.PROJECTOR) or each.group(keys.PROJECTOR).pending for each in streams)

    await ask_until(waiting, lambda answer: not answer)


async def test_one_trace_from_request_to_projection() -> None:
    async with running() as system:
        await system.run("compiled", {"traceparent": CLIENT, "tracestate": "a=b"})
        collected = system.collected
    request, attempt = collected.one("POST /v1/execute"), collected.one("attempt")
    assert {f"{trace_of(span):032x}" for span in collected.spans()} == {CLIENT.split("-")[1]}
    assert f"{parent_of(request):016x}" == CLIENT.split("-")[2]
    assert parent_of(attempt) == parent_of(collected.one("queue")) == id_of(request)
    assert [parent_of(collected.one(name)) for name in ("compile", "run", "project")] == [id_of(attempt)] * 3
    assert attempt.attributes is not None
    assert attempt.attributes["codeportal.status"] == "succeeded"
    assert attempt.attributes["codeportal.attempt"] == 1
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 200


async def test_a_job_that_needed_no_compiling_has_no_span_of_it() -> None:
    async with running() as system:
        await system.run("built")
        names = {span.name for span in system.collected.spans()}
    assert "run" in names
    assert "compile" not in names


async def test_neither_logs_nor_spans_have_a_jobs_id() -> None:
    """Whoever holds it reads an anonymous job. They have its address, by which `codeportal show` finds it."""
    with structlog.testing.capture_logs() as lines:
        async with running() as system:
            jobs = [str((await system.run(code))["id"]) for code in ("compiled", "break 1", "break 9", "bug", "exit 3")]
            for job in jobs:
                for path in ("", "/facts", "/events", "."):
                    await system.http.get(f"/v1/execute/{job}{path}")
            spans = system.collected.spans()
    attributes = [f"{span.name} {span.attributes} {span.status.description}" for span in spans]
    for job in jobs:
        secret, address = job[22:34], str(parse_job_id(job).address)
        assert [line for line in (*map(str, lines), *attributes) if secret in line] == []
        assert {line["event"] for line in lines if line.get("job") == address} >= {"ended"}
        assert f"/v1/execute/{address}/facts" in [line.get("path") for line in lines]
        assert [span.name for span in spans if (span.attributes or {}).get("codeportal.job") == address]


async def test_the_log_names_the_trace_of_a_request() -> None:
    with structlog.testing.capture_logs() as lines:
        async with running() as system:
            await system.run("echo", {"traceparent": CLIENT})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["trace"] == CLIENT.split("-")[1]


async def test_times_are_in_order_and_as_the_runner_measured() -> None:
    async with running() as system:
        await system.run("compiled")
        collected = system.collected

    def times(name: str) -> tuple[int, int]:
        span = collected.one(name)
        assert span.start_time is not None
        assert span.end_time is not None
        return span.start_time, span.end_time

    assert times("run")[1] - times("run")[0] == 5_000_000
    assert times("compile")[1] - times("compile")[0] == 20_000_000
    assert times("compile")[1] == times("run")[0]
    assert times("queue")[1] <= times("attempt")[1]
    assert times("attempt")[0] <= times("project")[0] <= times("project")[1]


async def test_a_retry_is_linked_to_the_attempt_before() -> None:
    async with running() as system:
        job = await system.run("break 2")
        collected = system.collected
    assert job["status"] == "succeeded"
    first, second, third = collected.named("attempt")
    assert [link.context.span_id for link in second.links] == [id_of(first)]
    assert [link.context.span_id for link in third.links] == [id_of(second)]
    assert [span.status.status_code for span in (first, second, third)] == [StatusCode.ERROR] * 2 + [StatusCode.UNSET]
    assert first.status.description == "the runner died"
    assert len({trace_of(span) for span in collected.spans()}) == 1


async def test_a_lost_jobs_trace_goes_on_to_the_projection() -> None:
    async with running() as system:
        job = await system.run("break 9")
        collected = system.collected
    assert job["status"] == "internal_error"
    assert parent_of(collected.one("project")) == id_of(collected.named("attempt")[-1])


async def test_a_cancelled_jobs_trace_goes_on_to_the_projection() -> None:
    async with running() as system:
        body = {"language": "python", "code": "sleep 60"}
        submitted = await system.http.post("/v1/execute", json=body, headers={"traceparent": CLIENT})
        place = f"/v1/execute/{submitted.json()['id']}"
        await system.http.delete(place)
        assert (await system.http.get(place, params={"wait": "20s"})).json()["status"] == "cancelled"
        collected = system.collected
    assert parent_of(collected.one("project")) == id_of(collected.one("attempt"))
    assert f"{trace_of(collected.one('project')):032x}" == CLIENT.split("-")[1]


async def test_what_a_program_does_wrong_is_no_error_of_ours() -> None:
    async with running() as system:
        await system.run("exit 3")
        collected = system.collected
    assert {span.status.status_code for span in collected.spans()} == {StatusCode.UNSET}


async def test_a_malformed_context_starts_a_trace_of_its_own() -> None:
    async with running() as system:
        await system.run("echo", {"traceparent": b"00-nonsense\xff-01"})
        collected = system.collected
    assert parent_of(collected.one("POST /v1/execute")) is None
    assert len({trace_of(span) for span in collected.spans()}) == 1


async def test_no_code_and_no_id_that_lets_people_read_jobs_is_in_a_span() -> None:
    async with running() as system:
        job = await system.run("echo secret-word")
        await system.http.get(f"/v1/execute/{job['id']}")
        said = "".join(span.to_json() for span in system.collected.spans())
    assert "secret-word" not in said
    assert str(job["id"])[-8:] not in said


def test_without_an_exporter_nothing_for_tracing_is_even_loaded() -> None:
    """The client library of Redis loads OpenTelemetry's metrics by itself where they are installed."""
    program = (
        "import sys, actors.__main__, actors.executor_process, actors.projector, http_edge.__main__\n"
        "from streams.tracing import NO_TRACING, open_tracing\n"
        "with open_tracing({}, 'x') as tracing: assert tracing is NO_TRACING\n"
        "unwanted = ('opentelemetry.sdk.trace', 'opentelemetry.exporter', 'streams.tracing.telemetry')\n"
        "print([name for name in sys.modules if name.startswith(unwanted)])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "[]\n"


def test_a_span_that_nobody_sees_carries_nothing() -> None:
    span = NO_TRACING.start("x", "server", {"traceparent": CLIENT})
    assert span.carrier is None


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_turn_it_on_and_off(variables: dict[str, str], wanted: bool) -> None:
    assert is_wanted(variables) is wanted


def test_a_protocol_that_we_do_not_speak_is_named() -> None:
    with pytest.raises(SettingError, match="OTEL_EXPORTER_OTLP_PROTOCOL='grpc': expected http/protobuf"):
        is_wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
