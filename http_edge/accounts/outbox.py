"""The outbox's other end: what a deliverer claims, and what becomes of it."""

from datetime import datetime, timedelta

from http_edge.accounts.mailing import GIVE_UP, Purpose, WaitingMail
from http_edge.accounts.store import StorePart
from http_edge.accounts.tokens import digest
from streams.postgres.database import ANSWER_DEADLINE


class Outbox(StorePart):
    """Mails that wait to be sent."""

    async def claim(self, now: datetime, lease: timedelta) -> WaitingMail | None:
        """A mail that is due. Unless it is removed or postponed within `lease`, it is due again, for any process."""
        async with self._connection() as connection:
            row = await connection.fetchrow(self._sql["claim_mail"], now, lease)
        return None if row is None else WaitingMail(**row)

    async def next_due(self) -> datetime | None:
        """When the next one is due; None when there is none."""
        async with self._connection() as connection:
            found: datetime | None = await connection.fetchval(self._sql["next_mail_due"])
        return found

    async def make_token(self, mail: WaitingMail, purpose: Purpose, token: str, expires_at: datetime) -> None:
        """Let `token` do what the mail is about."""
        values = (digest(token), mail.account, purpose, expires_at, mail.password_hash, mail.pending_name)
        async with self._connection() as connection:
            await connection.execute(self._sql["insert_mail_token"], *values)

    async def postpone(self, mail: WaitingMail, due_at: datetime) -> None:
        async with self._connection() as connection:
            await connection.execute(self._sql["postpone_mail"], mail.id, due_at)

    async def remove(self, mail: WaitingMail) -> None:
        async with self._connection() as connection:
            await connection.execute(self._sql["remove_mail"], mail.id)

    async def purge(self, now: datetime) -> None:
        """Forget tokens that have ended and mails that nobody waits for any more."""
        async with self._connection() as connection:
            await connection.execute(self._sql["delete_ended_mail_tokens"], now, timeout=ANSWER_DEADLINE)
            await connection.execute(self._sql["delete_old_mails"], now - GIVE_UP, timeout=ANSWER_DEADLINE)
