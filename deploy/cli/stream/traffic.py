"""Recorded traffic sent to another server: a load and regression test made of what really happened."""

import asyncio
import base64
import json
import secrets
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from deploy.cli import exits
from deploy.cli.api import RequestRefusedError, Server, ServerUnavailableError
from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access
from deploy.cli.stream.words import milliseconds, visible
from deploy.cli.terminal import Progress, table
from streams import keys
from streams.facts import Cancelled, File, Finished, Lost, Submission
from streams.jobid import JobId
from streams.position import Position
from streams.replay.comparing import Outcome, compare, outcome_of, outcome_of_answer
from streams.replay.reading import LAST
from streams.replay.recorded import recorded
from streams.state import state_from_fields

AT_ONCE = 64
SHOWN = 20
_PAGE = 500  # jobs asked about at once
_WAIT = 30.0
_UNFINISHED = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Sent:
    """A recorded submission, sent again. If the server did not take or finish it, `now` is None; `trouble` says why."""

    job: JobId
    was: Outcome | None
    now: Outcome | None
    seconds: float
    trouble: str = ""

    @property
    def differs(self) -> bool:
        return self.now is not None and self.was is not None and bool(compare(self.was, self.now))


async def replay_traffic(access: Access) -> int:
    """Send everything that was submitted from --from to --to, with its pauses; 1 when a verdict or output differs."""
    arguments = access.arguments
    recording = await _recording(access)
    if arguments.status:
        recording = await _that_came_to(access, recording, arguments.status)
    sendable = [(job, submission) for job, submission in recording if request_body(submission) is not None]
    if not sendable:
        raise UsageError("nothing was submitted in that time that could be sent")
    progress = Progress(sys.stderr)
    sent = await _send_all(access, sendable, progress)
    progress.clear()
    skipped = len(recording) - len(sendable)
    print(
        json.dumps(as_object(sent, skipped), indent=2) if arguments.json else render(sent, skipped, access.server.url)
    )
    return exits.DIFFERENT if any(each.differs or each.now is None for each in sent) else 0


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


async def _recording(access: Access) -> list[tuple[JobId, Submission]]:
    arguments = access.arguments
    past = await access.past()
    places = [place for place in (await past.layout()).places() if place.language is not None]
    if arguments.language:
        places = [place for place in places if place.language in arguments.language]
    found = []
    until = Position(arguments.until, LAST.seq)
    async for batch in past.entries(places, Position(arguments.since, 0), until):
        facts = map(recorded, batch)
        found += [
            (fact.job, fact.fact)
            for fact in facts
            if fact.job and isinstance(fact.fact, Submission) and _is_wanted(fact.fact, arguments.account)
        ]
    return found


async def _that_came_to(
    access: Access, recording: list[tuple[JobId, Submission]], statuses: Sequence[str]
) -> list[tuple[JobId, Submission]]:
    found = []
    for start in range(0, len(recording), _PAGE):
        page = recording[start : start + _PAGE]
        outcomes = await asyncio.gather(*(_was(access, job) for job, _ in page))
        found += [each for each, was in zip(page, outcomes, strict=True) if was is not None and was.status in statuses]
    return found


def _is_wanted(submission: Submission, accounts: Sequence[str]) -> bool:
    return not accounts or submission.account in accounts


async def _send_all(access: Access, recording: Sequence[tuple[JobId, Submission]], progress: Progress) -> list[Sent]:
    loop, first = asyncio.get_running_loop(), recording[0][0].address.position.ms
    started, done = loop.time(), 0

    async def send(job: JobId, submission: Submission) -> Sent:
        nonlocal done
        due = started + (job.address.position.ms - first) / 1000 / access.arguments.speed
        await asyncio.sleep(max(due - loop.time(), 0.0))
        began = loop.time()
        now, trouble = await loop.run_in_executor(pool, _send, access.server, submission)
        done += 1
        progress.show(f"{done} of {len(recording)} sent and finished")
        return Sent(job, await _was(access, job), now, loop.time() - began, trouble)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return await asyncio.gather(*(send(job, submission) for job, submission in recording))


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
        "same": sum(not each.differs and each.now is not None and each.was is not None for each in sent),
        "unknown": sum(each.was is None for each in sent),
        "differing": [
            {"job": str(each.job), "recorded": each.was.verdict, "now": each.now.verdict}
            for each in sent
            if each.differs and each.was and each.now
        ],
        "failed": [{"job": str(each.job), "reason": each.trouble} for each in sent if each.now is None],
        "seconds": [round(each.seconds, 4) for each in sent],
    }


def render(sent: Sequence[Sent], skipped: int, url: str) -> str:
    """For people."""
    verdicts = Counter(each.now.status if each.now else "not taken" for each in sent)
    parts = [f"{len(sent)} submissions sent to {url}" + (f", {skipped} could not be (not text)" if skipped else "")]
    parts.append(table(("NOW", "JOBS"), [(name, str(count)) for name, count in verdicts.most_common()]))
    if len(sent) > 1:
        cuts = quantiles([each.seconds * 1000 for each in sent], n=100)
        parts.append(f"submit to result: p50 {milliseconds(cuts[49])}, p95 {milliseconds(cuts[94])}")
    wrong = [each for each in sent if each.differs or each.now is None]
    rows = [(str(each.job), each.was.verdict if each.was else "?", _now(each)) for each in wrong[:SHOWN]]
    parts += [table(("JOB", "RECORDED", "NOW"), rows)] if rows else []
    unknown = sum(each.was is None for each in sent)
    last = "every verdict and output is as recorded" if not wrong else f"{len(wrong)} differ"
    parts.append(last + (f"; {unknown} had no recorded ending" if unknown else ""))
    return "\n\n".join(parts)


def _now(each: Sent) -> str:
    if each.now is None or each.was is None:
        return visible(each.trouble.partition("\n")[0])
    parts = ", ".join(difference.part for difference in compare(each.was, each.now))
    return f"{each.now.verdict} ({parts} differs)"


def _ms(ms: int | None) -> str | None:
    return None if ms is None else f"{ms}ms"
