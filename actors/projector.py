"""The status projector: folds submissions and events into one hash per job, and tells those who wait.

Joining facts into hashes and acknowledging them is one atomic step, and the fold is a join, so any number of projectors
may run, and any of them may die at any instruction.

A job's start and ending are in its hash from the step that appended them, so nobody waits for the projector, and it
rests before it joins what it has read: whoever somebody does wait for has the processor meanwhile, and on a busy system
each batch then holds the facts of many jobs. With a backlog it does not rest, and Redis reads the next batch to it
while it has this one joined.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from actors.burial import Gravedigger
from streams.ports import BadEntry, Clock, Projectable, ProjectionLog
from streams.tracing import NO_TRACING, Tracing

BATCH = 256
"""Entries read from each stream, and joined in one step, at most: some milliseconds of Redis's time."""
WAIT = timedelta(seconds=1)
REST = 0.1
"""Seconds from reading a batch to joining it, unless it is a whole one. A batch costs about a millisecond, even a small
one: at 180 jobs a second a fifth of this rest cost the projector twice the processor time.
"""
LEFT_BEHIND = timedelta(seconds=5)
"""Idle time after which another projector's entries are taken over; a batch takes milliseconds."""
LOOK_AROUND = 2.0
"""Seconds between looks for languages that appeared and entries that were left behind."""


class Projector:
    """One projector, reading as `consumer`. Raises UnknownVersionError when a newer release wrote an entry."""

    def __init__(self, log: ProjectionLog, consumer: str, clock: Clock, tracing: Tracing = NO_TRACING) -> None:
        self._log = log
        self._consumer = consumer
        self._clock = clock
        self._tracing = tracing
        self._gravedigger = Gravedigger(log, clock, consumer)
        self._logger = structlog.get_logger().bind(actor="projector", consumer=consumer)

    async def run(self) -> None:
        """Project until cancelled; what was being joined then is joined to its end or taken over by another."""
        loop = asyncio.get_running_loop()
        look_again = loop.time()
        entries: Sequence[Projectable | BadEntry] = ()
        while True:
            if loop.time() >= look_again:
                await self._look_around()
                look_again = loop.time() + LOOK_AROUND
            if len(entries) >= BATCH:
                entries, _ = await asyncio.gather(self._read(), self._project(entries))
                continue
            if entries:
                await asyncio.sleep(REST)
                await self._project(entries)
            entries = await self._read()

    async def _read(self) -> Sequence[Projectable | BadEntry]:
        return await self._log.read_facts(self._consumer, BATCH, WAIT)

    async def _look_around(self) -> None:
        await self._log.find_streams()
        await self._project(await self._log.reclaim_facts(self._consumer, BATCH, LEFT_BEHIND))

    async def _project(self, entries: Sequence[Projectable | BadEntry]) -> None:
        facts = [entry for entry in entries if isinstance(entry, Projectable)]
        for start in range(0, len(facts), BATCH):
            began = self._clock.now()
            await self._log.project(facts[start : start + BATCH])
            if self._tracing.on:
                self._trace(facts[start : start + BATCH], began)
        for entry in entries:
            if isinstance(entry, BadEntry):
                await self._gravedigger.bury(entry)

    def _trace(self, facts: Sequence[Projectable], began: datetime) -> None:
        """The step in which verdicts became visible, in the trace of each job."""
        for fact in facts:
            if fact.trace is not None:
                span = self._tracing.start("project", "consumer", fact.trace, began)
                span.describe({"codeportal.job.partition": fact.partition, "codeportal.batch": len(facts)})
                span.end()
