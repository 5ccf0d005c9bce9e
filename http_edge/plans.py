"""Plans: what the jobs of an account, or of an anonymous client, may use; typed configuration."""

import hashlib
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from http_edge.identity import Caller
from streams.duration import parse_duration
from streams.env import Env
from streams.quotas import Allowance, Quota

ANONYMOUS, FREE = "anonymous", "free"
DEFAULTS: Mapping[str, Quota] = {
    ANONYMOUS: Quota(),
    FREE: Quota(requests_per_minute=60, concurrent_jobs=5, cpu_seconds_per_day=600),
    "pro": Quota(requests_per_minute=600, concurrent_jobs=50, cpu_seconds_per_day=14_400),
    "unlimited": Quota(),
}
IN_PRODUCTION: Mapping[str, Quota] = {
    ANONYMOUS: Quota(requests_per_minute=30, concurrent_jobs=2, cpu_seconds_per_day=300),
}
_NO_QUOTA = Quota()
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class Plan(msgspec.Struct, frozen=True):
    """A plan by its name."""

    name: str
    quota: Quota


@dataclass(frozen=True, slots=True)
class Plans:
    """All plans. An account whose plan is not (any more) among them has the free one's quota."""

    quotas: Mapping[str, Quota] = field(default_factory=lambda: DEFAULTS)

    def of(self, caller: Caller) -> Plan:
        """The plan of who makes a request."""
        return Plan(caller.plan, self.quotas.get(caller.plan, self.quotas[FREE]))

    def allowance(self, plan: Plan, caller: Caller, address: str) -> Allowance | None:
        """What is to be counted for a submission of `caller` from `address`; None: nothing.

        Jobs of accounts are counted always, for the sake of fairness; those of anonymous clients, by their address,
        only where there is a quota.
        """
        if caller.account is not None:
            return Allowance(caller.account, plan.quota)
        return None if plan.quota == _NO_QUOTA else Allowance(anonymous_owner(address), plan.quota)


def anonymous_owner(address: str) -> str:
    """Whom an anonymous client's jobs are counted for: a digest of its address, of IPv6 of its network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket's
        network = address
    else:
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else parsed
        network = str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return f"{ANONYMOUS}-{hashlib.blake2b(network.encode(), digest_size=8).hexdigest()}"


def plans(env: Env, *, production: bool) -> Plans:
    """From PLANS, over the defaults. Raises SettingError."""
    expected = "plans such as free=requests:60|jobs:5|cpu:10m,team=requests:600, with a value that is positive for each"
    given = env.parsed("PLANS", "", _parse, expected)
    return Plans({**DEFAULTS, **(IN_PRODUCTION if production else {}), **given})


def _parse(text: str) -> dict[str, Quota]:
    found: dict[str, Quota] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, equals, limits = each.partition("=")
        name = name.strip()
        if not equals or not name or not _NAME.issuperset(name) or name in found:
            raise ValueError(f"{name!r} is no plan, or there twice")
        found[name] = _quota(limits)
    return found


def _quota(text: str) -> Quota:
    limits: dict[str, int] = {}
    for each in filter(None, (part.strip() for part in text.split("|"))):
        name, _, value = each.partition(":")
        field_name, parse = _LIMITS.get(name.strip(), ("", int))
        if not field_name or field_name in limits:
            raise ValueError(f"{name!r} is no limit, or there twice")
        limits[field_name] = parse(value.strip())
        if limits[field_name] <= 0:
            raise ValueError(f"{value!r} is not positive")
    return Quota(**limits)


def _whole_seconds(text: str) -> int:
    return int(parse_duration(text).total_seconds())


_LIMITS: Mapping[str, tuple[str, Callable[[str], int]]] = {
    "requests": ("requests_per_minute", int),
    "jobs": ("concurrent_jobs", int),
    "cpu": ("cpu_seconds_per_day", _whole_seconds),
}
