"""How the system is at this moment: queues, actors, runners, dead letters, Redis."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from streams import keys
from streams.ports import ActorReport
from streams.redis.context import pairs
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.replay.following import last_positions
from streams.replay.groups import GroupRow, groups
from streams.replay.layout import Layout
from streams.replay.time import server_time
from streams.reports import read_reports


@dataclass(frozen=True, slots=True)
class Observation:
    """The system at a moment. `submitted` is by language, over the streams' whole life."""

    groups: Sequence[GroupRow]
    actors: Sequence[ActorReport]
    submitted: dict[str, int]
    dead_letters: int
    redis_bytes: int
    redis_limit: int
    archived: bool
    reclaimed: dict[tuple[str, str], int]


async def observe(wire: Wire, layout: Layout) -> Observation:
    """Look at the system. Read-only."""
    raw = await run_script(wire, "actors", (keys.ACTORS,), ())
    partitions = range(layout.topology.partitions)
    memory = await _memory(wire)
    return Observation(
        groups=await groups(wire, layout, await server_time(wire)),
        actors=list(read_reports(raw)),
        submitted=await _submitted(wire, layout),
        dead_letters=sum([int(await wire.call("HLEN", keys.dead_letters(number))) for number in partitions]),
        redis_bytes=memory.get("used_memory", 0),
        redis_limit=memory.get("maxmemory", 0),
        archived=layout.archived,
        reclaimed=await _reclaimed(wire, layout),
    )


async def _submitted(wire: Wire, layout: Layout) -> dict[str, int]:
    counts: dict[str, int] = {}
    places = tuple(place for place in layout.places() if place.language is not None)
    there = await last_positions(wire, places)
    for place in places:
        if place.language is not None and there[place.stream].ms:
            info = await wire.call("XINFO", "STREAM", place.stream)
            counts[place.language] = counts.get(place.language, 0) + int(info[b"entries-added"])
    return counts


async def _reclaimed(wire: Wire, layout: Layout) -> dict[tuple[str, str], int]:
    """By group and language; 0 where nothing was yet, as Prometheus sees no increase in a count that begins later."""
    answer = await wire.call("HGETALL", keys.RECLAIMED)
    counts = answer if isinstance(answer, dict) else pairs(answer)
    found = {(keys.EXECUTORS, language): 0 for languages in layout.languages for language in languages}
    found |= {(group, ""): 0 for group in (keys.PROJECTOR, keys.ARCHIVE)}
    for name, count in counts.items():
        group, _, language = name.decode().partition(" ")
        found[group, language] = int(count)
    return found


async def _memory(wire: Wire) -> dict[str, int]:
    raw = await wire.call("INFO", "memory")
    text = raw.decode() if isinstance(raw, bytes) else str(raw)
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: int(value) for name, _, value in pairs if name in ("used_memory", "maxmemory")}


def families(now: Observation) -> Iterator[Metric]:
    """The observation as metrics."""
    yield from _queues(now)
    yield from _projection(now)
    yield from _archive(now)
    yield from _actors(now)
    yield from _uses(now)
    reclaimed = CounterMetricFamily(
        "codeportal_reclaims", "Entries taken over from consumers that fell silent, ever.", labels=["group", "language"]
    )
    for (group, language), count in sorted(now.reclaimed.items()):
        reclaimed.add_metric([group, language], count)
    yield reclaimed
    submitted = CounterMetricFamily(
        "codeportal_jobs_submitted", "Submissions in the streams, ever.", labels=["language"]
    )
    for language, count in sorted(now.submitted.items()):
        submitted.add_metric([language], count)
    yield submitted
    yield GaugeMetricFamily("codeportal_dead_letters", "Dead letters that nobody has looked after.", now.dead_letters)
    yield GaugeMetricFamily("codeportal_redis_memory_bytes", "Memory that Redis uses.", now.redis_bytes)
    yield GaugeMetricFamily("codeportal_redis_memory_limit_bytes", "Redis's maxmemory; 0: none.", now.redis_limit)


def _queues(now: Observation) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("codeportal_queue_waiting", "Jobs that no executor has claimed.", labels=["language"])
    held = GaugeMetricFamily("codeportal_queue_claimed", "Jobs that executors hold.", labels=["language"])
    oldest = GaugeMetricFamily("codeportal_queue_oldest_seconds", "Age of the oldest waiting job.", labels=["language"])
    rows = [row for row in now.groups if row.name == keys.EXECUTORS]
    for language in sorted({row.place.language for row in rows if row.place.language}):
        own = [row for row in rows if row.place.language == language]
        waiting.add_metric([language], sum(row.waiting for row in own))
        held.add_metric([language], sum(row.pending for row in own))
        oldest.add_metric([language], max((row.oldest_waiting_ms or 0 for row in own), default=0) / 1000)
    yield from (waiting, held, oldest)


def _projection(now: Observation) -> Iterator[Metric]:
    rows = [row for row in now.groups if row.name == keys.PROJECTOR]
    behind = sum(row.waiting + row.pending for row in rows)
    yield GaugeMetricFamily("codeportal_projection_lag", "Facts that are not in the hashes yet.", behind)
    ages = [max(row.oldest_waiting_ms or 0, row.oldest_pending_ms or 0) for row in rows]
    oldest = max(ages, default=0) / 1000
    yield GaugeMetricFamily("codeportal_projection_oldest_seconds", "Age of the oldest of them.", oldest)


def _archive(now: Observation) -> Iterator[Metric]:
    rows = [row for row in now.groups if row.name == keys.ARCHIVE] if now.archived else []
    behind = sum(row.waiting + row.pending for row in rows)
    yield GaugeMetricFamily("codeportal_archive_lag", "Facts that are not in the archive yet.", behind)
    ages = [max(row.oldest_waiting_ms or 0, row.oldest_pending_ms or 0) for row in rows]
    oldest = max(ages, default=0) / 1000
    yield GaugeMetricFamily("codeportal_archive_oldest_seconds", "Age of the oldest of them.", oldest)


def _actors(now: Observation) -> Iterator[Metric]:
    actors = GaugeMetricFamily("codeportal_actors", "Actors that report.", labels=["kind", "language", "working"])
    counts: dict[tuple[str, str, str], int] = {}
    for actor in now.actors:
        key = (str(actor.kind), actor.language or "", "yes" if actor.state == "running" else "no")
        counts[key] = counts.get(key, 0) + 1
    for key, count in sorted(counts.items()):
        actors.add_metric(list(key), count)
    runners = GaugeMetricFamily("codeportal_runners", "Runners, leased by executors.", labels=["language", "state"])
    executors = [actor for actor in now.actors if actor.kind == "executor" and actor.language]
    for language in sorted({actor.language or "" for actor in executors}):
        own = [actor for actor in executors if actor.language == language]
        busy = sum(actor.busy for actor in own)
        runners.add_metric([language, "busy"], busy)
        runners.add_metric([language, "free"], sum(actor.runners for actor in own) - busy)
        # Every executor of a host sees the same ones.
        runners.add_metric([language, "quarantined"], max(actor.quarantined for actor in own))
    yield from (actors, runners)


def _uses(now: Observation) -> Iterator[Metric]:
    labels = ["language", "runner"]
    cpu = CounterMetricFamily("codeportal_runner_cpu_seconds", "CPU time of a runner since its start.", labels=labels)
    memory = GaugeMetricFamily("codeportal_runner_memory_bytes", "Memory in use, caches left out.", labels=labels)
    processes = GaugeMetricFamily("codeportal_runner_processes", "Processes and threads.", labels=labels)
    for actor in now.actors:
        for use in actor.uses:
            where = [actor.language or "", use.runner]
            cpu.add_metric(where, use.cpu_seconds)
            memory.add_metric(where, use.memory_bytes)
            processes.add_metric(where, use.processes)
    yield from (cpu, memory, processes)
