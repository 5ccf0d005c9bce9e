"""Source and facts of a job as clients see them. Who wrote a fact, and on which runner, is for administrators."""

import base64
from datetime import timedelta
from typing import Any

import msgspec

from http_edge.records.record import Record
from http_edge.rendering import timestamp
from streams.duration import format_duration
from streams.facts import (
    AnyFact,
    Cancelled,
    CancelRequested,
    File,
    Finished,
    Limits,
    Lost,
    Result,
    Started,
    Submission,
)
from streams.position import Position
from streams.text import readable


def source(record: Record) -> dict[str, Any]:
    """The program with all that it was given, as a request would spell it."""
    submission = record.submission
    return {
        "id": str(record.job),
        "language": submission.language,
        "code": readable(submission.code),
        "stdin": readable(submission.stdin),
        "args": list(submission.args),
        "files": [_file(file) for file in submission.files],
        "limits": _asked_limits(submission.limits),
    }


def _file(file: File) -> dict[str, str]:
    if isinstance(file.content, str):
        return {"path": file.path, "content": file.content, "encoding": "utf-8"}
    return {"path": file.path, "content": base64.b64encode(file.content.base64).decode(), "encoding": "base64"}


def _asked_limits(limits: Limits) -> dict[str, Any]:
    """With the names of a request's `limits`; null was not asked for."""
    return {
        "wall": _duration(limits.wall_ms),
        "cpu": _duration(limits.cpu_ms),
        "memory": limits.memory_bytes,
        "processes": limits.processes,
        "output": limits.output_bytes,
        "file_size": limits.file_size_bytes,
        "open_files": limits.open_files,
    }


def _duration(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_duration(timedelta(milliseconds=milliseconds))


def facts(record: Record, *, inside: bool) -> dict[str, Any]:
    """What happened to the job, in order; `inside`: with what only administrators see."""
    return {"id": str(record.job), "facts": [_fact(position, fact, inside) for position, fact in record.facts]}


def _fact(position: Position, fact: AnyFact, inside: bool) -> dict[str, Any]:
    kind = fact.__struct_config__.tag
    shown = {"position": str(position), "type": kind, "at": timestamp(fact.at), **_said(fact)}
    if inside:
        shown["by"] = fact.by
        if isinstance(fact, Started | Finished | Cancelled):
            shown["runner"] = fact.runner
    return shown


def _said(fact: AnyFact) -> dict[str, Any]:
    match fact:
        case Submission():
            origin = None if fact.origin is None else msgspec.to_builtins(fact.origin)
            return {"language": fact.language, "lane": str(fact.lane), "account": fact.account, "origin": origin}
        case Started():
            return {"attempt": fact.attempt, "limits": msgspec.to_builtins(fact.limits)}
        case CancelRequested():
            return {}
        case Finished():
            return {"attempt": fact.attempt, "status": fact.status, **_used(fact.result)}
        case Cancelled():
            return {"attempt": fact.attempt, **({} if fact.result is None else _used(fact.result))}
        case Lost():
            return {"attempts": fact.attempts, "reason": fact.reason}


def _used(result: Result) -> dict[str, Any]:
    """All but the output, which the job itself has."""
    return {
        "stage": result.stage,
        "exit_code": result.exit_code,
        "signal": result.signal,
        "duration_ms": result.duration_ms,
        "cpu_ms": result.cpu_ms,
        "memory_peak_bytes": result.memory_peak_bytes,
    }
