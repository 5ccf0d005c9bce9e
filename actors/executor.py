"""The executor: claims submissions of one language for the runners it has free, and brings each to its one ending.

Lease free runners, claim as many submissions, begin, run, judge, end; the runner cleans up and is free again.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog

from actors import writing
from actors.backoff import Backoff
from actors.bench import Bench
from actors.burial import Gravedigger
from actors.holdings import Holdings
from actors.keeping import ExecutorLog, Keeper, LogWatch, Pace
from streams.codec import UnknownVersionError
from streams.ports import BadEntry, Claim, LogUnavailableError

CLAIM_WAIT = timedelta(seconds=1)
RECLAIM_EVERY = 1.0
RUNNING = "running"


class Executor:
    """`run` returns after `stop`, when no job is held any more."""

    def __init__(self, language: str, bench: Bench, log: ExecutorLog, pace: Pace) -> None:
        self.state = RUNNING
        self._language = language
        self._bench = bench
        self._log = log
        self._pace = pace
        self._gravedigger = Gravedigger(log, bench.clock, bench.consumer)
        self._stopping = False
        self._wake = asyncio.Event()
        self._holdings = Holdings(bench, self._wake.set)
        self._logger: Any = structlog.get_logger().bind(actor="executor", consumer=bench.consumer)
        bench.runners.on_free(self._wake.set)

    @property
    def held(self) -> int:
        """How many claimed jobs have no ending yet."""
        return len(self._holdings)

    @property
    def job_ms(self) -> float | None:
        """How long a job took lately from its claim to its ending, on average; None before the first."""
        return self._holdings.job_ms

    def stop(self) -> None:
        """Claim no more, let the jobs that run come to their end or hand them back, then return from `run`."""
        self._stopping = True
        if self.state == RUNNING:
            self.state = "stopping"
        self._bench.runners.retire()
        self._wake.set()

    async def run(self) -> None:
        """Work until stopped. When this is cancelled or fails, what it holds is killed and handed back."""
        watch = LogWatch(self._log, self._pace)
        try:
            async with self._side_tasks(watch):
                await self._claim_until_stopped(watch)
                await self._holdings.finish_within(self._pace.stop_deadline)
        finally:
            await self._holdings.abandon()

    @asynccontextmanager
    async def _side_tasks(self, watch: LogWatch) -> AsyncIterator[None]:
        """Renewing, reclaiming, hearing of cancellations and listeners, for as long as jobs are held."""
        keeper = Keeper(self._holdings, self._log, watch, self._bench.consumer, self._pace)
        async with asyncio.TaskGroup() as group:
            sides = [
                group.create_task(keeper.renew_forever(), name="renew"),
                group.create_task(keeper.hear_cancellations(), name="cancellations"),
                group.create_task(keeper.notice_listeners(), name="listeners"),
                group.create_task(self._reclaim_forever(watch), name="reclaim"),
            ]
            yield
            for side in sides:
                side.cancel()

    async def _claim_until_stopped(self, watch: LogWatch) -> None:
        backoff = Backoff()
        while not self._stopping:
            room = self._holdings.room
            if room <= 0 or self.state != RUNNING:
                await self._wake.wait()
                self._wake.clear()
                continue
            try:
                # Not cancelled by `stop`: what it claims at that moment is handed back at once, not when it is overdue.
                self._accept(await self._log.claim(self._language, self._bench.consumer, room, CLAIM_WAIT))
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="claim", reason=str(error))
                await backoff.pause()
            except UnknownVersionError as error:
                self._stop_loudly(error)
            else:
                watch.answered()
                backoff.reset()

    async def _reclaim_forever(self, watch: LogWatch) -> None:
        while True:
            await asyncio.sleep(RECLAIM_EVERY)
            room = self._holdings.room
            if room <= 0 or self._stopping or self.state != RUNNING:
                continue
            try:
                if not await watch.is_steady():
                    continue
                overdue = await self._log.reclaim(self._language, self._bench.consumer, room, self._pace.claim_timeout)
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="reclaim", reason=str(error))
            except UnknownVersionError as error:
                self._stop_loudly(error)
            else:
                self._accept(overdue)

    def _stop_loudly(self, error: UnknownVersionError) -> None:
        self.state = f"stopped: an entry of a newer release: {error}"
        self._bench.runners.retire()
        self._logger.critical("stopped claiming", reason=str(error), action="upgrade this executor")

    def _accept(self, entries: Sequence[Claim | BadEntry]) -> None:
        surplus: list[Claim] = []
        for entry in entries:
            if isinstance(entry, BadEntry):
                self._holdings.spawn(self._bury(entry))
            elif self._holdings.get(str(entry.job)) is None and (self._stopping or not self._holdings.start(entry)):
                # (A claim of a job that is held here already is the same claim: its attempt goes on.)
                surplus.append(entry)
        if surplus:
            self._holdings.spawn(writing.hand_back(surplus, self._bench, self._logger))

    async def _bury(self, entry: BadEntry) -> None:
        backoff = Backoff()
        while True:
            try:
                return await self._gravedigger.bury(entry)
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="bury", reason=str(error))
                await backoff.pause()
