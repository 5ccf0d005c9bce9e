"""What happened, from the streams, and from the archive where the streams have been trimmed."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from streams import keys
from streams.facts import Submission
from streams.jobid import Address, JobId
from streams.position import ORIGIN, Position
from streams.redis.wire import Wire
from streams.replay.extent import extent_of
from streams.replay.history import history
from streams.replay.layout import Place
from streams.replay.reading import LAST, Entry, read_entries
from streams.replay.recorded import Recorded, recorded

_TRIMMED_MEANWHILE_MS = 3_600_000
"""So much further than the streams reach back the archive is read: they may be trimmed while this goes on."""


class Kept(Protocol):
    """The archive, as far as it is needed here. `streams.archive.reading` has it."""

    async def facts(self, job: JobId) -> Sequence[Recorded]: ...

    def entries(
        self, since: Position = ORIGIN, until: Position = LAST, places: Sequence[Place] | None = None
    ) -> AsyncIterator[list[Entry]]: ...


@dataclass(frozen=True, slots=True)
class Past:
    """Streams, and the archive if there is one. Where the streams have everything, the archive is not asked."""

    wire: Wire
    archive: Kept | None = None

    async def history(self, job: JobId, until: Position = LAST) -> list[Recorded]:
        """The facts of `job` up to `until`, in order; empty for a job that nobody knows."""
        facts = await history(self.wire, job, until)
        if self.archive is None or (_has_submission(facts) and await self._streams_have_all(job)):
            return facts
        found = {(fact.position, fact.stream): fact for fact in await self.archive.facts(job) if fact.position <= until}
        found |= {(fact.position, fact.stream): fact for fact in facts}
        return [fact for _, fact in sorted(found.items(), key=lambda item: item[0])]

    async def submission(self, job: JobId) -> Submission | None:
        """The submission itself. None: nobody has it."""
        facts = (fact.fact for fact in await self.history(job))
        return next((fact for fact in facts if isinstance(fact, Submission)), None)

    async def job_at(self, address: Address) -> JobId | None:
        """The job whose submission lies there. None: neither it nor a fact about it is left."""
        place = Place(keys.stream_of(address), address.partition, address.language, address.lane)
        events = Place(keys.events(address.partition), address.partition)
        submission = self.entries([place], address.position, address.position)
        # As in `history`: an event may have an earlier position than its submission, but within its millisecond.
        for batches in (submission, self.entries([events], Position(address.position.ms, 0))):
            async for batch in batches:
                jobs = (recorded(entry).job for entry in batch)
                if (found := next((job for job in jobs if job and job.address == address), None)) is not None:
                    return found
        return None

    async def entries(
        self, places: Sequence[Place], since: Position = ORIGIN, until: Position = LAST
    ) -> AsyncIterator[list[Entry]]:
        """All entries from `since` to `until` (both included), in batches that are in order."""
        live = read_entries(self.wire, places, since, until)
        missing = None if self.archive is None else await self._missing_up_to(places, since)
        if self.archive is not None and missing is not None:
            live = _merged(self.archive.entries(since, min(until, missing), places), live)
        async for batch in live:
            yield batch

    async def _streams_have_all(self, job: JobId) -> bool:
        address = job.address
        submissions = Place(keys.stream_of(address), address.partition, address.language, address.lane)
        events = Place(keys.events(address.partition), address.partition)
        extent = await extent_of(self.wire, (submissions, events))
        return extent.is_whole(str(job))

    async def _missing_up_to(self, places: Sequence[Place], since: Position) -> Position | None:
        """Until where the archive may have what the streams do not; None when that is nothing."""
        first = (await extent_of(self.wire, places)).first
        trimmed = [position for position in first.values() if position > since]
        return Position(max(trimmed).ms + _TRIMMED_MEANWHILE_MS, 0) if trimmed else None


def _has_submission(facts: Sequence[Recorded]) -> bool:
    """After a flush the streams look whole, and know nothing of what was before."""
    return any(isinstance(fact.fact, Submission) for fact in facts)


async def _merged(one: AsyncIterator[list[Entry]], other: AsyncIterator[list[Entry]]) -> AsyncIterator[list[Entry]]:
    """Two sequences of batches that are in order, as one; an entry that both have comes once."""
    sources = [_Source(one), _Source(other)]
    last: tuple[Position, str] | None = None
    while True:
        for source in sources:
            await source.fill()
        known = min((_place_of(source.entries[-1]) for source in sources if source.entries), default=None)
        if known is None:
            return
        batch: list[Entry] = []
        for entry in sorted((entry for source in sources for entry in source.taken(known)), key=_place_of):
            if _place_of(entry) != last:
                batch.append(entry)
                last = _place_of(entry)
        if batch:
            yield batch


class _Source:
    """A sequence of batches, with what was read of it and not used."""

    def __init__(self, batches: AsyncIterator[list[Entry]]) -> None:
        self._batches = batches
        self.entries: list[Entry] = []

    async def fill(self) -> None:
        if not self.entries:
            self.entries = await anext(self._batches, [])

    def taken(self, until: tuple[Position, str]) -> list[Entry]:
        count = next((n for n, entry in enumerate(self.entries) if _place_of(entry) > until), len(self.entries))
        taken, self.entries = self.entries[:count], self.entries[count:]
        return taken


def _place_of(entry: Entry) -> tuple[Position, str]:
    return entry.position, entry.place.stream
