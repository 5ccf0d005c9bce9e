"""CPU time and memory of each service of the stack that is measured, from its containers' cgroups.

Exact to the microsecond and hardly touched by what else the machine does, unlike wall clock time.
"""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_CGROUPS = Path("/sys/fs/cgroup")
_PROJECT, _SERVICE = "com.docker.compose.project", "com.docker.compose.service"
_PROXY = "docker-proxy"


@dataclass(frozen=True)
class Meter:
    """Files with the nanoseconds that each part of the stack has used so far; empty when it does not run here."""

    files: tuple[tuple[str, Path], ...]

    def read(self) -> Counter[str]:
        """Part of the stack: CPU nanoseconds. Runners of a language are one part, containers that are gone none."""
        used: Counter[str] = Counter()
        for part, file in self.files:
            try:
                used[part] += _nanoseconds(file.read_text(encoding="ascii"))
            except OSError:
                continue
        return used


@dataclass(frozen=True)
class Container:
    """A running container of the stack: which service it is of (without a number), and its first process."""

    part: str
    pid: int


def containers(url: str) -> tuple[Container, ...]:
    """Those of the Compose project on this machine that publishes `url`; none where that is not on this machine."""
    port = urlsplit(url).port
    if shutil.which("docker") is None or port is None:
        return ()
    project = _docker("ps", "--filter", f"publish={port}", "--format", f'{{{{.Label "{_PROJECT}"}}}}').split()
    if not project:
        return ()
    listed = _docker("ps", "--no-trunc", "-q", "--filter", f"label={_PROJECT}={project[0]}").split()
    form = f'{{{{.State.Pid}}}} {{{{index .Config.Labels "{_SERVICE}"}}}}'
    lines = (line.split() for line in _docker("inspect", "--format", form, *listed).splitlines())
    return tuple(Container(re.sub(r"-\d+$", "", service), int(pid)) for pid, service in lines)


def meter_for(url: str) -> Meter:
    """The meter of the stack that serves `url` from this machine."""
    files = [(each.part, _counter(each.pid)) for each in containers(url)]
    proxies = [(_PROXY, file) for file in _proxy_threads(urlsplit(url).port)] if files else []
    return Meter(tuple(files + proxies))


def idle_memory(url: str) -> dict[str, float]:
    """MiB that one runner of each language holds now, files in the page cache that it could do without left out."""
    held: dict[str, list[float]] = {}
    for each in containers(url):
        if each.part.startswith("runner-"):
            held.setdefault(each.part, []).append(_memory(each.pid) / (1 << 20))
    return {part: round(sum(each) / len(each), 1) for part, each in held.items()}


def _memory(pid: int) -> int:
    directory = _cgroup(pid, "memory")
    version_1 = (directory / "memory.usage_in_bytes").exists()
    used = int((directory / ("memory.usage_in_bytes" if version_1 else "memory.current")).read_text("ascii"))
    idle = "total_inactive_file" if version_1 else "inactive_file"
    stat = dict(line.split() for line in (directory / "memory.stat").read_text("ascii").splitlines())
    return used - int(stat[idle])


def _counter(pid: int) -> Path:
    """The file with the CPU time of the cgroup that a container's first process is in."""
    directory = _cgroup(pid, "cpuacct")
    version_1 = directory / "cpuacct.usage"
    return version_1 if version_1.exists() else directory / "cpu.stat"


def _cgroup(pid: int, controller: str) -> Path:
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines():
        number, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return _CGROUPS / controller / path.lstrip("/")
        if number == "0" and (_CGROUPS / "cgroup.controllers").exists():
            return _CGROUPS / path.lstrip("/")
    raise RuntimeError(f"process {pid} is in no cgroup with {controller}")


def _proxy_threads(port: int | None) -> Iterator[Path]:
    """What the engine's proxy for a published port uses: requests from this machine go through it."""
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            words = (directory / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[0].endswith(_PROXY) and ["-host-port", str(port)] in (words[at : at + 2] for at in range(len(words))):
            yield from (thread / "schedstat" for thread in (directory / "task").iterdir())


def _nanoseconds(text: str) -> int:
    if text.startswith("usage_usec"):
        return 1000 * int(text.split()[1])
    return int(text.split(maxsplit=1)[0])


def _docker(*arguments: str) -> str:
    return subprocess.run(("docker", *arguments), check=True, capture_output=True, text=True).stdout
