"""A job's events from the server, over as many connections as it takes."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from deploy.cli.api import BUSY, Server

_SILENCE = 40.0  # seconds; the server sends a heartbeat after 15 at the latest
_MOST_FAILURES = 8  # in a row: together about as long as a server takes to start again
_FIRST_PAUSE = 0.1


class Event(NamedTuple):
    """What happened to the job: `status`, `stdout`, `stderr` or `done`, with its data."""

    name: str
    id: str
    data: Any


def events(server: Server, path: str) -> Iterator[Event]:
    """The events of the job at `path`, each once, up to the verdict.

    Ends without a verdict where the server tells no events, or cannot be reached for long: asking for the job says why.
    """
    last: str | None = None
    failures = 0
    while failures < _MOST_FAILURES:
        try:
            with _connection(server, path, last) as answer:
                if answer.status_code not in BUSY and not _tells_events(answer):
                    return
                for event in _parsed(answer.iter_raw()) if _tells_events(answer) else ():
                    yield event
                    if event.name == "done":
                        return
                    last, failures = event.id, 0
        except httpx.TransportError:
            pass  # as when the stream ends too early: the server stops, and another one goes on
        server.sleep(_FIRST_PAUSE * 2**failures)
        failures += 1


def _connection(server: Server, path: str, last: str | None) -> Any:
    headers = {"Accept": "text/event-stream", **({} if last is None else {"Last-Event-ID": last})}
    return server.client.stream("GET", f"{path}/events", headers=headers, timeout=httpx.Timeout(_SILENCE, connect=5.0))


def _tells_events(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith("text/event-stream")


def _parsed(content: Iterator[bytes]) -> Iterator[Event]:
    """Whole events; comments and what breaks off in the middle are nothing."""
    fields: dict[str, str] = {}
    for line in _lines(content):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


def _lines(content: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for part in content:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line.decode()
