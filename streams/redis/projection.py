"""The projector's side of the log in Redis."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from redis.exceptions import ResponseError

from streams import keys
from streams.entries import event_entry, submission_entry
from streams.facts import Lane
from streams.jobid import Address, nonce_of
from streams.ports import BadEntry, Projectable, StreamLag
from streams.position import Position
from streams.redis.auto_claim import auto_claim
from streams.redis.blocking import BlockingRead
from streams.redis.context import Context, Part, pairs
from streams.redis.link import Argument

Facts = Sequence[Projectable | BadEntry]
_Places = dict[str, tuple[int, str, Lane] | int]  # stream -> its lane, or its partition for an events stream


class Projection(Part):
    """Implements streams.ports.ProjectionLog. Holds the streams it knows of, and the read that may be under way."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._places: _Places = {}
        self._blocking_facts = BlockingRead(context.redis)

    async def read_facts(self, consumer: str, count: int, wait: timedelta) -> Facts:
        late = self._blocking_facts.take_late()
        if late is not None:
            return self._facts(late)
        if not self._places:
            await self.find_streams()
        try:
            read = await self._blocking_facts.read(keys.PROJECTOR, consumer, count, wait, list(self._places))
        except ResponseError:  # a group is gone: after a flush, say
            self._places = {}
            return ()
        return self._facts(read or {})

    async def find_streams(self) -> None:
        """Look for languages that appeared, and make the groups that are missing, from the beginning."""
        places = await self._all_places()
        await asyncio.gather(*(self._make_group(stream) for stream in places if stream not in self._places))
        self._places |= places

    async def _all_places(self) -> _Places:
        places: _Places = {}
        for partition in self._context.partitions():
            places[keys.events(partition)] = partition
            for name in sorted(await self._context.wire.call("SMEMBERS", keys.languages(partition))):
                for lane in self._context.lanes():
                    language = name.decode()
                    places[keys.submissions(partition, language, lane)] = (partition, language, lane)
        return places

    async def _make_group(self, stream: str) -> None:
        await self._context.run("make_group", (stream,), (keys.PROJECTOR,))

    def _facts(self, read: dict[bytes, Any]) -> Facts:
        return [self._fact(stream.decode(), entry) for stream, entries in read.items() for entry in entries]

    def _fact(self, stream: str, entry: Any) -> Projectable | BadEntry:
        place = self._places[stream]
        position = Position.parse(entry[0])
        if isinstance(place, int):
            return event_entry(stream, place, position, pairs(entry[1]))
        return submission_entry(Address(*place, position), pairs(entry[1]))

    async def reclaim_facts(self, consumer: str, count: int, idle: timedelta) -> Facts:
        found = await asyncio.gather(*(self._idle(stream, consumer, count, idle) for stream in self._places))
        return [fact for facts in found for fact in facts]

    async def _idle(self, stream: str, consumer: str, count: int, idle: timedelta) -> Facts:
        overdue = await auto_claim(self._context.wire, stream, keys.PROJECTOR, consumer, count, idle)
        return [self._fact(stream, entry) for entry in overdue]

    async def project(self, entries: Sequence[Projectable]) -> None:
        by_partition: dict[int, list[Projectable]] = defaultdict(list)
        for entry in entries:
            by_partition[entry.partition].append(entry)
        for partition, batch in by_partition.items():
            await self._context.run(
                "project",
                [key for entry in batch for key in (entry.stream, keys.job(partition, entry.job_id))],
                (
                    keys.PROJECTOR,
                    keys.status_channel(partition),
                    self._context.job_ttl_ms,
                    keys.counted(partition, ""),
                    keys.quota(partition, ""),
                    keys.in_flight(partition, ""),
                    *(argument for entry in batch for argument in _arguments(entry)),
                ),
            )

    async def projection_lag(self) -> Sequence[StreamLag]:
        """Implements streams.ports.Health.projection_lag."""
        return await asyncio.gather(*(self._lag(stream) for stream in await self._all_places()))

    async def _lag(self, stream: str) -> StreamLag:
        try:
            groups = await self._context.wire.call("XINFO", "GROUPS", stream)
        except ResponseError:  # no such stream yet
            return StreamLag(stream, 0, 0)
        for group in groups:
            fields = group if isinstance(group, dict) else pairs(group)
            if fields[b"name"] == keys.PROJECTOR.encode():
                return StreamLag(stream, int(fields[b"lag"] or 0), int(fields[b"pending"]))
        return StreamLag(stream, int(await self._context.wire.call("XLEN", stream)), 0)

    async def close_projection(self) -> None:
        """Close what this part opened."""
        await self._blocking_facts.close()


def _arguments(entry: Projectable) -> list[Argument]:
    arguments: list[Argument] = [str(entry.position), entry.job_id]
    if entry.cpu_ms is None:
        arguments += ("", 0, len(entry.slots))
    else:
        arguments += (nonce_of(entry.job_id), round(entry.cpu_ms * 1000), len(entry.slots))
    for slot in entry.slots:
        value = "rank" if slot.payload is None else "payload"
        arguments += (slot.field, slot.keep, slot.rank, value, slot.payload or b"")
    return arguments
