"""Pauses between attempts at something that fails: each twice as long as the one before."""

import asyncio
from dataclasses import dataclass


@dataclass(slots=True)
class Backoff:
    """Seconds: the first pause, and the longest."""

    first: float = 0.05
    longest: float = 2.0
    _next: float = 0.0

    async def pause(self) -> None:
        """Sleep, longer each time."""
        await asyncio.sleep(self.advance())

    def advance(self) -> float:
        """The next pause's seconds."""
        pause = self._next or self.first
        self._next = min(2 * pause, self.longest)
        return pause

    def reset(self) -> None:
        """It worked: the next pause is the first again."""
        self._next = 0.0
