"""What a submission becomes: the fact, its lane, partition and limits; and what a full or closed edge answers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from http_edge.backlog import SURE_FOR
from http_edge.languages import LOOK_AT_MOST_EVERY
from streams.facts import Submission
from streams.jobid import parse_job_id
from streams.lanes import lane_for
from tests.unit.http_edge.edge_in_memory import HELLO, PROJECTOR, PYTHON, World, fields, problem, report, running_edge
from tests.unit.http_edge.virtual import in_virtual_time
from tests.unit.streams.facts_made import AT


async def fact(world: World, **body: Any) -> Submission:
    """The submission that a request with `body` becomes."""
    answer = await world.submit(**body)
    assert answer.status_code == 202, answer.text
    found = await world.log.read_submission(parse_job_id(answer.json()["id"]))
    assert found is not None
    return found


async def test_a_request_becomes_a_fact(world: World) -> None:
    submission = await fact(world, language="py", code="c", stdin="i", timeout="1.5s")
    assert (submission.language, submission.code, submission.stdin, submission.by) == ("python", "c", "i", "edge-1")
    assert submission.limits.wall_ms == 1500
    assert submission.lane == lane_for("127.0.0.1", "interactive", 4)


async def test_what_was_not_asked_for_is_not_in_the_fact(world: World) -> None:
    """Defaults are the executor's, so that the fact says what the client said."""
    submission = await fact(world)
    assert submission.limits.wall_ms is None
    assert submission.idempotency is None
    assert submission.stdin == ""


async def test_null_stands_for_nothing(world: World) -> None:
    submission = await fact(world, stdin=None, timeout=None)
    assert (submission.stdin, submission.limits.wall_ms) == ("", None)


async def test_submissions_spread_over_the_partitions() -> None:
    async with running_edge(STREAM_PARTITIONS="3") as world:
        jobs = [parse_job_id((await world.submit()).json()["id"]) for _ in range(60)]
        assert {job.address.partition for job in jobs} == {0, 1, 2}


async def test_a_repeated_request_meets_the_one_it_repeats() -> None:
    """The same partition, the same job, the time when it was first made, and one entry."""
    async with running_edge(STREAM_PARTITIONS="16") as world:
        key = {"Idempotency-Key": "k"}
        answers = [await world.submit(headers=key, timeout=text) for text in ("1s", "1000ms", "1.0s")]
        assert len({answer.text for answer in answers}) == 1
        assert world.submissions() == 1
        problem(await world.submit(headers=key, code="another"), 409)
        assert world.submissions() == 1
        other = await world.submit(headers={"Idempotency-Key": "another"})
        assert other.json()["id"] != answers[0].json()["id"]


async def test_the_key_itself_is_not_stored(world: World) -> None:
    """Only digests are, of the key with its account and of the request."""
    answer = await world.submit(headers={"Idempotency-Key": "my-secret-key"})
    found = await world.log.read_submission(parse_job_id(answer.json()["id"]))
    assert found is not None
    assert found.idempotency is not None
    assert len(found.idempotency.key) == len(found.idempotency.body) == 64
    assert "my-secret-key" not in repr(found)


@pytest.mark.parametrize("key", ["", "k" * 256, "é", "\t"])
async def test_a_key_that_is_none_is_refused(world: World, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = await world.http.post("/v1/execute", json=HELLO, headers=headers)  # type: ignore[arg-type]
    assert fields(answer).keys() == {"Idempotency-Key"}


async def test_the_largest_timeout_is_a_setting() -> None:
    async with running_edge(MAX_TIMEOUT="2s") as world:
        assert (await world.submit(timeout="2s")).status_code == 202
        assert "maximum, 2s" in fields(await world.submit(timeout="2001ms"))["timeout"]


@in_virtual_time
async def test_a_full_queue_answers_at_once() -> None:
    """429 with a time to come back, no entry; and again 202 once an executor has claimed something."""
    async with running_edge(QUEUE_LIMIT="2") as world:
        answers = [(await world.submit()).status_code for _ in range(2)]
        assert answers == [202, 202]
        refused = await world.submit()
        assert "full" in problem(refused, 429)["detail"]
        assert int(refused.headers["Retry-After"]) >= 1
        assert world.submissions() == 2
        await world.log.claim("python", "me", 1, timedelta(0))
        await asyncio.sleep(2 * SURE_FOR)
        assert (await world.submit()).status_code == 202
        assert world.submissions() == 3


async def test_a_repeated_request_is_answered_though_the_queue_is_full() -> None:
    """Its job was accepted before; another request under its key is still a conflict, and a new key is refused."""
    key = {"Idempotency-Key": "k"}
    async with running_edge(QUEUE_LIMIT="1") as world:
        first = await world.submit(headers=key)
        again = await world.submit(headers=key)
        assert (again.status_code, again.json()) == (202, first.json())
        problem(await world.submit(headers=key, code="another"), 409)
        problem(await world.submit(headers={"Idempotency-Key": "new"}), 429)
        assert world.submissions() == 1


async def test_a_full_queue_of_one_language_is_not_anothers() -> None:
    go = report("executor-2", "executor", language="go")
    async with running_edge(PYTHON, go, QUEUE_LIMIT="1") as world:
        assert [(await world.submit()).status_code for _ in range(2)] == [202, 429]
        assert (await world.submit(language="go")).status_code == 202


async def test_a_log_that_is_away_is_503(world: World) -> None:
    """With a time to come back, and without the addresses of our machines."""
    job = (await world.submit()).json()["id"]
    world.log.away = True
    for answer in (await world.submit(), await world.http.get(f"/v1/execute/{job}")):
        problem(answer, 503)
        assert answer.headers["Retry-After"] == "1"
        assert "10.1.2.3" not in answer.text
    world.log.away = False
    assert (await world.submit()).status_code == 202


async def test_a_failure_of_ours_is_a_500_that_tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(world.log), "read_submission", None)
    monkeypatch.setattr(type(world.log), "backlog", None)
    answer = await world.submit()
    assert "log" in problem(answer, 500)["detail"]
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_closed_edge_answers_401(method: str) -> None:
    """In production nobody is anonymous."""
    async with running_edge(ENVIRONMENT="production", REDIS_PASSWORD="pw8") as world:
        for answer in (await world.submit(), await world.http.request(method, "/v1/execute/x")):
            problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert world.submissions() == 0
        assert (await world.http.get("/health")).status_code == 200
        assert (await world.http.get("/v1/languages")).status_code == 200


async def test_anonymous_use_can_be_opened_in_production_and_closed_elsewhere() -> None:
    async with running_edge(ENVIRONMENT="production", REDIS_PASSWORD="pw8", ALLOW_ANONYMOUS="true") as world:
        assert (await world.submit()).status_code == 202
    async with running_edge(ALLOW_ANONYMOUS="false") as world:
        problem(await world.submit(), 401)


async def test_cancelling_is_asked_for_once_and_refused_at_the_end(world: World) -> None:
    job = (await world.submit()).json()["id"]
    for _ in range(2):
        asked = await world.http.delete(f"/v1/execute/{job}")
        assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    await world.log.cancel_waiting("janitor", AT)
    problem(await world.http.delete(f"/v1/execute/{job}"), 409)  # before any projection
    await world.project()
    problem(await world.http.delete(f"/v1/execute/{job}"), 409)
    assert (await world.http.get(f"/v1/execute/{job}")).json()["status"] == "cancelled"


@in_virtual_time
async def test_a_language_without_executors_is_unknown() -> None:
    """And known as soon as one has appeared."""
    async with running_edge(PROJECTOR) as world:
        assert "none at the moment" in fields(await world.submit())["language"]
        await world.log.report(PYTHON, timedelta(hours=1))
        await asyncio.sleep(2 * LOOK_AT_MOST_EVERY)
        assert (await world.submit()).status_code == 202
