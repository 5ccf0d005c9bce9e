"""What happened, from the streams, and from the archive where the streams have been trimmed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streams import keys
from streams.facts import Submission
from streams.jobid import Address, JobId
from streams.ports import Topology, UnavailableError
from streams.position import ORIGIN, Position
from streams.redis.wire import Wire
from streams.replay.extent import extent_of
from streams.replay.history import history
from streams.replay.layout import Layout, NothingThereError, Place, read_layout, with_places
from streams.replay.reading import LAST, Entry, read_backwards, read_entries
from streams.replay.recorded import Recorded, recorded

_TRIMMED_MEANWHILE_MS = 3_600_000
"""So much further than the streams reach back the archive is read: they may be trimmed while this goes on."""


class Kept(Protocol):
    """The archive, as far as it is needed here. `streams.archive.reading` has it."""

    async def facts(self, job: JobId) -> Sequence[Recorded]: ...

    def entries(
        self, since: Position = ORIGIN, until: Position = LAST, places: Sequence[Place] | None = None
    ) -> AsyncIterator[list[Entry]]: ...

    def entries_back(
        self, places: Sequence[Place], until: Position = LAST, since: Position = ORIGIN
    ) -> AsyncIterator[list[Entry]]: ...

    async def places(self) -> Sequence[Place]: ...

    async def last_before(self, bounds: Mapping[str, Position]) -> Mapping[str, Position]: ...


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
        batches = read_entries(self.wire, places, since, until)
        missing = await self._missing_up_to(places, since)
        if self.archive is not None and missing is not None:
            archived = self.archive.entries(since, min(until, missing), places)
            batches = _merged(_Source(archived), _Source(batches))
        async for batch in batches:
            yield batch

    async def entries_back(
        self, places: Sequence[Place], until: Mapping[str, Position], latest: Position = LAST
    ) -> AsyncIterator[list[Entry]]:
        """All entries up to a position by stream, none later than `latest`, the latest first, in batches."""
        ends = {stream: min(position, latest) for stream, position in until.items()}
        batches = read_backwards(self.wire, places, ends)
        missing = await self._missing_up_to(places, ORIGIN)
        if self.archive is not None and missing is not None:
            archived = self.archive.entries_back(places, min(latest, missing))
            batches = _merged(_Source(archived, backwards=True), _Source(batches, backwards=True))
        async for batch in batches:
            yield batch

    async def layout(self) -> Layout:
        """Which streams there are, and were. Raises NothingThereError when there never were any."""
        try:
            known = [] if self.archive is None else await self.archive.places()
        except UnavailableError:  # as good as none, where the streams themselves are there
            known = []
        try:
            return with_places(await read_layout(self.wire), known)
        except NothingThereError:
            if not known:
                raise
            return with_places(Layout(Topology(1, 1), ((),)), known)  # a flush took even what says so

    async def _streams_have_all(self, job: JobId) -> bool:
        address = job.address
        submissions = Place(keys.stream_of(address), address.partition, address.language, address.lane)
        events = Place(keys.events(address.partition), address.partition)
        extent = await extent_of(self.wire, (submissions, events))
        return extent.is_whole(str(job))

    async def _missing_up_to(self, places: Sequence[Place], since: Position) -> Position | None:
        """Until where the archive may have what the streams do not; None when that is nothing.

        Not only where streams say that they were trimmed: after a flush they begin anew, and look whole.
        """
        if self.archive is None:
            return None
        extent = await extent_of(self.wire, places)
        bounds = {place.stream: extent.oldest.get(place.stream, LAST) for place in places}
        try:
            missing = [last for last in (await self.archive.last_before(bounds)).values() if last >= since]
        except UnavailableError:
            if any(first > since for first in extent.first.values()):
                raise
            return None
        return Position(max(missing).ms + _TRIMMED_MEANWHILE_MS, 0) if missing else None


def _has_submission(facts: Sequence[Recorded]) -> bool:
    """After a flush the streams look whole, and know nothing of what was before."""
    return any(isinstance(fact.fact, Submission) for fact in facts)


async def _merged(*sources: "_Source") -> AsyncIterator[list[Entry]]:
    """Sequences of batches that are in the same order, as one; an entry that several have comes once."""
    backwards = sources[0].backwards
    last: tuple[Position, str] | None = None
    while True:
        for source in sources:
            await source.fill()
        ends = [_place_of(source.entries[-1]) for source in sources if source.entries]
        if not ends:
            return
        known = max(ends) if backwards else min(ends)
        batch: list[Entry] = []
        taken = [entry for source in sources for entry in source.taken(known)]
        for entry in sorted(taken, key=_place_of, reverse=backwards):
            if _place_of(entry) != last:
                batch.append(entry)
                last = _place_of(entry)
        if batch:
            yield batch


class _Source:
    """A sequence of batches, with what was read of it and not used."""

    def __init__(self, batches: AsyncIterator[list[Entry]], *, backwards: bool = False) -> None:
        self._batches = batches
        self.backwards = backwards
        self.entries: list[Entry] = []

    async def fill(self) -> None:
        if not self.entries:
            self.entries = await anext(self._batches, [])

    def taken(self, until: tuple[Position, str]) -> list[Entry]:
        beyond = (n for n, entry in enumerate(self.entries) if self._is_beyond(_place_of(entry), until))
        count = next(beyond, len(self.entries))
        taken, self.entries = self.entries[:count], self.entries[count:]
        return taken

    def _is_beyond(self, place: tuple[Position, str], until: tuple[Position, str]) -> bool:
        return place < until if self.backwards else place > until


def _place_of(entry: Entry) -> tuple[Position, str]:
    return entry.position, entry.place.stream
