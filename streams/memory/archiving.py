"""The archive's side of the log in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from streams import keys
from streams.jobid import Address
from streams.memory.contents import MemoryPart
from streams.ports import ArchiveLag, StreamEntry
from streams.position import Position


class Archiving(MemoryPart):
    """Implements streams.ports.ArchiveLog."""

    async def keep_archive(self) -> None:
        self.contents.archived = True
        for name in self._places():
            self.contents.streams[name].group(keys.ARCHIVE)

    async def end_archive(self) -> None:
        self.contents.archived = False

    async def read_unarchived(self, consumer: str, count: int, wait: timedelta) -> Sequence[StreamEntry]:
        entries = self._read_unarchived_now(consumer, count)
        if not entries and await self._wait_for_append(wait):
            entries = self._read_unarchived_now(consumer, count)
        return entries

    def _read_unarchived_now(self, consumer: str, count: int) -> list[StreamEntry]:
        return [
            self._entry(name, place, position)
            for name, place in self._places().items()
            for position in self.contents.streams[name].deliver(keys.ARCHIVE, consumer, count, self._seconds())
        ]

    async def reclaim_unarchived(self, consumer: str, count: int, idle: timedelta) -> Sequence[StreamEntry]:
        now = self._seconds()
        return [
            self._entry(name, place, position)
            for name, place in self._places().items()
            for position in self.contents.streams[name].take_idle(
                keys.ARCHIVE, consumer, count, now - idle.total_seconds(), now
            )
        ]

    async def archived(self, entries: Sequence[StreamEntry]) -> None:
        for entry in entries:
            self.contents.streams[entry.stream].acknowledge(keys.ARCHIVE, entry.position)

    async def archive_lag(self) -> ArchiveLag | None:
        if not self.contents.archived:
            return None
        behind: list[Position] = []
        for name in self._places():
            stream = self.contents.streams[name]
            behind += [*stream.waiting(keys.ARCHIVE), *stream.group(keys.ARCHIVE).pending]
        if not behind:
            return ArchiveLag(0, timedelta(0))
        oldest = datetime.fromtimestamp(min(behind).ms / 1000, UTC)
        return ArchiveLag(len(behind), max(self._clock.now() - oldest, timedelta(0)))

    def _entry(self, name: str, place: Address | int, position: Position) -> StreamEntry:
        fields = self.contents.streams[name].entries[position]
        if isinstance(place, int):
            return StreamEntry(name, place, None, position, fields)
        address = Address(place.partition, place.language, place.lane, position)
        return StreamEntry(name, place.partition, address, position, fields)
