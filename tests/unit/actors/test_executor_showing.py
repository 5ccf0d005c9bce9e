"""What an executor shows and says of the jobs that run."""

import asyncio
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from structlog.testing import capture_logs

from actors.keeping import Pace
from streams.output import NOWHERE, Began, Chunk, Mark
from tests.unit.actors.endings import finished, lost
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.virtual_time import run, until
from tests.unit.actors.world import working, world


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
