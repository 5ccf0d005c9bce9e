"""Where PostgreSQL is."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from streams.env import Env

_EXPECTED = "a URL such as postgresql://user:password@host:5432/database"


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """A libpq URL, with the password in it."""

    url: str = field(repr=False)

    @property
    def password(self) -> str:
        return unquote(urlsplit(self.url).password or "")


def database_settings(env: Env) -> DatabaseSettings | None:
    """From DATABASE_URL, or the file that DATABASE_URL_FILE names; None when neither is set. Raises SettingError."""
    url = env.secret("DATABASE_URL")
    if not url:
        return None
    return DatabaseSettings(Env({"DATABASE_URL": url}).parsed("DATABASE_URL", "", _checked, _EXPECTED))


def _checked(url: str) -> str:
    parts = urlsplit(url)
    # A Unix socket's directory is no host name of a URL; libpq takes it as a parameter.
    if parts.scheme not in ("postgresql", "postgres") or not (parts.hostname or "host" in parse_qs(parts.query)):
        raise ValueError("no URL of a PostgreSQL server")
    return url
