"""Where a partition's streams and groups are, as of one moment."""

from dataclasses import dataclass
from typing import Any

from streams.position import Position
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.replay.layout import Layout

_DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """An entry that a consumer holds. `since` is when it was last delivered or renewed, in ms since the epoch."""

    position: Position
    consumer: str
    since: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class GroupState:
    """A consumer group. `entries_read` is None where Redis has lost count."""

    name: str
    last_delivered: Position
    entries_read: int | None
    consumers: tuple[str, ...]
    pending: tuple[PendingEntry, ...]


@dataclass(frozen=True, slots=True)
class StreamPoint:
    """A stream: its last id ever given, how many entries it ever got and has, and its groups."""

    stream: str
    last: Position
    added: int
    length: int
    groups: tuple[GroupState, ...]


async def snapshot(wire: Wire, layout: Layout, partition: int) -> list[StreamPoint]:
    """The streams of a partition that exist, all as of the same moment."""
    streams = [place.stream for place in layout.partition(partition)]
    points = await run_script(wire, "snapshot", streams, (), _DEADLINE)
    return [_point(raw) for raw in points]


def _point(raw: Any) -> StreamPoint:
    stream, last, added, length, groups = raw
    states = tuple(_group(group) for group in groups)
    return StreamPoint(stream.decode(), Position.parse(last), int(added), int(length), states)


def _group(raw: Any) -> GroupState:
    name, last, read, consumers, pending = raw
    return GroupState(
        name.decode(),
        Position.parse(last),
        None if read in (b"", None) else int(read),
        tuple(sorted(consumer.decode() for consumer in consumers)),
        tuple(
            PendingEntry(Position.parse(position), consumer.decode(), int(since), int(deliveries))
            for position, consumer, since, deliveries in pending
        ),
    )
