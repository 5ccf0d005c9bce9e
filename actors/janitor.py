"""The janitor: keeps Redis bounded, and ends what nobody else will end."""

import asyncio
from datetime import timedelta

import structlog

from streams.bytesize import format_size
from streams.duration import format_duration
from streams.jobid import parse_job_id
from streams.ports import Clock, UpkeepLog
from streams.settings import DeadLetterSettings

ROUND = 1.0
"""Seconds between looks at what is to be cancelled, and at claims of the future."""
TRIM_EVERY = 30.0
"""Seconds between trims of the streams and removals of idle consumers."""
IDLE_CONSUMER = timedelta(minutes=10)
"""Long after any claim of a dead consumer was taken over."""


class Janitor:
    """One janitor; several do no harm, as each of its steps is atomic and may be repeated."""

    def __init__(
        self, log: UpkeepLog, name: str, clock: Clock, retention: timedelta, dead_letters: DeadLetterSettings
    ) -> None:
        self._log = log
        self._name = name
        self._clock = clock
        self._retention = retention
        self._dead_letters = dead_letters
        self._logger = structlog.get_logger().bind(actor="janitor", name=name)

    async def run(self) -> None:
        """Keep house until cancelled."""
        loop = asyncio.get_running_loop()
        next_trim = loop.time()
        while True:
            await self.mend_claims()
            await self.mend_counts()
            await self.cancel_waiting()
            if loop.time() >= next_trim:
                await self.tidy()
                next_trim = loop.time() + TRIM_EVERY
            await asyncio.sleep(ROUND)

    async def mend_claims(self) -> None:
        """Once the log's clock went back, what dead consumers hold would be overdue only as much later."""
        if mended := await self._log.mend_claims():
            self._logger.debug("claims of this very moment, or of the future", claims=mended)

    async def mend_counts(self) -> None:
        """Else a queue would seem full that is not, or a projector behind that is not."""
        if mended := await self._log.mend_counts():
            self._logger.info("counts of groups made right", groups=mended)

    async def cancel_waiting(self) -> None:
        """End the jobs that were cancelled before an executor held them, or after it died."""
        for job in await self._log.cancel_waiting(self._name, self._clock.now()):
            self._logger.info("cancelled", job=str(parse_job_id(job).address))

    async def tidy(self) -> None:
        """Trim streams and dead letters to what is to be kept, and remove consumers that are gone."""
        trimmed = await self._log.trim(self._clock.now() - self._retention)
        removed = await self._log.remove_idle_consumers(IDLE_CONSUMER)
        if trimmed or removed:
            self._logger.info("tidied", trimmed=trimmed, consumers=list(removed))
        await self._drop_dead_letters()

    async def _drop_dead_letters(self) -> None:
        """What nobody looked after in time goes for good, and is said aloud: it may be the last that is known of it."""
        kept = self._dead_letters
        if dropped := await self._log.drop_dead_letters(self._clock.now() - kept.ttl, kept.size):
            self._logger.warning(
                "dead letters dropped",
                number=dropped,
                reason=f"older than {format_duration(kept.ttl)}, or more than {format_size(kept.size)}",
                action="codeportal dead list; DEAD_LETTER_TTL and DEAD_LETTERS_SIZE say how much is kept",
            )
