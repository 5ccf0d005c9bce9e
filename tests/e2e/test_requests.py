"""Bad requests get an answer that names what is wrong, and good ones the headers and waits they asked for."""

import re
import time
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.e2e.portal import Portal
from tests.e2e.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.docker]

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}
HELLO = {"language": "python", "code": "print(1)"}
SLEEPER = {"language": "python", "code": "import time; time.sleep(1)"}


def post_raw(portal: Portal, content: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return portal.http.post("/v1/execute", content=content, headers=JSON if headers is None else headers)


def assert_problem(response: httpx.Response, status: int, *words: str) -> None:
    """RFC 9457, with every one of `words` somewhere in it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].split(";")[0] == PROBLEM
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    for word in words:
        assert word in response.text, response.text


BAD_BODIES: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"", ()),
    (b"{", ()),
    (b"nonsense", ()),
    (b"\xff\xfe", ()),
    (b"[]", ()),
    (b"null", ()),
    (b"{}", ("language", "code")),
    (b'{"language": "python"}', ("code",)),
    (b'{"code": ""}', ("language",)),
    (b'{"language": 1, "code": ""}', ("language",)),
    (b'{"language": "python", "code": 1}', ("code",)),
    (b'{"language": "python", "code": null}', ("code",)),
    (b'{"language": "python", "code": "", "stdin": {}}', ("stdin",)),
    (b'{"language": "python", "code": "", "timeout": 2}', ("timeout",)),
    (b'{"language": "python", "code": "", "timeout": "2"}', ("timeout",)),
    (b'{"language": "python", "code": "", "timeout": "-1s"}', ("timeout",)),
    (b'{"language": "python", "code": "", "timeout": "0s"}', ("timeout",)),
    (b'{"language": "python", "code": "", "timeout": "61s"}', ("timeout",)),
    (b'{"language": "python", "code": "", "tiemout": "1s"}', ("tiemout",)),
    (b'{"language": "cobol", "code": ""}', ("language", "python", "javascript", "go")),
    (b'{"language": "", "code": ""}', ("language",)),
)


@pytest.mark.parametrize(("content", "words"), BAD_BODIES)
def test_bad_body_is_400_naming_the_field(portal: Portal, content: bytes, words: tuple[str, ...]) -> None:
    """Nobody has to guess which field it was."""
    assert_problem(post_raw(portal, content), 400, *words)


def test_nothing_bad_reaches_a_stream(portal: Portal, stack: Stack) -> None:
    """And a good one does, so that the count counts."""
    before = stack.submissions()
    for content, _ in BAD_BODIES:
        post_raw(portal, content)
    assert stack.submissions() == before
    portal.execute("python", "print(1)")
    assert stack.submissions() == before + 1


@pytest.mark.parametrize("wait", ["61s", "soon", "-1s", "10"])
def test_bad_wait_is_400(portal: Portal, wait: str) -> None:
    """On both requests that take it."""
    assert_problem(portal.post(HELLO, wait), 400, "wait")
    known = portal.execute("python", "print(1)")
    assert_problem(portal.get(known["id"], wait), 400, "wait")


@pytest.mark.parametrize("field", ["code", "stdin"])
def test_too_large_input_is_413(portal: Portal, field: str) -> None:
    """One byte over the mebibyte."""
    assert_problem(portal.post({**HELLO, field: "#" * ((1 << 20) + 1)}), 413, field)


@pytest.mark.parametrize("job_id", ["x", "abc", "A" * 40, "é", "..%2f..", "AQAAAAAAAZ" + "A" * 30, "%00"])
def test_unknown_or_malformed_id_is_404(portal: Portal, job_id: str) -> None:
    """They cannot be told apart."""
    assert_problem(portal.get(job_id), 404)


def test_id_of_another_nonce_is_404(portal: Portal) -> None:
    """An id's guessable half does not open a job."""
    known: str = portal.execute("python", "print(1)")["id"]
    middle = len(known) // 2
    other = known[:middle] + ("A" if known[middle] != "A" else "B") + known[middle + 1 :]
    assert_problem(portal.get(other), 404)


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/v1/execute"), ("PATCH", "/v1/execute/abc"), ("POST", "/health")]
)
def test_wrong_method_is_405(portal: Portal, method: str, path: str) -> None:
    """The allowed ones are named."""
    response = portal.http.request(method, path)
    assert_problem(response, 405)
    assert response.headers["Allow"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_wrong_content_type_is_415(portal: Portal, content_type: str) -> None:
    """JSON is the one language spoken."""
    headers = {"Content-Type": content_type} if content_type else {}
    assert_problem(post_raw(portal, b'{"language": "python", "code": ""}', headers), 415)


def test_unknown_path_is_404(portal: Portal) -> None:
    """A problem like every other."""
    assert_problem(portal.http.get("/v2/nothing"), 404)


@pytest.mark.parametrize("field", ["code", "stdin"])
def test_unpaired_surrogates_are_refused_or_run(portal: Portal, field: str) -> None:
    """They are no text: a clear 400, or a job; never a 500."""
    values = {"code": '"print(1)"', "stdin": '""', field: '"\\ud800"'}
    body = ", ".join([*(f'"{name}": {value}' for name, value in values.items()), '"language": "python"'])
    response = post_raw(portal, f"{{{body}}}".encode())
    if response.status_code != 202:
        assert_problem(response, 400)


def test_submission_is_answered_with_its_place(portal: Portal) -> None:
    """202, exactly the four fields, and a Location that can be read at once."""
    response = portal.post(HELLO)
    assert response.status_code == 202
    job = response.json()
    assert job.keys() == {"id", "status", "language", "created_at"}
    assert (job["status"], job["language"]) == ("queued", "python")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", job["created_at"])
    assert httpx.URL(response.headers["Location"]).path == f"/v1/execute/{job['id']}"
    assert portal.http.get(response.headers["Location"]).status_code == 200
    assert portal.finish(job)["status"] == "succeeded"


def test_poll_straight_after_submit_is_never_404(portal: Portal) -> None:
    """Whether a projector has seen it or not."""
    for _ in range(30):
        job = portal.submit("python", "pass")
        response = portal.get(job["id"])
        assert (response.status_code, response.json()["id"]) == (200, job["id"])


def test_wait_wakes_when_the_job_ends(portal: Portal) -> None:
    """The answer comes with the end, not with the end of the wait or of some polling interval."""
    waited = []
    for _ in range(5):
        job = portal.submit("python", "import time; time.sleep(0.4)")
        response = portal.get(job["id"], wait="30s")
        received = time.time()
        ended: dict[str, Any] = response.json()
        assert ended["status"] == "succeeded"
        waited.append(received - _seconds(ended["finished_at"]))
    assert sorted(waited)[2] < 0.1, waited


def test_wait_that_runs_out_answers_the_state_so_far(portal: Portal) -> None:
    """202 on submission, 200 on reading; both hold the answer for as long as asked."""
    started = time.monotonic()
    submitted = portal.post(SLEEPER, wait="200ms")
    assert submitted.status_code == 202
    assert submitted.json()["status"] in ("queued", "running")
    read = portal.get(submitted.json()["id"], wait="200ms")
    assert read.status_code == 200
    assert time.monotonic() - started >= 0.4
    portal.finish(read.json())


def test_wait_on_a_finished_job_answers_at_once(portal: Portal) -> None:
    """There is nothing to wait for."""
    job = portal.execute("python", "print(1)")
    started = time.monotonic()
    assert portal.get(job["id"], wait="30s").json() == job
    assert time.monotonic() - started < 1


def test_submit_and_wait_answers_the_finished_job(portal: Portal) -> None:
    """One request from source to result."""
    response = portal.post(HELLO, wait="30s")
    assert (response.status_code, response.json()["stdout"]) == (200, "1\n")


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()
