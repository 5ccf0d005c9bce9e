"""Where a job's time went, from its facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from streams.facts import Cancelled, Finished, Lost, Started, Submission
from streams.replay.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a job's life, in milliseconds."""

    name: str
    ms: float


def phases(facts: Sequence[Recorded], projected_ms: float | None = None) -> list[Phase]:
    """How long the job waited, was prepared, compiled, ran, and how long its ending took to show.

    Earlier attempts are one phase. `start` is everything around compile and run: the hand-over to the runner, and what
    it reports. `projected_ms` is when the ending was projected, in ms since the epoch, if that is known.
    """
    submitted = _first(facts, Submission)
    starts = [fact.fact.at for fact in facts if isinstance(fact.fact, Started)]
    ending = next((fact for fact in facts if isinstance(fact.fact, Finished | Cancelled | Lost)), None)
    found: list[Phase] = []
    if submitted is not None and starts:
        found.append(Phase("queue", _between(submitted, starts[0])))
    if len(starts) > 1:
        found.append(Phase("earlier attempts", _between(starts[0], starts[-1])))
    if ending is not None and ending.fact is not None:
        if starts:
            found += _attempt(starts[-1], ending)
        elif submitted is not None:
            found.append(Phase("queue", _between(submitted, ending.fact.at)))
        if projected_ms is not None:
            found.append(Phase("projection", max(projected_ms - ending.position.ms, 0.0)))
    return found


def _attempt(started: datetime, ending: Recorded) -> list[Phase]:
    fact = ending.fact
    if fact is None:
        return []
    whole = _between(started, fact.at)
    result = fact.result if isinstance(fact, Finished | Cancelled) else None
    if result is None:
        return [Phase("run", whole)]
    compiled = 0.0 if result.compile is None else result.compile.duration_ms
    run = 0.0 if result.stage == "compile" else result.duration_ms
    spent = [Phase("start", max(whole - compiled - run, 0.0))]
    if result.compile is not None and not result.compile.cached:
        spent.append(Phase("compile", compiled))
    return [*spent, Phase("run", run)] if result.stage == "run" else spent


def _first(facts: Sequence[Recorded], kind: type[Submission]) -> datetime | None:
    return next((fact.fact.at for fact in facts if isinstance(fact.fact, kind)), None)


def _between(first: datetime, then: datetime) -> float:
    """Milliseconds; clocks of two hosts may disagree, and no phase is shorter than nothing."""
    return max((then - first).total_seconds() * 1000, 0.0)
