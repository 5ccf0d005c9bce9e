"""`codeportal dead list|show|retry|drop`: what was given up."""

import argparse
import json
import os
import socket
from collections.abc import Sequence

import msgspec

from deploy.cli import exits
from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.filters import add_filters, add_skip
from deploy.cli.stream.moments import stamp
from deploy.cli.stream.words import visible
from deploy.cli.terminal import say, table
from streams.facts import Origin, Submission
from streams.replay.again import again
from streams.replay.deadletters import (
    KeptLetter,
    NotASubmissionError,
    dead_letters,
    drop,
    retry,
    submission_in,
)
from streams.system import RandomIds, SystemClock

ACTIONS = ("list", "show", "retry", "drop")
PAGE = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS, help="retry and drop write: they take the dead letter away")
    parser.add_argument(
        "name", metavar="NAME", nargs="*", help="a job's id or address, or an entry's position, as listed"
    )
    parser.add_argument("--all", action="store_true", help="all that the filters leave, instead of NAMEs")
    add_skip(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    add_filters(parser, None, default=f"{PAGE} are listed; of --all, all")


async def dead(access: Access) -> int:
    """List, show, run again or drop dead letters."""
    arguments = access.arguments
    if arguments.status:
        raise UsageError("--status: dead letters have no status; all of their jobs ended as internal_error")
    letters = [kept for kept in await dead_letters(access.wire, await access.layout()) if _passes(kept, arguments)]
    if arguments.action == "list":
        return _list(letters, arguments)
    chosen = _chosen(letters, arguments)
    if arguments.action == "show":
        for kept in chosen:
            print(json.dumps(_as_object(kept), ensure_ascii=False, indent=None if arguments.json else 2))
        return 0
    work = _retry if arguments.action == "retry" else _drop
    done = [await work(access, kept) for kept in chosen]
    return 0 if all(done) else exits.DIFFERENT


def _list(letters: Sequence[KeptLetter], arguments: argparse.Namespace) -> int:
    page = letters[arguments.skip : arguments.skip + (arguments.limit or PAGE)]
    if arguments.json:
        for kept in page:
            print(json.dumps(_as_object(kept), ensure_ascii=False))
        return 0
    rows = [
        (
            stamp(kept.letter.at.timestamp() * 1000),
            kept.letter.job or kept.field.partition(" ")[2],
            str(kept.letter.attempts),
            visible(kept.letter.reason),
        )
        for kept in page
    ]
    print(table(("TIME", "NAME", "ATTEMPTS", "REASON"), rows) if rows else "no dead letters")
    left = len(letters) - arguments.skip - len(page)
    if left > 0:
        say(f"{left} more: --skip {arguments.skip + len(page)}")
    return 0


def _chosen(letters: Sequence[KeptLetter], arguments: argparse.Namespace) -> list[KeptLetter]:
    if bool(arguments.name) == arguments.all:
        raise UsageError(f"dead {arguments.action} wants NAMEs, or --all")
    if arguments.all:
        return list(letters[arguments.skip :][: arguments.limit])
    if arguments.skip or arguments.limit:
        raise UsageError("--skip and --limit go with --all, or with list; NAMEs say which ones are meant")
    chosen = []
    for name in arguments.name:
        found = [kept for kept in letters if kept.is_named(name)]
        if not found:
            raise UsageError(f"there is no dead letter {name!r}; `codeportal dead list` names them")
        chosen += found
    return chosen


async def _retry(access: Access, kept: KeptLetter) -> bool:
    try:
        given_up = submission_in(kept.letter)
    except NotASubmissionError as error:
        say(f"{kept.letter.job or kept.field}: {error}")
        return False
    by = f"codeportal-{socket.gethostname()}-{os.getpid()}"
    copy = again(given_up, Origin(retry_of=kept.letter.job), SystemClock().now(), by, RandomIds())
    job = await retry(access.wire, kept, copy)
    if job is None:
        say(f"{kept.letter.job or kept.field}: somebody else has taken it")
        return False
    was = kept.letter.job or kept.field
    print(json.dumps({"dead": was, "job": str(job)}) if access.arguments.json else f"{was} runs again as {job}")
    return True


async def _drop(access: Access, kept: KeptLetter) -> bool:
    dropped = await drop(access.wire, kept)
    was = kept.letter.job or kept.field
    if dropped:
        print(json.dumps({"dropped": was}) if access.arguments.json else f"{was} dropped")
    return dropped


def _passes(kept: KeptLetter, arguments: argparse.Namespace) -> bool:
    ms = kept.letter.at.timestamp() * 1000
    if arguments.since is not None and ms < arguments.since:
        return False
    if arguments.until is not None and ms > arguments.until:
        return False
    if not (arguments.language or arguments.account):
        return True
    submission = _submission(kept)
    if submission is None:
        return False
    right_language = not arguments.language or submission.language in arguments.language
    return right_language and (not arguments.account or submission.account in arguments.account)


def _submission(kept: KeptLetter) -> Submission | None:
    try:
        return submission_in(kept.letter)
    except NotASubmissionError:
        return None


def _as_object(kept: KeptLetter) -> dict[str, object]:
    return {"name": kept.letter.job or kept.field.partition(" ")[2], **msgspec.to_builtins(kept.letter)}


DEAD = stream_command(
    "dead",
    "Dead letters: list or show what was given up, run it again, or drop it.",
    add_arguments,
    dead,
    epilog="A retry appends a new submission that names the old one, and takes the dead letter away, in one step.",
)
