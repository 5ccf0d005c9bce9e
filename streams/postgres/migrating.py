"""Migrating a schema, by Alembic and SQLAlchemy. Only `streams.postgres.migrations` imports this, and late."""

import asyncio
import logging
from importlib import resources
from weakref import WeakKeyDictionary

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from streams.postgres.database import CONNECT_DEADLINE, DatabaseUnavailableError, reaching
from streams.postgres.migrations import LOCK_DEADLINE, Migrations, SchemaUnknownError
from streams.postgres.settings import DatabaseSettings

_alone: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = WeakKeyDictionary()
"""Alembic keeps the environment of the migration under way in a global: one at a time in a process, whatever schema."""


async def bring_to(settings: DatabaseSettings, migrations: Migrations, target: str) -> str | None:
    """As `streams.postgres.migrations.migrate`."""
    with reaching():
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(settings.url, timeout=CONNECT_DEADLINE),
            poolclass=NullPool,
        )
        try:
            async with _alone.setdefault(asyncio.get_running_loop(), asyncio.Lock()), engine.begin() as connection:
                return await connection.run_sync(_migrate, migrations, target)
        except CommandError as error:
            raise SchemaUnknownError(f"schema {migrations.schema}: {error}; use the release that made it") from error
        except DBAPIError as error:
            cause = error.orig.__cause__ if error.orig is not None else None
            if isinstance(cause, asyncpg.exceptions.LockNotAvailableError):
                raise DatabaseUnavailableError(f"schema {migrations.schema}: another process migrates it") from error
            raise (cause or error) from error
        finally:
            await engine.dispose()


def _migrate(connection: SyncConnection, migrations: Migrations, target: str) -> str | None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_DEADLINE:g}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": migrations.lock})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {migrations.schema}"))
    connection.execute(text(f"SET LOCAL search_path = {migrations.schema}"))
    config = _config(migrations, connection)
    script = ScriptDirectory.from_config(config)
    if _goes_up(script, _revision(connection, migrations), target):
        command.upgrade(config, target)
    else:
        command.downgrade(config, target)
    return _revision(connection, migrations)


def _config(migrations: Migrations, connection: SyncConnection) -> Config:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config(attributes={"connection": connection, "schema": migrations.schema})
    for name, place in (
        ("script_location", resources.files("streams.postgres") / "environment"),
        ("version_locations", migrations.directory),
    ):
        config.set_main_option(name, str(place).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _revision(connection: SyncConnection, migrations: Migrations) -> str | None:
    table = f"{migrations.schema}.alembic_version"
    if connection.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - checked above
    return revision


def _goes_up(script: ScriptDirectory, current: str | None, target: str) -> bool:
    """Whether `target` is not before `current`. Raises CommandError when one of them is not among the revisions."""
    if current is not None:
        script.get_revision(current)
    if target == "base":
        return False
    return target == "head" or current is None or current not in _before(script, current, target)


def _before(script: ScriptDirectory, current: str, target: str) -> set[str]:
    """The revisions that come after `target` and up to `current`, when `target` is one of those before it."""
    line = [revision.revision for revision in script.iterate_revisions(current, "base")]
    return set(line[: line.index(target)]) if target in line else set()
