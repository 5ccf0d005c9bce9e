"""Dead letters: what was given up after the last attempt, to look at, run again or drop."""

import base64
import binascii
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.edge import Edge
from http_edge.identity import EXECUTE, READ
from http_edge.problems import Problem
from http_edge.query import Query, whole_number
from http_edge.rendering import timestamp
from http_edge.responses import json_response
from streams.facts import Origin
from streams.redis.wire import Wire
from streams.replay.again import again
from streams.replay.deadletters import (
    KeptLetter,
    NotASubmissionError,
    dead_letter,
    dead_letters,
    drop,
    retry,
    submission_in,
)
from streams.replay.layout import NothingThereError, read_layout

MOST_LETTERS, USUAL_LETTERS = 500, 100
LONGEST_KEY = 512


class Dead:
    """Handlers of /v1/admin/dead."""

    def __init__(self, edge: Edge, wire: Wire) -> None:
        self._edge = edge
        self._wire = wire

    async def list(self, request: Request) -> Response:
        """GET /v1/admin/dead"""
        await self._edge.callers.administrator(request, READ)
        query = Query(request)
        limit = query.take("limit", whole_number(1, MOST_LETTERS), USUAL_LETTERS)
        query.check()
        try:
            letters = await dead_letters(self._wire, await read_layout(self._wire))
        except NothingThereError:  # the very first moments of an instance
            letters = []
        return json_response({"dead": [_shown(kept) for kept in letters[-limit:][::-1]], "total": len(letters)})

    async def retry(self, request: Request) -> Response:
        """POST /v1/admin/dead/{key}/retry"""
        await self._edge.callers.administrator(request, EXECUTE)
        kept = await self._kept(request)
        try:
            given_up = submission_in(kept.letter)
        except NotASubmissionError as error:
            raise Problem(409, f"This dead letter can only be dropped: {error}.") from error
        origin = Origin(retry_of=kept.letter.job)
        copy = again(given_up, origin, self._edge.clock.now(), self._edge.name, self._edge.ids)
        job = await retry(self._wire, kept, copy)
        if job is None:
            raise _no_letter()
        return json_response({"job": str(job)}, 202, {"Location": f"/v1/execute/{job}"})

    async def drop(self, request: Request) -> Response:
        """DELETE /v1/admin/dead/{key}"""
        await self._edge.callers.administrator(request, EXECUTE)
        if not await drop(self._wire, await self._kept(request)):
            raise _no_letter()
        return Response(status_code=204)

    async def _kept(self, request: Request) -> KeptLetter:
        """The dead letter that the path names. Raises Problem."""
        place = _place(request.path_params["key"])
        partitions = self._edge.settings.streams.topology.partitions
        kept = None if place is None or place[0] >= partitions else await dead_letter(self._wire, *place)
        if kept is None:
            raise _no_letter()
        return kept


def _shown(kept: KeptLetter) -> dict[str, Any]:
    letter = kept.letter
    try:
        submission = submission_in(letter)
    except NotASubmissionError:
        submission = None
    return {
        "key": base64.urlsafe_b64encode(f"{kept.partition} {kept.field}".encode()).rstrip(b"=").decode(),
        "at": timestamp(letter.at),
        "reason": letter.reason,
        "attempts": letter.attempts,
        "job": letter.job,
        "stream": letter.stream,
        "position": letter.position,
        "language": None if submission is None else submission.language,
        "account": None if submission is None else submission.account,
        "retryable": submission is not None,
    }


def _place(key: str) -> tuple[int, str] | None:
    """Partition and field that a key spells; None for what is no key."""
    if len(key) > LONGEST_KEY or not key.isascii():
        return None
    try:
        partition, _, field = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)).decode().partition(" ")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (int(partition), field) if partition.isascii() and partition.isdigit() and len(partition) < 6 else None


def _no_letter() -> Problem:
    return Problem(404, "There is no such dead letter; somebody else may have taken it.")
