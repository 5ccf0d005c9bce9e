"""`codeportal replay JOB`: runs the very submission again and shows the difference; the recorded job stays as it is.
`codeportal replay --from --to`: sends recorded traffic to another server and compares the verdicts.
"""

import argparse
import asyncio
import json
import os
import socket
from typing import get_args

from deploy.cli import exits
from deploy.cli.command import UsageError
from deploy.cli.durations import seconds
from deploy.cli.stream.access import NAMES, Access, job_name, stream_command
from deploy.cli.stream.difference import Run, as_object, render
from deploy.cli.stream.moments import FORMS, moment
from deploy.cli.stream.shell import open_shell
from deploy.cli.stream.traffic import replay_traffic
from deploy.cli.terminal import say
from streams.facts import Origin, Status, Submission
from streams.jobid import JobId
from streams.ports import LogUnavailableError
from streams.redis import RedisLog
from streams.replay.again import again, endings
from streams.system import RandomIds, SystemClock

MOST_TIMES = 1000
_ENDED = [status for status in get_args(Status) if status not in ("queued", "running")]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", type=job_name, nargs="?", help=f"the job to run again: {NAMES}")
    parser.add_argument("--times", metavar="N", type=_times, default=1, help="how often: whether it is flaky")
    parser.add_argument("--shell", action="store_true", help="look around among its files in a scratch runner instead")
    parser.add_argument("--wait", metavar="DURATION", type=seconds, default=120.0, help="for the runs (default: 2m)")
    parser.add_argument("--json", action="store_true", help="the comparison as one JSON object")
    group = parser.add_argument_group("recorded traffic, instead of JOB")
    group.add_argument("--from", dest="since", metavar="TIME", type=moment, help=FORMS)
    group.add_argument("--to", dest="until", metavar="TIME", type=moment, help="up to here")
    group.add_argument("--speed", metavar="X", type=_speed, default=1.0, help="times faster than it was (default: 1)")
    group.add_argument("--language", metavar="L", action="append", default=[], help="only this one; may be repeated")
    group.add_argument(
        "--status",
        metavar="S",
        action="append",
        default=[],
        choices=_ENDED,
        help=f"only what came to it: {', '.join(_ENDED)}",
    )
    group.add_argument("--account", metavar="A", action="append", default=[], help="only this one's jobs")


async def replay(access: Access) -> int:
    """Run again what the arguments name; 1 when something differs."""
    arguments = access.arguments
    if arguments.job is None:
        if arguments.since is None or arguments.until is None:
            raise UsageError("give a JOB, or --from and --to for all jobs of that time")
        return await replay_traffic(access)
    if arguments.since is not None or arguments.until is not None:
        raise UsageError("JOB and --from/--to do not go together: give one of them")
    async with access.log() as log:
        job, submission = await _recorded_submission(access)
        if arguments.shell:
            return await asyncio.to_thread(open_shell, submission, access.target.project)
        return await _compare(access, log, job, submission)


async def _compare(access: Access, log: RedisLog, job: JobId, submission: Submission) -> int:
    recorded = await _recorded(access, job)
    runs = await _run_again(log, job, submission, access.arguments)
    if access.arguments.json:
        print(json.dumps(as_object(job, recorded, runs), ensure_ascii=False, indent=2))
    else:
        print(render(job, recorded, runs))
    reference = recorded or runs[0]
    return exits.DIFFERENT if any(run.outcome != reference.outcome for run in runs) else 0


async def _recorded_submission(access: Access) -> tuple[JobId, Submission]:
    job = await access.job(access.arguments.job)
    found = None if job is None else await (await access.past()).submission(job)
    if job is None or found is None:
        raise UsageError(
            f"the submission of {access.arguments.job} is not there: no such job, or it is trimmed (STREAM_RETENTION)"
            " and in no archive (DATABASE_URL)"
        )
    return job, found


async def _recorded(access: Access, job: JobId) -> Run | None:
    """What was recorded of the job; None while it has no ending."""
    for fact in await (await access.past()).history(job):
        run = Run.of(job, fact.fact)
        if run is not None:
            return run
    return None


async def _run_again(log: RedisLog, job: JobId, submission: Submission, arguments: argparse.Namespace) -> list[Run]:
    by = f"codeportal-{socket.gethostname()}-{os.getpid()}"
    origin, clock, ids = Origin(replay_of=str(job)), SystemClock(), RandomIds()
    copies = [again(submission, origin, clock.now(), by, ids) for _ in range(arguments.times)]
    jobs = [await log.submit(copy, job.address.partition) for copy in copies]
    runs: list[Run] = []
    try:
        async with asyncio.timeout(arguments.wait):
            async for ended, state in endings(log, jobs):
                run = Run.of(ended, state.ending)
                if run is not None:
                    runs.append(run)
    except TimeoutError as error:
        missing = arguments.times - len(runs)
        raise LogUnavailableError(
            f"{missing} of {arguments.times} runs did not end within {arguments.wait:g} s (--wait);"
            f" is an executor for {submission.language} running? `codeportal lag` tells"
        ) from error
    except asyncio.CancelledError:
        say(f"interrupted; the runs go on: {', '.join(map(str, jobs))}")
        raise
    return runs


def _times(text: str) -> int:
    return int(_number(text, 1, MOST_TIMES))


def _speed(text: str) -> float:
    return _number(text, 0.001, 1e6)


def _number(text: str, low: float, high: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {low:g} to {high:g}")
    return number


REPLAY = stream_command(
    "replay",
    "Run a job's submission again and show what differs; or send recorded traffic to another server.",
    add_arguments,
    replay,
    epilog="Appends new submissions, and touches no recorded job. Exit code 1 when something differs.\n"
    "With --from/--to the server is --server, and the recording is in the streams (--redis).",
    needs_server=True,
)
