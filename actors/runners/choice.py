"""Which way to lease a container: over its agent, or job by job where there is none."""

from dataclasses import dataclass

from actors.runners.agent_socket import has_socket
from actors.runners.container import Container
from actors.runners.lease import LeasedRunner, Lessor, RunnerUnusableError, Watcher


@dataclass(frozen=True, slots=True)
class ByAgentOrExec:
    """Implements actors.runners.lease.Lessor: an agent where there is one, else `docker exec`.

    Which it is the container says, by its mount, and not the moment: each way has its own kind of lease, and one that
    was leased through `docker exec` while its agent was slow to start could be leased over that at the same time.
    """

    agent: Lessor
    agentless: Lessor

    async def lease(self, container: Container, watcher: Watcher) -> LeasedRunner:
        directory = container.socket_directory
        if directory is None:
            return await self.agentless.lease(container, watcher)
        if not has_socket(directory):
            raise RunnerUnusableError(
                f"no agent has opened its socket in {directory}; a container without one mounts no such directory"
            )
        return await self.agent.lease(container, watcher)
