"""A job, its user, and the container that mounts an agent's directory."""

from pathlib import Path

from actors.runners.agent_client import AgentLessor, AgentRunner
from actors.runners.container import Container, from_inspect
from actors.runners.port import Job
from actors.runners.users import Users
from streams.facts import Limits
from tests.unit.actors.runners.fake_agent import Told
from tests.unit.actors.runners.inspected import inspected

JOB = Job(
    address="j1",
    attempt=2,
    source=b"print(1)",
    stdin=b"in\xff",
    limits=Limits(wall_ms=3000, compile_wall_ms=10_000, output_bytes=65536),
    args=("-x",),
    files=(("data/a.txt", b"A"),),
)
USER = (1000, 1001)


def at(directory: Path) -> Container:
    found = inspected()
    found["Mounts"][0]["Source"] = str(directory)
    return from_inspect(found)


async def lease(directory: Path, told: Told) -> AgentRunner:
    return await AgentLessor(Users(USER)).lease(at(directory), told.watcher)
