"""`codeportal top`: a live view of languages, lag, runners and what they run and use, rates, recent verdicts."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

import msgspec

from deploy.cli.durations import seconds
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.containers import Containers, Use
from deploy.cli.stream.picture import LanguageRow, Picture, RunnerRow, as_object, render
from streams import keys
from streams.ports import ActorReport
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.replay.activity import Activity
from streams.replay.groups import GroupRow, groups
from streams.replay.layout import Layout
from streams.replay.recorded import Recorded
from streams.replay.time import server_time

_HOME_AND_CLEAR = "\x1b[H\x1b[J"
_reports = msgspec.json.Decoder(ActorReport)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="one picture, as when the output is no terminal")
    parser.add_argument(
        "--interval", metavar="DURATION", type=seconds, default=1.0, help="between pictures (default: 1s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line and picture")
    parser.add_argument("--language", metavar="L", action="append", default=[], help="only this one; may be repeated")


async def top(access: Access) -> int:
    """Show pictures until Ctrl-C."""
    arguments = access.arguments
    once = arguments.once or not (sys.stdout.isatty() or arguments.json)
    watch = _Watch(access, Containers(access.target.project))
    try:
        while True:
            picture = await watch.picture()
            if arguments.json:
                print(json.dumps(as_object(picture)), flush=True)
            else:
                print(("" if once else _HOME_AND_CLEAR) + render(picture), flush=True)
            if once:
                return 0
            await asyncio.sleep(max(arguments.interval, 0.1))
    finally:
        watch.close()


class _Watch:
    def __init__(self, access: Access, containers: Containers) -> None:
        self._wire: Wire = access.wire
        self._access = access
        self._containers = containers
        self._languages = frozenset(access.arguments.language)
        self._seen = Activity()
        self._before: tuple[int, int, int] | None = None  # ms, submissions, endings
        self._uses: dict[str, Use] = {}
        self._used_at = 0

    def close(self) -> None:
        self._containers.close()

    async def picture(self) -> Picture:
        layout = await self._access.layout()
        await self._seen.look(self._wire, layout)
        now = await server_time(self._wire)
        rows = await groups(self._wire, layout, now)
        raw = await run_script(self._wire, "actors", (keys.ACTORS,), ())
        actors = [_reports.decode(each) for each in raw]
        submitted, ended = await self._rates(layout, now)
        return Picture(
            at_ms=now,
            submitted=submitted,
            ended=ended,
            redis_bytes=await self._memory(),
            projection_lag=sum(row.waiting + row.pending for row in rows if row.name == keys.PROJECTOR),
            projectors=sum(actor.kind == "projector" for actor in actors),
            languages=tuple(language_rows(actors, rows, self._languages)),
            runners=tuple(await self._runners(now)),
            verdicts=tuple(fact for fact in self._seen.verdicts if self._wants(fact)),
        )

    def _wants(self, fact: Recorded) -> bool:
        return fact.job is not None and (not self._languages or fact.job.address.language in self._languages)

    async def _rates(self, layout: Layout, now: int) -> tuple[float | None, float | None]:
        submissions = 0
        for place in layout.places():
            if place.language is not None and await self._wire.call("EXISTS", place.stream):
                info = await self._wire.call("XINFO", "STREAM", place.stream)
                submissions += int(info[b"entries-added"])
        before, self._before = self._before, (now, submissions, self._seen.ended)
        if before is None or now <= before[0]:
            return None, None
        spent = (now - before[0]) / 1000
        return (submissions - before[1]) / spent, (self._seen.ended - before[2]) / spent

    async def _memory(self) -> int:
        info = await self._wire.call("INFO", "memory")
        text = info.decode() if isinstance(info, bytes) else str(info)
        return next(int(line.partition(":")[2]) for line in text.splitlines() if line.startswith("used_memory:"))

    async def _runners(self, now: int) -> list[RunnerRow]:
        uses = await asyncio.to_thread(self._containers.uses)
        spent, before = now - self._used_at, self._uses
        self._uses, self._used_at = uses, now
        names = sorted(uses.keys() | self._seen.running.keys())
        return [
            runner_row(name, self._seen.running.get(name), uses.get(name), before.get(name), spent, now)
            for name in names
        ]


def language_rows(actors: Sequence[ActorReport], rows: Sequence[GroupRow], only: frozenset[str]) -> list[LanguageRow]:
    """A row per language that somebody serves or that has something waiting."""
    executors = [actor for actor in actors if actor.kind == "executor" and actor.language]
    own = [row for row in rows if row.name == keys.EXECUTORS]
    busy = {row.place.language for row in own if row.waiting or row.pending}
    names = {actor.language for actor in executors} | busy
    return [
        _language_row(str(name), [actor for actor in executors if actor.language == name], own)
        for name in sorted(str(name) for name in names)
        if not only or name in only
    ]


def runner_row(
    name: str, start: Recorded | None, use: Use | None, before: Use | None, spent: int, now: int
) -> RunnerRow:
    """A runner's row; `spent` is ms since `before`."""
    cores = None
    if use is not None and before is not None and spent > 0:
        cores = max(use.cpu_ns - before.cpu_ns, 0) / (spent * 1_000_000)
    return RunnerRow(
        runner=name,
        job=None if start is None else str(start.job),
        for_ms=None if start is None else max(float(now - start.position.ms), 0.0),
        cpu=cores,
        memory_bytes=None if use is None else use.memory_bytes,
        processes=None if use is None else use.processes,
    )


def _language_row(name: str, actors: Sequence[ActorReport], rows: Sequence[GroupRow]) -> LanguageRow:
    own = [row for row in rows if row.place.language == name]
    troubles = [actor.state for actor in actors if actor.state != "running"]
    return LanguageRow(
        language=name,
        executors=len(actors),
        runners=sum(actor.runners for actor in actors),
        busy=sum(actor.busy for actor in actors),
        waiting=sum(row.waiting for row in own),
        pending=sum(row.pending for row in own),
        oldest_ms=max((row.oldest_waiting_ms for row in own if row.oldest_waiting_ms is not None), default=None),
        state=troubles[0] if troubles else "running" if actors else "no executor",
    )


TOP = stream_command(
    "top",
    "Watch languages, lag, runners and what they run and use, rates and verdicts.",
    add_arguments,
    top,
    epilog="Read-only. What runners use is known where their Docker engine can be asked.",
)
