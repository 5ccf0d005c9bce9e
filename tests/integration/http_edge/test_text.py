"""Programs and input arrive in the stream exactly as they were sent, and every answer has its headers."""

import asyncio
import re

import pytest

from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import HELLO, Client
from tests.integration.http_edge.edge_process import EdgeProcess

TEXTS = ("", "\0", "a\0b\N{SNOWMAN}\U0001f600\r\n\u2028", "\ufeff", "\x7f\x1b[0m", "#" * (1 << 20))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_any_text_passes_through(client: Client, actors: PlayedActors, text: str) -> None:
    """NUL bytes and the largest program included."""
    answer = await client.submit({**HELLO, "code": text, "stdin": text})
    assert answer.status_code == 202
    claim = await actors.claim()
    assert (claim.submission.code, claim.submission.stdin) == (text, text)


async def test_a_pair_of_surrogates_is_one_character(client: Client, actors: PlayedActors) -> None:
    """As JSON has it."""
    await client.post_raw(b'{"language": "python", "code": "\\ud83d\\ude00"}')
    assert (await actors.claim()).submission.code == "\U0001f600"


async def test_a_submission_names_all_that_was_asked(client: Client, actors: PlayedActors) -> None:
    """With the limit in milliseconds, and a lane and a nonce of the edge's making."""
    job = (await client.submit({**HELLO, "language": "py", "timeout": "1m"}, headers={"Idempotency-Key": "k"})).json()
    claim = await actors.claim()
    assert str(claim.job) == job["id"]
    submission = claim.submission
    assert (submission.language, submission.limits.wall_ms, submission.lane.kind) == ("python", 60_000, "interactive")
    assert submission.idempotency is not None
    assert submission.by.startswith("edge-")


async def test_every_answer_has_its_headers(client: Client, actors: PlayedActors) -> None:
    """Problems and pages too."""
    del actors
    answers = [
        await client.submit(),
        await client.submit({}),
        await client.read("x"),
        *[await client.http.get(path) for path in ("/docs", "/openapi.json", "/health", "/nothing")],
    ]
    for answer in answers:
        assert answer.headers["X-Request-Id"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "server" not in answer.headers


async def test_a_request_keeps_the_id_it_came_with(client: Client) -> None:
    """If it can be one; anything else would only mess up logs."""
    given = await client.http.get("/health", headers={"X-Request-Id": "trace-1.a_B"})
    assert given.headers["X-Request-Id"] == "trace-1.a_B"
    odd = await client.http.get("/health", headers={"X-Request-Id": "a b"})
    assert odd.headers["X-Request-Id"] != "a b"


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/v1/languages", "/openapi.json", "/docs"])
async def test_head_is_get_without_the_body(client: Client, actors: PlayedActors, path: str) -> None:
    """Length and type included."""
    del actors
    head, get = await client.http.head(path), await client.http.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]


async def test_the_log_has_a_line_per_request_and_never_the_program(
    client: Client, actors: PlayedActors, edge: EdgeProcess
) -> None:
    """Nor its input."""
    del actors
    sent = await client.submit({**HELLO, "code": "very_secret_program", "stdin": "very_secret_input"})
    edge.wait_for_line(sent.headers["X-Request-Id"])
    assert "very_secret" not in "".join(edge.said)


async def test_answers_to_pipelined_requests_come_in_order(edge: EdgeProcess) -> None:
    """Those without a body, and those that ask to go on, included."""
    requests = (
        b"HEAD /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: 1\r\n\r\n"
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-Id: 2\r\n\r\n"
        b"OPTIONS /v1/execute HTTP/1.1\r\nHost: x\r\nX-Request-Id: 3\r\n\r\n"
        b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nX-Request-Id: 4\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
    async with asyncio.timeout(20):
        writer.write(requests)
        answers = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert re.findall(rb"x-request-id: (.)", answers) == [b"1", b"2", b"3", b"4"]
    assert re.findall(rb"HTTP/1.1 ([0-9]+)", answers)[:2] == [b"200", b"200"]
    assert answers.count(b"HTTP/1.1 100 ") <= 1
