"""Executors that stop, crash, or share the work."""

import asyncio
from datetime import timedelta

from actors.keeping import Pace
from tests.unit.actors.endings import finished
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import executor, working, world


def test_a_stop_lets_running_jobs_finish_and_claims_no_more() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(2)
        async with working(at, runners) as actor:
            job = await at.submit("sleep 5")
            await until(lambda: len(at.started(job)) == 1)
            actor.stop()
            late = await at.submit("echo")
        assert finished(at.ending(job)).result.stdout == "slept"
        assert at.ending(late) is None
        assert runners.retired

    run(scenario())


def test_a_stop_past_its_deadline_kills_and_hands_back() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners, "a", pace=Pace(stop_deadline=timedelta(seconds=2))):
            job = await at.submit("sleep 50")
            await until(lambda: len(at.started(job)) == 1)
        assert asyncio.get_running_loop().time() < 5
        assert runners.all[0].killed == [str(job.address)]
        async with working(at, FakeRunners(1), "b"):
            await until(lambda: len(at.started(job)) == 2, 2)  # at once, not when overdue
            await until(lambda: at.ending(job) is not None, 90)
        assert finished(at.ending(job)).by == "b"

    run(scenario())


def test_what_a_crash_leaves_is_handed_back() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        task = asyncio.create_task(executor(at, runners).run())
        job = await at.submit("sleep 50")
        await until(lambda: len(at.started(job)) == 1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert runners.free == 1
        async with working(at, runners, "b"):
            await until(lambda: len(at.started(job)) == 2, 2)
            await at.ask_to_cancel(job)

    run(scenario())


class Overclaiming(FakeRunners):
    """Says that it has two more than it has, as when runners vanish while a claim is under way."""

    @property
    def free(self) -> int:
        return super().free + 2


def test_claims_for_which_no_runner_is_left_are_handed_back() -> None:
    async def scenario() -> None:
        at, few, many = world(), Overclaiming(1), FakeRunners(2)
        jobs = [await at.submit("sleep 2") for _ in range(3)]
        async with working(at, few, "a"), working(at, many, "b"):
            await at.ended(*jobs)
        assert all(fact.attempt == 1 for job in jobs for fact in at.started(job))

    run(scenario())


def test_executors_share_the_work_and_each_job_ends_once() -> None:
    async def scenario() -> None:
        at, left, right = world(), FakeRunners(2), FakeRunners(3)
        jobs = [await at.submit(code) for _ in range(20) for code in ("echo", "sleep 1", "exit 1")]
        async with working(at, left, "a"), working(at, right, "b"):
            await at.ended(*jobs)
        assert left.jobs
        assert right.jobs
        assert len(left.jobs) + len(right.jobs) == len(jobs)

    run(scenario())


def test_an_idle_executor_stops_soon() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1)):
            await asyncio.sleep(5)
            before = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - before <= 1

    run(scenario())
