"""`codeportal at TIME [JOB]`: state as it was then."""

import argparse
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec

from deploy.cli import exits
from deploy.cli.stream.access import NAMES, Access, job_name, stream_command
from deploy.cli.stream.filters import add_filters, add_skip
from deploy.cli.stream.moments import FORMS, moment, stamp
from deploy.cli.stream.show import render
from deploy.cli.terminal import say, table
from streams.jobid import parse_job_id
from streams.ports import Projectable
from streams.position import Position
from streams.replay.folding import Folded, Folding
from streams.replay.reading import LAST
from streams.replay.recorded import projectable
from streams.replay.timeline import phases
from streams.state import JobState, fold, state_from_fields


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("time", metavar="TIME", type=moment, help=FORMS)
    parser.add_argument(
        "job", metavar="JOB", type=job_name, nargs="?", help=f"{NAMES}; without it all that were known then"
    )
    parser.add_argument("--json", action="store_true", help="JSON; without JOB one object per line and job")
    parser.add_argument("--full", action="store_true", help="with JOB: whole texts")
    add_skip(parser)
    add_filters(parser, 20, times=False)


async def at(access: Access) -> int:
    """Print the fold of the facts up to a moment."""
    until = Position(access.arguments.time, LAST.seq)
    return await (_one(access, until) if access.arguments.job else _all(access, until))


async def _one(access: Access, until: Position) -> int:
    arguments = access.arguments
    job = await access.job(arguments.job)
    facts = [] if job is None else await (await access.past()).history(job, until)
    if job is None or not facts:
        say(f"nothing was known about {arguments.job} at {stamp(until.ms)}")
        return exits.NOT_FOUND
    if arguments.json:
        state = state_from_fields(fold([(fact.position, fact.fact) for fact in facts if fact.fact is not None]))
        print(json.dumps({"at": stamp(until.ms), "job": str(job), **_as_object(state)}, ensure_ascii=False))
    else:
        print(f"as of {stamp(until.ms)}\n\n{render(job, facts, phases(facts), arguments.full)}")
    return 0


@dataclass
class _Picture:
    """All jobs that were known: counts of all, and a page of those that pass the filters."""

    arguments: argparse.Namespace
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    page: list[tuple[str, JobState]] = field(default_factory=list)
    passed: int = 0

    def add(self, folded: Folded) -> None:
        state = state_from_fields(folded.fields())
        language = parse_job_id(folded.job_id).address.language
        if not self._passes(state, language):
            return
        self.counts[(language, state.status)] += 1
        self.passed += 1
        if self.arguments.skip < self.passed <= self.arguments.skip + self.arguments.limit:
            self.page.append((folded.job_id, state))

    def _passes(self, state: JobState, language: str) -> bool:
        wanted = self.arguments
        account = None if state.accepted is None else state.accepted.account
        return (
            (not wanted.language or language in wanted.language)
            and (not wanted.status or state.status in wanted.status)
            and (not wanted.account or account in wanted.account)
        )


async def _all(access: Access, until: Position) -> int:
    folding, picture, past = Folding(), _Picture(access.arguments), await access.past()
    async for batch in past.entries((await past.layout()).places(), until=until):
        for entry in batch:
            said = projectable(entry)
            if isinstance(said, Projectable):
                folding.add(said)
        for folded in folding.over():
            picture.add(folded)
    for folded in folding.open.values():
        picture.add(folded)
    if access.arguments.json:
        for name, state in picture.page:
            print(json.dumps({"job": name, **_as_object(state)}, ensure_ascii=False))
    else:
        print(_render(picture, until))
    left = picture.passed - access.arguments.skip - len(picture.page)
    if left > 0:
        say(f"{left} more jobs: --skip {access.arguments.skip + len(picture.page)}")
    return 0


def _render(picture: _Picture, until: Position) -> str:
    counts = [(language, status, str(count)) for (language, status), count in sorted(picture.counts.items())]
    rows = [(state.status, _when(state), name) for name, state in picture.page]
    if not rows:
        return f"as of {stamp(until.ms)}: no jobs"
    return "\n\n".join(
        (
            f"as of {stamp(until.ms)}: {picture.passed} jobs",
            table(("LANGUAGE", "STATUS", "JOBS"), counts),
            table(("STATUS", "SUBMITTED", "JOB"), rows),
        )
    )


def _when(state: JobState) -> str:
    return "-" if state.accepted is None else stamp(state.accepted.at.timestamp() * 1000)


def _as_object(state: JobState) -> dict[str, Any]:
    return {
        "status": state.status,
        "attempts": state.attempts,
        "accepted": msgspec.to_builtins(state.accepted),
        "started": msgspec.to_builtins(state.started),
        "cancel_requested": msgspec.to_builtins(state.cancel_requested),
        "ending": msgspec.to_builtins(state.ending),
    }


AT = stream_command(
    "at", "Show the state as it was at TIME: of one job, or of all.", add_arguments, at, epilog="Read-only."
)
