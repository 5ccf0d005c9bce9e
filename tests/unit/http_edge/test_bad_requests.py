"""Whatever is wrong with a request is named, all of it at once, and nothing of it reaches a stream."""

import json

import pytest

from tests.unit.http_edge.edge_in_memory import HELLO, World, fields, problem, running_edge

OK = json.dumps(HELLO)[1:-1].encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"{} x",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 100_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a": "\x00"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"\xff": 1}',
        b"{" + OK + b', "stdin": "\\ud800"}',
        b"{" + OK + b', "stdin": "\\udc00x"}',
        b"{" + OK + b', "\\ud800": 1}',
        b"{" + OK + b', "code": "2"}',
        b"{" + OK + b', "x": {"a": 1, "a": 2}}',
    ],
)
async def test_what_is_not_a_json_object_is_400(world: World, content: bytes) -> None:
    """With a reason, never a 500."""
    assert fields(await world.post(content))
    assert world.submissions() == 0


async def test_every_wrong_field_is_named(world: World) -> None:
    """One answer is enough to put a request right."""
    answer = await world.submit(language="cobol", code=1, stdin=[], timeout="2", tiemout="1s", limits={"cpus": 1})
    assert fields(answer) == {
        "language": "'cobol' is not known; known languages are python",
        "code": "expected a string, got a number",
        "stdin": "expected a string, got an array",
        "timeout": "'2' is not a duration such as 10s, 500ms or 1m30s",
        "tiemout": "unknown field; known are language, code, stdin, timeout, limits, args, files, priority",
        "limits.cpus": "unknown limit; known are wall, cpu, memory, processes, output, file_size, open_files",
    }
    assert world.submissions() == 0


async def test_what_is_required_is_named(world: World) -> None:
    assert fields(await world.post(b"{}")) == {
        "language": "required; known languages are python",
        "code": "required",
    }


@pytest.mark.parametrize("value", [None, "", "x" * 1000, "Python", "\0", "😀"])
async def test_what_is_no_language_is_refused_with_the_known_ones(world: World, value: object) -> None:
    assert "known languages are python" in fields(await world.submit(language=value))["language"]


@pytest.mark.parametrize("value", [0, True, [], {}, "", "1", "-1s", "0s", "61s", "1us", "1h", "1e3s", "∞", "9" * 100])
async def test_what_is_no_timeout_is_refused(world: World, value: object) -> None:
    assert fields(await world.submit(timeout=value)).keys() == {"timeout"}


async def test_an_avalanche_of_unknown_fields_is_answered_in_short(world: World) -> None:
    """An answer is no longer than its request."""
    answer = await world.post(json.dumps(HELLO | {f"f{number}": 0 for number in range(10_000)}).encode())
    assert len(fields(answer)) == 20


@pytest.mark.parametrize(("code", "status"), [("x" * 10, 202), ("x" * 11, 413), ("ä" * 5, 202), ("ä" * 6, 413)])
async def test_the_source_may_have_as_many_bytes_as_the_limit_says(code: str, status: int) -> None:
    """Bytes of UTF-8, not characters."""
    async with running_edge(SOURCE_LIMIT="10") as world:
        answer = await world.submit(code=code)
        assert answer.status_code == status
        assert status == 202 or "at most 10B" in fields(answer, 413)["code"]


async def test_the_input_may_have_as_many_bytes_as_the_limit_says() -> None:
    async with running_edge(STDIN_LIMIT="1KiB") as world:
        assert (await world.submit(stdin="x" * 1024)).status_code == 202
        assert "at most 1KiB (1024 bytes)" in fields(await world.submit(stdin="x" * 1025), 413)["stdin"]


async def test_a_body_far_beyond_all_limits_is_413() -> None:
    """It is not kept, whatever it holds."""
    async with running_edge(SOURCE_LIMIT="1", STDIN_LIMIT="1", FILES_LIMIT="1") as world:
        problem(await world.post(b" " * 420_000), 413)


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json; charset=latin-1", "application/jsonx"])
async def test_another_content_type_is_415(world: World, content_type: str) -> None:
    answer = await world.post(b"{" + OK + b"}", content_type)
    assert "application/json" in problem(answer, 415)["detail"]


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
async def test_json_may_be_called_by_all_its_names(world: World, content_type: str) -> None:
    assert (await world.post(b"{" + OK + b"}", content_type)).status_code == 202


@pytest.mark.parametrize("wait", ["61s", "-1s", "10", "x", "", "1s&wait=1s"])
async def test_a_bad_wait_is_400(world: World, wait: str) -> None:
    """On both requests, before anything is done."""
    assert fields(await world.http.post(f"/v1/execute?wait={wait}", json=HELLO)).keys() == {"wait"}
    assert fields(await world.http.get(f"/v1/execute/x?wait={wait}")).keys() == {"wait"}
    assert world.submissions() == 0


@pytest.mark.parametrize(
    "name", ["x", "A" * 42, "A" * 2000, "%00", "é", "a%2Fb", "AQAAAAAAAAGiC2poiwAAAACrq6urq6urq3B5dGhvbg"]
)
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_is_no_job_is_404(world: World, name: str, method: str) -> None:
    problem(await world.http.request(method, f"/v1/execute/{name}"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/execute", "OPTIONS, POST"),
        ("PUT", "/v1/execute/x", "DELETE, GET, HEAD, OPTIONS"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
        ("DELETE", "/openapi.json", "GET, HEAD, OPTIONS"),
        ("BREW", "/docs", "GET, HEAD, OPTIONS"),
    ],
)
async def test_another_method_is_405(world: World, method: str, path: str, allowed: str) -> None:
    """And those that there are, are named; OPTIONS asks for just that."""
    answer = await world.http.request(method, path)
    problem(answer, 405)
    assert answer.headers["Allow"] == allowed
    options = await world.http.options(path)
    assert (options.status_code, options.headers["Allow"]) == (204, allowed)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/execute/", "/health/", "/v1/execute/a/b", "/docs/../x"])
async def test_what_is_nowhere_is_404(world: World, path: str) -> None:
    problem(await world.http.get(path), 404)


@pytest.mark.parametrize("text", ["\0", "😀", "\ufeff\u2028\u2029", "a\r\nb", "\x7f\x1b[0m", "e\u0301"])
async def test_any_other_text_is_taken_as_it_is(world: World, text: str) -> None:
    """Whatever Unicode there is, in code and input."""
    answer = await world.submit(code=text, stdin=text)
    assert answer.status_code == 202
    (claim,) = await world.log.claim("python", "me", 1, world.edge.settings.limits.timeout)
    submission = getattr(claim, "submission")  # noqa: B009 - a claim, as the next line finds out
    assert (submission.code, submission.stdin) == (text, text)
