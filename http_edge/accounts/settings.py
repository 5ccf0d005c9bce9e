"""What accounts are configured with."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from http_edge.accounts.post import SmtpSettings, smtp_settings
from streams.env import Env, SettingError

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Sessions and mails. Without `smtp` mails are printed to the log, in development."""

    session_life: timedelta = timedelta(days=30)
    session_idle: timedelta = timedelta(days=7)
    require_verification: bool = True
    smtp: SmtpSettings | None = None


def account_settings(env: Env) -> AccountSettings:
    """The settings that the environment holds. Raises SettingError."""
    return AccountSettings(
        session_life=env.duration("SESSION_TTL", "720h"),
        session_idle=env.duration("SESSION_IDLE_TTL", "168h"),
        require_verification=env.flag("REQUIRE_VERIFICATION", default=True),
        smtp=smtp_settings(env),
    )


def public_url(env: Env) -> str:
    """From PUBLIC_URL: where people find the service, without a slash at the end. Raises SettingError."""
    return env.parsed("PUBLIC_URL", DEFAULT_PUBLIC_URL, _origin, "scheme and host, such as https://code.example.com")


def cors_origins(env: Env) -> frozenset[str]:
    """From CORS_ORIGINS: the other sites whose pages may use the API. Raises SettingError."""
    return env.parsed("CORS_ORIGINS", "", _origins, "origins such as https://a.example.com,https://b.example.com")


def check_production(settings: AccountSettings, url: str) -> None:
    """Refuse what would make accounts unsafe or useless for people elsewhere. Raises SettingError."""
    if urlsplit(url).scheme != "https" or url == DEFAULT_PUBLIC_URL:
        raise SettingError(f"PUBLIC_URL={url!r}: expected the https:// address that people use, in production")
    if settings.smtp is None and settings.require_verification:
        expected = "a mail server in production, or REQUIRE_VERIFICATION=false to do without mails"
        raise SettingError(f"SMTP_URL='': expected {expected}")
    if settings.smtp is not None and settings.smtp.security == "smtp+insecure" and settings.smtp.password:
        raise SettingError("SMTP_URL=(hidden): expected smtp:// or smtps://: a password would go in the clear")


def _origins(text: str) -> frozenset[str]:
    return frozenset(_origin(name.strip()) for name in text.split(",")) if text else frozenset()


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("no origin")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("no origin")
    parts.port  # noqa: B018 - raises ValueError for one that is none
    return f"{parts.scheme}://{parts.netloc.lower()}"
