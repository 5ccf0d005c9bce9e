"""What the edge is configured with, parsed once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network

from http_edge.accounts.settings import (
    DEFAULT_PUBLIC_URL,
    AccountSettings,
    account_settings,
    check_production,
    cors_origins,
    public_url,
)
from http_edge.plans import Plans, plans
from streams.bytesize import format_size
from streams.env import Env, SettingError
from streams.logging import Format, log_format, log_level
from streams.maxima import LARGEST_INPUTS, Maxima, maxima
from streams.postgres.settings import DatabaseSettings, database_settings
from streams.settings import RedisSettings, StreamSettings, in_production, service_redis_settings, stream_settings

DEFAULT_SECRETS = frozenset({"password", "secret", "changeme", "change-me", "codeportal", "redis", "postgres"})


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the edge listens, and how long it is patient."""

    host: str
    port: int
    read_timeout: timedelta
    write_timeout: timedelta
    shutdown_timeout: timedelta
    trusted_proxies: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """The largest requests that are taken. Sizes are bytes."""

    source: int
    stdin: int
    timeout: timedelta
    queue: int
    maxima: Maxima = field(default_factory=Maxima)
    files: int = 1 << 20


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How far the archive may be behind: entries that it does not have, and the age of the oldest."""

    waiting: int = 1_000_000
    age: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """All of the edge's settings."""

    http: HttpSettings
    redis: RedisSettings
    streams: StreamSettings
    limits: RequestLimits
    production: bool
    allow_anonymous: bool
    database: DatabaseSettings | None
    log_format: Format
    log_level: str
    metrics_token: str = ""
    website_dir: str = ""
    public_url: str = DEFAULT_PUBLIC_URL
    cors_origins: frozenset[str] = frozenset()
    accounts: AccountSettings = field(default_factory=AccountSettings)
    plans: Plans = field(default_factory=Plans)
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


def edge_settings(environment: Mapping[str, str]) -> EdgeSettings:
    """The settings that `environment` holds. Raises SettingError."""
    env = Env(environment)
    production = in_production(env)
    settings = EdgeSettings(
        http=_http_settings(env),
        redis=service_redis_settings(env),
        streams=stream_settings(env),
        limits=RequestLimits(
            source=env.size("SOURCE_LIMIT", "1MiB"),
            stdin=env.size("STDIN_LIMIT", "1MiB"),
            timeout=env.duration("MAX_TIMEOUT", "60s"),
            queue=env.integer("QUEUE_LIMIT", 10_000, 1, 100_000_000),
            maxima=maxima(env),
            files=env.size("FILES_LIMIT", "1MiB"),
        ),
        production=production,
        allow_anonymous=env.flag("ALLOW_ANONYMOUS", default=not production),
        database=database_settings(env),
        log_format=log_format(env),
        log_level=log_level(env),
        metrics_token=env.secret("METRICS_TOKEN"),
        website_dir=env.text("WEBSITE_DIR"),
        public_url=public_url(env),
        cors_origins=cors_origins(env),
        accounts=account_settings(env),
        plans=plans(env, production=production),
        archive=ArchiveLimits(
            env.integer("ARCHIVE_MAX_WAITING", 1_000_000, 1, 1_000_000_000), env.duration("ARCHIVE_MAX_AGE", "48h")
        ),
    )
    _check_inputs(settings.limits)
    if production:
        _refuse_default_secrets(settings)
        if settings.database is not None:
            check_production(settings.accounts, settings.public_url)
    return settings


def _check_inputs(limits: RequestLimits) -> None:
    named = {"SOURCE_LIMIT": limits.source, "STDIN_LIMIT": limits.stdin, "FILES_LIMIT": limits.files}
    if sum(named.values()) > LARGEST_INPUTS:
        found = ", ".join(f"{name}={format_size(value)}" for name, value in named.items())
        raise SettingError(f"{found}: expected at most {format_size(LARGEST_INPUTS)} together")


def _http_settings(env: Env) -> HttpSettings:
    return HttpSettings(
        host=env.text("HTTP_HOST", "0.0.0.0"),
        port=env.integer("HTTP_PORT", 8080, 1, 65535),
        read_timeout=env.duration("HTTP_READ_TIMEOUT", "5s"),
        write_timeout=env.duration("HTTP_WRITE_TIMEOUT", "10s"),
        shutdown_timeout=env.duration("HTTP_SHUTDOWN_TIMEOUT", "15s"),
        trusted_proxies=env.parsed("TRUSTED_PROXIES", "", _networks, "addresses or networks such as 10.0.0.0/8,::1"),
    )


def _networks(text: str) -> str:
    for network in filter(None, text.split(",")):
        ip_network(network.strip())
    return text


def _refuse_default_secrets(settings: EdgeSettings) -> None:
    for name, secret in (
        ("REDIS_PASSWORD", settings.redis.password),
        ("DATABASE_URL", settings.database.password if settings.database else ""),
        ("METRICS_TOKEN", settings.metrics_token),
        ("SMTP_URL", settings.accounts.smtp.password if settings.accounts.smtp else ""),
    ):
        if secret.lower() in DEFAULT_SECRETS:
            raise SettingError(f"{name}=(hidden): expected a secret of your own, not a default one, in production")
