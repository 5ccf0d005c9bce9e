"""Claims of an executor: renewed, overdue, taken over, lost."""

import asyncio
from datetime import timedelta

from streams.ports import Claim
from tests.unit.actors.endings import finished
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import working, world


def test_a_silent_executors_job_is_taken_over_when_overdue_and_not_before() -> None:
    async def scenario() -> None:
        at = world()
        job = await at.submit("echo")
        await at.log.claim("python", "silent", 1, timedelta(0))
        async with working(at, FakeRunners(1), "b"):
            await asyncio.sleep(9)
            assert at.ending(job) is None
            await at.ended(job)
            assert asyncio.get_running_loop().time() < 12
        assert finished(at.ending(job)).attempt == 1

    run(scenario())


def test_a_job_that_merely_runs_long_is_not_taken_away() -> None:
    async def scenario() -> None:
        at, others = world(), FakeRunners(1)
        async with working(at, FakeRunners(1), "a"):
            job = await at.submit("sleep 60")
            await until(lambda: len(at.started(job)) == 1)
            async with working(at, others, "b"):
                await until(lambda: at.ending(job) is not None, 90)
        assert finished(at.ending(job)).by == "a"
        assert others.jobs == []

    run(scenario())


def test_nor_is_one_while_the_log_was_away_for_longer_than_claims_live() -> None:
    """Nobody could renew; who lives does so before anybody takes over. What the dead held is taken over soon after."""

    async def scenario() -> None:
        at, others = world(), FakeRunners(2)
        left = await at.submit("echo")
        await at.log.claim("python", "dead", 1, timedelta(0))
        async with working(at, FakeRunners(1), "a"), working(at, others, "b"):
            job = await at.submit("sleep 60")
            await until(lambda: len(at.started(job)) == 1)
            (first,) = at.started(job)
            at.log.away = True
            await asyncio.sleep(25)
            at.log.away = False
            await at.ended(left)
            assert asyncio.get_running_loop().time() < 35
            await until(lambda: at.ending(job) is not None, 90)
        assert finished(at.ending(job)).by == first.by
        assert len(at.started(job)) == 1

    run(scenario())


def test_an_executor_that_lost_its_claim_kills_the_job_and_writes_nothing() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners, "a") as actor:
            job = await at.submit("sleep 1000")
            await until(lambda: len(at.started(job)) == 1)
            (taken,) = await at.log.reclaim("python", "b", 1, timedelta(0))
            assert isinstance(taken, Claim)
            await until(lambda: runners.all[0].killed == [str(job.address)])
            await until(lambda: actor.held == 0)
        assert at.ending(job) is None
        assert at.pending() == 1

    run(scenario())


def test_a_verdict_after_the_claim_was_lost_is_not_taken() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1), "a") as actor:
            job = await at.submit("sleep 1")
            await until(lambda: len(at.started(job)) == 1)
            await at.log.reclaim("python", "b", 1, timedelta(0))
            await until(lambda: actor.held == 0)
        assert at.ending(job) is None

    run(scenario())
