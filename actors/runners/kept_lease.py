"""One lease of a container without an agent, renewed in time for as long as it is wanted."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from actors.runners.exec_leases import Leases
from streams.ports import LogUnavailableError

LEASE_TTL = timedelta(seconds=10)
RENEW_EVERY = 3.0


class KeptLease:
    """The lease of `container` that `token` holds. `lost` is told why, when it is over against our will."""

    def __init__(self, leases: Leases, container: str, token: str, lost: Callable[[str], None]) -> None:
        self._leases = leases
        self._container = container
        self._token = token
        self._lost = lost
        self._keeping = asyncio.get_running_loop().create_task(self._keep(), name="exec-lease")
        self._logger: Any = structlog.get_logger().bind(actor="exec-lease", container=container)

    async def confirm(self) -> bool:
        """Whether it is held still. Raises LogUnavailableError."""
        return await self._leases.renew(self._container, self._token, LEASE_TTL)

    async def give_up(self) -> None:
        try:
            await self._leases.release(self._container, self._token)
        except LogUnavailableError as error:
            self._logger.info("lease not given up", reason=str(error), action="it expires by itself")

    def let_expire(self) -> None:
        """Renew it no more."""
        self._keeping.cancel()

    async def stopped(self) -> None:
        """Wait until it is renewed no more."""
        self.let_expire()
        await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        held_until = loop.time() + LEASE_TTL.total_seconds()
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                if not await self.confirm():
                    return self._lost("its lease is lost")
                held_until = loop.time() + LEASE_TTL.total_seconds()
            except LogUnavailableError:
                if loop.time() + RENEW_EVERY > held_until:
                    return self._lost("its lease ran out while the log was away")
