"""A job that comes while an executor waits runs before the log has taken its start; nothing counts before it has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams import keys
from streams.facts import Cancelled, Started
from streams.jobid import JobId
from tests.unit.actors.endings import finished
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import World, working, world


@asynccontextmanager
async def running_unbegun(at: World, runners: FakeRunners, code: str) -> AsyncIterator[JobId]:
    """A job that was submitted while an executor waited, runs, and has not begun as far as the log knows."""
    async with working(at, runners) as actor:
        await until(lambda: at.log.calls["claim"] == 1)
        at.log.begins.clear()
        job = await at.submit(code)
        await until(lambda: len(runners.jobs) == 1)
        yield job
        await until(lambda: actor.held == 0)


def test_a_fresh_job_does_not_wait_for_the_log_but_its_verdict_does() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with running_unbegun(at, runners, "echo") as job:
            await until(lambda: runners.free == 1)
            assert at.events(job) == []
            at.log.begins.set()
            await at.ended(job)
        assert [type(fact) for fact in at.events(job)] == [Started, type(finished(at.ending(job)))]
        assert len(runners.jobs) == 1

    run(scenario())


def test_one_that_waited_does_wait_for_the_log() -> None:
    """It may have an attempt behind it."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        job = await at.submit("echo")
        at.log.begins.clear()
        async with working(at, runners):
            await until(lambda: at.log.calls["claim"] == 1)
            await asyncio.sleep(1)
            assert (at.pending(), runners.jobs) == (1, [])
            at.log.begins.set()
            await at.ended(job)

    run(scenario())


def test_a_job_that_was_cancelled_meanwhile_is_cut_short() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        with at.log.nobody_listening():
            async with running_unbegun(at, runners, "sleep 100") as job:
                await at.ask_to_cancel(job)
                at.log.begins.set()
                await at.ended(job)
                assert asyncio.get_running_loop().time() < 3
        ending = at.ending(job)
        assert isinstance(ending, Cancelled)
        assert (ending.result, ending.attempt, runners.free) == (None, 0, 1)

    run(scenario())


def test_what_comes_of_a_job_that_has_ended_is_dropped() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with running_unbegun(at, runners, "sleep 100") as job:
            at.log.contents.hashes[keys.hash_of(job)]["ended"] = b"1"
            at.log.begins.set()
            await until(lambda: runners.free == 1)
            assert asyncio.get_running_loop().time() < 3
        assert at.events(job) == []
        assert at.pending() == 0

    run(scenario())


def test_a_job_with_an_attempt_behind_it_is_given_back_for_the_next() -> None:
    """As when a group was made again: it comes a second time, and not as one that waited."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with running_unbegun(at, runners, "once 1") as job:
            at.log.contents.hashes[keys.hash_of(job)]["attempts"] = b"000001 z then"
            at.log.begins.set()
            await at.ended(job)
        assert [ran.attempt for ran in runners.jobs] == [1, 2]
        assert [start.attempt for start in at.started(job)] == [2]
        assert finished(at.ending(job)).attempt == 2

    run(scenario())


def test_a_log_that_was_away_at_the_start_gets_both_facts_later() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        at.log.faults["begin"] = ["before", "after", "before"]
        async with running_unbegun(at, runners, "echo") as job:
            at.log.begins.set()
            await at.ended(job)
        assert [start.attempt for start in at.started(job)] == [1]
        assert finished(at.ending(job)).attempt == 1
        assert len(runners.jobs) == 1

    run(scenario())


def test_while_the_log_is_away_no_more_is_claimed_than_there_are_runners() -> None:
    """Verdicts that wait for it would pile up without bound."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with running_unbegun(at, runners, "echo") as job:
            await until(lambda: runners.free == 1)
            other = await at.submit("echo")
            await asyncio.sleep(5)
            assert at.pending() == 1
            at.log.begins.set()
            await at.ended(job, other)

    run(scenario())
