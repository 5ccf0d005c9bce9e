"""The accounts of one process: its parts, their routes, and what goes on beside them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.routing import Route

from http_edge.accounts.cookies import SessionCookie
from http_edge.accounts.credentials import Keys, Lifetime, Sessions
from http_edge.accounts.deliverer import Deliverer
from http_edge.accounts.desk import Desk, Guards, Stores
from http_edge.accounts.keys import KeyRoutes
from http_edge.accounts.login import SessionRoutes
from http_edge.accounts.mailing import Mailing
from http_edge.accounts.memory import CallerMemory
from http_edge.accounts.outbox import Outbox
from http_edge.accounts.passwords import Cost, Passwords
from http_edge.accounts.post import LogPost, Post, SmtpPost
from http_edge.accounts.profile import Profile
from http_edge.accounts.recognition import Recognition
from http_edge.accounts.registration import Registration
from http_edge.accounts.throttle import Throttle
from http_edge.accounts.upkeep import Upkeep
from http_edge.background import background
from http_edge.identity import Callers
from http_edge.origins import SameOrigin
from http_edge.settings import EdgeSettings
from streams.ports import Clock
from streams.postgres.database import Database
from streams.redis.wire import Wire


@dataclass(frozen=True, slots=True)
class AccountService:
    """Accounts, open. `recognition` is the Authenticator of all routes."""

    stores: Stores
    outbox: Outbox
    memory: CallerMemory
    recognition: Recognition
    passwords: Passwords
    upkeep: Upkeep
    cookie: SessionCookie
    throttle: Throttle
    same_origin: SameOrigin
    settings: EdgeSettings
    clock: Clock
    name: str

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, the work beside the requests goes on."""
        await self.upkeep.prepare()
        async with background(self.upkeep.run):
            yield

    def routes(self, callers: Callers) -> Sequence[Route]:
        """The routes of accounts, for whom `callers` lets in."""
        guards = Guards(callers, self.same_origin, self.throttle, self.passwords, self.cookie)
        required = self.settings.accounts.require_verification
        desk = Desk(self.stores, guards, self.memory, self.clock, self.name, required)
        registration, sessions, profile, keys = Registration(desk), SessionRoutes(desk), Profile(desk), KeyRoutes(desk)
        return [
            Route("/v1/accounts", registration.register, methods=["POST"]),
            Route("/v1/account/verification", registration.verify, methods=["POST"]),
            Route("/v1/account/verification/requests", registration.ask_verification, methods=["POST"]),
            Route("/v1/account/password", profile.set_password, methods=["PUT"]),
            Route("/v1/account/password/resets", registration.ask_reset, methods=["POST"]),
            Route("/v1/account", profile.read, methods=["GET"]),
            Route("/v1/account", profile.change, methods=["PATCH"]),
            Route("/v1/account", profile.delete, methods=["DELETE"]),
            Route("/v1/account/keys", keys.make, methods=["POST"]),
            Route("/v1/account/keys", keys.list, methods=["GET"]),
            Route("/v1/account/keys/{id}", keys.revoke, methods=["DELETE"]),
            Route("/v1/sessions", sessions.log_in, methods=["POST"]),
            Route("/v1/sessions", sessions.list, methods=["GET"]),
            Route("/v1/sessions", sessions.end_others, methods=["DELETE"]),
            Route("/v1/sessions/current", sessions.log_out, methods=["DELETE"]),
            Route("/v1/sessions/{id}", sessions.end, methods=["DELETE"]),
        ]


@dataclass(frozen=True, slots=True)
class Outside:
    """What the accounts of a process reach beyond PostgreSQL: Redis counts tries, and mails leave by the post."""

    wire: Wire
    post: Post | None
    cost: Cost = field(default_factory=Cost)


@asynccontextmanager
async def open_accounts(
    settings: EdgeSettings, database: Database | None, outside: Outside, clock: Clock, name: str
) -> AsyncIterator[AccountService | None]:
    """The accounts in `database`; None without one."""
    if database is None or settings.database is None:
        yield None
        return
    passwords = Passwords(outside.cost)
    lifetime = Lifetime(settings.accounts.session_life, settings.accounts.session_idle)
    stores = Stores(Mailing(database), Sessions(database, lifetime), Keys(database))
    outbox, memory = Outbox(database), CallerMemory(clock)
    cookie, same_origin = SessionCookie(secure=settings.production), SameOrigin(settings.public_url)
    deliverer = None if outside.post is None else Deliverer(outbox, outside.post, clock, settings.public_url)
    try:
        yield AccountService(
            stores=stores,
            outbox=outbox,
            memory=memory,
            recognition=Recognition((stores.sessions, stores.keys), memory, cookie, same_origin, clock),
            passwords=passwords,
            upkeep=Upkeep(settings.database, (stores.sessions, outbox), memory, deliverer, clock),
            cookie=cookie,
            throttle=Throttle(outside.wire),
            same_origin=same_origin,
            settings=settings,
            clock=clock,
            name=name,
        )
    finally:
        passwords.close()


def post_for(settings: EdgeSettings) -> Post | None:
    """What mails leave by. In production tokens are never printed: without a mail server mails stay unsent (None)."""
    if settings.accounts.smtp is not None:
        return SmtpPost(settings.accounts.smtp)
    return None if settings.production else LogPost()
