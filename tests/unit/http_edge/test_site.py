"""The portal's build is answered as browsers want it; nothing but the build is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from http_edge.app import create_app
from http_edge.edge import make_edge
from http_edge.settings import edge_settings
from http_edge.site import CONTENT_SECURITY_POLICY, PAGES, load_site
from streams.env import SettingError
from streams.memory import MemoryLog
from streams.system import RandomIds, SystemClock
from tests.unit.http_edge.edge_in_memory import problem

ROOT = Path(__file__).resolve().parents[3]
INDEX = b"<!doctype html><title>CodePortal</title>"
SCRIPT = b"console.log(1)"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite").mkdir()
    for name, content in {
        "index.html": INDEX,
        "index.html.br": b"index as brotli",
        "index.html.gz": b"index as gzip",
        "theme.js": b"theme",
        "assets/app-1a2b3c4d.js": SCRIPT,
        "assets/app-1a2b3c4d.js.gz": b"script as gzip",
        "assets/font-5e6f.woff2": b"\0font",
        ".vite/manifest.json": b"{}",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path.parent / "secret.txt").write_text("secret")
    return tmp_path


@asynccontextmanager
async def served(directory: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = edge_settings({})
    edge = make_edge(settings, MemoryLog(settings.streams, SystemClock()), SystemClock(), RandomIds(), "edge-1")
    transport = httpx.ASGITransport(create_app(edge, site=load_site(directory)))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge", headers={"Accept-Encoding": "x"}) as http:
        yield http


@pytest.fixture
async def http(build: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with served(str(build)) as client:
        yield client


@pytest.mark.parametrize("path", ["/", *PAGES, "/account/keys", "/docs/limits", "/s/a-token"])
async def test_the_clients_routes_are_the_page(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.content) == (200, INDEX)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await http.head(path)).headers["ETag"] == answer.headers["ETag"]


def test_the_policy_is_the_portals_and_allows_nothing_inline() -> None:
    """policy.ts has what the pages are developed and previewed with."""
    source = (ROOT / "website-codeportal" / "policy.ts").read_text(encoding="utf-8")
    directives = [line.strip().strip('",') for line in source.splitlines() if line.strip().startswith('"')]
    assert "; ".join(directives) == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_hashed_assets_are_kept_for_ever(http: httpx.AsyncClient) -> None:
    for path, media_type in (
        ("/assets/app-1a2b3c4d.js", "text/javascript; charset=utf-8"),
        ("/assets/font-5e6f.woff2", "font/woff2"),
    ):
        answer = await http.get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_other_files_are_asked_for_again(http: httpx.AsyncClient) -> None:
    """And not sent again."""
    first = await http.get("/theme.js")
    assert (first.content, first.headers["Cache-Control"]) == (b"theme", "no-cache")
    again = await http.get("/theme.js", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = await http.get("/theme.js", headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [
        ("gzip, deflate, br", "br", b"index as brotli"),
        ("gzip;q=1.0, *;q=0", "gzip", b"index as gzip"),
        ("br;q=0, GZIP", "gzip", b"index as gzip"),
        ("identity", None, INDEX),
        ("", None, INDEX),
    ],
)
async def test_what_is_compressed_already_is_sent_so(
    http: httpx.AsyncClient, accepted: str, encoding: str | None, content: bytes
) -> None:
    """Raw bytes are compared: they are no real compression."""
    async with http.stream("GET", "/", headers={"Accept-Encoding": accepted}) as answer:
        assert b"".join([part async for part in answer.aiter_raw()]) == content
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Length"] == str(len(content))


async def test_encodings_have_tags_of_their_own(http: httpx.AsyncClient) -> None:
    tags = set()
    for accepted in ("br", "gzip", "identity"):
        answer = await http.head("/", headers={"Accept-Encoding": accepted})
        tags.add(answer.headers["ETag"])
    assert len(tags) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-99999999.js",
        "/assets/",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/app-1a2b3c4d.js.gz",
        "/.vite/manifest.json",
        "/../secret.txt",
        "/index.html/x",
    ],
)
async def test_nothing_but_the_build_is_served(http: httpx.AsyncClient, path: str) -> None:
    """And a missing script is never answered with the page, which a browser would then keep."""
    answer = await http.get(path)
    assert answer.status_code == 404
    assert INDEX not in answer.content


async def test_a_person_who_is_lost_gets_the_page_and_a_program_the_problem(http: httpx.AsyncClient) -> None:
    page = await http.get("/nowhere", headers=HTML)
    assert (page.status_code, page.content) == (404, INDEX)
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    problem(await http.get("/nowhere"), 404)
    problem(await http.get("/v1/nowhere", headers=HTML), 404)
    problem(await http.post("/nowhere", headers=HTML), 404)
    problem(await http.post("/play"), 405)


async def test_the_api_is_where_it_was(http: httpx.AsyncClient) -> None:
    assert (await http.get("/health")).json() == {"status": "ok"}
    assert (await http.get("/openapi.json")).json()["openapi"] == "3.1.0"


async def test_without_a_build_the_api_works_and_a_page_says_why() -> None:
    async with served("") as http:
        page = await http.get("/", headers=HTML)
        assert (page.status_code, "npm run build" in page.text) == (404, True)
        problem(await http.get("/"), 404)
        assert "/docs/docs.js" in (await http.get("/docs", headers=HTML)).text


def test_a_build_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="WEBSITE_DIR"):
        load_site(str(tmp_path))
