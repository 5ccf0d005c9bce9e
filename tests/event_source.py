"""A client of Server-Sent Events, as the tests listen: whole events, with their ids."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx


class Heard(NamedTuple):
    """One event."""

    name: str
    id: str
    data: Any


@asynccontextmanager
async def listening(
    http: httpx.AsyncClient, job_id: object, after: str | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[AsyncIterator[Heard]]:
    """The events of a job, after the event that had the id `after`."""
    sent = {**(headers or {}), **({} if after is None else {"Last-Event-ID": after})}
    async with http.stream("GET", f"/v1/execute/{job_id}/events", headers=sent) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["Content-Type"] == "text/event-stream"
        events = heard(answer)
        try:
            yield events
        finally:
            await events.aclose()  # type: ignore[attr-defined]  # it is a generator


async def heard(answer: httpx.Response) -> AsyncIterator[Heard]:
    """What a stream says, comments left out."""
    fields: dict[str, str] = {}
    async for line in lines(answer):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "data" in fields:
                yield Heard(fields["event"], fields["id"], json.loads(fields["data"]))
            fields = {}


async def lines(answer: httpx.Response) -> AsyncIterator[str]:
    """Lines that end with a newline only: `aiter_lines` knows other ends, which a text may hold."""
    rest = b""
    async for content in answer.aiter_raw():
        *whole, rest = (rest + content).split(b"\n")
        for line in whole:
            yield line.decode()


def texts(events: list[Heard]) -> dict[str, str]:
    """What a client holds of both streams: of the last attempt."""
    held = {"stdout": "", "stderr": ""}
    for event in events:
        if event.name == "status":
            held = {"stdout": "", "stderr": ""}
        elif event.name in held:
            held[event.name] += event.data["text"]
    return held
