"""The real clock and the real source of unguessable numbers."""

import os
from datetime import UTC, datetime


class SystemClock:
    """Implements streams.ports.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class RandomIds:
    """Implements streams.ports.Ids."""

    def nonce(self) -> str:
        return os.urandom(8).hex()
