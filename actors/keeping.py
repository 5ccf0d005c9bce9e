"""Keeping what an executor holds: claims renewed in time, and word of cancellations and of listeners passed on."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import structlog

from actors.bench import AttemptLog
from actors.holdings import Holdings
from streams.jobid import JobId
from streams.ports import LogUnavailableError
from streams.state import JobState

RENEW_EVERY = 3.0
"""Seconds between renewals of the claims held, at most; a third of the claim timeout if that is less."""
RENEW_AGAIN = 0.5
"""Seconds between attempts to renew while the log is away."""
LONGEST_SILENCE = 1.5
"""Seconds beyond a renewal's turn for which nothing of the log may be heard; then it was away."""
RENEWED_WITHIN = 4.0
"""Seconds after which, the log being back, all who live have noticed and renewed their claims."""


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


class LogWatch:
    """Whether claims may be overdue only because the log was away, so that who lives could not renew them."""

    def __init__(self, log: ExecutorLog, pace: Pace) -> None:
        self._log = log
        self._longest_silence = pace.renew_every + LONGEST_SILENCE
        self._answered_at = asyncio.get_running_loop().time()
        self._back_at = float("-inf")

    def answered(self) -> None:
        """The log did as it was asked."""
        now = asyncio.get_running_loop().time()
        if now - self._answered_at > self._longest_silence:
            self._back_at = now
        self._answered_at = now

    async def is_steady(self) -> bool:
        """Whether the log has been there for long enough. It is asked, as one that hung would do what comes next before
        it hears the living. Raises LogUnavailableError.
        """
        await self._log.ping()
        self.answered()
        return asyncio.get_running_loop().time() - self._back_at >= RENEWED_WITHIN


class Keeper:
    """Works beside an executor, as long as that holds jobs."""

    def __init__(self, holdings: Holdings, log: ExecutorLog, watch: LogWatch, consumer: str, pace: Pace) -> None:
        self._holdings = holdings
        self._log = log
        self._watch = watch
        self._consumer = consumer
        self._pace = pace
        self._logger: Any = structlog.get_logger().bind(actor="executor", consumer=consumer)

    async def renew_forever(self) -> None:
        """Restart the idle time of every claim held; drop those that are another's."""
        pause = self._pace.renew_every
        while True:
            await asyncio.sleep(pause)
            pause = self._pace.renew_every
            held = {attempt.id: attempt for attempt in self._holdings.attempts()}
            if not held:
                continue
            try:
                gone = await self._log.renew([attempt.claim for attempt in held.values()], self._consumer)
            except LogUnavailableError as error:
                self._logger.warning("log unavailable", step="renew", reason=str(error))
                pause = min(pause, RENEW_AGAIN)
                continue
            self._watch.answered()
            for claim in gone:
                self._holdings.drop(held[str(claim.job)])

    async def hear_cancellations(self) -> None:
        async with self._log.cancellations() as cancellations:
            async for job in cancellations:
                if job is None:
                    await self._look_for_missed_cancellations()
                elif attempt := self._holdings.get(job):
                    attempt.cancel()

    async def notice_listeners(self) -> None:
        async with self._log.watched_jobs() as watched:
            async for job in watched:
                # None, as some may have been missed: such a listener is noticed at the next piece.
                if job is not None and (attempt := self._holdings.get(job)):
                    attempt.watched()

    async def _look_for_missed_cancellations(self) -> None:
        for attempt in self._holdings.attempts():
            try:
                state = await self._log.read(attempt.claim.job)
            except LogUnavailableError:
                return  # the subscription breaks with the log, and says None again when it is back
            if state is not None and state.cancel_requested is not None:
                attempt.cancel()
