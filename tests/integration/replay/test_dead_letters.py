"""Dead letters: run again once, or dropped."""

import asyncio

import pytest

from actors.writing import dead_letter
from streams.facts import Lost, Origin
from streams.ports import BadEntry, Claim, DeadLetter
from streams.redis.wire import Wire
from streams.replay.again import again, endings
from streams.replay.deadletters import NotASubmissionError, dead_letters, drop, retry, submission_in
from streams.replay.layout import read_layout
from streams.system import RandomIds, SystemClock
from tests.conftest import RedisServer
from tests.integration.command import CommandLine
from tests.integration.replay.busy import LANGUAGES, SHORT, Busy
from tests.unit.streams.facts_made import finished, started


async def given_up(busy: Busy) -> Claim:
    [job] = await busy.submit(1)
    [claim] = await busy.log.claim(job.address.language, "a", 1, SHORT)
    assert isinstance(claim, Claim)
    lost = Lost(at=SystemClock().now(), by="a", job=str(job), attempts=3, reason="given up after 3 attempts")
    await busy.log.end(claim, "a", lost, dead_letter(claim, lost))
    return claim


async def test_a_retry_is_the_same_submission_under_a_new_name(busy: Busy, wire: Wire) -> None:
    claim = await given_up(busy)
    [kept] = await dead_letters(wire, await read_layout(wire))
    assert kept.is_named(str(claim.job))
    submission = submission_in(kept.letter)
    assert submission == claim.submission
    copy = again(submission, Origin(retry_of=kept.letter.job), SystemClock().now(), "cli", RandomIds())
    job = await retry(wire, kept, copy)
    assert job is not None
    assert job != claim.job
    appended = await busy.log.read_submission(job)
    assert appended == copy
    assert (copy.code, copy.origin) == (submission.code, Origin(retry_of=str(claim.job)))
    assert await dead_letters(wire, await read_layout(wire)) == []


async def test_of_two_retries_one_runs(busy: Busy, wire: Wire) -> None:
    await given_up(busy)
    [kept] = await dead_letters(wire, await read_layout(wire))
    copies = [again(submission_in(kept.letter), Origin(), SystemClock().now(), "cli", RandomIds()) for _ in range(2)]
    done = await asyncio.gather(*(retry(wire, kept, copy) for copy in copies))
    assert sum(job is not None for job in done) == 1
    [language] = [copies[0].language]
    assert len(await busy.log.claim(language, "b", 9, SHORT)) == 1


async def test_what_is_no_submission_can_only_be_dropped(busy: Busy, wire: Wire) -> None:
    [job] = await busy.submit(1)
    await busy.spoil(job)
    for language in LANGUAGES:
        for entry in await busy.log.claim(language, "a", 9, SHORT):
            if isinstance(entry, BadEntry):
                await busy.bury(entry)
    [kept] = await dead_letters(wire, await read_layout(wire))
    with pytest.raises(NotASubmissionError, match="it is no fact"):
        submission_in(kept.letter)
    assert await drop(wire, kept)
    assert not await drop(wire, kept)


async def test_endings_come_without_polling(busy: Busy) -> None:
    jobs = await busy.submit(2)
    await busy.project()

    async def work() -> None:
        for job in jobs:
            [claim] = await busy.log.claim(job.address.language, "a", 1, SHORT)
            assert isinstance(claim, Claim)
            await busy.log.begin(claim, "a", started(claim.job, by="a"))
            await busy.log.end(claim, "a", finished(claim.job, by="a"))
            await busy.project()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(work())
        seen = {str(job): state.status async for job, state in endings(busy.log, jobs)}
    assert seen == {str(job): "succeeded" for job in jobs}


def test_a_letter_is_named_by_its_entry_too() -> None:
    from streams.replay.deadletters import KeptLetter

    kept = KeptLetter(0, "stream 5-1", DeadLetter(at=SystemClock().now(), reason="r", stream="stream", position="5-1"))
    assert (kept.is_named("5-1"), kept.is_named("stream 5-1"), kept.is_named("5-2")) == (True, True, False)


async def test_of_all_as_many_as_were_asked_for_are_dropped(busy: Busy, redis_server: RedisServer) -> None:
    """A limit is no page of a list here: what is dropped is gone."""
    codeportal = CommandLine(redis_server)
    jobs = [str((await given_up(busy)).job) for _ in range(4)]
    listed = [letter["name"] for letter in await codeportal.lines("dead", "list")]
    assert sorted(listed) == sorted(jobs)
    dropped = await codeportal.lines("dead", "drop", "--all", "--skip", "1", "-n", "1")
    assert [each["dropped"] for each in dropped] == listed[1:2]
    again = await codeportal.lines("dead", "retry", "--all", "--limit", "1")
    assert [each["dead"] for each in again] == listed[:1]
    assert "NAMEs" in await codeportal("dead", "drop", listed[2], "-n", "1", code=2)
    assert [each["dropped"] for each in await codeportal.lines("dead", "drop", "--all")] == listed[2:]
