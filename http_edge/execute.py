"""The routes of jobs: submit, read, cancel."""

import hashlib
import re
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.admission import Asked
from http_edge.body import read_json_object
from http_edge.edge import Edge
from http_edge.headers import header
from http_edge.identity import EXECUTE, READ, Caller, client_address
from http_edge.parsing import SubmitRequest, body_limit, parse_submit_request, parse_wait
from http_edge.problems import FieldError, Problem, not_found
from http_edge.records.record import Records
from http_edge.rendering import is_final, render, timestamp
from http_edge.responses import json_response
from http_edge.tracing import trace_of
from streams.facts import CancelRequested, Idempotency, Submission
from streams.jobid import JobId, parse_job_id
from streams.lanes import lane_for, partition_for
from streams.ports import SubmissionLog
from streams.state import JobState, accepted_at

__all__ = ["Execute", "json_response"]

_KEY = re.compile(r"[ -~]{1,255}")


class Execute:
    """Handlers of /v1/execute."""

    def __init__(self, edge: Edge, records: Records) -> None:
        self._edge = edge
        self._records = records
        self._body_limit = body_limit(edge.settings.limits)

    async def submit(self, request: Request) -> Response:
        """POST /v1/execute"""
        caller = await self._edge.callers.of(request, EXECUTE)
        wait = parse_wait(request)
        if wait:
            caller.require(READ)
        body = await read_json_object(request, self._body_limit)
        asked = await self._parse(body, repeatable=_key_of(request) is not None)
        submission = self._submission(asked, request, caller)
        mark = self._edge.waiters.mark()
        job, headers = await self._edge.admission.admit(self._asked(request, caller, submission))
        if wait:
            state = await self._wait(job, wait, request, mark if job.nonce == submission.nonce else None)
            return await self._waited(job, state, headers)
        created_at = submission.at if job.nonce == submission.nonce else await self._first_submitted_at(job)
        accepted = {
            "id": str(job),
            "status": "queued",
            "language": asked.language,
            "created_at": timestamp(created_at),
        }
        return json_response(accepted, 202, {**_location(job), **headers})

    async def read(self, request: Request) -> Response:
        """GET /v1/execute/{id}"""
        caller = await self._edge.callers.of(request, READ)
        wait = parse_wait(request)
        job = job_id_of(request)
        state = await self._state(job, caller)
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

    async def _state(self, job: JobId, caller: Caller) -> JobState:
        """The job's state, from its facts when the projection of it is gone already."""
        try:
            return await visible(self._edge.log, job, caller)
        except Problem:
            return (await self._records.visible(job, caller)).state

    async def _parse(self, body: dict[str, Any], *, repeatable: bool) -> SubmitRequest:
        """What is asked for. A `repeatable` request may repeat one that was accepted while somebody ran its language:
        admission tells.
        """
        languages = self._edge.languages
        if languages.resolve(str(body.get("language"))) is None:
            await languages.look_for(body.get("language") if isinstance(body.get("language"), str) else "")
        resolve = languages.resolve_former if repeatable else languages.resolve
        return parse_submit_request(body, self._edge.settings.limits, resolve, languages.known)

    def _asked(self, request: Request, caller: Caller, submission: Submission) -> Asked:
        """What is asked of admission. The partition: what is counted for an owner lies in one, and a repeated request
        must meet the one that it repeats.
        """
        plans, partitions = self._edge.settings.plans, self._edge.settings.streams.topology.partitions
        plan, once = plans.of(caller), submission.idempotency
        allowance = plans.allowance(plan, caller, client_address(request))
        if allowance is not None:
            partition = partition_for(allowance.owner, partitions)
            # Whoever has no account may come again from another address, whose jobs are counted in another partition:
            # the others are looked into first, at once, by those alone who send a key and are no account.
            apart = once is not None and caller.account is None
            elsewhere = tuple(each for each in range(partitions) if apart and each != partition)
            return Asked(submission, partition, plan, allowance, elsewhere)
        spread = submission.nonce if once is None else once.key  # either is evenly spread
        return Asked(submission, int(spread[:8], 16) % partitions, plan, None)

    def _submission(self, asked: SubmitRequest, request: Request, caller: Caller) -> Submission:
        """The fact to append."""
        owner = caller.account or client_address(request)
        return Submission(
            at=self._edge.clock.now(),
            by=self._edge.name,
            language=asked.language,
            lane=lane_for(owner, asked.priority, self._edge.settings.streams.topology.lanes),
            nonce=self._edge.ids.nonce(),
            code=asked.code,
            stdin=asked.stdin,
            limits=asked.limits,
            args=asked.args,
            files=asked.files,
            account=caller.account,
            trace=trace_of(request.scope),
            idempotency=_idempotency(request, asked, caller),
        )

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

    def _wait(
        self, job: JobId, wait: timedelta, request: Request, submitted_after: int | None = None
    ) -> Awaitable[JobState | None]:
        return self._edge.waiters.wait(job, wait, partial(_disconnected, request), submitted_after)

    async def _waited(self, job: JobId, state: JobState | None, headers: Mapping[str, str]) -> Response:
        if state is None:  # the hash is gone, of a job that a repeated request stands for
            record = await self._records.find(job)
            if record is None:
                raise Problem(500, "The job was accepted and is gone.")
            state = record.state
        status = 200 if is_final(state) else 202
        return json_response(await self._rendered(job, state), status, {**_location(job), **headers})


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


def _key_of(request: Request) -> str | None:
    return header(request.scope, b"idempotency-key")


def _idempotency(request: Request, asked: SubmitRequest, caller: Caller) -> Idempotency | None:
    key = _key_of(request)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        reason = "expected 1 to 255 printable ASCII characters"
        raise Problem(400, "The request is not valid.", [FieldError("Idempotency-Key", reason)])
    # Keys are an account's own; all anonymous clients are one account.
    scoped = hashlib.sha256(f"{caller.account or 'anonymous'}\0{key}".encode()).hexdigest()
    return Idempotency(key=scoped, body=asked.digest())
