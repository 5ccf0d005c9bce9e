"""Facts and quantities in words, with colours on a terminal."""

import os
import sys
from datetime import timedelta
from typing import Any

import msgspec

from deploy.cli.stream.moments import stamp
from streams.duration import format_duration
from streams.facts import Cancelled, CancelRequested, Finished, Lost, Result, Started, Submission, Text
from streams.replay.recorded import Recorded
from streams.text import bytes_from_text

_COLOURS = {
    "queued": "2",
    "running": "36",
    "succeeded": "32",
    "failed": "33",
    "compile_error": "33",
    "timeout": "35",
    "cpu_limit": "35",
    "memory_limit": "35",
    "cancelled": "2",
    "cancel asked": "2",
    "internal_error": "31;1",
    "malformed": "31;1",
}


def coloured(text: str, name: str, width: int = 0) -> str:
    """`text`, padded, in the colour of the status `name` if people look on."""
    padded = text.ljust(width)
    colour = _COLOURS.get(name)
    if colour is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return padded
    return f"\x1b[{colour}m{padded}\x1b[0m"


def event(fact: Recorded) -> str:
    """What happened, in one word: the status, where the fact sets one."""
    return "malformed" if fact.fact is None else fact.status or "cancel asked"


def detail(fact: Recorded) -> str:
    """The rest of what a fact says, in short."""
    return visible(_detail(fact))


def visible(text: str) -> str:
    """`text` without what would move the cursor or change colours: neither programs nor entries are trusted."""
    return "".join(char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in text)


def _detail(fact: Recorded) -> str:
    match fact.fact:
        case None:
            said = fact.reason
        case Submission() as submission:
            said = _submission(submission)
        case Started() as started:
            said = f"attempt {started.attempt} on {started.runner}"
        case Finished() as finished:
            said = result(finished.result)
        case Cancelled() as cancelled:
            said = "before it ran" if cancelled.result is None else result(cancelled.result)
        case Lost() as lost:
            said = lost.reason
        case CancelRequested():
            said = "by the client"
    return said


def _submission(submission: Submission) -> str:
    origin = submission.origin
    words = [f"{size(submission.code)} of code", str(submission.lane)]
    words += [f"account {submission.account}"] if submission.account else []
    words += [f"replay of {origin.replay_of}"] if origin and origin.replay_of else []
    words += [f"retry of {origin.retry_of}"] if origin and origin.retry_of else []
    return ", ".join(words)


def result(of: Result) -> str:
    """How a program ended and what it took."""
    if of.stage == "compile":
        ended = "while compiling"
    elif of.signal:
        ended = of.signal
    else:
        ended = "did not exit" if of.exit_code is None else f"exit {of.exit_code}"
    spent = [ended, milliseconds(of.duration_ms)]
    spent += [f"cpu {milliseconds(of.cpu_ms)}"] if of.cpu_ms is not None else []
    spent += [f"memory {byte_count(of.memory_peak_bytes)}"] if of.memory_peak_bytes is not None else []
    spent += ["not compiled again"] if of.compile is not None and of.compile.cached else []
    return ", ".join(spent)


def line(fact: Recorded) -> str:
    """One line: when, what, which language, which job, details, and who wrote it."""
    language = fact.job.address.language if fact.job else "-"
    job = str(fact.job) if fact.job else f"{fact.stream} {fact.position}"
    by = f"  [{fact.fact.by}]" if fact.fact else ""
    name = event(fact)
    return f"{stamp(fact.position.ms)}  {coloured(name, name, 14)}  {language:<10}  {job}  {detail(fact)}{by}"


def as_json(fact: Recorded) -> dict[str, Any]:
    """A fact with its place, whole."""
    return {
        "stream": fact.stream,
        "id": str(fact.position),
        "job": None if fact.job is None else str(fact.job),
        "status": fact.status,
        "fact": None if fact.fact is None else msgspec.to_builtins(fact.fact),
        **({"malformed": fact.reason} if fact.fact is None else {}),
    }


def size(text: Text) -> str:
    return byte_count(len(bytes_from_text(text)))


def byte_count(count: int | None) -> str:
    """`512 bytes`, `9.8MiB`."""
    if count is None:
        return "-"
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} byte{'' if count == 1 else 's'}"


def milliseconds(ms: float | None) -> str:
    """`0.4 ms`, `12 ms`, `1.25 s`, `3m2s`."""
    if ms is None:
        return "-"
    if ms < 10:
        return f"{ms:.1f} ms"
    if ms < 1000:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.2f} s" if ms < 60_000 else format_duration(timedelta(seconds=round(ms / 1000)))
