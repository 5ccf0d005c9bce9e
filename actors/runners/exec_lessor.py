"""Leasing containers that have no agent."""

from dataclasses import dataclass

from actors.runners.container import Container
from actors.runners.exec_runner import ExecRunner, ExecTools
from actors.runners.kept_lease import LEASE_TTL
from actors.runners.lease import LeasedElsewhereError, RunnerUnusableError, Watcher
from actors.runners.port import RunnerError
from streams.ports import Ids, LogUnavailableError


@dataclass(frozen=True, slots=True)
class ExecLessor:
    """Implements actors.runners.lease.Lessor, with a key in Redis for each container."""

    tools: ExecTools
    ids: Ids

    async def lease(self, container: Container, watcher: Watcher) -> ExecRunner:
        token = self.ids.nonce()
        try:
            if not await self.tools.leases.acquire(container.id, token, LEASE_TTL):
                raise LeasedElsewhereError(container.name)
        except LogUnavailableError as error:
            raise RunnerUnusableError(f"it has no agent, and the log that keeps its lease is away: {error}") from error
        runner = ExecRunner(container, token, self.tools, watcher)
        try:
            await runner.check()
        except RunnerError as error:
            runner.release()
            await runner.released()
            raise RunnerUnusableError(str(error)) from error
        except BaseException:
            runner.release()
            raise
        return runner


@dataclass(frozen=True, slots=True)
class NoLessor:
    """Implements actors.runners.lease.Lessor for a language that only its agent knows how to run."""

    language: str

    async def lease(self, container: Container, watcher: Watcher) -> ExecRunner:
        _ = watcher
        raise RunnerUnusableError(f"{container.name} has no agent, and {self.language} cannot be run without one")
