"""What one executor's pool costs with many runners: choosing one for a job, and looking after all of them."""

import asyncio
import time
from collections.abc import Callable

import structlog

from actors.runners.engine import Listed, Sighting
from actors.runners.pool import Pool, PoolRules
from actors.runners.safety import Requirements
from actors.runners.selection import Selection
from streams.memory import MemoryLog
from tests.unit.actors.runners.fake_lessor import FakeLease, FakeLessor
from tests.unit.actors.runners.inspected import JOB_DIR, container
from tests.unit.actors.virtual_time import VirtualClock, run, until
from tests.unit.actors.world import SETTINGS

CALLS = 2_000
RULES = PoolRules(Selection("python"), Requirements(JOB_DIR))


def pool_costs(runners: int) -> dict[str, float]:
    """Microseconds of CPU time per call."""
    found: dict[str, float] = {}

    def measure(pool: Pool) -> None:
        found["choose a runner, and free it"] = _cost(lambda: use(pool), CALLS)
        found["what it reports of all runners"] = _cost(pool.census, CALLS // 20)

    with_pool(runners, measure)
    return found


def with_pool(runners: int, look: Callable[[Pool], None]) -> None:
    """Call `look` with a pool that has leased so many runners."""

    async def scenario() -> None:
        sightings: asyncio.Queue[Sighting] = asyncio.Queue()
        sightings.put_nowait(Listed(tuple(container(f"py-{number}") for number in range(runners))))
        pool = Pool(RULES, sightings, FakeLessor(), MemoryLog(SETTINGS, VirtualClock()), "a")
        life = asyncio.create_task(pool.run())
        await until(lambda: pool.free == runners, 60)
        look(pool)
        life.cancel()
        await asyncio.wait([life])

    with structlog.testing.capture_logs():
        run(scenario())


def use(pool: Pool) -> None:
    """As an executor does for each job: is there room, take one; later it is clean."""
    assert pool.free
    runner = pool.take()
    assert isinstance(runner, FakeLease)
    runner.watcher.ready()


def _cost(call: Callable[[], object], times: int) -> float:
    before = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - before) / times * 1e6
