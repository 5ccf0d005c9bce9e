"""Where the Redis is: named, or that of a stack which `deploy/up` started on this machine. That one publishes no port,
but its containers' addresses can be reached from the host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.env import Env
from streams.postgres.settings import DatabaseSettings, database_settings
from streams.settings import RedisSettings, StreamSettings, redis_settings, stream_settings

if TYPE_CHECKING:
    from deploy.stack.record import StackRecord
    from deploy.stack.settings import StackSettings

_HINT = "give --redis HOST:PORT or set REDIS_ADDR"


class NoRedisError(Exception):
    """It cannot be told where the streams are. The message says what to give."""


@dataclass(frozen=True, slots=True)
class Target:
    """A Redis and how things are kept there. `project` is the stack's, if it is one of this machine's."""

    redis: RedisSettings
    streams: StreamSettings
    project: str | None = None
    database: DatabaseSettings | None = None


def find(named: str | None, project: str | None, environ: Mapping[str, str]) -> Target:
    """The Redis that the user means. Raises NoRedisError, SettingError."""
    if named or (environ.get("REDIS_ADDR") and not project):
        values = {**environ, **({"REDIS_ADDR": named} if named else {})}
        return Target(
            redis_settings(Env(values)), stream_settings(Env(values)), database=database_settings(Env(values))
        )
    record = stack_record(project_meant(project, environ))
    settings = record.settings
    values = {**environ, **settings.process}
    if not settings.process.get("REDIS_ADDR"):
        address = _container_address(settings.project, "redis")
        if address is None:
            raise NoRedisError(f"the Redis of {settings.project!r} is not running: start it with deploy/up, or {_HINT}")
        values["REDIS_ADDR"] = f"{address}:6379"
    database = stack_database(settings) if "DATABASE_URL" not in settings.process else database_settings(Env(values))
    return Target(redis_settings(Env(values)), stream_settings(Env(values)), settings.project, database)


def project_meant(project: str | None, environ: Mapping[str, str]) -> str | None:
    """The stack that the user named, in whichever way; None: the only one."""
    return project or environ.get("CODEPORTAL_PROJECT") or environ.get("COMPOSE_PROJECT_NAME")


def stack_database(settings: "StackSettings") -> DatabaseSettings | None:
    """The stack's own PostgreSQL; None while it does not run."""
    from deploy.stack import database  # noqa: PLC0415 - there is a record, so there is a checkout

    address = _container_address(settings.project, database.SERVICE)
    return None if address is None else DatabaseSettings(database.variables(settings, address)["DATABASE_URL"])


def stack_record(project: str | None) -> "StackRecord":
    """What is known of a stack that was started here; without a name, of the only one. Raises NoRedisError."""
    try:
        from deploy.stack import record  # noqa: PLC0415 - an installed `codeportal` comes without it
        from deploy.stack.errors import DeployError  # noqa: PLC0415
        from deploy.stack.settings import ROOT  # noqa: PLC0415
    except ImportError as error:
        raise NoRedisError(f"no Redis is known: {_HINT}") from error
    states = ROOT / "deploy" / ".state"
    started = sorted(path.parent.name for path in states.glob("*/stack.json"))
    if project is None and len(started) == 1:
        project = started[0]
    try:
        found = record.load(states / (project or "codeportal"))
    except DeployError as error:
        raise NoRedisError(str(error)) from error
    if found is not None:
        return found
    if project is None and started:
        raise NoRedisError(f"which stack? --project is one of {', '.join(started)}; or {_HINT}")
    raise NoRedisError(f"deploy/up started no stack {project or 'codeportal'!r} here: {_HINT}, or --project")


def _container_address(project: str, service: str) -> str | None:
    """Where a service's container is; None while it does not run."""
    import docker  # noqa: PLC0415 - slow to load, and most machines that run this have none
    from docker.errors import DockerException  # noqa: PLC0415

    labels = [f"com.docker.compose.project={project}", f"com.docker.compose.service={service}"]
    try:
        client = docker.from_env()
        try:
            containers = client.containers.list(filters={"label": labels})
        finally:
            client.close()
    except DockerException as error:
        raise NoRedisError(f"the engine cannot be asked for the {service} of {project!r}: {error}; {_HINT}") from error
    addresses = [
        network["IPAddress"]
        for container in containers
        for network in container.attrs["NetworkSettings"]["Networks"].values()
        if network["IPAddress"]
    ]
    return addresses[0] if addresses else None
