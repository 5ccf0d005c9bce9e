"""How often one may try. The counters are in Redis, so that all edges count together, and forget by themselves.

No counter is an account's alone: who tries another's password wears out their own address, and the owner logs in from
anywhere else as before.
"""

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from http_edge.problems import Problem
from streams import keys
from streams.duration import in_milliseconds
from streams.redis.scripts import run_script
from streams.redis.wire import Wire

_IPV6_HOME = 64  # bits of an IPv6 address that a provider gives one customer


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries within a window that starts with the first."""

    what: str
    tries: int
    window: timedelta


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
LOGINS = Limit("login", 10, _QUARTER)
"""Of one account from one address."""
LOGINS_OF_ADDRESS = Limit("logins", 200, _QUARTER)
"""Of all accounts from one address: an office can be behind one."""
PASSWORDS = Limit("password", 10, _QUARTER)
"""Asked of somebody who is logged in: by account and address."""
REGISTRATIONS = Limit("registration", 20, _HOUR)
"""From one address."""
MAILS_ASKED = Limit("mail-asked", 30, _HOUR)
"""From one address."""
MAILS = Limit("mail", 5, _HOUR)
"""To one recipient, whoever asks."""
TOKENS = Limit("token", 60, _QUARTER)
"""From mails, tried from one address."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A limit, and whose tries count for it."""

    limit: Limit
    whose: tuple[str, ...]

    @property
    def key(self) -> str:
        digest = hashlib.sha256("\0".join(self.whose).encode()).hexdigest()[:32]
        return keys.tries(self.limit.what, digest)


class Throttle:
    """Counts tries. Raises LogUnavailableError with Redis away."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def count(self, *counters: Counter) -> None:
        """Count one try. Raises Problem (429) when one of the limits is reached."""
        wait = await self._wait(counters)
        if wait:
            seconds = math.ceil(wait / 1000)
            headers = {"Retry-After": str(seconds)}
            raise Problem(429, f"Too many tries; this works again in {seconds} s.", headers=headers)

    async def allows(self, *counters: Counter) -> bool:
        """Count one try; whether it is within the limits."""
        return not await self._wait(counters)

    async def forget(self, counter: Counter) -> None:
        """Count from the beginning: it was the owner."""
        await self._wire.call("DEL", counter.key)

    async def _wait(self, counters: Sequence[Counter]) -> int:
        arguments = [
            number for counter in counters for number in (counter.limit.tries, in_milliseconds(counter.limit.window))
        ]
        return int(await run_script(self._wire, "throttle", [counter.key for counter in counters], arguments))


def home(address: str) -> str:
    """What stands for everybody at `address`: an IPv6 customer has 2**64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(parsed if parsed.version == 4 else parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_HOME), strict=False))
