"""Routes of who has no session yet: register, confirm the address."""

from starlette.requests import Request
from starlette.responses import Response

from http_edge.accounts import rules, throttle
from http_edge.accounts.desk import Desk
from http_edge.accounts.facts import MailAsked, Registered, Verified
from http_edge.accounts.mailing import Purpose
from http_edge.accounts.rules import Fields
from http_edge.accounts.store import NewAccount
from http_edge.accounts.throttle import Counter
from http_edge.accounts.tokens import new_id
from http_edge.problems import FieldError, Problem
from http_edge.responses import json_response

NO_CONTENT = 204
_MAIL_FOLLOWS = "If this address can be used, a mail is on its way to it."


class Registration:
    """Handlers of /v1/accounts and /v1/account/verification. None of them tells who has an account."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def register(self, request: Request) -> Response:
        """POST /v1/accounts"""
        desk, body = self._desk, await self._desk.body(request)
        fields = Fields(body, "email", "password", "display_name")
        email = fields.take("email", rules.email_address, "")
        password = fields.take("password", rules.password, "")
        name = fields.take("display_name", rules.name, "")
        fields.check()
        await desk.guards.throttle.count(Counter(throttle.REGISTRATIONS, (desk.home(request),)))
        mails = await self._may_be_mailed(email)
        # Whether the address is taken or not, the same is done: one hash, one transaction.
        password_hash = await desk.guards.passwords.hash(password)
        new = NewAccount(new_id(), email, name, password_hash, rules.FREE)
        fact = Registered(**{**desk.stamp(request), "account": new.id})
        await desk.stores.people.register(new, fact, verifies=desk.require_verification, mails=mails)
        return json_response({"detail": _MAIL_FOLLOWS}, 202)

    async def verify(self, request: Request) -> Response:
        """POST /v1/account/verification"""
        desk, body = self._desk, await self._desk.body(request)
        fields = Fields(body, "token")
        token = fields.take("token", rules.token, "")
        fields.check()
        await desk.guards.throttle.count(Counter(throttle.TOKENS, (desk.home(request),)))
        if await desk.stores.people.verify(token, Verified(**desk.stamp(request))) is None:
            raise bad_token()
        return Response(status_code=NO_CONTENT)

    async def ask_verification(self, request: Request) -> Response:
        """POST /v1/account/verification/requests"""
        return await self._ask(request, "verify")

    async def ask_reset(self, request: Request) -> Response:
        """POST /v1/account/password/resets"""
        return await self._ask(request, "reset")

    async def _ask(self, request: Request, purpose: Purpose) -> Response:
        desk, body = self._desk, await self._desk.body(request)
        fields = Fields(body, "email")
        email = fields.take("email", rules.email_address, "")
        fields.check()
        await desk.guards.throttle.count(Counter(throttle.MAILS_ASKED, (desk.home(request),)))
        fact = MailAsked(**desk.stamp(request), purpose=purpose)
        await desk.stores.people.ask(email, fact, mails=await self._may_be_mailed(email))
        return json_response({"detail": _MAIL_FOLLOWS}, 202)

    async def _may_be_mailed(self, email: str) -> bool:
        """Nobody's mailbox is flooded through us; whoever tries is not told."""
        return await self._desk.guards.throttle.allows(Counter(throttle.MAILS, (rules.email_key(email),)))


def bad_token() -> Problem:
    reason = "not valid: it was used, has expired, or never was one"
    return Problem(400, "The request is not valid.", [FieldError("token", reason)])
