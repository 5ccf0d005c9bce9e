"""Leases without containers."""

from collections.abc import Callable
from dataclasses import dataclass, field

from actors.runners.container import Container
from actors.runners.lease import Greeting, LeasedElsewhereError, RunnerUnusableError, Watcher
from actors.runners.port import Job, RunReport
from tests.unit.actors.fake_runners import exited


@dataclass(eq=False)
class FakeLease:
    """A leased runner that only counts."""

    name: str
    watcher: Watcher
    greeting: Greeting
    end: Callable[[], None]
    over: bool = False

    async def run(self, job: Job) -> RunReport:
        return exited(job.stdin)

    def cancel(self) -> None:
        pass

    def release(self) -> None:
        self.over = True
        self.end()

    async def released(self) -> None:
        pass


@dataclass
class FakeLessor:
    """One lease per container at a time, over all executors of a test; `broken` ones cannot be leased."""

    language: str = "python"
    held: dict[str, FakeLease] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def lease(self, container: Container, watcher: Watcher) -> FakeLease:
        self.asked.append(container.name)
        if container.name in self.broken:
            raise RunnerUnusableError(self.broken[container.name])
        if container.name in self.held:
            raise LeasedElsewhereError(container.name)
        greeting = Greeting(self.language, {self.language: "1.2"}, ("alias",))
        lease = FakeLease(container.name, watcher, greeting, lambda: self._ended(container.name))
        self.held[container.name] = lease
        return lease

    def _ended(self, name: str) -> None:
        self.held.pop(name, None)

    def die(self, name: str) -> None:
        """The agent of a runner dies, with its lease."""
        self.held.pop(name).watcher.gone("died")
