"""Recorded traffic sent to another server: a load and regression test made of what really happened."""

import asyncio
import base64
import json
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any

from deploy.cli import exits
from deploy.cli.api import RequestRefusedError, Server, ServerUnavailableError
from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access
from deploy.cli.stream.words import milliseconds, visible
from deploy.cli.terminal import Progress, table
from streams import keys
from streams.codec import decode_fact, encode
from streams.facts import Cancelled, File, Finished, Lost, Submission
from streams.jobid import JobId, parse_job_id
from streams.position import Position
from streams.replay.comparing import Outcome, compare, outcome_of, outcome_of_answer
from streams.replay.reading import LAST
from streams.replay.recorded import recorded
from streams.state import state_from_fields

AT_ONCE = 64
SHOWN = 20
_WAIT = 30.0
_UNFINISHED = ("queued", "running")
Submitted = tuple[JobId, Submission]


@dataclass(frozen=True, slots=True)
class Sent:
    """What is kept of a recorded submission that was sent again, and no program or output: there may be many.

    `was` and `now` are verdicts, `differing` the names of what is not the same. If the server did not take or finish
    it, `now` is None; `trouble` says why.
    """

    job: JobId
    was: str | None
    now: str | None
    status: str
    differing: tuple[str, ...]
    seconds: float
    trouble: str = ""


def sent_again(job: JobId, was: Outcome | None, now: Outcome | None, seconds: float, trouble: str) -> Sent:
    """What came of it. `seconds`: from the request to the result."""
    return Sent(
        job=job,
        was=None if was is None else was.verdict,
        now=None if now is None else now.verdict,
        status="not taken" if now is None else now.status,
        differing=tuple(difference.part for difference in compare(was, now)) if was and now else (),
        seconds=seconds,
        trouble=trouble,
    )


async def replay_traffic(access: Access) -> int:
    """Send everything that was submitted from --from to --to, with its pauses; 1 when a verdict or output differs."""
    with TemporaryFile() as file:
        try:
            recording, skipped = await _recording(access, file)
        except OSError as error:
            raise UsageError(
                f"what was recorded finds no room in {gettempdir()}: {error}; TMPDIR names another"
            ) from error
        if not recording.count:
            raise UsageError("nothing was submitted in that time that could be sent")
        progress = Progress(sys.stderr)
        sent = await _send_all(access, recording, progress)
        progress.clear()
    print(
        json.dumps(as_object(sent, skipped), indent=2)
        if access.arguments.json
        else render(sent, skipped, access.server.url)
    )
    return exits.DIFFERENT if any(each.differing or each.now is None for each in sent) else 0


def request_body(submission: Submission) -> dict[str, Any] | None:
    """The request that makes this submission; None for one that the API does not take: program and input are text."""
    if not (isinstance(submission.code, str) and isinstance(submission.stdin, str)):
        return None
    limits = submission.limits
    asked = {
        "wall": _ms(limits.wall_ms),
        "cpu": _ms(limits.cpu_ms),
        "memory": limits.memory_bytes,
        "processes": limits.processes,
        "output": limits.output_bytes,
        "file_size": limits.file_size_bytes,
        "open_files": limits.open_files,
    }
    body: dict[str, Any] = {"language": submission.language, "code": submission.code, "stdin": submission.stdin}
    given = {
        "limits": {name: value for name, value in asked.items() if value is not None},
        "args": list(submission.args),
        "files": [_file(file) for file in submission.files],
        "priority": "" if submission.lane.kind == "interactive" else submission.lane.kind,
    }
    return body | {name: value for name, value in given.items() if value}


def _file(file: File) -> dict[str, str]:
    if isinstance(file.content, str):
        return {"path": file.path, "content": file.content}
    content = base64.b64encode(file.content.base64).decode()
    return {"path": file.path, "content": content, "encoding": "base64"}


@dataclass
class Recording:
    """Submissions in a file: there may be more than fit into memory. All of them are there before the first is sent:
    streams are trimmed meanwhile, and what is sent may come into the very same ones.
    """

    file: IO[bytes]
    count: int = 0

    def add(self, job: JobId, submission: Submission) -> None:
        self.file.write(b"%b %b\n" % (str(job).encode(), encode(submission)))
        self.count += 1

    def __iter__(self) -> Iterator[Submitted]:
        self.file.seek(0)
        for line in self.file:
            job, _, fact = line.partition(b" ")
            submission = decode_fact(fact)
            assert isinstance(submission, Submission)  # noqa: S101 - by `add`
            yield parse_job_id(job.decode()), submission


async def _recording(access: Access, file: IO[bytes]) -> tuple[Recording, int]:
    """What was submitted, and how much of it cannot be sent, as the API does not take it."""
    recording, skipped = Recording(file), 0
    async for job, submission in _submitted(access):
        if request_body(submission) is None:
            skipped += 1
        else:
            recording.add(job, submission)
    file.flush()
    return recording, skipped


async def _submitted(access: Access) -> AsyncIterator[Submitted]:
    arguments = access.arguments
    past = await access.past()
    places = [place for place in (await past.layout()).places() if place.language is not None]
    if arguments.language:
        places = [place for place in places if place.language in arguments.language]
    until = Position(arguments.until, LAST.seq)
    async for batch in past.entries(places, Position(arguments.since, 0), until):
        facts = map(recorded, batch)
        page = [
            (fact.job, fact.fact)
            for fact in facts
            if fact.job and isinstance(fact.fact, Submission) and _is_wanted(fact.fact, arguments.account)
        ]
        for each in await _that_came_to(access, page, arguments.status) if arguments.status else page:
            yield each


async def _that_came_to(access: Access, page: list[Submitted], statuses: Sequence[str]) -> list[Submitted]:
    outcomes = await asyncio.gather(*(_was(access, job) for job, _ in page))
    return [each for each, was in zip(page, outcomes, strict=True) if was is not None and was.status in statuses]


def _is_wanted(submission: Submission, accounts: Sequence[str]) -> bool:
    return not accounts or submission.account in accounts


async def _send_all(access: Access, recording: Recording, progress: Progress) -> list[Sent]:
    loop, sent = asyncio.get_running_loop(), list[Sent]()

    async def send(job: JobId, submission: Submission) -> None:
        began = loop.time()
        now, trouble = await loop.run_in_executor(pool, _send, access.server, submission)
        seconds = loop.time() - began
        sent.append(sent_again(job, await _was(access, job), now, seconds, trouble))
        progress.show(f"{len(sent)} of {recording.count} sent and finished")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        await paced(recording, send, access.arguments.speed)
    return sorted(sent, key=lambda each: (each.job.address.position, str(each.job)))


async def paced(
    recording: Iterable[Submitted], send: Callable[[JobId, Submission], Awaitable[None]], speed: float
) -> None:
    """`send` each when it is its turn, AT_ONCE at most under way: what is later is not read before.

    Raises the first of what sending raises, and ends the rest.
    """
    loop, first, free = asyncio.get_running_loop(), None, asyncio.Semaphore(AT_ONCE)
    started = loop.time()

    async def turn(job: JobId, submission: Submission) -> None:
        try:
            await send(job, submission)
        finally:
            free.release()

    try:
        async with asyncio.TaskGroup() as tasks:
            for job, submission in recording:
                first = job.address.position.ms if first is None else first
                due = started + (job.address.position.ms - first) / 1000 / speed
                await asyncio.sleep(max(due - loop.time(), 0.0))
                await free.acquire()
                tasks.create_task(turn(job, submission))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures


def _send(server: Server, submission: Submission) -> tuple[Outcome | None, str]:
    body = request_body(submission)
    try:
        answer = server.post("/v1/execute", body or {}, secrets.token_hex(16), _WAIT)
        while answer["status"] in _UNFINISHED:
            answer = server.get(f"/v1/execute/{answer['id']}", _WAIT)
    except (RequestRefusedError, ServerUnavailableError) as error:
        return None, str(error)
    return outcome_of_answer(answer), ""


async def _was(access: Access, job: JobId) -> Outcome | None:
    values = await access.wire.call("HMGET", keys.hash_of(job), "status", "ending")
    if values[1] is None:  # it runs still, or its hash has outlived JOB_TTL
        facts = [fact.fact for fact in await (await access.past()).history(job)]
        return next((outcome_of(fact) for fact in facts if isinstance(fact, Finished | Cancelled | Lost)), None)
    ending = state_from_fields({"status": values[0], "ending": values[1]}).ending
    return None if ending is None else outcome_of(ending)


def as_object(sent: Sequence[Sent], skipped: int) -> dict[str, Any]:
    """For programs."""
    return {
        "sent": len(sent),
        "skipped": skipped,
        "same": sum(not each.differing and each.now is not None and each.was is not None for each in sent),
        "unknown": sum(each.was is None for each in sent),
        "differing": [{"job": str(each.job), "recorded": each.was, "now": each.now} for each in sent if each.differing],
        "failed": [{"job": str(each.job), "reason": each.trouble} for each in sent if each.now is None],
        "seconds": [round(each.seconds, 4) for each in sent],
    }


def render(sent: Sequence[Sent], skipped: int, url: str) -> str:
    """For people."""
    verdicts = Counter(each.status for each in sent)
    parts = [f"{len(sent)} submissions sent to {url}" + (f", {skipped} could not be (not text)" if skipped else "")]
    parts.append(table(("NOW", "JOBS"), [(name, str(count)) for name, count in verdicts.most_common()]))
    if len(sent) > 1:
        cuts = quantiles([each.seconds * 1000 for each in sent], n=100)
        parts.append(f"submit to result: p50 {milliseconds(cuts[49])}, p95 {milliseconds(cuts[94])}")
    wrong = [each for each in sent if each.differing or each.now is None]
    rows = [(str(each.job), each.was or "?", _now(each)) for each in wrong[:SHOWN]]
    parts += [table(("JOB", "RECORDED", "NOW"), rows)] if rows else []
    unknown = sum(each.was is None for each in sent)
    last = "every verdict and output is as recorded" if not wrong else f"{len(wrong)} differ"
    parts.append(last + (f"; {unknown} had no recorded ending" if unknown else ""))
    return "\n\n".join(parts)


def _now(each: Sent) -> str:
    if each.now is None:
        return visible(each.trouble.partition("\n")[0])
    return f"{each.now} ({', '.join(each.differing)} differs)"


def _ms(ms: int | None) -> str | None:
    return None if ms is None else f"{ms}ms"
