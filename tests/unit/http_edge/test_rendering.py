"""A job's state as clients see it: every field always there, null until known."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_edge.rendering import is_final, render, timestamp
from streams.facts import (
    AnyFact,
    Binary,
    Cancelled,
    Compile,
    FinalStatus,
    Finished,
    Limits,
    Lost,
    Result,
    Started,
    Truncated,
)
from streams.position import Position
from streams.state import JobState, fold, state_from_fields
from tests.unit.streams.facts_made import AT, FACTS, POSITIONS, job_id, started, submission

ID = str(job_id())
FIELDS = [
    "id",
    "language",
    "status",
    "created_at",
    "started_at",
    "finished_at",
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
    "attempts",
    "queue",
    "error",
]
AT_TEXT = "2026-01-02T03:04:05.678901Z"
RESULT = Result(
    stage="run",
    stdout="out",
    stderr=Binary(b"\xff"),
    duration_ms=12.5,
    cpu_ms=7.25,
    memory_peak_bytes=1024,
    memory_source="cgroup",
    exit_code=0,
    truncated=Truncated(stdout=True),
    compile=Compile(
        exit_code=0,
        stdout="",
        stderr="a warning",
        duration_ms=99.5,
        cpu_ms=80.5,
        memory_peak_bytes=2048,
        truncated=Truncated(stderr=True),
    ),
)


def state(*facts: AnyFact) -> JobState:
    return state_from_fields(fold((Position(number, 0), fact) for number, fact in enumerate(facts)))


def finished(status: FinalStatus, result: Result = RESULT) -> Finished:
    return Finished(at=AT, by="e", job=ID, attempt=1, runner="r", status=status, result=result)


def limited(**limits: int) -> Started:
    return msgspec.structs.replace(started(job_id()), limits=Limits(**limits))


def error_of(*facts: AnyFact) -> object:
    return render(ID, "python", state(submission(), *facts))["error"]


def test_a_queued_job_has_all_fields() -> None:
    rendered = render(ID, "python", state(submission()))
    assert list(rendered) == FIELDS
    known = {"id": ID, "language": "python", "status": "queued", "created_at": AT_TEXT, "attempts": 0}
    assert rendered == dict.fromkeys(FIELDS) | known


def test_a_running_job_says_since_when() -> None:
    rendered = render(ID, "python", state(submission(), started(job_id(), attempt=2)))
    assert (rendered["status"], rendered["started_at"], rendered["attempts"]) == ("running", AT_TEXT, 2)
    assert rendered["stdout"] is None


def test_a_finished_job_has_everything() -> None:
    assert render(ID, "go", state(submission(), started(job_id()), finished("succeeded"))) == {
        "id": ID,
        "language": "go",
        "status": "succeeded",
        "created_at": AT_TEXT,
        "started_at": AT_TEXT,
        "finished_at": AT_TEXT,
        "stdout": "out",
        "stderr": "\N{REPLACEMENT CHARACTER}",
        "exit_code": 0,
        "signal": None,
        "compile": {
            "exit_code": 0,
            "stdout": "",
            "stderr": "a warning",
            "duration_ms": 99.5,
            "cpu_ms": 80.5,
            "memory_peak_bytes": 2048,
            "truncated": {"stdout": False, "stderr": True},
            "cached": False,
        },
        "stage": "run",
        "duration_ms": 12.5,
        "cpu_ms": 7.25,
        "memory_peak_bytes": 1024,
        "memory_source": "cgroup",
        "truncated": {"stdout": True, "stderr": False},
        "attempts": 1,
        "queue": None,
        "error": None,
    }


def test_a_job_whose_build_was_there_says_so() -> None:
    built = Compile(exit_code=0, stdout="", stderr="", duration_ms=0.0, cached=True)
    result = msgspec.structs.replace(RESULT, compile=built)
    rendered = render(ID, "go", state(submission(), started(job_id()), finished("succeeded", result)))
    assert rendered["compile"]["cached"] is True


def test_a_job_cancelled_in_mid_run_keeps_its_partial_output() -> None:
    facts = (submission(), started(job_id()), Cancelled(at=AT, by="e", job=ID, attempt=1, runner="r", result=RESULT))
    rendered = render(ID, "python", state(*facts))
    assert (rendered["status"], rendered["stdout"]) == ("cancelled", "out")


@pytest.mark.parametrize("status", ["succeeded", "failed", "compile_error"])
def test_the_programs_own_exit_is_no_error(status: FinalStatus) -> None:
    """A program that fails is an answer, and `error` is for the cases where the service has something to add."""
    assert error_of(started(job_id()), finished(status)) is None


def test_an_error_is_a_sentence_that_names_the_limit() -> None:
    compiling = msgspec.structs.replace(RESULT, stage="compile")
    assert error_of(limited(wall_ms=1500), finished("timeout")) == "the program took longer than its limit of 1.5s"
    assert (
        error_of(limited(compile_wall_ms=10_000), finished("timeout", compiling))
        == "compiling took longer than its limit of 10s"
    )
    assert (
        error_of(limited(cpu_ms=500), finished("cpu_limit")) == "the program used more CPU time than its limit of 500ms"
    )
    assert (
        error_of(limited(compile_cpu_ms=10_000), finished("cpu_limit", compiling))
        == "compiling used more CPU time than its limit of 10s"
    )
    assert error_of(started(job_id()), finished("memory_limit")) == "the program used more memory than it may"
    assert error_of(started(job_id()), finished("memory_limit", compiling)) == "compiling used more memory than it may"
    assert error_of(Cancelled(at=AT, by="e", job=ID)) == "cancelled at the client's request"
    assert (
        error_of(Lost(at=AT, by="e", job=ID, attempts=3, reason="gave up after 3 attempts"))
        == "gave up after 3 attempts"
    )


def test_times_are_rfc_3339_in_utc() -> None:
    moment = datetime(2026, 1, 2, 3, 0, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2026-01-02T01:00:00Z"
    assert timestamp(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00Z"


def test_what_is_final_is_final() -> None:
    queued = state(submission())
    assert not is_final(queued)
    assert not is_final(msgspec.structs.replace(queued, status="running"))
    assert is_final(msgspec.structs.replace(queued, status="internal_error"))


@given(st.lists(st.tuples(POSITIONS, FACTS)))
def test_whatever_happened_can_be_rendered(facts: list[tuple[Position, AnyFact]]) -> None:
    """Any facts in any order, as JSON with the same fields."""
    rendered = render(ID, "python", state_from_fields(fold(facts)))
    assert list(msgspec.json.decode(msgspec.json.encode(rendered))) == FIELDS
