"""What the runners on this machine use, as the Docker engine counts it: CPU, memory, processes."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Use:
    """A runner's use. `cpu_ns` counts from its start."""

    cpu_ns: int
    memory_bytes: int
    processes: int


class Containers:
    """The engine of this machine, or none: then nothing is known, which is no error."""

    def __init__(self, project: str | None) -> None:
        self._label = f"sandbox.pool={project}" if project else "sandbox.language"
        self._client: Any = None
        with contextlib.suppress(Exception):  # no engine here, or no right to ask it
            import docker  # noqa: PLC0415 - slow to load

            self._client = docker.from_env(timeout=5)

    def uses(self) -> dict[str, Use]:
        """By runner's name; empty where no engine can be asked."""
        if self._client is None:
            return {}
        api = self._client.api
        try:
            names = [each["Names"][0].lstrip("/") for each in api.containers(filters={"label": self._label})]
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                found = list(pool.map(self._use, names))
        except Exception:  # noqa: BLE001 - whatever the engine has, the rest of the view goes on
            return {}
        return {name: use for name, use in zip(names, found, strict=True) if use is not None}

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _use(self, name: str) -> Use | None:
        try:
            stats = self._client.api.stats(name, stream=False, one_shot=True)
            memory = stats["memory_stats"]
            cache = memory.get("stats", {}).get("total_inactive_file", memory.get("stats", {}).get("inactive_file", 0))
            return Use(
                stats["cpu_stats"]["cpu_usage"]["total_usage"],
                max(memory.get("usage", 0) - cache, 0),
                stats["pids_stats"].get("current", 0),
            )
        except Exception:  # noqa: BLE001 - it went away
            return None
