"""A portal without an edge: Redis, a projector, executors as processes of their own, and a client."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from actors.projector import Projector
from actors.supervision import Supervisor
from streams.facts import CancelRequested, Ending, Finished, Lane, Limits, Submission
from streams.jobid import JobId
from streams.ports import ActorReport
from streams.redis import RedisLog, open_log
from streams.settings import RedisSettings
from streams.state import JobState
from streams.system import RandomIds, SystemClock
from tests.conftest import STREAM_SETTINGS

DEADLINE = 30.0
NO_LIMITS = Limits()


@dataclass
class ExecutorProcess:
    """`python -m actors executor ...`, with its log in a file."""

    process: asyncio.subprocess.Process
    log: Path

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        async with asyncio.timeout(DEADLINE):
            return await self.process.wait()


@dataclass
class Portal:
    """The log, and what a test does with it. Waits are woken by projections, and have a deadline."""

    redis: RedisSettings
    log: RedisLog
    directory: Path
    environment: dict[str, str]
    executors: list[ExecutorProcess] = field(default_factory=list)

    async def start_executor(self, language: str = "python", **settings: str) -> ExecutorProcess:
        log = self.directory / f"executor-{len(self.executors)}.log"
        streams = {"STREAM_PARTITIONS": "2", "STREAM_LANES": "2"}
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "error", "-m", "actors", "executor", language),
                env={**self.environment, **streams, "LOG_FORMAT": "json", "LOG_LEVEL": "debug", **settings},
                stdout=output,
                stderr=output,
            )
        executor = ExecutorProcess(process, log)
        self.executors.append(executor)
        return executor

    async def submit(
        self,
        code: str,
        stdin: str = "",
        limits: Limits = NO_LIMITS,
        language: str = "python",
        account: str | None = None,
    ) -> JobId:
        submission = Submission(
            at=SystemClock().now(),
            by="test",
            language=language,
            lane=Lane("interactive", 0),
            nonce=RandomIds().nonce(),
            code=code,
            stdin=stdin,
            limits=limits,
            account=account,
        )
        return await self.log.submit(submission, 0)

    async def cancel(self, job: JobId) -> None:
        await self.log.request_cancel(job, CancelRequested(at=SystemClock().now(), by="test", job=str(job)))

    async def until(self, job: JobId, condition: Callable[[JobState], bool], deadline: float = DEADLINE) -> JobState:
        """The job's state as soon as it is as asked for."""
        async with asyncio.timeout(deadline), self.log.status_changes() as changes:
            async for change in changes:
                if change is None or change.job_id == str(job):
                    state = await self.log.read(job)
                    if state is not None and condition(state):
                        return state
        raise AssertionError("the subscription ended")

    async def running(self, job: JobId, attempt: int = 1) -> JobState:
        # Not `attempts`: the step that begins an attempt counts it in the hash before its fact is projected.
        return await self.until(job, lambda state: state.started is not None and state.started.attempt >= attempt)

    async def ended(self, job: JobId, deadline: float = DEADLINE) -> Ending:
        state = await self.until(job, lambda state: state.ending is not None, deadline)
        assert state.ending is not None
        return state.ending

    async def finished(self, job: JobId, deadline: float = DEADLINE) -> Finished:
        ending = await self.ended(job, deadline)
        assert isinstance(ending, Finished), ending
        return ending

    async def reports(self, condition: Callable[[list[ActorReport]], bool]) -> list[ActorReport]:
        """The executors' reports as soon as they are as asked for; they come by heartbeat, so they are asked for."""
        async with asyncio.timeout(DEADLINE):
            while True:
                found = [report for report in await self.log.actors() if report.kind == "executor"]
                if condition(found):
                    return found
                await asyncio.sleep(0.05)

    async def ready(self, runners: int) -> None:
        """Wait until executors have leased so many runners."""
        await self.reports(lambda reports: sum(report.runners for report in reports) == runners)


@asynccontextmanager
async def portal(redis: RedisSettings, directory: Path, job_dir: Path, pool: str) -> AsyncIterator[Portal]:
    environment = {
        "PATH": os.environ["PATH"],
        "REDIS_ADDR": f"{redis.host}:{redis.port}",
        "SANDBOX_POOL": pool,
        "SANDBOX_JOB_DIR": str(job_dir),
    }
    if "DOCKER_HOST" in os.environ:
        environment["DOCKER_HOST"] = os.environ["DOCKER_HOST"]
    async with open_log(redis, STREAM_SETTINGS) as log:
        projector = Supervisor("projector", Projector(log, "projector", SystemClock()).run)
        projecting = asyncio.create_task(projector.run())
        at = Portal(redis, log, directory, environment)
        try:
            yield at
        finally:
            for executor in at.executors:
                if executor.process.returncode is None:
                    executor.signal(signal.SIGKILL)
                await executor.process.wait()
            projecting.cancel()
            await asyncio.wait([projecting])
