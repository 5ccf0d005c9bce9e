"""An agent where there is one, `docker exec` where there is none."""

import asyncio
import socket
from pathlib import Path

import pytest

from actors.runners.choice import ByAgentOrExec
from actors.runners.container import Container, from_inspect
from actors.runners.lease import RunnerUnusableError
from tests.unit.actors.runners.fake_agent import Told
from tests.unit.actors.runners.fake_lessor import FakeLessor
from tests.unit.actors.runners.inspected import inspected
from tests.unit.actors.virtual_time import run


def mounted(directory: Path | None) -> Container:
    found = inspected()
    found["Mounts"] = []
    if directory is not None:
        found["Mounts"] = [{"Type": "bind", "Source": str(directory), "Destination": "/run/sandbox"}]
    return from_inspect(found)


def test_without_a_socket_directory_there_is_no_agent() -> None:
    async def scenario() -> None:
        agents, agentless = FakeLessor(), FakeLessor()
        await ByAgentOrExec(agents, agentless).lease(mounted(None), Told().watcher)
        assert (agents.asked, agentless.asked) == ([], ["py-1"])

    run(scenario())


def test_a_socket_means_an_agent(tmp_path: Path) -> None:
    async def scenario() -> None:
        agents, agentless = FakeLessor(), FakeLessor()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "agent.sock"))
            await ByAgentOrExec(agents, agentless).lease(mounted(tmp_path), Told().watcher)
        assert (agents.asked, agentless.asked) == (["py-1"], [])

    run(scenario())


def test_who_mounts_a_socket_directory_is_leased_over_its_agent_or_not_at_all(tmp_path: Path) -> None:
    """However long the agent takes: another executor could find the socket a moment later, and lease over that."""

    async def scenario() -> None:
        agents, agentless = FakeLessor(), FakeLessor()
        lessor = ByAgentOrExec(agents, agentless)
        for _ in range(3):
            with pytest.raises(RunnerUnusableError, match="no agent has opened its socket"):
                await lessor.lease(mounted(tmp_path), Told().watcher)
            await asyncio.sleep(10)
        assert (agents.asked, agentless.asked) == ([], [])

    run(scenario())
