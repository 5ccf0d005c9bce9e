"""What the routes of accounts work with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request

from http_edge.accounts.cookies import SessionCookie
from http_edge.accounts.credentials import Keys, Sessions
from http_edge.accounts.mailing import Mailing
from http_edge.accounts.memory import CallerMemory
from http_edge.accounts.model import Account, Seen
from http_edge.accounts.passwords import Passwords
from http_edge.accounts.rules import printable
from http_edge.accounts.throttle import Throttle, home
from http_edge.body import read_json_object
from http_edge.identity import ACCOUNT, Caller, Callers, client_address
from http_edge.origins import SameOrigin
from http_edge.rendering import timestamp
from streams.ports import Clock

_LARGEST_BODY = 16_384
_LONGEST_AGENT = 256


@dataclass(frozen=True, slots=True)
class Stores:
    """The parts of the schema `accounts`."""

    people: Mailing
    sessions: Sessions
    keys: Keys


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands before the stores."""

    callers: Callers
    same_origin: SameOrigin
    throttle: Throttle
    passwords: Passwords
    cookie: SessionCookie


@dataclass(frozen=True, slots=True)
class Desk:
    """Stores and guards, and who writes: `name` is what facts say they were written by.

    Whoever takes rights away tells `memory` (`forget`), so that they are gone with the answer; other edges hear of it
    a moment later.
    """

    stores: Stores
    guards: Guards
    memory: CallerMemory
    clock: Clock
    name: str
    require_verification: bool

    def now(self) -> datetime:
        return self.clock.now()

    async def owner(self, request: Request) -> Caller:
        """The caller, who may manage their account. Raises Problem."""
        return await self.guards.callers.of_account(request, ACCOUNT)

    async def body(self, request: Request) -> dict[str, Any]:
        """The body of a request that needs no credentials and is not another site's. Raises Problem."""
        self.guards.same_origin.refuse_foreign(request)
        return await read_json_object(request, _LARGEST_BODY)

    def stamp(self, request: Request, caller: Caller | None = None) -> dict[str, Any]:
        """What every fact has: when, by which process, about whom, by whom, from where."""
        account = None if caller is None else caller.account
        address = self.seen(request).address
        return {"at": self.now(), "by": self.name, "account": account, "actor": account, "address": address}

    @staticmethod
    def seen(request: Request) -> Seen:
        address = client_address(request)
        return Seen(address, printable(request.headers.get("user-agent", ""), _LONGEST_AGENT))

    def home(self, request: Request) -> str:
        """Who tries, as the throttle counts them."""
        return home(self.seen(request).address)


def rendered(account: Account) -> dict[str, Any]:
    """An account as its owner sees it."""
    return {
        "id": account.id,
        "email": account.email,
        "display_name": account.display_name,
        "email_verified": account.verified_at is not None,
        "plan": account.plan,
        "admin": account.admin,
        "created_at": timestamp(account.created_at),
    }


def ends_at(last_used: datetime, idle: timedelta, absolute: datetime) -> datetime:
    """When a session ends unless it is used again."""
    return min(last_used + idle, absolute)
