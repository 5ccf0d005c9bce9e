"""Owners side by side: whatever one of them has waiting, another's job starts within the time of a few."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec.structs import replace

from actors.bench import Bench
from actors.executor import Executor
from actors.keeping import Pace
from streams import keys
from streams.codec import decode
from streams.facts import LaneClass, Started
from streams.jobid import JobId
from streams.lanes import BATCH_EVERY, all_lanes, lane_for, partition_for
from streams.ports import Claim, Projectable, Topology
from streams.quotas import MOST_INTERACTIVE, Allowance, Quota
from streams.redis import RedisLog, open_log
from streams.settings import StreamSettings
from streams.system import RandomIds, SystemClock
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import report
from tests.integration.http_edge.client import ask_until
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.world import LIMITS
from tests.unit.streams.facts_made import submission

FLOOD = 10_000
AT_ONCE = 500
LANES = 4
HOUR = timedelta(hours=1)
SETTINGS = StreamSettings(Topology(1, LANES), HOUR, HOUR, HOUR)
SHORT = timedelta(milliseconds=50)
FLOODER = "flooder"


@pytest.fixture
async def log(redis_server: RedisServer) -> AsyncIterator[RedisLog]:
    async with open_log(redis_server.settings, SETTINGS) as log:
        yield log


async def submit(log: RedisLog, owner: str, kind: LaneClass = "interactive") -> JobId:
    made = replace(submission(lane=lane_for(owner, kind, LANES)), nonce=RandomIds().nonce(), account=owner)
    job, _ = await log.submit_within(made, partition_for(owner, 1), Allowance(owner, Quota()))
    return job


async def flood(log: RedisLog, kind: LaneClass = "interactive", jobs: int = FLOOD) -> None:
    for _ in range(jobs // AT_ONCE):
        await asyncio.gather(*(submit(log, FLOODER, kind) for _ in range(AT_ONCE)))


async def starts_before(log: RedisLog, job: JobId, runners: int = 1) -> int:
    """How many jobs are claimed before `job` is, by an executor with so many runners that become free at once."""
    before = 0
    while True:
        claims = [each for each in await log.claim("python", "e", runners, SHORT) if isinstance(each, Claim)]
        assert claims
        jobs = [claim.job for claim in claims]
        if job in jobs:
            return before + jobs.index(job)
        before += len(jobs)


def owner_in(number: int) -> str:
    """An owner who shares the flooder's lane, or is in one of the others."""
    wanted = (lane_for(FLOODER, "interactive", LANES).number + number) % LANES
    return next(f"a{n}" for n in range(1000) if lane_for(f"a{n}", "interactive", LANES).number == wanted)


@pytest.mark.parametrize("kind", ["interactive", "batch"])
async def test_anothers_job_starts_within_the_time_of_a_few(log: RedisLog, kind: LaneClass) -> None:
    """10,000 jobs of one account wait, however it calls them; each of several others submits one, and one that
    shares the flooder's lane does, too.
    """
    await flood(log, kind)
    for number in range(LANES):
        job = await submit(log, owner_in(number))
        assert await log.place_in_queue(job) <= MOST_INTERACTIVE + 2
        assert await starts_before(log, job) <= MOST_INTERACTIVE + 2


async def test_with_several_runners_it_takes_a_few_claims(log: RedisLog) -> None:
    """A claim may take as many of the flood as there are runners, until it is another lane's turn."""
    await flood(log)
    for number in range(LANES):
        job = await submit(log, owner_in(number))
        assert await starts_before(log, job, runners=4) <= 4 * (LANES + 1)


async def test_who_has_many_jobs_is_not_behind_the_flood_either(log: RedisLog) -> None:
    """Beyond a few they wait in a batch lane, but in another one than the flood, though both names have the same."""
    await flood(log, jobs=2000)
    owner = owner_in(0)
    jobs = [await submit(log, owner) for _ in range(3 * MOST_INTERACTIVE)]
    assert {job.address.lane.kind for job in jobs} == {"interactive", "batch"}
    assert await starts_before(log, jobs[-1]) <= 2 * len(jobs) + MOST_INTERACTIVE + 2


async def test_a_flood_stays_in_its_lane(log: RedisLog, redis_server: RedisServer) -> None:
    """It takes no other, whichever has the least: or it would find its way into all of them."""
    await flood(log, jobs=2000)
    with redis_server.client() as client:
        used = [lane for lane in all_lanes(LANES) if client.xlen(keys.submissions(0, "python", lane))]
    assert sorted(lane.kind for lane in used) == ["batch", "interactive"]


async def test_floods_of_several_have_a_lane_each(log: RedisLog) -> None:
    """As long as there are lanes for them; owners of the same lane by name, too."""
    owners = [owner for n in range(1000) if lane_for(owner := f"a{n}", "batch", LANES).number == 1][:LANES]
    jobs = [await submit(log, owner, "batch") for _ in range(3) for owner in owners]
    lanes = {owner: {job.address.lane for job in jobs[n::LANES]} for n, owner in enumerate(owners)}
    assert all(len(each) == 1 for each in lanes.values())
    assert len(set.union(*lanes.values())) == LANES


async def test_batch_is_not_starved_by_interactive_jobs_without_end(log: RedisLog) -> None:
    """One claim in BATCH_EVERY is its own, whatever comes in between."""
    job = await submit(log, "patient", "batch")
    for _ in range(BATCH_EVERY - 1):
        await asyncio.gather(*(submit(log, f"a{number}") for number in range(BATCH_EVERY)))
    assert await log.place_in_queue(job) <= BATCH_EVERY
    assert await starts_before(log, job) < BATCH_EVERY


async def test_batch_waits_for_interactive(log: RedisLog) -> None:
    """In all other turns."""
    batch = [await submit(log, "patient", "batch") for _ in range(20)]
    for number in range(14):
        await submit(log, f"a{number}")
    claimed = []
    for _ in range(16):
        claimed += [each.job for each in await log.claim("python", "e", 1, SHORT) if isinstance(each, Claim)]
    assert len([job for job in claimed if job in batch]) == 2


async def started(log: RedisLog, redis: RedisServer, job: JobId, after: str) -> int:
    """How many jobs started, since the entry `after` of the events, until `job` did."""
    await ask_until(lambda: log.read(job), lambda state: state is not None and state.started is not None)
    with redis.client() as client:
        facts = [decode(fields) for _, fields in client.xrange(keys.events(0), f"({after}")]
    jobs = [fact.job for fact in facts if isinstance(fact, Started)]
    return jobs.index(str(job))


@asynccontextmanager
async def at_work(log: RedisLog, runners: FakeRunners) -> AsyncIterator[None]:
    """An executor with these runners, and a projector."""
    bench = Bench(log, runners, SystemClock(), "executor-1", LIMITS, 3)
    executor = Executor("python", bench, log, Pace())

    async def project() -> None:
        await log.find_streams()
        while True:
            facts = await log.read_facts("projector-1", 100, SHORT)
            await log.project([fact for fact in facts if isinstance(fact, Projectable)])

    tasks = [asyncio.create_task(executor.run()), asyncio.create_task(project())]
    try:
        yield
    finally:
        executor.stop()
        await tasks[0]
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("runners", [1, 4])
async def test_an_executor_starts_anothers_job_within_the_time_of_a_few(
    log: RedisLog, redis_server: RedisServer, runners: int
) -> None:
    """The real executor, with 10,000 jobs of one account before it, of which it is in the middle."""
    await log.report(report("executor-1", "executor", language="python"), HOUR)
    await flood(log)
    async with at_work(log, FakeRunners(runners)):
        for number in range(LANES):
            with redis_server.client() as client:
                last = client.xrevrange(keys.events(0), count=1)
            job = await submit(log, owner_in(number))
            before = await started(log, redis_server, job, last[0][0].decode() if last else "0-0")
            # What the executor did while the submission was on its way counts, too, so there is some room.
            assert before <= MOST_INTERACTIVE + 2 + 3 * runners * (LANES + 1)
