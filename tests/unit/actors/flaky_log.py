"""A log in memory that fails when told to, before or after it did what it was asked."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Literal

from streams.codec import UnknownVersionError
from streams.facts import Ending, Started
from streams.memory import MemoryLog
from streams.ports import Attempts, BadEntry, Claim, DeadLetter, LogUnavailableError, Refusal
from streams.position import Position

Fault = Literal["before", "after", "newer"]


class FlakyLog(MemoryLog):
    """`faults["end"] = ["after"]`: the next `end` is done, but its answer is lost."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.calls: dict[str, int] = defaultdict(int)
        self.away = False

    def _fail(self, call: str, when: Fault) -> None:
        if self.away and when == "before":
            raise LogUnavailableError(f"{call} failed")
        if self.faults[call][:1] == [when]:
            self.faults[call].pop(0)
            raise UnknownVersionError("version 2") if when == "newer" else LogUnavailableError(f"{call} failed")

    @contextmanager
    def nobody_listening(self) -> Iterator[None]:
        """Messages are lost meanwhile; afterwards listeners are told that some may be."""
        listeners = list(self._cancel_listeners)
        self._cancel_listeners.clear()
        yield
        self._cancel_listeners.extend(listeners)
        for listener in listeners:
            listener.put_nowait(None)

    async def claim(self, language: str, consumer: str, count: int, wait: timedelta) -> Sequence[Claim | BadEntry]:
        self.calls["claim"] += 1
        self._fail("claim", "before")
        self._fail("claim", "newer")
        return await super().claim(language, consumer, count, wait)

    async def reclaim(self, language: str, consumer: str, count: int, idle: timedelta) -> Sequence[Claim | BadEntry]:
        self._fail("reclaim", "before")
        self._fail("reclaim", "newer")
        return await super().reclaim(language, consumer, count, idle)

    async def begin(self, claim: Claim, consumer: str, started: Started) -> Position | Refusal | Attempts:
        self._fail("begin", "before")
        answer = await super().begin(claim, consumer, started)
        self._fail("begin", "after")
        return answer

    async def ping(self) -> None:
        self._fail("ping", "before")

    async def renew(self, claims: Sequence[Claim], consumer: str) -> Sequence[Claim]:
        self.calls["renew"] += 1
        self._fail("renew", "before")
        return await super().renew(claims, consumer)

    async def hand_back(self, claims: Sequence[Claim], consumer: str) -> None:
        self._fail("hand_back", "before")
        await super().hand_back(claims, consumer)
        self._fail("hand_back", "after")

    async def end(
        self, claim: Claim, consumer: str, ending: Ending, dead_letter: DeadLetter | None = None
    ) -> Position | Refusal:
        self._fail("end", "before")
        answer = await super().end(claim, consumer, ending, dead_letter)
        self._fail("end", "after")
        return answer
