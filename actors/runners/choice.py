"""Which way to lease a container: over its agent, or job by job where there is none."""

import asyncio

from actors.runners.agent_socket import has_socket
from actors.runners.container import Container
from actors.runners.lease import LeasedRunner, Lessor, RunnerUnusableError, Watcher

AGENT_START = 5.0
"""Seconds that a container which mounts a socket directory gets for its agent to open the socket."""


class ByAgentOrExec:
    """Implements actors.runners.lease.Lessor: an agent where there is one, else `docker exec`."""

    def __init__(self, agent: Lessor, agentless: Lessor) -> None:
        self._agent = agent
        self._agentless = agentless
        self._waiting_since: dict[tuple[str, str], float] = {}

    async def lease(self, container: Container, watcher: Watcher) -> LeasedRunner:
        directory = container.socket_directory
        run = (container.id, container.started_at)
        if directory is not None and has_socket(directory):
            self._waiting_since.pop(run, None)
            return await self._agent.lease(container, watcher)
        if directory is not None:
            now = asyncio.get_running_loop().time()
            self._forget_before(now - 12 * AGENT_START)
            if now - self._waiting_since.setdefault(run, now) < AGENT_START:
                raise RunnerUnusableError(f"its agent has not opened its socket in {directory} yet")
        return await self._agentless.lease(container, watcher)

    def _forget_before(self, time: float) -> None:
        self._waiting_since = {run: since for run, since in self._waiting_since.items() if since >= time}
