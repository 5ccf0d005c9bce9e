"""Writing a whole log, or a time range of it, as lines."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from streams import keys
from streams.position import ORIGIN, Position
from streams.redis.context import pairs
from streams.redis.wire import Wire
from streams.replay.extent import Extent, read_extent
from streams.replay.layout import Place, read_layout
from streams.replay.lines import (
    FORMAT,
    AnyLine,
    EntryLine,
    GroupLine,
    HashLine,
    Header,
    PendingLine,
    SetLine,
    StreamLine,
    pairs_of,
)
from streams.replay.past import Kept, Past
from streams.replay.reading import LAST
from streams.replay.snapshot import StreamPoint, snapshot
from streams.replay.time import server_time

Progress = Callable[[int, int], None]


async def export_lines(
    wire: Wire,
    since: int | None = None,
    until: int | None = None,
    progress: Progress = lambda _read, _all: None,
    archive: Kept | None = None,
) -> AsyncIterator[AnyLine]:
    """All lines but the end. `since` and `until` are milliseconds since the epoch.

    With `since` and `archive`, what was trimmed of that time is in it all the same, before what the streams have.

    Read-only. Each partition is as of one moment: its groups and what they hold are taken in one step, and its entries
    up to there. Entries that are held belong to every range.
    """
    layout = await read_layout(wire)
    extent = await read_extent(wire, layout)
    yield Header(
        format=FORMAT,
        exported_at=await server_time(wire),
        partitions=layout.topology.partitions,
        lanes=layout.topology.lanes,
        languages=layout.languages,
        since=since,
        until=until,
        archived=layout.archived,
    )
    first = ORIGIN if since is None else Position(since, 0)
    last = LAST if until is None else Position(until, LAST.seq)
    done = 0
    for partition in range(layout.topology.partitions):
        points = await snapshot(wire, layout, partition)
        async for line in _aside(wire, partition, extent):
            yield line
        places = {place.stream: place for place in layout.partition(partition)}
        for point in points:
            for line in _groups(point):
                yield line
            place = places[point.stream]
            # After a flush a stream has all that it ever got. What was before is not its groups' any more: they have
            # read none of it, and would be given it.
            trimmed = archive if since is not None and point.added > point.length else None
            async for entry_line in _entries(Past(wire, trimmed), place, point, first, last):
                done += 1
                yield entry_line
                if done % 1000 == 0:
                    progress(done, max(done, extent.entries))
            yield StreamLine(stream=point.stream, last_id=str(point.last), added=point.added)
            for line in _pending(point, last):
                yield line


def _groups(point: StreamPoint) -> list[AnyLine]:
    return [
        GroupLine(
            stream=point.stream,
            name=group.name,
            last_delivered=str(group.last_delivered),
            entries_read=group.entries_read,
            consumers=group.consumers,
        )
        for group in point.groups
    ]


def _pending(point: StreamPoint, last: Position) -> list[AnyLine]:
    return [
        PendingLine(
            stream=point.stream,
            group=group.name,
            id=str(held.position),
            consumer=held.consumer,
            since=held.since,
            deliveries=held.deliveries,
        )
        for group in point.groups
        for held in group.pending
        if held.position <= last
    ]


async def _entries(
    past: Past, place: Place, point: StreamPoint, first: Position, last: Position
) -> AsyncIterator[AnyLine]:
    held = {entry.position for group in point.groups for entry in group.pending if entry.position < first}
    for position in sorted(held):
        async for line in _range(past, place, position, position):
            yield line
    async for line in _range(past, place, first, min(last, point.last)):
        yield line


async def _range(past: Past, place: Place, first: Position, last: Position) -> AsyncIterator[AnyLine]:
    async for batch in past.entries([place], first, last):
        for entry in batch:
            yield EntryLine(stream=place.stream, id=str(entry.position), fields=pairs_of(entry.fields))


async def _aside(wire: Wire, partition: int, extent: Extent) -> AsyncIterator[AnyLine]:
    """What no stream gives: dead letters, idempotency keys, shares, jobs to cancel, and hashes that outlived their
    entries.
    """
    to_cancel = await wire.call("SMEMBERS", keys.cancellations(partition))
    if to_cancel:
        members = tuple(sorted(member.decode() for member in to_cancel))
        yield SetLine(key=keys.cancellations(partition), members=members)
    async for line in _hash(wire, keys.dead_letters(partition)):
        yield line
    for prefix in (keys.idempotency(partition, ""), keys.shares(partition, "")):
        async for name in _scan(wire, prefix):
            async for line in _hash(wire, name):
                yield line
    prefix = keys.job(partition, "")
    async for name in _scan(wire, prefix):
        if not _is_folded(extent, name.removeprefix(prefix)):
            async for line in _hash(wire, name):
                yield line


def _is_folded(extent: Extent, job_id: str) -> bool:
    try:
        return extent.is_whole(job_id)
    except ValueError:  # no hash of ours
        return False


async def _hash(wire: Wire, key: str) -> AsyncIterator[AnyLine]:
    answer: Any = await wire.call("HGETALL", key)
    fields = answer if isinstance(answer, dict) else pairs(answer)
    expires = int(await wire.call("PEXPIRETIME", key))
    if fields:
        yield HashLine(
            key=key, fields=pairs_of(dict(sorted(fields.items()))), expires_at=None if expires < 0 else expires
        )


async def _scan(wire: Wire, prefix: str) -> AsyncIterator[str]:
    cursor, seen = b"0", set[bytes]()
    while True:
        cursor, names = await wire.call("SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", 1000)
        for name in names:
            if name not in seen:
                seen.add(name)
                yield name.decode()
        if cursor == b"0":
            return
