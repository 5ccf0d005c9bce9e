"""What runners use, as the Docker engine counts it: CPU time, memory, processes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import docker
import requests
import structlog
from docker.errors import DockerException

from streams.ports import RunnerUse

LOOK_EVERY = 5.0
"""Seconds between looks: three of them fit between the scrapes of a usual Prometheus."""
_CALL_DEADLINE = 10
_NANOSECONDS = 1e9


class UseUnknownError(Exception):
    """The engine cannot say what a container uses. The message says why."""


class Meter(Protocol):
    """Counts what containers use."""

    async def read(self, container_id: str, name: str) -> RunnerUse:
        """Raises UseUnknownError."""
        ...


class DockerMeter:
    """Implements Meter, over a connection of its own: jobs whose limits are being set do not wait for it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._client: Any = None

    async def read(self, container_id: str, name: str) -> RunnerUse:
        try:
            stats = await asyncio.to_thread(self._stats, container_id)
            return use_of(name, stats)
        except (DockerException, requests.RequestException, OSError, KeyError, TypeError) as error:
            raise UseUnknownError(f"{type(error).__name__}: {error}") from error

    def _stats(self, container_id: str) -> Any:
        if self._client is None:
            self._client = docker.from_env(environment=self._environment, timeout=_CALL_DEADLINE).api
        return self._client.stats(container_id, stream=False, one_shot=True)


def use_of(name: str, stats: Any) -> RunnerUse:
    """From the engine's `stats`, under cgroup 1 and 2. Raises KeyError, TypeError for a container that is going."""
    memory = stats["memory_stats"]
    details = memory.get("stats", {})
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))  # the kernel takes it back at will
    return RunnerUse(
        runner=name,
        cpu_seconds=round(stats["cpu_stats"]["cpu_usage"]["total_usage"] / _NANOSECONDS, 6),
        memory_bytes=max(memory["usage"] - cache, 0),
        processes=stats["pids_stats"]["current"],
    )


class UseWatch:
    """Looks at the runners that are leased, from time to time; `uses` is what it saw last."""

    def __init__(self, meter: Meter, leased: Callable[[], Mapping[str, str]]) -> None:
        self.uses: tuple[RunnerUse, ...] = ()
        self._meter = meter
        self._leased = leased
        self._logger: Any = structlog.get_logger().bind(actor="use")

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """See what each leased runner uses now; one that cannot be asked is left out."""
        seen: list[RunnerUse] = []
        for container_id, name in self._leased().items():
            try:
                seen.append(await self._meter.read(container_id, name))
            except UseUnknownError as error:
                self._logger.debug("use unknown", runner=name, reason=str(error))
        self.uses = tuple(seen)
