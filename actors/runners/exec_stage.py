"""What a stage of a job came to that ran through `docker exec`, as far as its exit status tells."""

import signal
from dataclasses import dataclass

from actors.runners.exec_command import Executed
from actors.runners.port import CompileReport, Outcome, RunnerError, RunReport

_ENGINE_FAILED = range(125, 128)
_ENGINE_SAYS = (b"Error response from daemon", b"OCI runtime exec failed", b"Cannot connect to the Docker daemon")


@dataclass(frozen=True, slots=True)
class StageEnd:
    """Durations are milliseconds."""

    outcome: Outcome
    executed: Executed
    duration_ms: float


def outcome_of(executed: Executed, runner: str) -> Outcome:
    """How a command ended by itself. Raises RunnerError when it was the engine that failed."""
    output = executed.stdout + executed.stderr  # the engine uses either
    if executed.code in _ENGINE_FAILED and any(said in output for said in _ENGINE_SAYS):
        raise RunnerError(f"runner {runner}: {output.decode(errors='replace').strip()[:500]}")
    return "exited" if _signal_name(executed.code) is None else "signaled"


def compile_report(built: StageEnd) -> CompileReport:
    return CompileReport(
        exit_code=built.executed.code if built.outcome == "exited" else None,
        stdout=built.executed.stdout,
        stderr=built.executed.stderr,
        duration_ms=built.duration_ms,
    )


def not_compiled(built: StageEnd, compiled: CompileReport) -> RunReport:
    """The report of a job that came no further than its compiler."""
    outcome: Outcome = "compile_error" if built.outcome in ("exited", "signaled") else built.outcome
    return RunReport(outcome=outcome, stage="compile", stdout=b"", stderr=b"", duration_ms=0.0, compile=compiled)


def run_report(ran: StageEnd, compiled: CompileReport | None) -> RunReport:
    exited = ran.outcome == "exited"
    return RunReport(
        outcome=ran.outcome,
        stage="run",
        stdout=ran.executed.stdout,
        stderr=ran.executed.stderr,
        duration_ms=ran.duration_ms,
        exit_code=ran.executed.code if exited else None,
        signal=_signal_name(ran.executed.code) if ran.outcome == "signaled" else None,
        compile=compiled,
        truncated=ran.executed.truncated,
    )


def _signal_name(code: int) -> str | None:
    try:
        return signal.Signals(code - 128).name if code > 128 else None
    except ValueError:
        return None
