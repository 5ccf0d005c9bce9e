"""The projector's side of the log in memory."""

from collections.abc import Sequence
from datetime import timedelta

from streams import keys
from streams.entries import event_entry, submission_entry
from streams.jobid import Address, nonce_of
from streams.memory.contents import MemoryPart
from streams.ports import (
    BadEntry,
    Projectable,
    StreamLag,
)
from streams.position import Position


class Projection(MemoryPart):
    """Implements streams.ports.ProjectionLog."""

    async def read_facts(self, consumer: str, count: int, wait: timedelta) -> Sequence[Projectable | BadEntry]:
        facts = self._read_facts_now(consumer, count)
        if not facts and await self._wait_for_append(wait):
            facts = self._read_facts_now(consumer, count)
        return facts

    def _read_facts_now(self, consumer: str, count: int) -> list[Projectable | BadEntry]:
        return [
            self._fact(name, place, position)
            for name, place in self._places().items()
            for position in self.contents.streams[name].deliver(keys.PROJECTOR, consumer, count, self._seconds())
        ]

    async def reclaim_facts(self, consumer: str, count: int, idle: timedelta) -> Sequence[Projectable | BadEntry]:
        now = self._seconds()
        return [
            self._fact(name, place, position)
            for name, place in self._places().items()
            for position in self.contents.streams[name].take_idle(
                keys.PROJECTOR, consumer, count, now - idle.total_seconds(), now
            )
        ]

    async def find_streams(self) -> None:
        """Nothing to find: this log knows its streams."""

    def _fact(self, name: str, place: Address | int, position: Position) -> Projectable | BadEntry:
        fields = self.contents.streams[name].entries[position]
        if isinstance(place, int):
            return event_entry(name, place, position, fields)
        return submission_entry(Address(place.partition, place.language, place.lane, position), fields)

    async def project(self, entries: Sequence[Projectable]) -> None:
        for entry in entries:
            if not self.contents.streams[entry.stream].acknowledge(keys.PROJECTOR, entry.position):
                continue  # joined by another projector
            self._join(entry.job_id, keys.job(entry.partition, entry.job_id), entry.slots)
            if entry.cpu_ms is not None:
                self._count_ending(nonce_of(entry.job_id), entry.cpu_ms)

    async def projection_lag(self) -> Sequence[StreamLag]:
        return [
            StreamLag(name, len(stream.waiting(keys.PROJECTOR)), len(stream.group(keys.PROJECTOR).pending))
            for name, stream in self.contents.streams.items()
        ]
