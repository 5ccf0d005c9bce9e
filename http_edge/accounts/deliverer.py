"""Empties the outbox: wakes when a mail is put in, and tries again later what could not be sent.

A mail is removed after the server took it, so that one can arrive twice and none is lost: not by a dead mail server,
and not by the death of this process.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from http_edge.accounts.letters import PURPOSES, TOKEN_LIFE, write
from http_edge.accounts.mailing import WaitingMail
from http_edge.accounts.outbox import Outbox
from http_edge.accounts.post import NotSentError, Post, RefusedError
from http_edge.accounts.tokens import new_token
from streams.ports import Clock

LEASE = timedelta(seconds=60)
"""How long a mail is one deliverer's; longer than a conversation with the server takes."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=10)
LOOK_EVERY = 30.0
"""Seconds after which the outbox is looked at even if nobody said that there is something in it."""


@dataclass
class Deliverer:
    """Sends what is in the outbox. Several may run, in several processes."""

    outbox: Outbox
    post: Post
    clock: Clock
    public_url: str
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There is something in the outbox."""
        self._news.set()

    async def run(self) -> None:
        """Send, until cancelled. Raises DatabaseUnavailableError."""
        while True:
            self._news.clear()
            while await self.deliver_one():
                pass
            try:
                async with asyncio.timeout(await self._pause()):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def deliver_one(self) -> bool:
        """Try to send one mail that is due; whether there was one."""
        mail = await self.outbox.claim(self.clock.now(), LEASE)
        if mail is None:
            return False
        log = structlog.get_logger().bind(mail=mail.id, kind=mail.kind, account=mail.account, attempt=mail.attempts)
        try:
            await self.post.send(write(mail, await self._token(mail), self.public_url), self.clock.now())
        except RefusedError as error:
            log.warning("mail given up", reason=str(error))
            await self.outbox.remove(mail)
        except NotSentError as error:
            pause = pause_after(mail.attempts)
            log.warning("mail not sent", reason=str(error), again_in_s=pause.total_seconds())
            await self.outbox.postpone(mail, self.clock.now() + pause)
        else:
            log.info("mail sent")
            await self.outbox.remove(mail)
        return True

    async def _token(self, mail: WaitingMail) -> str | None:
        purpose = PURPOSES.get(mail.kind)
        if purpose is None:
            return None
        token = new_token()
        await self.outbox.make_token(mail, purpose, token, self.clock.now() + TOKEN_LIFE[purpose])
        return token

    async def _pause(self) -> float:
        due: datetime | None = await self.outbox.next_due()
        if due is None:
            return LOOK_EVERY
        return min(max((due - self.clock.now()).total_seconds(), 0.0), LOOK_EVERY)


def pause_after(attempts: int) -> timedelta:
    """How long to leave a mail server in peace that did not take a mail `attempts` times."""
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
