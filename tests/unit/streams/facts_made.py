"""Facts to test with."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from streams.facts import (
    AnyFact,
    Cancelled,
    CancelRequested,
    Compile,
    Finished,
    Lane,
    Lost,
    Result,
    Started,
    Submission,
    Text,
)
from streams.jobid import Address, JobId
from streams.position import Position
from streams.text import text_from_bytes

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NONCE = "0123456789abcdef"


def submission(code: Text = "print(1)", lane: Lane = Lane("interactive", 0), language: str = "python") -> Submission:
    return Submission(at=AT, by="edge", language=language, lane=lane, nonce=NONCE, code=code)


def job_id(position: Position = Position(1, 0), partition: int = 0) -> JobId:
    return JobId(Address(partition, "python", Lane("interactive", 0), position), NONCE)


def started(job: JobId, attempt: int = 1, by: str = "executor") -> Started:
    return Started(at=AT, by=by, job=str(job), attempt=attempt, runner="runner-1")


def finished(job: JobId, by: str = "executor", stdout: Text = "1\n") -> Finished:
    result = Result(stage="run", stdout=stdout, stderr="", duration_ms=3.5, exit_code=0)
    return Finished(at=AT, by=by, job=str(job), attempt=1, runner="runner-1", status="succeeded", result=result)


TEXTS = st.one_of(st.text(max_size=20), st.binary(max_size=20)).map(
    lambda value: text_from_bytes(value) if isinstance(value, bytes) else value
)
_JOB = str(job_id())
_WHEN = {"at": st.just(AT), "by": st.sampled_from(["a", "b"])}
_EVENT = {**_WHEN, "job": st.just(_JOB)}
_RESULTS = st.builds(
    Result,
    stage=st.sampled_from(["compile", "run"]),
    stdout=TEXTS,
    stderr=TEXTS,
    duration_ms=st.floats(0, 1e6),
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none() | st.just("SIGSEGV"),
    compile=st.none()
    | st.builds(
        Compile,
        exit_code=st.integers(0, 2),
        stdout=TEXTS,
        stderr=TEXTS,
        duration_ms=st.just(1.0),
        cached=st.booleans(),
    ),
)
_TRACES = st.none() | st.just({"traceparent": "00-1-2-01"})
FACTS: st.SearchStrategy[AnyFact] = st.one_of(
    st.builds(
        Submission,
        **_WHEN,
        language=st.just("python"),
        lane=st.just(Lane("batch", 1)),
        nonce=st.just(NONCE),
        code=TEXTS,
        stdin=TEXTS,
        args=st.lists(st.text(max_size=5), max_size=2).map(tuple),
    ),
    st.builds(Started, **_EVENT, attempt=st.integers(1, 9), runner=st.just("r")),
    st.builds(CancelRequested, **_EVENT),
    st.builds(Cancelled, **_EVENT, result=st.none() | _RESULTS, trace=_TRACES),
    st.builds(Lost, **_EVENT, attempts=st.integers(0, 9), reason=st.text(max_size=9), trace=_TRACES),
    st.builds(
        Finished,
        **_EVENT,
        attempt=st.integers(1, 9),
        runner=st.just("r"),
        status=st.sampled_from(["succeeded", "failed", "timeout"]),
        result=_RESULTS,
    ),
)
POSITIONS = st.builds(Position, st.integers(0, 30), st.integers(0, 20))
