"""One verdict: who may start and end a job, and what cancels it."""

import asyncio

import msgspec

from streams.facts import Cancelled, CancelRequested, Lost
from streams.ports import (
    Attempts,
    Projectable,
    Refusal,
)
from streams.state import attempt_mark
from tests.integration.streams.conformance.lives import (
    NOW,
    SHORT,
    Log,
    claims,
    dead,
    project_all,
    status,
    submitted_and_claimed,
)
from tests.unit.streams.facts_made import AT, finished, started, submission


async def test_who_lost_a_claim_neither_starts_nor_ends_the_job(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.reclaim("python", "b", 10, NOW)
    assert await log.begin(claim, "a", started(job)) is Refusal.NOT_OURS
    assert await log.end(claim, "a", finished(job)) is Refusal.NOT_OURS
    assert not isinstance(await log.begin(claim, "b", started(job)), Refusal)


async def test_a_job_ends_once(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    first = await log.end(claim, "a", finished(job))
    again = await log.end(claim, "a", finished(job, stdout="another"))
    assert (isinstance(first, Refusal), again) == (False, Refusal.NOT_OURS)
    await project_all(log)
    state = await log.read(job)
    assert state is not None
    assert state.ending == finished(job)


async def test_attempts_are_counted_by_what_started(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    assert await log.begin(claim, "a", started(job, 2)) == Attempts(0)
    await log.begin(claim, "a", started(job, 1))
    mark = attempt_mark(started(job, 1))
    assert await log.begin(claim, "a", started(job, 1)) == Attempts(1, mark)
    await log.hand_back([claim], "a")
    (again,) = await claims(log, "b")
    assert await log.begin(again, "b", started(job, 1)) == Attempts(1, mark)
    assert not isinstance(await log.begin(again, "b", started(job, 2)), Refusal | Attempts)


async def test_a_lost_job_leaves_a_dead_letter(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.end(claim, "a", Lost(at=AT, by="a", job=str(job), attempts=3, reason="gave up"), dead())
    await project_all(log)
    assert await status(log, job) == "internal_error"


async def test_a_queued_job_is_cancelled_and_never_starts(log: Log) -> None:
    job = await log.submit(submission(), 0)
    assert await log.request_cancel(job, CancelRequested(at=AT, by="edge", job=str(job)))
    assert list(await log.cancel_waiting("janitor", AT)) == [str(job)]
    await project_all(log)
    assert await status(log, job) == "cancelled"
    (claim,) = await claims(log)
    assert await log.begin(claim, "a", started(job)) is Refusal.ENDED
    assert await log.reclaim("python", "b", 10, NOW) == []


async def test_what_the_janitor_cancels_stays_in_the_trace_of_its_submission(log: Log) -> None:
    job = await log.submit(msgspec.structs.replace(submission(), trace={"traceparent": "00-1-2-01"}), 0)
    await log.request_cancel(job, CancelRequested(at=AT, by="edge", job=str(job)))
    assert list(await log.cancel_waiting("janitor", AT)) == [str(job)]
    await log.find_streams()
    facts = [fact for fact in await log.read_facts("p", 10, SHORT) if isinstance(fact, Projectable)]
    assert [fact.trace for fact in facts if fact.trace is not None] == [{"traceparent": "00-1-2-01"}]


async def test_a_claimed_job_that_was_cancelled_does_not_start(log: Log) -> None:
    async with log.cancellations() as cancelled, asyncio.timeout(5):
        assert await anext(cancelled) is None
        job, claim = await submitted_and_claimed(log)
        await log.request_cancel(job, CancelRequested(at=AT, by="edge", job=str(job)))
        assert await anext(cancelled) == str(job)
    assert list(await log.cancel_waiting("janitor", AT)) == []
    assert await log.begin(claim, "a", started(job)) is Refusal.CANCELLED
    await log.end(claim, "a", Cancelled(at=AT, by="a", job=str(job)))
    await project_all(log)
    assert await status(log, job) == "cancelled"


async def test_a_finished_job_is_not_cancelled(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.end(claim, "a", finished(job))
    assert not await log.request_cancel(job, CancelRequested(at=AT, by="edge", job=str(job)))
