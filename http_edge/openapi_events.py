"""The part of the OpenAPI document about a job's events."""

from http_edge.openapi_answers import EXAMPLE_ID, JOB, Schema, problems
from http_edge.telling import Event
from streams.output import Mark, end_of

_EXAMPLE = b"retry: 1000\n\n" + b"".join(
    event.encode()
    for event in (
        Event("status", Mark(0), {"status": "queued", "at": JOB["created_at"], "attempt": 0}),
        Event("status", Mark(1), {"status": "running", "at": JOB["started_at"], "attempt": 1}),
        Event("stdout", Mark(1, 6), {"text": JOB["stdout"]}),
        Event("done", end_of(1), JOB),
    )
)
_MARK = "^[0-9]{1,9}-([0-9]{1,19}|18446744073709551615)$"
# Of one event, as validators read a stream's schema in OpenAPI 3.1 (3.2 has itemSchema for that).
_EVENT = {
    "type": "object",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"enum": ["status", "stdout", "stderr", "done"]},
        "id": {"type": "string", "pattern": _MARK},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer"},
    },
}
_MEANING = (
    "Server-Sent Events. `status` has `status` (queued, running), `at`, `attempt`: a greater attempt begins anew, and"
    " what was heard of an earlier one counts no more. `stdout` and `stderr` have `text`: all texts of the last attempt"
    " are the job's output, exactly. `done` has the job as GET shows it, and is the last. Comments are heartbeats."
)


def listen() -> Schema:
    """The operation."""
    stream = {"schema": _EVENT, "example": _EXAMPLE.decode()}
    return {
        "operationId": "listenToJob",
        "summary": "A job's status, output and verdict, as they come",
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "minLength": 1},
                "example": EXAMPLE_ID,
            },
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The id of the last event that was heard: go on after it, without gap or repetition",
                "schema": {"type": "string", "pattern": _MARK},
            },
        ],
        "responses": {
            "200": {"description": _MEANING, "content": {"text/event-stream": stream}},
            "204": {"description": "The last event was the verdict: do not come again"},
            **problems("400", "401", "403", "404", "500", "503"),
        },
    }
