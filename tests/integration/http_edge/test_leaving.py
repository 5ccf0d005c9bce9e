"""A client that goes away while it waits leaves nothing behind that waits on."""

import asyncio

import httpx
import pytest

from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import Client
from tests.integration.http_edge.edge_process import EdgeProcess


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wait_ends_with_its_client(
    edge: EdgeProcess, client: Client, actors: PlayedActors, method: str
) -> None:
    """The request's line is logged when its client leaves, a minute before the wait would be over."""
    del actors
    job = (await client.submit()).json()["id"]
    name = f"leaving-{method}"
    async with httpx.AsyncClient(base_url=edge.url, trust_env=False, headers={"X-Request-Id": name}) as http:
        waiting = Client(http).read(job, wait="60s") if method == "GET" else Client(http).submit(wait="60s")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await waiting
    await asyncio.to_thread(edge.wait_for_line, f'"{name}"')
