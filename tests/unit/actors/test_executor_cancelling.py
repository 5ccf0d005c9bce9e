"""What an executor does with a job that its client no longer wants."""

import asyncio

from streams.facts import Cancelled
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import working, world


def test_a_running_job_that_is_cancelled_keeps_its_partial_result() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1)):
            job = await at.submit("sleep 100")
            await until(lambda: len(at.started(job)) == 1)
            await at.ask_to_cancel(job)
            await at.ended(job)
            assert asyncio.get_running_loop().time() < 3
        ending = at.ending(job)
        assert isinstance(ending, Cancelled)
        assert ending.result is not None
        assert (ending.result.stdout, ending.attempt, ending.runner) == ("partial", 1, "runner-1")

    run(scenario())


def test_a_job_cancelled_before_it_began_never_runs() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        job = await at.submit("echo")
        await at.ask_to_cancel(job)
        async with working(at, runners):
            await at.ended(job)
        ending = at.ending(job)
        assert isinstance(ending, Cancelled)
        assert (ending.result, ending.attempt, runners.jobs, runners.free) == (None, 0, [], 1)

    run(scenario())


def test_a_cancellation_that_was_missed_is_found_after_a_reconnect() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1)):
            job = await at.submit("sleep 100")
            await until(lambda: len(at.started(job)) == 1)
            with at.log.nobody_listening():
                await at.ask_to_cancel(job)
            await at.ended(job)
        assert isinstance(at.ending(job), Cancelled)

    run(scenario())


def test_a_cancelled_job_whose_runner_dies_is_cancelled_not_run_again() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["begin"] = ["after"]  # while its answer is on the way, the client changes its mind
        async with working(at, FakeRunners(1)):
            job = await at.submit("break")
            await until(lambda: len(at.started(job)) == 1)
            await at.ask_to_cancel(job)
            await at.ended(job)
        assert isinstance(at.ending(job), Cancelled)

    run(scenario())
