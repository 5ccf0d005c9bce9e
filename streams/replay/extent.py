"""How far back the streams reach. What was trimmed cannot be folded again: its hashes know more than the streams."""

from collections.abc import Sequence
from dataclasses import dataclass

from redis.exceptions import ResponseError

from streams import keys
from streams.jobid import parse_job_id
from streams.position import ORIGIN, Position
from streams.redis.context import pairs
from streams.redis.wire import Wire
from streams.replay.layout import Layout, Place


@dataclass(frozen=True, slots=True)
class Extent:
    """By stream: the position from which on nothing is missing, its oldest entry if it has any, how many it has."""

    first: dict[str, Position]
    oldest: dict[str, Position]
    lengths: dict[str, int]

    @property
    def entries(self) -> int:
        return sum(self.lengths.values())

    def is_whole(self, job_id: str) -> bool:
        """Whether the streams still have every fact there ever was about a job."""
        address = parse_job_id(job_id).address
        events = self.first.get(keys.events(address.partition), ORIGIN)
        submissions = self.first.get(keys.stream_of(address), ORIGIN)
        return events <= address.position and submissions <= address.position


async def read_extent(wire: Wire, layout: Layout) -> Extent:
    """The extent of all streams now."""
    return await extent_of(wire, layout.places())


async def extent_of(wire: Wire, places: Sequence[Place]) -> Extent:
    """The extent of some streams now. A stream to which nothing was ever written is not in it."""
    found = Extent({}, {}, {})
    for place in places:
        try:
            info = await wire.call("XINFO", "STREAM", place.stream)
        except ResponseError:  # nothing was ever written to it
            continue
        fields = info if isinstance(info, dict) else pairs(info)
        stream, length = place.stream, int(fields[b"length"])
        found.lengths[stream] = length
        entry, last = fields[b"first-entry"], fields[b"last-generated-id"]
        if entry:
            found.oldest[stream] = Position.parse(entry[0])
        # Entries leave from the front, so all from the first one on are there.
        whole = int(fields[b"entries-added"]) == length
        found.first[stream] = ORIGIN if whole else found.oldest.get(stream, Position.parse(last).next())
    return found
