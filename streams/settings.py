"""The settings that edge and actors share: where Redis is, how the streams are divided, how long things live."""

from dataclasses import dataclass
from datetime import timedelta

from streams.duration import format_duration
from streams.env import Env, SettingError
from streams.ports import Topology


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """How to reach Redis. `host` is the path of a Unix socket where it begins with a slash; `port` is 0 then."""

    host: str
    port: int
    password: str
    db: int


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How the streams are divided, and how long results, entries and idempotency keys live."""

    topology: Topology
    job_ttl: timedelta
    retention: timedelta
    idempotency_ttl: timedelta


@dataclass(frozen=True, slots=True)
class DeadLetterSettings:
    """How long dead letters are kept, and how many bytes of them at most in each partition: the oldest go first."""

    ttl: timedelta = timedelta(days=30)
    size: int = 64 << 20


def redis_settings(env: Env) -> RedisSettings:
    """From REDIS_ADDR, REDIS_PASSWORD, REDIS_DB. Raises SettingError."""
    host, port = env.address_or_socket("REDIS_ADDR", "redis:6379")
    return RedisSettings(host, port, env.secret("REDIS_PASSWORD"), env.integer("REDIS_DB", 0, 0, 15))


def in_production(env: Env) -> bool:
    """From ENVIRONMENT. Raises SettingError."""
    return env.choice("ENVIRONMENT", "development", ("development", "production")) == "production"


def service_redis_settings(env: Env) -> RedisSettings:
    """As `redis_settings`, for edge and actors: in production not without a password. Raises SettingError."""
    settings = redis_settings(env)
    if in_production(env) and not settings.password:
        raise SettingError("REDIS_PASSWORD='': expected a password (or REDIS_PASSWORD_FILE) in production")
    return settings


_IDEMPOTENCY_TTL = timedelta(hours=24)
"""Unless results are forgotten before."""


def stream_settings(env: Env) -> StreamSettings:
    """From STREAM_PARTITIONS, STREAM_LANES, JOB_TTL, STREAM_RETENTION, IDEMPOTENCY_TTL. Raises SettingError."""
    job_ttl = env.duration("JOB_TTL", "24h")
    settings = StreamSettings(
        Topology(env.integer("STREAM_PARTITIONS", 1, 1, 1024), env.integer("STREAM_LANES", 4, 1, 64)),
        job_ttl,
        env.duration("STREAM_RETENTION", "24h"),
        env.duration("IDEMPOTENCY_TTL", format_duration(min(job_ttl, _IDEMPOTENCY_TTL))),
    )
    if settings.job_ttl < settings.retention:
        raise SettingError(
            f"JOB_TTL={env.text('JOB_TTL', '24h')!r}: expected at least STREAM_RETENTION"
            f" ({env.text('STREAM_RETENTION', '24h')}), or finished jobs would look queued again"
        )
    if settings.idempotency_ttl > settings.job_ttl:
        raise SettingError(
            f"IDEMPOTENCY_TTL={env.text('IDEMPOTENCY_TTL')!r}: expected at most JOB_TTL"
            f" ({env.text('JOB_TTL', '24h')}), or repeated requests would be answered with jobs that are gone"
        )
    return settings


def dead_letter_settings(env: Env) -> DeadLetterSettings:
    """From DEAD_LETTER_TTL, DEAD_LETTERS_SIZE. Raises SettingError."""
    return DeadLetterSettings(env.duration("DEAD_LETTER_TTL", "720h"), env.size("DEAD_LETTERS_SIZE", "64MiB"))
