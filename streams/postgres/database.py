"""A pool of PostgreSQL connections that is there before PostgreSQL is, and says plainly when it is away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from streams.ports import UnavailableError
from streams.postgres.settings import DatabaseSettings

CONNECT_DEADLINE = 5.0
"""Seconds for a connection to be open, or for one of the pool to be free."""
ANSWER_DEADLINE = 10.0
"""Seconds after which a query that has no answer counts as failed, unless its caller gives another number."""
IDLE_CONNECTION = 60.0
"""Seconds after which a connection that nobody uses is closed."""
MOST_CONNECTIONS = 8
"""Of one process: PostgreSQL's default of 100 then bears a dozen processes."""

# In case that the client is gone or hangs, so that it cannot hold locks for ever; the last one also ends the statements
# that we gave up on. In milliseconds.
_SERVER_SIDE = {
    "idle_in_transaction_session_timeout": "30000",
    "tcp_user_timeout": "20000",
    "client_connection_check_interval": "1000",
}

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

_AWAY = (
    OSError,  # TimeoutError is one of these
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,  # shutdown, crash of a backend, starting up, a statement's timeout
    asyncpg.exceptions.InsufficientResourcesError,  # too many connections, no disk, no memory
    asyncpg.exceptions.ReadOnlySQLTransactionError,  # a replica, or a server that was set to read only
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.IdleInTransactionSessionTimeoutError,
    asyncpg.exceptions.InvalidAuthorizationSpecificationError,
    asyncpg.exceptions.InvalidCatalogNameError,
)


class DatabaseUnavailableError(UnavailableError):
    """PostgreSQL cannot be reached or cannot serve now. The message is for operator and client; try again later."""


@contextmanager
def reaching() -> Iterator[None]:
    """Turns what PostgreSQL's absence raises into DatabaseUnavailableError."""
    try:
        yield
    except _AWAY as error:
        raise DatabaseUnavailableError(f"PostgreSQL: {str(error) or 'no answer in time'}") from error
    except asyncpg.InterfaceError as error:
        # Most of these are our mistakes; the ones that a broken connection causes have no class of their own.
        if "clos" not in str(error):
            raise
        raise DatabaseUnavailableError(f"PostgreSQL: {error}") from error


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: for a connection to be open, or one of the pool free; for a query that names no other number."""

    connect: float
    answer: float


PATIENT = Deadlines(CONNECT_DEADLINE, ANSWER_DEADLINE)
"""For batches, which may take their time."""
PROMPT = Deadlines(2.0, 2.0)
"""For requests: somebody waits for the answer, and would rather have a 503."""


@dataclass(frozen=True, slots=True)
class Database:
    """The pool of one process. Connections are opened when they are needed, and again after PostgreSQL was away."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    deadlines: Deadlines = PATIENT

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for as long as the block. Raises DatabaseUnavailableError, also for what the block meets."""
        with reaching():
            async with self.pool.acquire(timeout=self.deadlines.connect) as connection:
                with _given_up_in_silence(connection):
                    yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """As `connection`, in one transaction: an exception undoes all of it."""
        async with self.connection() as connection, connection.transaction():
            with _given_up_in_silence(connection):
                yield connection

    async def ping(self) -> None:
        """Raises DatabaseUnavailableError."""
        async with self.connection() as connection:
            await connection.fetchval("SELECT 1")


@contextmanager
def _given_up_in_silence(connection: Connection) -> Iterator[None]:
    """Cuts a connection that did not answer in time: undoing a transaction, giving it back would wait as long again."""
    try:
        yield
    except TimeoutError:
        connection.terminate()
        raise


@asynccontextmanager
async def open_database(
    settings: DatabaseSettings, name: str, most: int = MOST_CONNECTIONS, deadlines: Deadlines = PATIENT
) -> AsyncIterator[Database]:
    """A database whose connections close on the way out; `name` is what `pg_stat_activity` calls them.

    With PostgreSQL away it opens all the same, and every call raises DatabaseUnavailableError until it is back.
    """
    pool = asyncpg.create_pool(
        settings.url,
        min_size=0,
        max_size=most,
        timeout=deadlines.connect,
        command_timeout=deadlines.answer,
        max_inactive_connection_lifetime=IDLE_CONNECTION,
        server_settings={"application_name": name, **_SERVER_SIDE},
    )
    await pool
    try:
        yield Database(pool, deadlines)
    finally:
        await _close(pool)


async def _close(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Politely, but a server that does not answer must not keep this process from ending."""
    try:
        async with asyncio.timeout(CONNECT_DEADLINE):
            await pool.close()
    except (TimeoutError, *_AWAY):
        pool.terminate()
