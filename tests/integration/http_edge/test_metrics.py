"""`/metrics`: what happened is counted, how things are is told, and a real Prometheus can read it."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.stack.settings import ROOT
from streams.facts import Compile
from streams.ports import RunnerUse
from streams.redis import RedisLog
from tests.conftest import RedisServer, free_port
from tests.integration.http_edge.actors_played import PlayedActors, report
from tests.integration.http_edge.client import Client, ask_until, assert_problem
from tests.integration.http_edge.edge_process import EdgeProcess, running_edge

OBSERVABILITY = ROOT / "deploy" / "observability"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(http: httpx.AsyncClient) -> Samples:
    answer = await http.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


async def test_jobs_are_counted_and_timed(client: Client, actors: PlayedActors) -> None:
    before = await scrape(client.http)
    for _ in range(3):
        await client.submit()
        await actors.run_next()
    await client.submit()
    await actors.end(await begun(actors), "failed")
    after = await scrape(client.http)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("codeportal_jobs_ended_total", language="python", status="succeeded") == 3
    assert grown("codeportal_jobs_ended_total", language="python", status="failed") == 1
    assert grown("codeportal_job_run_seconds_count", language="python", status="succeeded") == 3
    assert grown("codeportal_job_run_seconds_sum", language="python", status="succeeded") == pytest.approx(0.0105)
    assert grown("codeportal_job_queue_seconds_count", language="python") == 4
    assert grown("codeportal_http_requests_total", method="POST", route="/v1/execute", status="202") == 4


async def test_builds_are_counted_and_only_compilers_are_timed(client: Client, actors: PlayedActors) -> None:
    for cached in (False, True, True):
        await client.submit()
        compiled = Compile(exit_code=0, stdout="", stderr="", duration_ms=0.0 if cached else 150.0, cached=cached)
        await actors.end(await begun(actors), compiled=compiled)
    samples = await scrape(client.http)
    assert value(samples, "codeportal_job_builds_total", language="python", cached="yes") == 2
    assert value(samples, "codeportal_job_builds_total", language="python", cached="no") == 1
    assert value(samples, "codeportal_job_compile_seconds_count", language="python") == 1


async def begun(actors: PlayedActors) -> Any:
    claim = await actors.claim()
    await actors.begin(claim)
    return claim


async def test_queues_runners_and_lag_are_told(client: Client, actors: PlayedActors) -> None:
    await client.submit()
    await client.submit()
    await actors.claim()
    samples = await scrape(client.http)
    assert value(samples, "codeportal_queue_waiting", language="python") == 1
    assert value(samples, "codeportal_queue_claimed", language="python") == 1
    assert value(samples, "codeportal_queue_oldest_seconds", language="python") > 0
    assert value(samples, "codeportal_projection_lag") == 2
    assert value(samples, "codeportal_runners", language="python", state="free") == 1
    assert value(samples, "codeportal_actors", kind="projector", language="", working="yes") == 1
    assert value(samples, "codeportal_jobs_submitted_total", language="python") == 2
    assert value(samples, "codeportal_redis_memory_bytes") > 0


async def test_what_runners_use_is_told(client: Client, redis_log: RedisLog) -> None:
    use = RunnerUse(runner="runner-1", cpu_seconds=12.5, memory_bytes=1 << 20, processes=3)
    own = report("executor-9", "executor", language="python", runners=1, quarantined=2, uses=(use,))
    await redis_log.report(own, timedelta(minutes=1))
    samples = await scrape(client.http)
    where = {"language": "python", "runner": "runner-1"}
    assert value(samples, "codeportal_runner_cpu_seconds_total", **where) == 12.5
    assert value(samples, "codeportal_runner_memory_bytes", **where) == 1 << 20
    assert value(samples, "codeportal_runner_processes", **where) == 3
    assert value(samples, "codeportal_runners", language="python", state="quarantined") == 2


async def test_what_should_not_happen_is_counted_from_0_on(client: Client, redis_log: RedisLog) -> None:
    """Else the first of it would be no increase, and no alert."""
    await redis_log.report(report("executor-9", "executor", language="cobol"), timedelta(minutes=1))
    samples = await scrape(client.http)
    assert value(samples, "codeportal_jobs_lost_total", language="cobol") == 0
    assert value(samples, "codeportal_job_retries_total", language="cobol") == 0
    assert value(samples, "codeportal_reclaims_total", group="executors", language="cobol") == 0
    assert value(samples, "codeportal_reclaims_total", group="projector", language="") == 0


async def test_what_is_taken_over_is_counted(client: Client, actors: PlayedActors, redis_log: RedisLog) -> None:
    for _ in range(2):
        await client.submit()
        await actors.claim()
    assert len(await redis_log.reclaim("python", "another", 9, timedelta(0))) == 2
    await redis_log.find_streams()
    assert len(await redis_log.read_facts("dead", 9, timedelta(0))) == 2
    assert len(await redis_log.reclaim_facts("another", 9, timedelta(0))) == 2
    await redis_log.reclaim("python", "nothing is left for this one", 9, timedelta(minutes=1))
    samples = await scrape(client.http)
    assert value(samples, "codeportal_reclaims_total", group="executors", language="python") == 2
    assert value(samples, "codeportal_reclaims_total", group="projector", language="") == 2


async def test_paths_of_clients_make_no_new_series(client: Client) -> None:
    before = routes(await scrape(client.http))
    for number in range(20):
        await client.http.get(f"/v1/execute/{number}")
        await client.http.get(f"/elsewhere/{number}")
    assert routes(await scrape(client.http)) - before <= {"/v1/execute/{id}", "/metrics", "other"}


def routes(samples: Samples) -> set[str]:
    return {route for _, labels in samples if (route := dict(labels).get("route")) is not None}


async def test_a_token_keeps_strangers_out(redis_server: RedisServer) -> None:
    with running_edge(redis_server, METRICS_TOKEN="let me in") as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as http:
            assert_problem(await http.get("/metrics"), 401, "METRICS_TOKEN")
            answer = await http.get("/metrics", headers={"Authorization": "Bearer let me in"})
            assert answer.status_code == 200


async def test_production_is_closed_without_a_token(redis_server: RedisServer) -> None:
    with running_edge(redis_server, ENVIRONMENT="production", REDIS_PASSWORD="pw8") as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as http:
            assert_problem(await http.get("/metrics"), 404, "METRICS_TOKEN is not set")


async def test_a_prometheus_scrapes_and_knows_our_rules_and_panels(
    edge: EdgeProcess, client: Client, actors: PlayedActors, tmp_path: Path
) -> None:
    async with prometheus(edge, tmp_path) as server:
        up = 'up{job="codeportal"}'
        await ask_until(lambda: query(server, up), lambda found: [each["value"][1] for each in found] == ["1"])
        await client.submit()
        await actors.run_next()
        ended = 'codeportal_jobs_ended_total{status="succeeded"}'
        await ask_until(lambda: query(server, ended), lambda found: bool(found) and float(found[0]["value"][1]) >= 1)
        for expression in panels():
            await query(server, expression)
        groups = (await server.get("/api/v1/rules")).json()["data"]["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) >= 8
        await ask_until(lambda: healths(server), lambda found: found == {"ok"})


async def healths(server: httpx.AsyncClient) -> set[str]:
    groups = (await server.get("/api/v1/rules")).json()["data"]["groups"]
    return {rule["health"] for group in groups for rule in group["rules"]}


async def query(server: httpx.AsyncClient, expression: str) -> list[dict[str, Any]]:
    answer = (await server.get("/api/v1/query", params={"query": expression})).json()
    assert answer["status"] == "success", answer
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def panels() -> list[str]:
    """Every expression of the dashboard, as Grafana would send it."""
    dashboard = json.loads((OBSERVABILITY / "dashboard.json").read_text(encoding="utf-8"))
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert targets
    return [expression.replace("$__rate_interval", "1m") for expression in targets]


@asynccontextmanager
async def prometheus(edge: EdgeProcess, directory: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Debian's Prometheus, scraping `edge` twice a second under our configuration and rules."""
    (directory / "alerts.yml").write_text((OBSERVABILITY / "alerts.yml").read_text(encoding="utf-8"))
    config = (OBSERVABILITY / "prometheus.yml").read_text(encoding="utf-8")
    config = re.sub(r"interval: 15s", "interval: 500ms", config).replace("127.0.0.1:8080", f"127.0.0.1:{edge.port}")
    (directory / "prometheus.yml").write_text(config)
    port = free_port()
    with (directory / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it takes a moment, in which nothing else happens
            [
                "prometheus",
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as server:
            await _ready(server, process, directory)
            yield server
    finally:
        process.terminate()
        process.wait(20)


async def _ready(server: httpx.AsyncClient, process: "subprocess.Popen[bytes]", directory: Path) -> None:
    async with asyncio.timeout(30):
        while True:
            assert process.poll() is None, (directory / "prometheus.log").read_text()
            try:
                if (await server.get("/-/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)  # it has no signal to wait on before it listens
