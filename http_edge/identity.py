"""Who makes a request, and what they may do: every route about jobs and accounts asks here first."""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from http_edge.headers import header
from http_edge.problems import Problem

EXECUTE, READ, ACCOUNT = "execute", "read", "account"
SCOPES = frozenset({EXECUTE, READ, ACCOUNT})
"""Submit and cancel; read jobs and history; manage the account. A session has all of them."""
KEY_MARK = "cp_"
"""What every API key begins with, so that people and scanners of leaked secrets know one when they see it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. `account` is None for anonymous ones; `key` or `session` is the id of what they showed."""

    account: str | None
    plan: str
    admin: bool
    scopes: frozenset[str]
    key: str | None = None
    session: str | None = None

    def sees(self, owner: str | None) -> bool:
        """Whether a job of the account `owner` exists for this caller. An anonymous job does for who holds its id."""
        return owner is None or owner == self.account or self.admin

    def require(self, *scopes: str) -> None:
        """Raises Problem unless the caller has all `scopes`."""
        for scope in scopes:
            if scope not in self.scopes:
                raise Problem(403, f"The API key does not have the scope {scope!r}.")


ANONYMOUS = Caller(account=None, plan="anonymous", admin=False, scopes=frozenset({EXECUTE, READ}))


class Authenticator(Protocol):
    """What makes a caller out of a request's credentials."""

    async def caller(self, request: Request) -> Caller:
        """ANONYMOUS when there are no credentials. Raises Problem for some that do not hold: 401, 403, 503."""
        ...


class AnonymousOnly:
    """An Authenticator for a service without accounts."""

    async def caller(self, request: Request) -> Caller:
        if bearer(request).startswith(KEY_MARK):
            raise unauthorized("This server has no accounts: DATABASE_URL is not set. Leave the API key out.")
        return ANONYMOUS


class Callers:
    """Finds the caller of a request and holds them to what they may do."""

    def __init__(self, authenticator: Authenticator, allow_anonymous: bool) -> None:
        self._authenticator = authenticator
        self._allow_anonymous = allow_anonymous

    async def of(self, request: Request, *scopes: str) -> Caller:
        """The caller, who has all `scopes`; anonymous only where that is allowed. Raises Problem."""
        caller = await self._authenticator.caller(request)
        if caller.account is None and not self._allow_anonymous:
            raise unauthorized("Anonymous use is closed on this server; authenticate.")
        caller.require(*scopes)
        return caller

    async def of_account(self, request: Request, *scopes: str) -> Caller:
        """The caller, who has an account and all `scopes`. Raises Problem."""
        caller = await self._authenticator.caller(request)
        if caller.account is None:
            raise unauthorized("This needs an account; log in, or send an API key.")
        caller.require(*scopes)
        return caller

    async def administrator(self, request: Request, *scopes: str) -> Caller:
        """The caller, who is an administrator and has all `scopes`; to others there is nothing here. Raises Problem."""
        caller = await self._authenticator.caller(request)
        if not caller.admin:
            raise Problem(404, f"There is nothing at {request.url.path}.")
        caller.require(*scopes)
        return caller


def bearer(request: Request) -> str:
    """The token of the header `Authorization: Bearer …`, empty when there is none."""
    scheme, _, token = (header(request.scope, b"authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def client_address(request: Request) -> str:
    """The address at the other end of the connection; empty for a Unix socket's."""
    client = request.scope.get("client")  # Starlette makes an object of it each time that it is asked
    return client[0] if client else ""


def unauthorized(detail: str) -> Problem:
    return Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
