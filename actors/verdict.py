"""From what a runner says to what the log keeps. Pure."""

from typing import assert_never

from actors.runners.port import CompileReport, RunReport
from streams.facts import Compile, FinalStatus, Result, Text, Truncated
from streams.text import text_from_bytes, text_from_truncated


def final_status(report: RunReport) -> FinalStatus | None:
    """The verdict, or None where there is none: the job was cancelled, or the runner failed."""
    match report.outcome:
        case "exited":
            return "succeeded" if report.exit_code == 0 else "failed"
        case "signaled":
            return "failed"
        case "timeout" | "cpu_limit" | "memory_limit" | "compile_error":
            return report.outcome
        case "cancelled" | "internal_error":
            return None
        case _:
            assert_never(report.outcome)


def result(report: RunReport) -> Result:
    """What the program did and used, partial output included."""
    ended_itself = report.outcome in ("exited", "compile_error")
    return Result(
        stage=report.stage,
        stdout=_text(report, "stdout", report.stdout),
        stderr=_text(report, "stderr", report.stderr),
        duration_ms=report.duration_ms,
        cpu_ms=report.cpu_ms,
        memory_peak_bytes=report.memory_peak_bytes,
        memory_source=report.memory_source,
        exit_code=report.exit_code if ended_itself else None,
        signal=report.signal if report.outcome == "signaled" else None,
        truncated=Truncated(stdout="stdout" in report.truncated, stderr="stderr" in report.truncated),
        compile=None if report.compile is None else _compile(report, report.compile),
    )


def _compile(report: RunReport, compiled: CompileReport) -> Compile:
    return Compile(
        exit_code=compiled.exit_code,
        stdout=_text(report, "compile_stdout", compiled.stdout),
        stderr=_text(report, "compile_stderr", compiled.stderr),
        duration_ms=compiled.duration_ms,
        cpu_ms=compiled.cpu_ms,
        memory_peak_bytes=compiled.memory_peak_bytes,
        truncated=Truncated(stdout="compile_stdout" in report.truncated, stderr="compile_stderr" in report.truncated),
        cached=compiled.cached,
    )


def _text(report: RunReport, stream: str, raw: bytes) -> Text:
    return text_from_truncated(raw) if stream in report.truncated else text_from_bytes(raw)
