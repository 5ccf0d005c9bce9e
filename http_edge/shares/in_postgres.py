"""Shares in PostgreSQL (schema `shares`)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog

from http_edge.shares.share import MOST_SHARES, Share
from streams.postgres.database import Connection, Database, DatabaseUnavailableError
from streams.postgres.migrations import Migrations, SchemaUnknownError, migrate
from streams.postgres.queries import load_queries
from streams.postgres.settings import DatabaseSettings

PACKAGE = "http_edge.shares"
SCHEMA = Migrations(PACKAGE, "shares")
FIRST_TRY = 10.0
"""Seconds that the start waits for the tables; without them it goes on."""
_PAUSE = 1.0  # seconds between tries


class PostgresShares:
    """Implements http_edge.shares.share.ShareStore. `prepare`, then `run`, make the tables."""

    def __init__(self, database: Database, settings: DatabaseSettings) -> None:
        self._database = database
        self._settings = settings
        self._sql = load_queries(PACKAGE)
        self._ready = asyncio.Event()

    async def prepare(self) -> None:
        """One try to make the tables, for the start."""
        try:
            async with asyncio.timeout(FIRST_TRY):
                await self._migrate()
        except (TimeoutError, DatabaseUnavailableError, SchemaUnknownError) as error:
            structlog.get_logger().warning("shares unavailable", reason=str(error) or "no answer in time")

    async def run(self) -> None:
        """Try until the tables are there; then nothing is left to do until cancelled."""
        while not self._ready.is_set():
            try:
                await self._migrate()
            except (DatabaseUnavailableError, SchemaUnknownError):
                await asyncio.sleep(_PAUSE)  # `prepare` has told
        await asyncio.Event().wait()

    async def _migrate(self) -> None:
        if not self._ready.is_set():
            await migrate(self._settings, SCHEMA)
            self._ready.set()

    async def add(self, share: Share) -> bool:
        values = (share.digest, share.job, share.account, share.created_at, MOST_SHARES)
        async with self._connection() as connection:
            return await connection.fetchval(self._sql["add_share"], *values) is not None

    async def of_job(self, job: str) -> Sequence[Share]:
        async with self._connection() as connection:
            return [Share(**row) for row in await connection.fetch(self._sql["shares_of_job"], job)]

    async def revoke(self, job: str, share: str) -> bool:
        async with self._connection() as connection:
            gone: str = await connection.execute(self._sql["revoke_share"], job, share)
        return gone != "DELETE 0"

    async def find(self, digest: str) -> Share | None:
        async with self._connection() as connection:
            row = await connection.fetchrow(self._sql["find_share"], digest)
        return None if row is None else Share(**row)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with self._database.connection() as connection:
                yield connection
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedColumnError) as error:
            raise DatabaseUnavailableError("the tables of shares or accounts are not there yet") from error
