"""The route of a job's events, as Server-Sent Events: its status, its output while it runs, its verdict."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from http_edge.edge import Edge
from http_edge.execute import job_id_of, visible
from http_edge.identity import READ
from http_edge.listening import Followed, Listening
from http_edge.problems import FieldError, Problem
from http_edge.rendering import is_final, render
from http_edge.telling import Event, Telling
from streams.jobid import JobId
from streams.output import Mark, Output, end_of
from streams.state import JobState

HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows that the connection lives."""
ONE_WRITE = 64 * 1024
"""Bytes of small events that leave together."""
_GREETING = b"retry: 1000\n\n"  # milliseconds until a client whose connection broke comes again
_HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Events:
    """Handler of /v1/execute/{id}/events."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    async def listen(self, request: Request) -> Response:
        """GET /v1/execute/{id}/events"""
        caller = await self._edge.callers.of(request, READ)
        after = _last_event_id(request)
        job = job_id_of(request)
        state = await visible(self._edge.log, job, caller)
        if after is not None and after == end_of(after.attempt):
            return Response(status_code=204)  # what makes an EventSource stop, which comes again after every end
        if request.method == "HEAD":
            return Response(headers=_HEADERS)
        return EventStream(self._edge.listening, job, state, after)


class EventStream(Response):
    """What is told of one job to one client, from the mark `after` to the verdict."""

    def __init__(self, listening: Listening, job: JobId, state: JobState, after: Mark | None) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._listening = listening
        self._job = job
        self._state = state
        self._telling = Telling(after)
        self._outputs: list[Output] = []
        self._told_outputs = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        bell = asyncio.Event()
        gone = asyncio.get_running_loop().create_task(_disconnected(receive), name="listener")
        gone.add_done_callback(lambda _: bell.set())
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            with self._listening.following(self._job, self._state, bell) as followed:
                async for content in self._contents(followed, bell, gone):
                    await send({"type": "http.response.body", "body": content, "more_body": True})
        finally:
            gone.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _contents(
        self, followed: Followed, bell: asyncio.Event, gone: asyncio.Task[None]
    ) -> AsyncIterator[bytes]:
        """What to send, until the verdict is told, nothing more can be, or the client has gone."""
        waiting = bytearray(_GREETING)
        while not gone.done():
            bell.clear()
            state = followed.state
            for event in self._events(followed, state):
                waiting += event.encode()
                if len(waiting) >= ONE_WRITE:
                    yield bytes(waiting)
                    waiting.clear()
            if waiting:
                yield bytes(waiting)
                waiting.clear()
            if is_final(state) or followed.over:
                return
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await bell.wait()
            except TimeoutError:
                waiting += b": heartbeat\n\n"

    def _events(self, followed: Followed, state: JobState) -> Iterator[Event]:
        if not is_final(state):
            yield from self._telling.of_state(state)
        while self._told_outputs < len(followed.outputs) or self._outputs is not followed.outputs:
            if self._outputs is not followed.outputs:  # another attempt
                self._outputs, self._told_outputs = followed.outputs, 0
                continue
            self._told_outputs += 1
            yield from self._telling.of_output(self._outputs[self._told_outputs - 1])
        if is_final(state):
            body = render(str(self._job), self._job.address.language, state)
            yield from self._telling.of_ending(state, body)


def _last_event_id(request: Request) -> Mark | None:
    given = request.headers.get("last-event-id")
    if given is None:
        return None
    try:
        return Mark.parse(given)
    except ValueError as error:
        raise Problem(400, "The request is not valid.", [FieldError("Last-Event-ID", str(error))]) from error


async def _disconnected(receive: Receive) -> None:
    """Return when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
