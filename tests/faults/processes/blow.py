"""What strikes have in common: the system that they hit, and a note of when and whom."""

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from streams.facts import Started
from tests.faults.processes.account import Loss, Strike, running_now
from tests.faults.processes.engine import Engine
from tests.faults.processes.load import Load
from tests.faults.processes.system import System


@dataclass
class Blow:
    """What a strike works with. `losses` are those of the strikes that may lose something."""

    at: System
    load: Load
    chance: Random
    strikes: list[Strike] = field(default_factory=list)
    engine: Engine | None = None
    losses: list[Loss] = field(default_factory=list)

    def note(self, by: str | None = None, runner: str | None = None) -> None:
        self.strikes.append(Strike(self.at.now_ms(), by, runner))

    def executor(self) -> str:
        """An executor's name, noted as struck."""
        executors = self._executors()
        busy = {_process(started) for started in self.running()}
        process = self.chance.choice([process for process in executors if process in busy] or list(executors))
        self.note(by=f"{process}-")
        return executors[process]

    def running(self) -> list[Started]:
        """What has run for a while on an executor that lives: what a dead one left may end, but hits nobody."""
        alive = self._executors()
        return [started for started in running_now(self.at) if _process(started) in alive]

    def _executors(self) -> dict[str, str]:
        """The executors' names, by what the names of their consumers begin with."""
        parts = self.at.parts.items()
        return {f"{socket.gethostname()}-{part.pid}": name for name, part in parts if name.startswith("executor")}

    def runner(self) -> str:
        """A runner's name, noted as struck."""
        busy = {started.runner for started in self.running()}
        name = self.chance.choice([name for name in self.at.runners if name in busy] or self.at.runners)
        self.note(runner=name)
        return name


def _process(started: Started) -> str:
    return started.by.rpartition("-")[0]


StrikeAction = Callable[[Blow], Awaitable[None]]
