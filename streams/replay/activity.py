"""Who runs what, and what ended lately: what the events say, read once and then kept up with."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from streams.codec import UnknownVersionError
from streams.facts import Cancelled, Finished, Lost, Started
from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.following import last_positions
from streams.replay.layout import Layout, Place
from streams.replay.reading import LAST, Entry, read_backwards, read_entries
from streams.replay.recorded import Recorded, recorded

REMEMBERED = 2000
"""Events looked back upon at the start; a job that runs since before them shows in no runner."""
_KEPT_VERDICTS = 50


@dataclass
class Activity:
    """What the events read so far say. `ended` counts since the beginning of the reading."""

    running: dict[str, Recorded] = field(default_factory=dict)  # runner -> the start of its job
    verdicts: deque[Recorded] = field(default_factory=lambda: deque(maxlen=_KEPT_VERDICTS))  # the latest first
    ended: int = 0
    _after: dict[str, Position] | None = None

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in events, in their order; those of a newer release are passed over."""
        for entry in entries:
            with suppress(UnknownVersionError):
                self._take(recorded(entry))

    async def look(self, wire: Wire, layout: Layout) -> None:
        """Read the events since the last look; at the first, some of those before. Read-only."""
        events = tuple(place for place in layout.places() if place.language is None)
        if self._after is None:
            after = await last_positions(wire, events)
            await self._look_back(wire, events, after)
            self._after = after
            return
        since = {stream: position.next() for stream, position in self._after.items()}
        async for batch in read_entries(wire, events, since):
            self.add(batch)
            for entry in batch:
                self._after[entry.place.stream] = max(self._after[entry.place.stream], entry.position)

    async def _look_back(self, wire: Wire, events: tuple[Place, ...], ends: dict[str, Position]) -> None:
        """Take in the latest events. They are read twice, as they hold all that programs have printed: what matters of
        them is known in their order only.
        """
        first, seen = LAST, 0
        async for batch in read_backwards(wire, events, ends):
            first, seen = batch[-1].position, seen + len(batch)
            if seen >= REMEMBERED:
                break
        async for batch in read_entries(wire, events, first, ends):
            self.add(batch)

    def _take(self, fact: Recorded) -> None:
        match fact.fact:
            case Started(runner=runner):
                self._leave(fact)  # an earlier attempt may have been in another runner, which died of it
                self.running[runner] = fact
            case Finished() | Cancelled() | Lost():
                self._leave(fact)
                self.ended += 1
                self.verdicts.appendleft(fact)
            case _:
                pass

    def _leave(self, fact: Recorded) -> None:
        self.running = {name: start for name, start in self.running.items() if start.job != fact.job}
