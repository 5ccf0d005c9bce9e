"""What goes by mail, in PostgreSQL: registration, verification, reset; the outbox and the tokens.

A mail is a row of the outbox, written in the transaction of what it is about. Its token is made when it is sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from http_edge.accounts.credentials import Sessions
from http_edge.accounts.facts import MailAsked, PasswordChanged, Registered, RegisteredAgain, Verified
from http_edge.accounts.model import Session
from http_edge.accounts.rules import email_key
from http_edge.accounts.store import Accounts, NewAccount
from http_edge.accounts.tokens import digest
from streams.postgres.database import Connection

Kind = Literal["verify", "taken", "reset", "password_changed"]
Purpose = Literal["verify", "reset"]
GIVE_UP = timedelta(days=3)
"""Age at which a mail that could not be sent is forgotten: nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A mail of the outbox. `pending_name` and `password_hash` come with a later registration of the address."""

    id: int
    kind: Kind
    account: str
    email: str
    password_hash: str | None
    pending_name: str | None
    attempts: int
    created_at: datetime


class Mailing(Accounts):
    """What people do with addresses, and the mails that follow."""

    async def register(self, new: NewAccount, fact: Registered, *, verifies: bool, mails: bool) -> None:
        """Make an account, or tell the owner of the one that has the address.

        An unverified account's address is anybody's yet, so that this registration counts as much as the first:
        what it chose goes with its mail, and whichever mail is answered first has won (`verifies`: while the others
        cannot log in). Without `mails` nothing is sent: its recipient has had enough of them.
        """
        async with self._transaction() as connection:
            if await self.insert(connection, new, fact.at):
                await self._append(connection, fact)
                await self._put(connection, new.id, "verify", fact.at)
                return
            row = await connection.fetchrow(self._sql["find_account_by_email"], email_key(new.email))
            if row is None:
                return  # it was deleted this very moment
            await self._append(connection, _again(fact, row["id"]))
            if not mails:
                return
            if row["verified_at"] is None and verifies:
                await self._put(connection, row["id"], "verify", fact.at, new.password_hash, new.display_name)
            else:
                await self._put(connection, row["id"], "taken", fact.at)

    async def ask(self, email: str, fact: MailAsked, *, mails: bool) -> None:
        """Queue a mail with a token, if there is an account that has a use for it."""
        async with self._transaction() as connection:
            row = await connection.fetchrow(self._sql["find_account_by_email"], email_key(email))
            account = None if row is None else row["id"]
            await self._append(connection, replace(fact, account=account))
            if row is None or not mails or row["disabled_at"] is not None:
                return
            if fact.purpose == "reset" or row["verified_at"] is None:
                await self._put(connection, row["id"], fact.purpose, fact.at)

    async def verify(self, token: str, fact: Verified) -> str | None:
        """Take a verification's token; the account that is verified now. None: the token is not valid."""
        async with self._transaction() as connection:
            row = await connection.fetchrow(self._sql["use_mail_token"], digest(token), "verify", fact.at)
            if row is None:
                return None
            account: str = row["account_id"]
            values = (account, fact.at, row["password_hash"], row["display_name"])
            await connection.execute(self._sql["set_verified"], *values)
            await self._drop(connection, account, "verify")
            await self._append(connection, replace(fact, account=account, actor=account))
        return account

    async def account_of(self, token: str, purpose: Purpose, now: datetime) -> str | None:
        """Whose token it is, without taking it."""
        async with self._connection() as connection:
            found: str | None = await connection.fetchval(self._sql["look_at_mail_token"], digest(token), purpose, now)
        return found

    async def reset(self, token: str, password_hash: str, fact: PasswordChanged) -> str | None:
        """Take a reset's token: a new password, no sessions, and the address is known to be theirs."""
        async with self._transaction() as connection:
            row = await connection.fetchrow(self._sql["use_mail_token"], digest(token), "reset", fact.at)
            if row is None:
                return None
            account: str = row["account_id"]
            await connection.execute(self._sql["set_password"], account, password_hash)
            await connection.execute(self._sql["set_verified"], account, fact.at, None, None)
            await connection.execute(self._sql["delete_sessions_but"], account, None)
            await self._drop(connection, account, "reset")
            await self._drop(connection, account, "verify")
            await self._put(connection, account, "password_changed", fact.at)
            await self._append(connection, replace(fact, account=account, actor=account, reset=True))
        return account

    async def change_password(
        self, password_hash: str, session: Session | None, token: str, sessions: Sessions, fact: PasswordChanged
    ) -> None:
        """A new password: all sessions end, and `session`, if there is one, begins with `token`."""
        assert fact.account is not None  # noqa: S101 - it is the caller's
        async with self._transaction() as connection:
            await connection.execute(self._sql["set_password"], fact.account, password_hash)
            await connection.execute(self._sql["delete_sessions_but"], fact.account, None)
            if session is not None:
                await sessions.insert(connection, session, token)
            await self._drop(connection, fact.account, "reset")
            await self._put(connection, fact.account, "password_changed", fact.at)
            await self._append(connection, fact)

    async def _put(
        self,
        connection: Connection,
        account: str,
        kind: Kind,
        at: datetime,
        password_hash: str | None = None,
        display_name: str | None = None,
    ) -> None:
        await connection.execute(self._sql["put_in_outbox"], account, kind, password_hash, display_name, at)

    async def _drop(self, connection: Connection, account: str, purpose: Purpose) -> None:
        """Tokens of a purpose that is fulfilled, and mails that would bring more of them."""
        await connection.execute(self._sql["delete_mail_tokens"], account, purpose)
        await connection.execute(self._sql["remove_mails_of"], account, purpose)


def _again(fact: Registered, account: str) -> RegisteredAgain:
    return RegisteredAgain(at=fact.at, by=fact.by, account=account, address=fact.address)
