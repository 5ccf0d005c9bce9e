"""Labelled containers for executors to find, started as deploy/runner-profiles.json says, with or without an agent."""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.agent.containers import PROFILES, ROOT, docker


def image(language: str) -> str:
    """RUNNER_IMAGES: where the images were built under another name, `{}` standing for the language."""
    pattern = os.environ.get("RUNNER_IMAGES")
    return pattern.format(language) if pattern else str(PROFILES[language]["image"])


@dataclass
class RunnerHost:
    """Runners of one pool on this host, which nothing else sees; removed at the end."""

    job_dir: Path
    stack: ExitStack
    pool: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex[:8]}")
    _count: int = 0

    def start(self, *options: str, label: str = "python", language: str = "python", network: str = "none") -> str:
        """A runner with an agent; its name. `options` come after those of the profile."""
        name = self._name()
        sockets = self.job_dir / name
        sockets.mkdir(mode=0o700)
        mount = f"--volume={sockets}:{PROFILES[language]['socket_directory']}"
        self._run(name, label, [*_profile(language, network), mount, *options], image(language))
        return name

    def start_agentless(self, *options: str, label: str = "python", language: str = "python") -> str:
        """A container that only waits, under the same profile; its name."""
        name = self._name()
        without_capabilities = [option for option in _profile(language) if not option.startswith("--cap-add")]
        self._run(name, label, [*without_capabilities, "--entrypoint=sleep", *options], image(language), "infinity")
        return name

    def _name(self) -> str:
        self._count += 1
        return f"{self.pool}-{self._count}"

    def _run(self, name: str, label: str, options: list[str], image_name: str, *command: str) -> None:
        labels = [f"--label=sandbox.pool={self.pool}"]
        if label:
            labels.append(f"--label=sandbox.language={label}")
        self.stack.callback(docker, "rm", "--force", name)
        docker("run", "--detach", "--name", name, *labels, *options, image_name, *command)


@contextmanager
def runner_host(job_dir: Path) -> Iterator[RunnerHost]:
    with ExitStack() as stack:
        yield RunnerHost(job_dir, stack)


def _profile(language: str, network: str = "none") -> list[str]:
    profile = PROFILES[language]
    cpus = min(profile["cpus"], os.cpu_count() or 1)
    return [
        "--read-only",
        f"--network={network}",
        f"--cpus={cpus}",
        f"--shm-size={profile['shm_size']}",
        f"--pids-limit={profile['pids']}",
        f"--memory={profile['memory']}",
        f"--memory-swap={profile['memory_swap']}",
        f"--security-opt=seccomp={ROOT / profile['seccomp']}",
        *(f"--security-opt={option}" for option in profile["security_opt"]),
        *(f"--cap-drop={name}" for name in profile["cap_drop"]),
        *(f"--cap-add={name}" for name in profile["cap_add"]),
        *(f"--tmpfs={place}:{how}" for place, how in profile["tmpfs"].items()),
        *(f"--ulimit={name}={value}" for name, value in profile["ulimits"].items()),
        *(f"--sysctl={name}={value}" for name, value in profile["sysctls"].items()),
    ]
