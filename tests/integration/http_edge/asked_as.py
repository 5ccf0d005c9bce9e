"""What schemathesis is told beside the document: who asks, how to be that again, and which failures are none.

Operations that end what the run is made with (logging out, revoking keys, a new password, the account's deletion) are
asked like all others: after one has done so, and after every 401, the next request is made with a credential that is
known to hold. Loaded by SCHEMATHESIS_HOOKS; the environment says the rest.
"""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast

import httpx
import schemathesis
from schemathesis.auths import AuthContext
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import IgnoredAuth, UseAfterFree

from deploy.stack.settings import ROOT

AnyCase: TypeAlias = Case[Any]
Who: TypeAlias = Literal["nobody", "key", "session", "administrator"]
WHO = cast(Who, os.environ.get("ASKED_AS", "nobody"))
URL = os.environ.get("ASKED_AT", "")
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"
COOKIE = "codeportal_session"
RIGHT_PASSWORD_EVERY = 2
"""Of so many requests that need the password the first has it: schemathesis itself never guesses it."""
_ENDING = frozenset({"logOut", "endSession", "endOtherSessions", "revokeKey", "setPassword", "deleteAccount"})


class Asker:
    """Whom the run is made as. Every credential that it gives out has just held."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._http = httpx.Client(base_url=URL, headers={"Origin": URL}, timeout=30, trust_env=False)
        self._password = PASSWORD
        self._secret = ""
        self._doubtful = True
        self._turns: Counter[str] = Counter()

    def secret(self) -> str:
        """A session's token, or an API key."""
        with self._lock:
            if self._doubtful and not self._holds():
                self._secret = self._begin()
            self._doubtful = False
            return self._secret

    def doubt(self) -> None:
        """It may have ended: look before it is used again."""
        self._doubtful = True

    def passwords_in_turn(self, operation: str) -> dict[str, str]:
        """The right password and a new one that is hard to guess, by the fields of `operation`, if it is its turn."""
        self._turns[operation] += 1
        if self._turns[operation] % RIGHT_PASSWORD_EVERY != 1:
            return {}
        if operation == "logIn":
            return {"email": EMAIL, "password": self._password}
        if operation == "deleteAccount":
            return {"password": self._password}
        return {"current_password": self._password, "new_password": f"{PASSWORD} {self._turns[operation]}"}

    def has_password(self, password: str) -> None:
        self._password = password

    def _holds(self) -> bool:
        if not self._secret:
            return False
        path = "/v1/admin/overview" if WHO == "administrator" else "/v1/account"
        self._http.cookies.clear()
        return self._http.get(path, headers=headers(self._secret)).is_success

    def _begin(self) -> str:
        self._http.cookies.clear()
        answer = self._log_in()
        if answer.status_code == 401:  # it is not there yet, or was deleted
            self._password = PASSWORD
            make_account()
            answer = self._log_in()
        answer.raise_for_status()
        return self._make_key() if WHO == "key" else self._http.cookies[COOKIE]

    def _log_in(self) -> httpx.Response:
        return self._http.post("/v1/sessions", json={"email": EMAIL, "password": self._password})

    def _make_key(self) -> str:
        for key in self._http.get("/v1/account/keys").raise_for_status().json()["keys"]:
            self._http.delete(f"/v1/account/keys/{key['id']}")  # there may be no more of them
        wanted = {"name": "k", "scopes": ["account", "execute", "read"]}
        made: str = self._http.post("/v1/account/keys", json=wanted).raise_for_status().json()["key"]
        return made


def headers(secret: str) -> dict[str, str]:
    """How a request shows it."""
    return {"Authorization": f"Bearer {secret}"} if WHO == "key" else {"Cookie": f"{COOKIE}={secret}", "Origin": URL}


def make_account() -> None:
    """As an operator does."""
    command = [sys.executable, "-m", "deploy.cli", "account", "create", EMAIL, "--plan", "unlimited"]
    command += ["--password-stdin", *(["--admin"] if WHO == "administrator" else [])]
    subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=True, cwd=ROOT)


ASKER = Asker()


class AskedAs:
    """An authentication provider of schemathesis."""

    def get(self, case: AnyCase, context: AuthContext, /) -> str:
        del case, context
        return ASKER.secret()

    def set(self, case: AnyCase, data: str, context: AuthContext, /) -> None:
        del context
        for name, value in headers(data).items():
            case.headers[name] = value


if WHO != "nobody":
    schemathesis.auth(refresh_interval=None)(AskedAs)


@schemathesis.hook
def before_call(context: HookContext, case: AnyCase, kwargs: dict[str, Any]) -> None:
    """Now and then a request has the right password."""
    del context, kwargs
    name, body = _name(case), case.body
    valid = case.meta is None or case.meta.generation.mode.is_positive
    wanted = WHO != "nobody" and valid and name in ("logIn", "setPassword", "deleteAccount")
    if wanted and isinstance(body, dict) and "token" not in body:
        case.body = {**body, **ASKER.passwords_in_turn(name)}


@schemathesis.hook
def after_call(context: HookContext, case: AnyCase, response: Response) -> None:
    """See whether the credential may have ended."""
    del context
    ended = _name(case) in _ENDING and response.status_code < 300
    if ended and _name(case) == "setPassword" and isinstance(case.body, Mapping):
        ASKER.has_password(str(case.body["new_password"]))
    if ended or response.status_code == 401:
        ASKER.doubt()


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    """False for what is no failure here."""
    del context, response
    if isinstance(failure, UseAfterFree):
        # DELETE of a job cancels it: what it did until then can still be read, for JOB_TTL.
        return failure.operation != "DELETE /v1/execute/{id}"
    if isinstance(failure, IgnoredAuth):
        # To who is no administrator nothing is there, so that nobody learns what an administrator could do.
        return not (case.operation.path.startswith("/v1/admin/") and "got `404 Not Found`" in failure.message)
    return True


def _name(case: AnyCase) -> str:
    """The operation's id; none for a request that only looks which other methods its path has."""
    if case.method.upper() != case.operation.method.upper():
        return ""
    raw: Mapping[str, Any] = case.operation.definition.raw
    return str(raw.get("operationId", ""))
