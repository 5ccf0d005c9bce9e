"""Routes of API keys."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.accounts import rules
from http_edge.accounts.credentials import MOST_KEYS
from http_edge.accounts.desk import Desk
from http_edge.accounts.facts import KeyMade, KeyRevoked
from http_edge.accounts.model import ApiKey
from http_edge.accounts.registration import NO_CONTENT
from http_edge.accounts.rules import Fields
from http_edge.accounts.tokens import is_id, new_id, new_key
from http_edge.problems import FieldError, Problem
from http_edge.rendering import timestamp
from http_edge.responses import json_response


class KeyRoutes:
    """Handlers of /v1/account/keys."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def make(self, request: Request) -> Response:
        """POST /v1/account/keys"""
        desk, caller = self._desk, await self._desk.owner(request)
        now = desk.now()
        fields = Fields(await desk.body(request), "name", "scopes", "expires_at")
        name = fields.take("name", rules.name, "")
        nothing: tuple[str, ...] = ()
        scopes = fields.take_any("scopes", rules.scopes, nothing)
        expires_at = None
        if fields.given("expires_at"):
            expires_at = fields.take("expires_at", lambda text: rules.key_expiry(text, now), now)
        fields.check()
        beyond = [scope for scope in scopes if scope not in caller.scopes]
        if beyond:
            reason = f"a key cannot make one that may do more than itself: {beyond[0]}"
            raise Problem(403, "The API key does not have these scopes.", [FieldError("scopes", reason)])
        new = new_key()
        key = ApiKey(new_id(), str(caller.account), name, new.prefix, scopes, now, expires_at, None)
        fact = KeyMade(**desk.stamp(request, caller), key=key.id, scopes=scopes)
        if not await desk.stores.keys.add(key, new, fact):
            raise Problem(409, f"There are {MOST_KEYS} keys already; revoke one first.")
        return json_response({**_rendered(key), "key": new.key}, 201)

    async def list(self, request: Request) -> Response:
        """GET /v1/account/keys"""
        caller = await self._desk.owner(request)
        keys = await self._desk.stores.keys.list(str(caller.account))
        return json_response({"keys": [_rendered(key) for key in keys]})

    async def revoke(self, request: Request) -> Response:
        """DELETE /v1/account/keys/{id}"""
        desk, caller, key = self._desk, await self._desk.owner(request), request.path_params["id"]
        fact = KeyRevoked(**desk.stamp(request, caller), key=key)
        if not is_id(key) or not await desk.stores.keys.revoke(str(caller.account), key, fact):
            raise Problem(404, "There is no such key of yours.")
        desk.memory.forget(str(caller.account))
        return Response(status_code=NO_CONTENT)


def _rendered(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "created_at": timestamp(key.created_at),
        "expires_at": None if key.expires_at is None else timestamp(key.expires_at),
        "last_used_at": None if key.last_used_at is None else timestamp(key.last_used_at),
    }
