"""What the log in memory holds, and what its parts share."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from streams import keys
from streams.codec import entry_fields
from streams.facts import AnyFact, Ending, Lane
from streams.jobid import Address, JobId
from streams.lanes import Turns, all_lanes
from streams.memory.counted import Used
from streams.memory.news import MemoryNews
from streams.memory.stream import MemoryStream
from streams.output import Output
from streams.ports import (
    ActorReport,
    Clock,
    DeadLetter,
    StatusChange,
)
from streams.position import ORIGIN, Position
from streams.quotas import cpu_spent
from streams.settings import StreamSettings
from streams.state import Slot, join, slots, state_from_fields


@dataclass
class Contents:
    """What the log holds, in the places where Redis would."""

    streams: dict[str, MemoryStream] = field(default_factory=lambda: defaultdict(MemoryStream))
    hashes: dict[str, dict[str, bytes]] = field(default_factory=lambda: defaultdict(dict))
    dead_letters: dict[str, DeadLetter] = field(default_factory=dict)
    idempotency: dict[str, tuple[str, JobId, datetime]] = field(default_factory=dict)
    cancellations: set[str] = field(default_factory=set)
    languages: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    actors: dict[str, tuple[ActorReport, datetime]] = field(default_factory=dict)
    used: dict[str, Used] = field(default_factory=lambda: defaultdict(Used))
    counted: dict[str, str] = field(default_factory=dict)  # the owner of each job in flight, by its nonce
    outputs: dict[JobId, tuple[list[Output], datetime]] = field(default_factory=dict)
    archived: bool = False


class MemoryPart:
    """A part of the log: all of them work on the same contents."""

    def __init__(self, settings: StreamSettings, clock: Clock) -> None:
        self.contents = Contents()
        self._settings = settings
        self._clock = clock
        self._turns = Turns(settings.topology.partitions, settings.topology.lanes)
        self._appended = asyncio.Condition()
        self._status_listeners: list[asyncio.Queue[StatusChange | None]] = []
        self._cancel_listeners: list[asyncio.Queue[str | None]] = []
        self._watch_listeners: list[asyncio.Queue[str | None]] = []
        self._output_listeners: list[MemoryNews] = []

    def _append(self, stream: str, fact: AnyFact, after: Position = ORIGIN) -> Position:
        return self.contents.streams[stream].append(self._milliseconds(), entry_fields(fact), after)

    def _milliseconds(self) -> int:
        """The log's own time, in which positions are."""
        return int(self._clock.now().timestamp() * 1000)

    def _append_ending(self, job: JobId, ending: Ending) -> Position:
        position = self._append(keys.events(job.address.partition), ending)
        self._say(job, ending, position)
        return position

    def _say(self, job: JobId, fact: AnyFact, position: Position) -> None:
        """Say a fact in the job's hash where it is appended; the projector will find nothing new."""
        self._join(str(job), keys.hash_of(job), slots(fact, position), ends=cpu_spent(fact) is not None)
        spent = cpu_spent(fact)
        if spent is not None:
            self._count_ending(job.nonce, spent)

    def _join(self, job_id: str, job_hash: str, said: Sequence[Slot], *, ends: bool = False) -> None:
        fields = self.contents.hashes[job_hash]
        changed = [slot.field for slot in said if join(fields, slot)]
        if "status" in changed:
            status = state_from_fields(fields).status
            told = dict(fields) if ends and "submission" in fields else None
            for listener in self._status_listeners:
                listener.put_nowait(StatusChange(job_id, status, told))

    def _count_ending(self, nonce: str, cpu_ms: float) -> None:
        """Take a job off its owner's count: once, however often its ending is met."""
        owner = self.contents.counted.pop(nonce, None)
        if owner is not None:
            self.contents.used[owner].end(nonce, cpu_ms, self._milliseconds())

    async def _tell_readers(self) -> None:
        async with self._appended:
            self._appended.notify_all()

    async def _wait_for_append(self, wait: timedelta) -> bool:
        try:
            async with asyncio.timeout(wait.total_seconds()), self._appended:
                await self._appended.wait()
        except TimeoutError:
            return False
        return True

    def _seconds(self) -> float:
        """The log's own time, in which claims grow old; not the time of those who call it."""
        return asyncio.get_running_loop().time()

    def _places(self) -> dict[str, Address | int]:
        """The streams to project: the lane of each, or the partition of an events stream."""
        places: dict[str, Address | int] = {
            keys.events(partition): partition for partition in range(self._settings.topology.partitions)
        }
        for language in sorted(self.contents.languages):
            lanes = all_lanes(self._settings.topology.lanes)
            places.update((keys.stream_of(lane), lane) for lane in self._lane_starts(language, lanes))
        return places

    def _lane_starts(self, language: str, lanes: Sequence[Lane]) -> list[Address]:
        """The lanes of a language in the order given, in all partitions, as addresses of no entry."""
        partitions = range(self._settings.topology.partitions)
        return [Address(partition, language, lane, ORIGIN) for partition in partitions for lane in lanes]


T = TypeVar("T")


@contextmanager
def listening(
    listener: "asyncio.Queue[T | None]", listeners: "list[asyncio.Queue[T | None]]"
) -> Iterator[AsyncIterator[T | None]]:
    """Messages for one listener; None first, as after a connect."""
    listener.put_nowait(None)
    listeners.append(listener)
    try:
        yield _messages(listener)
    finally:
        listeners.remove(listener)


async def _messages(listener: "asyncio.Queue[T | None]") -> AsyncIterator[T | None]:
    while True:
        yield await listener.get()
