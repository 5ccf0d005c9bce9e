"""Submissions stop before facts are lost: when the archive is too far behind, nothing new is accepted."""

import asyncio
from datetime import timedelta
from typing import Protocol

import structlog

from http_edge.problems import Problem
from http_edge.settings import ArchiveLimits
from streams.ports import ArchiveLag, LogUnavailableError

LOOK_EVERY = 2.0
"""Seconds between looks at how far the archive is behind."""
_RETRY_AFTER = 30  # seconds: a server that was away that long is not caught up with in a moment


class _Lagging(Protocol):
    async def archive_lag(self) -> ArchiveLag | None: ...


class ArchiveGuard:
    """Refuses submissions while the archive is too far behind. `run` must be running to see it change."""

    def __init__(self, log: _Lagging, limits: ArchiveLimits) -> None:
        self._log = log
        self._limits = limits
        self.lag: ArchiveLag | None = None

    async def run(self) -> None:
        """Keep looking, until cancelled."""
        while True:
            try:
                await self.look()
            except LogUnavailableError as error:
                structlog.get_logger().warning("archive's lag unavailable", reason=str(error))
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """See how far the archive is behind. Raises LogUnavailableError."""
        self.lag = await self._log.archive_lag()

    @property
    def trouble(self) -> str | None:
        """Why nothing is accepted, if nothing is."""
        lag, limits = self.lag, self._limits
        if lag is None or (lag.entries <= limits.waiting and lag.oldest <= limits.age):
            return None
        return f"the archive is behind by {lag.entries} facts, the oldest {_days(lag.oldest)} old"

    def check(self) -> None:
        """Raises Problem when nothing is accepted."""
        trouble = self.trouble
        if trouble is not None:
            detail = f"No submissions are accepted: {trouble}. What was accepted before goes on."
            raise Problem(503, detail, headers={"Retry-After": str(_RETRY_AFTER)})


def _days(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
