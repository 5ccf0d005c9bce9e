"""The portal's pages: the build of website-codeportal, read once and answered from memory."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from streams.env import SettingError

INDEX = "index.html"
PAGES = ("/play", "/register", "/login", "/account", "/verify", "/reset", "/docs", "/pricing", "/status", "/ops")
"""Paths of the portal's own router; below some of them there are more."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The same as in website-codeportal/policy.ts: nothing inline, nothing from elsewhere."""
_HTML_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
}
_FOR_EVER = "public, max-age=31536000, immutable"  # the name has a digest of the content in it
_ASK_AGAIN = "no-cache"  # kept, and asked for with its ETag each time
_MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # the smaller one first
_NOT_BUILT = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>CodePortal</title><h1>The portal is not built here</h1>"
    "<p>The API works: <a href=/openapi.json>/openapi.json</a>. For its pages run <code>deploy/up</code>, or"
    " <code>npm ci &amp;&amp; npm run build</code> in <code>website-codeportal</code>, and start the edge with"
    " <code>WEBSITE_DIR</code> set to its <code>dist</code>.</p>"
)


@dataclass(frozen=True, slots=True)
class File:
    """One file of the build, in every encoding that there is ("" is the plain one), each with its ETag."""

    media_type: str
    contents: Mapping[str, tuple[bytes, str]]
    headers: Mapping[str, str]

    def answer(self, request: Request, status: int = 200) -> Response:
        """The file as the client takes it, or 304 when it has it already."""
        encoding = _best_encoding(request.headers.get("accept-encoding", ""), self.contents)
        content, etag = self.contents[encoding]
        headers = {**self.headers, "ETag": etag, "Vary": "Accept-Encoding"}
        if status == 200 and etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(content, status, headers, self.media_type)


class Site:
    """The build's files by their paths, `/assets/x.js`; none where nothing is built."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = files
        self._index = files.get(f"/{INDEX}")

    def routes(self) -> list[Route]:
        """What the build has an answer for."""
        if self._index is None:
            return []
        below = [f"{page}/{{rest:path}}" for page in ("/account", "/docs", "/ops", "/play")]
        pages = [Route(path, self._page, methods=["GET"]) for path in ("/", *PAGES, *below, "/s/{token}")]
        top = [path for path in self._files if path.count("/") == 1]
        return [*pages, *(Route(path, self._file, methods=["GET"]) for path in (*top, "/assets/{name:path}"))]

    def not_found(self, request: Request) -> Response | None:
        """The page that says so to a person, whose browser asks for pages; None for a program."""
        if request.method not in ("GET", "HEAD") or "text/html" not in request.headers.get("accept", ""):
            return None
        if self._index is not None:
            return self._index.answer(request, 404)
        return HTMLResponse(_NOT_BUILT, 404, _HTML_HEADERS) if request.url.path in ("/", *PAGES) else None

    async def _page(self, request: Request) -> Response:
        assert self._index is not None  # noqa: S101 - there is no route without it
        return self._index.answer(request)

    async def _file(self, request: Request) -> Response:
        file = self._files.get(request.url.path)
        if file is None:  # an asset of an older build, say: never the page in its place
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        return file.answer(request)


def load_site(directory: str) -> Site:
    """The build in `directory`, if one is named. Raises SettingError when it is not there."""
    if not directory:
        return Site({})
    root = Path(directory)
    if not (root / INDEX).is_file():
        raise SettingError(f"WEBSITE_DIR={directory!r}: expected a build of website-codeportal, with {INDEX} in it")
    compressed = {suffix for _, suffix in _ENCODINGS}
    names = [path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file()]
    shown = [name for name in names if name.suffix not in compressed and not name.parts[0].startswith(".")]
    return Site({f"/{name.as_posix()}": _read(root / name, name) for name in shown})


def _read(path: Path, name: Path) -> File:
    plain = path.read_bytes()
    digest = hashlib.sha256(plain).hexdigest()[:20]
    contents = {"": (plain, f'"{digest}"')}
    for encoding, suffix in _ENCODINGS:
        beside = path.with_name(path.name + suffix)
        if beside.is_file():
            contents[encoding] = (beside.read_bytes(), f'"{digest}-{encoding}"')
    media_type = _MEDIA_TYPES.get(name.suffix, "application/octet-stream")
    headers = {"Cache-Control": _FOR_EVER if name.parts[0] == "assets" else _ASK_AGAIN}
    if media_type == "text/html":
        headers |= _HTML_HEADERS
    return File(media_type, contents, headers)


def _best_encoding(accepted: str, there: Mapping[str, object]) -> str:
    """The first encoding that is there and that the client takes; a quality of 0 refuses one."""
    taken = set()
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        if parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            taken.add(name.strip())
    return next((encoding for encoding, _ in _ENCODINGS if encoding in there and encoding in taken), "")
