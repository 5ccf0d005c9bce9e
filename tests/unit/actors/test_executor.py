"""The executor, all branches, over the log in memory."""

import asyncio
import json
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from structlog.testing import capture_logs

from actors.keeping import Pace
from streams import keys
from streams.facts import Cancelled, Ending, Finished, Limits, Lost
from streams.output import NOWHERE, Began, Chunk, Mark
from streams.ports import Claim
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import executor, working, world


def finished(ending: Ending | None) -> Finished:
    assert isinstance(ending, Finished), ending
    return ending


def lost(ending: Ending | None) -> Lost:
    assert isinstance(ending, Lost), ending
    return ending


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


# -- cancelling


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


# -- a log that is away


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


# -- entries that are no facts, and those of a newer release


def test_a_malformed_entry_is_buried_with_a_lost_fact() -> None:
    async def scenario() -> None:
        at = world()
        raw = {b"v": b"1", b"fact": b'{"type":"submission","nonce":"00000000000000ab"}'}
        at.log.contents.streams[at.stream].append(5, raw)
        async with working(at, FakeRunners(1)):
            await until(lambda: len(at.log.contents.dead_letters) == 1)
            fine = await at.submit("echo")
            await at.ended(fine)
        (letter,) = at.log.contents.dead_letters.values()
        assert letter.job is not None
        assert letter.fields["fact"] == raw[b"fact"].decode()
        assert at.pending() == 0
        assert any(b'"lost"' in fields[b"fact"] for fields in at.log.contents.streams[keys.events(0)].entries.values())

    run(scenario())


def test_an_entry_of_a_newer_release_stops_the_claiming_loudly_but_not_the_process() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        at.log.faults["claim"] = ["newer"]
        async with working(at, runners) as actor:
            await until(lambda: actor.state != "running")
            await at.submit("echo")
            await asyncio.sleep(30)
            assert actor.state.startswith("stopped: ")
            assert "version 2" in actor.state
            assert (runners.jobs, runners.retired) == ([], True)

    run(scenario())


def test_a_newer_entry_that_was_overdue_stops_the_claiming_too() -> None:
    async def scenario() -> None:
        at = world()
        at.log.faults["reclaim"] = ["newer"]
        async with working(at, FakeRunners(1)) as actor:
            await until(lambda: actor.state.startswith("stopped: "))

    run(scenario())


# -- stopping


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


def test_a_job_past_50_ms_is_shown_and_a_short_one_is_not() -> None:
    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners):
            short, long = await at.submit("sleep 0.04"), await at.submit("tick 2")
            await at.ended(short, long)
        assert await at.log.read_output(short, NOWHERE) == []
        began, *chunks = await at.log.read_output(long, NOWHERE)
        assert (type(began), began.mark) == (Began, Mark(1))
        text = b"".join(chunk.content for chunk in chunks if isinstance(chunk, Chunk))
        assert finished(at.ending(long)).result.stdout == "." * 20
        assert (b"." * 20).startswith(text)
        assert text

    run(scenario())


def test_who_listens_hears_more_of_a_job() -> None:
    """The executor is told that somebody came, and shows each dot at once."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners), at.log.output_news() as news:
            job = await at.submit("tick 5")
            await until(lambda: bool(runners.jobs))
            await asyncio.sleep(2.5)
            unheard = await at.log.read_output(job, NOWHERE)
            news.watch(job)
            await asyncio.sleep(1)
            heard = (await at.log.read_output(job, NOWHERE))[len(unheard) :]
            await at.ended(job)
        assert len(unheard) <= 4
        assert len(heard) >= 9

    run(scenario())


def test_every_attempt_is_told_apart() -> None:
    """Each one that is old enough says that it began; what the one before showed stays before it."""

    async def scenario() -> None:
        at, runners = world(), FakeRunners(1)
        async with working(at, runners, max_attempts=2):
            job = await at.submit("fade 1")
            await at.ended(job)
        outputs = await at.log.read_output(job, NOWHERE)
        began = [output.mark for output in outputs if isinstance(output, Began)]
        assert began == [Mark(1), Mark(2)]
        assert [output.mark for output in outputs] == sorted(output.mark for output in outputs)
        assert lost(at.ending(job)).attempts == 2

    run(scenario())


def test_what_is_logged_of_a_job_names_its_address_and_not_its_id() -> None:
    """Whoever has the id of an anonymous job reads it. The address leads to it in the streams, and nowhere else."""

    async def scenario() -> list[MutableMapping[str, Any]]:
        at = world()
        with capture_logs() as lines:
            pace = Pace(stop_deadline=timedelta(seconds=2))
            async with working(at, FakeRunners(3), "a", max_attempts=1, pace=pace):
                jobs = [await at.submit(code) for code in ("echo", "break", "bug", "sleep 50")]
                cancelled = await at.submit("sleep 50")
                await at.ask_to_cancel(cancelled)
                await at.ended(*jobs[:3], cancelled)
                await until(lambda: len(at.started(jobs[3])) == 1)
        assert not [job for job in (*jobs, cancelled) if str(job) in str(lines)]
        for job in jobs:
            assert str(job.address) in str(lines)
        return lines

    lines = run(scenario())
    assert {"ended", "attempt failed", "runner broke", "handing back"} <= {line["event"] for line in lines}
