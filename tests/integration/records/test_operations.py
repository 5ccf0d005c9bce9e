"""The system as administrators see it, and what they do with what was given up; over a real Redis."""

import asyncio
import json
import sys
import tracemalloc
from datetime import timedelta
from typing import Any

import pytest

from http_edge.admin import overview
from streams import keys
from streams.codec import encode, entry_fields
from streams.facts import VERSION, Finished, Lost, Result, Started
from streams.jobid import parse_job_id
from streams.ports import Claim, DeadLetter, Refusal, RunnerUse
from streams.redis.burial import dead_letter_field
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import HOUR, ME, report
from tests.integration.records.world import World, open_world
from tests.integration.streams.tampering import append_raw
from tests.unit.http_edge.edge_in_memory import fields, problem
from tests.unit.streams.facts_made import AT

SOON = timedelta(seconds=5)
PATIENCE = 60.0
"""Seconds for a command to start and end, on a busy machine."""


async def lose(world: World, reason: str = "no attempt came to an end") -> str:
    """A job that is given up, with its dead letter."""
    job = await world.submit("alice", code="print(7)")
    claim = await world.actors.claim()
    assert str(claim.job) == job
    submission = await world.log.read_submission(parse_job_id(job))
    assert submission is not None
    stream, position = keys.stream_of(claim.job.address), claim.job.address.position
    kept = {name.decode(): value.decode() for name, value in entry_fields(submission).items()}
    letter = DeadLetter(at=AT, reason=reason, stream=stream, position=str(position), job=job, attempts=3, fields=kept)
    lost = Lost(at=AT, by=ME, job=job, attempts=3, reason=reason)
    await world.log.end(claim, ME, lost, letter)
    assert dead_letter_field(stream, position)
    await world.actors.project()
    return job


async def dead(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.get("root", "/v1/admin/dead"))["dead"]
    return found


async def test_the_overview_has_queues_actors_rates_and_redis(world: World) -> None:
    await world.ran()
    await lose(world)
    await world.submit()
    found = await world.get("root", "/v1/admin/overview")
    (python,) = found["languages"]
    assert (python["name"], python["runners"], python["waiting"], python["claimed"]) == ("python", 1, 1, 0)
    assert python["oldest_waiting_ms"] >= 0
    executors = [group for group in found["groups"] if group["group"] == "executors"]
    assert sum(group["waiting"] for group in executors) == 1
    assert {actor["kind"] for actor in found["actors"]} == {"executor", "projector"}
    rates = found["rates"]
    assert rates["seconds"] == 60
    assert [round(rates[name] * 60) for name in ("started", "ended", "succeeded", "lost")] == [1, 2, 1, 1]
    assert found["redis"]["used_bytes"] > 0
    assert found["dead_letters"] == 1
    assert found["archive"] is None


async def test_the_overview_says_what_each_runner_runs(world: World) -> None:
    """Also of a job that began while nobody looked, and no more of one that has ended."""
    uses = tuple(
        RunnerUse(runner=name, cpu_seconds=1.5, memory_bytes=3 << 20, processes=2) for name in ("runner-1", "runner-2")
    )
    await world.log.report(report("executor-1", "executor", language="python", runners=2, uses=uses), HOUR)

    async def runners() -> list[tuple[str, str | None]]:
        found = (await world.get("root", "/v1/admin/overview"))["runners"]
        return [(each["name"], each["job"]) for each in found]

    await world.ran()
    first = await world.submit("alice")
    claim = await world.actors.claim()
    await world.actors.begin(claim)
    assert await runners() == [("runner-1", first), ("runner-2", None)]
    busy, free = (await world.get("root", "/v1/admin/overview"))["runners"]
    assert busy == {
        "name": "runner-1",
        "language": "python",
        "executor": "executor-1",
        "job": first,
        "attempt": 1,
        "since": "2026-01-02T03:04:05.678901Z",
        "cpu_seconds": 1.5,
        "memory_bytes": 3 << 20,
        "processes": 2,
    }
    assert (free["language"], free["since"], free["attempt"]) == ("python", None, None)
    await world.actors.end(claim)
    assert await runners() == [("runner-1", None), ("runner-2", None)]
    second = await world.submit()
    await world.actors.begin(await world.actors.claim())
    assert await runners() == [("runner-1", second), ("runner-2", None)]


async def test_top_says_the_same(world: World, redis_server: RedisServer) -> None:
    """The command and the route read the events in one way."""
    await world.ran()
    job = await world.submit()
    await world.actors.begin(await world.actors.claim())
    address = f"{redis_server.settings.host}:{redis_server.settings.port}"
    command = [sys.executable, "-m", "deploy.cli", "top", "--once", "--json", "--redis", address]
    shown = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE):
        said, _ = await shown.communicate()
    picture = json.loads(said)
    (runner,) = (await world.get("root", "/v1/admin/overview"))["runners"]
    # The engine of this machine may have more runners, of other people.
    assert {row["runner"]: row["job"] for row in picture["runners"] if row["job"]} == {runner["name"]: job}
    assert [verdict["status"] for verdict in picture["verdicts"]] == ["succeeded"]


async def test_a_job_that_is_tried_again_is_in_its_new_runner_only(world: World) -> None:
    """Though the one it was in before died without a word of its ending."""
    await world.submit()
    claim = await world.actors.claim()
    await world.actors.begin(claim)
    again = Started(at=AT, by=ME, job=str(claim.job), attempt=2, runner="runner-2")
    assert not isinstance(await world.log.begin(claim, ME, again), Refusal)
    (runner,) = (await world.get("root", "/v1/admin/overview"))["runners"]
    assert (runner["name"], runner["job"], runner["attempt"]) == ("runner-2", str(claim.job), 2)
    assert (runner["executor"], runner["cpu_seconds"]) == (ME, None)


async def test_failures_are_what_we_lost_the_latest_first(world: World) -> None:
    await world.ran()
    jobs = [await lose(world, f"reason {number}") for number in range(3)]
    found = await world.get("root", "/v1/admin/failures", limit=2)
    assert [each["id"] for each in found["failures"]] == jobs[:0:-1]
    assert found["failures"][0]["reason"] == "reason 2"
    assert (found["failures"][0]["language"], found["failures"][0]["attempts"]) == ("python", 3)


async def test_failures_and_rates_are_found_in_little_memory(world: World) -> None:
    """However much the jobs have printed, of which nothing is answered."""
    first, *_ = [await lose(world, reason) for reason in ("the first", "the second")]
    address, events, output = parse_job_id(first).address, 800, "x" * 50_000
    result = Result(stage="run", stdout=output, stderr=output, duration_ms=1.0, exit_code=0)
    finished = Finished(at=AT, by=ME, job=first, attempt=1, runner="r", status="succeeded", result=result)
    for _ in range(events):
        fields = ("v", VERSION, "fact", encode(finished))
        await world.log._context.wire.call("XADD", keys.events(address.partition), "*", *fields)  # noqa: SLF001
    tracemalloc.start()
    try:
        failures = (await world.get("root", "/v1/admin/failures"))["failures"]
        rates = (await world.get("root", "/v1/admin/overview"))["rates"]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [each["reason"] for each in failures] == ["the second", "the first"]
    assert round(rates["succeeded"] * rates["seconds"]) == events
    assert peak < events * len(output) * 2 / 2


async def test_a_number_of_events_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest ones; rates are of the time that these took."""
    monkeypatch.setattr(overview, "MOST_COUNTED", 3)
    monkeypatch.setattr(overview, "MOST_SEARCHED", 3)
    await lose(world, "too long ago")
    await world.ran()
    lost = await lose(world)
    assert [each["id"] for each in (await world.get("root", "/v1/admin/failures"))["failures"]] == [lost]
    rates = (await world.get("root", "/v1/admin/overview"))["rates"]
    assert rates["seconds"] < 60
    counts = [round(rates[name] * rates["seconds"]) for name in ("started", "ended", "succeeded", "lost")]
    assert counts == [1, 2, 1, 1]


async def test_what_was_given_up_runs_again_once(world: World) -> None:
    """As another job of the same account, which says what it repeats."""
    lost = await lose(world)
    (letter,) = await dead(world)
    assert (letter["job"], letter["account"], letter["retryable"]) == (lost, "account-a", True)
    answer = await world.ask("root", "POST", f"/v1/admin/dead/{letter['key']}/retry")
    assert answer.status_code == 202, answer.text
    job = answer.json()["job"]
    assert str(await world.actors.run_next("again\n")) == job
    assert (await world.get("alice", f"/v1/execute/{job}"))["stdout"] == "again\n"
    (submitted, *_) = (await world.get("alice", f"/v1/execute/{job}/facts"))["facts"]
    assert submitted["origin"] == {"retry_of": lost}
    problem(await world.ask("root", "POST", f"/v1/admin/dead/{letter['key']}/retry"), 404)
    assert await dead(world) == []


async def test_what_was_given_up_is_dropped(world: World) -> None:
    await lose(world)
    (letter,) = await dead(world)
    assert (await world.ask("root", "DELETE", f"/v1/admin/dead/{letter['key']}")).status_code == 204
    problem(await world.ask("root", "DELETE", f"/v1/admin/dead/{letter['key']}"), 404)
    assert await dead(world) == []


async def test_what_is_no_fact_can_only_be_dropped(world: World) -> None:
    job = parse_job_id(await world.submit())
    await append_raw(world.log, job, {"v": "1", "fact": "nonsense"})
    for entry in await world.log.claim("python", ME, 10, SOON):
        if not isinstance(entry, Claim):
            kept = DeadLetter(
                at=AT, reason=entry.reason, stream=entry.stream, position=str(entry.position), fields=dict(entry.fields)
            )
            await world.log.bury(entry, kept, None)
    (letter,) = await dead(world)
    assert (letter["retryable"], letter["job"]) == (False, None)
    refused = problem(await world.ask("root", "POST", f"/v1/admin/dead/{letter['key']}/retry"), 409)
    assert "only be dropped" in refused["detail"]


@pytest.mark.parametrize("key", ["x", "AAAA", "é", "MCB4", "OTk5OTkgeA", "A" * 600, "%00"])
async def test_an_unknown_dead_letter_is_404(world: World, key: str) -> None:
    problem(await world.ask("root", "DELETE", f"/v1/admin/dead/{key}"), 404)
    problem(await world.ask("root", "POST", f"/v1/admin/dead/{key}/retry"), 404)


async def test_a_bad_limit_is_named(world: World) -> None:
    for path in ("/v1/admin/failures", "/v1/admin/dead"):
        assert fields(await world.ask("root", "GET", path, params={"limit": "0"})).keys() == {"limit"}


@pytest.mark.parametrize("who", ["", "alice"])
async def test_to_others_there_is_nothing(world: World, who: str) -> None:
    """Also where anonymous use is closed: 404 as for any path, not 401."""
    for path in ("/v1/admin/overview", "/v1/admin/failures", "/v1/admin/dead", "/v1/admin/accounts"):
        problem(await world.ask(who, "GET", path), 404)


async def test_an_instance_without_anything_yet_has_an_overview(redis_server: RedisServer) -> None:
    async with open_world(redis_server) as world:
        with redis_server.client() as client:
            client.flushall()
        found = await world.get("root", "/v1/admin/overview")
        assert (found["groups"], found["languages"], found["runners"], found["dead_letters"]) == ([], [], [], 0)
        assert (await world.get("root", "/v1/admin/failures"))["failures"] == []
        assert (await world.get("root", "/v1/admin/dead")) == {"dead": [], "total": 0}
