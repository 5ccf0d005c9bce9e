"""Whole lives of jobs over HTTP: submitted, polled, waited for, cancelled, repeated."""

import asyncio
import re
import time

import httpx
import pytest

from streams.facts import Binary, Cancelled
from streams.ports import Refusal
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import ME, PlayedActors
from tests.integration.http_edge.client import HELLO, Client, assert_problem
from tests.integration.http_edge.edge_process import EdgeProcess, running_edge
from tests.unit.streams.facts_made import AT

LONG = "30s"
AT_ONCE = 5.0  # seconds: well below LONG, and patient with a busy machine


async def test_a_submission_is_answered_with_its_place(client: Client, actors: PlayedActors) -> None:
    """202, exactly four fields, and where to poll."""
    del actors
    answer = await client.submit({**HELLO, "language": "py"})
    assert answer.status_code == 202
    job = answer.json()
    assert job.keys() == {"id", "status", "language", "created_at"}
    assert (job["status"], job["language"]) == ("queued", "python")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", job["created_at"])
    assert answer.headers["Location"] == f"/v1/execute/{job['id']}"


async def test_a_poll_straight_after_a_submission_is_never_404(client: Client, actors: PlayedActors) -> None:
    """Neither before any projector has seen it, nor while one does, nor after."""
    polls = []
    for _ in range(10):
        job = (await client.submit()).json()
        polls.append(await client.read(job["id"]))
    projecting = asyncio.ensure_future(actors.project())
    polls += [await client.read(job["id"]) for _ in range(10)]
    await projecting
    polls.append(await client.read(job["id"]))
    assert {(poll.status_code, poll.json()["status"]) for poll in polls} == {(200, "queued")}


async def test_a_job_is_queued_then_running_then_succeeded(client: Client, actors: PlayedActors) -> None:
    """Each state as soon as its fact is projected."""
    job = (await client.submit()).json()["id"]
    seen = [(await client.read(job)).json()["status"]]
    claim = await actors.claim()
    await actors.begin(claim)
    seen.append((await client.read(job)).json()["status"])
    await actors.end(claim)
    done = (await client.read(job)).json()
    assert [*seen, done["status"]] == ["queued", "running", "succeeded"]
    assert (done["stdout"], done["exit_code"], done["attempts"], done["error"]) == ("42\n", 0, 1, None)


async def test_output_that_is_not_utf_8_arrives_readable(client: Client, actors: PlayedActors) -> None:
    """Never as a 500."""
    job = (await client.submit()).json()["id"]
    await actors.run_next(stdout=Binary(b"a\xffb"))
    assert (await client.read(job)).json()["stdout"] == "a\N{REPLACEMENT CHARACTER}b"


async def test_who_waits_is_woken_at_once(client: Client, actors: PlayedActors) -> None:
    """By the projection, not by the end of the wait."""
    job = (await client.submit()).json()["id"]
    began = time.monotonic()
    waiting = asyncio.ensure_future(client.read(job, wait=LONG))
    await actors.run_next()
    answer = await waiting
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert time.monotonic() - began < AT_ONCE


async def test_submit_and_wait_answers_the_finished_job(client: Client, actors: PlayedActors) -> None:
    """200, with the place all the same."""
    began = time.monotonic()
    waiting = asyncio.ensure_future(client.submit(wait=LONG))
    job = await actors.run_next()
    answer = await waiting
    assert (answer.status_code, answer.json()["stdout"]) == (200, "42\n")
    assert answer.headers["Location"] == f"/v1/execute/{job}"
    assert time.monotonic() - began < AT_ONCE


async def test_a_wait_that_runs_out_answers_the_state_so_far(client: Client, actors: PlayedActors) -> None:
    """202 for the submission, 200 for the poll, neither before the time was up."""
    del actors
    began = time.monotonic()
    submitted = await client.submit(wait="200ms")
    assert (submitted.status_code, submitted.json()["status"]) == (202, "queued")
    polled = await client.read(submitted.json()["id"], wait="200ms")
    assert (polled.status_code, polled.json()["status"]) == (200, "queued")
    assert time.monotonic() - began >= 0.4


async def test_many_wait_for_one_job(client: Client, actors: PlayedActors) -> None:
    """And all of them are told."""
    job = (await client.submit()).json()["id"]
    waiting = asyncio.gather(*(client.read(job, wait=LONG) for _ in range(20)))
    await actors.run_next()
    assert {answer.json()["status"] for answer in await waiting} == {"succeeded"}


async def test_a_running_job_is_cancelled_by_its_executor(client: Client, actors: PlayedActors) -> None:
    """202 says that it was asked; the executor ends it."""
    job = (await client.submit()).json()["id"]
    claim = await actors.claim()
    await actors.begin(claim)
    asked = await client.cancel(job)
    assert (asked.status_code, asked.json()["status"]) == (202, "running")
    ended = await actors.log.end(claim, ME, Cancelled(at=AT, by=ME, job=job))
    assert not isinstance(ended, Refusal)
    await actors.project()
    done = (await client.read(job)).json()
    assert (done["status"], done["error"]) == ("cancelled", "cancelled at the client's request")


async def test_a_queued_job_is_cancelled(client: Client, actors: PlayedActors) -> None:
    """It never starts; asking twice is no error, while it has not happened yet."""
    job = (await client.submit()).json()["id"]
    assert [(await client.cancel(job)).status_code for _ in range(2)] == [202, 202]
    assert list(await actors.log.cancel_waiting("janitor", AT)) == [job]
    await actors.project()
    assert (await client.read(job)).json()["status"] == "cancelled"


async def test_a_finished_job_is_not_cancelled(client: Client, actors: PlayedActors) -> None:
    """409, and nothing changes."""
    job = (await client.submit()).json()["id"]
    await actors.run_next()
    assert_problem(await client.cancel(job), 409, "ended")
    assert (await client.read(job)).json()["status"] == "succeeded"


async def test_the_same_key_gives_the_same_job(client: Client, actors: PlayedActors) -> None:
    """Also when the request is spelled in another way, and after the job is done."""
    key = {"Idempotency-Key": "a-key-of-mine"}
    first = (await client.submit(headers=key)).json()["id"]
    assert (await client.submit({**HELLO, "language": "py", "stdin": None}, headers=key)).json()["id"] == first
    await actors.run_next()
    again = await client.submit(headers=key, wait=LONG)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, first, "succeeded")


async def test_the_same_key_for_another_request_is_a_conflict(client: Client, actors: PlayedActors) -> None:
    """409; the first job is untouched."""
    del actors
    key = {"Idempotency-Key": "another-key"}
    await client.submit(headers=key)
    assert_problem(await client.submit({**HELLO, "code": "print(0)"}, headers=key), 409, "Idempotency-Key")


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\there"])
async def test_a_key_of_no_use_is_refused(client: Client, actors: PlayedActors, key: str) -> None:
    """Rather than taken for none."""
    del actors
    assert_problem(await client.submit(headers={"Idempotency-Key": key}), 400, "Idempotency-Key")


async def test_a_key_holds_over_several_edges(
    client: Client, actors: PlayedActors, redis_server: RedisServer, edge: EdgeProcess
) -> None:
    """The same job, whichever process a retry meets, also at the same moment."""
    del edge
    with running_edge(redis_server) as other:
        async with httpx.AsyncClient(base_url=other.url, trust_env=False, timeout=30) as http:
            await Client(http).languages()
            keys = [{"Idempotency-Key": f"key-{number}"} for number in range(8)]
            answers = await asyncio.gather(
                *(each.submit(headers=key) for key in keys for each in (client, Client(http), client))
            )
    ids = [answer.json()["id"] for answer in answers]
    assert len(set(ids)) == len(keys)
    assert len({*ids[0:3]}) == 1
    assert await actors.log.backlog("python") == len(keys)


async def test_a_second_edge_wakes_its_waiters_too(
    client: Client, actors: PlayedActors, redis_server: RedisServer
) -> None:
    """A job may be waited for anywhere."""
    with running_edge(redis_server) as other:
        async with httpx.AsyncClient(base_url=other.url, trust_env=False, timeout=30) as http:
            job = (await client.submit()).json()["id"]
            waiting = asyncio.ensure_future(Client(http).read(job, wait=LONG))
            await actors.run_next()
            assert (await waiting).json()["status"] == "succeeded"
