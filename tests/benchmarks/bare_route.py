"""What the edge is compared with: a bare Starlette route that awaits one XADD per request, on the same server."""

import os

import redis.asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def app(redis_port: int) -> Starlette:
    client = redis.asyncio.Redis(host="127.0.0.1", port=redis_port)

    async def submit(request: Request) -> JSONResponse:
        position = await client.xadd("bare", {"body": await request.body()})
        return JSONResponse({"id": str(position)}, 202)

    async def health(request: Request) -> JSONResponse:
        del request
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route("/v1/execute", submit, methods=["POST"]), Route("/health", health, methods=["GET"])])


if __name__ == "__main__":
    uvicorn.run(
        app(int(os.environ["REDIS_ADDR"].rpartition(":")[2])),
        host="127.0.0.1",
        port=int(os.environ["HTTP_PORT"]),
        access_log=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
    )
