"""What an executor needs of runners. `actors.runners.pool` has real ones, tests and the simulation have fakes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from streams.facts import Limits, Stage
from streams.output import OutputName

Outcome: TypeAlias = Literal[
    "exited",
    "signaled",
    "timeout",
    "cpu_limit",
    "memory_limit",
    "cancelled",
    "compile_error",
    "internal_error",
]


class RunnerError(Exception):
    """The runner failed, not the program: this attempt at the job has no result. The message says what happened."""


class Listener(Protocol):
    """Who wants to hear what a job writes while it runs."""

    @property
    def after(self) -> timedelta:
        """The age of the run from which on; a shorter one is not worth the words."""
        ...

    def wrote(self, name: OutputName, content: bytes) -> None:
        """What came since the last call. All of it is in the report, too."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a runner gets: a program with its inputs, the limits in force, and who listens while it runs.

    A runner that cannot tell anything before the end does without the listener. It knows the job by its address: a
    container with programs that nobody trusts is no place for an id, which lets its holder read the job.
    """

    address: str
    attempt: int
    source: bytes
    stdin: bytes
    limits: Limits
    args: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    account: str | None = None  # whose builds may be used for it; no runner is told
    listener: Listener | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileReport:
    """What the compiler said and used. Durations are milliseconds."""

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    duration_ms: float
    cpu_ms: float | None = None
    memory_peak_bytes: int | None = None
    cached: bool = False  # nothing was compiled: what an earlier job had built was run


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a runner says of a job: an outcome, and whatever output came before it. `truncated` names streams."""

    outcome: Outcome
    stage: Stage
    stdout: bytes
    stderr: bytes
    duration_ms: float
    exit_code: int | None = None
    signal: str | None = None
    cpu_ms: float | None = None
    memory_peak_bytes: int | None = None
    memory_source: str | None = None
    compile: CompileReport | None = None
    truncated: frozenset[str] = frozenset()
    error: str | None = None


class Runner(Protocol):
    """A leased runner: it runs one job at a time, for this executor alone."""

    @property
    def name(self) -> str:
        """The container's name."""
        ...

    async def run(self, job: Job) -> RunReport:
        """Have `job` run. Raises RunnerError. Cancelling the call kills the job.

        Afterwards the runner cleans up, and is free again or gone without further ado.
        """
        ...

    def cancel(self) -> None:
        """End the job under way as soon as possible; `run` returns what it did until then."""
        ...


@dataclass(frozen=True, slots=True)
class Census:
    """The leased runners, what is wrong when there are none, and how many are not used for what is wrong with them."""

    runners: int = 0
    busy: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    trouble: str | None = None
    quarantined: int = 0


class Runners(Protocol):
    """The runners of one language that one executor has leased."""

    @property
    def free(self) -> int:
        """How many could take a job now."""
        ...

    def take(self) -> Runner | None:
        """The least used free runner, now the caller's: to run one job, or to put back. None: there is none."""
        ...

    def put_back(self, runner: Runner) -> None:
        """`runner`, taken and not used, is free again."""
        ...

    def on_free(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever a runner becomes free."""
        ...

    def retire(self) -> None:
        """No further job will come: lease no more, and leave what is free to other executors at once."""
        ...

    def census(self) -> Census: ...
