"""An executor whose log is away, or answers late."""

import asyncio

from tests.unit.actors.endings import finished
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import working, world


def test_a_claim_that_fails_is_tried_again() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["claim"] = ["before"] * 5
        async with working(at, FakeRunners(1)):
            job = await at.submit("echo")
            await at.ended(job)
        assert finished(at.ending(job)).status == "succeeded"

    run(scenario())


def test_a_started_fact_whose_answer_was_lost_is_not_a_second_attempt() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["begin"] = ["after", "before"]
        async with working(at, FakeRunners(1), max_attempts=1):
            job = await at.submit("echo")
            await at.ended(job)
        assert finished(at.ending(job)).attempt == 1
        assert len(at.started(job)) == 1

    run(scenario())


def test_another_attempts_start_is_not_taken_for_ones_own() -> None:
    """A second attempt whose first call failed is the second still, also of the same executor."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners):
            job = await at.submit("once")
            await until(lambda: len(at.started(job)) == 1)
            at.log.faults["begin"] = ["before"]
            await at.ended(job)
        assert [start.attempt for start in at.started(job)] == [1, 2] == [ran.attempt for ran in runners.jobs]

    run(scenario())


def test_a_job_that_was_handed_back_without_an_answer_is_not_handed_back_again() -> None:
    """The same executor has it already, for the next attempt, which goes on."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        at.log.faults["hand_back"] = ["after"]
        async with working(at, runners, "a"), working(at, FakeRunners(0), "b"):
            job = await at.submit("once 30")
            await at.ended(job)
        assert finished(at.ending(job)).attempt == 2
        assert len(at.started(job)) == 2

    run(scenario())


def test_a_verdict_that_cannot_be_written_is_kept_until_it_can() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(2)
        at.log.faults["end"] = ["before"] * 8
        async with working(at, runners):
            job = await at.submit("echo", stdin="kept")
            await at.ended(job)
        assert finished(at.ending(job)).result.stdout == "kept"
        assert len(runners.jobs) == 1

    run(scenario())


def test_endings_that_cannot_be_written_stop_the_claiming() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        at.log.faults["end"] = ["before"] * 6
        jobs = [await at.submit("echo") for _ in range(3)]
        async with working(at, runners):
            await until(lambda: len(at.log.faults["end"]) == 4)
            await asyncio.sleep(0.05)
            assert len(runners.jobs) == 1
            await at.ended(*jobs)

    run(scenario())


def test_an_ending_whose_answer_was_lost_is_written_once() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["end"] = ["after"]
        async with working(at, FakeRunners(1)) as actor:
            job = await at.submit("echo")
            await until(lambda: at.ending(job) is not None and actor.held == 0)
        assert finished(at.ending(job)).status == "succeeded"

    run(scenario())


def test_renewals_survive_a_log_that_is_away_for_a_moment() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["renew"] = ["before"]
        async with working(at, FakeRunners(1)):
            job = await at.submit("sleep 20")
            await at.ended(job)
        assert at.log.calls["renew"] >= 5
        assert finished(at.ending(job)).attempt == 1

    run(scenario())
