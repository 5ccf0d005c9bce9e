"""Credentials that nobody knows: looking for them costs a query each, so an address has only so many such tries.

They are counted in the memory of each edge, and only those that found nothing: who was seen before is not looked for
here, however much somebody else at the same address tries.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from http_edge.identity import Caller
from http_edge.problems import Problem

TRIES = 60
"""Of one address, within WINDOW."""
WINDOW = 60.0
"""Seconds from the first try."""
AT_ONCE = 4
"""Looks for one address at the same time: so many more than TRIES can find nothing."""
MOST = 10_000
"""Addresses that are counted; past it the oldest is forgotten."""


@dataclass(slots=True)
class _Tries:
    """What an address has tried in vain, and until when that counts."""

    ends_at: float
    made: int = 0
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


class Strangers:
    """Looks for those whom nobody remembers, a bounded number of times for each `home` (an address, or its network)."""

    def __init__(self) -> None:
        self._homes: dict[str, _Tries] = {}

    async def look(self, home: str, look: Callable[[], Awaitable[Caller | None]]) -> Caller | None:
        """What `look` finds. Raises Problem (429) without looking when too many from `home` were unknown."""
        tries = self._of(home)
        self._require(tries)
        async with tries.gate:
            self._require(tries)
            caller = await look()
            if caller is None:
                tries.made += 1
        return caller

    def _of(self, home: str) -> _Tries:
        now = asyncio.get_running_loop().time()
        tries = self._homes.get(home)
        if tries is None or tries.ends_at <= now:
            self._homes.pop(home, None)
            while len(self._homes) >= MOST:
                del self._homes[next(iter(self._homes))]
            tries = self._homes[home] = _Tries(now + WINDOW)
        return tries

    @staticmethod
    def _require(tries: _Tries) -> None:
        if tries.made < TRIES:
            return
        wait = max(1, math.ceil(tries.ends_at - asyncio.get_running_loop().time()))
        detail = f"Too many unknown credentials came from this address; new ones are looked for again in {wait} s."
        raise Problem(429, detail, headers={"Retry-After": str(wait)})
