"""The latest events, of which a part at a time is in memory: they hold all that programs have printed."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress

from streams.codec import UnknownVersionError
from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.layout import Layout
from streams.replay.reading import Entry, read_backwards
from streams.replay.recorded import Recorded, recorded


async def latest(wire: Wire, layout: Layout, most: int, since: Position) -> AsyncIterator[list[Recorded]]:
    """Up to `most` events since `since`, the latest first, in batches; what is to be kept of one is for the caller."""
    places = [place for place in layout.places() if place.language is None]
    left = most
    async for entries in read_backwards(wire, places, since=since):
        batch = list(_readable(entries))[:left]
        left -= len(batch)
        yield batch
        if not left:
            return


def _readable(entries: Iterable[Entry]) -> Iterator[Recorded]:
    """What the entries say; those of a newer release are passed over."""
    for entry in entries:
        with suppress(UnknownVersionError):
            yield recorded(entry)
