"""Recorded traffic, sent again: what is asked of the other server is what was submitted."""

import asyncio
from base64 import b64decode
from collections.abc import Iterator
from tempfile import TemporaryFile

import pytest
from msgspec.structs import replace

from deploy.cli.stream.traffic import AT_ONCE, Recording, paced, request_body, sent_again
from streams.facts import Binary, File, Lane, Limits, Submission
from streams.jobid import JobId
from streams.ports import LogUnavailableError
from streams.replay.comparing import outcome_of
from tests.unit.http_edge.edge_in_memory import running_edge
from tests.unit.streams.facts_made import AT, NONCE, finished, job_id, submission

ASKED = Submission(
    at=AT,
    by="edge",
    language="python",
    lane=Lane("batch", 1),
    nonce=NONCE,
    code="print(1)",
    stdin="in",
    args=("--verbose", "-x", "", "\N{SNOWMAN}"),
    files=(File("data/a.txt", "A\n"), File("b.bin", Binary(b"\xff\x00"))),
    limits=Limits(wall_ms=2500, cpu_ms=1000, memory_bytes=64 << 20, processes=3, output_bytes=5000, open_files=20),
)


@pytest.mark.parametrize("recorded", [ASKED, submission(), submission(lane=Lane("interactive", 3))])
async def test_a_server_that_is_asked_again_takes_the_same(recorded: Submission) -> None:
    async with running_edge() as world:
        answer = await world.http.post("/v1/execute", json=request_body(recorded))
        assert answer.status_code == 202, answer.text
        (claim,) = await world.log.claim("python", "executor-1", 1, AT - AT)
    taken = claim.submission  # type: ignore[union-attr]  # it is no malformed entry
    for name in ("language", "code", "stdin", "args", "files"):
        assert getattr(taken, name) == getattr(recorded, name)
    assert taken.lane.kind == recorded.lane.kind
    given = {name: value for name in Limits.__struct_fields__ if (value := getattr(recorded.limits, name)) is not None}
    assert {name: getattr(taken.limits, name) for name in given} == given


def test_a_program_that_is_no_text_cannot_be_sent() -> None:
    assert request_body(submission(code=Binary(b"\xff"))) is None


def test_a_file_that_is_no_text_is_sent_as_base64() -> None:
    body = request_body(ASKED)
    assert body is not None
    assert body["files"][0] == {"path": "data/a.txt", "content": "A\n"}
    assert b64decode(body["files"][1]["content"]) == b"\xff\x00"


async def test_what_is_later_is_not_read_before_its_turn() -> None:
    """A day of a busy service does not fit into memory."""
    read, sent, done = 0, 0, asyncio.Event()

    def recording() -> Iterator[tuple[JobId, Submission]]:
        nonlocal read
        for _ in range(3 * AT_ONCE):
            read += 1
            yield job_id(), submission()

    async def send(_job: JobId, _submission: Submission) -> None:
        nonlocal sent
        sent += 1
        if sent == AT_ONCE:
            full.set()
        await done.wait()

    full = asyncio.Event()
    sending = asyncio.create_task(paced(recording(), send, 1.0))
    async with asyncio.timeout(10):
        await full.wait()
        await asyncio.sleep(0)  # its turn to go on, if it would
        assert read <= AT_ONCE + 1
        done.set()
        await sending
    assert (read, sent) == (3 * AT_ONCE, 3 * AT_ONCE)


async def test_a_log_that_goes_away_meanwhile_is_told_as_ever() -> None:
    async def send(_job: JobId, _submission: Submission) -> None:
        raise LogUnavailableError("away")

    with pytest.raises(LogUnavailableError, match="away"):
        await paced([(job_id(), submission())], send, 1.0)


def test_a_recording_holds_what_was_submitted_in_its_order() -> None:
    with TemporaryFile() as file:
        recording = Recording(file)
        given = [
            (job_id(partition=number), replace(ASKED, code=f"line {number}\nand \0 \N{SNOWMAN}")) for number in range(3)
        ]
        for job, asked in given:
            recording.add(job, asked)
        assert recording.count == 3
        assert list(recording) == given


def test_what_differs_is_told_by_name_and_nothing_is_kept_of_it() -> None:
    was, now = (outcome_of(finished(job_id(), stdout=stdout)) for stdout in ("what it was", "what it is"))
    sent = sent_again(job_id(), was, now, 0.5, "")
    assert sent.differing == ("stdout",)
    assert "what it" not in repr(sent)
