"""What happened: the frozen, versioned facts that the streams hold. Everything else is derived from them.

A submission is the first fact of a job; the others are events, the last of which is its one ending:
`Finished`, `Cancelled` or `Lost`. Times are UTC; durations are milliseconds; sizes are bytes.
"""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

VERSION = 1
"""Version of every fact in this module. A new type of fact, or a change of meaning, raises it."""

Status: TypeAlias = Literal[
    "queued",
    "running",
    "succeeded",
    "failed",
    "compile_error",
    "timeout",
    "cpu_limit",
    "memory_limit",
    "cancelled",
    "internal_error",
]
FinalStatus: TypeAlias = Literal["succeeded", "failed", "compile_error", "timeout", "cpu_limit", "memory_limit"]
Stage: TypeAlias = Literal["compile", "run"]
LaneClass: TypeAlias = Literal["interactive", "batch"]


class Binary(msgspec.Struct, frozen=True):
    """Bytes that are not UTF-8, which JSON cannot hold as text."""

    base64: bytes


Text: TypeAlias = str | Binary


class Lane(msgspec.Struct, frozen=True, order=True):
    """One of the queues of a language: a class, and hash(account) modulo the number of lanes."""

    kind: LaneClass
    number: int

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}"


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a job may use, the compile stage of a language that has one by itself; None means the language's default."""

    wall_ms: int | None = None
    cpu_ms: int | None = None
    memory_bytes: int | None = None
    processes: int | None = None
    output_bytes: int | None = None
    file_size_bytes: int | None = None
    open_files: int | None = None
    compile_wall_ms: int | None = None
    compile_cpu_ms: int | None = None
    compile_memory_bytes: int | None = None
    compile_processes: int | None = None
    compile_output_bytes: int | None = None
    compile_file_size_bytes: int | None = None
    compile_open_files: int | None = None


class File(msgspec.Struct, frozen=True):
    """A file that lies beside the program, at a relative path."""

    path: str
    content: Text


class Idempotency(msgspec.Struct, frozen=True):
    """Digests (hex SHA-256) of the client's idempotency key and of the request it stood for."""

    key: str
    body: str


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """The job that this one repeats, and why."""

    retry_of: str | None = None
    replay_of: str | None = None


class Fact(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What all facts have: when it happened and which process wrote it."""

    at: datetime
    by: str


class Submission(Fact, frozen=True, kw_only=True, tag="submission"):
    """A client asked for a program to be run; the service has answered that it will be."""

    language: str
    lane: Lane
    nonce: str  # 16 hex digits: the unguessable half of the job's id
    code: Text
    stdin: Text = ""
    limits: Limits = Limits()
    args: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    account: str | None = None
    trace: dict[str, str] | None = None  # W3C trace context: traceparent, tracestate
    idempotency: Idempotency | None = None
    origin: Origin | None = None


class Event(Fact, frozen=True, kw_only=True):
    """A fact about the job whose id it names."""

    job: str


class Started(Event, frozen=True, kw_only=True, tag="started"):
    """An executor handed the job to a runner: its `attempt`th time, counted from 1."""

    attempt: int
    runner: str
    limits: Limits = Limits()  # those in force, defaults filled in
    trace: dict[str, str] | None = None


class CancelRequested(Event, frozen=True, kw_only=True, tag="cancel_requested"):
    """The client no longer wants the result."""

    account: str | None = None


class Truncated(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which streams were longer than the limit and lost their rest."""

    stdout: bool = False
    stderr: bool = False


class Compile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the compiler said and used, for languages that have one."""

    exit_code: int | None
    stdout: Text
    stderr: Text
    duration_ms: float
    cpu_ms: float | None = None
    memory_peak_bytes: int | None = None
    truncated: Truncated = Truncated()
    cached: bool = False  # nothing was compiled: what the same account had built of the same source was run


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program did and used. `exit_code` is None unless it exited; `signal` is a name such as SIGSEGV."""

    stage: Stage
    stdout: Text
    stderr: Text
    duration_ms: float
    cpu_ms: float | None = None
    memory_peak_bytes: int | None = None
    memory_source: str | None = None
    exit_code: int | None = None
    signal: str | None = None
    truncated: Truncated = Truncated()
    compile: Compile | None = None


class Finished(Event, frozen=True, kw_only=True, tag="finished"):
    """The job ran to a verdict."""

    attempt: int
    runner: str
    status: FinalStatus
    result: Result
    trace: dict[str, str] | None = None


class Cancelled(Event, frozen=True, kw_only=True, tag="cancelled"):
    """The job was ended because the client asked; `result` has what it did until then, if it ran."""

    attempt: int = 0
    runner: str | None = None
    result: Result | None = None
    trace: dict[str, str] | None = None


class Lost(Event, frozen=True, kw_only=True, tag="lost"):
    """The service gave the job up; `reason` says what it ran into, for the operator and the client."""

    attempts: int
    reason: str
    trace: dict[str, str] | None = None


Ending: TypeAlias = Finished | Cancelled | Lost
AnyEvent: TypeAlias = Started | CancelRequested | Finished | Cancelled | Lost
AnyFact: TypeAlias = Submission | AnyEvent


def status_after(ending: Ending) -> Status:
    """The status that clients see once `ending` has happened."""
    match ending:
        case Finished():
            return ending.status
        case Cancelled():
            return "cancelled"
        case Lost():
            return "internal_error"
