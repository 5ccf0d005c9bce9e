"""Redis's own clock goes on, and back: how old claims and reports are is told by it."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from actors.runners.exec_leases import RedisLeases
from streams import keys
from streams.ports import ActorReport, Claim, Projectable
from streams.redis import RedisLog, open_log
from streams.redis.wire import wire_to
from tests.clocks import FakeClock
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.unit.streams.facts_made import AT, submission

HOUR = 3600
SHORT = timedelta(milliseconds=50)
TTL = timedelta(seconds=5)


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    return FakeClock(tmp_path / "clock")


@pytest.fixture
def server(tmp_path: Path, clock: FakeClock) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path, free_port(), environment=clock.environment)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def log(server: RedisServer) -> AsyncIterator[RedisLog]:
    async with open_log(server.settings, STREAM_SETTINGS) as log:
        await log.report(report("executor-1"), TTL)
        yield log


def report(name: str) -> ActorReport:
    return ActorReport(name=name, kind="executor", host="h", pid=1, started_at=AT, language="python")


async def claimed(log: RedisLog, consumer: str) -> Claim:
    (claim,) = await log.claim("python", consumer, 1, SHORT)
    assert isinstance(claim, Claim)
    return claim


async def reclaimed(log: RedisLog, consumer: str, idle: timedelta) -> list[Claim]:
    return [claim for claim in await log.reclaim("python", consumer, 10, idle) if isinstance(claim, Claim)]


async def until_reclaimed(log: RedisLog, consumer: str, idle: timedelta) -> list[Claim]:
    while not (found := await reclaimed(log, consumer, idle)):
        pass  # the test's own deadline ends it
    return found


@pytest.mark.timeout(20)
async def test_a_dead_consumers_claim_is_overdue_in_time_though_the_clock_went_back(
    log: RedisLog, clock: FakeClock
) -> None:
    """Without mending only when the clock is where it was."""
    await log.submit(submission(), 0)
    claim = await claimed(log, "a")
    clock.set(-HOUR)
    assert await log.mend_claims() == 1
    assert [found.job for found in await until_reclaimed(log, "b", timedelta(milliseconds=200))] == [claim.job]


@pytest.mark.timeout(20)
async def test_so_is_what_a_dead_projector_read(log: RedisLog, clock: FakeClock) -> None:
    await log.submit(submission(), 0)
    assert await log.read_facts("p1", 10, SHORT)
    clock.set(-HOUR)
    await log.mend_claims()
    while not (taken := await log.reclaim_facts("p2", 10, timedelta(milliseconds=200))):
        pass
    assert [type(entry) for entry in taken] == [Projectable]


async def test_mending_takes_nothing_from_the_living_and_nothing_from_the_dead(
    log: RedisLog, server: RedisServer
) -> None:
    """With the clock as it should be, old claims stay old, and all stay whose they are."""
    await log.submit(submission(), 0)
    await claimed(log, "a")
    stream = keys.submissions(0, "python", submission().lane)
    with server.client() as client:
        client.xclaim(stream, keys.EXECUTORS, "a", 0, [client.xrange(stream)[0][0]], idle=60_000, justid=True)
        await log.mend_claims()
        (pending,) = client.xpending_range(stream, keys.EXECUTORS, "-", "+", 10)
    assert pending["consumer"] == b"a"
    assert pending["time_since_delivered"] >= 60_000
    assert pending["times_delivered"] == 1


async def test_many_claims_are_mended(log: RedisLog, clock: FakeClock) -> None:
    for _ in range(1200):
        await log.submit(submission(), 1)
    assert len(await log.claim("python", "a", 1200, SHORT)) == 1200
    clock.set(-HOUR)
    assert await log.mend_claims() >= 1200


async def test_a_clock_that_goes_on_makes_claims_overdue_and_takes_no_verdict(log: RedisLog, clock: FakeClock) -> None:
    """The effect, as the README says it: what runs then runs again, once, and its first executor is told so."""
    await log.submit(submission(), 0)
    claim = await claimed(log, "a")
    clock.set(HOUR)
    assert [found.job for found in await reclaimed(log, "b", timedelta(seconds=60))] == [claim.job]
    assert list(await log.renew([claim], "a")) == [claim]


async def test_what_is_submitted_after_the_clock_went_back_comes_after_what_was_before(
    log: RedisLog, clock: FakeClock
) -> None:
    jobs = [await log.submit(submission(), 0)]
    clock.set(-HOUR)
    jobs += [await log.submit(submission(), 0) for _ in range(20)]
    assert [await log.place_in_queue(job) for job in jobs] == list(range(1, 22))
    assert [(await claimed(log, "a")).job for _ in jobs] == jobs


@pytest.mark.timeout(20)
async def test_a_report_from_before_the_clock_went_back_expires_in_its_time(log: RedisLog, clock: FakeClock) -> None:
    ttl = timedelta(milliseconds=200)
    await log.report(report("executor-2"), ttl)
    clock.set(-HOUR)
    assert "executor-2" in [found.name for found in await log.actors()]
    while "executor-2" in [found.name for found in await log.actors()]:
        pass
    assert [found.name for found in await log.actors()] == ["executor-1"]


@pytest.mark.timeout(20)
async def test_so_does_the_lease_of_a_container(server: RedisServer, clock: FakeClock) -> None:
    ttl = timedelta(milliseconds=200)
    async with wire_to(server.settings) as wire:
        leases = RedisLeases(wire)
        assert await leases.acquire("c", "a", ttl)
        clock.set(-HOUR)
        assert not await leases.acquire("c", "b", ttl)
        while not await leases.acquire("c", "b", ttl):
            pass
        assert not await leases.renew("c", "a", ttl)
