"""The archiver: copies every entry of the streams into PostgreSQL, and deletes there what is older than the retention.

An entry is acknowledged after the commit that stores it, and storing it again changes nothing, so any number of
archivers may run, and any of them may die at any instruction.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from streams.ports import ArchiveLog, Clock, StreamEntry

WAIT = timedelta(seconds=1)
REST = 0.25
"""Seconds from reading a batch to storing it: what comes meanwhile shares a commit, and the job whose facts these are
keeps processor and disk for itself.
"""
LEFT_BEHIND = timedelta(seconds=15)
"""Idle time after which another archiver's entries are taken over."""
LOOK_AROUND = 2.0
"""Seconds between looks for languages that appeared, entries that were left behind, and an archive's group lost."""
FORGET_EVERY = 600.0
MOST_ENTRIES = 256
"""Of each stream, in a batch."""
BATCH_BYTES = 8 << 20
"""About how much a batch should hold: it is in memory here, and twice more on its way."""


class Store(Protocol):
    """Where entries go. `streams.archive.writing` has the real one."""

    async def prepare(self) -> None: ...

    async def store(self, entries: Sequence[StreamEntry]) -> None: ...

    async def forget(self, before: datetime) -> int: ...


class Archiver:
    """One archiver, reading as `consumer`. Holds what it read and could not store yet.

    Raises UnknownVersionError when a newer release wrote an entry, and what log and store raise.
    """

    def __init__(self, log: ArchiveLog, store: Store, consumer: str, clock: Clock, retention: timedelta) -> None:
        self._log = log
        self._store = store
        self._consumer = consumer
        self._clock = clock
        self._retention = retention
        self._held: Sequence[StreamEntry] = ()
        self._count = MOST_ENTRIES
        self._logger = structlog.get_logger().bind(actor="archiver", consumer=consumer)

    async def run(self) -> None:
        """Archive until cancelled; what was being stored then is stored by another, or again by this one."""
        await self._store.prepare()
        loop = asyncio.get_running_loop()
        look_again, forget_next = loop.time(), loop.time() + LOOK_AROUND
        while True:
            await self._archive(self._held)
            if loop.time() >= look_again:
                await self._look_around()
                look_again = loop.time() + LOOK_AROUND
            if loop.time() >= forget_next:
                # A piece at a time: what arrives must not wait until a large table is tidied.
                forget_next = loop.time() + (REST if await self._forget() else FORGET_EVERY)
            self._held = await self._log.read_unarchived(self._consumer, self._count, WAIT)
            await asyncio.sleep(REST)

    async def _look_around(self) -> None:
        await self._log.keep_archive()
        await self._archive(await self._log.reclaim_unarchived(self._consumer, self._count, LEFT_BEHIND))

    async def _archive(self, entries: Sequence[StreamEntry]) -> None:
        self._held = entries
        if entries:
            await self._store.store(entries)
            await self._log.archived(entries)
            self._held = ()
            self._adapt(entries)

    def _adapt(self, entries: Sequence[StreamEntry]) -> None:
        """Ask for as much as a batch should hold: programs of a megabyte come in smaller batches than short ones."""
        size = sum(len(value) for entry in entries for value in entry.fields.values())
        self._count = max(1, min(MOST_ENTRIES, self._count * BATCH_BYTES // max(size, 1)))

    async def _forget(self) -> int:
        rows = await self._store.forget(self._clock.now() - self._retention)
        if rows:
            self._logger.info("forgot", rows=rows)
        return rows
