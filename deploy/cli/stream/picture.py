"""What `codeportal top` shows: one picture of the system, and how it looks on a terminal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from deploy.cli.stream.moments import stamp
from deploy.cli.stream.words import byte_count, coloured, detail, event, milliseconds
from deploy.cli.terminal import table
from streams.replay.recorded import Recorded

MOST_VERDICTS = 10


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """A language: who serves it, and what waits for it. Ages in ms."""

    language: str
    executors: int
    runners: int
    busy: int
    waiting: int
    pending: int
    oldest_ms: int | None
    state: str


@dataclass(frozen=True, slots=True)
class RunnerRow:
    """A runner: the job in it since when (ms), and what it uses. CPU in cores. None: not known here."""

    runner: str
    job: str | None
    for_ms: float | None
    cpu: float | None
    memory_bytes: int | None
    processes: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """The system at a moment. Rates are per second, since the picture before."""

    at_ms: int
    submitted: float | None
    ended: float | None
    redis_bytes: int
    projection_lag: int
    projectors: int
    languages: tuple[LanguageRow, ...]
    runners: tuple[RunnerRow, ...]
    verdicts: tuple[Recorded, ...]


def as_object(picture: Picture) -> dict[str, Any]:
    """For programs."""
    return {
        "at": stamp(picture.at_ms),
        "submitted_per_second": picture.submitted,
        "ended_per_second": picture.ended,
        "redis_bytes": picture.redis_bytes,
        "projection_lag": picture.projection_lag,
        "projectors": picture.projectors,
        "languages": [asdict(row) for row in picture.languages],
        "runners": [asdict(row) for row in picture.runners],
        "verdicts": [
            {"job": str(fact.job), "status": fact.status, "id": str(fact.position)} for fact in picture.verdicts
        ],
    }


def render(picture: Picture) -> str:
    """For people."""
    rates = f"{_rate(picture.submitted)} submitted, {_rate(picture.ended)} ended"
    behind = f"{picture.projectors} projector{'' if picture.projectors == 1 else 's'}, {picture.projection_lag} behind"
    parts = [f"{stamp(picture.at_ms)}   {rates}   {behind}   Redis {byte_count(picture.redis_bytes)}"]
    head = ("LANGUAGE", "EXECUTORS", "RUNNERS", "BUSY", "WAITING", "PENDING", "OLDEST", "STATE")
    parts.append(table(head, map(_language, picture.languages)) if picture.languages else "no executor is running")
    if picture.runners:
        parts.append(table(("RUNNER", "CPU", "MEMORY", "PROCESSES", "FOR", "JOB"), map(_runner, picture.runners)))
    parts.append("\n".join(map(_verdict, picture.verdicts[:MOST_VERDICTS])) or "no verdicts yet")
    return "\n\n".join(parts)


def _language(row: LanguageRow) -> Sequence[str]:
    counts = (str(count) for count in (row.executors, row.runners, row.busy, row.waiting, row.pending))
    return (row.language, *counts, milliseconds(row.oldest_ms), row.state)


def _runner(row: RunnerRow) -> Sequence[str]:
    cpu = "-" if row.cpu is None else f"{row.cpu:.0%}"
    processes = "-" if row.processes is None else str(row.processes)
    return (row.runner, cpu, byte_count(row.memory_bytes), processes, milliseconds(row.for_ms), row.job or "free")


def _verdict(fact: Recorded) -> str:
    name = event(fact)
    return f"{stamp(fact.position.ms)[11:-1]}  {coloured(name, name, 14)}  {fact.job}  {detail(fact)}"


def _rate(rate: float | None) -> str:
    return "-/s" if rate is None else f"{rate:.1f}/s"
