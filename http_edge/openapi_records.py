"""The part of the OpenAPI document about what is on record: sources, facts, shares, an account's history."""

from http_edge.openapi_answers import EXAMPLE_ID, JOB, Schema, problems
from http_edge.records.history import DAY, LONGEST_CURSOR, MOST_DAYS, MOST_JOBS, STATUSES, USUAL_DAYS, USUAL_JOBS

_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number", "minimum": 0}
_TOKEN = "p2Vn0cJ3S5u8Qy9Zk1LwXA"  # noqa: S105 - an example
_OWN = ("401", "403", "404", "500", "503")
_SHARE_ID: Schema = {**_TEXT, "description": "What to revoke it by: the token itself is not kept"}


def add_records(document: Schema, *, history: bool, shares: bool) -> None:
    """Add the operations to `document`."""
    document["paths"].update(_paths())
    document["components"]["schemas"].update(_schemas())
    if history:
        document["paths"].update({"/v1/account/jobs": {"get": _jobs()}, "/v1/account/usage": {"get": _usage()}})
        document["components"]["schemas"].update(_history_schemas())
    if shares:
        document["paths"].update(_share_paths())
        document["components"]["schemas"].update(_share_schemas())


def _paths() -> Schema:
    return {
        "/v1/execute/{id}/source": {
            "get": _operation("readSource", "A job's program, with all that it was given", "Source", [_path("id")])
        },
        "/v1/execute/{id}/facts": {
            "get": _operation("readFacts", "What happened to a job, in order", "Facts", [_path("id")])
        },
    }


def _share_paths() -> Schema:
    made = {"201": _json("NewShare", "It, with its token, once"), **problems(*_OWN, "409")}
    return {
        "/v1/execute/{id}/shares": {
            "get": _operation("listShares", "A job's public links", "Shares", [_path("id")]),
            "post": {
                "operationId": "share",
                "summary": "Make a public, read-only link to a job's code and result",
                "parameters": [_path("id")],
                "responses": made,
            },
        },
        "/v1/execute/{id}/shares/{token}": {
            "delete": {
                "operationId": "revokeShare",
                "summary": "Revoke a public link, by its id or its token",
                "parameters": [_path("id"), _path("token", _TOKEN)],
                "responses": {"204": {"description": "Nobody sees anything there any more"}, **problems(*_OWN)},
            }
        },
        "/v1/shares/{token}": {
            "get": {
                "operationId": "readShare",
                "summary": "What a public link shows",
                "parameters": [_path("token", _TOKEN)],
                "responses": {
                    "200": _json("Shared", "Code and result; in place of the job's id is the token"),
                    **problems("404", "500", "503"),
                },
            }
        },
    }


def _jobs() -> Schema:
    parameters = [
        _query("language", {**_TEXT, "minLength": 1, "maxLength": 32, "pattern": "^[^\\u0000]*$"}, "Only these"),
        _query("status", {"enum": list(STATUSES)}, "Only these"),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": MOST_JOBS}, f"{USUAL_JOBS} by default"),
        _query("cursor", {"type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR}, "From the page before"),
    ]
    return _operation("listJobs", "One's own jobs, the newest first, up to a moment ago", "Jobs", parameters, own=True)


def _usage() -> Schema:
    day = {"type": "string", "format": "date", "pattern": f"^{DAY}$"}
    parameters = [
        _query("from", day, f"The first day; {USUAL_DAYS} days before `to` by default, at most {MOST_DAYS}"),
        _query("to", day, "The last day; today by default. Days are UTC's"),
    ]
    return _operation("readUsage", "One's plan, and what one's jobs used", "Usage", parameters, own=True)


def _operation(name: str, summary: str, schema: str, parameters: list[Schema], *, own: bool = False) -> Schema:
    wrong = ("400", "401", "403", "500", "503") if own else _OWN
    answers = {"200": _json(schema, summary), **problems(*wrong)}
    return {"operationId": name, "summary": summary, "parameters": parameters, "responses": answers}


def _json(schema: str, description: str) -> Schema:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"description": description, "content": {"application/json": content}}


def _path(name: str, example: str = EXAMPLE_ID) -> Schema:
    schema = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "schema": schema, "example": example}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _schemas() -> Schema:
    fact = {
        "type": "object",
        "required": ["position", "type", "at"],
        "properties": {
            "position": {**_TEXT, "description": "Of its entry in the streams"},
            "type": {"enum": ["submission", "started", "cancel_requested", "finished", "cancelled", "lost"]},
            "at": _MOMENT,
        },
        "description": "More fields by type: attempt, limits, status, exit_code, reason, …",
    }
    return {
        "Source": _source(),
        "Facts": _object(id=_TEXT, facts={"type": "array", "items": fact}),
    }


def _history_schemas() -> Schema:
    job = _object(
        id=_TEXT,
        language=_TEXT,
        status={"enum": list(STATUSES)},
        created_at=_MOMENT,
        finished_at=_nullable(_MOMENT),
        duration_ms=_nullable(_NUMBER),
        cpu_ms=_nullable(_NUMBER),
    )
    limit = _nullable({"type": "integer", "minimum": 1, "description": "null: no limit"})
    return {
        "Jobs": _object(jobs={"type": "array", "items": job}, next_cursor=_nullable(_TEXT)),
        "Usage": _object(
            plan=_object(name=_TEXT, requests_per_minute=limit, concurrent_jobs=limit, cpu_seconds_per_day=limit),
            days={
                "type": "array",
                "items": _object(
                    date={"type": "string", "format": "date"}, language=_TEXT, jobs=_COUNT, cpu_seconds=_NUMBER
                ),
            },
        ),
    }


def _source() -> Schema:
    sizes = dict.fromkeys(("memory", "processes", "output", "file_size", "open_files"), _nullable(_COUNT))
    limits = _object(wall=_nullable(_TEXT), cpu=_nullable(_TEXT), **sizes)
    file = _object(path=_TEXT, content=_TEXT, encoding={"enum": ["utf-8", "base64"]})
    return _object(
        id=_TEXT,
        language=_TEXT,
        code=_TEXT,
        stdin=_TEXT,
        args={"type": "array", "items": _TEXT},
        files={"type": "array", "items": file},
        limits={**limits, "description": "As asked for; null: the language's default"},
    )


def _share_schemas() -> Schema:
    shared = {"source": {"$ref": "#/components/schemas/Source"}, "job": {"$ref": "#/components/schemas/Job"}}
    example = {
        "source": {
            "id": _TOKEN,
            "language": "python",
            "code": "print(input()[::-1])",
            "stdin": "hello",
            "args": [],
            "files": [],
            "limits": dict.fromkeys(("wall", "cpu", "memory", "processes", "output", "file_size", "open_files")),
        },
        "job": {**JOB, "id": _TOKEN},
    }
    return {
        "NewShare": _object(token=_TEXT, url=_TEXT, id=_SHARE_ID, created_at=_MOMENT),
        "Shares": _object(shares={"type": "array", "items": _object(id=_SHARE_ID, created_at=_MOMENT)}),
        "Shared": {**_object(**shared), "examples": [example]},
    }


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
