"""What every part of the Redis log works with."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from streams import keys
from streams.duration import in_milliseconds
from streams.facts import Lane
from streams.lanes import all_lanes
from streams.ports import LogUnavailableError
from streams.redis.link import ANSWER_DEADLINE, Argument
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.settings import RedisSettings, StreamSettings


@dataclass(frozen=True, slots=True)
class Context:
    """The shared wire, where to open connections beside it, and the settings."""

    wire: Wire
    redis: RedisSettings
    settings: StreamSettings

    @property
    def job_ttl_ms(self) -> int:
        return in_milliseconds(self.settings.job_ttl)

    async def run(self, name: str, names: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """The answer of a script on the shared wire."""
        return await run_script(self.wire, name, names, arguments, ANSWER_DEADLINE)

    async def count_reclaimed(self, group: str, count: int, language: str = "") -> None:
        """For `/metrics`. A count is not worth losing what was taken over."""
        if count:
            with suppress(LogUnavailableError):
                await self.run("count_reclaimed", (keys.RECLAIMED,), (f"{group} {language}", count))

    def partitions(self) -> range:
        return range(self.settings.topology.partitions)

    def lanes(self) -> tuple[Lane, ...]:
        return all_lanes(self.settings.topology.lanes)


class Part:
    """A part of the log. The parts hold no state of their own but what their docstrings say."""

    def __init__(self, context: Context) -> None:
        self._context = context


def pairs(flat: Sequence[Any]) -> dict[Any, Any]:
    """`[name, value, name, value]` as a dict."""
    each = iter(flat)
    return dict(zip(each, each, strict=True))
