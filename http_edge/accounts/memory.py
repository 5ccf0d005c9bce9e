"""Callers that were seen lately, so that a request with a known key or session costs no database round trip.

What is remembered is used for `FRESH_FOR` without asking, and while PostgreSQL is away for `STALE_FOR`. PostgreSQL says
when rights change (`forget`), so that a revoked key ends at once and not after that time. What was looked for in vain
is remembered, too, for `UNKNOWN_FOR`: a client that goes on with a revoked key costs next to nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from http_edge.identity import Caller
from streams.ports import Clock
from streams.postgres.database import DatabaseUnavailableError

FRESH_FOR = 30.0
"""Seconds."""
STALE_FOR = 300.0
"""Seconds."""
UNKNOWN_FOR = 10.0
"""Seconds."""
MOST = 10_000
"""Callers that are remembered, and as many credentials that are nobody's."""
PATIENCE = 0.5
"""Seconds that a known caller waits for PostgreSQL before they are taken to be who they were."""
LONGEST_LOOK = 2.0
"""Seconds that an unknown one waits."""
AWAY_FOR = 1.0
"""Seconds for which PostgreSQL is taken to be away still; nobody waits for it meanwhile."""


@dataclass(frozen=True, slots=True)
class Found:
    """A caller as the database knows them. `ends_at` is when the credentials end; None: never."""

    caller: Caller
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Remembered:
    found: Found
    looked_at: float


Look = Callable[[], Awaitable[Found | None]]
T = TypeVar("T")


def _keep(memory: dict[bytes, T], digest: bytes, what: T) -> None:
    """As the newest of at most MOST."""
    memory.pop(digest, None)
    while len(memory) >= MOST:
        del memory[next(iter(memory))]
    memory[digest] = what


class CallerMemory:
    """Remembers callers by the digest of what they showed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[bytes, _Remembered] = {}
        self._doubtful: dict[bytes, None] = {}  # somebody's when last looked for, but their rights may have changed
        self._unknown: dict[bytes, float] = {}  # when it was looked for
        self._looks: dict[bytes, asyncio.Task[Found | None]] = {}
        self._changes = 0
        self._away_until = float("-inf")
        self._why = ""

    def remembers(self, digest: bytes) -> bool:
        """Whether who showed what has that digest was seen before, or is known to be nobody."""
        return digest in self._known or digest in self._doubtful or self._is_nobody(digest)

    async def recall(self, digest: bytes, look: Look) -> Caller | None:
        """Who showed what has that digest; `look` asks the database. Raises DatabaseUnavailableError."""
        now = asyncio.get_running_loop().time()
        known = self._known.get(digest)
        if known is not None and self._has_ended(known.found):
            del self._known[digest]
            known = None
        if known is not None and now - known.looked_at < FRESH_FOR:
            return known.found.caller
        if known is None and self._is_nobody(digest):
            return None
        try:
            found = await self._look(digest, look, LONGEST_LOOK if known is None else PATIENCE)
        except DatabaseUnavailableError:
            if known is not None and now - known.looked_at < STALE_FOR:
                return known.found.caller
            raise
        return None if found is None else found.caller

    def forget(self, account: str) -> None:
        """The account's rights have changed."""
        self._changes += 1
        self._unknown.clear()  # an account that is enabled again has its keys again
        for digest in [digest for digest, each in self._known.items() if each.found.caller.account == account]:
            del self._known[digest]
            _keep(self._doubtful, digest, None)

    def doubt_all(self) -> None:
        """Changes may have been missed: ask again about everybody, but keep them for as long as nobody answers."""
        self._changes += 1
        self._unknown.clear()
        now = asyncio.get_running_loop().time()
        for digest, each in self._known.items():
            self._known[digest] = _Remembered(each.found, min(each.looked_at, now - FRESH_FOR))

    async def _look(self, digest: bytes, look: Look, patience: float) -> Found | None:
        """Ask the database: once, however many requests come with the same credentials meanwhile."""
        if asyncio.get_running_loop().time() < self._away_until:
            raise DatabaseUnavailableError(self._why)
        task = self._looks.get(digest)
        if task is None:
            task = self._looks[digest] = asyncio.create_task(self._ask(digest, look))
            task.add_done_callback(lambda done: self._looked(digest, done))
        try:
            async with asyncio.timeout(patience):
                return await asyncio.shield(task)
        except TimeoutError as error:
            self._is_away("no answer in time")
            raise DatabaseUnavailableError(self._why) from error
        except DatabaseUnavailableError as error:
            self._is_away(str(error))
            raise

    async def _ask(self, digest: bytes, look: Look) -> Found | None:
        changes, asked_at = self._changes, asyncio.get_running_loop().time()
        found = await look()
        overtaken = changes != self._changes  # then the answer may be older than the change
        self._doubtful.pop(digest, None)
        if found is None:
            self._known.pop(digest, None)
            if not overtaken:
                _keep(self._unknown, digest, asked_at)
        elif overtaken:
            _keep(self._doubtful, digest, None)
        else:
            _keep(self._known, digest, _Remembered(found, asked_at))
        return found

    def _is_nobody(self, digest: bytes) -> bool:
        looked_at = self._unknown.get(digest)
        return looked_at is not None and asyncio.get_running_loop().time() - looked_at < UNKNOWN_FOR

    def _looked(self, digest: bytes, task: "asyncio.Task[Found | None]") -> None:
        del self._looks[digest]
        if not task.cancelled():
            task.exception()  # whoever still waits gets it; if nobody does, it is no news either

    def _is_away(self, why: str) -> None:
        self._why = why
        self._away_until = asyncio.get_running_loop().time() + AWAY_FOR

    def _has_ended(self, found: Found) -> bool:
        return found.ends_at is not None and self._clock.now() >= found.ends_at
