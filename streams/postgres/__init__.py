"""PostgreSQL, for what outlives the streams: the archive (schema `archive`) and the accounts (schema `accounts`).

Whoever owns a schema brings a directory of migrations and one of queries. Import the modules: this one imports nothing,
so that a process without a database does not pay for SQLAlchemy.
"""
