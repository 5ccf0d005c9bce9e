"""Migrations of one PostgreSQL schema: Alembic over a directory of hand-written revisions, one version table each.

A revision is a Python file with `revision`, `down_revision`, `upgrade()` and `downgrade()`, whose SQL goes through
`op.execute`. Names without a schema are in the migrated one.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from streams.postgres.settings import DatabaseSettings

LOCK_DEADLINE = 60.0
"""Seconds to wait for another process that migrates the same schema."""
_SCHEMA = re.compile(r"[a-z][a-z0-9_]*")


class SchemaUnknownError(Exception):
    """The schema is at a revision that this release does not have: a newer one has migrated it."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """The revisions in `<package>/migrations/`, and the schema that they make."""

    package: str
    schema: str

    def __post_init__(self) -> None:
        if not _SCHEMA.fullmatch(self.schema):
            raise ValueError(f"{self.schema!r} is no name for a schema (lower-case letters, digits, underscores)")

    @property
    def directory(self) -> Path:
        return Path(str(resources.files(self.package) / "migrations"))

    @property
    def lock(self) -> int:
        """The advisory lock of whoever migrates: a 64-bit number that belongs to the schema's name."""
        digest = hashlib.sha256(f"codeportal migrations {self.schema}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)


async def migrate(settings: DatabaseSettings, migrations: Migrations, target: str = "head") -> str | None:
    """Bring the schema to `target` (a revision, `head` or `base`), up or down; the revision that it then has.

    All in one transaction under an advisory lock, so any number of processes may do so at once, and one that dies
    leaves nothing half done. Raises DatabaseUnavailableError, SchemaUnknownError.
    """
    # Alembic and SQLAlchemy take longer to import than all the rest of an edge: only where there is a database.
    from streams.postgres.migrating import bring_to  # noqa: PLC0415

    return await bring_to(settings, migrations, target)
