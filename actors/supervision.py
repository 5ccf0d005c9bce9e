"""Supervision: what crashes is started again after a pause, and says so in the actor's report until it works."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from actors.backoff import Backoff
from streams.codec import UnknownVersionError
from streams.ports import LogUnavailableError

STEADY = 30.0
"""Seconds of life after which a crash counts as the first one."""


class Supervisor:
    """Runs `work` again whenever it raises. `state` is for the actor's report; `away` is what the absence of something
    else than the log raises.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        backoff: Backoff | None = None,
        away: tuple[type[Exception], ...] = (),
    ) -> None:
        self.state = "running"
        self._name = name
        self._work = work
        self._backoff = backoff or Backoff(first=0.2, longest=5.0)
        self._away: tuple[type[Exception], ...] = (LogUnavailableError, *away)
        self._stopping = asyncio.Event()
        self._logger: Any = structlog.get_logger().bind(actor="supervisor", part=name)

    def stop(self) -> None:
        """Do not start again."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `work` returns, or a crash after `stop`. An entry of a newer release stops it for good, but alive."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._work()
            except UnknownVersionError as error:
                self.state = f"stopped: an entry of a newer release: {error}"
                self._logger.critical("stopped", reason=str(error), action="upgrade this process")
                await self._stopping.wait()
            except self._away as error:
                # No fault of ours, and no news after the first time: a line is enough.
                self.state = f"restarting: {error}"
                self._logger.warning("unavailable", reason=str(error))
                await self._pause()
            except Exception as error:
                if loop.time() - began > STEADY:
                    self._backoff.reset()
                self.state = f"restarting: {type(error).__name__}: {error}"
                self._logger.exception("crashed")
                await self._pause()
            else:
                return
            if self._stopping.is_set():
                return

    async def _pause(self) -> None:
        pause = self._backoff.advance()
        try:
            async with asyncio.timeout(pause):
                await self._stopping.wait()
        except TimeoutError:
            self.state = "running"
