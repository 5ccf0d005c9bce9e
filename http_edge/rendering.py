"""A job's state as clients see it. All fields are always there, null until known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from streams.duration import format_duration
from streams.facts import Cancelled, Compile, Ending, Finished, Limits, Lost, Result
from streams.state import JobState
from streams.text import readable

FINAL = frozenset(
    {
        "succeeded",
        "failed",
        "compile_error",
        "timeout",
        "cpu_limit",
        "memory_limit",
        "cancelled",
        "internal_error",
    }
)


def timestamp(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    text: str = msgspec.to_builtins(moment if moment.tzinfo is UTC else moment.astimezone(UTC))
    return text


def is_final(state: JobState) -> bool:
    """Whether the job has come to its one verdict."""
    return state.status in FINAL


def render(job_id: str, language: str, state: JobState, queue: dict[str, Any] | None = None) -> dict[str, Any]:
    """The answer to GET /v1/execute/{id}; `queue` says why a queued job waits."""
    result = _result(state.ending)
    return {
        "id": job_id,
        "language": language,
        "status": state.status,
        "created_at": None if state.accepted is None else timestamp(state.accepted.at),
        "started_at": None if state.started is None else timestamp(state.started.at),
        "finished_at": None if state.ending is None else timestamp(state.ending.at),
        **_rendered_result(result),
        "attempts": state.attempts,
        "queue": queue,
        "error": _error(state),
    }


def _result(ending: Ending | None) -> Result | None:
    return ending.result if isinstance(ending, Finished | Cancelled) else None


def _rendered_result(result: Result | None) -> dict[str, Any]:
    if result is None:
        return dict.fromkeys(_RESULT_FIELDS)
    return {
        "stdout": readable(result.stdout),
        "stderr": readable(result.stderr),
        "exit_code": result.exit_code,
        "signal": result.signal,
        "compile": None if result.compile is None else _rendered_compile(result.compile),
        "stage": result.stage,
        "duration_ms": result.duration_ms,
        "cpu_ms": result.cpu_ms,
        "memory_peak_bytes": result.memory_peak_bytes,
        "memory_source": result.memory_source,
        "truncated": {"stdout": result.truncated.stdout, "stderr": result.truncated.stderr},
    }


_RESULT_FIELDS = (
    "stdout",
    "stderr",
    "exit_code",
    "signal",
    "compile",
    "stage",
    "duration_ms",
    "cpu_ms",
    "memory_peak_bytes",
    "memory_source",
    "truncated",
)


def _rendered_compile(compile_: Compile) -> dict[str, Any]:
    return {
        "exit_code": compile_.exit_code,
        "stdout": readable(compile_.stdout),
        "stderr": readable(compile_.stderr),
        "duration_ms": compile_.duration_ms,
        "cpu_ms": compile_.cpu_ms,
        "memory_peak_bytes": compile_.memory_peak_bytes,
        "truncated": {"stdout": compile_.truncated.stdout, "stderr": compile_.truncated.stderr},
        "cached": compile_.cached,
    }


def _error(state: JobState) -> str | None:
    """A sentence for the person whose job did not come to an exit of its own."""
    if isinstance(state.ending, Lost):
        return state.ending.reason
    limits = Limits() if state.started is None else state.started.limits
    compiling = isinstance(state.ending, Finished) and state.ending.result.stage == "compile"
    who = "compiling" if compiling else "the program"
    match state.status:
        case "timeout":
            return f"{who} took longer than {_milliseconds(limits.compile_wall_ms if compiling else limits.wall_ms)}"
        case "cpu_limit":
            limit = limits.compile_cpu_ms if compiling else limits.cpu_ms
            return f"{who} used more CPU time than {_milliseconds(limit)}"
        case "memory_limit":
            return f"{who} used more memory than it may"
        case "cancelled":
            return "cancelled at the client's request"
    return None


def _milliseconds(limit: int | None) -> str:
    return "its limit" if limit is None else f"its limit of {format_duration(timedelta(milliseconds=limit))}"
