"""What came of a job, in a form that can be compared: with a run of the same submission, or with another server's."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streams.facts import Cancelled, Ending, Finished, Lost, Result, Status, status_after
from streams.text import readable


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with its output: what should be the same each time."""

    status: Status | str
    exit_code: int | None = None
    signal: str | None = None
    stdout: str = ""
    stderr: str = ""
    compile_output: str = ""

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.signal:
            return f"{self.status}, {self.signal}"
        if self.exit_code is not None:
            return f"{self.status}, exit code {self.exit_code}"
        return str(self.status)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run took: milliseconds and bytes. It is never quite the same twice."""

    duration_ms: float | None = None
    cpu_ms: float | None = None
    memory_peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A part of an outcome that is not as it was."""

    part: str
    was: str
    now: str

    def lines(self) -> list[str]:
        """As a unified diff, without its header."""
        diff = difflib.unified_diff(self.was.splitlines(), self.now.splitlines(), lineterm="", n=1)
        return list(diff)[2:]


def outcome_of(ending: Ending) -> Outcome:
    """The outcome that `ending` tells."""
    status = status_after(ending)
    match ending:
        case Lost():
            return Outcome(status, stderr=ending.reason)
        case Finished() | Cancelled():
            return _of_result(status, ending.result)


def usage_of(ending: Ending) -> Usage:
    """What the run took that `ending` tells of."""
    result = None if isinstance(ending, Lost) else ending.result
    if result is None:
        return Usage()
    return Usage(result.duration_ms, result.cpu_ms, result.memory_peak_bytes)


def outcome_of_answer(job: Mapping[str, Any]) -> Outcome:
    """The outcome in an API's answer about a finished job."""
    compiled = job.get("compile") or {}
    lost = job.get("error") or "" if job["status"] == "internal_error" else ""
    return Outcome(
        job["status"],
        job.get("exit_code"),
        job.get("signal"),
        job.get("stdout") or "",
        job.get("stderr") or lost,
        (compiled.get("stdout") or "") + (compiled.get("stderr") or ""),
    )


def compare(was: Outcome, now: Outcome) -> list[Difference]:
    """What differs, verdict first."""
    parts = (
        ("verdict", was.verdict, now.verdict),
        ("compiler", was.compile_output, now.compile_output),
        ("stdout", was.stdout, now.stdout),
        ("stderr", was.stderr, now.stderr),
    )
    return [Difference(*part) for part in parts if part[1] != part[2]]


def _of_result(status: Status, result: Result | None) -> Outcome:
    if result is None:
        return Outcome(status)
    compiled = "" if result.compile is None else readable(result.compile.stdout) + readable(result.compile.stderr)
    return Outcome(status, result.exit_code, result.signal, readable(result.stdout), readable(result.stderr), compiled)
