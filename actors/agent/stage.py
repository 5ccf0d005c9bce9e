"""What one stage of a job may use, and what its compile stage used in all."""

import resource
from dataclasses import dataclass, replace

from .execution import Bounds, Ended
from .frames import Header
from .languages import Compiled
from .request import Limits
from .streams import Written

STREAMS = ("stdout", "stderr", "compile_stdout", "compile_stderr")


def bounds(limits: Limits) -> Bounds:
    """What the agent itself watches."""
    return Bounds(limits.wall_ms, limits.output_bytes, limits.cpu_ms, limits.memory_bytes)


def rlimits(limits: Limits) -> dict[int, int]:
    """What the kernel keeps for each process."""
    wanted = {
        resource.RLIMIT_FSIZE: limits.file_size_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes,
    }
    return {kind: value for kind, value in wanted.items() if value is not None}


@dataclass
class CompileTotals:
    """The compile stage, summed over its commands."""

    duration_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_bytes: int = 0
    truncated: tuple[bool, bool] = (False, False)
    cached: bool = False  # nothing was compiled: the executor had the product

    def add(self, ended: Ended) -> None:
        self.duration_ms += ended.duration_ms
        self.cpu_ms += ended.cpu_ms
        self.peak_bytes = max(self.peak_bytes, ended.peak_bytes)
        self.truncated = ended.truncated

    def rest_of(self, limits: Limits) -> Bounds:
        """What is left for the next command."""
        whole = bounds(limits)
        cpu_ms = None if whole.cpu_ms is None else max(1.0, whole.cpu_ms - self.cpu_ms)
        return replace(whole, wall_ms=max(1.0, whole.wall_ms - self.duration_ms), cpu_ms=cpu_ms)

    def report(self, exit_code: int | None) -> Header:
        return {
            "exit_code": exit_code,
            "duration_ms": round(self.duration_ms, 3),
            "cpu_ms": round(self.cpu_ms, 3),
            "memory_peak_bytes": self.peak_bytes,
            "cached": self.cached,
        }


def result(
    job: str, ended: Ended, outcome: str, totals: CompileTotals | None, compiled: Compiled | None, *, ran: bool
) -> tuple[Header, tuple[Written, ...]]:
    """The frame of a job's result, header and parts. `ran`: it ended in its run stage."""
    said = compiled or (Compiled(0, b"", b"") if ran else Compiled(0, ended.stdout, ended.stderr))
    body = (ended.stdout if ran else b"", ended.stderr if ran else b"", said.stdout, said.stderr)
    cut = totals is not None and any(totals.truncated)  # on whichever stream the language shows it
    truncated = (*(ended.truncated if ran else (False, False)), cut and bool(said.stdout), cut and bool(said.stderr))
    header: Header = {
        "type": "result",
        "job": job,
        "outcome": outcome,
        "stage": "run" if ran else "compile",
        "exit_code": ended.exit_code if ran and outcome == "exited" else None,
        "signal": ended.signal_name if outcome == "signaled" else None,
        "duration_ms": round(ended.duration_ms, 3) if ran else 0.0,
        "cpu_ms": round(ended.cpu_ms, 3) if ran else 0.0,
        "memory_peak_bytes": ended.peak_bytes if ran else 0,
        "memory_source": "rss",
        "compile": None if totals is None else totals.report(None if compiled is None else compiled.exit_code),
        "truncated": dict(zip(STREAMS, truncated, strict=True)),
        "error": ended.error,
        "parts": [[name, len(part)] for name, part in zip(STREAMS, body, strict=True)],
    }
    return header, body
