"""Leases of containers that have no agent to say so themselves: a key with a token, that expires with its holder."""

from datetime import timedelta
from pathlib import Path
from typing import Protocol

from streams import keys
from streams.duration import in_milliseconds
from streams.redis.wire import Wire

_LUA = Path(__file__).parent / "lua"


class Leases(Protocol):
    """Who may use what. All raise streams.ports.LogUnavailableError."""

    async def acquire(self, container: str, token: str, ttl: timedelta) -> bool:
        """Whether `token` holds the lease of `container` now, for `ttl`."""
        ...

    async def renew(self, container: str, token: str, ttl: timedelta) -> bool:
        """Whether `token` still held the lease; then it does for another `ttl`."""
        ...

    async def release(self, container: str, token: str) -> None:
        """Give the lease up, if `token` holds it."""
        ...


class RedisLeases:
    """Implements Leases."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._acquire = (_LUA / "acquire_lease.lua").read_text(encoding="utf-8")
        self._renew = (_LUA / "renew_lease.lua").read_text(encoding="utf-8")
        self._release = (_LUA / "release_lease.lua").read_text(encoding="utf-8")

    async def acquire(self, container: str, token: str, ttl: timedelta) -> bool:
        arguments = (keys.lease(container), token, in_milliseconds(ttl))
        return bool(await self._wire.call("EVAL", self._acquire, 1, *arguments))

    async def renew(self, container: str, token: str, ttl: timedelta) -> bool:
        arguments = (keys.lease(container), token, in_milliseconds(ttl))
        return bool(await self._wire.call("EVAL", self._renew, 1, *arguments))

    async def release(self, container: str, token: str) -> None:
        await self._wire.call("EVAL", self._release, 1, keys.lease(container), token)
