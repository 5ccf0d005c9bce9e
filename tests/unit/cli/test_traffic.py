"""Recorded traffic, sent again: what is asked of the other server is what was submitted."""

from base64 import b64decode

import pytest

from deploy.cli.stream.traffic import request_body
from streams.facts import Binary, File, Lane, Limits, Submission
from tests.unit.http_edge.edge_in_memory import running_edge
from tests.unit.streams.facts_made import AT, NONCE, submission

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
