"""Plans: what PLANS says, whose they are, and for whom an anonymous client counts."""

import pytest

from http_edge.identity import ANONYMOUS, SCOPES, Caller
from http_edge.plans import DEFAULTS, Plans, anonymous_owner
from http_edge.settings import edge_settings
from streams.env import SettingError
from streams.quotas import Allowance, Quota


def plans(**variables: str) -> Plans:
    return edge_settings(variables).plans


def caller(plan: str) -> Caller:
    return Caller("account-a", plan, admin=False, scopes=SCOPES)


def test_the_defaults() -> None:
    assert plans().quotas == DEFAULTS
    assert plans().quotas["unlimited"] == Quota()


def test_in_production_anonymous_clients_have_limits() -> None:
    assert plans(ENVIRONMENT="production", REDIS_PASSWORD="pw8").quotas["anonymous"] == Quota(30, 2, 300)


def test_plans_are_changed_and_added() -> None:
    found = plans(
        ENVIRONMENT="production",
        REDIS_PASSWORD="pw8",
        PLANS=" free = requests:5 | cpu:1m30s , team=jobs:7,unlimited=,anonymous=requests:9",
    )
    assert found.quotas["free"] == Quota(5, None, 90)
    assert found.quotas["team"] == Quota(None, 7, None)
    assert found.quotas["unlimited"] == Quota()
    assert found.quotas["anonymous"] == Quota(9, None, None)
    assert found.quotas["pro"] == DEFAULTS["pro"]


@pytest.mark.parametrize(
    "value",
    [
        "free",
        "=jobs:1",
        "Free=jobs:1",
        "free=jobs:0",
        "free=jobs:-1",
        "free=jobs:x",
        "free=jobs",
        "free=cpu:10",
        "free=cpu:10ms",
        "free=memory:1",
        "free=jobs:1|jobs:2",
        "free=jobs:1,free=jobs:2",
    ],
)
def test_what_are_no_plans_is_refused(value: str) -> None:
    with pytest.raises(SettingError, match="PLANS="):
        plans(PLANS=value)


def test_a_plan_that_is_gone_is_the_free_one() -> None:
    plan = plans(PLANS="free=jobs:3").of(caller("golden"))
    assert (plan.name, plan.quota) == ("golden", Quota(None, 3, None))


def test_accounts_are_counted_always_and_anonymous_clients_where_they_have_limits() -> None:
    unlimited = plans()
    own = caller("unlimited")
    assert unlimited.allowance(unlimited.of(own), own, "10.0.0.1") == Allowance("account-a", Quota())
    assert unlimited.allowance(unlimited.of(ANONYMOUS), ANONYMOUS, "10.0.0.1") is None
    limited = plans(PLANS="anonymous=jobs:1")
    found = limited.allowance(limited.of(ANONYMOUS), ANONYMOUS, "10.0.0.1")
    assert found == Allowance(anonymous_owner("10.0.0.1"), Quota(concurrent_jobs=1))


def test_an_anonymous_client_counts_by_address_and_network() -> None:
    """Who has a network of IPv6 has more addresses than anybody could count; and an address itself is not kept."""
    assert anonymous_owner("10.0.0.1") != anonymous_owner("10.0.0.2")
    assert anonymous_owner("2001:db8::1") == anonymous_owner("2001:db8:0:0:ffff::2")
    assert anonymous_owner("2001:db8::1") != anonymous_owner("2001:db8:0:1::1")
    assert anonymous_owner("::ffff:10.0.0.1") == anonymous_owner("10.0.0.1")
    assert anonymous_owner("") == anonymous_owner("")
    assert "10.0.0.1" not in anonymous_owner("10.0.0.1")
