"""From a runner's report to the fact that the log keeps."""

from typing import Any

import pytest

from actors.runners.port import CompileReport, Outcome, RunReport
from actors.verdict import final_status, result
from streams.facts import Binary, FinalStatus


def report(outcome: Outcome, **more: Any) -> RunReport:
    return RunReport(
        **{"outcome": outcome, "stage": "run", "stdout": b"out", "stderr": b"", "duration_ms": 1.0, **more}
    )


@pytest.mark.parametrize(
    ("outcome", "more", "status"),
    [
        ("exited", {"exit_code": 0}, "succeeded"),
        ("exited", {"exit_code": 1}, "failed"),
        ("signaled", {"signal": "SIGSEGV"}, "failed"),
        ("timeout", {}, "timeout"),
        ("cpu_limit", {}, "cpu_limit"),
        ("memory_limit", {}, "memory_limit"),
        ("compile_error", {"stage": "compile"}, "compile_error"),
        ("cancelled", {}, None),
        ("internal_error", {}, None),
    ],
)
def test_each_outcome_has_its_status(outcome: Outcome, more: dict[str, Any], status: FinalStatus | None) -> None:
    assert final_status(report(outcome, **more)) == status


def test_exit_code_is_null_unless_the_program_exited() -> None:
    assert result(report("exited", exit_code=7)).exit_code == 7
    assert result(report("timeout", exit_code=137)).exit_code is None
    assert result(report("signaled", signal="SIGKILL", exit_code=137)).exit_code is None


def test_a_signal_is_named_only_when_it_ended_the_program() -> None:
    assert result(report("signaled", signal="SIGSEGV")).signal == "SIGSEGV"
    assert result(report("timeout", signal="SIGKILL")).signal is None


def test_output_that_is_not_utf8_is_kept_as_bytes() -> None:
    assert result(report("exited", exit_code=0, stdout=b"\xff")).stdout == Binary(b"\xff")


def test_a_character_cut_in_half_by_truncation_is_dropped() -> None:
    said = result(report("exited", exit_code=0, stdout="aé".encode()[:2], truncated=frozenset({"stdout"})))
    assert (said.stdout, said.truncated.stdout, said.truncated.stderr) == ("a", True, False)


def test_what_the_compiler_said_is_kept() -> None:
    compiled = CompileReport(exit_code=1, stdout=b"", stderr=b"main.go:1: no", duration_ms=9.0, cpu_ms=4.0)
    said = result(report("compile_error", stage="compile", compile=compiled))
    assert said.stage == "compile"
    assert said.compile is not None
    assert (said.compile.exit_code, said.compile.stderr, said.compile.cpu_ms) == (1, "main.go:1: no", 4.0)
