"""The actors' settings, parsed once from the environment. A bad value raises SettingError, a line for the operator."""

import os
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from actors.keeping import Pace
from actors.languages import canonical
from actors.languages import language as known_language
from actors.limits import COMPILING, MEMORY, OTHER_MEMORY, PROCESSES, DefaultLimits, beyond, parse_language_limits
from actors.runners.pool import PoolRules
from actors.runners.safety import Requirements
from actors.runners.selection import DEFAULT_POOL, Selection
from actors.runners.users import NOBODY, NOBODYS_GROUP, OWN, User, Users
from streams.bytesize import format_size, parse_size
from streams.env import Env, SettingError
from streams.logging import Format, log_format, log_level
from streams.maxima import LARGEST_OUTPUT, maxima
from streams.postgres.settings import DatabaseSettings, database_settings
from streams.settings import (
    DeadLetterSettings,
    RedisSettings,
    StreamSettings,
    dead_letter_settings,
    service_redis_settings,
    stream_settings,
)

_LARGEST_ID = 2**32 - 2
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class ActorSettings:
    """What every actor needs."""

    redis: RedisSettings
    streams: StreamSettings
    dead_letters: DeadLetterSettings
    log_format: Format
    log_level: str


@dataclass(frozen=True, slots=True)
class ArchiverSettings:
    """What an archiver needs besides: where the archive is, and how long entries live there."""

    database: DatabaseSettings
    retention: timedelta


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """What an executor of one language needs besides."""

    limits: DefaultLimits
    max_attempts: int
    pace: Pace
    rules: PoolRules
    users: Users
    docker_bin: str
    build_cache_bytes: int  # 0: nothing that was built is kept


def actor_settings(env: Env) -> ActorSettings:
    """From REDIS_*, ENVIRONMENT, STREAM_*, JOB_TTL, DEAD_LETTER*, LOG_FORMAT, LOG_LEVEL. Raises SettingError."""
    return ActorSettings(
        service_redis_settings(env),
        stream_settings(env),
        dead_letter_settings(env),
        log_format(env),
        log_level(env),
    )


def archiver_settings(env: Env) -> ArchiverSettings | None:
    """From DATABASE_URL, ARCHIVE_RETENTION; None without a database. Raises SettingError."""
    database = database_settings(env)
    retention = env.duration("ARCHIVE_RETENTION", "2160h")
    if retention < env.duration("STREAM_RETENTION", "24h"):
        raise SettingError(
            f"ARCHIVE_RETENTION={env.text('ARCHIVE_RETENTION', '2160h')!r}: expected at least STREAM_RETENTION"
            f" ({env.text('STREAM_RETENTION', '24h')}), or it would forget what the streams still have"
        )
    return None if database is None else ArchiverSettings(database, retention)


def executor_settings(env: Env, language: str, process_user: User) -> ExecutorSettings:
    """From SANDBOX_*, COMPILE_*, OUTPUT_LIMIT, MAX_ATTEMPTS, CLAIM_TIMEOUT, BUILD_CACHE_SIZE. Raises SettingError."""
    job_dir = env.parsed("SANDBOX_JOB_DIR", "/tmp/jobs", _absolute_path, "an absolute path without ..")  # noqa: S108
    return ExecutorSettings(
        limits=_default_limits(env, language),
        max_attempts=env.integer("MAX_ATTEMPTS", 3, 1, 100),
        pace=Pace(env.duration("CLAIM_TIMEOUT", "10s"), env.duration("SANDBOX_STOP_TIMEOUT", "15s")),
        rules=PoolRules(
            _selection(env, language),
            Requirements(job_dir, env.text("SANDBOX_NETWORK"), env.text("SANDBOX_RUNTIME")),
            env.text("SANDBOX_ALLOW_UNSAFE_RUNNERS"),
        ),
        users=_job_users(env, process_user),
        docker_bin=env.text("SANDBOX_DOCKER_BIN", "docker"),
        build_cache_bytes=env.parsed(
            "BUILD_CACHE_SIZE", "64MiB", parse_size, "a size such as 64MiB, or 0 for no cache"
        ),
    )


def own_user() -> User:
    """The process's user and group."""
    return os.geteuid(), os.getegid()


def _default_limits(env: Env, language: str) -> DefaultLimits:
    wall, longest = env.duration("SANDBOX_TIMEOUT", "3s"), env.duration("MAX_TIMEOUT", "60s")
    if wall > longest:
        raise SettingError(
            f"SANDBOX_TIMEOUT={env.text('SANDBOX_TIMEOUT', '3s')!r}: expected at most MAX_TIMEOUT"
            f" ({env.text('MAX_TIMEOUT', '60s')})"
        )
    own = _by_language(env, "SANDBOX_LIMITS", language, "python=cpu:2s|memory:256MiB,go=processes:512")
    compiling = _by_language(env, "COMPILE_LIMITS", language, "go=cpu:20s|memory:2GiB")
    inherited = DefaultLimits(
        wall,
        env.duration("COMPILE_TIMEOUT", "10s"),
        env.size("OUTPUT_LIMIT", "64KiB"),
        MEMORY.get(language, OTHER_MEMORY),
        PROCESSES,
    )
    own |= {f"compile_{name}": value for name, value in compiling.items()}
    known = known_language(language)
    if known is None or known.compile:
        own = COMPILING | own
    defaults = replace(inherited, **own)  # type: ignore[arg-type] # the parser gives each field its own type
    if (defaults.compile_output_bytes or 0) > LARGEST_OUTPUT:
        most = format_size(LARGEST_OUTPUT)
        raise SettingError(f"COMPILE_LIMITS={env.text('COMPILE_LIMITS')!r}: expected an output of at most {most}")
    if wrong := beyond(defaults, longest, maxima(env)):
        raise SettingError(wrong)
    return defaults


def _by_language(env: Env, variable: str, language: str, example: str) -> dict[str, timedelta | int]:
    return env.parsed(
        variable, "", lambda text: parse_language_limits(text, language), f"limits by language such as {example}"
    )


def _selection(env: Env, language: str) -> Selection:
    pools = env.parsed("SANDBOX_LANGUAGE_CONTAINERS", "", _pools, "pools by name such as python=a|b,go=c")
    return Selection(
        language=language,
        pool=env.text("SANDBOX_POOL", DEFAULT_POOL),
        names=pools.get(language, frozenset()),
        fallback=env.parsed("SANDBOX_CONTAINER", "", _optional_container, "the name of a container"),
    )


def _job_users(env: Env, process_user: User) -> Users:
    uid, gid = process_user
    default = f"{uid or NOBODY}:{(gid if uid else 0) or NOBODYS_GROUP}"
    expected = f"UID or UID:GID in numbers, and not root's (0), or {OWN!r} for a user of each runner's own"
    return Users(env.parsed("SANDBOX_DOCKER_USER", default, _user, expected))


def _user(text: str) -> User | None:
    if text == OWN:
        return None
    uid, _, gid = text.partition(":")
    user = _id(uid), _id(gid if ":" in text else uid)
    if 0 in user:
        raise ValueError("root")
    return user


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID):
        raise ValueError("no number")
    return int(text)


def _pools(text: str) -> dict[str, frozenset[str]]:
    pools: dict[str, frozenset[str]] = {}
    for pool in text.split(",") if text else ():
        name, equals, containers = pool.partition("=")
        language = canonical(name.strip())
        if not equals or not language or language in pools:
            raise ValueError("no pool")
        pools[language] = frozenset(_container(container.strip()) for container in containers.split("|"))
    return pools


def _container(text: str) -> str:
    if _CONTAINER.fullmatch(text) is None:
        raise ValueError("no container name")
    return text


def _optional_container(text: str) -> str:
    return _container(text) if text else ""


def _absolute_path(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts:
        raise ValueError("not absolute")
    return path
