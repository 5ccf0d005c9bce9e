"""The routes of shares: make, list and revoke one's own, and what everybody sees who has the link."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from http_edge.edge import Edge
from http_edge.execute import job_id_of
from http_edge.identity import EXECUTE, READ
from http_edge.problems import Problem
from http_edge.records.record import Record, Records
from http_edge.records.rendering import source
from http_edge.rendering import render, timestamp
from http_edge.responses import json_response
from http_edge.shares.share import MOST_SHARES, Share, ShareStore, digest_of, id_of, new_token
from streams.jobid import parse_job_id


class ShareRoutes:
    """Handlers of /v1/execute/{id}/shares and /v1/shares/{token}."""

    def __init__(self, edge: Edge, records: Records, store: ShareStore) -> None:
        self._edge = edge
        self._records = records
        self._store = store

    async def make(self, request: Request) -> Response:
        """POST /v1/execute/{id}/shares"""
        record = await self._own(request, EXECUTE, READ)
        token = new_token()
        digest = digest_of(token)
        assert digest is not None  # noqa: S101 - we made it
        share = Share(digest, str(record.job), record.submission.account, self._edge.clock.now())
        if not await self._store.add(share):
            raise Problem(409, f"The job has {MOST_SHARES} shares already; revoke one of them.")
        url = f"{self._edge.settings.public_url}/s/{token}"
        return json_response({"token": token, "url": url, **_shown(share)}, 201)

    async def list(self, request: Request) -> Response:
        """GET /v1/execute/{id}/shares"""
        record = await self._own(request, READ)
        return json_response({"shares": [_shown(share) for share in await self._store.of_job(str(record.job))]})

    async def revoke(self, request: Request) -> Response:
        """DELETE /v1/execute/{id}/shares/{token}"""
        record = await self._own(request, EXECUTE, READ)
        share = id_of(request.path_params["token"])
        if share is None or not await self._store.revoke(str(record.job), share):
            raise _no_share()
        return Response(status_code=204)

    async def see(self, request: Request) -> Response:
        """GET /v1/shares/{token}"""
        token = request.path_params["token"]
        digest = digest_of(token)
        share = None if digest is None else await self._store.find(digest)
        record = None if share is None else await self._records.find(parse_job_id(share.job))
        if record is None:
            raise _no_share()
        # The job's own id would let everybody cancel it, or share it again: an anonymous job belongs to who has it.
        job = render(token, record.submission.language, record.state)
        return json_response({"source": {**source(record), "id": token}, "job": job})

    async def _own(self, request: Request, *scopes: str) -> Record:
        caller = await self._edge.callers.of(request, *scopes)
        return await self._records.visible(job_id_of(request), caller)


def _shown(share: Share) -> dict[str, Any]:
    return {"id": share.id, "created_at": timestamp(share.created_at)}


def _no_share() -> Problem:
    return Problem(404, "There is no such share; it may have been revoked.")
