"""Every variable of the edge: its default, what it takes, and the one line for a value that it does not take."""

from datetime import timedelta
from pathlib import Path

import pytest

from http_edge.accounts.post import SmtpSettings
from http_edge.accounts.settings import AccountSettings
from http_edge.plans import DEFAULTS, Plans
from http_edge.settings import EdgeSettings, HttpSettings, RequestLimits, edge_settings
from streams.env import SettingError
from streams.ports import Topology
from streams.postgres.settings import DatabaseSettings
from streams.quotas import Quota
from streams.settings import RedisSettings, StreamSettings

DAY = timedelta(days=1)


def test_defaults_are_those_of_the_table() -> None:
    seconds = [timedelta(seconds=number) for number in (5, 10, 15, 60)]
    assert edge_settings({}) == EdgeSettings(
        http=HttpSettings("0.0.0.0", 8080, *seconds[:3]),
        redis=RedisSettings("redis", 6379, "", 0),
        streams=StreamSettings(Topology(1, 4), DAY, DAY, DAY),
        limits=RequestLimits(source=1 << 20, stdin=1 << 20, timeout=seconds[3], queue=10_000),
        production=False,
        allow_anonymous=True,
        database=None,
        log_format="auto",
        log_level="info",
    )


def test_every_variable_is_taken() -> None:
    found = edge_settings(
        {
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": "81",
            "HTTP_READ_TIMEOUT": "1s",
            "HTTP_WRITE_TIMEOUT": "2s",
            "HTTP_SHUTDOWN_TIMEOUT": "3s",
            "REDIS_ADDR": "[::1]:1",
            "REDIS_PASSWORD": "p",
            "REDIS_DB": "4",
            "STREAM_PARTITIONS": "5",
            "STREAM_LANES": "6",
            "JOB_TTL": "8h",
            "STREAM_RETENTION": "7h",
            "IDEMPOTENCY_TTL": "6h",
            "SOURCE_LIMIT": "10KiB",
            "STDIN_LIMIT": "11",
            "FILES_LIMIT": "12",
            "MAX_TIMEOUT": "1m2s",
            "QUEUE_LIMIT": "13",
            "PLANS": "anonymous=,pro=jobs:3",
            "ENVIRONMENT": "production",
            "ALLOW_ANONYMOUS": "true",
            "DATABASE_URL": "postgresql://u:s3cr3t@db:5432/portal",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "error",
            "TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "PUBLIC_URL": "https://Code.example.com/",
            "CORS_ORIGINS": "https://a.example.com, http://localhost:5173",
            "SESSION_TTL": "48h",
            "SESSION_IDLE_TTL": "1h",
            "REQUIRE_VERIFICATION": "false",
            "SMTP_URL": "smtps://us%40er:p%3Aw@mail.example.com",
            "MAIL_FROM": "Portal <portal@example.com>",
        }
    )
    hours = [timedelta(hours=number) for number in (8, 7, 6)]
    assert found == EdgeSettings(
        http=HttpSettings(
            "127.0.0.1", 81, *(timedelta(seconds=number) for number in (1, 2, 3)), trusted_proxies="10.0.0.0/8, ::1"
        ),
        redis=RedisSettings("::1", 1, "p", 4),
        streams=StreamSettings(Topology(5, 6), *hours),
        limits=RequestLimits(source=10_240, stdin=11, timeout=timedelta(seconds=62), queue=13, files=12),
        production=True,
        allow_anonymous=True,
        database=DatabaseSettings("postgresql://u:s3cr3t@db:5432/portal"),
        log_format="json",
        log_level="error",
        public_url="https://code.example.com",
        cors_origins=frozenset({"https://a.example.com", "http://localhost:5173"}),
        accounts=AccountSettings(
            session_life=timedelta(hours=48),
            session_idle=timedelta(hours=1),
            require_verification=False,
            smtp=SmtpSettings("mail.example.com", 465, "smtps", "us@er", "p:w", sender="Portal <portal@example.com>"),
        ),
        plans=Plans({**DEFAULTS, "pro": Quota(concurrent_jobs=3)}),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "0"),
        ("HTTP_PORT", "65536"),
        ("HTTP_PORT", "http"),
        ("HTTP_READ_TIMEOUT", "5"),
        ("HTTP_WRITE_TIMEOUT", "0s"),
        ("HTTP_SHUTDOWN_TIMEOUT", "-1s"),
        ("REDIS_ADDR", "redis"),
        ("REDIS_DB", "x"),
        ("STREAM_PARTITIONS", "0"),
        ("STREAM_LANES", "65"),
        ("JOB_TTL", "a day"),
        ("IDEMPOTENCY_TTL", "never"),
        ("SOURCE_LIMIT", "1 MB!"),
        ("STDIN_LIMIT", "-1"),
        ("FILES_LIMIT", "0"),
        ("MAX_OUTPUT", "13MiB"),
        ("MAX_OUTPUT", "0"),
        ("MAX_TIMEOUT", "1y"),
        ("QUEUE_LIMIT", "0"),
        ("ENVIRONMENT", "prod"),
        ("ALLOW_ANONYMOUS", "yes"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("PUBLIC_URL", "code.example.com"),
        ("PUBLIC_URL", "https://u@code.example.com"),
        ("PUBLIC_URL", "https://code.example.com/portal"),
        ("CORS_ORIGINS", "https://a.example.com,*"),
        ("SESSION_TTL", "30"),
        ("SESSION_IDLE_TTL", "0s"),
        ("REQUIRE_VERIFICATION", "1"),
        ("MAIL_FROM", "nobody"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_bad_value_is_named_with_what_is_expected(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        edge_settings({name: value})
    message = str(refusal.value)
    assert message.startswith(f"{name}={value!r}: expected ")
    assert "\n" not in message


def test_inputs_that_no_runner_could_be_told_of_together_are_refused() -> None:
    """At the start, and not when the first such job comes."""
    most = {"SOURCE_LIMIT": "8MiB", "STDIN_LIMIT": "32MiB", "FILES_LIMIT": "8MiB"}
    assert edge_settings(most).limits.stdin == 32 << 20
    with pytest.raises(SettingError) as refusal:
        edge_settings(most | {"STDIN_LIMIT": "33MiB"})
    found = "SOURCE_LIMIT=8MiB, STDIN_LIMIT=33MiB, FILES_LIMIT=8MiB"
    assert str(refusal.value) == f"{found}: expected at most 48MiB together"


@pytest.mark.parametrize("url", ["mysql://h/d", "db:5432", "postgresql://", "postgresql:///d", "http://[x"])
def test_a_bad_database_url_is_named_and_not_shown(url: str) -> None:
    """It may hold a password."""
    with pytest.raises(SettingError) as refusal:
        edge_settings({"DATABASE_URL": url})
    assert (
        str(refusal.value)
        == "DATABASE_URL=(hidden): expected a URL such as postgresql://user:password@host:5432/database"
    )


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://u:s3cr3t@h:x"])
def test_a_bad_mail_server_is_named_and_not_shown(url: str) -> None:
    with pytest.raises(SettingError, match=r"^SMTP_URL=\(hidden\): expected smtp://"):
        edge_settings({"SMTP_URL": url})


PRODUCTION = {
    "ENVIRONMENT": "production",
    "REDIS_PASSWORD": "pw8",
    "DATABASE_URL": "postgresql://u:s3cr3t@db/portal",
    "PUBLIC_URL": "https://code.example.com",
    "SMTP_URL": "smtp://u:pw9@mail.example.com",
}


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL='http://127.0.0.1:8080': expected the https://"),
        ({"PUBLIC_URL": "http://code.example.com"}, "PUBLIC_URL='http://code.example.com': expected the https://"),
        ({"SMTP_URL": ""}, "SMTP_URL='': expected a mail server"),
        ({"SMTP_URL": "smtp+insecure://u:pw9@h"}, "SMTP_URL=(hidden): expected smtp://"),
        ({"SMTP_URL": "smtp://u:changeme@h"}, "SMTP_URL=(hidden): expected a secret of your own"),
        ({"METRICS_TOKEN": "secret"}, "METRICS_TOKEN=(hidden): expected a secret of your own"),
        ({"DATABASE_URL": "postgresql://u:postgres@db/p"}, "DATABASE_URL=(hidden): expected a secret of your own"),
    ],
)
def test_production_with_accounts_refuses_what_is_unsafe(changed: dict[str, str], refusal: str) -> None:
    """Links in mails that lead nowhere, cookies in the clear, secrets that everybody knows."""
    edge_settings(PRODUCTION)
    edge_settings({**PRODUCTION, "REQUIRE_VERIFICATION": "false", "SMTP_URL": ""})
    with pytest.raises(SettingError) as refused:
        edge_settings({**PRODUCTION, **changed})
    assert str(refused.value).startswith(refusal)


def test_results_may_not_go_before_their_submissions() -> None:
    with pytest.raises(SettingError, match="JOB_TTL='1h': expected at least STREAM_RETENTION"):
        edge_settings({"JOB_TTL": "1h"})


@pytest.mark.parametrize(
    "variables",
    [
        {"REDIS_PASSWORD": "password"},
        {"REDIS_PASSWORD": "ChangeMe"},
        {"DATABASE_URL": "postgresql://u:postgres@db/portal"},
    ],
)
def test_production_refuses_default_secrets(variables: dict[str, str]) -> None:
    edge_settings(variables)
    with pytest.raises(SettingError, match=rf"{next(iter(variables))}=\(hidden\): expected a secret of your own"):
        edge_settings({"REDIS_PASSWORD": "pw8", **variables, "ENVIRONMENT": "production"})


def test_production_refuses_a_redis_that_is_open_to_all() -> None:
    edge_settings({"ENVIRONMENT": "production", "REDIS_PASSWORD": "pw8"})
    with pytest.raises(SettingError, match=r"^REDIS_PASSWORD='': expected a password"):
        edge_settings({"ENVIRONMENT": "production"})


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    assert edge_settings({"REDIS_PASSWORD_FILE": str(tmp_path / "secret")}).redis.password == "from a file"
