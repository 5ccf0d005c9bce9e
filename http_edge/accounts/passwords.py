"""Passwords, hashed with Argon2id in threads of their own, so that the event loop goes on meanwhile."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from http_edge.problems import unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs: about 0.1 s of CPU and 64 MiB with the defaults, above OWASP's minimum of 19 MiB and 2."""

    memory_kib: int = 64 * 1024
    passes: int = 2
    threads: int = 2  # hashes at once
    waiting: int = 32  # callers that wait for one; more are told to come back


class Passwords:
    """Hashes and checks. `hashes` counts the hash work that was done, for whoever wants to hold us to it."""

    def __init__(self, cost: Cost | None = None) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1)
        self._threads = ThreadPoolExecutor(cost.threads, thread_name_prefix="argon2")
        self._most = cost.threads + cost.waiting
        self._at_work = 0
        self._nobodys = self._hasher.hash(secrets.token_urlsafe(32))
        self.hashes = 0

    async def hash(self, password: str) -> str:
        """The hash to keep, with its salt and cost in it. Raises Problem (503) when too many wait."""
        return await self._work(lambda: self._hasher.hash(_normal(password)))

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether `password` is the one that `kept` was made of.

        Nobody's password (None) is checked like any other: an address that nobody registered must not be told by how
        long the answer takes. Raises Problem as `hash`.
        """
        right = await self._work(lambda: self._verify(kept or self._nobodys, _normal(password)))
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether `kept` was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, work: Callable[[], T]) -> T:
        if self._at_work >= self._most:
            raise unavailable("many people are logging in")
        self._at_work += 1
        self.hashes += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._at_work -= 1


def _normal(password: str) -> str:
    """The same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)
