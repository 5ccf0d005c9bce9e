"""Whether somebody keeps house is said, and makes nobody unready."""

from tests.unit.http_edge.edge_in_memory import PROJECTOR, PYTHON, report, running_edge


async def test_a_missing_janitor_is_said() -> None:
    async with running_edge(PYTHON, PROJECTOR) as world:
        answer = await world.http.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json()["checks"]["janitor"]["state"].startswith("no janitor is running")


async def test_a_janitor_says_how_it_is() -> None:
    for state in ("running", "restarting: it broke"):
        async with running_edge(PYTHON, PROJECTOR, report("janitor-1", "janitor", state=state)) as world:
            answer = await world.http.get("/health/ready")
            assert answer.json()["checks"]["janitor"] == {"ok": True, "state": state}
