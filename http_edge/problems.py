"""Errors as the client sees them: RFC 9457 `application/problem+json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple

import msgspec
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class FieldError(NamedTuple):
    """What is wrong with one field of a request."""

    field: str
    reason: str


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - the RFC's own word
    """A request that is not served as asked. `detail` is for the person who made it."""

    status: int
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = "about:blank"
    more: Mapping[str, object] = field(default_factory=dict)


def problem_response(problem: Problem) -> Response:
    """`problem` on the wire."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(problem_body(problem), problem.status, headers, MEDIA_TYPE)


def problem_body(problem: Problem) -> bytes:
    """The JSON of `problem`; type `about:blank` means that the status says it all."""
    body: dict[str, object] = {
        "type": problem.type,
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [error._asdict() for error in problem.errors]
    return msgspec.json.encode({**body, **problem.more})


def not_found() -> Problem:
    return Problem(404, "There is no job with this id; results are kept for a limited time.")


def unavailable(reason: str) -> Problem:
    return Problem(503, f"Not possible at the moment: {reason}. Try again.", headers={"Retry-After": "1"})


def internal_error() -> Problem:
    return Problem(500, "Something went wrong on our side; the log has it under the request's id.")
