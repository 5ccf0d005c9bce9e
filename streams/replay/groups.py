"""How far the groups are, and who works in them."""

from dataclasses import dataclass

from redis.exceptions import ResponseError

from streams import keys
from streams.position import ORIGIN, Position
from streams.redis.context import pairs
from streams.redis.wire import Wire
from streams.replay.layout import Layout, Place


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of a stream: entries that nobody was given (`waiting`), those that are held, and the oldest of both."""

    place: Place
    name: str
    consumers: int
    waiting: int
    pending: int
    last_delivered: Position
    oldest_waiting_ms: int | None
    oldest_pending_ms: int | None


@dataclass(frozen=True, slots=True)
class ConsumerRow:
    """A consumer: what it holds, and ms since it asked and since it got something."""

    place: Place
    group: str
    name: str
    pending: int
    idle_ms: int
    inactive_ms: int | None


async def groups(wire: Wire, layout: Layout, now: int) -> list[GroupRow]:
    """The groups of all streams; `now` is the server's time."""
    rows = []
    for place in layout.places():
        try:
            answer = await wire.call("XINFO", "GROUPS", place.stream)
        except ResponseError:  # no such stream
            continue
        found = [await _group(wire, place, raw if isinstance(raw, dict) else pairs(raw), now) for raw in answer]
        named = {row.name for row in found}
        rows += found
        needed = keys.groups_of(place.stream, archived=layout.archived)
        rows += [await _missing(wire, place, name, now) for name in needed if name not in named]
    return rows


async def consumers(wire: Wire, layout: Layout) -> list[ConsumerRow]:
    """The consumers of all groups."""
    rows = []
    for place in layout.places():
        for group in keys.groups_of(place.stream, archived=layout.archived):
            try:
                answer = await wire.call("XINFO", "CONSUMERS", place.stream, group)
            except ResponseError:  # no such stream or group
                continue
            rows += [_consumer(place, group, raw if isinstance(raw, dict) else pairs(raw)) for raw in answer]
    return rows


async def _group(wire: Wire, place: Place, fields: dict[bytes, bytes], now: int) -> GroupRow:
    name, last = fields[b"name"].decode(), Position.parse(fields[b"last-delivered-id"])
    first = await wire.call("XRANGE", place.stream, f"({last}", "+", "COUNT", 1)
    held = await wire.call("XPENDING", place.stream, name)
    lag = fields.get(b"lag")
    if lag is None:  # Redis has lost count, after a trim past what was read, say
        lag = await _count(wire, place, last)
    return GroupRow(
        place=place,
        name=name,
        consumers=int(fields[b"consumers"]),
        waiting=int(lag),
        pending=int(fields[b"pending"]),
        last_delivered=last,
        oldest_waiting_ms=max(now - Position.parse(first[0][0]).ms, 0) if first else None,
        oldest_pending_ms=max(now - Position.parse(held[1]).ms, 0) if held[0] else None,
    )


async def _missing(wire: Wire, place: Place, name: str, now: int) -> GroupRow:
    """A group that nobody has made yet: it will be made from the beginning, so everything waits for it."""
    first = await wire.call("XRANGE", place.stream, "-", "+", "COUNT", 1)
    oldest = max(now - Position.parse(first[0][0]).ms, 0) if first else None
    return GroupRow(place, name, 0, int(await wire.call("XLEN", place.stream)), 0, ORIGIN, oldest, None)


async def _count(wire: Wire, place: Place, last: Position) -> bytes:
    entries = await wire.call("XRANGE", place.stream, f"({last}", "+", "COUNT", 10_000)
    return str(len(entries)).encode()


def _consumer(place: Place, group: str, fields: dict[bytes, bytes]) -> ConsumerRow:
    inactive = int(fields.get(b"inactive", -1))
    return ConsumerRow(
        place=place,
        group=group,
        name=fields[b"name"].decode(),
        pending=int(fields[b"pending"]),
        idle_ms=int(fields[b"idle"]),
        inactive_ms=None if inactive < 0 else inactive,
    )
