"""The projector's side of the log in Redis."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from redis.exceptions import ResponseError

from streams import keys
from streams.entries import event_entry, submission_entry
from streams.jobid import nonce_of
from streams.ports import BadEntry, Projectable, StreamLag
from streams.redis.context import Context, Part, pairs
from streams.redis.group_reader import GroupReader, Read, all_places
from streams.redis.link import Argument
from streams.state import RANK_SUFFIX

Facts = Sequence[Projectable | BadEntry]
_WITHHELD = frozenset({"started", "cancel_requested", "ending"})
"""Slots that a job's hash has from the step that appended the fact, unless a flush or a rebuild took the hash away.
They are most of what a job says, up to the whole of its output, so they travel to Redis again only where it needs them.
"""


class Projection(Part):
    """Implements streams.ports.ProjectionLog. Holds what its reader holds."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._facts = GroupReader(context, keys.PROJECTOR)

    async def find_streams(self) -> None:
        await self._facts.find_streams()

    async def read_facts(self, consumer: str, count: int, wait: timedelta) -> Facts:
        return [_fact(read) for read in await self._facts.read(consumer, count, wait)]

    async def reclaim_facts(self, consumer: str, count: int, idle: timedelta) -> Facts:
        return [_fact(read) for read in await self._facts.reclaim(consumer, count, idle)]

    async def project(self, entries: Sequence[Projectable]) -> None:
        by_partition: dict[int, list[Projectable]] = defaultdict(list)
        for entry in entries:
            by_partition[entry.partition].append(entry)
        for partition, batch in by_partition.items():
            lacking = await self._join(partition, batch, _WITHHELD)
            if lacking:
                await self._join(partition, [batch[number] for number in lacking], frozenset())

    async def _join(self, partition: int, batch: Sequence[Projectable], withheld: frozenset[str]) -> Sequence[int]:
        """Returns the numbers of those that could not be joined without what was withheld."""
        left: Sequence[int] = await self._context.run(
            "project",
            [key for entry in batch for key in (entry.stream, keys.job(partition, entry.job_id))],
            (
                keys.PROJECTOR,
                keys.status_channel(partition),
                self._context.job_ttl_ms,
                keys.counted(partition, ""),
                keys.quota(partition, ""),
                keys.in_flight(partition, ""),
                *(argument for entry in batch for argument in _arguments(entry, withheld)),
            ),
        )
        return left

    async def projection_lag(self) -> Sequence[StreamLag]:
        """Implements streams.ports.Health.projection_lag."""
        return await asyncio.gather(*(self._lag(stream) for stream in await all_places(self._context)))

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
        await self._facts.close()


def _fact(read: Read) -> Projectable | BadEntry:
    address = read.address
    if address is None:
        return event_entry(read.stream, read.partition, read.position, read.fields)
    return submission_entry(address, read.fields)


def _arguments(entry: Projectable, withheld: frozenset[str]) -> list[Argument]:
    arguments: list[Argument] = [str(entry.position), entry.job_id]
    if entry.cpu_ms is None:
        arguments += ("", 0, len(entry.slots))
    else:
        arguments += (nonce_of(entry.job_id), round(entry.cpu_ms * 1000), len(entry.slots))
    for field, keep, rank, payload in entry.slots:
        if payload is None:
            arguments += (field, keep, rank, "rank", b"")
        elif field in withheld:
            arguments += (field + RANK_SUFFIX, keep, rank, "withheld", b"")
        else:
            arguments += (field + RANK_SUFFIX, keep, rank, "payload", payload)
    return arguments
