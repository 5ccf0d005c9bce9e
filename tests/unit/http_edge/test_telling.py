"""A listener is told every byte once, in order, wherever it is cut off: all texts together are the result's."""

import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from http_edge.telling import LARGEST_TEXT, Event, Telling
from streams.facts import AnyFact, Binary, Cancelled, Finished, Lost, Result, Started, Submission
from streams.output import Began, Chunk, Mark, Output, OutputName, end_of, whole_characters
from streams.position import Position
from streams.state import JobState, fold, state_from_fields
from streams.text import readable, text_from_bytes, text_from_truncated
from tests.unit.streams.facts_made import AT, job_id, submission
from tests.unit.streams.test_output import NEARLY_TEXT

JOB = job_id()
BODY = {"id": "x"}


def state(*facts: AnyFact) -> JobState:
    return state_from_fields(fold((Position(n, 0), fact) for n, fact in enumerate((submission(), *facts))))


def started(attempt: int = 1) -> Started:
    return Started(at=AT, by="e", job=str(JOB), attempt=attempt, runner="r")


def finished(stdout: bytes = b"", stderr: bytes = b"", attempt: int = 1, *, truncated: bool = False) -> Finished:
    text = text_from_truncated if truncated else text_from_bytes
    result = Result(stage="run", stdout=text(stdout), stderr=text(stderr), duration_ms=1.0, exit_code=0)
    return Finished(at=AT, by="e", job=str(JOB), attempt=attempt, runner="r", status="succeeded", result=result)


def brief(events: Any) -> list[Any]:
    """What a person would say of events: statuses with attempts, texts by stream."""
    said: list[Any] = []
    for event in events:
        match event.name:
            case "status":
                said.append((event.data["status"], event.data["attempt"]))
            case "done":
                said.append("done")
            case name:
                said.append({name: event.data["text"]})
    return said


def test_an_event_is_three_lines_on_the_wire() -> None:
    """Line ends, nulls and unpaired things in a text stay inside of its JSON."""
    text = "a\r\n\n\0\u2028\ufffd☃"
    name, mark, data, *rest = Event("stdout", Mark(1, 3, 1), {"text": text}).encode().split(b"\n")
    assert (name, mark, rest) == (b"event: stdout", b"id: 1-12884901889", [b"", b""])
    assert json.loads(data.removeprefix(b"data: ")) == {"text": text}


def test_a_short_job_is_told_from_its_result() -> None:
    ended = state(started(), finished(b"out", b"err"))
    events = list(Telling().of_ending(ended, BODY))
    assert brief(events) == [("running", 1), {"stdout": "out"}, {"stderr": "err"}, "done"]
    assert [event.mark for event in events] == [Mark(1), Mark(1, 3), Mark(1, 3, 3), end_of(1)]
    assert events[-1].data is BODY


def test_a_job_is_told_as_it_goes() -> None:
    telling = Telling()
    assert brief(telling.of_state(state())) == [("queued", 0)]
    assert brief(telling.of_state(state())) == []
    assert brief(telling.of_output(Began(Mark(1), AT))) == [("running", 1)]
    assert brief(telling.of_state(state(started()))) == []
    assert brief(telling.of_output(Chunk(Mark(1, 2), "stdout", b"ab"))) == [{"stdout": "ab"}]
    assert brief(telling.of_output(Chunk(Mark(1, 2, 1), "stderr", b"!"))) == [{"stderr": "!"}]
    assert brief(telling.of_ending(state(started(), finished(b"abcd", b"!")), BODY)) == [{"stdout": "cd"}, "done"]


def test_another_attempt_begins_anew() -> None:
    """Whether the stream or the projection tells of it first; the old one's output counts no more."""
    telling = Telling()
    list(telling.of_output(Began(Mark(1), AT)))
    list(telling.of_output(Chunk(Mark(1, 2), "stdout", b"ab")))
    assert brief(telling.of_state(state(started(), started(2)))) == [("running", 2)]
    assert brief(telling.of_output(Chunk(Mark(1, 3), "stdout", b"c"))) == []
    assert brief(telling.of_output(Began(Mark(2), AT))) == []
    assert brief(telling.of_output(Chunk(Mark(2, 2), "stdout", b"ab"))) == [{"stdout": "ab"}]
    assert brief(telling.of_output(Began(Mark(3), AT))) == [("running", 3)]
    ended = state(started(), started(3), finished(b"abc", attempt=3))
    assert brief(telling.of_ending(ended, BODY)) == [{"stdout": "abc"}, "done"]


def test_a_lost_piece_comes_with_the_result() -> None:
    telling = Telling()
    list(telling.of_output(Began(Mark(1), AT)))
    assert brief(telling.of_output(Chunk(Mark(1, 6), "stdout", b"cd"))) == []
    assert brief(telling.of_ending(state(started(), finished(b"abcdef")), BODY)) == [{"stdout": "abcdef"}, "done"]


def test_a_job_that_never_ran_has_only_a_verdict() -> None:
    cancelled = Cancelled(at=AT, by="e", job=str(JOB))
    assert brief(Telling().of_ending(state(cancelled), BODY)) == ["done"]


def test_a_lost_job_keeps_what_was_told() -> None:
    telling = Telling()
    list(telling.of_output(Began(Mark(2), AT)))
    lost = Lost(at=AT, by="e", job=str(JOB), attempts=2, reason="gave up")
    events = list(telling.of_ending(state(started(2), lost), BODY))
    assert brief(events) == ["done"]
    assert events[0].mark == end_of(2)


def test_who_comes_again_hears_no_status_twice() -> None:
    assert brief(Telling(Mark(0)).of_state(state())) == []
    assert brief(Telling(Mark(1)).of_state(state(started()))) == []
    assert brief(Telling(Mark(1, 5)).of_state(state(started(2)))) == [("running", 2)]


def test_a_mark_past_the_end_asks_for_nothing_more() -> None:
    assert brief(Telling(Mark(1, 500)).of_ending(state(started(), finished(b"abc")), BODY)) == ["done"]


def test_large_output_comes_in_pieces() -> None:
    """Cut between characters, so that each piece is text of its own."""
    text = "☃" * LARGEST_TEXT
    events = list(Telling().of_ending(state(started(), finished(text.encode())), BODY))[1:-1]
    assert "".join(event.data["text"] for event in events) == text
    assert all(len(event.data["text"].encode()) <= LARGEST_TEXT for event in events)


@dataclass
class Listener:
    """A client that keeps what it hears as a browser would: texts by stream, anew at each attempt."""

    mark: Mark | None = None
    texts: dict[str, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    done: bool = False

    def hear(self, event: Event) -> None:
        assert self.mark is None or self.mark <= event.mark
        assert not self.done
        self.mark = Mark.parse(str(event.mark))
        match event.name:
            case "status":
                self.texts = {"stdout": "", "stderr": ""}
            case "done":
                self.done = True
            case name:
                self.texts[name] += json.loads(msgspec.json.encode(event.data))["text"]


WRITES = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), NEARLY_TEXT), max_size=8)


def shown(attempt: int, writes: list[tuple[OutputName, bytes]], again: list[bool]) -> list[Output]:
    """What an executor shows of `writes`, with answers lost: where `again`, the next piece repeats the one before."""
    outputs: list[Output] = [Began(Mark(attempt), AT)]
    mark, unshown = Mark(attempt), {"stdout": b"", "stderr": b""}
    for (name, content), repeated in zip(writes, again, strict=False):
        unshown[name] += content
        size = whole_characters(unshown[name])
        if size:
            outputs.append(Chunk(mark.moved(name, size), name, unshown[name][:size]))
            if not repeated:
                mark, unshown[name] = mark.moved(name, size), unshown[name][size:]
    # A repetition has the same stream only: the mark of the other one must not go back.
    return [each for n, each in enumerate(outputs) if n == 0 or each.mark > outputs[n - 1].mark]


@given(
    st.lists(WRITES, min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=8, max_size=8),
    st.sets(st.integers(0, 60)),
    st.sets(st.integers(0, 40)),
    st.booleans(),
)
def test_all_texts_together_are_the_results(
    attempts: list[list[tuple[OutputName, bytes]]],
    again: list[bool],
    cuts: set[int],
    missing: set[int],
    truncated: bool,
) -> None:
    """Several attempts, repeated and lost pieces, connections cut after any event, a stream that expires any time."""
    outputs = [output for n, writes in enumerate(attempts, 1) for output in shown(n, writes, again)]
    outputs = [output for n, output in enumerate(outputs) if n not in missing]
    last = len(attempts)
    stdout, stderr = (b"".join(raw for to, raw in attempts[-1] if to == name) for name in ("stdout", "stderr"))
    ended = state(started(last), finished(stdout, stderr, last, truncated=truncated))
    listener, heard = Listener(), 0
    while not listener.done:
        telling = Telling(listener.mark)
        running: list[Submission | Started] = [started(last)] if heard % 2 else []
        news = [telling.of_state(state(*running))]
        news += [telling.of_output(output) for output in outputs]
        for event in (event for each in [*news, telling.of_ending(ended, BODY)] for event in each):
            listener.hear(event)
            heard += 1
            if heard in cuts:
                break
    result = ended.ending.result if isinstance(ended.ending, Finished) else None
    assert result is not None
    assert listener.texts == {"stdout": readable(result.stdout), "stderr": readable(result.stderr)}
    assert isinstance(result.stdout, str | Binary)
