"""The ASGI application: routes, and what every answer has."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from importlib import resources

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from http_edge.accounts.openapi import add_accounts
from http_edge.accounts.service import AccountService
from http_edge.admin.service import Administration
from http_edge.cors import WithCors
from http_edge.edge import Edge
from http_edge.events import Events
from http_edge.execute import Execute
from http_edge.keeping import Keeping
from http_edge.metrics import Metrics
from http_edge.openapi import document
from http_edge.openapi_admin import add_admin
from http_edge.openapi_links import add_links
from http_edge.openapi_records import add_records
from http_edge.problems import Problem, internal_error, problem_response, unavailable
from http_edge.records.record import Records
from http_edge.requests import RequestLog
from http_edge.responses import json_response
from http_edge.service import Service
from http_edge.site import Site
from streams.ports import LogUnavailableError
from streams.postgres.database import DatabaseUnavailableError

DOCS_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"


def create_app(
    edge: Edge,
    metrics: Metrics | None = None,
    accounts: AccountService | None = None,
    site: Site | None = None,
    keeping: Keeping | None = None,
    administration: Administration | None = None,
) -> ASGIApp:
    """The application over `edge`, whose background work runs during its lifespan, as that of the others does. Without
    `keeping` what is on record is what the streams have.
    """
    site = site or Site({})
    kept = keeping or Keeping(Records(edge.log, None))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with edge.running(), nullcontext() if accounts is None else accounts.running(), kept.running():
            yield

    execute, events = Execute(edge, kept.records), Events(edge)
    service = Service(edge, None if accounts is None else accounts.upkeep)
    openapi = document(edge.settings.limits)
    add_records(openapi, history=kept.archive is not None, shares=kept.shares is not None)
    if administration is not None:
        add_admin(openapi, edge.settings.plans)
    if accounts is not None:
        add_accounts(openapi, accounts.cookie.name, allow_anonymous=edge.settings.allow_anonymous)
    add_links(openapi)

    async def describe(_: Request) -> Response:
        return json_response(openapi)

    app = Starlette(
        routes=[
            Route("/v1/execute", execute.submit, methods=["POST"]),
            Route("/v1/execute/{id}", execute.read, methods=["GET"]),
            Route("/v1/execute/{id}", execute.cancel, methods=["DELETE"]),
            Route("/v1/execute/{id}/events", events.listen, methods=["GET"]),
            Route("/v1/languages", service.languages, methods=["GET"]),
            Route("/health", service.live, methods=["GET"]),
            Route("/health/ready", service.ready, methods=["GET"]),
            Route("/openapi.json", describe, methods=["GET"]),
            *(site.routes() or (Route(path, _page(name, media_type)) for path, name, media_type in _PAGES)),
            *kept.routes(edge),
            *(() if administration is None else administration.routes(edge)),
            *(() if accounts is None else accounts.routes(edge.callers)),
            *((Route("/metrics", metrics.endpoint, methods=["GET"]),) if metrics is not None else ()),
        ],
        exception_handlers={
            Problem: _on_problem,
            HTTPException: _on_http_exception(site),
            LogUnavailableError: _on_unavailable,
            DatabaseUnavailableError: _on_database_unavailable,
            Exception: _on_failure,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a path has one spelling
    count = None if metrics is None else metrics.add_request
    https_only = edge.settings.public_url.startswith("https://")
    log = RequestLog(_Shortcut(app, execute), count, https_only=https_only)
    return WithCors(log, edge.settings.cors_origins) if edge.settings.cors_origins else log


class _Shortcut:
    """Submissions go past the framework's layers, which cost as much as all that is done for them. Whatever is not
    served here is answered as everywhere else.
    """

    def __init__(self, app: ASGIApp, execute: Execute) -> None:
        self._app = app
        self._execute = execute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/v1/execute" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._execute.submit(request)
        except Problem as problem:
            response = problem_response(problem)
        except LogUnavailableError as error:
            response = await _on_unavailable(request, error)
        except DatabaseUnavailableError as error:
            response = await _on_database_unavailable(request, error)
        await response(scope, receive, send)


_PAGES = (
    ("/docs", "docs.html", "text/html"),
    ("/docs/docs.css", "docs.css", "text/css"),
    ("/docs/docs.js", "docs.js", "text/javascript"),
)


def _page(name: str, media_type: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Starlette's endpoint type
    body = (resources.files("http_edge") / "pages" / name).read_bytes()

    async def page(_: Request) -> Response:
        return Response(body, headers={"Content-Security-Policy": DOCS_POLICY}, media_type=media_type)

    return page


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this type only
    return problem_response(error)


async def _on_unavailable(_: Request, error: Exception) -> Response:
    structlog.get_logger().warning("log unavailable", reason=str(error))
    return problem_response(unavailable("the job store cannot be reached or is full"))


async def _on_database_unavailable(_: Request, error: Exception) -> Response:
    structlog.get_logger().warning("database unavailable", reason=str(error))
    return problem_response(unavailable("accounts cannot be reached"))


def _on_http_exception(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == 404:
            nothing = problem_response(Problem(404, f"There is nothing at {request.url.path}."))
            return (None if request.url.path.startswith("/v1/") else site.not_found(request)) or nothing
        return await _on_other_http_exception(request, error)

    return answer


async def _on_other_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    if error.status_code != 405:
        return problem_response(Problem(error.status_code, error.detail, headers=dict(error.headers or {})))
    headers = {"Allow": _allowed(request)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=headers)
    return problem_response(Problem(405, f"{request.method} is not possible here.", headers=headers))


async def _on_failure(_: Request, error: Exception) -> Response:
    del error  # it goes on to RequestLog, which logs it
    return problem_response(internal_error())


def _allowed(request: Request) -> str:
    """The methods of all routes of a path."""
    methods = {"OPTIONS"}
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods
    return ", ".join(sorted(methods))
