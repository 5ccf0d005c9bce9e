"""Accounts in PostgreSQL: every change and its audit fact in one transaction.

All methods raise DatabaseUnavailableError. Times are the caller's clock, so that one clock decides what has ended.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from http_edge.accounts.facts import (
    VERSION,
    AdminSet,
    AnyAccountFact,
    Deleted,
    DisabledSet,
    PlanSet,
    decode_account_fact,
    encode_account_fact,
)
from http_edge.accounts.model import Account
from http_edge.accounts.rules import email_key
from streams.postgres.database import Connection, Database, DatabaseUnavailableError
from streams.postgres.queries import load_queries

PACKAGE = "http_edge.accounts"
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account starts with. `verified_at` is set where an operator vouches for the address."""

    id: str
    email: str
    display_name: str
    password_hash: str
    plan: str
    admin: bool = False
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account, and the hash that its password must match."""

    account: Account
    password_hash: str


@contextmanager
def _tables() -> Iterator[None]:
    try:
        yield
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.UndefinedColumnError) as error:
        raise DatabaseUnavailableError("the accounts' tables are not there yet") from error


class StorePart:
    """What the stores have in common: queries by name, transactions, the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = load_queries(PACKAGE)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with _tables():
            async with self._database.connection() as connection:
                yield connection

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        with _tables():
            async with self._database.transaction() as connection:
                yield connection

    async def _append(self, connection: Connection, fact: AnyAccountFact) -> None:
        """Add `fact` to the audit log."""
        await connection.execute(self._sql["append_fact"], fact.at, fact.account, VERSION, encode_account_fact(fact))


class Accounts(StorePart):
    """The accounts themselves, and their audit log."""

    async def find(self, account: str) -> Account | None:
        async with self._connection() as connection:
            row = await connection.fetchrow(self._sql["find_account"], account)
        return None if row is None else Account(**row)

    async def find_by_email(self, email: str) -> Credentials | None:
        async with self._connection() as connection:
            row = await connection.fetchrow(self._sql["find_account_by_email"], email_key(email))
        if row is None:
            return None
        fields: dict[str, Any] = dict(row)
        password_hash = fields.pop("password_hash")
        return Credentials(Account(**fields), password_hash)

    async def password_hash(self, account: str) -> str | None:
        """What the account's password must match; None when it is gone or disabled."""
        async with self._connection() as connection:
            found: str | None = await connection.fetchval(self._sql["password_hash_of"], account)
        return found

    async def page(self, query: str, after: tuple[datetime, str] | None, limit: int) -> Sequence[Account]:
        """Up to `limit` accounts, newest first, whose address, name or id has `query`, made before `after`."""
        at, last = after or (None, "")
        async with self._connection() as connection:
            rows = await connection.fetch(self._sql["list_accounts"], query.lower(), at, last, limit)
        return [Account(**row) for row in rows]

    async def create(self, new: NewAccount, fact: AnyAccountFact) -> bool:
        """Make an account; False when its address has one."""
        async with self._transaction() as connection:
            made = await self.insert(connection, new, fact.at)
            if made:
                await self._append(connection, fact)
        return made

    async def insert(self, connection: Connection, new: NewAccount, at: datetime) -> bool:
        """The row of a new account, in the caller's transaction; False when its address has one."""
        values = (new.id, new.email, email_key(new.email), new.display_name, new.password_hash, new.plan, new.admin)
        made = await connection.fetchval(self._sql["insert_account"], *values, at, new.verified_at)
        return made is not None

    async def rename(self, account: str, display_name: str, fact: AnyAccountFact) -> Account | None:
        async with self._transaction() as connection:
            row = await connection.fetchrow(self._sql["set_display_name"], account, display_name)
            if row is not None:
                await self._append(connection, fact)
        return None if row is None else Account(**row)

    async def rehash(self, account: str, old: str, new: str) -> None:
        """Keep the same password's hash at today's cost, unless the password has changed meanwhile."""
        async with self._connection() as connection:
            await connection.execute(self._sql["replace_password_hash"], account, old, new)

    async def set_plan(self, account: str, fact: PlanSet) -> None:
        await self._set("set_plan", account, fact.plan, fact)

    async def set_admin(self, account: str, fact: AdminSet) -> None:
        await self._set("set_admin", account, fact.admin, fact)

    async def set_disabled(self, account: str, fact: DisabledSet) -> None:
        """Disabled, the account's sessions and keys do not hold; enabled again, they do."""
        await self._set("set_disabled", account, fact.at if fact.disabled else None, fact)

    async def delete(self, account: str, fact: Deleted) -> None:
        """The account with its sessions, keys, tokens and mails. Its facts stay, and name nobody."""
        async with self._transaction() as connection:
            if await connection.execute(self._sql["delete_account"], account) != "DELETE 0":
                await self._append(connection, fact)

    async def record(self, fact: AnyAccountFact) -> None:
        """A fact that goes with no change."""
        async with self._connection() as connection:
            await self._append(connection, fact)

    async def facts(self, account: str, before: int = _NEWEST, limit: int = 100) -> Sequence[AnyAccountFact]:
        """Up to `limit` facts about the account, newest first. Raises UnknownAccountFactError."""
        async with self._connection() as connection:
            rows = await connection.fetch(self._sql["facts_of"], account, before, limit)
        return [decode_account_fact(row["version"], row["fact"]) for row in rows]

    async def _set(self, query: str, account: str, value: Any, fact: AnyAccountFact) -> None:
        async with self._transaction() as connection:
            if await connection.execute(self._sql[query], account, value) != "UPDATE 0":
                await self._append(connection, fact)
