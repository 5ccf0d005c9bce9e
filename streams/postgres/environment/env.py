"""What Alembic runs to migrate: on the connection, and with the version table, that `streams.postgres` gives it."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=context.config.attributes["schema"],
    transaction_per_migration=False,
)
context.run_migrations()
