"""What a process of actors is made of: supervised work, and a heartbeat beside it."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec.structs import replace

from actors.reporting import Reporter
from actors.supervision import Supervisor
from streams.ports import ActorKind, ActorReport, Registry
from streams.system import SystemClock


class Process(Protocol):
    """What `__main__` runs until a signal says stop."""

    async def run(self) -> None: ...

    def stop(self) -> None:
        """Let `run` return soon."""
        ...


def first_report(kind: ActorKind, name: str, language: str | None = None) -> ActorReport:
    """What an actor of this process says of itself while all is well."""
    return ActorReport(
        name=name,
        kind=kind,
        host=socket.gethostname(),
        pid=os.getpid(),
        started_at=SystemClock().now(),
        language=language,
    )


async def end_all(*tasks: asyncio.Task[None]) -> None:
    """Cancel `tasks` and wait until they are over."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class SteppingProcess:
    """A projector, a janitor or an archiver. It can be cancelled anywhere, as each of its steps is atomic."""

    def __init__(
        self,
        report: ActorReport,
        work: Callable[[], Awaitable[None]],
        registry: Registry,
        away: tuple[type[Exception], ...] = (),
    ) -> None:
        self._report = report
        self._supervisor = Supervisor(report.kind, work, away=away)
        self._reporting = Supervisor("reporter", Reporter(registry, self.describe).run)
        self._working: asyncio.Task[None] | None = None

    def describe(self) -> ActorReport:
        """The report for now."""
        return replace(self._report, state=self._supervisor.state)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._working = loop.create_task(self._supervisor.run(), name=self._report.kind)
        reporting = loop.create_task(self._reporting.run(), name="reporter")
        try:
            await asyncio.wait([self._working])
        finally:
            await end_all(self._working, reporting)

    def stop(self) -> None:
        self._supervisor.stop()
        if self._working is not None:
            self._working.cancel()


class NothingToArchive:
    """Implements Process: without DATABASE_URL there is no archive, and nothing to report."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    async def run(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()
