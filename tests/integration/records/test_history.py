"""An account's own history: its jobs, page by page, and what they used."""

from datetime import timedelta

import pytest

from streams.system import SystemClock
from tests.integration.records.world import World
from tests.unit.http_edge.edge_in_memory import fields, problem

PATHS = ("/v1/account/jobs", "/v1/account/usage")


async def test_own_jobs_newest_first_and_nobody_elses(with_archive: World) -> None:
    jobs = [await with_archive.ran(who) for who in ("alice", "bob", "alice", "")]
    waiting = await with_archive.submit("alice")
    await with_archive.actors.project()
    await with_archive.archive()
    found = await with_archive.get("alice", "/v1/account/jobs")
    assert [job["id"] for job in found["jobs"]] == [waiting, jobs[2], jobs[0]]
    assert found["next_cursor"] is None
    assert [job["status"] for job in found["jobs"]] == ["queued", "succeeded", "succeeded"]
    assert found["jobs"][0]["finished_at"] is None
    assert found["jobs"][1].keys() == {
        "id",
        "language",
        "status",
        "created_at",
        "finished_at",
        "duration_ms",
        "cpu_ms",
    }
    assert await with_archive.get("reader", "/v1/account/jobs") == found


async def test_pages_follow_each_other_without_gap_or_repetition(with_archive: World) -> None:
    jobs = [await with_archive.ran("alice") for _ in range(5)]
    await with_archive.archive()
    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": 2, **({} if cursor is None else {"cursor": cursor})}
        page = await with_archive.get("alice", "/v1/account/jobs", **params)
        seen += [job["id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
    assert (seen, cursor) == (jobs[::-1], None)


async def test_jobs_are_filtered(with_archive: World) -> None:
    job = await with_archive.ran("alice")
    await with_archive.submit("alice")
    await with_archive.archive()
    by_status = await with_archive.get("alice", "/v1/account/jobs", status="succeeded", language="python")
    assert [each["id"] for each in by_status["jobs"]] == [job]
    assert (await with_archive.get("alice", "/v1/account/jobs", language="go"))["jobs"] == []


async def test_usage_is_told_by_day_and_language_with_the_plan(with_archive: World) -> None:
    for who in ("alice", "alice", "bob"):
        await with_archive.ran(who)
    await with_archive.archive()
    today = SystemClock().now().date()
    found = await with_archive.get("alice", "/v1/account/usage")
    assert found["plan"] == {
        "name": "free",
        "requests_per_minute": None,
        "concurrent_jobs": None,
        "cpu_seconds_per_day": None,
    }
    assert [(day["language"], day["jobs"]) for day in found["days"]] == [("python", 2)]
    assert found["days"][0]["date"] in (today.isoformat(), (today - timedelta(days=1)).isoformat())
    assert found["days"][0]["cpu_seconds"] >= 0
    earlier = {"from": "2020-01-01", "to": "2020-02-01"}
    assert (await with_archive.get("alice", "/v1/account/usage", **earlier))["days"] == []


@pytest.mark.parametrize("path", PATHS)
async def test_history_needs_an_account_and_the_right_to_read(with_archive: World, path: str) -> None:
    problem(await with_archive.ask("", "GET", path), 401)
    problem(await with_archive.ask("writer", "GET", path), 403)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/v1/account/jobs", "limit", "0"),
        ("/v1/account/jobs", "limit", "101"),
        ("/v1/account/jobs", "limit", "ten"),
        ("/v1/account/jobs", "limit", "\u0661"),
        ("/v1/account/jobs", "status", "done"),
        ("/v1/account/jobs", "language", ""),
        ("/v1/account/jobs", "language", "x" * 33),
        ("/v1/account/jobs", "language", "\0"),
        ("/v1/account/jobs", "cursor", "x"),
        ("/v1/account/jobs", "cursor", "AAAA"),
        ("/v1/account/jobs", "cursor", "\0"),
        ("/v1/account/usage", "from", "yesterday"),
        ("/v1/account/usage", "from", "20260102"),
        ("/v1/account/usage", "from", "2026-02-30"),
        ("/v1/account/usage", "from", "2019-01-01"),
        ("/v1/account/usage", "from", "2999-12-31"),
        ("/v1/account/usage", "from", "0001-01-01"),
        ("/v1/account/usage", "to", "2026-W01-1"),
    ],
)
async def test_a_bad_parameter_is_named(with_archive: World, path: str, name: str, value: str) -> None:
    assert fields(await with_archive.ask("alice", "GET", path, params={name: value})).keys() == {name}


async def test_the_edges_of_time_are_days_too(with_archive: World) -> None:
    for day in ("2000-01-01", "2999-12-31"):
        await with_archive.get("alice", "/v1/account/usage", **{"from": day, "to": day})
