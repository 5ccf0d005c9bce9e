"""What the pool needs of ways to lease a runner: over its agent's connection, or with a key where there is no agent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from actors.runners.container import Container
from actors.runners.port import Runner
from actors.runners.sizing import Size


class LeasedElsewhereError(Exception):
    """Another executor has the lease now."""


class RunnerUnusableError(Exception):
    """The runner cannot be used (now). The message says why."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a runner says it can run."""

    language: str
    versions: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    compiles: bool = False
    size: Size | None = None  # what its cgroup allows; None where it cannot see one
    caches: bool = False  # it takes what an earlier compile stage made, and hands on what one made
    prepared_for: int | None = None  # the uid of its warm start; None: it has none to prepare


class LeasedRunner(Runner, Protocol):
    """A runner under a lease of this executor."""

    @property
    def greeting(self) -> Greeting: ...

    def release(self) -> None:
        """End the lease, and the job under way with it."""
        ...

    async def released(self) -> None:
        """Wait until what `release` set going is done."""
        ...


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom a leased runner tells that it is clean again after a job, or that the lease is over, and why."""

    ready: Callable[[], None]
    gone: Callable[[str], None]


class Lessor(Protocol):
    """A way to lease runners."""

    async def lease(self, container: Container, watcher: Watcher) -> LeasedRunner:
        """Raises LeasedElsewhereError, RunnerUnusableError."""
        ...
