"""The executor: claims submissions of one language for the runners it has free, and brings each to its one ending.

Lease free runners, claim as many submissions, begin, run, judge, end; the runner cleans up and is free again.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog

from actors import writing
from actors.attempt import Attempt, AttemptLog, Bench, Stage
from actors.backoff import Backoff
from actors.burial import Gravedigger
from streams.codec import UnknownVersionError
from streams.jobid import JobId
from streams.ports import BadEntry, Claim, LogUnavailableError
from streams.state import JobState

CLAIM_WAIT = timedelta(seconds=1)
RECLAIM_EVERY = 1.0
RENEW_EVERY = 3.0
"""Seconds between renewals of the claims held, at most; a third of the claim timeout if that is less."""
RENEW_AGAIN = 0.5
"""Seconds between attempts to renew while the log is away."""
LONGEST_SILENCE = 1.5
"""Seconds beyond a renewal's turn for which nothing of the log may be heard; then it was away."""
RENEWED_WITHIN = 4.0
"""Seconds after which, the log being back, all who live have noticed and renewed their claims."""
RUNNING = "running"
MEMORY = 0.1
"""How much the last job counts in the average of how long jobs take."""


class ExecutorLog(AttemptLog, Protocol):
    """What an executor needs of the log."""

    async def read(self, job: JobId) -> JobState | None:
        """As SubmissionLog.read: whether a cancellation was missed."""
        ...

    async def ping(self) -> None:
        """As Health.ping."""
        ...


@dataclass(frozen=True, slots=True)
class Pace:
    """When a silent consumer's claims may be taken over, and how long a stop waits for the jobs that run."""

    claim_timeout: timedelta = timedelta(seconds=10)
    stop_deadline: timedelta = timedelta(seconds=15)

    @property
    def renew_every(self) -> float:
        return min(RENEW_EVERY, self.claim_timeout.total_seconds() / 3)


class Executor:
    """Implements actors.attempt.Observer. `run` returns after `stop`, when no job is held any more."""

    def __init__(self, language: str, bench: Bench, log: ExecutorLog, pace: Pace) -> None:
        self.state = RUNNING
        self._language = language
        self._bench = bench
        self._log = log
        self._pace = pace
        self._gravedigger = Gravedigger(log, bench.clock, bench.consumer)
        self._held: dict[str, Attempt] = {}
        self._stalled: set[str] = set()
        self._tasks: dict[asyncio.Task[None], Attempt | None] = {}
        self._stopping = False
        self._answered_at = self._back_at = float("-inf")
        self._job_seconds: float | None = None
        self._wake = asyncio.Event()
        self._logger: Any = structlog.get_logger().bind(actor="executor", consumer=bench.consumer)
        bench.runners.on_free(self._wake.set)

    @property
    def held(self) -> int:
        """How many claimed jobs have no ending yet."""
        return len(self._held)

    @property
    def job_ms(self) -> float | None:
        """How long a job took lately from its claim to its ending, on average; None before the first."""
        return None if self._job_seconds is None else round(self._job_seconds * 1000, 1)

    def stop(self) -> None:
        """Claim no more, let the jobs that run come to their end or hand them back, then return from `run`."""
        self._stopping = True
        if self.state == RUNNING:
            self.state = "stopping"
        self._bench.runners.retire()
        self._wake.set()

    async def run(self) -> None:
        """Work until stopped. When this is cancelled or fails, what it holds is killed and handed back."""
        self._answered_at = asyncio.get_running_loop().time()
        try:
            async with self._side_tasks():
                await self._claim_until_stopped()
                await self._finish_within(self._pace.stop_deadline)
        finally:
            await self._abandon()

    @asynccontextmanager
    async def _side_tasks(self) -> AsyncIterator[None]:
        """Renewing, reclaiming, hearing of cancellations and listeners, for as long as jobs are held."""
        async with asyncio.TaskGroup() as group:
            names = (self._renew_forever, self._reclaim_forever, self._listen_forever, self._notice_listeners)
            sides = [group.create_task(side(), name=side.__name__) for side in names]
            yield
            for side in sides:
                side.cancel()

    # -- claiming

    async def _claim_until_stopped(self) -> None:
        backoff = Backoff()
        while not self._stopping:
            room = self._room()
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
                self._log_answered()
                backoff.reset()

    async def _reclaim_forever(self) -> None:
        while True:
            await asyncio.sleep(RECLAIM_EVERY)
            room = self._room()
            if room <= 0 or self._stopping or self.state != RUNNING:
                continue
            try:
                if not await self._log_is_steady():
                    continue
                overdue = await self._log.reclaim(self._language, self._bench.consumer, room, self._pace.claim_timeout)
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="reclaim", reason=str(error))
            except UnknownVersionError as error:
                self._stop_loudly(error)
            else:
                self._accept(overdue)

    async def _log_is_steady(self) -> bool:
        """Whether nobody's claims can be overdue only because the log was away, so that who lives could not renew them.

        It is asked first: a log that hung would do a reclaim before it hears the living.
        """
        await self._log.ping()
        self._log_answered()
        return asyncio.get_running_loop().time() - self._back_at >= RENEWED_WITHIN

    def _log_answered(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._answered_at > self._pace.renew_every + LONGEST_SILENCE:
            self._back_at = now
        self._answered_at = now

    def _room(self) -> int:
        # Endings that the log does not take yet count as busy, or they would pile up without bound.
        return self._bench.runners.free - len(self._stalled)

    def _stop_loudly(self, error: UnknownVersionError) -> None:
        self.state = f"stopped: an entry of a newer release: {error}"
        self._bench.runners.retire()
        self._logger.critical("stopped claiming", reason=str(error), action="upgrade this executor")

    def _accept(self, entries: Sequence[Claim | BadEntry]) -> None:
        surplus: list[Claim] = []
        for entry in entries:
            if isinstance(entry, BadEntry):
                self._spawn(self._bury(entry), None)
            elif str(entry.job) not in self._held and not self._start(entry):
                # (A claim of a job that is held here already is the same claim: its attempt goes on.)
                surplus.append(entry)
        if surplus:
            self._spawn(writing.hand_back(surplus, self._bench, self._logger), None)

    def _start(self, claim: Claim) -> bool:
        runner = None if self._stopping else self._bench.runners.take()
        if runner is None:
            return False
        attempt = Attempt(claim, runner, self._bench, self)
        self._held[attempt.id] = attempt
        self._spawn(self._carry_out(attempt), attempt)
        return True

    async def _carry_out(self, attempt: Attempt) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await attempt.carry_out()
            self._count_seconds(loop.time() - began)
        except Exception:  # a fault of ours must not take other jobs down; this one's claim will be overdue
            self._logger.exception("attempt broke", job=attempt.id)

    def _count_seconds(self, seconds: float) -> None:
        known = seconds if self._job_seconds is None else self._job_seconds
        self._job_seconds = known + MEMORY * (seconds - known)

    async def _bury(self, entry: BadEntry) -> None:
        backoff = Backoff()
        while True:
            try:
                return await self._gravedigger.bury(entry)
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="bury", reason=str(error))
                await backoff.pause()

    # -- what attempts say (actors.attempt.Observer)

    def let_go(self, attempt: Attempt) -> None:
        if self._held.get(attempt.id) is attempt:
            del self._held[attempt.id]
            self._stalled.discard(attempt.id)
            self._wake.set()

    def stalled(self, attempt: Attempt) -> None:
        if self._held.get(attempt.id) is attempt:
            self._stalled.add(attempt.id)

    # -- keeping what is held

    async def _renew_forever(self) -> None:
        pause = self._pace.renew_every
        while True:
            await asyncio.sleep(pause)
            pause = self._pace.renew_every
            held = {attempt.id: attempt for attempt in self._held.values()}
            if not held:
                continue
            try:
                gone = await self._log.renew([attempt.claim for attempt in held.values()], self._bench.consumer)
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="renew", reason=str(error))
                pause = min(pause, RENEW_AGAIN)
                continue
            self._log_answered()
            for claim in gone:
                self._drop(held[str(claim.job)])

    def _drop(self, attempt: Attempt) -> None:
        """The claim is another's. An attempt that writes its ending is told so by the log itself."""
        if self._held.get(attempt.id) is not attempt or attempt.stage is Stage.ENDING:
            return
        self._logger.warning("claim lost", job=attempt.id)
        for task, carried in self._tasks.items():
            if carried is attempt:
                task.cancel()

    async def _listen_forever(self) -> None:
        async with self._log.cancellations() as cancellations:
            async for job in cancellations:
                if job is None:
                    await self._look_for_missed_cancellations()
                elif job in self._held:
                    self._held[job].cancel()

    async def _notice_listeners(self) -> None:
        async with self._log.watched_jobs() as watched:
            async for job in watched:
                if job in self._held:  # (A listener that was missed is noticed at the next piece.)
                    self._held[job].watched()

    async def _look_for_missed_cancellations(self) -> None:
        for attempt in tuple(self._held.values()):
            try:
                state = await self._log.read(attempt.claim.job)
            except LogUnavailableError:
                return  # the subscription breaks with the log, and says None again when it is back
            if state is not None and state.cancel_requested is not None:
                attempt.cancel()

    # -- stopping

    async def _finish_within(self, deadline: timedelta) -> None:
        self._logger.info("draining", jobs=len(self._held))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline.total_seconds())

    async def _abandon(self) -> None:
        """Kill what still runs and hand it back, so that another executor has it at once."""
        abandoned = [attempt.claim for attempt in self._held.values()]
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if not abandoned:
            return
        self._logger.warning("handing back", jobs=[str(claim.job) for claim in abandoned])
        await asyncio.shield(writing.hand_back(abandoned, self._bench, self._logger))

    def _spawn(self, work: Coroutine[Any, Any, None], attempt: Attempt | None) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = attempt
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        attempt = self._tasks.pop(task, None)
        if attempt is not None:  # here, because a task that is cancelled before its first step runs no `finally`
            attempt.put_back_unused()
            self.let_go(attempt)
        if not task.cancelled() and task.exception() is not None:
            self._logger.error("task broke", error=repr(task.exception()))
