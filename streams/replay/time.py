"""The time of the Redis server, by which entries have their positions."""

from streams.redis.wire import Wire


async def server_time(wire: Wire) -> int:
    """Milliseconds since the epoch, on the server's clock."""
    seconds, microseconds = await wire.call("TIME")
    return int(seconds) * 1000 + int(microseconds) // 1000
