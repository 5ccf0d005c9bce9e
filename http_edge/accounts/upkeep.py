"""What goes on beside the requests while PostgreSQL is there, and begins again when it is back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog

from http_edge.accounts.credentials import Sessions
from http_edge.accounts.deliverer import Deliverer
from http_edge.accounts.memory import CallerMemory
from http_edge.accounts.outbox import Outbox
from http_edge.accounts.store import PACKAGE
from http_edge.background import together
from streams.ports import Clock
from streams.postgres.database import DatabaseUnavailableError, reaching
from streams.postgres.migrations import Migrations, SchemaUnknownError, migrate
from streams.postgres.settings import DatabaseSettings

SCHEMA = Migrations(PACKAGE, "accounts")
FIRST_TRY = 10.0
"""Seconds that the start waits for the tables, so that the first requests find them; without them it goes on."""
_PAUSE = 1.0  # seconds between tries to reach PostgreSQL
_PURGE_EVERY = 3600.0  # seconds
_PULSE = 5.0  # seconds between looks whether the connection that we listen on still lives
_PULSE_DEADLINE = 3.0

OK = "ok"


class Upkeep:
    """Migrates, listens for changes of rights, empties the outbox, forgets what has ended."""

    def __init__(
        self,
        settings: DatabaseSettings,
        stores: tuple[Sessions, Outbox],
        memory: CallerMemory,
        deliverer: Deliverer | None,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._sessions, self._outbox = stores
        self._memory = memory
        self._deliverer = deliverer
        self._clock = clock
        self._migrated = False
        self.state = "starting"

    async def prepare(self) -> None:
        """One try to make the tables, for the start."""
        try:
            async with asyncio.timeout(FIRST_TRY):
                await self._migrate()
        except (TimeoutError, DatabaseUnavailableError, SchemaUnknownError) as error:
            self._is_away(str(error) or "no answer in time")

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._migrate()
                await self._work()
            except (DatabaseUnavailableError, SchemaUnknownError) as error:
                self._is_away(str(error))
            await asyncio.sleep(_PAUSE)

    async def _migrate(self) -> None:
        if not self._migrated:
            revision = await migrate(self._settings, SCHEMA)
            self._migrated = True
            structlog.get_logger().info("accounts are ready", revision=revision)

    async def _work(self) -> None:
        work = {"listen": self._listen, "purge": self._purge}
        if self._deliverer is not None:
            work["deliver"] = self._deliverer.run
        await together(**{f"accounts: {name}": piece for name, piece in work.items()})

    async def _listen(self) -> None:
        """Hear of changes. What was said while nobody listened is made up for by asking about everybody again."""
        channels: dict[str, Callable[[str], None]] = {
            "accounts_changed": self._memory.forget,
            "accounts_outbox": lambda _: None if self._deliverer is None else self._deliverer.wake(),
        }

        def hear(_: Any, __: int, channel: str, payload: Any) -> None:
            channels[channel](str(payload))

        with reaching():
            connection = await asyncpg.connect(self._settings.url, timeout=_PULSE, command_timeout=_PULSE_DEADLINE)
            try:
                for channel in channels:
                    await connection.add_listener(channel, hear)
                self._memory.doubt_all()
                self.state = OK
                while True:
                    await asyncio.sleep(_PULSE)
                    await connection.fetchval("SELECT 1")
            finally:
                connection.terminate()  # at once: nothing is lost with it, and whoever stops need not wait

    async def _purge(self) -> None:
        purges: tuple[Callable[[Any], Awaitable[None]], ...] = (self._sessions.purge, self._outbox.purge)
        while True:
            for purge in purges:
                await purge(self._clock.now())
            await asyncio.sleep(_PURGE_EVERY)

    def _is_away(self, reason: str) -> None:
        if self.state != reason:
            structlog.get_logger().warning("accounts unavailable", reason=reason)
        self.state = reason
