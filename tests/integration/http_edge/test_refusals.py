"""What is refused, with which words; nothing refused ever reaches a stream."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import HELLO, JSON, Client, assert_problem

MEBIBYTE = 1 << 20
LARGEST_BODY = 6 * (3 * MEBIBYTE + 65_536) + 16_384


def entries(redis: RedisServer) -> int:
    """How many entries all streams have."""
    with redis.client() as client:
        return sum(client.xlen(name) for name in client.scan_iter(_type="stream"))


@pytest.fixture
def nothing_appended(redis_server: RedisServer, actors: PlayedActors) -> Iterator[None]:
    """Asks for the executor, so that a good submission would be taken, and then checks that none was."""
    del actors
    before = entries(redis_server)
    yield
    assert entries(redis_server) == before


pytestmark = pytest.mark.usefixtures("nothing_appended")

NO_JSON = (
    (b"", "truncated"),
    (b"{", "truncated"),
    (b"nonsense", "invalid"),
    (b'{"language": "python", "code": NaN}', "invalid"),
    (b'{"language": "python", "code": Infinity}', "invalid"),
    (b'{"language": "python", "code": "\xff"}', "utf-8"),
    (b'\xef\xbb\xbf{"language": "python", "code": ""}', "invalid"),
    ('{"language": "python", "code": ""}'.encode("utf-16"), ""),
    (b'{"language": "python", "code": ""} {}', "trailing"),
    (b"[" * 10_000, "nested too deeply"),
    (b'{"code":' * 10_000, "nested too deeply"),
    (b"[" * 200_000, "more than 16384 values"),
    (b'{"code":' * 100_000, "more than 16384 values"),
    (b'{"language": "python", "code": "\\ud800"}', "surrogate"),
    (b'{"language": "python", "code": "", "stdin": "\\udc00\\ud800"}', "surrogate"),
    (b'{"language": "python", "code": "a: \\uDFFF"}', "surrogate"),
)


@pytest.mark.parametrize(("content", "word"), NO_JSON)
async def test_what_is_no_json_is_400_and_says_why(client: Client, content: bytes, word: str) -> None:
    """The reason is the decoder's, or a plainer one."""
    assert_problem(await client.post_raw(content), 400, word)


@pytest.mark.parametrize("content", [b"[]", b"null", b"1", b'"x"', b"true"])
async def test_what_is_no_object_is_400(client: Client, content: bytes) -> None:
    """A submission is an object."""
    assert_problem(await client.post_raw(content), 400, "expected an object")


@pytest.mark.parametrize(
    "content",
    [
        b'{"language": "python", "code": "1", "code": "2"}',
        b'{"language": "python", "code": "1", "c\\u006fde": "2"}',
        b'{"language": "python", "code": "a:b", "stdin": null, "stdin": "x"}',
    ],
)
async def test_a_field_given_twice_is_400(client: Client, content: bytes) -> None:
    """Which of the two was meant is not ours to guess."""
    assert_problem(await client.post_raw(content), 400, "given more than once")


async def test_every_wrong_field_is_named(client: Client) -> None:
    """All at once, each with its reason."""
    body = {"language": "cobol", "code": 1, "stdin": [], "timeout": "2", "tiemout": "1s"}
    problem = assert_problem(await client.submit(body), 400, "python")
    assert [error["field"] for error in problem["errors"]] == ["language", "code", "stdin", "timeout", "tiemout"]


@pytest.mark.parametrize("asked", ["61s", "0s", "-1s", "soon", "", "1h" * 40, "100us"])
async def test_a_bad_timeout_is_400(client: Client, asked: str) -> None:
    """Out of range, or no duration."""
    problem = assert_problem(await client.submit({**HELLO, "timeout": asked}), 400)
    assert [error["field"] for error in problem["errors"]] == ["timeout"]


@pytest.mark.parametrize("wait", ["61s", "-1s", "10", "soon", ""])
async def test_a_bad_wait_is_400(client: Client, wait: str) -> None:
    """On both requests that take it, before anything is appended."""
    assert_problem(await client.submit(wait=wait), 400, '"wait"')
    assert_problem(await client.read("x", wait=wait), 400, '"wait"')


@pytest.mark.parametrize("field", ["code", "stdin"])
async def test_one_byte_over_the_limit_is_413(client: Client, field: str) -> None:
    """Counted as UTF-8."""
    body = {**HELLO, field: "\N{SNOWMAN}" * (MEBIBYTE // 3) + "##"}
    assert_problem(await client.submit(body), 413, field, "1MiB")


async def test_a_declared_body_over_the_limit_is_413(client: Client) -> None:
    """And the client that sends it all gets to see that."""
    answer = await client.post_raw(b" " * (LARGEST_BODY + 1))
    assert_problem(answer, 413, str(LARGEST_BODY))
    assert answer.headers["Connection"] == "close"


async def test_a_chunked_body_over_the_limit_is_413(client: Client) -> None:
    """Though nothing declared its size."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // MEBIBYTE + 1):
            yield b" " * MEBIBYTE

    assert_problem(await client.http.post("/v1/execute", content=chunks(), headers=JSON), 413)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/jsonx"],
)
async def test_another_content_type_is_415(client: Client, content_type: str) -> None:
    """And the right one is named."""
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.post_raw(b'{"language": "python", "code": ""}', headers)
    assert_problem(answer, 415, "application/json")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
async def test_json_may_say_that_it_is_utf_8(client: Client, content_type: str) -> None:
    """What is refused then is the body."""
    assert_problem(await client.post_raw(b"{}", {"Content-Type": content_type}), 400)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/execute", {"POST"}),
        ("PUT", "/v1/execute", {"POST"}),
        ("TRACE", "/v1/execute", {"POST"}),
        ("PATCH", "/v1/execute/abc", {"GET", "HEAD", "DELETE"}),
        ("POST", "/v1/execute/abc", {"GET", "HEAD", "DELETE"}),
        ("POST", "/v1/execute/abc/source", {"GET", "HEAD"}),
        ("PUT", "/v1/execute/abc/shares", {"POST", "GET", "HEAD"}),
        ("GET", "/v1/execute/abc/shares/x", {"DELETE"}),
        ("DELETE", "/v1/shares/x", {"GET", "HEAD"}),
        ("POST", "/v1/languages", {"GET", "HEAD"}),
        ("DELETE", "/health", {"GET", "HEAD"}),
        ("POST", "/health/ready", {"GET", "HEAD"}),
        ("QUERY", "/openapi.json", {"GET", "HEAD"}),
        ("POST", "/docs", {"GET", "HEAD"}),
    ],
)
async def test_another_method_is_405_and_names_the_allowed_ones(
    client: Client, method: str, path: str, allowed: set[str]
) -> None:
    """As RFC 9110 demands."""
    answer = await client.http.request(method, path)
    assert_problem(answer, 405, method)
    assert set(answer.headers["Allow"].split(", ")) - {"OPTIONS"} == allowed


@pytest.mark.parametrize(
    "path", ["/", "/v2/execute", "/v1/execute/", "/v1/execute/a/b", "/docs/../x", "/%00", "/health/"]
)
async def test_an_unknown_path_is_404(client: Client, path: str) -> None:
    """And is not redirected to one that it resembles."""
    assert_problem(await client.http.get(path), 404)


@pytest.mark.parametrize(
    "job", ["x", "A" * 40, "A" * 5000, "%C3%A9", "..%2f..", "%00", "AQAAAAAAAAGiC2poiwAAAACrq6urq6urq3B5dGhvbg"]
)
async def test_an_unknown_or_malformed_id_is_404(client: Client, job: str) -> None:
    """They cannot be told apart, by reading or by cancelling."""
    assert assert_problem(await client.read(job), 404) == assert_problem(await client.cancel(job), 404)


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Length: two\r\n\r\n",
        b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_400(client: Client, raw: bytes) -> None:
    """A problem like every other, and the connection closes."""
    head, body = await exchange(client.http.base_url, raw)
    assert head.startswith(b"HTTP/1.1 400 "), head
    assert b"application/problem+json" in head
    assert b'"status":400' in body


async def exchange(url: httpx.URL, raw: bytes) -> tuple[bytes, bytes]:
    """Send `raw` on a connection of its own; head and body of all that comes back until it closes."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    async with asyncio.timeout(20):
        writer.write(raw)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head, body
