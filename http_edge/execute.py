"""The routes of jobs: submit, read, cancel."""

import hashlib
import re
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.body import read_json_object
from http_edge.edge import Edge
from http_edge.identity import EXECUTE, READ, Caller
from http_edge.parsing import SubmitRequest, body_limit, parse_submit_request, parse_wait
from http_edge.problems import FieldError, Problem, not_found
from http_edge.rendering import is_final, render, timestamp
from http_edge.responses import json_response
from streams.facts import CancelRequested, Idempotency, Submission
from streams.jobid import JobId, parse_job_id
from streams.lanes import lane_for
from streams.ports import IdempotencyConflictError, SubmissionLog
from streams.state import JobState, accepted_at

__all__ = ["Execute", "json_response"]

_KEY = re.compile(r"[ -~]{1,255}")


class Execute:
    """Handlers of /v1/execute."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._body_limit = body_limit(edge.settings.limits)

    async def submit(self, request: Request) -> Response:
        """POST /v1/execute"""
        caller = await self._edge.callers.of(request, EXECUTE)
        wait = parse_wait(request)
        if wait:
            caller.require(READ)
        body = await read_json_object(request, self._body_limit)
        asked = await self._parse(body)
        submission, partition = self._submission(asked, request, caller)
        try:
            job = await self._appended(submission, partition)
        except IdempotencyConflictError as error:
            raise Problem(409, "This Idempotency-Key was used before, for another request.") from error
        if wait:
            return await self._waited(job, wait, request)
        created_at = submission.at if job.nonce == submission.nonce else await self._first_submitted_at(job)
        accepted = {
            "id": str(job),
            "status": "queued",
            "language": asked.language,
            "created_at": timestamp(created_at),
        }
        return json_response(accepted, 202, _location(job))

    async def read(self, request: Request) -> Response:
        """GET /v1/execute/{id}"""
        caller = await self._edge.callers.of(request, READ)
        wait = parse_wait(request)
        job = job_id_of(request)
        state = await visible(self._edge.log, job, caller)
        if wait and not is_final(state):  # only now: how long an answer takes tells a stranger nothing either
            state = await self._wait(job, wait, request) or state
        return json_response(await self._rendered(job, state))

    async def cancel(self, request: Request) -> Response:
        """DELETE /v1/execute/{id}"""
        caller = await self._edge.callers.of(request, EXECUTE)
        job = job_id_of(request)
        state = await visible(self._edge.log, job, caller)
        asked = CancelRequested(at=self._edge.clock.now(), by=self._edge.name, job=str(job), account=caller.account)
        if is_final(state) or not await self._edge.log.request_cancel(job, asked):
            raise Problem(409, "The job has ended; there is nothing to cancel.")
        return json_response(await self._rendered(job, state), 202)

    async def _appended(self, submission: Submission, partition: int) -> JobId:
        """The job, of this request or of the one that it repeats. Raises Problem when the queue is full."""
        try:
            await self._edge.backlog.enter(submission.language)
        except Problem:
            # What was promised before a queue was full is promised still.
            known = await self._edge.log.submitted_before(submission, partition)
            if known is None:
                raise
            return known
        return await self._edge.log.submit(submission, partition)

    async def _parse(self, body: dict[str, Any]) -> SubmitRequest:
        languages = self._edge.languages
        if languages.resolve(str(body.get("language"))) is None:
            await languages.look_for(body.get("language") if isinstance(body.get("language"), str) else "")
        return parse_submit_request(body, self._edge.settings.limits, languages.resolve, languages.known)

    def _submission(self, asked: SubmitRequest, request: Request, caller: Caller) -> tuple[Submission, int]:
        """The fact to append, and the partition for it: a repeated request must meet the one it repeats."""
        once = _idempotency(request, asked, caller)
        topology = self._edge.settings.streams.topology
        nonce = self._edge.ids.nonce()
        partition = int((nonce if once is None else once.key)[:8], 16)  # either is evenly spread
        owner = caller.account or ("" if request.client is None else request.client.host)
        submission = Submission(
            at=self._edge.clock.now(),
            by=self._edge.name,
            language=asked.language,
            lane=lane_for(owner, asked.priority, topology.lanes),
            nonce=nonce,
            code=asked.code,
            stdin=asked.stdin,
            limits=asked.limits,
            args=asked.args,
            files=asked.files,
            account=caller.account,
            idempotency=once,
        )
        return submission, partition % topology.partitions

    async def _rendered(self, job: JobId, state: JobState) -> dict[str, Any]:
        queue = await self._queue(job) if state.status == "queued" else None
        return render(str(job), job.address.language, state, queue)

    async def _queue(self, job: JobId) -> dict[str, Any]:
        """Why the job waits: what is before it, and what there is to run it."""
        language = self._edge.languages.get(job.address.language)
        place = await self._edge.log.place_in_queue(job)
        return {
            "position": place,
            "runners": language.runners,
            "busy": language.busy,
            "estimated_start_ms": language.start_in_ms(place),
        }

    async def _first_submitted_at(self, job: JobId) -> datetime:
        """When the job was submitted that a repeated request stands for."""
        state = await self._edge.log.read(job)
        known = None if state is None else state.accepted
        return (known or accepted_at(job.address)).at

    def _wait(self, job: JobId, wait: timedelta, request: Request) -> Awaitable[JobState | None]:
        return self._edge.waiters.wait(job, wait, partial(_disconnected, request))

    async def _waited(self, job: JobId, wait: timedelta, request: Request) -> Response:
        state = await self._wait(job, wait, request)
        if state is None:
            raise Problem(500, "The job was accepted and is gone.")
        status = 200 if is_final(state) else 202
        return json_response(await self._rendered(job, state), status, _location(job))


async def visible(log: SubmissionLog, job: JobId, caller: Caller) -> JobState:
    """The job's state. Another account's job is answered as one that never was: raises Problem."""
    state = await log.read(job)
    if state is None or not caller.sees(None if state.accepted is None else state.accepted.account):
        raise not_found()
    return state


def _location(job: JobId) -> dict[str, str]:
    return {"Location": f"/v1/execute/{job}"}


async def _disconnected(request: Request) -> None:
    """Return when the client has gone. The request's body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def job_id_of(request: Request) -> JobId:
    """The job that the path names. Raises Problem."""
    try:
        return parse_job_id(request.path_params["id"])
    except ValueError as error:
        raise not_found() from error


def _idempotency(request: Request, asked: SubmitRequest, caller: Caller) -> Idempotency | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        reason = "expected 1 to 255 printable ASCII characters"
        raise Problem(400, "The request is not valid.", [FieldError("Idempotency-Key", reason)])
    # Keys are an account's own; all anonymous clients are one account.
    scoped = hashlib.sha256(f"{caller.account or 'anonymous'}\0{key}".encode()).hexdigest()
    return Idempotency(key=scoped, body=asked.digest())
