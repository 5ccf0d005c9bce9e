"""The routes of a job's record: its source and its facts."""

from starlette.requests import Request
from starlette.responses import Response

from http_edge.edge import Edge
from http_edge.execute import job_id_of
from http_edge.identity import READ
from http_edge.records.record import Records
from http_edge.records.rendering import facts, source
from http_edge.responses import json_response


class RecordRoutes:
    """Handlers of /v1/execute/{id}/source and /facts."""

    def __init__(self, edge: Edge, records: Records) -> None:
        self._edge = edge
        self._records = records

    async def source(self, request: Request) -> Response:
        """GET /v1/execute/{id}/source"""
        caller = await self._edge.callers.of(request, READ)
        return json_response(source(await self._records.visible(job_id_of(request), caller)))

    async def facts(self, request: Request) -> Response:
        """GET /v1/execute/{id}/facts"""
        caller = await self._edge.callers.of(request, READ)
        record = await self._records.visible(job_id_of(request), caller)
        return json_response(facts(record, inside=caller.admin))
