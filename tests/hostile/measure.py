"""What runners and their host use, as the engine and the kernel count it."""

import os
import re
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from tests.e2e.stack import Stack

ZONES = Path("/proc/zoneinfo")


@dataclass(frozen=True)
class Use:
    """Of one container: bytes, processes and threads, processors (over one second)."""

    memory: int
    processes: int
    cpu: float

    def __le__(self, most: "Use") -> bool:
        return self.memory <= most.memory and self.processes <= most.processes and self.cpu <= most.cpu


@dataclass(frozen=True)
class Host:
    """Bytes."""

    memory_available: int
    disk_free: int

    def has_all_of(self, before: "Host", slack: int) -> bool:
        """Whether there is as much as `before`, but for `slack` bytes of each."""
        return self.memory_available > before.memory_available - slack and self.disk_free > before.disk_free - slack


def use(stack: Stack) -> dict[str, Use]:
    """Of each runner, by name."""
    containers = [container for container, _ in runners_of(stack)]
    with ThreadPoolExecutor(len(containers)) as pool:
        return dict(pool.map(_use, containers))


def runners_of(stack: Stack) -> Iterator[tuple[Container, int]]:
    """Every runner of the stack, with the bytes that it has written to the disk of the host."""
    mine: Any = {"label": f"sandbox.pool={stack.project}"}
    written = {each["Id"]: each.get("SizeRw", 0) for each in stack.engine.api.containers(size=True, filters=mine)}
    for container in stack.engine.containers.list(filters=mine):
        yield container, written.get(container.id, 0)


def host(engine: docker.DockerClient) -> Host:
    """Where the engine keeps its things.

    Pages that are free in the kernel's lists of each processor are free, but /proc/meminfo counts them nowhere. After
    bombs there were hundreds of MB of them, on a kernel (6.18) that empties these lists in tens of seconds.
    """
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    disk = os.statvfs(engine.info()["DockerRootDir"])
    available = int(lines["MemAvailable"].split()[0]) * 1024
    return Host(available + in_processors_lists(ZONES.read_text("ascii")), disk.f_bavail * disk.f_frsize)


def in_processors_lists(zones: str) -> int:
    """Bytes of free pages that a text like /proc/zoneinfo counts in `pagesets`."""
    return resource.getpagesize() * sum(map(int, re.findall(r"^\s+count:\s+(\d+)$", zones, re.MULTILINE)))


def _use(container: Container) -> tuple[str, Use]:
    found: Any = container.stats(stream=False)
    now, before = found["cpu_stats"], found["precpu_stats"]
    system = now.get("system_cpu_usage", 0) - before.get("system_cpu_usage", 0)
    spent = now["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    cpu = spent / system * (os.cpu_count() or 1) if system else 1.0
    return container.name or "", Use(held(found["memory_stats"]), found["pids_stats"].get("current", 1 << 30), cpu)


def held(memory: dict[str, Any]) -> int:
    """Bytes of what the engine says of a container's memory; very many while it restarts and there is nothing to say.

    Pages of files on a disk, which are the image's, do not count: the kernel counts them where they were read first, as
    in a runner of an image that was just built (100 MB of Go's tools). Files in memory are not among these lists.
    """
    details = memory.get("stats", {})
    lists = ("active_file", "inactive_file")
    of_disk: int = sum(details.get(f"total_{each}", details.get(each, 0)) for each in lists)
    return int(memory.get("usage", 1 << 62)) - of_disk
