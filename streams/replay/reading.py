"""All entries of many streams in the order of their positions, a page of each in memory at a time."""

from collections import deque
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from streams.position import ORIGIN, Position
from streams.redis.context import pairs
from streams.redis.wire import Wire
from streams.replay.layout import Place

LAST = Position(10**15 - 1, 10**10 - 1)
"""Not before any position."""
_FIRST_PAGE = 100
_LARGEST_PAGE = 2000
_PAGE_BYTES = 1 << 20  # a page holds Redis up for about a millisecond, and our memory is a page per stream


class Entry(NamedTuple):
    """An entry as it lies in its stream. Entries sort by position, then by stream."""

    position: Position
    place: Place
    fields: dict[bytes, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.fields.values()))


@dataclass
class _Pages:
    """One stream, read page by page."""

    place: Place
    next: Position
    until: Position
    page: int = _FIRST_PAGE
    entries: deque[Entry] = field(default_factory=deque)
    more: bool = True

    async def fill(self, wire: Wire) -> None:
        if self.next > self.until:
            self.more = False
            return
        answer = await wire.call(
            "XRANGE", self.place.stream, str(self.next), str(self.until), "COUNT", self.page, deadline=30.0
        )
        self.entries.extend(entry_of(self.place, raw) for raw in answer)
        self.more = len(answer) == self.page
        if answer:
            self.next = self.entries[-1].position.next()
            self.page = _page(self.entries, _LARGEST_PAGE)


async def read_backwards(
    wire: Wire, places: Sequence[Place], until: Position | Mapping[str, Position] = LAST, since: Position = ORIGIN
) -> AsyncIterator[list[Entry]]:
    """Entries from `until` back to `since` (both included), the latest first, in batches."""
    streams = [_PagesBack(place, _bound(until, place, ORIGIN), since) for place in places]
    while streams:
        for pages in streams:
            while pages.more and not pages.entries:
                await pages.fill(wire)
        streams = [pages for pages in streams if pages.entries]
        known = max((pages.entries[-1].position for pages in streams if pages.more), default=ORIGIN)
        batch = [entry for pages in streams for entry in pages.taken(known)]
        batch.sort(key=lambda entry: (entry.position, entry.place.stream), reverse=True)
        if batch:
            yield batch


@dataclass
class _PagesBack:
    """One stream, read page by page from its end."""

    place: Place
    next: Position
    since: Position
    page: int = _FIRST_PAGE
    entries: deque[Entry] = field(default_factory=deque)
    more: bool = True

    async def fill(self, wire: Wire) -> None:
        if self.next < self.since:
            self.more = False
            return
        command = ("XREVRANGE", self.place.stream, str(self.next), str(self.since), "COUNT", self.page)
        answer = await wire.call(*command, deadline=30.0)
        self.entries.extend(entry_of(self.place, raw) for raw in answer)
        self.more = len(answer) == self.page and self.entries[-1].position > ORIGIN
        if self.more:
            self.next = _before(self.entries[-1].position)
            self.page = _page(self.entries, _FIRST_PAGE)  # what is looked for is near the end, mostly

    def taken(self, down_to: Position) -> list[Entry]:
        taken = []
        while self.entries and self.entries[0].position >= down_to:
            taken.append(self.entries.popleft())
        return taken


def entry_of(place: Place, raw: Any) -> Entry:
    """An entry as Redis gives it."""
    return Entry(Position.parse(raw[0]), place, pairs(raw[1]))


async def read_entries(
    wire: Wire,
    places: Sequence[Place],
    since: Position | Mapping[str, Position] = ORIGIN,
    until: Position | Mapping[str, Position] = LAST,
) -> AsyncIterator[list[Entry]]:
    """Entries from `since` to `until` (both included, for all streams or by stream), in batches that are in order."""
    streams = [_Pages(place, _bound(since, place, ORIGIN), _bound(until, place, ORIGIN)) for place in places]
    while streams:
        for pages in streams:
            while pages.more and not pages.entries:
                await pages.fill(wire)
        streams = [pages for pages in streams if pages.entries]
        # Up to here every stream is known; past it, one may have entries that were not read yet.
        known = min((pages.entries[-1].position for pages in streams if pages.more), default=LAST)
        batch = [entry for pages in streams for entry in _taken(pages, known)]
        batch.sort(key=lambda entry: (entry.position, entry.place.stream))
        if batch:
            yield batch


def _before(position: Position) -> Position:
    """The largest position before this one."""
    return Position(position.ms, position.seq - 1) if position.seq else Position(position.ms - 1, LAST.seq)


def _page(entries: Collection[Entry], largest: int) -> int:
    """How many entries a page should have of a stream of which it had `entries`."""
    size = max(sum(entry.size for entry in entries) // len(entries), 1)
    return max(1, min(largest, _PAGE_BYTES // size))


def _bound(bound: Position | Mapping[str, Position], place: Place, default: Position) -> Position:
    return bound if isinstance(bound, Position) else bound.get(place.stream, default)


def _taken(pages: _Pages, until: Position) -> list[Entry]:
    taken = []
    while pages.entries and pages.entries[0].position <= until:
        taken.append(pages.entries.popleft())
    return taken
