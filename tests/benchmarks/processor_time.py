"""CPU time of each service of the stack that is measured, from its containers' cgroups.

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


def meter_for(url: str) -> Meter:
    """The meter of the Compose project on this machine that publishes `url`."""
    port = urlsplit(url).port
    if shutil.which("docker") is None or port is None:
        return Meter(())
    project = _docker("ps", "--filter", f"publish={port}", "--format", f'{{{{.Label "{_PROJECT}"}}}}').split()
    if not project:
        return Meter(())
    listed = _docker("ps", "--no-trunc", "-q", "--filter", f"label={_PROJECT}={project[0]}").split()
    form = f'{{{{.State.Pid}}}} {{{{index .Config.Labels "{_SERVICE}"}}}}'
    containers = [line.split() for line in _docker("inspect", "--format", form, *listed).splitlines()]
    files = [(re.sub(r"-\d+$", "", service), _counter(int(pid))) for pid, service in containers]
    return Meter(tuple(files + [(_PROXY, file) for file in _proxy_threads(port)]))


def _counter(pid: int) -> Path:
    """The file with the CPU time of the cgroup that a container's first process is in."""
    for line in Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines():
        number, controllers, path = line.split(":", 2)
        if "cpuacct" in controllers.split(","):
            return _CGROUPS / "cpuacct" / path.lstrip("/") / "cpuacct.usage"
        if number == "0" and (_CGROUPS / "cgroup.controllers").exists():
            return _CGROUPS / path.lstrip("/") / "cpu.stat"
    raise RuntimeError(f"process {pid} is in no cgroup that counts CPU time")


def _proxy_threads(port: int) -> Iterator[Path]:
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
