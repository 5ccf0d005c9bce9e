"""Facts as they are written, from here on."""

from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import ResponseError

from streams.position import ORIGIN, Position
from streams.redis.context import pairs
from streams.redis.link import ANSWER_DEADLINE
from streams.redis.wire import Wire
from streams.replay.layout import Place, read_layout
from streams.replay.reading import Entry, entry_of

_BLOCK_MS = 1000
"""How long a read waits before languages that appeared meanwhile are looked for."""
_COUNT = 200


async def last_positions(wire: Wire, places: tuple[Place, ...]) -> dict[str, Position]:
    """The last position that each stream has given; the origin for one that is not there yet."""
    last = {}
    for place in places:
        try:
            info: Any = await wire.call("XINFO", "STREAM", place.stream)
        except ResponseError:
            last[place.stream] = ORIGIN
            continue
        fields = info if isinstance(info, dict) else pairs(info)
        last[place.stream] = Position.parse(fields[b"last-generated-id"])
    return last


async def follow(wire: Wire, after: dict[str, Position]) -> AsyncIterator[list[Entry]]:
    """Entries after the positions in `after`, for ever, in batches that are in order. The wire is blocked meanwhile.

    Reads past the groups, so nobody misses what is seen here.
    """
    after = dict(after)
    while True:
        places = {place.stream: place for place in (await read_layout(wire)).places()}
        answer = await wire.call(
            *("XREAD", "COUNT", _COUNT, "BLOCK", _BLOCK_MS, "STREAMS"),
            *places,
            *(str(after.get(stream, ORIGIN)) for stream in places),
            deadline=_BLOCK_MS / 1000 + ANSWER_DEADLINE,
        )
        batch = []
        for name, entries in (answer or {}).items():
            batch += [entry_of(places[name.decode()], raw) for raw in entries]
            after[name.decode()] = batch[-1].position
        batch.sort(key=lambda entry: (entry.position, entry.place.stream))
        if batch:
            yield batch
