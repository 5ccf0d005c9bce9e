"""The whole log in Redis: every port of `streams.ports`, over one shared connection and those that block."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streams import keys
from streams.env import SettingError
from streams.ports import LogUnavailableError, Topology
from streams.redis.archiving import Archiving
from streams.redis.burial import Burial
from streams.redis.context import Context
from streams.redis.output import OutputStreams
from streams.redis.projection import Projection
from streams.redis.registry import RegistryStore
from streams.redis.scripts import run_script
from streams.redis.submissions import Submissions
from streams.redis.upkeep import Upkeep
from streams.redis.wire import Wire
from streams.redis.work import Work
from streams.settings import RedisSettings, StreamSettings


class RedisLog(Submissions, Work, Projection, Archiving, Upkeep, RegistryStore, Burial, OutputStreams):
    """Implements every port."""

    async def close(self) -> None:
        """Close all connections. Entries that a cancelled read still brings stay with their consumer, for others to
        reclaim, unless `release_late_reads` was called before.
        """
        await self.close_work()
        await self.close_projection()
        await self.close_archiving()
        await self._context.wire.close()


async def agree_on_topology(wire: Wire, topology: Topology) -> None:
    """Store the topology, or check it against the stored one. Raises SettingError when they differ."""
    answer = await run_script(wire, "agree", (keys.TOPOLOGY,), (topology.partitions, topology.lanes))
    stored = Topology(int(answer[0]), int(answer[1]))
    for name, ours, theirs in (
        ("STREAM_PARTITIONS", topology.partitions, stored.partitions),
        ("STREAM_LANES", topology.lanes, stored.lanes),
    ):
        if ours != theirs:
            raise SettingError(f"{name}={ours}: expected {theirs}, with which the streams in this Redis were made")


async def _keep_trying_to_agree(wire: Wire, topology: Topology) -> None:
    """For a start while Redis is away: agree as soon as it is back, or refuse all work from then on."""
    pause = 0.1
    while True:
        await asyncio.sleep(pause)
        try:
            await agree_on_topology(wire, topology)
        except LogUnavailableError:
            pause = min(2 * pause, 2.0)
        except SettingError as error:
            wire.refuse(str(error))
            return
        else:
            return


@asynccontextmanager
async def open_log(redis: RedisSettings, streams: StreamSettings) -> AsyncIterator[RedisLog]:
    """A log whose connections close on the way out. Raises SettingError for a topology other than the stored one.

    With Redis away it opens all the same, and every call raises LogUnavailableError until Redis is back.
    """
    wire = Wire(redis)
    log = RedisLog(Context(wire, redis, streams))
    agreeing: asyncio.Task[None] | None = None
    try:
        try:
            await agree_on_topology(wire, streams.topology)
        except LogUnavailableError:
            agreeing = asyncio.create_task(_keep_trying_to_agree(wire, streams.topology))
        yield log
    finally:
        if agreeing is not None:
            agreeing.cancel()
        await log.close()
