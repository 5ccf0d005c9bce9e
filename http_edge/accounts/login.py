"""Routes of sessions: log in and out, see one's sessions and end them."""

from starlette.requests import Request
from starlette.responses import Response

from http_edge.accounts import rules, throttle
from http_edge.accounts.desk import Desk, ends_at, rendered
from http_edge.accounts.facts import LoggedIn, LoginRefusal, LoginRefused, OtherSessionsEnded, SessionEnded
from http_edge.accounts.model import Session
from http_edge.accounts.registration import NO_CONTENT
from http_edge.accounts.rules import Fields
from http_edge.accounts.store import Credentials
from http_edge.accounts.throttle import Counter
from http_edge.accounts.tokens import is_id, new_id, new_token
from http_edge.identity import unauthorized
from http_edge.problems import Problem
from http_edge.rendering import timestamp
from http_edge.responses import json_response

NOT_VERIFIED = "urn:codeportal:email-not-verified"
DISABLED = "urn:codeportal:account-disabled"


class SessionRoutes:
    """Handlers of /v1/sessions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def log_in(self, request: Request) -> Response:
        """POST /v1/sessions"""
        desk, body = self._desk, await self._desk.body(request)
        fields = Fields(body, "email", "password")
        email = fields.take("email", rules.email_address, "")
        password = fields.take("password", rules.given_password, "")
        fields.check()
        tries = Counter(throttle.LOGINS, (rules.email_key(email), desk.home(request)))
        await desk.guards.throttle.count(tries, Counter(throttle.LOGINS_OF_ADDRESS, (desk.home(request),)))
        known = await desk.stores.people.find_by_email(email)
        # One hash whatever the address and the password are, and one fact: the time tells nothing either.
        right = await desk.guards.passwords.matches(password, None if known is None else known.password_hash)
        if known is None or not right:
            await self._refuse(request, known, "unknown" if known is None else "password")
            raise unauthorized("The e-mail address or the password is wrong.")
        await self._check_allowed(request, known)
        await desk.guards.throttle.forget(tries)
        await self._renew_hash(known, password)
        return await self._start(request, known)

    async def list(self, request: Request) -> Response:
        """GET /v1/sessions"""
        caller = await self._desk.owner(request)
        sessions = self._desk.stores.sessions
        found = await sessions.list(str(caller.account), self._desk.now())
        return json_response({"sessions": [self._rendered(each, caller.session) for each in found]})

    async def log_out(self, request: Request) -> Response:
        """DELETE /v1/sessions/current"""
        desk, caller = self._desk, await self._desk.owner(request)
        if caller.session is None:
            raise Problem(404, "An API key has no session to end.")
        fact = SessionEnded(**desk.stamp(request, caller), session=caller.session)
        await desk.stores.sessions.end(str(caller.account), caller.session, fact)
        desk.memory.forget(str(caller.account))
        return Response(status_code=NO_CONTENT, headers=desk.guards.cookie.clear())

    async def end(self, request: Request) -> Response:
        """DELETE /v1/sessions/{id}"""
        desk, caller, session = self._desk, await self._desk.owner(request), request.path_params["id"]
        fact = SessionEnded(**desk.stamp(request, caller), session=session)
        if not is_id(session) or not await desk.stores.sessions.end(str(caller.account), session, fact):
            raise Problem(404, "There is no such session of yours.")
        desk.memory.forget(str(caller.account))
        return Response(status_code=NO_CONTENT)

    async def end_others(self, request: Request) -> Response:
        """DELETE /v1/sessions"""
        desk, caller = self._desk, await self._desk.owner(request)
        fact = OtherSessionsEnded(**desk.stamp(request, caller), sessions=0)
        await desk.stores.sessions.end_others(str(caller.account), caller.session, fact)
        desk.memory.forget(str(caller.account))
        return Response(status_code=NO_CONTENT)

    async def _check_allowed(self, request: Request, known: Credentials) -> None:
        """Said only to who knows the password. Raises Problem."""
        if known.account.disabled_at is not None:
            await self._refuse(request, known, "disabled")
            raise Problem(403, "This account was disabled by the operator.", type=DISABLED)
        if known.account.verified_at is None and self._desk.require_verification:
            await self._refuse(request, known, "unverified")
            detail = "The e-mail address is not confirmed yet: open the link in the mail that was sent to it."
            raise Problem(403, detail, type=NOT_VERIFIED)

    async def _refuse(self, request: Request, known: Credentials | None, why: LoginRefusal) -> None:
        stamp = self._desk.stamp(request)
        account = None if known is None else known.account.id
        await self._desk.stores.people.record(LoginRefused(**{**stamp, "account": account}, why=why))

    async def _renew_hash(self, known: Credentials, password: str) -> None:
        """Now that the password is there, keep it at today's cost."""
        desk = self._desk
        if desk.guards.passwords.is_outdated(known.password_hash):
            renewed = await desk.guards.passwords.hash(password)
            await desk.stores.people.rehash(known.account.id, known.password_hash, renewed)

    async def _start(self, request: Request, known: Credentials) -> Response:
        """A session of its own for this login: one that the browser brought along ends (no session fixation)."""
        desk = self._desk
        session, token = begun(desk, request, known.account.id), new_token()
        stamp = {**desk.stamp(request), "account": known.account.id, "actor": known.account.id}
        replaced = request.cookies.get(desk.guards.cookie.name)
        await desk.stores.sessions.start(session, token, replaced, LoggedIn(**stamp, session=session.id))
        desk.memory.forget(known.account.id)
        answer = {"account": rendered(known.account), "session": self._rendered(session, session.id)}
        return json_response(answer, 201, desk.guards.cookie.set(token, desk.stores.sessions.lifetime.absolute))

    def _rendered(self, session: Session, current: str | None) -> dict[str, object]:
        end = ends_at(session.last_used_at, self._desk.stores.sessions.lifetime.idle, session.expires_at)
        return {
            "id": session.id,
            "created_at": timestamp(session.created_at),
            "last_used_at": timestamp(session.last_used_at),
            "expires_at": timestamp(end),
            "user_agent": session.user_agent,
            "address": session.address,
            "current": session.id == current,
        }


def begun(desk: Desk, request: Request, account: str) -> Session:
    """A session that begins with this request."""
    now, seen = desk.now(), desk.seen(request)
    expires_at = now + desk.stores.sessions.lifetime.absolute
    return Session(new_id(), account, now, now, expires_at, seen.user_agent, seen.address)
