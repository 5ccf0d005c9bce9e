"""Which socket is an agent's, and which is not to be touched."""

import os
import socket
from pathlib import Path

import pytest

from actors.runners.agent_socket import has_socket
from actors.runners.lease import RunnerUnusableError
from tests.unit.actors.runners.fake_agent import Told, agent
from tests.unit.actors.runners.leasing import lease
from tests.unit.actors.virtual_time import run


def test_a_missing_socket_is_named(tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(RunnerUnusableError, match=r"its agent has no socket: .*agent.sock: No such file"):
            await lease(tmp_path, Told())

    run(scenario())


def test_a_socket_that_nobody_listens_on_is_unusable(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with agent(tmp_path):
            pass
        with pytest.raises(RunnerUnusableError, match=r"its agent (cannot be reached|has no socket)"):
            await lease(tmp_path, Told())

    run(scenario())


def test_a_symlink_in_place_of_the_socket_is_never_followed(tmp_path: Path) -> None:
    async def scenario() -> None:
        real, planted = tmp_path / "real", tmp_path / "planted"
        real.mkdir()
        planted.mkdir()
        async with agent(real) as fake:
            (planted / "agent.sock").symlink_to(real / "agent.sock")
            with pytest.raises(RunnerUnusableError, match="is no socket"):
                await lease(planted, Told())
            assert fake.transport is None

    run(scenario())


@pytest.mark.parametrize(
    ("where", "owner", "mode"),
    [("runner", 1000, 0o700), ("runner", 0, 0o770), ("runner", 0, 0o777), (".", 1000, 0o755), (".", 0, 0o777)],
)
def test_a_socket_that_another_user_could_have_made_is_not_trusted(
    tmp_path: Path, where: str, owner: int, mode: int
) -> None:
    """As after a start of the host, where /tmp is empty and who comes first makes the runners' directories."""

    async def scenario() -> None:
        runner = tmp_path / "runner"
        runner.mkdir(mode=0o700)
        async with agent(runner):
            changed = tmp_path / where
            os.chown(changed, owner, owner)
            changed.chmod(mode)
            with pytest.raises(RunnerUnusableError, match="can be written by others"):
                await lease(runner, Told())
            os.chown(changed, 0, 0)
            changed.chmod(0o1777 if where == "." else 0o755)
            await lease(runner, Told())

    run(scenario())


def test_a_socket_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()

    async def scenario() -> None:
        (tmp_path / "s").mkdir()
        async with agent(tmp_path / "s"):
            (tmp_path / "s" / "agent.sock").rename(deep / "agent.sock")
            assert (await lease(deep, Told())).greeting.language == "python"

    run(scenario())


def test_the_socket_of_the_agents_present_life_is_the_newest(tmp_path: Path) -> None:
    """Some runtimes let an agent remove none of its earlier ones; what is no socket, a link above all, is none."""

    async def scenario() -> None:
        with socket.socket(socket.AF_UNIX) as earlier:
            earlier.bind(str(tmp_path / "agent.sock"))
        os.utime(tmp_path / "agent.sock", (1, 1))
        async with agent(tmp_path, name="agent.sock.1"):
            (tmp_path / "agent.sock.2").symlink_to("/var/run/docker.sock")
            (tmp_path / "agent.sock.new").touch()
            assert has_socket(tmp_path)
            runner = await lease(tmp_path, Told())
            assert runner.greeting.language == "python"

    run(scenario())
