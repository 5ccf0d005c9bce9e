"""What is trimmed, buried, taken over by another projector, and who is there."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from streams.codec import UnknownVersionError
from streams.facts import Lost
from streams.jobid import JobId
from streams.ports import (
    BadEntry,
    Projectable,
)
from streams.state import Slot
from streams.system import SystemClock
from tests.integration.streams.conformance.lives import (
    LONG,
    NOW,
    SHORT,
    Log,
    claims,
    dead,
    project_all,
    report,
    state_of,
    status,
    submitted_and_claimed,
)
from tests.integration.streams.tampering import append_raw
from tests.unit.streams.facts_made import AT, finished, started, submission


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
    await log.project(
        [msgspec.structs.replace(entry, slots=(Slot("status", "max", "9", b"running"),)) for entry in entries]
    )
    assert await status(log, job) == "queued"
