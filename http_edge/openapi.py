"""The OpenAPI 3.1 document of the interface. Tests hold the running service to it."""

from typing import get_args

from http_edge.limits import LEAST_FILES, LEAST_MEMORY
from http_edge.openapi_answers import ACCEPTED, EXAMPLE_ID, JOB, RATE_LIMIT, Schema, problem_responses, problems
from http_edge.openapi_events import listen
from http_edge.openapi_inputs import ARGS, files
from http_edge.parsing import LONGEST_WAIT
from http_edge.settings import RequestLimits
from streams.duration import format_duration
from streams.facts import LaneClass, Status

_DURATION = {
    "type": "string",
    "pattern": r"^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$",
    "maxLength": 64,
}


def document(limits: RequestLimits) -> Schema:
    """The document, with the limits in force."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CodePortal, the Code Sandbox API",
            "version": "1",
            "description": "Submit a program, get a job id at once, and poll or wait for the result.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/v1/execute": {"post": _submit()},
            "/v1/execute/{id}": {"get": _read(), "delete": _cancel()},
            "/v1/execute/{id}/events": {"get": listen()},
            "/v1/languages": {
                "get": _operation(
                    "listLanguages",
                    "What can run now",
                    {"200": _json("Languages", "Languages that have an executor"), **problems("503")},
                )
            },
            "/health": {"get": _operation("live", "Whether the process is alive", {"200": _json("Live", "It is")})},
            "/health/ready": {
                "get": _operation(
                    "ready",
                    "Whether jobs get done",
                    {
                        "200": _json("Readiness", "Every part does its work"),
                        "503": _json("Readiness", "One does not; its state says why"),
                    },
                )
            },
        },
        "components": {"schemas": _schemas(limits), "responses": problem_responses()},
    }


def _submit() -> Schema:
    example = {"language": "python", "code": "print(input()[::-1])", "stdin": "hello", "timeout": "2s"}
    return {
        **_operation(
            "submit",
            "Submit a program",
            {
                "202": {
                    "description": "Accepted; with `wait`, not finished when the time was up",
                    "headers": {
                        "Location": {"schema": {"type": "string"}, "description": "Where to poll"},
                        **RATE_LIMIT,
                    },
                    "content": {
                        "application/json": {
                            "schema": {"anyOf": [_ref("Accepted"), _ref("Job")]},
                            "example": ACCEPTED,
                        }
                    },
                },
                "200": _json("Job", "With `wait`: the job, which is done", JOB),
                **problems("400", "401", "403", "408", "409", "413", "415", "429", "500", "503"),
            },
        ),
        "parameters": [
            _wait(),
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same key and request give the same job, by default for 24 hours (IDEMPOTENCY_TTL)",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("Submission"), "example": example}},
        },
    }


def _read() -> Schema:
    described = "The job, done or not: `status` says it"
    responses = {"200": _json("Job", described, JOB), **problems("400", "401", "403", "404", "500", "503")}
    return {
        **_operation("readJob", "State and, at the end, result of a job", responses),
        "parameters": [_id(), _wait()],
    }


def _cancel() -> Schema:
    described = "It will be cancelled, and this is its state so far"
    responses = {"202": _json("Job", described), **problems("401", "403", "404", "409", "500", "503")}
    return {**_operation("cancelJob", "Cancel a job", responses), "parameters": [_id()]}


def _operation(name: str, summary: str, responses: Schema) -> Schema:
    return {"operationId": name, "summary": summary, "responses": responses}


def _json(schema: str, description: str, example: Schema | None = None) -> Schema:
    content: Schema = {"schema": _ref(schema)} if example is None else {"schema": _ref(schema), "example": example}
    return {"description": description, "content": {"application/json": content}}


def _ref(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


def _id() -> Schema:
    schema = {"type": "string", "minLength": 1}
    return {"name": "id", "in": "path", "required": True, "schema": schema, "example": EXAMPLE_ID}


def _wait() -> Schema:
    return {
        "name": "wait",
        "in": "query",
        "description": f"Hold the answer until the job is done or this long, at most {format_duration(LONGEST_WAIT)}",
        "schema": _DURATION,
        "example": "10s",
    }


def _schemas(limits: RequestLimits) -> Schema:
    text = {"type": "string"}
    return {
        "Submission": {
            "type": "object",
            "additionalProperties": False,
            "required": ["language", "code"],
            "properties": {
                "language": {**text, "description": "A name or alias of GET /v1/languages"},
                "code": {**text, "description": f"The program; at most {limits.source} bytes as UTF-8"},
                "stdin": {**_nullable(text), "description": f"Its input; at most {limits.stdin} bytes as UTF-8"},
                "timeout": {
                    **_nullable(_DURATION),
                    "description": f"The same as limits.wall; at most {format_duration(limits.timeout)}",
                },
                "limits": _nullable(_limits(limits)),
                "args": _nullable(ARGS),
                "files": _nullable(files(limits.files)),
                "priority": {
                    "enum": [*get_args(LaneClass), None],
                    "description": "batch waits until nothing interactive does, and is never starved",
                },
            },
        },
        "Accepted": _object(
            id=text, status={"const": "queued"}, language=text, created_at={**text, "format": "date-time"}
        ),
        "Job": _job(),
        "Languages": _object(languages={"type": "array", "items": _language()}),
        "Live": _object(status={"const": "ok"}),
        "Readiness": _object(
            status={"enum": ["ready", "not ready"]},
            checks={
                "type": "object",
                "additionalProperties": _object({"additionalProperties": True}, ok={"type": "boolean"}, state=text),
            },
        ),
        "Problem": _problem_schema(),
    }


def _limits(limits: RequestLimits) -> Schema:
    most = limits.maxima
    durations = {"wall": ("wall clock of the run", limits.timeout), "cpu": ("CPU time of all processes", most.cpu)}
    sizes = {
        "memory": ("memory of all processes", LEAST_MEMORY, most.memory),
        "output": ("bytes kept of stdout and of stderr each", 1, most.output),
        "file_size": ("largest file", 1, most.file_size),
    }
    counts = {
        "processes": ("processes and threads", 1, most.processes),
        "open_files": ("open files of a process", LEAST_FILES, most.open_files),
    }
    size = {"type": "string", "pattern": "^[0-9]{1,15} ?(B|KiB|MiB|GiB|KB|MB|GB)?$"}
    properties = {
        **{
            name: {**_nullable(_DURATION), "description": f"{what}; at most {format_duration(largest)}"}
            for name, (what, largest) in durations.items()
        },
        **{
            name: {
                "anyOf": [{"type": "integer", "minimum": least, "maximum": largest}, size, {"type": "null"}],
                "description": f"{what}; from {least} to {largest} bytes",
            }
            for name, (what, least, largest) in sizes.items()
        },
        **{
            name: {**_nullable({"type": "integer", "minimum": least, "maximum": largest}), "description": what}
            for name, (what, least, largest) in counts.items()
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "What the run may use; the language's defaults hold for what is left out",
        "properties": properties,
    }


def _job() -> Schema:
    text, moment = {"type": "string"}, {"type": "string", "format": "date-time"}
    number, whole = {"type": "number", "minimum": 0}, {"type": "integer", "minimum": 0}
    truncated = _object(stdout={"type": "boolean"}, stderr={"type": "boolean"})
    compiled = _object(
        exit_code=_nullable({"type": "integer"}),
        stdout=text,
        stderr=text,
        duration_ms=number,
        cpu_ms=_nullable(number),
        memory_peak_bytes=_nullable(whole),
        truncated=truncated,
        cached={
            "type": "boolean",
            "description": "Whether nothing was compiled: what the account had built of the same source was run",
        },
    )
    return _object(
        id=text,
        language=text,
        status={"enum": list(get_args(Status))},
        created_at=_nullable(moment),
        started_at=_nullable(moment),
        finished_at=_nullable(moment),
        stdout=_nullable(text),
        stderr=_nullable(text),
        exit_code=_nullable({"type": "integer"}),
        signal=_nullable({**text, "description": "The name of the signal that ended the program, such as SIGSEGV"}),
        compile=_nullable(compiled),
        stage=_nullable({"enum": ["compile", "run"]}),
        duration_ms=_nullable(number),
        cpu_ms=_nullable(number),
        memory_peak_bytes=_nullable(whole),
        memory_source=_nullable({**text, "description": "How memory_peak_bytes was measured"}),
        truncated=_nullable(truncated),
        attempts=whole,
        queue=_nullable(_queue()),
        error=_nullable({**text, "description": "Why the job did not come to an exit of its own"}),
    )


def _queue() -> Schema:
    """Why a job waits; null as soon as it does not."""
    whole = {"type": "integer", "minimum": 0}
    position = "About how many submissions start until this one does, itself included; 0: a runner is being given it"
    start = "About when it starts, judged by how long jobs took lately; null while there is no runner or no such job"
    return _object(
        position={**whole, "description": position},
        runners={**whole, "description": "Runners of the language"},
        busy={**whole, "description": "Those that run a job"},
        estimated_start_ms={**_nullable(whole), "description": start},
    )


def _language() -> Schema:
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 0}
    return _object(
        name=text,
        aliases={"type": "array", "items": text},
        versions={"type": "object", "additionalProperties": text},
        runners=whole,
        busy=whole,
        executors=whole,
    )


def _problem_schema() -> Schema:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": _object(field=text, reason=text)},
            "violated-policies": {"type": "array", "items": text, "description": "The quotas that are used up"},
        },
    }


def _object(extra: Schema | None = None, /, **properties: Schema) -> Schema:
    """An object with exactly these properties, all of them always there."""
    closed = {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}
    return {**closed, **(extra or {})}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
