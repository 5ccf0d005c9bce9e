"""The answers of the OpenAPI document: what each status means, its headers, and examples that people can read."""

from typing import Any

Schema = dict[str, Any]

EXAMPLE_ID = "AQAAAAAAAAGiC2poiwAAAACrq6urq6urq3B5dGhvbg"
ACCEPTED = {"id": EXAMPLE_ID, "status": "queued", "language": "python", "created_at": "2026-01-02T03:04:05.678901Z"}
JOB = {
    "id": EXAMPLE_ID,
    "language": "python",
    "status": "succeeded",
    "created_at": "2026-01-02T03:04:05.678901Z",
    "started_at": "2026-01-02T03:04:05.680122Z",
    "finished_at": "2026-01-02T03:04:05.687733Z",
    "stdout": "olleh\n",
    "stderr": "",
    "exit_code": 0,
    "signal": None,
    "compile": None,
    "stage": "run",
    "duration_ms": 6.1,
    "cpu_ms": 4.2,
    "memory_peak_bytes": 9_437_184,
    "memory_source": "cgroup",
    "truncated": {"stdout": False, "stderr": False},
    "attempts": 1,
    "queue": None,
    "error": None,
}
_BAD_FIELDS = [
    {"field": "language", "reason": "'cobol' is not known; known languages are go, javascript, python"},
    {"field": "timeout", "reason": "'2' is not a duration such as 10s, 500ms or 1m30s"},
]

_LATER = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds until it is worth trying again"}}
RATE_LIMIT = {
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": "What the caller's plan allows, as draft-ietf-httpapi-ratelimit-headers says",
    },
    "RateLimit": {"schema": {"type": "string"}, "description": "What is left of it, and the seconds until it is whole"},
}
_HOW = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to authenticate"}}

_PROBLEMS: dict[str, tuple[str, str, Schema]] = {
    "400": ("BadRequest", "Something in the request is wrong; `errors` names each field and the reason", {}),
    "401": (
        "Unauthorized",
        "Anonymous use is closed on this server, or credentials do not hold (a cookie: urn:codeportal:session-ended)",
        _HOW,
    ),
    "403": ("Forbidden", "The credentials hold and do not allow this", {}),
    "404": ("NotFound", "There is no job with this id; results are kept for a limited time", {}),
    "408": ("RequestTimeout", "The request did not arrive in time", {}),
    "409": ("Conflict", "The job has ended, or the Idempotency-Key stands for another request", {}),
    "413": ("ContentTooLarge", "The body, the source or the input is larger than the limit", {}),
    "415": ("UnsupportedMediaType", "The body is not declared as application/json", {}),
    "429": (
        "TooManyRequests",
        "The language's queue is full, or the plan's quota is used up (`violated-policies`); nothing was accepted",
        {**_LATER, **RATE_LIMIT},
    ),
    "500": ("InternalServerError", "Our fault; the log has it under the answer's X-Request-Id", {}),
    "503": (
        "ServiceUnavailable",
        "The job store cannot be reached or is full: try again",
        _LATER,
    ),
}


def problems(*statuses: str) -> Schema:
    """The responses of an operation that has these problems."""
    return {status: {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"} for status in statuses}


def problem_responses() -> Schema:
    """The components that `problems` refers to."""
    return {name: _problem(int(status), text, headers) for status, (name, text, headers) in _PROBLEMS.items()}


def _problem(status: int, description: str, headers: Schema) -> Schema:
    content: Schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status == 400:
        content["example"] = {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "The request is not valid.",
            "errors": _BAD_FIELDS,
        }
    described: Schema = {"description": description, "content": {"application/problem+json": content}}
    return {**described, "headers": headers} if headers else described
