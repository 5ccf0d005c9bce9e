"""What one listener to a job has been told and what is still to tell: status, output, verdict. Pure.

The texts of the last attempt's `stdout` events are the result's stdout, exactly, wherever the listener was cut off and
whether the output stream still lives or not: what it lacks at the end is told from the result.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from http_edge.rendering import is_final, timestamp
from streams.facts import Cancelled, Finished
from streams.output import NOWHERE, Began, Chunk, Mark, Output, OutputName, end_of, rest_of, whole_characters
from streams.state import JobState

LARGEST_TEXT = 64 * 1024
"""Bytes of output in one event: a listener that is slow must not make the edge hold more."""


class Event(NamedTuple):
    """A Server-Sent Event: `mark` is its id, from which a reconnect goes on."""

    name: str
    mark: Mark
    data: Any

    def encode(self) -> bytes:
        """The event on the wire; JSON is one line."""
        return b"event: %b\nid: %b\ndata: %b\n\n" % (
            self.name.encode(),
            str(self.mark).encode(),
            msgspec.json.encode(self.data),
        )


class Telling:
    """One listener's place. `after` is the mark that it has already; None: it begins."""

    def __init__(self, after: Mark | None = None) -> None:
        self._fresh = after is None
        self._mark = after or NOWHERE

    @property
    def mark(self) -> Mark:
        return self._mark

    def of_state(self, state: JobState) -> Iterator[Event]:
        """That the job waits or that an attempt runs, where that is news; never the end."""
        if self._fresh and state.status == "queued":
            at = None if state.accepted is None else timestamp(state.accepted.at)
            yield Event("status", self._mark, {"status": "queued", "at": at, "attempt": 0})
        self._fresh = False
        if state.started is not None:
            yield from self._begin(state.started.attempt, state.started.at)

    def of_output(self, output: Output) -> Iterator[Event]:
        """What a piece of live output has that is not told yet."""
        if isinstance(output, Began):
            yield from self._begin(output.mark.attempt, output.at)
        elif output.mark.attempt == self._mark.attempt:
            yield from self._of_chunk(output)

    def of_ending(self, state: JobState, body: Any) -> Iterator[Event]:
        """The rest of the output, and the verdict: `body` is the job as GET shows it."""
        yield from self.of_state(state)
        ending = state.ending
        if is_final(state) and isinstance(ending, Finished | Cancelled) and ending.result is not None:
            for name, text in (("stdout", ending.result.stdout), ("stderr", ending.result.stderr)):
                yield from self._pieces(name, rest_of(text, self._mark.of(name)))  # type: ignore[arg-type]  # of two
        yield Event("done", end_of(self._mark.attempt), body)

    def _begin(self, attempt: int, at: datetime) -> Iterator[Event]:
        if attempt > self._mark.attempt:
            self._mark = Mark(attempt)
            yield Event("status", self._mark, {"status": "running", "at": timestamp(at), "attempt": attempt})

    def _of_chunk(self, chunk: Chunk) -> Iterator[Event]:
        told = self._mark.of(chunk.name)
        begins = chunk.mark.of(chunk.name) - len(chunk.content)
        if begins <= told:  # else a piece got lost, and the rest has to wait for the result
            yield from self._pieces(chunk.name, chunk.content[told - begins :])

    def _pieces(self, name: OutputName, content: bytes) -> Iterator[Event]:
        while content:
            size = len(content)
            if size > LARGEST_TEXT:
                size = whole_characters(content[:LARGEST_TEXT])
            self._mark = self._mark.moved(name, size)
            yield Event(name, self._mark, {"text": content[:size].decode(errors="replace")})
            content = content[size:]
