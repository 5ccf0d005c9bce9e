"""The archive's schema in PostgreSQL."""

from streams.postgres.migrations import Migrations

ARCHIVE = Migrations("streams.archive", "archive")
PACKAGE = ARCHIVE.package
