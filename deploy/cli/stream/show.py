"""`codeportal show JOB`: a job's timeline."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from deploy.cli import exits
from deploy.cli.stream.access import NAMES, Access, job_name, stream_command
from deploy.cli.stream.moments import stamp
from deploy.cli.stream.words import as_json, coloured, detail, event, milliseconds, visible
from deploy.cli.terminal import say, table
from streams import keys
from streams.facts import Cancelled, Ending, Finished, Lost, Submission, Text
from streams.jobid import JobId
from streams.replay.comparing import outcome_of
from streams.replay.recorded import Recorded
from streams.replay.timeline import Phase, phases
from streams.text import readable

BAR = 40
SHOWN_LINES = 20
_LONGEST_PROJECTION = 60_000  # ms; more means that the hash was touched again later


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", type=job_name, help=NAMES)
    parser.add_argument("--json", action="store_true", help="all of it as one JSON object")
    parser.add_argument("--full", action="store_true", help=f"whole texts, not the first {SHOWN_LINES} lines of each")


async def show(access: Access) -> int:
    """Print everything that is known about a job; 1 when nothing is."""
    job = await access.job(access.arguments.job)
    facts = [] if job is None else await (await access.past()).history(job)
    if job is None or not facts:
        say(
            f"nothing is known about {access.arguments.job}: no such job, or its facts are trimmed (STREAM_RETENTION)"
            " and in no archive (DATABASE_URL)"
        )
        return exits.NOT_FOUND
    spent = phases(facts, await _projected_at(access, job, facts))
    if access.arguments.json:
        print(json.dumps(as_object(job, facts, spent), ensure_ascii=False, indent=2, default=str))
    else:
        print(render(job, facts, spent, access.arguments.full))
    return 0


async def _projected_at(access: Access, job: JobId, facts: Sequence[Recorded]) -> float | None:
    """When the last fact was projected: every projection starts the hash's time to live anew."""
    expires = int(await access.wire.call("PEXPIRETIME", keys.hash_of(job)))
    at = expires - access.job_ttl_ms
    since = at - facts[-1].position.ms
    return at if expires > 0 and -1 <= since <= _LONGEST_PROJECTION else None


def as_object(job: JobId, facts: Sequence[Recorded], spent: Sequence[Phase]) -> dict[str, Any]:
    """For programs."""
    return {
        "job": str(job),
        "address": str(job.address),
        "facts": [as_json(fact) for fact in facts],
        "phases": {phase.name: round(phase.ms, 3) for phase in spent},
    }


def render(job: JobId, facts: Sequence[Recorded], spent: Sequence[Phase], full: bool = False) -> str:
    """For people."""
    ending = _ending(facts)
    status = next((fact.status for fact in reversed(facts) if fact.status), "queued")
    submission = next((fact.fact for fact in facts if isinstance(fact.fact, Submission)), None)
    parts = [f"job {job}\n{coloured(status, status)}  (in logs: {job.address})", _timeline(facts)]
    if spent:
        parts.append(bars(spent))
    if submission is None:
        parts.append("the submission is no longer in its stream, nor in an archive")
    else:
        parts += _texts([("code", submission.code), ("stdin", submission.stdin)], full)
        asked = {name: value for name, value in _limits(submission).items() if value is not None}
        parts += [f"limits asked for: {', '.join(f'{name} {value}' for name, value in asked.items())}"] if asked else []
    if ending is not None:
        parts.append(f"verdict: {outcome_of(ending).verdict}")
        parts += _texts(_output(ending), full)
        parts += [f"reason: {ending.reason}"] if isinstance(ending, Lost) else []
    return "\n\n".join(parts)


def bars(spent: Sequence[Phase]) -> str:
    """Each phase as a bar, where the one before it ends."""
    whole = sum(phase.ms for phase in spent) or 1.0
    width = max(len(phase.name) for phase in spent)
    lines, done = [], 0.0
    for phase in spent:
        left, right = round(BAR * done / whole), round(BAR * (done + phase.ms) / whole)
        bar = " " * left + ("█" * (right - left) or "▏")
        share = f"{phase.ms / whole:4.0%}"
        lines.append(f"  {phase.name.ljust(width)}  {bar.ljust(BAR + 1)}  {milliseconds(phase.ms):>9}  {share}")
        done += phase.ms
    return "\n".join(
        ("where the time went", *lines, f"  {'in all'.ljust(width)}  {' ' * (BAR + 1)}  {milliseconds(whole):>9}")
    )


def _timeline(facts: Sequence[Recorded]) -> str:
    rows, before = [], None
    for fact in facts:
        at = fact.fact.at.timestamp() * 1000 if fact.fact else float(fact.position.ms)
        delta = "" if before is None else f"+{milliseconds(max(at - before, 0.0))}"
        rows.append((stamp(at), delta, event(fact), detail(fact), fact.fact.by if fact.fact else ""))
        before = at
    return table(("TIME", "DELTA", "FACT", "WHAT", "BY"), rows)


def _ending(facts: Sequence[Recorded]) -> Ending | None:
    return next((fact.fact for fact in facts if isinstance(fact.fact, Finished | Cancelled | Lost)), None)


def _output(ending: Ending) -> list[tuple[str, Text]]:
    result = None if isinstance(ending, Lost) else ending.result
    if result is None:
        return []
    compiled = result.compile
    own = [("stdout", result.stdout), ("stderr", result.stderr)]
    return own if compiled is None else [("compiler", compiled.stdout), ("compiler", compiled.stderr), *own]


def _limits(submission: Submission) -> dict[str, Any]:
    limits = submission.limits
    return {name: getattr(limits, name) for name in limits.__struct_fields__}


def _texts(texts: Sequence[tuple[str, Text]], full: bool) -> list[str]:
    """Each text that is not empty, indented under its name."""
    return [_text(name, readable(text), full) for name, text in texts if text not in ("", None)]


def _text(name: str, text: str, full: bool) -> str:
    lines = text.splitlines()
    shown = lines if full else lines[:SHOWN_LINES]
    rest = [f"… {len(lines) - len(shown)} more lines (--full)"] if len(shown) < len(lines) else []
    return "\n".join((f"{name}:", *(f"  {visible(each)}" for each in shown), *(f"  {each}" for each in rest)))


SHOW = stream_command(
    "show", "Show a job's timeline, where its time went, its program and verdict.", add_arguments, show
)
