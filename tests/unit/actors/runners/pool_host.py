"""A host with containers, and the executors that share them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actors.runners.container import Container
from actors.runners.engine import Changed, Listed, Sighting
from actors.runners.pool import Pool, PoolRules
from actors.runners.port import Runner
from actors.runners.safety import Requirements
from actors.runners.selection import Selection
from streams.memory import MemoryLog
from streams.ports import ActorReport
from tests.unit.actors.runners.fake_lessor import FakeLease, FakeLessor
from tests.unit.actors.runners.inspected import JOB_DIR, container
from tests.unit.actors.virtual_time import START, VirtualClock
from tests.unit.actors.world import HOUR, SETTINGS

RULES = PoolRules(Selection("python"), Requirements(JOB_DIR))


class Host:
    """Containers of a host, and executors that share them."""

    def __init__(self) -> None:
        self.lessor = FakeLessor()
        self.log = MemoryLog(SETTINGS, VirtualClock())
        self.queues: list[asyncio.Queue[Sighting]] = []
        self.containers: dict[str, Container] = {}

    def see(self, *containers: Container) -> None:
        for one in containers:
            self.containers[one.id] = one
            self.say(Changed(one))

    def say(self, sighting: Sighting) -> None:
        for queue in self.queues:
            queue.put_nowait(sighting)

    @asynccontextmanager
    async def executor(self, name: str = "a", rules: PoolRules = RULES) -> AsyncIterator[Pool]:
        queue: asyncio.Queue[Sighting] = asyncio.Queue()
        queue.put_nowait(Listed(tuple(self.containers.values())))
        self.queues.append(queue)
        await self.log.report(
            ActorReport(name=name, kind="executor", host="h", pid=1, started_at=START, language="python"), HOUR
        )
        pool = Pool(rules, queue, self.lessor, self.log, name)
        task = asyncio.create_task(pool.run())
        try:
            yield pool
        finally:
            task.cancel()
            await asyncio.wait([task])
            self.queues.remove(queue)
            await self.log.withdraw(name)


def several(count: int, start: int = 1) -> list[Container]:
    return [container(f"py-{number}") for number in range(start, start + count)]


def ready(runner: Runner | None) -> None:
    """The runner has cleaned up after its job."""
    assert isinstance(runner, FakeLease)
    runner.watcher.ready()
