"""What a client is told of its quota: on the way, at the end of it, and when it does not count."""

import pytest
from starlette.requests import Request

from http_edge.identity import ANONYMOUS, SCOPES, Caller, bearer
from http_edge.plans import Plan
from http_edge.ratelimit import QUOTA_EXCEEDED, headers, quota_exceeded
from streams.jobid import parse_job_id
from streams.quotas import Quota, QuotaExceededError, Standing
from tests.unit.http_edge.edge_in_memory import World, problem, running_edge
from tests.unit.streams.facts_made import AT

STANDING = Standing(requests=2, minute_ms=40_001, jobs=1, cpu_ms=1500.0, day_ms=3_600_000)


class ByPlan:
    """An Authenticator whose tokens are accounts, as `plan-name`."""

    async def caller(self, request: Request) -> Caller:
        account = bearer(request)
        return Caller(account, account.partition("-")[0], admin=False, scopes=SCOPES) if account else ANONYMOUS


def by(account: str, **others: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {account}", **others}


def test_fields_say_each_policy_and_what_is_left_of_it() -> None:
    """As structured fields: names as strings, whole numbers, seconds rounded up."""
    assert headers(Plan("p", Quota(5, 3, 10)), STANDING) == {
        "RateLimit-Policy": '"requests";q=5;w=60, "jobs";q=3;qu="concurrent-requests", '
        '"cpu";q=10;qu="cpu-seconds";w=86400',
        "RateLimit": '"requests";r=3;t=41, "jobs";r=2, "cpu";r=8;t=3600',
    }


def test_a_plan_without_limits_has_no_fields() -> None:
    assert headers(Plan("p", Quota()), STANDING) == {}


def test_what_is_left_is_never_less_than_nothing() -> None:
    """Who had a larger plan may have used more than there is."""
    assert headers(Plan("p", Quota(1, None, 1)), STANDING)["RateLimit"] == '"requests";r=0;t=41, "cpu";r=0;t=3600'


@pytest.mark.parametrize(
    ("limits", "wait"),
    [(("requests",), "41"), (("jobs",), "1"), (("cpu",), "3600"), (("requests", "jobs", "cpu"), "3600")],
)
def test_who_has_none_left_is_told_when_to_come_again(limits: tuple[str, ...], wait: str) -> None:
    """When the last of all that is used up is there again."""
    error = QuotaExceededError(limits, STANDING)  # type: ignore[arg-type]
    found = quota_exceeded(Plan("p", Quota(2, 1, 1)), error)
    assert (found.status, found.headers["Retry-After"]) == (429, wait)
    assert found.more == {"violated-policies": list(limits)}
    assert "RateLimit" in found.headers


async def test_submissions_count_down_and_are_refused() -> None:
    async with running_edge(authenticator=ByPlan(), PLANS="free=requests:2") as world:
        left = [(await world.submit(headers=by("free-1"))).headers["RateLimit"] for _ in range(2)]
        assert [each.split(";")[1] for each in left] == ["r=1", "r=0"]
        refused = await world.submit(headers=by("free-1"))
        found = problem(refused, 429)
        assert (found["type"], found["violated-policies"]) == (QUOTA_EXCEEDED, ["requests"])
        assert "The plan free allows 2 submissions a minute." in found["detail"]
        assert refused.headers["RateLimit-Policy"] == '"requests";q=2;w=60'
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert world.submissions() == 2
        assert (await world.submit(headers=by("free-2"))).status_code == 202


async def test_a_job_that_has_ended_makes_room() -> None:
    async with running_edge(authenticator=ByPlan(), PLANS="free=jobs:1") as world:
        first = await world.submit(headers=by("free-1"))
        problem(await world.submit(headers=by("free-1")), 429)
        await world.run_next()
        again = await world.submit(headers=by("free-1"), wait="1ms")
        assert (first.headers["RateLimit"], again.headers["RateLimit"]) == ('"jobs";r=0', '"jobs";r=0')


async def test_a_job_that_was_cancelled_makes_room() -> None:
    async with running_edge(authenticator=ByPlan(), PLANS="free=jobs:1") as world:
        job = (await world.submit(headers=by("free-1"))).json()["id"]
        await world.http.delete(f"/v1/execute/{job}", headers=by("free-1"))
        await world.log.cancel_waiting("janitor", AT)
        await world.project()
        assert (await world.submit(headers=by("free-1"))).status_code == 202


async def test_a_repeated_request_does_not_count() -> None:
    """It is answered also when nothing is left."""
    async with running_edge(authenticator=ByPlan(), PLANS="free=requests:1", STREAM_PARTITIONS="8") as world:
        key = by("free-1", **{"Idempotency-Key": "k"})
        answers = [await world.submit(headers=key) for _ in range(3)]
        assert len({answer.json()["id"] for answer in answers}) == 1
        problem(await world.submit(headers=key, code="other"), 409)
        problem(await world.submit(headers=by("free-1")), 429)


async def test_anonymous_clients_are_counted_where_they_have_a_quota() -> None:
    async with running_edge(PLANS="anonymous=requests:1") as world:
        assert (await world.submit()).headers["RateLimit"].startswith('"requests";r=0')
        problem(await world.submit(), 429)


async def test_nothing_is_counted_for_anonymous_clients_without_one(world: World) -> None:
    answer = await world.submit()
    assert "RateLimit" not in answer.headers
    assert not world.log.contents.used
    assert not world.log.contents.counted


async def test_all_of_an_owners_submissions_are_in_one_partition() -> None:
    """Where they are counted; another owner's may be in another one."""
    async with running_edge(authenticator=ByPlan(), STREAM_PARTITIONS="8") as world:
        partitions: list[int] = []
        for owner in range(16):
            answers = [await world.submit(headers=by(f"unlimited-{owner}")) for _ in range(3)]
            found = {parse_job_id(answer.json()["id"]).address.partition for answer in answers}
            assert len(found) == 1
            partitions += found
        assert len(set(partitions)) > 2


async def test_a_refused_submission_takes_no_place_in_the_queue() -> None:
    async with running_edge(authenticator=ByPlan(), PLANS="free=jobs:1", QUEUE_LIMIT="3") as world:
        await world.submit(headers=by("free-1"))
        for _ in range(5):
            problem(await world.submit(headers=by("free-1")), 429)
        assert (await world.submit(headers=by("unlimited-1"))).status_code == 202
