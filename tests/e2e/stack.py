"""The containers of the stack under test: starting a runner by hand, scaling, and what a host executor needs."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import docker
import redis
from docker.models.containers import Container

from deploy.stack import job_dirs, profiles, record
from deploy.stack.record import StackRecord
from deploy.stack.settings import ROOT

DEPLOY_DEADLINE = 300.0


@dataclass(frozen=True)
class Stack:
    """A stack that `deploy/up` started."""

    engine: docker.DockerClient
    record: StackRecord

    @property
    def project(self) -> str:
        return self.record.settings.project

    @contextmanager
    def extra_runner(self, name: str, language: str = "python", agent: bool = True) -> Iterator[Container]:
        """A runner of `language`, as somebody would start it by hand; without its agent it only sleeps.

        Its host name is `name`, so that a job can tell where it ran.
        """
        container_name = f"{self.project}-{name}"
        options = self._options(container_name, name, profiles.load()[language])
        if not agent:
            options |= {"entrypoint": ["sleep", "infinity"], "command": [], "volumes": {}}
        job_dirs.make(self.record.settings.job_dir, [container_name] if agent else [])
        container = self.engine.containers.run(detach=True, **options)
        try:
            yield container
        finally:
            with suppress(docker.errors.NotFound):  # the test may have removed it
                container.remove(force=True)
            job_dirs.remove(self.record.settings.job_dir, [container_name])

    def scale(self, language: str, runners: int) -> None:
        """The one command that people use for it."""
        done = subprocess.run(
            [str(ROOT / "deploy" / "scale"), language, str(runners)],
            env={**os.environ, "COMPOSE_PROJECT_NAME": self.project},
            capture_output=True,
            text=True,
            check=False,
            timeout=DEPLOY_DEADLINE,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def redis_password(self) -> str:
        return self.record.settings.process.get("REDIS_PASSWORD", "")

    def submissions(self) -> int:
        """How many submissions the streams have ever taken."""
        host, _, port = self.redis_address().rpartition(":")
        with redis.Redis(host=host, port=int(port), password=self.redis_password or None) as client:
            streams = client.scan_iter(match="sandbox:*:submissions:*", _type="STREAM")
            return sum(client.xinfo_stream(stream)["entries-added"] for stream in streams)

    def redis_address(self) -> str:
        """Redis as the host reaches it."""
        labels = [f"com.docker.compose.project={self.project}", "com.docker.compose.service=redis"]
        [container] = self.engine.containers.list(filters={"label": labels})
        networks = container.attrs["NetworkSettings"]["Networks"]
        [address] = [network["IPAddress"] for network in networks.values()]
        return f"{address}:6379"

    def _options(self, container_name: str, hostname: str, profile: dict[str, Any]) -> dict[str, Any]:
        seccomp = json.loads((ROOT / profile["seccomp"]).read_text(encoding="utf-8"))
        limits = [docker.types.Ulimit(name=name, soft=most, hard=most) for name, most in profile["ulimits"].items()]
        return {
            "image": self.record.images[profile["image"]],
            "name": container_name,
            "hostname": hostname,
            "labels": {**profile["labels"], "sandbox.pool": self.project},
            "read_only": profile["read_only"],
            "network_mode": profile["network"],
            "cap_drop": profile["cap_drop"],
            "cap_add": profile["cap_add"],
            "security_opt": [*profile["security_opt"], f"seccomp={json.dumps(seccomp)}"],
            "pids_limit": profile["pids"],
            "mem_limit": profile["memory"],
            "memswap_limit": profile["memory_swap"],
            "nano_cpus": int(profiles.usable_cpus(profile["cpus"]) * 1e9),
            "shm_size": profile["shm_size"],
            "tmpfs": profile["tmpfs"],
            "ulimits": limits,
            "sysctls": profile["sysctls"],
            "volumes": {
                str(self.record.settings.job_dir / container_name): {"bind": profile["socket_directory"], "mode": "rw"}
            },
        }


@contextmanager
def load_stack(project: str) -> Iterator[Stack]:
    """The stack that `deploy/up` recorded under `project`."""
    found = record.load(ROOT / "deploy" / ".state" / project)
    assert found is not None, f"CODEPORTAL_PROJECT={project!r}: deploy/up has no record of such a stack"
    engine = docker.from_env()
    try:
        yield Stack(engine, found)
    finally:
        engine.close()
