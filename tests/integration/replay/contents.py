"""What a Redis holds, for comparing two of them byte for byte."""

from typing import Any

import redis

from streams import keys


def hashes(client: redis.Redis) -> dict[bytes, Any]:
    """Every job's hash."""
    names: Any = client.scan_iter(match="sandbox:{*}:job:*", count=1000)
    return {name: client.hgetall(name) for name in names}


def streams(client: redis.Redis) -> dict[bytes, Any]:
    """Every stream: its entries, what it says of itself, its groups and what these hold."""
    return {name: _stream(client, name) for name in client.scan_iter(match="sandbox:*", _type="STREAM")}


def others(client: redis.Redis) -> dict[bytes, Any]:
    """Everything that is neither, but who is there, and counts of what happened here."""
    own = (keys.ACTORS.encode(), keys.NAMES.encode(), keys.RECLAIMED.encode())
    found: dict[bytes, Any] = {}
    for name in client.scan_iter(match="sandbox:*"):
        kind = client.type(name)
        if kind == b"set":
            found[name] = client.smembers(name)
        elif kind == b"hash" and b":job:" not in name and name not in own:
            found[name] = client.hgetall(name)
    return found


def _stream(client: redis.Redis, name: bytes) -> Any:
    info: Any = client.xinfo_stream(name)
    said = {key: info[key] for key in ("length", "last-generated-id", "entries-added", "groups")}
    return client.xrange(name), said, [_group(client, name, group) for group in _groups(client, name)]


def _groups(client: redis.Redis, name: bytes) -> list[Any]:
    groups: Any = client.xinfo_groups(name)
    return sorted(groups, key=lambda group: group["name"])


def _group(client: redis.Redis, name: bytes, group: Any) -> Any:
    pending: Any = client.xpending_range(name, group["name"], "-", "+", 10_000)
    consumers: Any = client.xinfo_consumers(name, group["name"])
    held = [(each["message_id"], each["consumer"], each["times_delivered"]) for each in pending]
    return group, held, sorted((each["name"], each["pending"]) for each in consumers)
