"""Where the PostgreSQL is: named, or that of a stack which `deploy/up` started on this machine."""

from collections.abc import Mapping

from deploy.cli.stream.finding import NoRedisError, project_meant, stack_database, stack_record
from streams.env import Env
from streams.postgres.settings import DatabaseSettings, database_settings

_HINT = "give --database URL or set DATABASE_URL"


class NoDatabaseError(Exception):
    """It cannot be told where PostgreSQL is. The message says what to give."""


def find_database(named: str | None, project: str | None, environ: Mapping[str, str]) -> DatabaseSettings:
    """The database that the user means. Raises NoDatabaseError, SettingError."""
    if not project:
        found = database_settings(Env({**environ, **({"DATABASE_URL": named} if named else {})}))
        if found is not None:
            return found
    try:
        stack = stack_record(project_meant(project, environ)).settings
        named_there = database_settings(Env(stack.process))
        found = stack_database(stack) if named_there is None else named_there
    except NoRedisError as error:
        raise NoDatabaseError(f"{error}; {_HINT}") from error
    if found is None:
        raise NoDatabaseError(f"the PostgreSQL of {stack.project!r} does not run: start it with deploy/up, or {_HINT}")
    return found
