"""What strikes have in common: the system that they hit, and a note of when and whom."""

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

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
        names = [name for name in self.at.parts if name.startswith("executor")]
        busy = {started.by.rpartition("-")[0] for started in running_now(self.at)}
        name = self.chance.choice([name for name in names if self._consumer(name) in busy] or names)
        self.note(by=f"{self._consumer(name)}-")
        return name

    def _consumer(self, name: str) -> str:
        return f"{socket.gethostname()}-{self.at.parts[name].pid}"

    def runner(self) -> str:
        """A runner's name, noted as struck."""
        busy = {started.runner for started in running_now(self.at)}
        name = self.chance.choice([name for name in self.at.runners if name in busy] or self.at.runners)
        self.note(runner=name)
        return name


StrikeAction = Callable[[Blow], Awaitable[None]]
