"""What the store keeps, as values. None of them holds a password, a token or a key."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `verified_at` is None until the e-mail address is known to be theirs."""

    id: str
    email: str
    display_name: str
    plan: str
    admin: bool
    created_at: datetime
    verified_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in. `expires_at` is the end whatever happens; idle ones end sooner."""

    id: str
    account: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str
    address: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs. `prefix` is what people recognise it by; `expires_at` None: it does not expire."""

    id: str
    account: str
    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """Whence a request came, as sessions and the audit log keep it."""

    address: str
    user_agent: str
