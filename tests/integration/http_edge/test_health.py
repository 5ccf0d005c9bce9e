"""Readiness says of each part whether it does its work, and with 503 that one does not."""

from typing import Any

import pytest

from streams.ports import ActorKind
from streams.redis import RedisLog
from streams.redis.context import Context
from tests.integration.http_edge.actors_played import HOUR, PlayedActors, report
from tests.integration.http_edge.client import Client


async def checks(client: Client) -> tuple[int, dict[str, Any]]:
    answer = await client.http.get("/health/ready")
    body = answer.json()
    assert body["status"] == ("ready" if answer.status_code == 200 else "not ready")
    return answer.status_code, body["checks"]


async def test_ready_with_a_projector_and_an_executor_that_has_a_runner(client: Client, actors: PlayedActors) -> None:
    """Everything a job needs."""
    del actors
    status, found = await checks(client)
    assert (status, found["redis"]["ok"], found["projector"]["ok"]) == (200, True, True)
    assert found["executor python"]["runners"] == 1


async def test_not_ready_without_anybody(client: Client, redis_log: RedisLog) -> None:
    """The process itself is alive."""
    del redis_log
    status, found = await checks(client)
    assert (status, found["projector"]["ok"]) == (503, False)
    assert not any(check["ok"] for name, check in found.items() if name.startswith("executor"))
    assert (await client.http.get("/health")).json() == {"status": "ok"}


async def test_not_ready_without_a_projector(client: Client, actors: PlayedActors) -> None:
    """Jobs would run, and nobody would see it."""
    await actors.log.withdraw("projector-1")
    status, found = await checks(client)
    assert (status, found["projector"]["state"]) == (503, "no projector is running")


async def test_not_ready_when_an_executor_has_gone(client: Client, actors: PlayedActors) -> None:
    """The edge remembers which languages there were."""
    await actors.log.withdraw("executor-1")
    status, found = await checks(client)
    assert (status, found["executor python"]["ok"]) == (503, False)


async def test_not_ready_without_a_runner(client: Client, actors: PlayedActors) -> None:
    """An executor alone runs nothing."""
    await actors.log.report(report("executor-1", "executor", language="python", runners=0), HOUR)
    status, found = await checks(client)
    assert (status, found["executor python"]["state"]) == (503, "no runner is available")


@pytest.mark.parametrize("kind", ["projector", "executor"])
async def test_not_ready_when_an_actor_has_stopped(client: Client, actors: PlayedActors, kind: ActorKind) -> None:
    """For an unknown version of a fact, say; its reason is there to read."""
    language = "python" if kind == "executor" else None
    state = "stopped: version 2"
    stopped = report(f"{kind}-1", kind, state=state, language=language, runners=1)
    await actors.log.report(stopped, HOUR)
    status, found = await checks(client)
    part = "executor python" if kind == "executor" else kind
    assert (status, found[part]["state"]) == (503, "stopped: version 2")


async def test_not_ready_when_the_projector_is_far_behind(client: Client, actors: PlayedActors) -> None:
    """States would be too old to be of use."""
    job = (await client.submit()).json()["id"]
    await actors.run_next()
    context: Context = actors.log._context  # noqa: SLF001 - no port writes what nobody reads
    for _ in range(1001):
        await context.wire.call("XADD", "sandbox:{0}:events", "*", "v", "1", "fact", "{}")
    status, found = await checks(client)
    assert (status, found["projector"]["lag"]) == (503, 1001)
    assert (await client.read(job)).json()["status"] == "succeeded"


async def test_languages_are_those_that_executors_report(client: Client, actors: PlayedActors) -> None:
    """Several of one language are one, with all of their runners; they come and go."""
    more = report("executor-2", "executor", language="python", aliases=("python3",), runners=3)
    await actors.log.report(more, HOUR)
    await actors.log.report(report("executor-3", "executor", language="go", versions={"go": "1.25"}, runners=2), HOUR)
    go, python = await client.languages()
    assert python == {
        "name": "python",
        "aliases": ["py", "python3"],
        "versions": {"python": "3.13"},
        "runners": 4,
        "busy": 0,
        "executors": 2,
    }
    assert (go["name"], go["versions"], go["runners"]) == ("go", {"go": "1.25"}, 2)
    await actors.log.withdraw("executor-3")
    assert [language["name"] for language in await client.languages()] == ["python"]
