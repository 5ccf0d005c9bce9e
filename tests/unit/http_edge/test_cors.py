"""Other sites' pages: closed unless named, and never with a session."""

import pytest

from tests.unit.http_edge.edge_in_memory import World, running_edge

FRIEND = {"Origin": "https://a.example.com"}


async def test_it_is_closed_unless_it_is_opened(world: World) -> None:
    for answer in (await world.submit(headers=FRIEND), await world.http.options("/v1/execute", headers=FRIEND)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_named_origin_may_call() -> None:
    async with running_edge(CORS_ORIGINS="https://a.example.com,https://b.example.com") as world:
        answer = await world.submit(headers=FRIEND)
        assert answer.status_code == 202
        assert answer.headers["Access-Control-Allow-Origin"] == FRIEND["Origin"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Vary"] == "Origin"
        asked = await world.http.options("/v1/execute", headers={**FRIEND, "Access-Control-Request-Method": "POST"})
        assert asked.status_code == 204
        assert "POST" in asked.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "https://a.example.com.evil.example", "null", ""])
async def test_no_other_origin_may(origin: str) -> None:
    async with running_edge(CORS_ORIGINS="https://a.example.com") as world:
        answer = await world.submit(headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"
