"""Making hashes anew: what was lost comes back, what is newer stays, whoever waits is told."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from streams import keys
from streams.facts import AnyFact, Lane, Submission
from streams.jobid import JobId
from streams.ports import Claim
from streams.redis import RedisLog
from streams.redis.wire import Wire
from streams.replay.rebuild import rebuild
from streams.replay.verify import Difference, verify
from streams.system import RandomIds, SystemClock
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.integration.replay.busy import SHORT, Busy
from tests.integration.replay.contents import hashes
from tests.unit.streams.facts_made import finished, started

TTL = STREAM_SETTINGS.job_ttl
TTL_MS = 3_600_000
LONG = os.environ.get("CODEPORTAL_LONG") == "1"
JOBS = 100_000 if LONG else 3_000


async def settled(busy: Busy) -> None:
    await busy.submit(80)
    await busy.run_some()
    await busy.take_over()
    await busy.project()


async def one_ended(busy: Busy) -> JobId:
    [job] = await busy.submit(1)
    [claim] = await busy.log.claim(job.address.language, "a", 1, SHORT)
    assert isinstance(claim, Claim)
    await busy.log.begin(claim, "a", started(job, by="a"))
    await busy.log.end(claim, "a", finished(job, by="a"))
    await busy.project()
    return job


async def test_a_sound_log_is_left_as_it_is(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    await settled(busy)
    with redis_server.client() as client:
        before = hashes(client)
        rebuilt = await rebuild(wire, TTL)
        assert hashes(client) == before
    assert rebuilt.outcomes == {"same": len(before)}


async def test_lost_hashes_come_back(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    await settled(busy)
    with redis_server.client() as client:
        before = hashes(client)
        client.delete(*before)
        rebuilt = await rebuild(wire, TTL)
        assert hashes(client) == before
        assert all(0 < client.pttl(name) <= TTL_MS for name in before)
    assert rebuilt.outcomes == {"made": len(before)}


async def test_a_damaged_hash_is_made_anew_and_keeps_its_expiry(
    busy: Busy, wire: Wire, redis_server: RedisServer
) -> None:
    job = await one_ended(busy)
    name = keys.hash_of(job)
    with redis_server.client() as client:
        before = hashes(client)
        client.hset(name, mapping={"status": "failed", "status@": "9", "nonsense": "x"})
        client.pexpire(name, 1_234_567)
        assert (await rebuild(wire, TTL)).outcomes == {"changed": 1}
        assert hashes(client) == before
        assert 1_200_000 < client.pttl(name) <= 1_234_567


async def test_what_has_expired_stays_away(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    job = await one_ended(busy)
    with redis_server.client() as client:
        client.delete(keys.hash_of(job))
        assert (await rebuild(wire, timedelta(milliseconds=1))).outcomes == {"expired": 1}
        assert hashes(client) == {}


async def test_a_history_without_its_beginning_takes_nothing_away(
    busy: Busy, wire: Wire, redis_server: RedisServer
) -> None:
    await one_ended(busy)
    await settled(busy)
    with redis_server.client() as client:
        before = hashes(client)
        for name in client.scan_iter(match="sandbox:*:submissions:*"):
            client.xtrim(name, maxlen=0, approximate=False)
        await rebuild(wire, TTL)
        assert hashes(client) == before
        for partition in range(2):
            client.xtrim(keys.events(partition), maxlen=1, approximate=False)
        await rebuild(wire, TTL)
        assert hashes(client) == before
    assert (await verify(wire, TTL_MS)).differences == []


async def test_whoever_waits_is_told_by_the_rebuild(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    """What a hash said that is gone, and what it says again."""
    [job] = await busy.submit(1)
    await busy.project()
    [claim] = await busy.log.claim(job.address.language, "a", 1, SHORT)
    assert isinstance(claim, Claim)
    await busy.log.begin(claim, "a", started(job, by="a"))
    await busy.log.end(claim, "a", finished(job, by="a"))
    with redis_server.client() as client:
        client.delete(keys.hash_of(job))
    async with busy.log.status_changes() as changes:
        assert await anext(changes) is None
        await rebuild(wire, TTL)
        change = await anext(changes)
    assert change is not None
    assert (change.job_id, change.status) == (str(job), "succeeded")


async def test_verify_names_what_differs(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    job, other = await one_ended(busy), await one_ended(busy)
    stranger = RandomIds().nonce()
    with redis_server.client() as client:
        client.hset(keys.hash_of(job), "status", "failed")
        client.delete(keys.hash_of(other))
        name = str(JobId(job.address, stranger))
        client.hset(keys.job(job.address.partition, name), "status", "queued")
    verified = await verify(wire, TTL_MS)
    assert sorted(verified.differences, key=str) == sorted(
        [
            Difference(str(job), "field", "status", b"failed", b"succeeded"),
            Difference(str(other), "missing"),
            Difference(name, "no facts"),
        ],
        key=str,
    )


@dataclass
class _Traffic:
    """Jobs that are submitted, run and projected while something else happens."""

    log: RedisLog
    done: int = 0

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(each) for each in (self._work(), self._project())]
        yield
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError), result

    async def _work(self) -> None:
        while True:
            await self.log.submit(a_submission(SystemClock().now()), self.done % 2)
            for claim in await self.log.claim("python", "live", 1, timedelta(seconds=1)):
                assert isinstance(claim, Claim)
                await self.log.begin(claim, "live", started(claim.job, by="live"))
                await self.log.end(claim, "live", finished(claim.job, by="live"))
            self.done += 1

    async def _project(self) -> None:
        await self.log.find_streams()
        while True:
            entries = await self.log.read_facts("live", 100, timedelta(milliseconds=20))
            await self.log.project(entries)  # type: ignore[arg-type]  # there are no bad ones


def a_submission(at: datetime, nonce: str | None = None) -> Submission:
    lane = Lane("interactive", 0)
    nonce = nonce or RandomIds().nonce()
    return Submission(at=at, by="edge-1", language="python", lane=lane, nonce=nonce, code="print(1)", account="alice")


@pytest.mark.timeout(600)
async def test_many_jobs_in_a_minute_while_submissions_go_on(busy: Busy, wire: Wire, redis_server: RedisServer) -> None:
    """100,000 with CODEPORTAL_LONG=1; every hash is lost before, and live ones never go back to an older state."""
    await fill(wire, JOBS)
    with redis_server.client() as client:
        told: list[tuple[int, int]] = []
        async with _Traffic(busy.log).going_on():
            started_at = asyncio.get_running_loop().time()
            rebuilt = await rebuild(wire, TTL, lambda read, total: told.append((read, total)))
            seconds = asyncio.get_running_loop().time() - started_at
        print(f"{JOBS} jobs in {seconds:.1f} s: {dict(rebuilt.outcomes)}")  # noqa: T201 - a measurement
        assert rebuilt.outcomes["made"] >= JOBS
        assert told == sorted(told)
        assert told[-1][0] >= 3 * JOBS
        assert seconds < 60
        await busy.project()
        verified = await verify(wire, TTL_MS)
        assert verified.differences == []
        assert len(hashes(client)) == verified.compared


async def fill(wire: Wire, count: int) -> None:
    """Streams of `count` finished jobs, without hashes."""
    from streams.codec import entry_fields
    from streams.jobid import Address
    from streams.position import Position

    lane, events, at = Lane("interactive", 0), keys.events(0), SystemClock().now()
    base = int(at.timestamp() * 1000) - 1_000_000
    for start in range(0, count, 1000):
        calls = []
        for number in range(start, min(start + 1000, count)):
            position = Position(base + number, 0)
            job = JobId(Address(0, "python", lane, position), f"{number:016x}")
            facts: tuple[AnyFact, ...] = (a_submission(at, job.nonce), started(job), finished(job))
            for seq, (stream, fact) in enumerate(
                zip((keys.stream_of(job.address), events, events), facts, strict=True)
            ):
                fields = entry_fields(fact)
                command = ("XADD", stream, f"{base + number}-{seq}", "v", fields[b"v"], "fact", fields[b"fact"])
                calls.append(wire.call(*command, deadline=60.0))
        await asyncio.gather(*calls)
    for stream in (keys.submissions(0, "python", lane), events):
        for group in keys.groups_of(stream):
            await wire.call("XGROUP", "CREATE", stream, group, "$")
