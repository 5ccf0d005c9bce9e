"""Reading a request's body: its type, its size, and JSON without surprises.

A body is decoded by passes in C over all of it, during each of which no other thread goes on. So their time is bounded,
by the body's size and by how much a large one may consist of, and between those over a very large one the loop has its
turn.
"""

import asyncio
import json
from typing import Any

import msgspec
from starlette.requests import Request

from http_edge.headers import header
from http_edge.outline import MOST_VALUES, TooManyValuesError, outline
from http_edge.problems import FieldError, Problem

_JSON = "application/json"
_READ_ANYWAY = 4
"""Times the limit that is read and thrown away, so that the client gets to see its 413 and not a reset connection."""
_SMALL = 32_768
"""Bytes of a body that is decoded in a few milliseconds whatever it consists of."""
_AT_ONCE = 1 << 20
"""Bytes of a body whose passes take some 10 ms together, and one not much less; a thread for them would not pay."""


async def read_json_object(request: Request, limit: int) -> dict[str, Any]:
    """The JSON object in the body of at most `limit` bytes. Raises Problem."""
    _check_content_type(request)
    raw = await _read(request, limit)
    return _decoded(raw) if len(raw) <= _AT_ONCE else await asyncio.to_thread(_decoded, raw)


def _decoded(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` is. Raises Problem."""
    structure = raw if len(raw) <= _SMALL else _outline(raw)
    try:
        parsed = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "The body is not JSON.", [FieldError("", _reason(raw, error))]) from error
    if not isinstance(parsed, dict):
        raise Problem(400, "The body is not a JSON object.", [FieldError("", "expected an object")])
    # As many colons as fields: no field can be there twice, and nothing more is to be done for most small programs.
    if raw.count(b":") != len(parsed):
        _refuse_duplicates(structure)
    return parsed


def _outline(raw: bytes) -> bytes:
    try:
        return outline(raw)
    except TooManyValuesError as error:
        reason = f"more than {MOST_VALUES} values; no valid request has as many"
        raise Problem(400, "The request is not valid.", [FieldError("", reason)]) from error


def _reason(raw: bytes, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if _has_unpaired_surrogate(raw):
        return "an escape such as \\ud800 without its other half (an unpaired surrogate) is no Unicode text"
    return str(error)


def _has_unpaired_surrogate(raw: bytes) -> bool:
    """Whether that is all that is wrong: the standard library lets such text through until it is encoded."""
    try:
        msgspec.json.encode(json.loads(raw.decode(), parse_int=float))
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        pass
    return False


def _refuse_duplicates(raw: bytes) -> None:
    try:
        json.loads(raw, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "The body is not JSON.", [FieldError("", _reason(raw, error))]) from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise Problem(400, "The request is not valid.", [FieldError(name[:64], "given more than once")])
        fields[name] = value
    return fields


def _check_content_type(request: Request) -> None:
    content_type = header(request.scope, b"content-type") or ""
    if content_type == _JSON:
        return
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() != _JSON or charset not in {"", "charset=utf-8"}:
        raise Problem(415, f"Content-Type is {content_type!r}; send {_JSON}.", headers={"Accept": _JSON})


async def _read(request: Request, limit: int) -> bytes:
    declared = int(header(request.scope, b"content-length") or 0)  # the parser has seen that it is a number
    if declared > limit * _READ_ANYWAY or (declared > limit and "expect" in request.headers):
        raise _too_large(limit)
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= limit * _READ_ANYWAY:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Problem(400, "The connection was closed before the body was complete.")
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    if size > limit:
        raise _too_large(limit)
    return b"".join(chunks)


def _too_large(limit: int) -> Problem:
    # Some of the body may not have been read, so the connection cannot be used again.
    return Problem(413, f"The body is larger than {limit} bytes.", headers={"Connection": "close"})
