"""Reading submissions and events streams as a consumer of a group: the projector's, the archive's."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from redis.exceptions import ResponseError

from streams import keys
from streams.facts import Lane
from streams.jobid import Address
from streams.position import Position
from streams.redis.auto_claim import auto_claim
from streams.redis.blocking import BlockingRead
from streams.redis.context import Context, pairs

Places = dict[str, tuple[int, str, Lane] | int]
"""Stream -> its lane, or its partition for an events stream."""


class Read(NamedTuple):
    """An entry as it was read."""

    stream: str
    place: tuple[int, str, Lane] | int
    position: Position
    fields: dict[bytes, bytes]

    @property
    def address(self) -> Address | None:
        """Where it lies, when that is a submissions stream."""
        return None if isinstance(self.place, int) else Address(*self.place, self.position)

    @property
    def partition(self) -> int:
        return self.place if isinstance(self.place, int) else self.place[0]


async def all_places(context: Context) -> Places:
    """Every stream there may be."""
    places: Places = {}
    for partition in context.partitions():
        places[keys.events(partition)] = partition
        for name in sorted(await context.wire.call("SMEMBERS", keys.languages(partition))):
            for lane in context.lanes():
                language = name.decode()
                places[keys.submissions(partition, language, lane)] = (partition, language, lane)
    return places


class GroupReader:
    """Holds the streams it knows of, and the read that may be under way."""

    def __init__(self, context: Context, group: str) -> None:
        self._context = context
        self._group = group
        self._places: Places = {}
        self._blocking = BlockingRead(context.redis)

    async def read(self, consumer: str, count: int, wait: timedelta) -> list[Read]:
        """Up to `count` entries per stream that no consumer of the group has seen, waiting for the first."""
        late = self._blocking.take_late()
        if late is not None:
            return self._all_read(late)
        if not self._places:
            await self.find_streams()
        try:
            read = await self._blocking.read(self._group, consumer, count, wait, list(self._places))
        except ResponseError:  # a group is gone: after a flush, say
            self._places = {}
            return []
        return self._all_read(read or {})

    async def find_streams(self) -> None:
        """Look for languages that appeared, and make the groups that are missing, from the beginning."""
        places = await all_places(self._context)
        await asyncio.gather(*(self._make_group(stream) for stream in places if stream not in self._places))
        self._places |= places

    async def reclaim(self, consumer: str, count: int, idle: timedelta) -> list[Read]:
        """Entries that a consumer read and did not acknowledge for `idle`."""
        found = await asyncio.gather(*(self._idle(stream, consumer, count, idle) for stream in self._places))
        taken = [entry for entries in found for entry in entries]
        await self._context.count_reclaimed(self._group, len(taken))
        return taken

    async def close(self) -> None:
        await self._blocking.close()

    async def _make_group(self, stream: str) -> None:
        await self._context.run("make_group", (stream,), (self._group,))

    async def _idle(self, stream: str, consumer: str, count: int, idle: timedelta) -> list[Read]:
        overdue = await auto_claim(self._context.wire, stream, self._group, consumer, count, idle)
        return [self._read(stream, entry) for entry in overdue]

    def _all_read(self, read: dict[bytes, Any]) -> list[Read]:
        return [self._read(stream.decode(), entry) for stream, entries in read.items() for entry in entries]

    def _read(self, stream: str, entry: Sequence[Any]) -> Read:
        return Read(stream, self._places[stream], Position.parse(entry[0]), pairs(entry[1]))
