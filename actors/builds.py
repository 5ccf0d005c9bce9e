"""Programs as their compilers left them, kept in memory by content, each for the account that had it built.

An account notices only what it did itself: nobody else's builds are looked up, those of anonymous clients, who would be
one account, are never kept, and no account can use up more than half of the room.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

OWN_SHARE, LARGEST_SHARE = 2, 4
"""What an account may hold, and a single program: the capacity divided by this."""
_OVERHEAD = 1024
"""Bytes that an entry counts besides its content."""


@dataclass(frozen=True, slots=True)
class BuildKey:
    """Whose build it is, and a digest of all that it came from."""

    account: str
    digest: bytes


def build_key(account: str, made_by: Iterable[str], source: bytes, files: Iterable[tuple[str, bytes]]) -> BuildKey:
    """The key of what a compiler makes of `source` and `files`; `made_by` says which compiler that is."""
    digest = hashlib.sha256()
    parts = (part for path, content in files for part in (path.encode(), content))
    for part in (b"\0".join(word.encode() for word in made_by), source, *parts):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return BuildKey(account, digest.digest())


class Builds:
    """What was built, up to `capacity` bytes; what was used longest ago goes first."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[BuildKey, bytes] = OrderedDict()
        self._sizes: dict[str, int] = {}

    @property
    def largest(self) -> int:
        """Bytes of the largest program that is kept; 0: none is."""
        return max(0, self._capacity // LARGEST_SHARE - _OVERHEAD)

    @property
    def size(self) -> int:
        """Bytes in use."""
        return sum(self._sizes.values())

    def get(self, key: BuildKey) -> bytes | None:
        """What was built of it, which is now what was used last."""
        if (built := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
        return built

    def keep(self, key: BuildKey, built: bytes) -> None:
        """Have it for the next time."""
        if len(built) > self.largest:
            return
        self.forget(key)
        own, needed = key.account, len(built) + _OVERHEAD
        while self._sizes.get(own, 0) + needed > self._capacity // OWN_SHARE:
            self.forget(next(each for each in self._kept if each.account == own))
        while self.size + needed > self._capacity:
            self.forget(next(iter(self._kept)))
        self._kept[key] = built
        self._sizes[own] = self._sizes.get(own, 0) + needed

    def forget(self, key: BuildKey) -> None:
        """Have it no longer."""
        if (built := self._kept.pop(key, None)) is None:
            return
        self._sizes[key.account] -= len(built) + _OVERHEAD
        if not self._sizes[key.account]:
            del self._sizes[key.account]
