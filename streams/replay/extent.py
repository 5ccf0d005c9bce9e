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
    """By stream, the position from which on nothing is missing, and how many entries there are."""

    first: dict[str, Position]
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
    first: dict[str, Position] = {}
    lengths: dict[str, int] = {}
    for place in places:
        try:
            info = await wire.call("XINFO", "STREAM", place.stream)
        except ResponseError:  # nothing was ever written to it
            continue
        fields = info if isinstance(info, dict) else pairs(info)
        lengths[place.stream] = int(fields[b"length"])
        first[place.stream] = _first_whole(fields)
    return Extent(first, lengths)


def _first_whole(fields: dict[bytes, object]) -> Position:
    """Entries leave from the front, so all from the first one on are there."""
    if fields[b"entries-added"] == fields[b"length"]:
        return ORIGIN
    entry = fields[b"first-entry"]
    if isinstance(entry, list):
        return Position.parse(entry[0])
    last = fields[b"last-generated-id"]
    assert isinstance(last, bytes)  # noqa: S101 - what XINFO STREAM documents
    return Position.parse(last).next()
