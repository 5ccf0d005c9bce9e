"""Who a request is from: an API key in `Authorization`, a session in a cookie, or nobody."""

import hmac

from starlette.requests import Request

from http_edge.accounts.cookies import SessionCookie
from http_edge.accounts.credentials import Keys, Sessions
from http_edge.accounts.memory import CallerMemory, Found, Look
from http_edge.accounts.strangers import Strangers
from http_edge.accounts.throttle import home
from http_edge.accounts.tokens import digest, key_prefix
from http_edge.identity import ACCOUNT, ANONYMOUS, SCOPES, Caller, bearer, client_address, unauthorized
from http_edge.origins import SameOrigin
from http_edge.problems import Problem
from streams.ports import Clock

SESSION_ENDED = "urn:codeportal:session-ended"
"""The type of the refusal of a cookie that holds no more: whoever asks again is a stranger, where strangers may ask."""


class Recognition:
    """The Authenticator of a service with accounts. Raises DatabaseUnavailableError for callers nobody remembers."""

    def __init__(
        self,
        stores: tuple[Sessions, Keys],
        memory: CallerMemory,
        cookie: SessionCookie,
        same_origin: SameOrigin,
        clock: Clock,
    ) -> None:
        self._sessions, self._keys = stores
        self._memory = memory
        self._cookie = cookie
        self._same_origin = same_origin
        self._clock = clock
        self._strangers = Strangers()

    async def caller(self, request: Request) -> Caller:
        token = bearer(request)
        if token:
            return await self._by_key(request, token)
        if "cookie" not in request.headers:  # most programs
            return ANONYMOUS
        cookie = request.cookies.get(self._cookie.name)
        if cookie is None:
            return ANONYMOUS
        self._same_origin.require(request)
        return await self._by_session(request, cookie)

    async def _by_key(self, request: Request, key: str) -> Caller:
        prefix = key_prefix(key)
        caller = None
        if prefix is not None:
            key_digest = digest(key)
            caller = await self._recognized(request, key_digest, lambda: self._look_for_key(prefix, key_digest))
        if caller is None:
            raise unauthorized("The API key is not valid: it was revoked, has expired, or never was one.")
        return caller

    async def _by_session(self, request: Request, token: str) -> Caller:
        token_digest = digest(token)
        caller = await self._recognized(request, token_digest, lambda: self._look_for_session(token_digest))
        if caller is None:
            # The cookie is of no more use, and the page's scripts cannot take it away.
            refusal = unauthorized("The session has ended; log in again.")
            headers = {**refusal.headers, **self._cookie.clear()}
            raise Problem(401, refusal.detail, headers=headers, type=SESSION_ENDED)
        return caller

    async def _recognized(self, request: Request, shown: bytes, look: Look) -> Caller | None:
        """Who showed what has that digest. Raises Problem (429) for the many unknown ones of one address."""
        if self._memory.remembers(shown):
            return await self._memory.recall(shown, look)
        address = client_address(request)
        return await self._strangers.look(home(address), lambda: self._memory.recall(shown, look))

    async def _look_for_key(self, prefix: str, key_digest: bytes) -> Found | None:
        key = await self._keys.use(prefix, key_digest, self._clock.now())
        if key is None or not hmac.compare_digest(key.key_digest, key_digest):
            return None
        # An admin's key for submitting jobs is no key to everybody's jobs.
        admin = key.admin and ACCOUNT in key.scopes
        return Found(Caller(key.account, key.plan, admin, key.scopes, key=key.id), key.expires_at)

    async def _look_for_session(self, token_digest: bytes) -> Found | None:
        session = await self._sessions.use(token_digest, self._clock.now())
        if session is None:
            return None
        caller = Caller(session.account, session.plan, session.admin, SCOPES, session=session.id)
        return Found(caller, session.ends_at)
