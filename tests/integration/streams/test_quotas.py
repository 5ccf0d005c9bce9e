"""What an owner may use: judged, appended and counted in one step, and taken off once; over Redis and memory."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from streams import keys
from streams.facts import Cancelled, CancelRequested, Compile, Idempotency, Lane, LaneClass, Lost, Submission
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.ports import Claim, IdempotencyConflictError, Projectable
from streams.quotas import DAY_MS, MINUTE_MS, MOST_INTERACTIVE, Allowance, Quota, QuotaExceededError, Standing
from streams.redis import RedisLog, open_log
from streams.system import RandomIds
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.unit.streams.facts_made import AT, finished, started, submission

Log = RedisLog | MemoryLog
SHORT = timedelta(milliseconds=50)
ANN, BOB = "ann", "bob"
NONE = Quota()


class MovableClock:
    """The time in the middle of some day."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 2, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class World:
    """A log, and ways to let its owners' time go by."""

    def __init__(self, log: Log, server: RedisServer, clock: MovableClock) -> None:
        self.log = log
        self._server = server
        self._clock = clock

    async def submit(
        self, quota: Quota = NONE, owner: str = ANN, kind: LaneClass = "interactive", key: str = "", body: str = "b"
    ) -> tuple[JobId, Standing | None]:
        once = Idempotency(key=key, body=body) if key else None
        made = replace(submission(lane=Lane(kind, 1)), nonce=RandomIds().nonce(), account=owner, idempotency=once)
        return await self.log.submit_within(made, 0, Allowance(owner, quota))

    async def standing(self, owner: str = ANN) -> Standing:
        """What the owner has used, as somebody sees it who may use nothing."""
        with pytest.raises(QuotaExceededError) as refusal:
            await self.submit(Quota(0, 0, 0), owner)
        return refusal.value.standing

    async def refused(self, quota: Quota, owner: str = ANN) -> tuple[str, ...]:
        with pytest.raises(QuotaExceededError) as refusal:
            await self.submit(quota, owner)
        return refusal.value.limits

    async def pass_time(self, ms: int) -> None:
        """Redis's clock cannot be set, so there what it wrote down becomes older."""
        if isinstance(self.log, MemoryLog):
            self._clock.at += timedelta(milliseconds=ms)
            return
        with self._server.client() as client:
            quota, in_flight = keys.quota(0, ANN), keys.in_flight(0, ANN)
            client.hincrby(quota, "minute", -ms)
            client.hincrby(quota, "day", -(ms // DAY_MS))
            for member, score in client.zrange(in_flight, 0, -1, withscores=True):
                client.zadd(in_flight, {member: score - ms})

    async def claim(self, count: int = 1) -> list[Claim]:
        return [each for each in await self.log.claim("python", "a", count, SHORT) if isinstance(each, Claim)]

    async def run(self, cpu_ms: float | None = None, compile_ms: float | None = None) -> list[Projectable]:
        """The next job from its claim to the projection of its ending."""
        (claim,) = await self.claim()
        ending = finished(claim.job)
        built = None
        if compile_ms is not None:
            built = Compile(exit_code=0, stdout="", stderr="", duration_ms=1.0, cpu_ms=compile_ms)
        await self.log.begin(claim, "a", started(claim.job))
        await self.log.end(claim, "a", replace(ending, result=replace(ending.result, cpu_ms=cpu_ms, compile=built)))
        return await self.project()

    async def project(self) -> list[Projectable]:
        """Project all that there is; what it was."""
        done: list[Projectable] = []
        while entries := await self.log.read_facts("projector-1", 100, SHORT):
            facts = [entry for entry in entries if isinstance(entry, Projectable)]
            await self.log.project(facts)
            done += facts
        return done


@pytest.fixture(params=["redis", "memory"])
async def world(request: pytest.FixtureRequest, redis_server: RedisServer) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        clock = MovableClock()
        log: Log = MemoryLog(STREAM_SETTINGS, clock)
        if request.param == "redis":
            log = await stack.enter_async_context(open_log(redis_server.settings, STREAM_SETTINGS))
        world = World(log, redis_server, clock)
        await know_python(log)
        yield world


async def know_python(log: Log) -> None:
    from tests.integration.streams.conformance.lives import report

    await log.report(report("executor-1", "python"), timedelta(minutes=1))


async def test_what_is_accepted_is_a_submission_like_any_other(world: World) -> None:
    job, standing = await world.submit()
    assert standing is not None
    assert (standing.requests, standing.jobs, standing.cpu_ms) == (1, 1, 0)
    assert 0 < standing.minute_ms <= MINUTE_MS
    assert 0 < standing.day_ms <= DAY_MS
    found = await world.log.read_submission(job)
    assert isinstance(found, Submission)
    assert (found.nonce, found.lane, found.account) == (job.nonce, Lane("interactive", 1), ANN)
    (claim,) = await world.claim()
    assert claim.job == job


async def test_submissions_of_a_minute_are_counted_and_refused(world: World) -> None:
    quota = Quota(requests_per_minute=2)
    for number in (1, 2):
        _, standing = await world.submit(quota)
        assert standing is not None
        assert standing.requests == number
    for _ in range(3):
        assert await world.refused(quota) == ("requests",)
    assert len(await world.claim(10)) == 2
    await world.submit(quota, BOB)  # another's minute is another's


async def test_the_minute_ends(world: World) -> None:
    quota = Quota(requests_per_minute=1)
    await world.submit(quota)
    await world.pass_time(MINUTE_MS - 5_000)
    assert await world.refused(quota) == ("requests",)
    assert (await world.standing()).minute_ms <= 5_000
    await world.pass_time(5_000)
    _, standing = await world.submit(quota)
    assert standing is not None
    assert standing.requests == 1


async def test_jobs_in_flight_are_counted_until_they_end(world: World) -> None:
    quota = Quota(concurrent_jobs=2)
    await world.submit(quota)
    await world.submit(quota)
    assert await world.refused(quota) == ("jobs",)
    await world.run()
    assert (await world.standing()).jobs == 1
    await world.submit(quota)
    assert await world.refused(quota) == ("jobs",)


@pytest.mark.parametrize("ending", ["cancelled", "lost", "waiting"])
async def test_every_ending_takes_a_job_off(world: World, ending: str) -> None:
    """However it came: cancelled in mid-run or while it waits, or given up."""
    job, _ = await world.submit()
    if ending == "waiting":
        await world.log.request_cancel(job, CancelRequested(at=AT, by="edge", job=str(job)))
        assert list(await world.log.cancel_waiting("janitor", AT)) == [str(job)]
    else:
        (claim,) = await world.claim()
        name = str(job)
        lost = Lost(at=AT, by="a", job=name, attempts=3, reason="gave up")
        await world.log.end(claim, "a", lost if ending == "lost" else Cancelled(at=AT, by="a", job=name))
    await world.project()
    standing = await world.standing()
    assert (standing.jobs, standing.cpu_ms) == (0, 0)


async def test_cpu_time_of_a_day_is_counted_with_compiling_and_refused(world: World) -> None:
    quota = Quota(cpu_seconds_per_day=2)
    for _ in range(3):
        await world.submit(NONE)
    await world.run(cpu_ms=1200.5, compile_ms=300.25)
    await world.run(cpu_ms=None)
    assert (await world.standing()).cpu_ms == 1500.75
    await world.submit(quota)
    await world.run(cpu_ms=499.25)
    assert await world.refused(quota) == ("cpu",)
    await world.submit(quota, BOB)


async def test_the_day_ends(world: World) -> None:
    await world.submit()
    await world.run(cpu_ms=5000)
    await world.pass_time(DAY_MS)
    await world.submit(Quota(cpu_seconds_per_day=1))
    await world.run(cpu_ms=250)
    assert (await world.standing()).cpu_ms == 250


async def test_a_fact_that_is_projected_again_counts_once(world: World) -> None:
    """By the same projector or another, in any order."""
    for _ in range(3):
        await world.submit()
    facts = await world.run(cpu_ms=1000)
    await world.log.project(facts)
    await world.log.project(list(reversed(facts)))
    standing = await world.standing()
    assert (standing.jobs, standing.cpu_ms) == (2, 1000)


async def test_an_ending_counts_before_any_projector_comes_to_it(world: World) -> None:
    """Who sees the verdict may submit the next job at once."""
    await world.submit(Quota(concurrent_jobs=1))
    (claim,) = await world.claim()
    await world.log.begin(claim, "a", started(claim.job))
    await world.log.end(claim, "a", finished(claim.job))
    await world.submit(Quota(concurrent_jobs=1))


async def test_an_ending_that_is_projected_before_its_submission_counts(world: World) -> None:
    await world.submit()
    (claim,) = await world.claim()
    await world.log.end(claim, "a", finished(claim.job))
    facts = [fact for fact in await world.log.read_facts("projector-1", 100, SHORT) if isinstance(fact, Projectable)]
    await world.log.project([fact for fact in facts if "events" in fact.stream])
    assert (await world.standing()).jobs == 0


async def test_a_job_that_never_ends_is_forgotten(world: World) -> None:
    """After as long as results are kept: no count can leak for ever."""
    quota = Quota(concurrent_jobs=1)
    await world.submit(quota)
    await world.pass_time(int(STREAM_SETTINGS.job_ttl.total_seconds() * 1000) + 1)
    await world.submit(quota)


async def test_a_repetition_is_neither_judged_nor_counted(world: World) -> None:
    quota = Quota(1, 1, 1)
    job, _ = await world.submit(quota, key="k")
    assert await world.submit(quota, key="k") == (job, None)
    standing = await world.standing()
    assert (standing.requests, standing.jobs) == (1, 1)
    with pytest.raises(IdempotencyConflictError):
        await world.submit(quota, key="k", body="c")
    assert len(await world.claim(10)) == 1


async def test_a_refused_key_stands_for_nothing(world: World) -> None:
    with pytest.raises(QuotaExceededError):
        await world.submit(Quota(requests_per_minute=0), key="k")
    job, standing = await world.submit(key="k")
    assert standing is not None
    assert (await world.submit(key="k"))[0] == job


async def test_all_limits_that_are_reached_are_named(world: World) -> None:
    await world.submit()
    assert await world.refused(Quota(1, 1, 0)) == ("requests", "jobs", "cpu")


async def test_at_once_no_more_are_taken_than_there_is_room_for(world: World) -> None:
    """Judged and counted in one step: there is no time between the two."""
    quota = Quota(requests_per_minute=30, concurrent_jobs=20)
    answers = await asyncio.gather(*(world.submit(quota) for _ in range(60)), return_exceptions=True)
    assert sum(isinstance(answer, QuotaExceededError) for answer in answers) == 40
    assert len(await world.claim(100)) == 20


async def test_what_an_owner_submits_beyond_a_few_waits_in_the_batch_lane(world: World) -> None:
    """The id, the fact and the idempotency key agree on where it is; and interactive again once there is room."""
    jobs = [(await world.submit(key=f"k{number}"))[0] for number in range(MOST_INTERACTIVE + 2)]
    kinds = [job.address.lane.kind for job in jobs]
    assert kinds == ["interactive"] * MOST_INTERACTIVE + ["batch"] * 2
    found = await world.log.read_submission(jobs[-1])
    assert found is not None
    assert found.lane == jobs[-1].address.lane == Lane("batch", 1)
    assert (await world.submit(key=f"k{MOST_INTERACTIVE + 1}"))[0] == jobs[-1]
    state = await world.log.read(jobs[-1])
    assert state is not None
    assert state.status == "queued"
    for _ in range(3):
        await world.run()
    assert (await world.submit())[0].address.lane.kind == "interactive"


async def test_a_batch_lane_is_kept_while_jobs_are_in_flight_and_chosen_anew_after(world: World) -> None:
    """The emptiest: the log here has two."""
    jobs = [(await world.submit(kind="batch"))[0] for _ in range(3)]
    assert {job.address.lane.number for job in jobs} == {1}
    for _ in range(3):
        await world.run()
    await world.submit(kind="batch", owner=BOB)
    assert (await world.submit(kind="batch"))[0].address.lane.number == 0


async def test_nothing_is_kept_of_who_has_no_job_in_flight(redis_log: RedisLog, redis_server: RedisServer) -> None:
    """But what they used, until the day is over."""
    world = World(redis_log, redis_server, MovableClock())
    await know_python(redis_log)
    await world.submit(kind="batch")
    await world.run(cpu_ms=1)
    with redis_server.client() as client:
        names = {name.decode() for name in client.scan_iter("*") if b"flight" in name or b"counted" in name}
        assert names == set()
        assert client.pttl(keys.batch_lanes(0, ANN)) in range(int(STREAM_SETTINGS.job_ttl.total_seconds() * 1000) + 1)
        assert 0 < client.pttl(keys.quota(0, ANN)) <= 2 * DAY_MS


async def test_every_count_has_its_expiry(redis_log: RedisLog, redis_server: RedisServer) -> None:
    world = World(redis_log, redis_server, MovableClock())
    job, _ = await world.submit()
    with redis_server.client() as client:
        for name in (keys.quota(0, ANN), keys.in_flight(0, ANN), keys.counted(0, job.nonce)):
            assert client.pttl(name) > 0


def test_a_partition_and_a_lane_do_not_go_together() -> None:
    """Owners spread over all pairs of them."""
    from streams.lanes import lane_for, partition_for

    pairs = {(partition_for(f"a{n}", 4), lane_for(f"a{n}", "batch", 4).number) for n in range(400)}
    assert pairs == set(itertools.product(range(4), range(4)))
