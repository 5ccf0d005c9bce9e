"""The events since the last look: for those who count what happens, at their own pace."""

from collections.abc import AsyncIterator

from streams.codec import UnknownVersionError
from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.following import last_positions
from streams.replay.layout import Layout
from streams.replay.reading import read_entries
from streams.replay.recorded import Recorded, recorded


class News:
    """Holds how far it has read. The first look brings nothing: counting begins there."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._after: dict[str, Position] | None = None

    async def since_last_look(self, layout: Layout) -> AsyncIterator[Recorded]:
        """Events that were written since. Those of a newer release are passed over."""
        events = tuple(place for place in layout.places() if place.language is None)
        if self._after is None:
            self._after = await last_positions(self._wire, events)
            return
        since = {stream: position.next() for stream, position in self._after.items()}
        async for batch in read_entries(self._wire, events, since):
            for entry in batch:
                self._after[entry.place.stream] = entry.position
                try:
                    yield recorded(entry)
                except UnknownVersionError:
                    continue
