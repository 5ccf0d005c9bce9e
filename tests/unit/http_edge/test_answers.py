"""What every answer has, what is logged of a request, and the pages for people."""

import re
from html.parser import HTMLParser

import pytest
from structlog.testing import capture_logs

from streams.jobid import parse_job_id
from tests.unit.http_edge.edge_in_memory import World

PAGES = ("/docs", "/docs/docs.css", "/docs/docs.js")


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/v1/execute/x", "/openapi.json", *PAGES])
async def test_every_answer_is_guarded_against_being_taken_for_something_else(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"  # a link in a mail has a token in it
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers  # not without https
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in answer.headers


async def test_a_request_has_an_id(world: World) -> None:
    """The client's own where it is harmless, else a new one each time."""
    ids = [(await world.http.get("/health")).headers["X-Request-Id"] for _ in range(2)]
    assert ids[0] != ids[1]
    for given, taken in (("abc-1.2_3", True), ("a b", False), ("x" * 65, False), ('"', False)):
        answer = await world.http.get("/health", headers={"X-Request-Id": given})
        assert (answer.headers["X-Request-Id"] == given) == taken


async def test_answers_are_not_stored_by_anybody(world: World) -> None:
    """They hold programs' output, and change."""
    for answer in (await world.submit(), await world.http.get("/v1/execute/x"), await world.http.get("/v1/languages")):
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_request_is_one_line_without_secrets(world: World) -> None:
    """Neither code nor input, nor the half of an id that lets people read the job."""
    with capture_logs() as lines:
        answer = await world.submit(code="my program", stdin="my input")
        job = answer.json()["id"]
        await world.http.get(f"/v1/execute/{job}?wait=0s")
    assert [(line["method"], line["status"]) for line in lines] == [("POST", 202), ("GET", 200)]
    assert lines[0]["request"] == answer.headers["X-Request-Id"]
    assert lines[1]["path"] == f"/v1/execute/{parse_job_id(job).address}"
    assert job not in str(lines)
    assert "my " not in str(lines)


async def test_health_is_not_worth_a_line(world: World) -> None:
    with capture_logs() as lines:
        await world.http.get("/health")
        await world.http.get("/health/ready")
    assert lines == []


@pytest.mark.parametrize("path", ["/health", "/v1/languages", "/openapi.json", "/docs"])
async def test_head_is_get_without_its_body(world: World, path: str) -> None:
    got, headed = await world.http.get(path), await world.http.head(path)
    assert headed.status_code == got.status_code
    assert headed.headers["Content-Type"] == got.headers["Content-Type"]


class _References(HTMLParser):
    """What a page loads, and what scripts or styles it has inside."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        if tag in ("script", "link", "img"):
            self.loaded.append(found.get("src") or found.get("href") or "")
        if tag == "style" or (tag == "script" and "src" not in found):
            self.inline.append(tag)


async def test_the_page_needs_nothing_from_elsewhere(world: World) -> None:
    """No other host, nothing inline: that is what its policy allows."""
    page = await world.http.get("/docs")
    found = _References()
    found.feed(page.text)
    assert set(found.loaded) == set(PAGES[1:])
    assert not found.inline
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    for path in PAGES[1:]:
        answer = await world.http.get(path)
        assert answer.status_code == 200
        assert not re.search(r"https?://", answer.text)


async def test_every_reference_in_the_document_leads_somewhere(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    references = set(re.findall(r'"\$ref":"#/components/(\w+)/(\w+)"', (await world.http.get("/openapi.json")).text))
    assert references == {(kind, name) for kind, named in document["components"].items() for name in named}


async def test_the_examples_are_complete(world: World) -> None:
    """As the service would answer."""
    document = (await world.http.get("/openapi.json")).json()
    responses = document["paths"]["/v1/execute"]["post"]["responses"]
    for status, schema in (("200", "Job"), ("202", "Accepted")):
        example = responses[status]["content"]["application/json"]["example"]
        assert list(example) == document["components"]["schemas"][schema]["required"]


async def test_every_operation_says_which_problems_it_has(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()
    submit = document["paths"]["/v1/execute"]["post"]["responses"]
    assert {"200", "202", "400", "401", "408", "409", "413", "415", "429", "503"} <= submit.keys()
    for name in ("get", "delete"):
        assert {"401", "404", "503"} <= document["paths"]["/v1/execute/{id}"][name]["responses"].keys()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/execute/{job}/source",
        "/v1/execute/{job}/shares/{token}",
        "/v1/shares/{token}",
        "/s/{token}",
        "//v1/execute/{job}",
        "/v1/execute/{job}.",
        "/v1/execute/ {job}",
        "/v1/execute/{job}%0A",
        "/v1/exec/{job}{job}",
        "/play/{job}",
        "/play/x{job}",
    ],
)
async def test_what_opens_a_job_is_not_in_the_log(world: World, capsys: pytest.CaptureFixture[str], path: str) -> None:
    """Neither the secret half of its id nor a share's token."""
    job, token = (await world.submit()).json()["id"], "p2Vn0cJ3S5u8Qy9Zk1LwXA"
    await world.http.get(path.format(job=job, token=token))
    said = capsys.readouterr().out
    assert "method=GET" in said
    assert job[22:34] not in said
    assert token not in said


@pytest.mark.parametrize(
    "path",
    ["/v1/account/keys/0123456789abcdef01234567", "/v1/languages", "/assets/index-Ab3_-x9Q.js", "/", "/x/"],
)
async def test_the_rest_of_a_path_is_in_the_log(world: World, path: str) -> None:
    with capture_logs() as lines:
        await world.http.get(path)
    assert lines[0]["path"] == path
