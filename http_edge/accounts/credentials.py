"""Sessions and API keys in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from http_edge.accounts.facts import KeyMade, KeyRevoked, LoggedIn, OtherSessionsEnded, SessionEnded
from http_edge.accounts.model import ApiKey, Session
from http_edge.accounts.store import StorePart
from http_edge.accounts.tokens import NewKey, digest
from streams.postgres.database import ANSWER_DEADLINE, Connection, Database

MOST_KEYS = 50
"""Of one account."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long sessions last: from the login, and from the last use."""

    absolute: timedelta
    idle: timedelta


@dataclass(frozen=True, slots=True)
class UsedSession:
    """A session that holds, with what its account may do. It ends at `ends_at` unless it is used before."""

    id: str
    account: str
    ends_at: datetime
    plan: str
    admin: bool


@dataclass(frozen=True, slots=True)
class UsedKey:
    """An API key that holds, with what its account may do. `key_digest` is for the caller to compare."""

    id: str
    account: str
    key_digest: bytes
    scopes: frozenset[str]
    expires_at: datetime | None
    plan: str
    admin: bool


class Sessions(StorePart):
    """Browsers that are logged in."""

    def __init__(self, database: Database, lifetime: Lifetime) -> None:
        super().__init__(database)
        self.lifetime = lifetime

    async def start(self, session: Session, token: str, replaced: str | None, fact: LoggedIn) -> None:
        """A new session for `token`, in the place of the one that the browser had the token `replaced` for."""
        async with self._transaction() as connection:
            if replaced is not None:
                await connection.execute(self._sql["delete_session_by_token"], digest(replaced))
            await self.insert(connection, session, token)
            await self._append(connection, fact)

    async def insert(self, connection: Connection, session: Session, token: str) -> None:
        """The row of a new session, in the caller's transaction."""
        values = (session.id, session.account, digest(token), session.created_at, session.expires_at)
        await connection.execute(self._sql["insert_session"], *values, session.user_agent, session.address)

    async def use(self, token_digest: bytes, now: datetime) -> UsedSession | None:
        """The session that a token is for, if it holds. Its last use is written at most once a minute."""
        async with self._connection() as connection:
            row = await connection.fetchrow(self._sql["use_session"], token_digest, now, self.lifetime.idle)
        if row is None:
            return None
        return UsedSession(row["id"], row["account_id"], row["ends_at"], row["plan"], row["admin"])

    async def list(self, account: str, now: datetime) -> Sequence[Session]:
        async with self._connection() as connection:
            rows = await connection.fetch(self._sql["list_sessions"], account, now, self.lifetime.idle)
        return [Session(**row) for row in rows]

    async def end(self, account: str, session: str, fact: SessionEnded) -> bool:
        """End one session of the account; whether there was one."""
        async with self._transaction() as connection:
            ended = await connection.fetchval(self._sql["delete_session"], account, session) is not None
            if ended:
                await self._append(connection, fact)
        return ended

    async def end_others(self, account: str, but: str | None, fact: OtherSessionsEnded) -> None:
        """End all sessions of the account but one; `fact.sessions` is counted here."""
        async with self._transaction() as connection:
            ended = await connection.execute(self._sql["delete_sessions_but"], account, but)
            counted = replace(fact, sessions=int(ended.split()[-1]))
            await self._append(connection, counted)

    async def purge(self, now: datetime) -> None:
        """Forget the sessions that have ended by themselves."""
        async with self._connection() as connection:
            values = (now, self.lifetime.idle)
            await connection.execute(self._sql["delete_ended_sessions"], *values, timeout=ANSWER_DEADLINE)


class Keys(StorePart):
    """API keys."""

    async def add(self, key: ApiKey, new: NewKey, fact: KeyMade) -> bool:
        """Keep a new key; False when the account has MOST_KEYS of them."""
        async with self._transaction() as connection:
            await connection.execute(self._sql["lock_account"], key.account)  # so that two at once cannot exceed it
            values: tuple[Any, ...] = (key.id, key.account, key.name, key.prefix, new.digest, list(key.scopes))
            made = await connection.fetchval(
                self._sql["insert_key"], *values, key.created_at, key.expires_at, MOST_KEYS
            )
            if made is not None:
                await self._append(connection, fact)
        return made is not None

    async def use(self, prefix: str, key_digest: bytes, now: datetime) -> UsedKey | None:
        """The key with that prefix, if it holds. A use with the right digest is written, at most once a minute."""
        async with self._connection() as connection:
            row = await connection.fetchrow(self._sql["use_key"], prefix, key_digest, now)
        if row is None:
            return None
        scopes = frozenset(row["scopes"])
        return UsedKey(
            row["id"], row["account_id"], row["key_digest"], scopes, row["expires_at"], row["plan"], row["admin"]
        )

    async def list(self, account: str) -> Sequence[ApiKey]:
        async with self._connection() as connection:
            rows = await connection.fetch(self._sql["list_keys"], account)
        return [ApiKey(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]

    async def revoke(self, account: str, key: str, fact: KeyRevoked) -> bool:
        """Forget one key of the account; whether there was one."""
        async with self._transaction() as connection:
            revoked = await connection.fetchval(self._sql["delete_key"], account, key) is not None
            if revoked:
                await self._append(connection, fact)
        return revoked
