"""How a job comes into the log, lives and is read."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from streams.facts import CancelRequested, Idempotency, Lane, Submission
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.ports import (
    IdempotencyConflictError,
    Projectable,
    StatusChange,
)
from streams.position import Position
from streams.redis import RedisLog
from streams.state import state_from_fields
from streams.system import SystemClock
from tests.integration.streams.conformance.lives import (
    SHORT,
    Log,
    claims,
    project_all,
    state_of,
    status,
    submitted_and_claimed,
)
from tests.integration.streams.tampering import forget_state
from tests.unit.streams.facts_made import AT, finished, job_id, started, submission


async def test_a_job_is_read_straight_after_it_was_submitted(log: Log) -> None:
    job = await log.submit(submission(), 0)
    assert await status(log, job) == "queued"


async def test_a_job_with_another_nonce_is_no_job(log: Log) -> None:
    job = await log.submit(submission(), 0)
    assert await log.read(msgspec.structs.replace(job, nonce="f" * 16)) is None
    assert await log.read_submission(msgspec.structs.replace(job, nonce="f" * 16)) is None


async def test_a_job_that_was_never_submitted_is_no_job(log: Log) -> None:
    assert await log.read(job_id()) is None
    assert await log.read(job_id(partition=7)) is None


async def test_the_submission_can_be_read_again(log: Log) -> None:
    job = await log.submit(submission(code="print('\0\N{SNOWMAN}')"), 1)
    read = await log.read_submission(job)
    assert read == submission(code="print('\0\N{SNOWMAN}')")


async def test_a_job_goes_through_its_life(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.begin(claim, "a", started(job))
    await project_all(log)
    assert await status(log, job) == "running"
    await log.end(claim, "a", finished(job))
    await project_all(log)
    state = await log.read(job)
    assert state is not None
    assert (state.status, state.attempts, state.ending) == ("succeeded", 1, finished(job))


async def test_events_seen_before_the_submission_lose_nothing(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.begin(claim, "a", started(job))
    await log.end(claim, "a", finished(job))
    entries = await log.read_facts("projector-1", 100, SHORT)
    facts = [entry for entry in entries if isinstance(entry, Projectable)]
    await log.project([fact for fact in facts if "events" in fact.stream])
    state = await log.read(job)
    assert state is not None
    assert state.accepted is not None
    assert state.status == "succeeded"


async def test_who_waits_is_told(log: Log) -> None:
    async with log.status_changes() as changes, asyncio.timeout(5):
        assert await anext(changes) is None
        job, claim = await submitted_and_claimed(log)
        await log.begin(claim, "a", started(job))
        await project_all(log)
        await log.end(claim, "a", finished(job))
        await project_all(log)
        said = []
        while "succeeded" not in said:
            change = await anext(changes)
            assert change is not None
            assert change.job_id == str(job)
            said.append(change.status)


async def test_what_the_log_takes_is_visible_before_any_projector_comes_to_it(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    state = state_of(await log.read(job))
    assert (state.status, state.attempts, state.started) == ("queued", 0, None)
    await log.begin(claim, "a", started(job))
    state = state_of(await log.read(job))
    assert (state.status, state.attempts, state.started) == ("running", 1, started(job))
    await log.end(claim, "a", finished(job))
    state = state_of(await log.read(job))
    assert (state.status, state.attempts, state.ending) == ("succeeded", 1, finished(job))
    assert state.accepted is not None
    assert state.accepted.language == "python"


async def test_a_start_comes_after_its_submission_though_of_the_same_millisecond(log: Log) -> None:
    for _ in range(20):
        jobs = [await log.submit(submission(), 0) for _ in range(3)]
        for claim in await claims(log, count=len(jobs)):
            position = await log.begin(claim, "a", started(claim.job))
            assert isinstance(position, Position)
            assert position > claim.job.address.position


async def test_a_projector_finds_in_the_hash_what_it_would_have_made_of_it(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.begin(claim, "a", started(job))
    await log.end(claim, "a", finished(job))
    before = state_of(await log.read(job))
    async with log.status_changes() as changes:
        assert await anext(changes) is None
        await project_all(log)
        other = await log.submit(submission(), 0)
        await project_all(log)
        assert await anext(changes) == StatusChange(str(other), "queued")
    assert await log.read(job) == before


async def test_who_waits_is_told_how_a_job_ended(log: Log) -> None:
    """All that its hash says, so that nobody needs to read it; unless that is large."""
    async with log.status_changes() as changes:
        if isinstance(log, RedisLog):
            assert await anext(changes) is None
        for stdout, whole in (("1\n", True), ("1" * 20_000, False)):
            job, claim = await submitted_and_claimed(log)
            await log.begin(claim, "a", started(job))
            ending = finished(job)
            result = msgspec.structs.replace(ending.result, stdout=stdout)
            await log.end(claim, "a", msgspec.structs.replace(ending, result=result))
            change = await anext(changes)
            while change is None or change.status != "succeeded":
                change = await anext(changes)
            assert (change.job_id, change.fields is not None) == (str(job), whole or isinstance(log, MemoryLog))
            if change.fields is not None:
                assert state_from_fields(change.fields) == await log.read(job)


def once(submission: Submission, body: str = "b" * 64) -> Submission:
    return msgspec.structs.replace(submission, idempotency=Idempotency(key="k" * 64, body=body))


async def test_the_same_key_and_body_give_the_same_job(log: Log) -> None:
    first = await log.submit(once(submission()), 0)
    again = msgspec.structs.replace(once(submission()), nonce="e" * 16)
    assert await log.submit(again, 0) == first
    assert len(await claims(log)) == 1


async def test_the_same_key_with_another_body_is_a_conflict(log: Log) -> None:
    await log.submit(once(submission()), 0)
    with pytest.raises(IdempotencyConflictError):
        await log.submit(once(submission(), body="c" * 64), 0)


async def test_what_a_key_stands_for_can_be_asked_without_submitting(log: Log) -> None:
    assert await log.submitted_before(once(submission()), 0) is None
    first = await log.submit(once(submission(lane=Lane("batch", 1))), 0)
    assert await log.submitted_before(once(submission()), 0) == first
    assert await log.submitted_before(submission(), 0) is None
    with pytest.raises(IdempotencyConflictError):
        await log.submitted_before(once(submission(), body="c" * 64), 0)
    assert len(await claims(log)) == 1


async def test_facts_of_a_job_in_order_with_their_positions(log: Log) -> None:
    """Of every attempt, and of no other job."""
    job, claim = await submitted_and_claimed(log)
    other = await log.submit(msgspec.structs.replace(submission(), nonce="e" * 16), 0)
    assert [fact for _, fact in await log.facts(job)] == [submission()]
    first = await log.begin(claim, "a", started(job))
    await project_all(log)
    assert list(await log.facts(job)) == [(job.address.position, submission()), (first, started(job))]
    await log.hand_back([claim], "a")
    again = next(claim for claim in await claims(log, "b") if claim.job == job)
    second = await log.begin(again, "b", started(job, 2))
    await log.request_cancel(job, request := CancelRequested(at=AT, by="edge", job=str(job)))
    last = await log.end(again, "b", finished(job))
    await project_all(log)
    found = list(await log.facts(job))
    assert [fact for _, fact in found] == [submission(), started(job), started(job, 2), request, finished(job)]
    positions = [position for position, _ in found]
    assert positions[:3] == [job.address.position, first, second]
    assert positions[4] == last
    assert positions == sorted(positions)
    assert [fact for _, fact in await log.facts(other)] == [msgspec.structs.replace(submission(), nonce="e" * 16)]


async def test_facts_of_a_job_that_never_was(log: Log) -> None:
    job, _ = await submitted_and_claimed(log)
    assert list(await log.facts(JobId(job.address, "f" * 16))) == []


async def test_a_submission_that_is_trimmed_is_no_fact_any_more(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.begin(claim, "a", started(job))
    await log.end(claim, "a", finished(job))
    await project_all(log)
    await log.trim(SystemClock().now() + timedelta(minutes=1))
    assert not any(isinstance(fact, Submission) for _, fact in await log.facts(job))


async def test_a_job_that_ended_does_not_wait_again_when_its_state_was_forgotten(log: Log) -> None:
    """While the streams still have it: trimming may be held back, by an archive that is away for example."""
    job, claim = await submitted_and_claimed(log)
    await log.begin(claim, "a", started(job))
    await log.end(claim, "a", finished(job))
    await project_all(log)
    await forget_state(log, job)
    assert await log.read(job) is None
    assert await log.facts(job) == ()


@pytest.mark.parametrize("held", [False, True])
async def test_a_job_that_waits_longer_than_states_are_kept_is_still_there(log: Log, held: bool) -> None:
    job = await log.submit(submission(), 0)
    if held:
        await claims(log)
    await project_all(log)
    await forget_state(log, job)
    assert await status(log, job) == "queued"
    assert [fact for _, fact in await log.facts(job)] == [submission()]
    assert await log.request_cancel(job, CancelRequested(at=AT, by="edge", job=str(job)))
    state = state_of(await log.read(job))
    assert state.status == "queued"
    assert state.cancel_requested is not None
