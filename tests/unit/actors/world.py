"""An executor over the log in memory, with fake runners, in virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from actors.bench import Bench
from actors.executor import Executor
from actors.keeping import Pace
from actors.limits import DefaultLimits
from streams import keys
from streams.codec import decode
from streams.facts import AnyFact, CancelRequested, Ending, Lane, Limits, Started, Submission
from streams.jobid import JobId
from streams.ports import Topology
from streams.settings import StreamSettings
from tests.unit.actors.fake_runners import FakeRunners
from tests.unit.actors.flaky_log import FlakyLog
from tests.unit.actors.virtual_time import VirtualClock, until

HOUR = timedelta(hours=1)
SETTINGS = StreamSettings(Topology(1, 1), HOUR, HOUR, HOUR)
LIMITS = DefaultLimits(timedelta(seconds=3), timedelta(seconds=10), 65536)
NO_LIMITS = Limits()
PACE = Pace()
LANE = Lane("interactive", 0)


@dataclass
class World:
    """The log, and what it holds."""

    log: FlakyLog

    async def submit(self, code: str, stdin: str = "", limits: Limits = NO_LIMITS) -> JobId:
        nonce = f"{len(self.log.contents.streams[self.stream].entries):016x}"
        submission = Submission(
            at=VirtualClock().now(),
            by="edge",
            language="python",
            lane=LANE,
            nonce=nonce,
            code=code,
            stdin=stdin,
            limits=limits,
        )
        return await self.log.submit(submission, 0)

    async def ask_to_cancel(self, job: JobId) -> None:
        await self.log.request_cancel(job, CancelRequested(at=VirtualClock().now(), by="edge", job=str(job)))

    @property
    def stream(self) -> str:
        return keys.submissions(0, "python", LANE)

    def events(self, job: JobId) -> list[AnyFact]:
        entries = self.log.contents.streams[keys.events(0)].entries.values()
        facts = [decode(fields) for fields in entries]
        return [fact for fact in facts if getattr(fact, "job", None) == str(job)]

    def started(self, job: JobId) -> list[Started]:
        return [fact for fact in self.events(job) if isinstance(fact, Started)]

    def ending(self, job: JobId) -> Ending | None:
        endings = [fact for fact in self.events(job) if isinstance(fact, Ending)]
        assert len(endings) <= 1
        return endings[0] if endings else None

    async def ended(self, *jobs: JobId) -> None:
        await until(lambda: all(self.ending(job) is not None for job in jobs))

    def pending(self) -> int:
        """How many submissions somebody holds."""
        return len(self.log.contents.streams[self.stream].groups[keys.EXECUTORS].pending)


def world() -> World:
    return World(FlakyLog(SETTINGS, VirtualClock()))


def executor(at: World, runners: FakeRunners, name: str = "a", max_attempts: int = 3, pace: Pace = PACE) -> Executor:
    bench = Bench(at.log, runners, VirtualClock(), name, LIMITS, max_attempts)
    return Executor("python", bench, at.log, pace)


@asynccontextmanager
async def working(
    at: World, runners: FakeRunners, name: str = "a", max_attempts: int = 3, pace: Pace = PACE
) -> AsyncIterator[Executor]:
    """An executor that works, and is stopped properly on the way out."""
    actor = executor(at, runners, name, max_attempts, pace)
    task = asyncio.create_task(actor.run())
    try:
        yield actor
    finally:
        actor.stop()
        await task
