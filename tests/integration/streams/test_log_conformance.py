"""What every log promises, whichever keeps it: one suite over Redis and memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from streams.codec import UnknownVersionError, decode
from streams.facts import Cancelled, CancelRequested, Idempotency, Lane, Lost, Status, Submission
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.ports import (
    ActorReport,
    ArchiveLag,
    Attempts,
    BadEntry,
    Claim,
    DeadLetter,
    IdempotencyConflictError,
    Projectable,
    Refusal,
    StatusChange,
    StreamEntry,
)
from streams.redis import RedisLog, open_log
from streams.state import JobState, Slot, attempt_mark, state_from_fields
from streams.system import SystemClock
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.integration.streams.tampering import append_raw
from tests.unit.streams.facts_made import AT, finished, job_id, started, submission

Log = RedisLog | MemoryLog
SHORT = timedelta(milliseconds=50)
LONG = timedelta(seconds=5)
NOW = timedelta(0)


@pytest.fixture(params=["redis", "memory"])
async def log(request: pytest.FixtureRequest, redis_server: RedisServer) -> AsyncIterator[Log]:
    async with AsyncExitStack() as stack:
        log: Log = MemoryLog(STREAM_SETTINGS, SystemClock())
        if request.param == "redis":
            log = await stack.enter_async_context(open_log(redis_server.settings, STREAM_SETTINGS))
        await log.report(report("executor-1", "python"), LONG)
        yield log


def report(name: str, language: str | None = None) -> ActorReport:
    return ActorReport(name=name, kind="executor", host="h", pid=1, started_at=AT, language=language)


def dead(claim_or_entry: object = None) -> DeadLetter:
    del claim_or_entry
    return DeadLetter(at=AT, reason="gave up", stream="s", position="1-1")


async def claims(log: Log, consumer: str = "a", count: int = 10) -> list[Claim]:
    claimed = await log.claim("python", consumer, count, SHORT)
    return [claim for claim in claimed if isinstance(claim, Claim)]


async def project_all(log: Log) -> list[BadEntry]:
    bad: list[BadEntry] = []
    while entries := await log.read_facts("projector-1", 100, SHORT):
        await log.project([entry for entry in entries if isinstance(entry, Projectable)])
        bad += [entry for entry in entries if isinstance(entry, BadEntry)]
    return bad


async def status(log: Log, job: JobId) -> Status:
    state = await log.read(job)
    assert state is not None
    return state.status


async def submitted_and_claimed(log: Log, consumer: str = "a") -> tuple[JobId, Claim]:
    job = await log.submit(submission(), 0)
    (claim,) = await claims(log, consumer)
    assert claim.job == job
    return job, claim


async def test_a_job_is_read_straight_after_it_was_submitted(log: Log) -> None:
    job = await log.submit(submission(), 0)
    assert await status(log, job) == "queued"


async def test_a_job_with_another_nonce_is_no_job(log: Log) -> None:
    job = await log.submit(submission(), 0)
    assert await log.read(replace(job, nonce="f" * 16)) is None
    assert await log.read_submission(replace(job, nonce="f" * 16)) is None


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


async def test_no_more_is_claimed_than_asked_for_over_all_lanes(log: Log) -> None:
    for number in range(2):
        for _ in range(3):
            await log.submit(submission(lane=Lane("interactive", number)), 0)
            await log.submit(submission(lane=Lane("batch", number)), 1)
    held = [len(await claims(log, count=5)) for _ in range(4)]
    assert sum(held) == 12
    assert max(held) <= 5


async def test_lanes_take_turns(log: Log) -> None:
    for _ in range(20):
        await log.submit(submission(lane=Lane("interactive", 0)), 0)
    other = await log.submit(submission(lane=Lane("interactive", 1)), 0)
    first = [claim.job for _ in range(3) for claim in await claims(log, count=1)]
    assert other in first


async def test_interactive_comes_before_batch(log: Log) -> None:
    await log.submit(submission(lane=Lane("batch", 0)), 0)
    job = await log.submit(submission(lane=Lane("interactive", 1)), 0)
    (claim,) = await claims(log, count=1)
    assert claim.job == job


async def test_a_claim_wakes_for_a_submission(log: Log) -> None:
    waiting = asyncio.ensure_future(log.claim("python", "a", 1, LONG))
    await asyncio.wait([waiting], timeout=0.05)
    job = await log.submit(submission(), 0)
    async with asyncio.timeout(4):
        claimed = await waiting
    assert [claim.job for claim in claimed if isinstance(claim, Claim)] == [job]


async def test_a_cancelled_claim_loses_nothing(log: Log) -> None:
    waiting = asyncio.ensure_future(log.claim("python", "a", 1, LONG))
    await asyncio.wait([waiting], timeout=0.05)
    waiting.cancel()
    job = await log.submit(submission(), 0)
    assert [claim.job for claim in await claims(log)] == [job]


async def test_what_a_cancelled_claim_brings_late_is_handed_back(log: Log) -> None:
    waiting = asyncio.ensure_future(log.claim("python", "a", 1, timedelta(seconds=1)))
    await asyncio.wait([waiting], timeout=0.05)
    waiting.cancel()
    job = await log.submit(submission(), 0)
    await log.release_late_reads("a", "python")
    assert [claim.job for claim in await claims(log, "c")] == [job]


async def test_nobody_else_claims_what_is_held(log: Log) -> None:
    await submitted_and_claimed(log)
    assert await claims(log, "b") == []
    assert await log.reclaim("python", "b", 10, LONG) == []


async def test_what_is_handed_back_is_claimed_at_once(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.hand_back([claim], "a")
    assert [claim.job for claim in await claims(log, "b")] == [job]


async def test_only_its_holder_hands_back(log: Log) -> None:
    _, claim = await submitted_and_claimed(log)
    await log.hand_back([claim], "b")
    assert await claims(log, "b") == []


async def test_what_is_not_renewed_is_reclaimed(log: Log) -> None:
    job, _ = await submitted_and_claimed(log)
    reclaimed = await log.reclaim("python", "b", 10, NOW)
    assert [claim.job for claim in reclaimed if isinstance(claim, Claim)] == [job]


async def test_what_is_overdue_is_found_behind_much_that_is_not(log: Log) -> None:
    for _ in range(40):
        await log.submit(submission(), 0)
    held = await claims(log, count=40)
    overdue, others = held[35], [claim for claim in held if claim is not held[35]]
    deadline = asyncio.get_running_loop().time() + 5
    while not (found := await log.reclaim("python", "b", 1, timedelta(milliseconds=100))):
        assert asyncio.get_running_loop().time() < deadline
        await log.renew(others, "a")
    assert [claim.job for claim in found if isinstance(claim, Claim)] == [overdue.job]


async def test_partitions_take_turns(log: Log) -> None:
    for _ in range(10):
        await log.submit(submission(), 0)
    other = await log.submit(submission(), 1)
    first = [claim.job for _ in range(4) for claim in await claims(log, count=1)]
    assert other in first


async def test_every_lane_of_every_partition_has_its_turn(log: Log) -> None:
    lanes = [(partition, number) for partition in range(2) for number in range(2)]
    for partition, number in lanes * 10:
        await log.submit(submission(lane=Lane("interactive", number)), partition)
    first = [claim.job.address for _ in range(6) for claim in await claims(log, count=1)]
    assert {(address.partition, address.lane.number) for address in first} == set(lanes)


async def test_renewing_tells_what_is_no_longer_held(log: Log) -> None:
    _, claim = await submitted_and_claimed(log)
    assert list(await log.renew([claim], "a")) == []
    await log.reclaim("python", "b", 10, NOW)
    assert list(await log.renew([claim], "a")) == [claim]


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


async def test_the_backlog_counts_what_nobody_has_claimed(log: Log) -> None:
    assert await log.backlog("python") == 0
    for number in range(4):
        await log.submit(submission(lane=Lane("interactive", number % 2)), number % 2)
    assert await log.backlog("python") == 4
    await claims(log, count=1)
    assert await log.backlog("python") == 3


async def test_the_place_in_the_queue_counts_down(log: Log) -> None:
    jobs = [await log.submit(submission(), 0) for _ in range(3)]
    assert await log.place_in_queue(jobs[0]) == 1
    places = [await log.place_in_queue(job) for job in jobs]
    assert places == sorted(places)
    assert places[-1] == 3
    await claims(log, count=2)
    assert [await log.place_in_queue(job) for job in jobs] == [0, 0, 1]


async def test_the_place_in_the_queue_counts_other_lanes_as_they_take_turns(log: Log) -> None:
    """Of a lane where many wait only as many count as come first; batch waits for all that is interactive."""
    for _ in range(5):
        await log.submit(submission(lane=Lane("interactive", 0)), 0)
    other = await log.submit(submission(lane=Lane("interactive", 1)), 1)
    batch = await log.submit(submission(lane=Lane("batch", 0)), 0)
    assert await log.place_in_queue(other) == 2
    assert await log.place_in_queue(batch) == 7


async def test_the_place_in_the_queue_needs_no_executor(log: Log) -> None:
    job = await log.submit(submission(language="cobol"), 0)
    assert await log.place_in_queue(job) == 1


async def test_trimming_stops_at_what_is_not_acknowledged(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    later = SystemClock().now() + timedelta(minutes=1)
    await project_all(log)
    assert await log.trim(later) == 0
    await log.end(claim, "a", finished(job))
    await log.submit(submission(), 0)
    await project_all(log)
    await log.trim(later)
    assert await log.read_submission(job) is None
    assert await status(log, job) == "succeeded"


async def test_what_no_executor_ever_looked_at_is_not_trimmed(log: Log) -> None:
    """Nobody runs the language (any more, after a flush): its submissions wait, however old they are."""
    job = await log.submit(submission(), 0)
    await project_all(log)
    assert await log.trim(SystemClock().now() + timedelta(minutes=1)) == 0
    assert [claim.job for claim in await claims(log)] == [job]


async def test_an_entry_that_is_no_fact_is_buried_once(log: Log) -> None:
    job = await log.submit(submission(), 0)
    stream = await append_raw(log, job, {"v": "1", "fact": '{"type":"submission"'})
    bad = [entry for entry in await log.claim("python", "a", 10, SHORT) if isinstance(entry, BadEntry)]
    assert [entry.stream for entry in bad] == [stream]
    address = bad[0].address
    assert address is not None
    lost = Lost(at=AT, by="a", job=str(JobId(address, "0" * 16)), attempts=0, reason="malformed")
    await log.bury(bad[0], dead(), lost)
    for entry in await project_all(log):
        await log.bury(entry, dead(), lost)
    await project_all(log)
    assert await status(log, JobId(address, "0" * 16)) == "internal_error"
    assert await log.reclaim("python", "b", 10, NOW) != []  # only the good one is still held


async def test_an_entry_of_a_newer_release_stops_its_reader(log: Log) -> None:
    job = await log.submit(submission(), 0)
    await append_raw(log, job, {"v": "2", "fact": "{}"})
    with pytest.raises(UnknownVersionError):
        await log.claim("python", "a", 10, SHORT)
    with pytest.raises(UnknownVersionError):
        await log.read_facts("projector-1", 10, SHORT)


async def test_what_a_projector_left_behind_is_taken_over(log: Log) -> None:
    job = await log.submit(submission(), 0)
    await log.read_facts("projector-1", 100, SHORT)
    taken: Sequence[Projectable | BadEntry] = await log.reclaim_facts("projector-2", 100, NOW)
    await log.project([entry for entry in taken if isinstance(entry, Projectable)])
    assert sum(lag.pending + lag.waiting for lag in await log.projection_lag()) == 0
    assert await status(log, job) == "queued"


async def test_reports_are_there_until_withdrawn(log: Log) -> None:
    await log.report(report("other"), LONG)
    assert [found.name for found in await log.actors()] == ["executor-1", "other"]
    await log.withdraw("other")
    assert [found.name for found in await log.actors()] == ["executor-1"]


async def test_a_language_stays_announced_when_its_executors_are_gone(log: Log) -> None:
    await log.report(report("gone", "go"), LONG)
    await log.withdraw("gone")
    assert list(await log.announced_languages()) == ["go", "python"]


async def test_reports_expire(log: Log) -> None:
    await log.report(report("short"), timedelta(milliseconds=1))
    deadline = asyncio.get_running_loop().time() + 5
    while [found.name for found in await log.actors()] != ["executor-1"]:
        assert asyncio.get_running_loop().time() < deadline


def state_of(state: JobState | None) -> JobState:
    assert state is not None
    return state


async def test_every_step_may_be_repeated_by_a_second_projector(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.begin(claim, "a", started(job))
    entries = [entry for entry in await log.read_facts("p1", 100, SHORT) if isinstance(entry, Projectable)]
    await log.project(entries)
    before = state_of(await log.read(job))
    await log.project(list(reversed(entries)))
    assert state_of(await log.read(job)) == before


async def test_what_another_projector_has_acknowledged_is_not_joined_again(log: Log) -> None:
    """Nor is what a flush took between read and join: its hash would be of a job that the streams do not know."""
    job = await log.submit(submission(), 0)
    entries = [entry for entry in await log.read_facts("p1", 100, SHORT) if isinstance(entry, Projectable)]
    await log.project(entries)
    await log.project([replace(entry, slots=(Slot("status", "max", "9", b"running"),)) for entry in entries])
    assert await status(log, job) == "queued"


# -- the archive


async def done_with_everything(log: Log) -> JobId:
    """A job that executor and projector are done with."""
    job, claim = await submitted_and_claimed(log)
    await log.end(claim, "a", finished(job))
    await project_all(log)
    return job


async def unarchived(log: Log, consumer: str = "archiver-1") -> list[StreamEntry]:
    return list(await log.read_unarchived(consumer, 100, SHORT))


async def test_the_archive_reads_every_fact_as_it_lies_there(log: Log) -> None:
    await log.keep_archive()
    job = await done_with_everything(log)
    entries = await unarchived(log)
    assert [(entry.address is None, type(decode(entry.fields)).__name__) for entry in entries] in (
        [(False, "Submission"), (True, "Finished")],
        [(True, "Finished"), (False, "Submission")],
    )
    assert {entry.address for entry in entries} == {None, job.address}
    assert {entry.partition for entry in entries} == {job.address.partition}
    assert await unarchived(log) == []


async def test_without_an_archive_nothing_waits_for_it(log: Log) -> None:
    await done_with_everything(log)
    assert await log.archive_lag() is None
    assert await log.trim(SystemClock().now() + LONG) == 2


async def test_trimming_waits_for_the_archive(log: Log) -> None:
    await log.keep_archive()
    await done_with_everything(log)
    later = SystemClock().now() + LONG
    assert await log.trim(later) == 0
    entries = await unarchived(log)
    assert await log.trim(later) == 0
    await log.archived(entries)
    assert await log.trim(later) == 2


async def test_trimming_waits_for_the_archive_in_a_stream_that_it_has_not_found_yet(log: Log) -> None:
    await log.keep_archive()
    await log.archived(await unarchived(log))
    await log.report(report("executor-2", "go"), LONG)
    await log.submit(msgspec.structs.replace(submission(), language="go"), 0)
    (claim,) = await log.claim("go", "a", 1, LONG)
    assert isinstance(claim, Claim)
    await log.end(claim, "a", finished(claim.job))
    await log.find_streams()
    await project_all(log)
    assert await log.trim(SystemClock().now() + LONG) == 0


async def test_an_archive_that_was_ended_holds_nothing_up(log: Log) -> None:
    await log.keep_archive()
    await done_with_everything(log)
    await log.end_archive()
    assert await log.archive_lag() is None
    assert await log.trim(SystemClock().now() + LONG) == 2


async def test_the_archives_lag_counts_what_it_has_not_acknowledged(log: Log) -> None:
    await log.keep_archive()
    assert await log.archive_lag() == ArchiveLag(0, timedelta(0))
    await done_with_everything(log)
    lag = await log.archive_lag()
    assert lag is not None
    assert lag.entries == 2
    assert timedelta(0) <= lag.oldest < LONG
    entries = await unarchived(log)
    read = await log.archive_lag()
    assert read is not None
    assert read.entries == 2
    await log.archived(entries)
    assert await log.archive_lag() == ArchiveLag(0, timedelta(0))


async def test_what_a_dead_archiver_read_is_archived_by_another(log: Log) -> None:
    await log.keep_archive()
    await done_with_everything(log)
    read = await unarchived(log, "dead")
    assert await log.reclaim_unarchived("alive", 100, LONG) == []
    again = await log.reclaim_unarchived("alive", 100, NOW)
    assert sorted(entry.position for entry in again) == sorted(entry.position for entry in read)
    assert {entry.position: dict(entry.fields) for entry in again} == {
        entry.position: dict(entry.fields) for entry in read
    }


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
