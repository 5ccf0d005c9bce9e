"""The executor, all branches, over the log in memory."""

import asyncio
import json

from streams.facts import Limits
from tests.unit.actors.endings import finished, lost
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import executor, working, world


def test_a_job_runs_to_its_verdict_and_is_acknowledged() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners):
            job = await at.submit("echo", stdin="hello")
            await at.ended(job)
        ending = finished(at.ending(job))
        assert (ending.status, ending.result.stdout, ending.attempt) == ("succeeded", "hello", 1)
        assert (ending.by, ending.runner) == ("a", "runner-1")
        assert at.pending() == 0

    run(scenario())


def test_a_failing_program_is_data() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1)):
            job = await at.submit("exit 3")
            await at.ended(job)
        assert finished(at.ending(job)).status == "failed"
        assert finished(at.ending(job)).result.exit_code == 3

    run(scenario())


def test_limits_in_force_are_recorded_and_given_to_the_runner() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners):
            job = await at.submit("echo", limits=Limits(wall_ms=700))
            await at.ended(job)
        in_force = Limits(wall_ms=700, compile_wall_ms=10_000, output_bytes=65536)
        assert at.started(job)[0].limits == in_force
        assert runners.jobs[0].limits == in_force

    run(scenario())


def test_no_more_is_claimed_than_runners_are_free() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(2)
        jobs = [await at.submit("sleep 5") for _ in range(5)]
        async with working(at, runners):
            await until(lambda: len(runners.jobs) == 2)
            await asyncio.sleep(3)
            assert at.pending() == 2
            await at.ended(*jobs)
        assert len(runners.jobs) == 5

    run(scenario())


def test_a_job_whose_runner_dies_runs_again_at_once() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(2)
        async with working(at, runners):
            job = await at.submit("break")
            await at.ended(job)
            assert asyncio.get_running_loop().time() < 3
        assert [fact.attempt for fact in at.started(job)] == [1, 2, 3]

    run(scenario())


def test_after_the_last_attempt_a_job_is_lost_and_kept_as_a_dead_letter() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1), max_attempts=2):
            job = await at.submit("break")
            await at.ended(job)
        ending = lost(at.ending(job))
        assert (ending.attempts, ending.reason) == (2, "given up after 2 attempts: the runner died")
        (letter,) = at.log.contents.dead_letters.values()
        assert (letter.job, letter.attempts, letter.stream) == (str(job), 2, at.stream)
        assert json.loads(letter.fields["fact"])["code"] == "break"
        assert at.pending() == 0

    run(scenario())


def test_an_internal_error_of_the_runner_fails_the_attempt() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1), max_attempts=1):
            job = await at.submit("internal")
            await at.ended(job)
        assert "internal error" in lost(at.ending(job)).reason

    run(scenario())


def test_a_fault_of_ours_costs_the_job_an_attempt_and_nobody_else_anything() -> None:
    async def scenario() -> None:
        at = world()
        async with working(at, FakeRunners(1), max_attempts=2):
            broken, fine = await at.submit("bug"), await at.submit("echo", stdin="x")
            await at.ended(broken, fine)
        assert "ZeroDivisionError" in lost(at.ending(broken)).reason
        assert finished(at.ending(fine)).status == "succeeded"

    run(scenario())


def test_attempts_of_dead_executors_count() -> None:
    async def scenario() -> None:
        at = world()
        job = await at.submit("sleep 100")
        dead = asyncio.create_task(executor(at, FakeRunners(1), "dead").run())
        await until(lambda: len(at.started(job)) == 1)
        at.log.faults["hand_back"] = ["before"]  # it dies without a word
        dead.cancel()
        await asyncio.wait([dead])
        async with working(at, FakeRunners(1), "b", max_attempts=1):
            await at.ended(job)
        assert lost(at.ending(job)).attempts == 1
        assert lost(at.ending(job)).by == "b"

    run(scenario())
