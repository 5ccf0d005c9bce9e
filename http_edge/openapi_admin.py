"""The part of the OpenAPI document about administration. To who is no administrator all of it is 404."""

from typing import get_args

from http_edge.admin.dead import MOST_LETTERS, USUAL_LETTERS
from http_edge.admin.overview import MOST_FAILURES, RATE_SECONDS, USUAL_FAILURES
from http_edge.admin.people import LONGEST_CURSOR, LONGEST_QUERY, MOST_PEOPLE, USUAL_PEOPLE
from http_edge.openapi_answers import Schema, problems
from http_edge.plans import Plans
from streams.ports import ActorKind

_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number", "minimum": 0}
_FLAG: Schema = {"type": "boolean"}
_SIGNED = ("401", "403", "404", "500", "503")


def add_admin(document: Schema, plans: Plans) -> None:
    """Add the operations to `document`."""
    document["paths"].update(_paths())
    document["components"]["schemas"].update(_schemas(plans))


def _paths() -> Schema:
    key, account = _path("key"), _path("id")
    retried = {"202": _json("Retried", "It runs again, as another job"), **problems(*_SIGNED, "409")}
    change = _operation("changeAccountAsAdmin", "Change an account", "AccountSeen", "400", "408", "409", "413", "415")
    body = {"required": True, "content": {"application/json": {"schema": _ref("AccountChange")}}}
    return {
        "/v1/admin/overview": {"get": _operation("overview", "The system at a glance", "Overview")},
        "/v1/admin/failures": {
            "get": {
                **_operation("failures", "Jobs that were lost, by our own fault, the latest first", "Failures", "400"),
                "parameters": [_limit(MOST_FAILURES, USUAL_FAILURES)],
            }
        },
        "/v1/admin/dead": {
            "get": {
                **_operation("listDead", "What was given up, the latest first", "DeadLetters", "400"),
                "parameters": [_limit(MOST_LETTERS, USUAL_LETTERS)],
            }
        },
        "/v1/admin/dead/{key}/retry": {
            "post": {
                "operationId": "retryDead",
                "summary": "Run what was given up again",
                "tags": ["admin"],
                "parameters": [key],
                "responses": retried,
            }
        },
        "/v1/admin/dead/{key}": {
            "delete": {
                "operationId": "dropDead",
                "summary": "Forget what was given up",
                "tags": ["admin"],
                "parameters": [key],
                "responses": {"204": {"description": "It is forgotten"}, **problems(*_SIGNED)},
            }
        },
        "/v1/admin/accounts": {
            "get": {
                **_operation("findAccounts", "Accounts, the newest first", "AccountsSeen", "400"),
                "parameters": [
                    _query("query", {**_TEXT, "minLength": 1, "maxLength": LONGEST_QUERY}, "Part of address or name"),
                    _query("cursor", {**_TEXT, "minLength": 1, "maxLength": LONGEST_CURSOR}, "From the page before"),
                    _limit(MOST_PEOPLE, USUAL_PEOPLE),
                ],
            }
        },
        "/v1/admin/accounts/{id}": {"patch": {**change, "parameters": [account], "requestBody": body}},
    }


def _operation(name: str, summary: str, schema: str, *wrong: str) -> Schema:
    responses = {"200": _json(schema, summary), **problems(*sorted({*_SIGNED, *wrong}))}
    return {"operationId": name, "summary": summary, "tags": ["admin"], "responses": responses}


def _json(schema: str, description: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


def _ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _limit(most: int, usual: int) -> Schema:
    return _query("limit", {"type": "integer", "minimum": 1, "maximum": most}, f"{usual} by default")


def _schemas(plans: Plans) -> Schema:
    failure = _object(id=_TEXT, language=_TEXT, at=_MOMENT, attempts=_COUNT, reason=_TEXT)
    letter = _object(
        key=_TEXT,
        at=_MOMENT,
        reason=_TEXT,
        attempts=_COUNT,
        job=_nullable(_TEXT),
        stream=_TEXT,
        position=_TEXT,
        language=_nullable(_TEXT),
        account=_nullable(_TEXT),
        retryable=_FLAG,
    )
    account = _object(
        id=_TEXT,
        email=_TEXT,
        display_name=_TEXT,
        email_verified=_FLAG,
        plan=_TEXT,
        admin=_FLAG,
        created_at=_MOMENT,
        disabled=_FLAG,
    )
    return {
        "Overview": _overview(),
        "Failures": _object(failures=_list(failure)),
        "DeadLetters": _object(dead=_list(letter), total=_COUNT),
        "Retried": _object(job=_TEXT),
        "AccountSeen": account,
        "AccountsSeen": _object(accounts=_list(account), next_cursor=_nullable(_TEXT)),
        "AccountChange": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "plan": {"enum": [*sorted(plans.quotas), None]},
                "admin": _nullable(_FLAG),
                "disabled": _nullable(_FLAG),
            },
        },
    }


def _overview() -> Schema:
    age = _nullable(_COUNT)
    language = _object(
        name=_TEXT,
        aliases=_list(_TEXT),
        versions={"type": "object", "additionalProperties": _TEXT},
        runners=_COUNT,
        busy=_COUNT,
        executors=_COUNT,
        job_ms=_nullable(_NUMBER),
        waiting=_COUNT,
        claimed=_COUNT,
        oldest_waiting_ms=age,
    )
    group = _object(
        stream=_TEXT,
        group=_TEXT,
        consumers=_COUNT,
        waiting=_COUNT,
        pending=_COUNT,
        oldest_waiting_ms=age,
        oldest_pending_ms=age,
    )
    actor = _object(
        name=_TEXT,
        kind={"enum": list(get_args(ActorKind))},
        language=_nullable(_TEXT),
        host=_TEXT,
        pid=_COUNT,
        started_at=_MOMENT,
        state=_TEXT,
        runners=_COUNT,
        busy=_COUNT,
        job_ms=_nullable(_NUMBER),
    )
    runner = _object(
        name=_TEXT,
        language=_TEXT,
        executor=_nullable(_TEXT),
        job=_nullable(_TEXT),
        attempt=_nullable(_COUNT),
        since=_nullable(_MOMENT),
        cpu_seconds=_nullable(_NUMBER),
        memory_bytes=_nullable(_COUNT),
        processes=_nullable(_COUNT),
    )
    rates = _object(seconds=_NUMBER, started=_NUMBER, ended=_NUMBER, succeeded=_NUMBER, lost=_NUMBER)
    return _object(
        languages=_list(language),
        groups=_list(group),
        actors=_list(actor),
        runners={**_list(runner), "description": "Those that executors have leased; CPU time counts from its start"},
        rates={**rates, "description": f"Per second, over the last `seconds`, {RATE_SECONDS} or less"},
        redis=_object(used_bytes=_COUNT, limit_bytes=_nullable(_COUNT)),
        dead_letters=_COUNT,
        archive=_nullable(_object(waiting=_COUNT, oldest_ms=_COUNT)),
    )


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
