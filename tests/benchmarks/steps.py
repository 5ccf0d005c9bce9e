"""The steps of a job that are our own code alone: no network, no disk, no process. Each can be called at will."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from actors.agent import frames
from actors.agent.execution import Ended
from actors.agent.request import parse_request
from actors.agent.stage import result
from actors.runners.agent_frames import job_frame
from actors.runners.agent_reports import report_of
from actors.runners.port import Job
from http_edge.parsing import parse_submit_request
from http_edge.rendering import render
from http_edge.settings import RequestLimits
from streams.codec import entry_fields
from streams.entries import claim_of, event_entry, submission_entry
from streams.facts import AnyFact, Finished, Lane, Limits, Result, Started, Submission
from streams.jobid import Address, JobId, parse_job_id
from streams.keys import events
from streams.position import Position
from streams.state import fold, state_from_fields

_AT = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
_ADDRESS = Address(0, "python", Lane("interactive", 1), Position(1_795_492_712_585, 3))
_JOB = JobId(_ADDRESS, "0123456789abcdef")
_ID = str(_JOB)
_LIMITS = Limits(wall_ms=3000, output_bytes=65_536, compile_wall_ms=10_000)
_SUBMISSION = Submission(
    at=_AT, by="edge", language="python", lane=_ADDRESS.lane, nonce=_JOB.nonce, code="print('hello')", stdin="in"
)
_STARTED = Started(at=_AT, by="executor", job=_ID, attempt=1, runner="runner", limits=_LIMITS)
_RESULT = Result(stage="run", stdout="hello\n", stderr="", duration_ms=3.5, cpu_ms=3.1, exit_code=0)
_FINISHED = Finished(at=_AT, by="executor", job=_ID, attempt=1, runner="runner", status="succeeded", result=_RESULT)
_FACTS: tuple[tuple[Position, AnyFact], ...] = (
    (Position(1, 0), _SUBMISSION),
    (Position(1, 1), _STARTED),
    (Position(1, 2), _FINISHED),
)
_SUBMISSION_FIELDS, _FINISHED_FIELDS = entry_fields(_SUBMISSION), entry_fields(_FINISHED)
_HASH = fold(_FACTS)
_BODY = b'{"language": "py", "code": "print(\'hello\')", "stdin": "in", "timeout": "2s"}'
_MOST = RequestLimits(1 << 20, 1 << 20, timedelta(seconds=60), 100)
_ASKED = Job(address=str(_JOB.address), attempt=1, source=b"print('hello')", stdin=b"in", limits=_LIMITS)
_FRAME = job_frame(_ASKED, (65534, 65534))
_ENDED = Ended(0, None, False, 3.5, 3.1, 9 << 20, b"hello\n", b"", (False, False), None)
_RESULT_HEADER, _RESULT_BODY = result(_ASKED.address, _ENDED, "exited", None, None, ran=True)
_RESULT_FRAME = frames.encode(_RESULT_HEADER, *_RESULT_BODY)


def reference() -> None:
    """What the others are compared with: a small JSON object there and back."""
    msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(_BODY)))


def _agent_reads() -> None:
    for header, body in frames.Decoder().feed(_FRAME):
        parse_request(header, body)


def _executor_reads() -> None:
    for header, body in frames.Decoder().feed(_RESULT_FRAME):
        report_of(header, body, _LIMITS)


STEPS: dict[str, Callable[[], object]] = {
    "edge: parse a request": lambda: parse_submit_request(
        msgspec.json.decode(_BODY), _MOST, lambda _: "python", lambda: "python"
    ),
    "edge: write a submission": lambda: entry_fields(_SUBMISSION),
    "edge: spell and read an id": lambda: parse_job_id(str(JobId(_ADDRESS, _JOB.nonce))),
    "executor: read a claim": lambda: claim_of(_ADDRESS, _SUBMISSION_FIELDS),
    "executor: write a job frame": lambda: job_frame(_ASKED, (65534, 65534)),
    "agent: read a job frame": _agent_reads,
    "agent: write a result": lambda: frames.encode(_RESULT_HEADER, *_RESULT_BODY),
    "executor: read a result": _executor_reads,
    "executor: write a verdict": lambda: entry_fields(_FINISHED),
    "projector: read a submission": lambda: submission_entry(_ADDRESS, _SUBMISSION_FIELDS),
    "projector: read a verdict": lambda: event_entry(events(0), 0, Position(1, 2), _FINISHED_FIELDS),
    "edge: read a state": lambda: state_from_fields(_HASH),
    "edge: render an answer": lambda: msgspec.json.encode(render(_ID, "python", state_from_fields(_HASH))),
}
