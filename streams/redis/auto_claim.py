"""Taking over entries that their consumer did not renew."""

from datetime import timedelta
from typing import Any

from redis.exceptions import ResponseError

from streams.duration import in_milliseconds
from streams.redis.wire import Wire

_START = b"0-0"


async def auto_claim(wire: Wire, stream: str, group: str, consumer: str, count: int, idle: timedelta) -> list[Any]:
    """Up to `count` entries that were idle for `idle`, now the consumer's; none when there is no stream or group yet.

    XAUTOCLAIM looks at ten times `count` pending entries and says where to go on: what is overdue may lie behind much
    that is not.
    """
    taken: list[Any] = []
    cursor = _START
    while len(taken) < count:
        room = count - len(taken)
        command = ("XAUTOCLAIM", stream, group, consumer, in_milliseconds(idle), cursor, "COUNT", room)
        try:
            cursor, entries = (await wire.call(*command))[:2]
        except ResponseError:
            break
        taken.extend(entries)
        if cursor == _START:
            break
    return taken
