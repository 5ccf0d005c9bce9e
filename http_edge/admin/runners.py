"""Which job each runner runs, since when, and what it uses."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from http_edge.rendering import timestamp
from streams.facts import Started
from streams.ports import ActorReport, RunnerUse
from streams.redis.wire import Wire
from streams.replay.activity import Activity
from streams.replay.layout import Layout
from streams.replay.recorded import Recorded

OUTDATED = 60.0
"""Seconds without a look after which it is cheaper to begin anew than to catch up with all that happened."""


class Runners:
    """The runners that executors have leased; what runs in them is kept up with while somebody looks."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._activity = Activity()
        self._looked_at = float("-inf")
        self._one_reader = asyncio.Lock()

    async def seen(self, layout: Layout, actors: Iterable[ActorReport]) -> list[dict[str, Any]]:
        """By language, then name."""
        async with self._one_reader:
            if time.monotonic() - self._looked_at > OUTDATED:
                self._activity = Activity()
            await self._activity.look(self._wire, layout)
            self._looked_at = time.monotonic()
            return rows(actors, self._activity.running)


def rows(actors: Iterable[ActorReport], running: dict[str, Recorded]) -> list[dict[str, Any]]:
    """A row per runner that an executor reports or that has a job. One that is new is reported a moment late."""
    executors = [actor for actor in actors if actor.kind == "executor"]
    holders = {use.runner: actor for actor in executors for use in actor.uses}
    uses = {use.runner: use for actor in executors for use in actor.uses}
    found = [_row(name, holders.get(name), uses.get(name), running.get(name)) for name in uses.keys() | running]
    return sorted(found, key=lambda row: (row["language"], row["name"]))


def _row(name: str, actor: ActorReport | None, use: RunnerUse | None, start: Recorded | None) -> dict[str, Any]:
    fact = start.fact if start is not None and isinstance(start.fact, Started) else None
    job = None if start is None else start.job
    language = actor.language if actor is not None else job.address.language if job is not None else None
    return {
        "name": name,
        "language": language or "",
        "executor": actor.name if actor is not None else fact.by if fact is not None else None,
        "job": None if job is None else str(job),
        "attempt": None if fact is None else fact.attempt,
        "since": None if fact is None else timestamp(fact.at),
        "cpu_seconds": None if use is None else use.cpu_seconds,
        "memory_bytes": None if use is None else use.memory_bytes,
        "processes": None if use is None else use.processes,
    }
