"""The actors of the simulation, the production ones, each in a process that lives again when it died."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from actors.archiver import Archiver
from actors.bench import Bench
from actors.executor import Executor
from actors.janitor import Janitor
from actors.keeping import Pace
from actors.limits import DefaultLimits
from actors.projector import Projector
from actors.supervision import Supervisor
from streams.postgres.database import DatabaseUnavailableError
from streams.settings import DeadLetterSettings
from tests.faults.simulation.archive_store import ArchiveStore
from tests.faults.simulation.loop import VirtualClock
from tests.faults.simulation.plan import Plan, chance_of
from tests.faults.simulation.process import Line
from tests.faults.simulation.recording_log import RecordingLog
from tests.faults.simulation.runners import Runs, SimulatedRunners

LIMITS = DefaultLimits(timedelta(seconds=60), timedelta(seconds=10), 65536)
PACE = Pace()
Make = Callable[[Any, str], tuple["Executor | Projector | Janitor | Archiver", Supervisor]]


def executor(plan: Plan, runs: Runs, line: Any, name: str) -> tuple[Executor, Supervisor]:
    count = 4 if plan.kind == "quick" else chance_of(plan, "runners", name).randint(1, 3)
    bench = Bench(line, SimulatedRunners(plan, runs, count), VirtualClock(), name, LIMITS, plan.max_attempts)
    actor = Executor("python", bench, line, PACE)
    return actor, Supervisor("executor", actor.run)


def projector(line: Any, name: str) -> tuple[Projector, Supervisor]:
    actor = Projector(line, name, VirtualClock())
    return actor, Supervisor("projector", actor.run)


def janitor(plan: Plan, line: Any, name: str) -> tuple[Janitor, Supervisor]:
    actor = Janitor(line, name, VirtualClock(), timedelta(seconds=plan.retention), DeadLetterSettings())
    return actor, Supervisor("janitor", actor.run)


def archiver(store: ArchiveStore, line: Any, name: str) -> tuple[Archiver, Supervisor]:
    actor = Archiver(line, store, name, VirtualClock(), timedelta(days=1))
    return actor, Supervisor("archiver", actor.run, away=(DatabaseUnavailableError,))


@dataclass
class Process:
    """One process after the other under one name, each with a consumer name of its own."""

    name: str
    log: RecordingLog
    plan: Plan
    make: Make
    closing: bool = False
    lives: int = 0
    broken: BaseException | None = None

    def __post_init__(self) -> None:
        self._chance = chance_of(self.plan, "process", self.name)
        self._begin()

    def _begin(self) -> None:
        self.lives += 1
        self._told_to_stop = False
        name = f"{self.name}-{self.lives}"
        self.line = Line(self.log, self.plan, name, self._died)
        self.actor, self.supervisor = self.make(self.line, name)
        self._task = asyncio.get_running_loop().create_task(self.supervisor.run())
        if self.closing:
            self.stop()

    def _died(self) -> None:
        self._task.cancel()

    @property
    def held(self) -> int:
        """How many jobs it holds, if it is an executor."""
        return self.actor.held if isinstance(self.actor, Executor) else 0

    def stop(self) -> None:
        """As SIGTERM."""
        self._told_to_stop = True
        self.supervisor.stop()
        if isinstance(self.actor, Executor):
            self.actor.stop()
        else:
            self._task.cancel()

    async def live(self) -> None:
        """Live, die, and live again, until closing."""
        await self._live_once()
        while not self.closing:
            await asyncio.sleep(self._chance.uniform(0, 3))
            self._begin()
            await self._live_once()

    async def _live_once(self) -> None:
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self.broken = self._task.exception() or self.broken
            if not self._told_to_stop:
                self.broken = RuntimeError("it ended by itself")
