"""The archive's side of the log in Redis."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from streams import keys
from streams.ports import ArchiveLag, StreamEntry
from streams.redis.context import Context, Part
from streams.redis.group_reader import GroupReader, Read, all_places


class Archiving(Part):
    """Implements streams.ports.ArchiveLog. Holds what its reader holds."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._unarchived = GroupReader(context, keys.ARCHIVE)

    async def keep_archive(self) -> None:
        # First the word, then the groups: what is trimmed in between must wait for those that are not there yet.
        await self._context.wire.call("SET", keys.ARCHIVED, "on")
        await self._unarchived.find_streams()

    async def end_archive(self) -> None:
        await self._context.wire.call("DEL", keys.ARCHIVED)

    async def read_unarchived(self, consumer: str, count: int, wait: timedelta) -> Sequence[StreamEntry]:
        return [_entry(read) for read in await self._unarchived.read(consumer, count, wait)]

    async def reclaim_unarchived(self, consumer: str, count: int, idle: timedelta) -> Sequence[StreamEntry]:
        return [_entry(read) for read in await self._unarchived.reclaim(consumer, count, idle)]

    async def archived(self, entries: Sequence[StreamEntry]) -> None:
        positions: dict[str, list[str]] = defaultdict(list)
        for entry in entries:
            positions[entry.stream].append(str(entry.position))
        await asyncio.gather(
            *(self._context.wire.call("XACK", stream, keys.ARCHIVE, *own) for stream, own in positions.items())
        )

    async def archive_lag(self) -> ArchiveLag | None:
        if not await self._context.wire.call("EXISTS", keys.ARCHIVED):
            return None
        streams: dict[int, list[str]] = defaultdict(list)
        for stream, place in (await all_places(self._context)).items():
            streams[place if isinstance(place, int) else place[0]].append(stream)
        answers = await asyncio.gather(
            *(self._context.run("archive_lag", own, (keys.ARCHIVE,)) for own in streams.values())
        )
        return ArchiveLag(
            entries=sum(int(answer[0]) for answer in answers),
            oldest=timedelta(milliseconds=max(int(answer[1]) for answer in answers)),
        )

    async def close_archiving(self) -> None:
        """Close what this part opened."""
        await self._unarchived.close()


def _entry(read: Read) -> StreamEntry:
    return StreamEntry(read.stream, read.partition, read.address, read.position, read.fields)
