"""Source and facts of jobs: from the streams, then from the archive; to whom they are shown."""

from typing import Any

import pytest

from tests.conftest import RedisServer
from tests.integration.records.world import World, open_world
from tests.postgres_server import TestDatabase
from tests.unit.http_edge.edge_in_memory import problem

ASKED: dict[str, Any] = {
    "code": "print('ü')",
    "stdin": "in",
    "args": ["-a", "b c"],
    "files": [
        {"path": "x.txt", "content": "ä", "encoding": "utf-8"},
        {"path": "x.bin", "content": "/w==", "encoding": "base64"},
    ],
    "limits": {"wall": "2s", "cpu": "1.5s", "memory": 1 << 26, "processes": 7, "output": 9, "file_size": 8},
}
PARTS = ("source", "facts")


async def test_the_source_is_what_was_asked_for(world: World) -> None:
    """As a request spells it, so that it can be asked for again."""
    job = await world.submit(**ASKED)
    source = await world.get("", f"/v1/execute/{job}/source")
    limits = {**ASKED["limits"], "open_files": None}
    assert source == {"id": job, "language": "python", **ASKED, "limits": limits}
    del source["id"]
    again = await world.get("", f"/v1/execute/{await world.submit(**source)}/source")
    assert {**again, "id": job} == {**source, "id": job}


async def test_facts_come_in_order_without_output_or_names_of_machines(world: World) -> None:
    job = await world.ran(code="1")
    facts = (await world.get("", f"/v1/execute/{job}/facts"))["facts"]
    assert [fact["type"] for fact in facts] == ["submission", "started", "finished"]
    assert facts[2]["status"] == "succeeded"
    assert (facts[1]["attempt"], facts[1]["limits"]) == (1, {"wall_ms": 3000})
    positions = [[int(part) for part in fact["position"].split("-")] for fact in facts]
    assert positions == sorted(positions)
    assert not {"by", "runner", "stdout", "nonce", "idempotency"} & {name for fact in facts for name in fact}


async def test_administrators_see_who_wrote_a_fact(world: World) -> None:
    job = await world.ran("alice")
    facts = (await world.get("root", f"/v1/execute/{job}/facts"))["facts"]
    assert [fact["by"] for fact in facts] == ["edge-1", "played-1", "played-1"]
    assert facts[1]["runner"] == "runner-1"


async def test_a_job_has_a_record_as_soon_as_it_is_accepted(world: World) -> None:
    """Before any projection."""
    job = await world.submit()
    assert [fact["type"] for fact in (await world.get("", f"/v1/execute/{job}/facts"))["facts"]] == ["submission"]


@pytest.mark.parametrize("part", PARTS)
async def test_anothers_record_is_as_one_that_never_was(world: World, part: str) -> None:
    job = await world.ran("alice")
    never = job[:-4] + "AAAA"
    answers = [await world.ask(who, "GET", f"/v1/execute/{job}/{part}") for who in ("bob", "")]
    answers.append(await world.ask("bob", "GET", f"/v1/execute/{never}/{part}"))
    answers.append(await world.ask("bob", "GET", f"/v1/execute/nonsense/{part}"))
    assert len({answer.text for answer in answers}) == 1
    problem(answers[0], 404)
    for who in ("alice", "reader", "root"):
        await world.get(who, f"/v1/execute/{job}/{part}")
    problem(await world.ask("writer", "GET", f"/v1/execute/{job}/{part}"), 403)


async def test_the_archive_has_what_was_trimmed(with_archive: World, redis_server: RedisServer) -> None:
    """The same record, and the job itself, when nothing is left in Redis; still only for its account."""
    job = await with_archive.ran("alice", **ASKED)
    before = [await with_archive.get("alice", f"/v1/execute/{job}{part}") for part in ("", "/source", "/facts")]
    await with_archive.archive()
    with redis_server.client() as client:
        client.flushall()
    after = [await with_archive.get("alice", f"/v1/execute/{job}{part}") for part in ("", "/source", "/facts")]
    assert after == before
    for part in ("", "/source", "/facts"):
        problem(await with_archive.ask("bob", "GET", f"/v1/execute/{job}{part}"), 404)


async def test_without_an_archive_a_trimmed_source_is_gone(world: World) -> None:
    job = await world.ran()
    await world.forget_streams()
    problem(await world.ask("", "GET", f"/v1/execute/{job}/source"), 404)
    assert (await world.get("", f"/v1/execute/{job}"))["status"] == "succeeded"


async def test_an_archive_that_is_away_takes_nothing_from_what_the_streams_have(
    redis_server: RedisServer, own_postgres: TestDatabase
) -> None:
    """What only it could tell is 503; and all is well when it is back."""
    async with open_world(redis_server, own_postgres) as world:
        assert world.writer is not None
        await world.writer.prepare()
        job = await world.ran("alice")
        await world.archive()
        own_postgres.server.stop()
        await world.get("alice", f"/v1/execute/{job}/source")
        with redis_server.client() as client:
            client.flushall()
        problem(await world.ask("alice", "GET", f"/v1/execute/{job}/source"), 503)
        own_postgres.server.start_again()
        await world.get("alice", f"/v1/execute/{job}/source")


async def test_an_archive_that_no_archiver_ever_wrote_to_is_empty(
    redis_server: RedisServer, postgres: TestDatabase
) -> None:
    async with open_world(redis_server, postgres) as world:
        assert (await world.get("alice", "/v1/account/jobs"))["jobs"] == []
        assert (await world.get("alice", "/v1/account/usage"))["days"] == []
        job = await world.ran("alice")
        for part in ("", "/source"):
            problem(await world.ask("bob", "GET", f"/v1/execute/{job}{part}"), 404)
