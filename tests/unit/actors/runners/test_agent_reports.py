"""An agent that a job has taken over can lie about that job, and harm nobody else."""

from typing import Any

import pytest

from actors.agent.frames import Header, ProtocolError
from actors.runners.agent_reports import report_of
from streams.facts import Limits

LIMITS = Limits(output_bytes=10, compile_output_bytes=4)
RESULT: Header = {
    "type": "result",
    "job": "j1",
    "outcome": "exited",
    "stage": "run",
    "exit_code": 0,
    "signal": None,
    "duration_ms": 1.5,
    "cpu_ms": None,
    "memory_peak_bytes": 4096,
    "memory_source": "rss",
    "compile": None,
    "truncated": {},
    "error": None,
    "parts": [["stdout", 3]],
}


def test_an_honest_result_is_taken_as_it_is() -> None:
    report = report_of(RESULT, b"out", LIMITS)
    assert (report.stdout, report.exit_code, report.cpu_ms, report.truncated) == (b"out", 0, None, frozenset())


def test_output_beyond_its_limit_is_cut_and_said_to_be() -> None:
    compiled = {"exit_code": 0, "duration_ms": 1, "cpu_ms": 1, "memory_peak_bytes": 1}
    header = RESULT | {"parts": [["stdout", 11], ["compile_stderr", 5]], "compile": compiled}
    report = report_of(header, b"x" * 11 + b"y" * 5, LIMITS)
    assert (report.stdout, report.truncated) == (b"x" * 10, frozenset({"stdout", "compile_stderr"}))
    assert report.compile is not None
    assert report.compile.stderr == b"yyyy"


def test_an_error_is_no_novel() -> None:
    assert len(report_of(RESULT | {"error": "x" * 10_000}, b"out", LIMITS).error or "") == 2000


@pytest.mark.parametrize(
    "lie",
    [
        {"outcome": "paid"},
        {"stage": "lunch"},
        {"duration_ms": float("nan")},
        {"duration_ms": float("inf")},
        {"cpu_ms": -1},
        {"cpu_ms": "a lot"},
        {"cpu_ms": {}},
        {"exit_code": 1e300},
        {"memory_peak_bytes": -5},
        {"signal": {"name": "SIGSEGV"}},
        {"memory_source": 7},
        {"error": ["x"]},
        {"compile": "yes"},
        {"compile": {"exit_code": 0, "duration_ms": float("nan")}},
        {"truncated": []},
        {"parts": [["stdout", 2]]},
        {"parts": [["stdout", 4]]},
        {"parts": [["stdout", 5], ["stderr", -2]]},
        {"parts": None},
    ],
    ids=str,
)
def test_what_no_fact_could_hold_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError, match="a result is malformed"):
        report_of(RESULT | lie, b"out", LIMITS)
