"""Heartbeats: an actor tells the registry every second that it lives and what it can do."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from streams.ports import ActorReport, LogUnavailableError, Registry

BEAT = 1.0
"""Seconds between reports."""
TTL = timedelta(seconds=5)
"""How long a report counts: several may get lost before the actor seems dead."""
_WITHDRAW_DEADLINE = 2.0


class Reporter:
    """Reports what `describe` says, until cancelled; then withdraws the report."""

    def __init__(self, registry: Registry, describe: Callable[[], ActorReport]) -> None:
        self._registry = registry
        self._describe = describe
        self._logger: Any = structlog.get_logger().bind(actor="reporter")

    async def run(self) -> None:
        lost = False
        try:
            while True:
                try:
                    await self._registry.report(self._describe(), TTL)
                    lost = False
                except LogUnavailableError as error:
                    if not lost:
                        self._logger.warning("not reported", reason=str(error))
                    lost = True
                await asyncio.sleep(BEAT)
        finally:
            await asyncio.shield(self._withdraw())

    async def _withdraw(self) -> None:
        try:
            async with asyncio.timeout(_WITHDRAW_DEADLINE):
                await self._registry.withdraw(self._describe().name)
        except (LogUnavailableError, TimeoutError) as error:
            self._logger.warning("not withdrawn", reason=str(error), action=f"it expires after {TTL}")
