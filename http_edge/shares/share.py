"""What a share is, and what keeps them."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_SHARES = 10
"""Of one job."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Share:
    """A link to `job`. `digest` is its token's; `account` is whose job it is."""

    digest: str
    job: str
    account: str | None
    created_at: datetime

    @property
    def id(self) -> str:
        """What its owner tells it by: the token itself is not kept."""
        return self.digest[:16]


class ShareStore(Protocol):
    """Keeps shares. All raise LogUnavailableError or DatabaseUnavailableError."""

    async def add(self, share: Share) -> bool:
        """Keep `share`; False when its job has MOST_SHARES."""
        ...

    async def of_job(self, job: str) -> Sequence[Share]:
        """The shares of `job`, the oldest first."""
        ...

    async def revoke(self, job: str, share: str) -> bool:
        """Forget the share of that id; whether `job` had it."""
        ...

    async def find(self, digest: str) -> Share | None:
        """The share whose token has that digest, unless its account is gone or disabled."""
        ...


def new_token() -> str:
    """128 random bits, for a URL."""
    return secrets.token_urlsafe(16)


def digest_of(token: str) -> str | None:
    """What is kept of a token; None for what can be none. A plain hash will do: nobody guesses 128 random bits."""
    return hashlib.sha256(token.encode()).hexdigest() if _TOKEN.fullmatch(token) else None


def id_of(named: str) -> str | None:
    """The id of the share that is named by its id or its token; None for what can be neither."""
    if _ID.fullmatch(named):
        return named
    digest = digest_of(named)
    return None if digest is None else digest[:16]
