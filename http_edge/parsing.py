"""A submission as clients spell it, checked field by field: every wrong field is named, not just the first."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast, get_args

import msgspec
from starlette.requests import Request

from http_edge.inputs import ARGS_SIZE, parse_args, parse_files
from http_edge.limits import parse_limits
from http_edge.problems import FieldError, Problem
from http_edge.settings import RequestLimits
from streams.bytesize import format_size
from streams.duration import format_duration, parse_duration
from streams.facts import File, LaneClass, Limits

FIELDS = ("language", "code", "stdin", "timeout", "limits", "args", "files", "priority")
PRIORITIES: tuple[LaneClass, ...] = get_args(LaneClass)
LONGEST_WAIT = timedelta(seconds=60)
MOST_UNKNOWN = 20
"""Unknown fields that are named: the answer to a bad request should not be longer than the request."""


class SubmitRequest(msgspec.Struct, frozen=True):
    """What a client asks for. `language` is canonical."""

    language: str
    code: str
    stdin: str
    limits: Limits
    args: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    priority: LaneClass = "interactive"

    def digest(self) -> str:
        """The same for requests that mean the same, for idempotency. Hex SHA-256."""
        meaning: list[Any] = [self.language, self.code, self.stdin, self.limits]
        if self.args or self.files or self.priority != "interactive":
            meaning += [self.args, sorted(self.files, key=lambda file: file.path), self.priority]
        return hashlib.sha256(msgspec.json.encode(meaning)).hexdigest()


class _FieldProblem(Exception):  # noqa: N818 - becomes part of a Problem
    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def body_limit(limits: RequestLimits) -> int:
    """How large a body can be at most, in bytes: JSON may spell one byte as six, an escape such as NUL's."""
    return 6 * (limits.source + limits.stdin + limits.files + ARGS_SIZE) + 16_384


def parse_submit_request(
    body: Mapping[str, Any], limits: RequestLimits, resolve: Callable[[str], str | None], known: Callable[[], str]
) -> SubmitRequest:
    """The request in a JSON object. `resolve` gives a language's canonical name. Raises Problem."""
    failures: list[tuple[FieldError, int]] = []

    def take(name: str, parse: Callable[..., Any], *how: Any) -> Any:
        try:
            return parse(body.get(name), *how)
        except _FieldProblem as problem:
            failures.append((FieldError(name, problem.reason), problem.status))
            return None

    language = take("language", _language, resolve, known)
    code = take("code", _required_text, limits.source)
    stdin = take("stdin", _text, limits.stdin)
    asked, wrong = parse_limits(body.get("limits"), body.get("timeout"), limits)
    failures += [(error, 400) for error in wrong]
    args, wrong_args = parse_args(body.get("args"))
    files, wrong_files = parse_files(body.get("files"), limits.files)
    failures += wrong_args + wrong_files
    priority = take("priority", _priority)
    unknown = [name[:64] for name in body if name not in FIELDS]
    failures += [
        (FieldError(name, f"unknown field; known are {', '.join(FIELDS)}"), 400) for name in unknown[:MOST_UNKNOWN]
    ]
    if failures:
        status = 400 if any(status == 400 for _, status in failures) else 413
        raise Problem(status, "The request is not valid.", [error for error, _ in failures])
    return SubmitRequest(language, code, stdin, asked, args, files, priority)


def parse_wait(request: Request) -> timedelta:
    """The query parameter `wait`; zero when it is not there. Raises Problem."""
    given = request.query_params.getlist("wait") if request.scope["query_string"] else ()
    if not given:
        return timedelta(0)
    if len(given) > 1:
        raise Problem(400, "The request is not valid.", [FieldError("wait", "given more than once")])
    return _wait(given[0])


def _wait(text: str) -> timedelta:
    try:
        wait = parse_duration(text)
    except ValueError as error:
        raise Problem(400, "The request is not valid.", [FieldError("wait", str(error))]) from error
    if not timedelta(0) <= wait <= LONGEST_WAIT:
        reason = f"{format_duration(wait)} is not between 0s and {format_duration(LONGEST_WAIT)}"
        raise Problem(400, "The request is not valid.", [FieldError("wait", reason)])
    return wait


def _language(value: Any, resolve: Callable[[str], str | None], known: Callable[[], str]) -> str:
    if value is None:
        raise _FieldProblem(f"required; known languages are {known()}")
    if not isinstance(value, str):
        raise _FieldProblem(f"expected a string, got {_kind(value)}")
    language = resolve(value)
    if language is None:
        raise _FieldProblem(_not_known(value, known))
    return language


def unknown_language(name: str, known: Callable[[], str]) -> Problem:
    """What a submission is answered whose only fault is that nobody runs its language."""
    return Problem(400, "The request is not valid.", [FieldError("language", _not_known(name, known))])


def _not_known(name: str, known: Callable[[], str]) -> str:
    return f"{name[:32]!r} is not known; known languages are {known()}"


def _priority(value: Any) -> LaneClass:
    if value is None:
        return "interactive"
    if value not in PRIORITIES:
        raise _FieldProblem(f"expected one of {', '.join(PRIORITIES)}")
    return cast(LaneClass, value)


def _required_text(value: Any, limit: int) -> str:
    if value is None:
        raise _FieldProblem("required")
    return _text(value, limit)


def _text(value: Any, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _FieldProblem(f"expected a string, got {_kind(value)}")
    size = len(value.encode())
    if size > limit:
        raise _FieldProblem(f"{size} bytes; at most {format_size(limit)} ({limit} bytes)", 413)
    return value


def _kind(value: Any) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", list: "an array", dict: "an object"}
    return kinds.get(type(value), "null")
