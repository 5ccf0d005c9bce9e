"""Reading a request's body: its type, its size, and JSON without surprises."""

from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request

from http_edge.problems import FieldError, Problem

_JSON = "application/json"


async def read_json_object(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object in the body of at most `limit` bytes. Raises Problem."""
    _check_content_type(request)
    try:
        parsed = msgspec.json.decode(await _read(request, limit))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "The body is not JSON.", [FieldError("", str(error))]) from error
    if not isinstance(parsed, dict):
        raise Problem(400, "The body is not a JSON object.", [FieldError("", "expected an object")])
    return parsed


def _check_content_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "")
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() != _JSON or charset not in {"", "charset=utf-8"}:
        raise Problem(415, f"Content-Type is {content_type!r}; send {_JSON}.", headers={"Accept": _JSON})


async def _read(request: Request, limit: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect as error:
        raise Problem(400, "The connection was closed before the body was complete.") from error
    return b"".join(chunks)


def _too_large(limit: int) -> Problem:
    # The rest of the body is not read, so the connection cannot be used again.
    return Problem(413, f"The body is larger than {limit} bytes.", headers={"Connection": "close"})
