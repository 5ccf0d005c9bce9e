"""Accounts as administrators see them: find, give plans, make administrators, disable."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.accounts.desk import rendered
from http_edge.accounts.facts import AdminSet, DisabledSet, PlanSet
from http_edge.accounts.memory import CallerMemory
from http_edge.accounts.model import Account
from http_edge.accounts.store import Accounts
from http_edge.body import read_json_object
from http_edge.edge import Edge
from http_edge.identity import ACCOUNT, Caller, client_address
from http_edge.problems import FieldError, Problem
from http_edge.query import Query, whole_number, word
from http_edge.responses import json_response

MOST_PEOPLE, USUAL_PEOPLE = 100, 50
LONGEST_QUERY, LONGEST_CURSOR = 254, 128
FIELDS = ("plan", "admin", "disabled")
_LARGEST_BODY = 4096


class People:
    """Handlers of /v1/admin/accounts."""

    def __init__(self, edge: Edge, accounts: Accounts, memory: CallerMemory) -> None:
        self._edge = edge
        self._accounts = accounts
        self._memory = memory

    async def list(self, request: Request) -> Response:
        """GET /v1/admin/accounts"""
        await self._edge.callers.administrator(request, ACCOUNT)
        query = Query(request)
        wanted = query.take("query", word(LONGEST_QUERY), "")
        limit = query.take("limit", whole_number(1, MOST_PEOPLE), USUAL_PEOPLE)
        after = query.take("cursor", _after, None)
        query.check()
        found = await self._accounts.page(wanted, after, limit + 1)
        page = found[:limit]
        cursor = _cursor(page[-1]) if len(found) > limit else None
        return json_response({"accounts": [_shown(account) for account in page], "next_cursor": cursor})

    async def change(self, request: Request) -> Response:
        """PATCH /v1/admin/accounts/{id}"""
        caller = await self._edge.callers.administrator(request, ACCOUNT)
        wanted = self._wanted(await read_json_object(request, _LARGEST_BODY))
        account = await self._find(request.path_params["id"])
        if account.id == caller.account and (wanted.get("admin") is False or wanted.get("disabled") is True):
            raise Problem(409, "Nobody takes their own rights away: another administrator has to.")
        stamp = self._stamp(request, caller, account)
        if "plan" in wanted:
            await self._accounts.set_plan(account.id, PlanSet(**stamp, plan=wanted["plan"]))
        if "admin" in wanted:
            await self._accounts.set_admin(account.id, AdminSet(**stamp, admin=wanted["admin"]))
        if "disabled" in wanted:
            await self._accounts.set_disabled(account.id, DisabledSet(**stamp, disabled=wanted["disabled"]))
        self._memory.forget(account.id)  # here at once; other edges hear of it a moment later
        return json_response(_shown(await self._find(account.id)))

    async def _find(self, account: str) -> Account:
        found = await self._accounts.find(account) if "\0" not in account else None
        if found is None:
            raise Problem(404, "There is no account with this id.")
        return found

    def _wanted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be changed. Raises Problem."""
        plans = sorted(self._edge.settings.plans.quotas)
        errors = [
            FieldError(name[:64], f"unknown field; known are {', '.join(FIELDS)}")
            for name in body
            if name not in FIELDS
        ]
        wanted = {name: value for name, value in body.items() if name in FIELDS and value is not None}
        if "plan" in wanted and wanted["plan"] not in plans:
            errors.append(FieldError("plan", f"expected one of {', '.join(plans)}"))
        errors += [
            FieldError(name, "expected true or false")
            for name in ("admin", "disabled")
            if not isinstance(wanted.get(name, False), bool)
        ]
        if errors:
            raise Problem(400, "The request is not valid.", errors[:20])
        return wanted

    def _stamp(self, request: Request, caller: Caller, account: Account) -> dict[str, Any]:
        address = client_address(request)
        return {
            "at": self._edge.clock.now(),
            "by": self._edge.name,
            "account": account.id,
            "actor": caller.account,
            "address": address,
        }


def _shown(account: Account) -> dict[str, Any]:
    return {**rendered(account), "disabled": account.disabled_at is not None}


def _cursor(account: Account) -> str:
    at = account.created_at.astimezone(UTC).isoformat()
    return base64.urlsafe_b64encode(f"{at} {account.id}".encode()).rstrip(b"=").decode()


def _after(text: str) -> tuple[datetime, str] | None:
    try:
        if len(text) > LONGEST_CURSOR or not text.isascii():
            raise ValueError
        at, space, account = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        moment = datetime.fromisoformat(at)
        if not space or moment.tzinfo is None or "\0" in account:
            raise ValueError
    except (ValueError, binascii.Error) as error:
        raise ValueError("not one that a page ended with") from error
    return moment, account
