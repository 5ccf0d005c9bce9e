"""The accounts' part of the OpenAPI document."""

from http_edge.accounts.openapi_schemas import SCHEMAS, Schema
from http_edge.identity import SCOPES

_LATER: Schema = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds until it is worth trying"}}
_COOKIE: Schema = {"Set-Cookie": {"schema": {"type": "string"}, "description": "The session's cookie, HttpOnly"}}
_HOW: Schema = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to authenticate"}}
_WHY = {
    400: "Something in the request is wrong; `errors` names each field and the reason",
    401: "There are no credentials, or they do not hold",
    403: "The credentials hold and do not allow this, or the request comes from another site's page",
    404: "There is no such thing of yours",
    408: "The request did not arrive in time",
    409: "There are too many already",
    413: "The body is too large",
    415: "The body is not declared as application/json",
    429: "Too many tries",
    500: "Our fault; the log has it under the answer's X-Request-Id",
    503: "Accounts cannot be reached at the moment: try again",
}
_BODY = (400, 403, 408, 413, 415)
"""What everything that takes a body can answer."""
_ALWAYS = (500, 503)
_SIGNED = (401, 403)
_OF_ACCOUNTS = ("/v1/account/", "/v1/admin/")
"""Where the paths begin that strangers have nothing to ask of, be they allowed to submit or not."""


def add_accounts(document: Schema, cookie: str, *, allow_anonymous: bool) -> None:
    """Add the accounts' operations to `document`, and to the others who may call them."""
    _secure(document["paths"], allow_anonymous=allow_anonymous)
    document["paths"].update(_paths())
    _throttle(document["paths"])
    document["components"]["schemas"].update(SCHEMAS)
    document["components"]["securitySchemes"] = {
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "cp_<prefix>_<secret>",
            "description": f"An API key, with scopes of {', '.join(sorted(SCOPES))}",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "A session, from POST /v1/sessions; other than GET only from this site's own pages",
        },
    }


def _secure(paths: Schema, *, allow_anonymous: bool) -> None:
    for path, operations in paths.items():
        strangers: list[Schema] = [{}] if allow_anonymous and not path.startswith(_OF_ACCOUNTS) else []
        for operation in operations.values():
            if "401" in operation["responses"]:
                operation["security"] = [{"apiKey": []}, {"session": []}, *strangers]


def _throttle(paths: Schema) -> None:
    """Wherever credentials are taken, too many unknown ones are not."""
    for operations in paths.values():
        for operation in operations.values():
            if "401" in operation["responses"]:
                why = "Too many unknown credentials came from this address"
                operation["responses"].setdefault("429", _problem(429, why))


def _paths() -> Schema:
    return {
        "/v1/accounts": {"post": _open("register", "Register", "Registration", {"202": _told()}, 429)},
        "/v1/account/verification": {
            "post": _open("verifyEmail", "Confirm an e-mail address", "Token", {"204": _done()}, 429)
        },
        "/v1/account/verification/requests": {
            "post": _open("askVerification", "Ask for the mail again", "Address", {"202": _told()}, 429)
        },
        "/v1/account/password/resets": {
            "post": _open("askPasswordReset", "Forgot the password", "Address", {"202": _told()}, 429)
        },
        "/v1/account/password": {"put": _password()},
        "/v1/account": {
            "get": _own("readAccount", "One's account", {"200": _json("Account", "It")}),
            "patch": _own("changeAccount", "Change one's account", {"200": _json("Account", "It")}, body="Profile"),
            "delete": _own(
                "deleteAccount", "Delete one's account", {"204": _done(cookie=True)}, 429, body="PasswordAgain"
            ),
        },
        "/v1/account/keys": {
            "get": _own("listKeys", "One's API keys", {"200": _json("Keys", "They, newest first")}),
            "post": _own("makeKey", "Make an API key", {"201": _json("NewKey", "It, once")}, 409, body="KeyRequest"),
        },
        "/v1/account/keys/{id}": {"delete": _own("revokeKey", "Revoke an API key", {"204": _done()}, 404, of_id=True)},
        "/v1/sessions": {
            "post": _log_in(),
            "get": _own("listSessions", "One's sessions", {"200": _json("Sessions", "They, last used first")}),
            "delete": _own("endOtherSessions", "End all sessions but this one", {"204": _done()}),
        },
        "/v1/sessions/current": {"delete": _own("logOut", "Log out", {"204": _done(cookie=True)}, 404)},
        "/v1/sessions/{id}": {"delete": _own("endSession", "End a session", {"204": _done()}, 404, of_id=True)},
    }


def _log_in() -> Schema:
    answer = {**_json("LoggedIn", "A session has begun"), "headers": _COOKIE}
    operation = _open("logIn", "Log in", "Login", {"201": answer}, 429)
    wrong = _problem(401, "The e-mail address or the password is wrong; which, is not said")
    not_yet = "The address is not confirmed (urn:codeportal:email-not-verified) or the account is disabled"
    operation["responses"].update({"401": wrong, "403": _problem(403, not_yet)})
    return operation


def _password() -> Schema:
    operation = _own(
        "setPassword", "Change the password, or choose a new one with a mail's token", {"204": _done(cookie=True)}, 429
    )
    operation["responses"].update(_problems(*_BODY))
    operation["requestBody"] = _request("NewPassword")
    operation["security"] = [{"session": []}, {"apiKey": []}, {}]  # a token from a mail needs neither
    return operation


def _open(name: str, summary: str, body: str, answers: Schema, *problems: int) -> Schema:
    """An operation that needs no credentials."""
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["accounts"],
        "security": [],
        "requestBody": _request(body),
        "responses": {**answers, **_problems(*_BODY, *problems, *_ALWAYS)},
    }


def _own(name: str, summary: str, answers: Schema, *problems: int, body: str = "", of_id: bool = False) -> Schema:
    """An operation on one's own account."""
    all_problems = (*_SIGNED, *(_BODY if body else ()), *problems, *_ALWAYS)
    operation: Schema = {
        "operationId": name,
        "summary": summary,
        "tags": ["accounts"],
        "security": [{"session": []}, {"apiKey": []}],
        "responses": {**answers, **_problems(*all_problems)},
    }
    if body:
        operation["requestBody"] = _request(body)
    if of_id:
        schema = {"type": "string", "minLength": 1}
        operation["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": schema}]
    return operation


def _request(schema: str) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": _ref(schema)}}}


def _json(schema: str, description: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _told() -> Schema:
    return _json("Detail", "The same answer whether there is such an account or not")


def _done(*, cookie: bool = False) -> Schema:
    return {"description": "Done", **({"headers": _COOKIE} if cookie else {})}


def _problems(*statuses: int) -> Schema:
    return {str(status): _problem(status, _WHY[status]) for status in sorted(set(statuses))}


def _problem(status: int, description: str) -> Schema:
    answer = {"description": description, "content": {"application/problem+json": {"schema": _ref("Problem")}}}
    headers = {401: _HOW, 429: _LATER, 503: _LATER}.get(status)
    return answer if headers is None else {**answer, "headers": headers}


def _ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}
