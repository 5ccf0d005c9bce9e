"""Routes of one's own account: look at it, change it, change the password, delete it."""

from starlette.requests import Request
from starlette.responses import Response

from http_edge.accounts import rules, throttle
from http_edge.accounts.desk import Desk, rendered
from http_edge.accounts.facts import Deleted, PasswordChanged, ProfileChanged
from http_edge.accounts.login import begun
from http_edge.accounts.registration import NO_CONTENT, bad_token
from http_edge.accounts.rules import Fields
from http_edge.accounts.throttle import Counter
from http_edge.accounts.tokens import new_token
from http_edge.identity import Caller, unauthorized
from http_edge.problems import FieldError, Problem
from http_edge.responses import json_response


class Profile:
    """Handlers of /v1/account and /v1/account/password."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def read(self, request: Request) -> Response:
        """GET /v1/account"""
        caller = await self._desk.owner(request)
        account = await self._desk.stores.people.find(str(caller.account))
        if account is None:
            raise _gone()
        return json_response(rendered(account))

    async def change(self, request: Request) -> Response:
        """PATCH /v1/account"""
        desk, caller = self._desk, await self._desk.owner(request)
        fields = Fields(await desk.body(request), "display_name")
        name = fields.take("display_name", rules.name, "")
        fields.check()
        fact = ProfileChanged(**desk.stamp(request, caller), fields=("display_name",))
        account = await desk.stores.people.rename(str(caller.account), name, fact)
        if account is None:
            raise _gone()
        return json_response(rendered(account))

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/account"""
        desk, caller = self._desk, await self._desk.owner(request)
        fields = Fields(await desk.body(request), "password")
        password = fields.take("password", rules.given_password, "")
        fields.check()
        await self._check_password(request, caller, "password", password)
        await desk.stores.people.delete(str(caller.account), Deleted(**desk.stamp(request, caller)))
        desk.memory.forget(str(caller.account))
        return Response(status_code=NO_CONTENT, headers=desk.guards.cookie.clear())

    async def set_password(self, request: Request) -> Response:
        """PUT /v1/account/password"""
        body = await self._desk.body(request)
        if body.get("token") is not None:
            return await self._reset(request, Fields(body, "token", "new_password"))
        caller = await self._desk.owner(request)
        return await self._change_password(request, caller, Fields(body, "current_password", "new_password"))

    async def _reset(self, request: Request, fields: Fields) -> Response:
        desk = self._desk
        token = fields.take("token", rules.token, "")
        password = fields.take("new_password", rules.password, "")
        fields.check()
        await desk.guards.throttle.count(Counter(throttle.TOKENS, (desk.home(request),)))
        if await desk.stores.people.account_of(token, "reset", desk.now()) is None:
            raise bad_token()  # before the work of a hash
        password_hash = await desk.guards.passwords.hash(password)
        fact = PasswordChanged(**desk.stamp(request))
        account = await desk.stores.people.reset(token, password_hash, fact)
        if account is None:
            raise bad_token()
        desk.memory.forget(account)
        return Response(status_code=NO_CONTENT)

    async def _change_password(self, request: Request, caller: Caller, fields: Fields) -> Response:
        desk = self._desk
        current = fields.take("current_password", rules.given_password, "")
        password = fields.take("new_password", rules.password, "")
        fields.check()
        await self._check_password(request, caller, "current_password", current)
        password_hash = await desk.guards.passwords.hash(password)
        fact = PasswordChanged(**desk.stamp(request, caller))
        # Whoever knew the old password is logged out everywhere; the browser that changed it gets a new session.
        token = new_token()
        session = None if caller.session is None else begun(desk, request, str(caller.account))
        await desk.stores.people.change_password(password_hash, session, token, desk.stores.sessions, fact)
        desk.memory.forget(str(caller.account))
        life = desk.stores.sessions.lifetime.absolute
        headers = {} if session is None else desk.guards.cookie.set(token, life)
        return Response(status_code=NO_CONTENT, headers=headers)

    async def _check_password(self, request: Request, caller: Caller, field: str, password: str) -> None:
        """Raises Problem (403) unless it is the account's: a session alone must not be enough."""
        desk, account = self._desk, str(caller.account)
        tries = Counter(throttle.PASSWORDS, (account, desk.home(request)))
        await desk.guards.throttle.count(tries)
        kept = await desk.stores.people.password_hash(account)
        if not await desk.guards.passwords.matches(password, kept):
            raise Problem(403, "The password is wrong.", [FieldError(field, "is not the password of this account")])
        await desk.guards.throttle.forget(tries)


def _gone() -> Problem:
    return unauthorized("The account is gone.")
